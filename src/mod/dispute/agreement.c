/* The agreement: its text by article 29 of the People's Mediation Law, who signed which edition, the seal with which it
 * takes effect (article 31), and the court's confirmation, to be asked for within thirty days of that (article 33). */
#include "mod/dispute/dispute.h"

#include "core/clock.h"

#define TEXT_MEMBERS "language signatories facts issues liability terms performance"

Str dispute_text_hash(Arena *a, Str matter, int64_t edition, Str salt, const json_t *text)
{
    Str head =
        arena_fmt(a, "linli agreement 1\n%.*s\n%lld\n%.*s\n", STR_ARG(matter), (long long)edition, STR_ARG(salt));
    return hash_hex(a, hash_sha256((Str[]){ head, json_print(a, text) }, 2));
}

/* ---- the text ---- */

/* Known, and none twice. */
static Fail parties_in(const Decide *d, const char *list, size_t least)
{
    const json_t *rows = json_object_get(d->input, list);
    if (json_array_size(rows) < least) return fail_field(ERR_INVALID, "too_few", list, (int64_t)least);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        Str party = json_text(json_array_get(rows, i), "party");
        const char *field = arena_fmt(d->arena, "%s[%zu].party", list, i).p;
        Fail f = dispute_known_party(d, party, field);
        if (f.err != OK) return f;
        for (size_t k = 0; k < i; k++)
            if (str_eq(json_text(json_array_get(rows, k), "party"), party))
                return fail_field(ERR_INVALID, "twice", field, 0);
    }
    return FAIL_NONE;
}

/* Each bears a duty, an amount or a share. Shares, where they are used, are of everybody's and add up to the whole. */
static Fail liability_adds_up(const Decide *d)
{
    const json_t *rows = json_object_get(d->input, "liability");
    int64_t sum = 0;
    bool shares = false;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        bool says =
            json_object_get(row, "duty") != NULL || json_int(row, "amount_fen") > 0 || json_int(row, "share") > 0;
        if (!says) return fail_field(ERR_INVALID, "required", arena_fmt(d->arena, "liability[%zu].duty", i).p, 0);
        shares |= json_object_get(row, "share") != NULL;
        sum += json_int(row, "share");
    }
    if (shares && sum != SHARES_WHOLE) return fail_field(ERR_INVALID, "shares_not_whole", "liability", sum);
    return FAIL_NONE;
}

static bool signs(const json_t *signatories, Str party)
{
    for (size_t i = 0; i < json_array_size(signatories); i++)
        if (str_eq(json_text(json_array_get(signatories, i), "party"), party)) return true;
    return false;
}

/* Nobody is bound by what they do not sign. */
static Fail performance_due(const Decide *d)
{
    const json_t *rows = json_object_get(d->input, "performance"), *who = json_object_get(d->input, "signatories");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!signs(who, json_text(row, "party")))
            return fail_field(ERR_INVALID, "does_not_sign", arena_fmt(d->arena, "performance[%zu].party", i).p, 0);
        if (json_text(row, "to").n > 0 && !signs(who, json_text(row, "to")))
            return fail_field(ERR_INVALID, "does_not_sign", arena_fmt(d->arena, "performance[%zu].to", i).p, 0);
        if (json_int(row, "by") <= d->now)
            return fail_field(ERR_INVALID, "too_small", arena_fmt(d->arena, "performance[%zu].by", i).p, d->now + 1);
    }
    return FAIL_NONE;
}

static Fail liable_sign(const Decide *d)
{
    const json_t *rows = json_object_get(d->input, "liability"), *who = json_object_get(d->input, "signatories");
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (!signs(who, json_text(json_array_get(rows, i), "party")))
            return fail_field(ERR_INVALID, "does_not_sign", arena_fmt(d->arena, "liability[%zu].party", i).p, 0);
    return FAIL_NONE;
}

Fail dispute_draft_decide(Decide *d)
{
    int64_t edition = json_int(json_object_get(d->matter->data, "agreement"), "edition") + 1;
    size_t promised = json_array_size(json_object_get(d->matter->data, "promises"));
    Fail f = parties_in(d, "signatories", 2);
    if (f.err == OK) f = parties_in(d, "liability", 0);
    if (f.err == OK) f = liability_adds_up(d);
    if (f.err == OK) f = liable_sign(d);
    if (f.err == OK) f = performance_due(d);
    if (f.err == OK && promised + json_array_size(json_object_get(d->input, "performance")) > PROMISES_MAX)
        f = fail_field(ERR_CONFLICT, "too_many", "performance", PROMISES_MAX);
    if (f.err != OK) return f;
    json_t *text = json_new_object(d->arena);
    dispute_take(text, d->input, TEXT_MEMBERS);
    json_put_int(d->data, "edition", edition);
    json_put_text(d->data, "salt", d->new_id);
    json_put_text(d->data, "text_hash", dispute_text_hash(d->arena, d->matter->id, edition, d->new_id, text));
    return f;
}

/* A new edition: whoever signed the one before signs again. */
void dispute_draft_fold(Matter *m, const Event *e)
{
    json_t *agreement = json_new_object(m->arena), *text = json_new_object(m->arena);
    dispute_take(text, e->data, TEXT_MEMBERS);
    dispute_take(agreement, e->data, "edition salt");
    json_put_text(agreement, "hash", json_text(e->data, "text_hash"));
    json_put_int(agreement, "drafted_at", e->at);
    json_put(agreement, "text", text);
    json_put(agreement, "signed", json_new_array(m->arena));
    json_put(m->data, "agreement", agreement);
}

/* ---- signatures ---- */

static Fail names_this_text(const Decide *d)
{
    const json_t *agreement = json_object_get(d->matter->data, "agreement");
    int64_t edition = json_int(agreement, "edition");
    if (json_int(d->input, "edition") != edition) return fail_field(ERR_CONFLICT, "text_changed", "edition", edition);
    if (!str_eq(json_text(json_object_get(d->input, "signature"), "hash"), json_text(agreement, "hash")))
        return fail_field(ERR_INVALID, "signs_another_text", "signature", 0);
    return FAIL_NONE;
}

static bool has_signed(const json_t *agreement, Str party)
{
    return signs(json_object_get(agreement, "signed"), party);
}

/* Oneself, signed in; or in front of the mediator, drawn on the screen or on paper that is photographed. */
Fail dispute_sign_decide(Decide *d)
{
    const json_t *agreement = json_object_get(d->matter->data, "agreement");
    Str party = json_text(d->input, "party");
    Fail f = dispute_speaks_for(d, party, "party");
    if (f.err == OK) f = names_this_text(d);
    if (f.err != OK) return f;
    if (!signs(json_object_get(json_object_get(agreement, "text"), "signatories"), party))
        return fail_field(ERR_INVALID, "does_not_sign", "party", 0);
    if (has_signed(agreement, party)) return fail_field(ERR_CONFLICT, "signed_already", "party", 0);
    bool on_paper = json_array_size(json_object_get(d->input, "paper")) > 0,
         drawn = json_array_size(json_object_get(d->input, "drawn")) > 0;
    bool own = (actor_relations(d->actor, d->matter) & dispute_side(d->matter, party)) != 0;
    if (!own && !on_paper && !drawn) return fail_field(ERR_INVALID, "required", "paper", 0);
    json_put_text(d->data, "how", on_paper ? S("paper") : own ? S("account") : S("screen"));
    return f;
}

void dispute_sign_fold(Matter *m, const Event *e)
{
    json_t *row = json_new_object(m->arena);
    dispute_take(row, e->data, "party how");
    json_put_int(row, "at", e->at);
    json_put_text(row, "by", e->actor);
    json_array_append(json_object_get(json_object_get(m->data, "agreement"), "signed"), row);
}

/* ---- the seal ---- */

Fail dispute_seal_decide(Decide *d)
{
    const json_t *agreement = json_object_get(d->matter->data, "agreement"),
                 *who = json_object_get(json_object_get(agreement, "text"), "signatories");
    int64_t missing = 0;
    json_t *how = NULL;
    Fail f = names_this_text(d);
    if (f.err != OK) return f;
    for (size_t i = 0; i < json_array_size(who); i++)
        missing += !has_signed(agreement, json_text(json_array_get(who, i), "party"));
    if (missing > 0) return fail_field(ERR_CONFLICT, "signatures_missing", "", missing);
    json_put_int(d->data, "confirm_until", clock_due(d->calendar, d->now, CONFIRM_DAYS, CALENDAR_DAYS, d->arena, &how));
    json_put(d->data, "confirm_how", how);
    dispute_put_visit(d);
    return f;
}

/* What was agreed before gives way to it; what was guaranteed stands. */
static void replace_older(Matter *m)
{
    const json_t *rows = json_object_get(m->data, "promises");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        bool older = str_is(json_text(row, "origin"), "agreement") && !str_is(json_text(row, "state"), "kept");
        if (older) json_put_text(row, "state", S("replaced"));
    }
}

void dispute_seal_fold(Matter *m, const Event *e)
{
    json_t *agreement = json_object_get(m->data, "agreement"), *confirmation = json_new_object(m->arena);
    const json_t *rows = json_object_get(json_object_get(agreement, "text"), "performance");
    replace_older(m);
    json_put_int(agreement, "sealed_at", e->at);
    json_put_text(agreement, "sealed_by", e->actor);
    for (size_t i = 0; i < json_array_size(rows); i++)
        dispute_promise(m, e,
                        id_from_hash(m->arena, S("promise"),
                                     arena_fmt(m->arena, "%.*s %zu", STR_ARG(json_text(agreement, "hash")), i)),
                        "agreement", json_array_get(rows, i));
    json_put_int(confirmation, "until", json_int(e->data, "confirm_until"));
    json_put(confirmation, "how", json_object_get(e->data, "confirm_how"));
    json_put_text(confirmation, "state", S("open"));
    json_put(m->data, "confirmation", confirmation);
    json_put_int(m->data, "next_visit_at", json_int(e->data, "next_visit_at"));
    json_object_del(m->data, "visit_overdue");
    dispute_set_due(m);
}

/* ---- the court ---- */

Fail dispute_confirmation_decide(Decide *d)
{
    const json_t *c = json_object_get(d->matter->data, "confirmation");
    Str is = json_text(c, "state"), step = json_text(d->input, "step");
    if (c == NULL) return fail(ERR_CONFLICT, "wrong_state");
    if (str_is(step, "applied") && d->now > json_int(c, "until"))
        return fail_field(ERR_CONFLICT, "too_late", "step", json_int(c, "until"));
    bool first = str_is(step, "applied") || str_is(step, "declined");
    bool follows =
        first ? str_is(is, "open") || (str_is(is, "declined") && str_is(step, "applied")) : str_is(is, "applied");
    return follows ? FAIL_NONE : fail_field(ERR_CONFLICT, "out_of_order", "step", 0);
}

void dispute_confirmation_fold(Matter *m, const Event *e)
{
    json_t *c = json_object_get(m->data, "confirmation");
    json_put_text(c, "state", json_text(e->data, "step"));
    dispute_take(c, e->data, "court");
    json_put_int(c, "at", e->at);
    dispute_set_due(m);
}
