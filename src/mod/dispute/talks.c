/* What is seen, shown and said on the way: evidence, contacts, sessions (separate or at the round table), offers. What
 * was for one side alone stays with that side and the mediator. */
#include "mod/dispute/dispute.h"

/* Of a room, and of who calls: neither can be in two sessions at once. */
#define SESSIONS(of)                                                                                                   \
    {                                                                                                                  \
        "ss", "sll",                                                                                                   \
            "SELECT id, from_at, until_at FROM dispute_session WHERE community = $1 AND " of                           \
            " = $2 AND state = 'called'"                                                                               \
    }
Read dispute_invite_reads[] = {
    { .name = "room", .key = "room", .stmt = SESSIONS("room") },
    { .name = "caller", .key = "actor", .stmt = SESSIONS("caller") },
    { 0 },
};

/* ---- evidence, surveys, contacts ---- */

Fail dispute_at_decide(Decide *d)
{
    return dispute_not_later(d, "at");
}

Fail dispute_evidence_decide(Decide *d)
{
    Str party = json_text(d->input, "party");
    Fail f = dispute_not_later(d, "at");
    if (f.err != OK) return f;
    if (party.n == 0) return dispute_mediates(d) ? f : fail_field(ERR_INVALID, "required", "party", 0);
    return dispute_speaks_for(d, party, "party");
}

/* With a party, or with somebody who is none: the police, a unit, a witness. */
Fail dispute_contact_decide(Decide *d)
{
    Str party = json_text(d->input, "party"), whom = json_text(d->input, "whom");
    Fail f = dispute_not_later(d, "at");
    if (f.err != OK) return f;
    if ((party.n > 0) == (whom.n > 0)) return fail_field(ERR_INVALID, "one_of_two", "party", 0);
    if (party.n > 0) f = dispute_known_party(d, party, "party");
    d->audience = TO_MEDIATOR | dispute_side(d->matter, party);
    if (json_int(d->input, "at") == 0) json_put_int(d->data, "at", d->now);
    return f;
}

/* ---- sessions ---- */

static bool overlaps(int64_t from, int64_t until, int64_t other_from, int64_t other_until)
{
    return from < other_until && other_from < until;
}

static Fail free_then(const Decide *d, int64_t from, int64_t until)
{
    const json_t *own = json_object_get(d->matter->data, "sessions");
    for (size_t i = 0; i < json_array_size(own); i++) {
        const json_t *s = json_array_get(own, i);
        if (str_is(json_text(s, "state"), "called") && overlaps(from, until, json_int(s, "from"), json_int(s, "until")))
            return fail_field(ERR_CONFLICT, "sessions_overlap", "from", json_int(s, "until"));
    }
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < d->reads[k]->rows; i++)
            if (overlaps(from, until, db_int(d->reads[k], i, 1), db_int(d->reads[k], i, 2)))
                return fail_field(ERR_CONFLICT, "sessions_overlap", k == 0 ? "room" : "from",
                                  db_int(d->reads[k], i, 2));
    return FAIL_NONE;
}

/* The sides of these rows {"party"}; each known, none twice. */
static Fail sides_of(const Decide *d, const char *list, Audience *sides)
{
    const json_t *rows = json_object_get(d->input, list);
    *sides = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        Str party = json_text(json_array_get(rows, i), "party");
        const char *field = arena_fmt(d->arena, "%s[%zu].party", list, i).p;
        Fail f = dispute_known_party(d, party, field);
        if (f.err != OK) return f;
        Audience side = dispute_side(d->matter, party);
        if (*sides & side) return fail_field(ERR_INVALID, "twice", field, 0);
        *sides |= side;
    }
    return FAIL_NONE;
}

static json_t *sides_tell(const Decide *d, Audience sides)
{
    json_t *list = json_new_array(d->arena);
    for (int i = 0; i < d->matter->n_relations; i++) {
        const Relation *r = &d->matter->relations[i];
        if (r->is & sides) json_array_append_new(list, json_stringn(r->person.p, r->person.n));
    }
    return list;
}

Fail dispute_invite_decide(Decide *d)
{
    int64_t from = json_int(d->input, "from"), until = json_int(d->input, "until");
    Audience sides;
    Fail f = sides_of(d, "who", &sides);
    if (f.err != OK) return f;
    if (until <= from) return fail_field(ERR_INVALID, "too_small", "until", from + 1);
    if (until <= d->now) return fail_field(ERR_INVALID, "too_small", "until", d->now + 1);
    if (json_array_size(json_object_get(d->matter->data, "sessions")) >= SESSIONS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", SESSIONS_MAX);
    bool separate = str_is(json_text(d->input, "kind"), "separate");
    if (!separate && json_array_size(json_object_get(d->input, "who")) < 2)
        return fail_field(ERR_INVALID, "too_few", "who", 2);
    f = free_then(d, from, until);
    if (separate) {
        d->audience = TO_MEDIATOR | sides;
        json_put_int(d->data, "seen_by", (int64_t)d->audience);
    }
    d->tell = sides_tell(d, sides);
    return f;
}

void dispute_invite_fold(Matter *m, const Event *e)
{
    json_t *row = json_new_object(m->arena);
    json_put_text(row, "id", e->id);
    dispute_take(row, e->data, "kind room from until who others seen_by");
    json_put_text(row, "state", S("called"));
    json_put_text(row, "caller", e->actor);
    dispute_append(m, "sessions", row);
}

static Fail called_session(const Decide *d, const json_t **session)
{
    *session = dispute_row(d->matter, "sessions", json_text(d->input, "session"));
    if (*session == NULL) return fail_field(ERR_INVALID, "not_one_of", "session", 0);
    return str_is(json_text(*session, "state"), "called") ? FAIL_NONE
                                                          : fail_field(ERR_CONFLICT, "session_over", "session", 0);
}

/* What was said in it goes to whom it was called for. */
static void as_the_session(Decide *d, const json_t *session)
{
    d->audience = (Audience)json_int(session, "seen_by");
}

Fail dispute_hold_decide(Decide *d)
{
    const json_t *session, *came = json_object_get(d->input, "came");
    Audience sides;
    Fail f = called_session(d, &session);
    if (f.err == OK) f = sides_of(d, "came", &sides);
    if (f.err != OK) return f;
    if (json_int(session, "from") > d->now) return fail_field(ERR_CONFLICT, "not_begun", "session", d->now);
    const json_t *who = json_object_get(session, "who");
    for (size_t i = 0; i < json_array_size(came); i++) {
        bool invited = false;
        for (size_t k = 0; k < json_array_size(who); k++)
            invited |= str_eq(json_text(json_array_get(who, k), "party"), json_text(json_array_get(came, i), "party"));
        if (!invited) return fail_field(ERR_INVALID, "not_invited", arena_fmt(d->arena, "came[%zu].party", i).p, 0);
    }
    as_the_session(d, session);
    return FAIL_NONE;
}

void dispute_hold_fold(Matter *m, const Event *e)
{
    json_t *row = dispute_row(m, "sessions", json_text(e->data, "session"));
    json_put_text(row, "state", S("held"));
    json_put_int(row, "held_at", e->at);
    dispute_take(row, e->data, "came others_came");
}

Fail dispute_cancel_decide(Decide *d)
{
    const json_t *session;
    Fail f = called_session(d, &session);
    if (f.err == OK) as_the_session(d, session);
    return f;
}

void dispute_cancel_fold(Matter *m, const Event *e)
{
    json_put_text(dispute_row(m, "sessions", json_text(e->data, "session")), "state", S("cancelled"));
}

/* ---- offers ---- */

Fail dispute_offer_decide(Decide *d)
{
    Str party = json_text(d->input, "party");
    Fail f = dispute_speaks_for(d, party, "party");
    if (f.err != OK) return f;
    if (json_array_size(json_object_get(d->matter->data, "offers")) >= OFFERS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", OFFERS_MAX);
    if (json_bool(d->input, "private")) {
        d->audience = TO_MEDIATOR | dispute_side(d->matter, party);
        json_put_int(d->data, "seen_by", (int64_t)d->audience);
    }
    return f;
}

void dispute_offer_fold(Matter *m, const Event *e)
{
    json_t *row = json_new_object(m->arena);
    json_put_text(row, "id", e->id);
    json_put_int(row, "at", e->at);
    dispute_take(row, e->data, "party text amount_fen seen_by");
    json_put(row, "answers", json_new_array(m->arena));
    dispute_append(m, "offers", row);
}

/* An offer for the mediator's ears alone is none to the others: they learn no more than that there is no such offer. */
Fail dispute_answer_offer_decide(Decide *d)
{
    Str party = json_text(d->input, "party");
    const json_t *offer = dispute_row(d->matter, "offers", json_text(d->input, "offer"));
    if (offer == NULL || json_int(offer, "seen_by") != 0) return fail_field(ERR_INVALID, "not_one_of", "offer", 0);
    if (str_eq(json_text(offer, "party"), party)) return fail_field(ERR_CONFLICT, "own_offer", "party", 0);
    const json_t *answers = json_object_get(offer, "answers");
    for (size_t i = 0; i < json_array_size(answers); i++)
        if (str_eq(json_text(json_array_get(answers, i), "party"), party))
            return fail_field(ERR_CONFLICT, "answered_already", "party", 0);
    return dispute_speaks_for(d, party, "party");
}

void dispute_answer_offer_fold(Matter *m, const Event *e)
{
    json_t *answer = json_new_object(m->arena);
    dispute_take(answer, e->data, "party accepted");
    json_put_int(answer, "at", e->at);
    json_t *offer = dispute_row(m, "offers", json_text(e->data, "offer"));
    json_array_append(json_object_get(offer, "answers"), answer);
}
