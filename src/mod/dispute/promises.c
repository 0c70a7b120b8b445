/* What was promised, by guarantee or by agreement, until when, and whether it is kept; return visits until all of it
 * is; what happens when it comes back; the way up and the end. One due time holds for the matter: the next of all of
 * them. */
#include "mod/dispute/dispute.h"

#include "core/clock.h"

static bool is_state(const json_t *row, const char *state)
{
    return str_is(json_text(row, "state"), state);
}

static bool is_unkept(const json_t *row)
{
    return !is_state(row, "kept") && !is_state(row, "replaced");
}

int64_t dispute_unkept(const Matter *m)
{
    const json_t *rows = json_object_get(m->data, "promises");
    int64_t n = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        n += is_unkept(json_array_get(rows, i));
    return n;
}

/* ---- the next due time ---- */

static void sooner(int64_t *due, int64_t at)
{
    if (at > 0 && (*due == 0 || at < *due)) *due = at;
}

static bool runs(const json_t *confirmation)
{
    return is_state(confirmation, "open");
}

void dispute_set_due(Matter *m)
{
    const json_t *rows = json_object_get(m->data, "promises"), *up = json_object_get(m->data, "escalation"),
                 *confirmation = json_object_get(m->data, "confirmation");
    int64_t due = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        bool waits = (is_state(row, "open") || is_state(row, "called")) && !json_bool(row, "overdue");
        if (waits) sooner(&due, json_int(row, "by"));
    }
    if (!json_bool(m->data, "visit_overdue")) sooner(&due, json_int(m->data, "next_visit_at"));
    if (runs(confirmation)) sooner(&due, json_int(confirmation, "until"));
    if (m->state == ESCALATED && !json_bool(up, "overdue")) sooner(&due, json_int(up, "answer_by"));
    m->due_at = m->state == KEPT || m->state == ENDED ? 0 : due;
}

/* Says which of them it was: the office reads that, not only that something is late. */
Fail dispute_fall_due_decide(Decide *d)
{
    const json_t *rows = json_object_get(d->matter->data, "promises"),
                 *up = json_object_get(d->matter->data, "escalation"),
                 *confirmation = json_object_get(d->matter->data, "confirmation");
    json_t *late = json_new_array(d->arena);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        bool waits = (is_state(row, "open") || is_state(row, "called")) && !json_bool(row, "overdue");
        if (waits && json_int(row, "by") > 0 && json_int(row, "by") <= d->now)
            json_array_append(late, json_object_get(row, "id"));
    }
    int64_t visit = json_int(d->matter->data, "next_visit_at");
    json_put(d->data, "late", late);
    if (visit > 0 && visit <= d->now) json_put_bool(d->data, "visit_overdue", true);
    if (runs(confirmation) && json_int(confirmation, "until") <= d->now) json_put_bool(d->data, "lapsed", true);
    if (d->matter->state == ESCALATED && json_int(up, "answer_by") <= d->now)
        json_put_bool(d->data, "answer_overdue", true);
    return FAIL_NONE;
}

void dispute_fall_due_fold(Matter *m, const Event *e)
{
    const json_t *late = json_object_get(e->data, "late");
    for (size_t i = 0; i < json_array_size(late); i++) {
        json_t *row = dispute_row(m, "promises", str_c(json_string_value(json_array_get(late, i))));
        if (row != NULL) json_put_bool(row, "overdue", true);
    }
    if (json_bool(e->data, "visit_overdue")) json_put_bool(m->data, "visit_overdue", true);
    if (json_bool(e->data, "lapsed")) json_put_text(json_object_get(m->data, "confirmation"), "state", S("lapsed"));
    if (json_bool(e->data, "answer_overdue")) json_put_bool(json_object_get(m->data, "escalation"), "overdue", true);
    dispute_set_due(m);
}

/* ---- promises ---- */

void dispute_promise(Matter *m, const Event *e, Str id, const char *origin, const json_t *from)
{
    json_t *row = json_new_object(m->arena);
    json_put_text(row, "id", id);
    json_put_text(row, "origin", str_c(origin));
    dispute_take(row, from, "party to what text amount_fen by until recurrence paper");
    json_put_text(row, "state", S("open"));
    json_put_int(row, "at", e->at);
    dispute_append(m, "promises", row);
}

Fail dispute_commit_decide(Decide *d)
{
    Fail f = dispute_speaks_for(d, json_text(d->input, "party"), "party");
    int64_t by = json_int(d->input, "by"), until = json_int(d->input, "until");
    if (f.err == OK && json_text(d->input, "to").n > 0) f = dispute_known_party(d, json_text(d->input, "to"), "to");
    if (f.err != OK) return f;
    if (by <= d->now) return fail_field(ERR_INVALID, "too_small", "by", d->now + 1);
    if (until != 0 && until <= by) return fail_field(ERR_INVALID, "too_small", "until", by + 1);
    if (json_array_size(json_object_get(d->matter->data, "promises")) >= PROMISES_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", PROMISES_MAX);
    return f;
}

void dispute_commit_fold(Matter *m, const Event *e)
{
    dispute_promise(m, e, e->id, "guarantee", e->data);
    dispute_set_due(m);
}

static Fail promise_of(const Decide *d, const json_t **row)
{
    *row = dispute_row(d->matter, "promises", json_text(d->input, "promise"));
    return *row != NULL ? FAIL_NONE : fail_field(ERR_INVALID, "not_one_of", "promise", 0);
}

/* Whoever owes it says that it is done; that it is, says somebody else. */
Fail dispute_perform_decide(Decide *d)
{
    const json_t *row;
    Fail f = promise_of(d, &row);
    if (f.err == OK) f = dispute_speaks_for(d, json_text(row, "party"), "promise");
    if (f.err == OK && !is_state(row, "open") && !is_state(row, "called"))
        f = fail_field(ERR_CONFLICT, "out_of_order", "promise", 0);
    return f;
}

void dispute_perform_fold(Matter *m, const Event *e)
{
    json_t *row = dispute_row(m, "promises", json_text(e->data, "promise"));
    json_put_text(row, "state", S("done"));
    json_put_int(row, "done_at", e->at);
    dispute_set_due(m);
}

Fail dispute_receive_decide(Decide *d)
{
    const json_t *row;
    Fail f = promise_of(d, &row);
    if (f.err != OK) return f;
    Relations is = actor_relations(d->actor, d->matter);
    if (is & dispute_side(d->matter, json_text(row, "party")))
        return fail_field(ERR_FORBIDDEN, "own_promise", "promise", 0);
    Str to = json_text(row, "to");
    if (to.n > 0) f = dispute_speaks_for(d, to, "promise");
    if (f.err == OK && !is_state(row, "done")) f = fail_field(ERR_CONFLICT, "out_of_order", "promise", 0);
    return f;
}

void dispute_receive_fold(Matter *m, const Event *e)
{
    json_t *row = dispute_row(m, "promises", json_text(e->data, "promise"));
    bool kept = json_bool(e->data, "kept");
    json_put_text(row, "state", kept ? S("kept") : S("open"));
    if (kept) json_put_int(row, "kept_at", e->at);
    dispute_set_due(m);
}

/* ---- return visits ---- */

void dispute_put_visit(Decide *d)
{
    json_t *how = NULL;
    json_put_int(d->data, "next_visit_at",
                 clock_due(d->calendar, d->now, VISIT_WORKING_DAYS, WORKING_DAYS, d->arena, &how));
    json_put(d->data, "next_visit_how", how);
}

/* They go on until all is kept. */
Fail dispute_return_visit_decide(Decide *d)
{
    bool kept = str_is(json_text(d->input, "result"), "kept");
    int64_t next = json_int(d->input, "next_visit_at"), unkept = dispute_unkept(d->matter);
    bool promised = json_array_size(json_object_get(d->matter->data, "promises")) > 0;
    Fail f = dispute_not_later(d, "at");
    if (f.err != OK) return f;
    if (kept && !promised) return fail_field(ERR_CONFLICT, "nothing_promised", "result", 0);
    if (kept && unkept > 0) return fail_field(ERR_CONFLICT, "promises_open", "result", unkept);
    if (next != 0 && next <= d->now) return fail_field(ERR_INVALID, "too_small", "next_visit_at", d->now + 1);
    d->to = kept ? KEPT : d->matter->state;
    if (kept)
        json_object_del(d->data, "next_visit_at");
    else if (next == 0)
        dispute_put_visit(d);
    return f;
}

void dispute_return_visit_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "visited_at", e->at);
    json_put_text(m->data, "visit_result", json_text(e->data, "result"));
    json_put_int(m->data, "next_visit_at", json_int(e->data, "next_visit_at"));
    json_object_del(m->data, "visit_overdue");
    dispute_set_due(m);
}

/* ---- it comes back ---- */

static bool in_force(const json_t *row, int64_t now)
{
    int64_t until = json_int(row, "until");
    return json_bool(row, "recurrence") && !is_state(row, "replaced") && (until == 0 || now <= until);
}

/* The guarantee that is called on: the one that was named, else the newest in force. */
Fail dispute_recur_decide(Decide *d)
{
    const json_t *rows = json_object_get(d->matter->data, "promises"), *found = NULL;
    Str named = json_text(d->input, "promise");
    Fail f = dispute_not_later(d, "at");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        bool asked = named.n == 0 || str_eq(json_text(row, "id"), named);
        if (asked && in_force(row, d->now) && json_int(row, "at") >= json_int(found, "at")) found = row;
    }
    if (f.err == OK && named.n > 0 && found == NULL) f = fail_field(ERR_INVALID, "not_one_of", "promise", 0);
    if (found != NULL) json_put_text(d->data, "guarantee", json_text(found, "id"));
    dispute_put_visit(d);
    return f;
}

/* Shown first from now on: whoever opens the file sees what was promised for this case. It is to be kept by the next
 * return visit. */
void dispute_recur_fold(Matter *m, const Event *e)
{
    Str id = json_text(e->data, "guarantee");
    json_t *rows = json_object_get(m->data, "promises"), *row = dispute_row(m, "promises", id);
    json_put_int(m->data, "recurred", json_int(m->data, "recurred") + 1);
    json_put_int(m->data, "next_visit_at", json_int(e->data, "next_visit_at"));
    json_object_del(m->data, "visit_overdue");
    if (row != NULL) {
        json_put_int(row, "by", json_int(e->data, "next_visit_at"));
        json_object_del(row, "overdue");
        json_put_text(m->data, "guarantee", id);
        json_put_text(row, "state", S("called"));
        json_put_int(row, "called_at", e->at);
        json_t *first = json_new_array(m->arena);
        json_array_append(first, row);
        for (size_t i = 0; i < json_array_size(rows); i++)
            if (json_array_get(rows, i) != row) json_array_append(first, json_array_get(rows, i));
        json_put(m->data, "promises", first);
    }
    dispute_set_due(m);
}

/* ---- up, and the end ---- */

Fail dispute_escalate_decide(Decide *d)
{
    int64_t by = json_int(d->input, "answer_by");
    return by <= d->now ? fail_field(ERR_INVALID, "too_small", "answer_by", d->now + 1) : FAIL_NONE;
}

void dispute_escalate_fold(Matter *m, const Event *e)
{
    json_t *up = json_new_object(m->arena);
    dispute_take(up, e->data, "to answer_by");
    json_put_int(up, "at", e->at);
    json_put(m->data, "escalation", up);
    dispute_set_due(m);
}

Fail dispute_answer_decide(Decide *d)
{
    d->to = str_is(json_text(d->input, "outcome"), "back") ? MEDIATING : ENDED;
    return FAIL_NONE;
}

void dispute_answer_fold(Matter *m, const Event *e)
{
    json_t *up = json_object_get(m->data, "escalation");
    dispute_take(up, e->data, "outcome");
    json_put_int(up, "answered_at", e->at);
    dispute_set_due(m);
}

/* Each party may leave; only the mediator may say that there was no agreement. */
Fail dispute_end_decide(Decide *d)
{
    if (dispute_mediates(d) || str_is(json_text(d->input, "why"), "withdrawn")) return FAIL_NONE;
    return fail_field(ERR_FORBIDDEN, "not_yours_to_say", "why", 0);
}

void dispute_end_fold(Matter *m, const Event *e)
{
    json_put_text(m->data, "ended_why", json_text(e->data, "why"));
    dispute_set_due(m);
}

/* What was said and shown goes; that there was a dispute, when, and how it ended stays. */
void dispute_erase_fold(Matter *m, const Event *e)
{
    static const char *const gone[] = { "subject", "offers", "sessions", "promises", "escalation", "guarantee" };
    const json_t *parties = json_object_get(m->data, "parties");
    (void)e;
    for (int i = 0; i < COUNT(gone); i++)
        json_object_del(m->data, gone[i]);
    for (size_t i = 0; i < json_array_size(parties); i++) {
        json_object_del(json_array_get(parties, i), "name");
        json_object_del(json_array_get(parties, i), "phone");
        json_object_del(json_array_get(parties, i), "agent");
    }
    json_object_del(json_object_get(m->data, "agreement"), "text");
    json_put_bool(m->data, "erased", true);
}
