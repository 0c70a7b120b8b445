/* When a report is due, what moves that, and when it goes up. Pure functions; the calculation is core/clock's. */
#include "mod/report/report.h"

#include "core/setting.h"

Read up_reads[] = {
    { .name = "overseers",
      .key = "",
      .shared = true,
      .stmt = { "s", "ssll",
                "SELECT person, place, starts_at, ends_at FROM role WHERE community = $1 AND role = 'overseer'"
                " ORDER BY person, place" } },
    { .name = "limits", SETTING_READ("limits"), .key = "", .shared = true },
    { .name = "superior",
      .key = "matter",
      .shared = true,
      .stmt = { "ss", "s",
                "SELECT u.superior FROM unit u JOIN relation r ON r.community = u.community AND r.person = u.id"
                " WHERE u.community = $1 AND r.matter = $2 AND (r.relations & 2) <> 0 AND u.superior <> ''" } },
    { 0 },
};
enum { READ_OVERSEERS, READ_LIMITS, READ_SUPERIOR };
enum { TIMES_MAX = 3, PAUSES_MAX = 20, EXTENSIONS_MAX = 10, EXTENDED_DAYS_MAX = 180 };

/* ---- due ---- */

void report_put_due(Decide *d, int64_t limit, Unit unit)
{
    json_t *how = NULL;
    clock_due(d->calendar, d->now, limit, unit, d->arena, &how);
    json_put(d->data, "due", how);
}

/* The same limit once more, from now on. */
void report_due_again(Decide *d)
{
    const json_t *due = json_object_get(d->matter->data, "due");
    int64_t limit = json_int(due, "limit");
    report_put_due(d, limit > 0 ? limit : 1, unit_by_name(json_text(due, "unit")));
}

void report_set_due(Matter *m, const Event *e)
{
    json_t *due = json_object_get(e->data, "due");
    if (due == NULL) return;
    m->due_at = json_int(due, "due");
    json_put(m->data, "due", due);
    report_theirs(m);
}

static bool is_paused(const Matter *m)
{
    return json_object_get(m->data, "paused") != NULL;
}

static size_t moved(const Matter *m, const char *list)
{
    return json_array_size(json_object_get(json_object_get(m->data, "due"), list));
}

/* ---- pause and resume: the clock stands still for a reason, the due time moves by what the pause was worth ---- */

Fail pause_decide(Decide *d)
{
    if (is_paused(d->matter)) return fail(ERR_CONFLICT, "is_paused");
    if (d->matter->due_at <= d->now) return fail(ERR_CONFLICT, "overdue"); /* what is late is extended or goes up */
    if (moved(d->matter, "pauses") >= PAUSES_MAX) return fail_field(ERR_CONFLICT, "too_many", "", PAUSES_MAX);
    return FAIL_NONE;
}

void pause_fold(Matter *m, const Event *e)
{
    json_t *paused = json_new_object(m->arena);
    json_put_int(paused, "at", e->at);
    json_put(m->data, "paused", paused);
    m->due_at = 0;
    report_theirs(m);
}

void report_end_pause(Decide *d)
{
    const json_t *paused = json_object_get(d->matter->data, "paused");
    if (paused == NULL) return;
    json_put(
        d->data, "due",
        clock_paused(d->calendar, d->arena, json_object_get(d->matter->data, "due"), json_int(paused, "at"), d->now));
}

Fail resume_decide(Decide *d)
{
    if (!is_paused(d->matter)) return fail(ERR_CONFLICT, "not_paused");
    report_end_pause(d);
    return FAIL_NONE;
}

void resume_fold(Matter *m, const Event *e)
{
    json_object_del(m->data, "paused");
    report_set_due(m, e);
}

/* ---- extension: the handler asks, a dispatcher who does not handle it approves ---- */

static Fail check_until(const Decide *d, int64_t until)
{
    if (is_paused(d->matter)) return fail(ERR_CONFLICT, "is_paused");
    if (until <= d->now) return fail_field(ERR_INVALID, "too_small", "until", d->now);
    if (until <= d->matter->due_at) return fail_field(ERR_INVALID, "too_small", "until", d->matter->due_at);
    int64_t latest = d->now + EXTENDED_DAYS_MAX * DAY_MS;
    if (until > latest) return fail_field(ERR_INVALID, "too_large", "until", latest);
    if (moved(d->matter, "extensions") >= EXTENSIONS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", EXTENSIONS_MAX);
    return FAIL_NONE;
}

Fail ask_extension_decide(Decide *d)
{
    return check_until(d, json_int(d->input, "until"));
}

void ask_extension_fold(Matter *m, const Event *e)
{
    json_t *asked = json_new_object(m->arena);
    json_put_int(asked, "at", e->at);
    json_put_text(asked, "by", e->actor);
    json_put_int(asked, "until", json_int(e->data, "until")); /* why stands in the timeline, for who may read it */
    json_put(m->data, "asked", asked);
}

Fail extend_decide(Decide *d)
{
    const json_t *asked = json_object_get(d->matter->data, "asked");
    if (asked == NULL) return fail(ERR_CONFLICT, "nothing_asked");
    int64_t until = json_int(d->input, "until");
    if (until == 0) until = json_int(asked, "until");
    Fail f = check_until(d, until);
    if (f.err != OK) return f;
    json_put_int(d->data, "until", until);
    json_put(d->data, "due", clock_extended(d->arena, json_object_get(d->matter->data, "due"), until, d->now));
    return FAIL_NONE;
}

Fail deny_extension_decide(Decide *d)
{
    return json_object_get(d->matter->data, "asked") != NULL ? FAIL_NONE : fail(ERR_CONFLICT, "nothing_asked");
}

void deny_extension_fold(Matter *m, const Event *e)
{
    (void)e;
    json_object_del(m->data, "asked");
}

static bool for_being_late(Str why)
{
    return str_is(why, "due_soon") || str_is(why, "due") || str_is(why, "overdue");
}

/* What went up only for being late comes down again. */
void extend_fold(Matter *m, const Event *e)
{
    Str why = json_text(m->data, "level_why");
    json_object_del(m->data, "asked");
    report_set_due(m, e);
    json_put_int(m->data, "extended_until", m->due_at);
    if (for_being_late(why)) json_put_int(m->data, "level", 0);
}

/* ---- levels: 1 reminded, 2 supervised, 3 escalated. A level only rises; an overseer's answer brings it down. ---- */

static void tell(Decide *d, Str who)
{
    if (who.n > 0) json_array_append_new(d->tell, json_stringn(who.p, who.n));
}

/* Besides the handler: who answers for it, the handling unit's superior, the overseers of the place. */
static void tell_above(Decide *d)
{
    const DbRows *r = d->reads[READ_OVERSEERS], *superior = d->reads[READ_SUPERIOR];
    if (d->tell == NULL) d->tell = json_new_array(d->arena);
    tell(d, json_text(d->matter->data, "responsible"));
    for (int i = 0; i < superior->rows; i++)
        tell(d, db_text(superior, i, 0));
    for (int i = 0; i < r->rows; i++) {
        int64_t from = db_int(r, i, 2), until = db_int(r, i, 3);
        bool holds = from <= d->now && (until == 0 || d->now < until);
        if (holds && place_within(d->matter->place, db_text(r, i, 1))) tell(d, db_text(r, i, 0));
    }
}

static void go_up(Decide *d, int level, const char *why)
{
    if (level >= SUPERVISED) tell_above(d);
    if (level <= json_int(d->matter->data, "level")) return;
    json_put_int(d->data, "level", level);
    json_put_text(d->data, "level_why", str_c(why));
}

void report_fold_level(Matter *m, const Event *e)
{
    if (json_object_get(e->data, "level") == NULL) return;
    json_put_int(m->data, "level", json_int(e->data, "level"));
    json_put_text(m->data, "level_why", json_text(e->data, "level_why"));
    json_put_int(m->data, "level_at", e->at);
}

static int64_t limit_of(const Decide *d, const char *name)
{
    int64_t n = json_int(setting_of(d->arena, d->reads[READ_LIMITS]), name);
    return n > 0 ? n : TIMES_MAX;
}

/* Called where a report goes back to its handler: once too often, and it goes up. */
void report_redone_up(Decide *d)
{
    if (json_int(d->matter->data, "redone") + 1 >= limit_of(d, "redone_max")) go_up(d, ESCALATED, "redone");
}

void report_returned_up(Decide *d, size_t by)
{
    if ((int64_t)by >= limit_of(d, "returned_max")) go_up(d, ESCALATED, "returned");
}

Fail remind_decide(Decide *d)
{
    go_up(d, REMINDED, "due_soon");
    return FAIL_NONE;
}

Fail supervise_decide(Decide *d)
{
    go_up(d, SUPERVISED, d->actor->system ? "due" : "by_hand");
    return FAIL_NONE;
}

Fail escalate_decide(Decide *d)
{
    go_up(d, ESCALATED, "overdue");
    return FAIL_NONE;
}

Fail answer_decide(Decide *d)
{
    return json_int(d->matter->data, "level") >= SUPERVISED ? FAIL_NONE : fail(ERR_CONFLICT, "nothing_asked");
}

void remind_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "reminded_at", e->at);
    report_fold_level(m, e);
}

void supervise_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "supervised_at", e->at);
    report_fold_level(m, e);
}

void escalate_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "escalated_at", e->at);
    report_fold_level(m, e);
}

void answer_fold(Matter *m, const Event *e)
{
    json_put_int(m->data, "level", 0);
    json_put_int(m->data, "answered_at", e->at);
}

/* ---- what waits for a word from above ---- */

/* Once it is done the time is nobody's any more, and whether it is done is the question. */
Waits report_waits(const Matter *m)
{
    const json_t *d = m->data, *asked = json_object_get(d, "asked");
    Str why = json_text(d, "level_why");
    bool at_work = (ST(m->state) & AT_WORK) != 0;
    if (m->closed_at > 0) return (Waits){ .why = S("") };
    if (asked != NULL && at_work)
        return (Waits){ .why = S("extension"), .since = json_int(asked, "at"), .until = json_int(asked, "until") };
    if (m->state == DONE && json_int(d, "redone") > 0)
        return (Waits){ .why = S("disputed"), .since = json_int(d, "done_at") };
    if (json_int(d, "level") < SUPERVISED || (for_being_late(why) && !at_work && m->state != COLLECTED))
        return (Waits){ .why = S("") };
    return (Waits){ .why = why, .since = json_int(d, "level_at") };
}
