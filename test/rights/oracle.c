#include "oracle.h"

#include <string.h>

static const Expected through = { 409, PROBE_CODE };

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool in_term(const Who *who, int64_t now)
{
    if (who->from != 0 && now < who->from) return false;
    return who->until == 0 || now < who->until;
}

/* A role of somewhere else altogether is none here. */
static bool has_role(const Who *who, const Scene *s)
{
    return who->role >= 0 && in_term(who, s->now) && (begins(who->at, s->community) || begins(s->community, who->at));
}

static bool holds(Roles may, const Who *who, const Scene *s, bool anywhere)
{
    if (may & ANYONE) return true;
    if (who->signed_in && (may & RESIDENT)) return true;
    if (who->acts || !has_role(who, s) || !((may >> who->role) & 1)) return false;
    return anywhere || begins(s->place, who->at);
}

static Relations relations(const Who *who)
{
    if (who->acts) return who->is & (REPORTER | FOLLOWER);
    return who->is | (who->receipt ? REPORTER : 0);
}

static Expected refusal(const Who *who)
{
    bool nobody = !who->signed_in && !who->receipt && !who->other_receipt;
    return nobody ? (Expected){ 401, "sign_in" } : (Expected){ 403, "forbidden" };
}

static bool at_the_door(Roles may, Relations by_relation, const Who *who, const Scene *s)
{
    bool somebody = who->signed_in || who->receipt || who->other_receipt;
    return holds(may, who, s, true) || (by_relation != 0 && somebody);
}

Expected oracle_action(const Action *x, const Who *who, const Scene *s)
{
    bool creates = (x->from & NEW) != 0;
    if (who->acts && !x->for_another) return (Expected){ 403, "not_for_another" };
    if (!at_the_door(x->may, x->who, who, s)) return refusal(who);
    if (x->strong && (who->acts || !who->strong)) return (Expected){ 403, "second_factor" };
    if (s->state < 0 && !creates) return (Expected){ 404, "not_found" };
    if (s->state >= 0 && (relations(who) & x->unless)) return (Expected){ 403, "excluded_by_relation" };
    bool related = s->state >= 0 && (relations(who) & x->who) != 0;
    if (!related && !holds(x->may, who, s, false)) return refusal(who);
    if (s->state >= 0 && x->from != NEW && (who->own & (HANDLER | HANDLED | CO_HANDLER | VERIFIER)))
        return (Expected){ 403, "excluded_by_relation" };
    if (s->state < 0) return (Expected){ 201, NULL };
    if (!((x->from >> s->state) & 1))
        return x->from == NEW ? (Expected){ 409, "already_exists" } : (Expected){ 409, "wrong_state" };
    return through;
}

Expected oracle_query(const Query *q, const Who *who, const Scene *s)
{
    if (who->acts && !q->for_another) return (Expected){ 403, "not_for_another" };
    if (!at_the_door(q->may, q->who, who, s)) return refusal(who);
    if (q->strong && !who->strong) return (Expected){ 403, "second_factor" };
    if (!q->view) return (Expected){ 0, NULL };
    if (s->state < 0) return (Expected){ 404, "not_found" };
    if (!holds(q->may, who, s, false) && !(relations(who) & q->who)) return refusal(who);
    return (Expected){ 200, NULL };
}

Expected oracle_call(const Call *c, const Who *who, const Scene *s)
{
    if (who->acts && !c->for_another) return (Expected){ 403, "not_for_another" };
    if (!at_the_door(c->may, 0, who, s)) return refusal(who);
    if (c->strong && !who->strong) return (Expected){ 403, "second_factor" };
    return through;
}
