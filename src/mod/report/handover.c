/* Hand-over to the street's community or a sister community, and back. Whoever received it first stays responsible:
 * their report keeps its state and its clock, and waits with `away`; the other community works on a report of its own,
 * which knows only where it came from. What crosses is a message (core/serve/message.h); keys, names and numbers of
 * persons never do.
 *
 * away.state: sent -> arrived -> answered, or -> back: it never arrived (code), or was refused there (reason). */
#include "mod/report/external.h"

#include "core/setting.h"

/* So many communities at most see one report: a longer way helps nobody, and never the same one twice. */
enum { PATH_MAX = 4 };

Read hand_over_reads[] = {
    { .name = "widths", SETTING_READ("widths"), .key = "", .shared = true },
    { 0 },
};
Read take_over_reads[] = {
    CATEGORY_READ,
    { 0 },
};

static bool is_away(const Matter *m)
{
    Str state = json_text(json_object_get(m->data, "away"), "state");
    return str_is(state, "sent") || str_is(state, "arrived");
}

static bool went_through(const json_t *path, Str community)
{
    for (size_t i = 0; i < json_array_size(path); i++)
        if (str_eq(json_text(json_array_get(path, i), "community"), community)) return true;
    return false;
}

static json_t *path_on(Decide *d)
{
    json_t *path = json_new_array(d->arena), *own = json_new_object(d->arena);
    const json_t *before = json_object_get(json_object_get(d->matter->data, "from"), "path");
    for (size_t i = 0; i < json_array_size(before); i++)
        json_array_append(path, json_array_get(before, i));
    json_put_text(own, "community", d->matter->community);
    json_array_append(path, own);
    return path;
}

static json_t *message_to(Decide *d, Str to, const char *act, Str matter)
{
    json_t *message = json_new_object(d->arena), *list = json_new_array(d->arena);
    json_put_text(message, "to", to);
    json_put_text(message, "act", str_c(act));
    if (matter.n > 0) json_put_text(message, "matter", matter);
    json_array_append(list, message);
    json_put(d->data, "messages", list);
    return message;
}

static void copy(json_t *to, const json_t *from, const char *name, const char *as)
{
    json_t *v = json_object_get(from, name);
    if (v != NULL && !json_is_null(v)) json_put(to, as, v);
}

/* What the other side needs in order to do it: never who asked, or how to reach them. */
static json_t *what_crosses(Decide *d)
{
    static const char *const names[] = { "text", "near", "door", "floor", "language", "photos", "voice" };
    const Matter *m = d->matter;
    json_t *in = json_new_object(d->arena);
    for (int i = 0; i < COUNT(names); i++)
        copy(in, m->data, names[i], names[i]);
    if (m->category.n > 0) json_put_text(in, "category", m->category);
    if (m->has_point) {
        json_t *point = json_new_object(d->arena);
        json_put_int(point, "lon_e7", m->lon_e7);
        json_put_int(point, "lat_e7", m->lat_e7);
        json_put(in, "point", point);
    }
    json_put_text(in, "from", m->community);
    json_put_text(in, "from_matter", m->id);
    json_put_int(in, "from_number", m->number);
    if (m->due_at > 0) json_put_int(in, "due_at", m->due_at);
    json_put(in, "path", path_on(d));
    return in;
}

/* The street that it belongs to, or another community of the same county on this server. */
Fail hand_over_decide(Decide *d)
{
    Str to = json_text(d->input, "community"), own = d->matter->community;
    Widths w = widths_of(setting_of(d->arena, d->reads[0]));
    size_t county = (size_t)w.county;
    const json_t *path = json_object_get(json_object_get(d->matter->data, "from"), "path");
    int level = place_level(w, to);
    if (level != 2 && level != 3) return fail_field(ERR_INVALID, "bad_format", "community", 0);
    if (str_eq(to, own) || own.n < county || to.n < county || memcmp(to.p, own.p, county) != 0)
        return fail_field(ERR_INVALID, "not_one_of", "community", 0);
    if (is_away(d->matter)) return fail(ERR_CONFLICT, "handed_over_already");
    if (went_through(path, to)) return fail_field(ERR_CONFLICT, "went_through", "community", 0);
    if (json_array_size(path) + 1 >= PATH_MAX) return fail_field(ERR_CONFLICT, "too_many", "community", PATH_MAX);
    json_t *message = message_to(d, to, "report.take_over", S(""));
    json_t *take = json_new_object(d->arena);
    json_put_text(take, "reason", S("why"));
    json_put(message, "input", what_crosses(d));
    json_put(message, "take", take);
    json_put_text(message, "then", S("report.arrived"));
    json_put_text(message, "otherwise", S("report.not_arrived"));
    return FAIL_NONE;
}

void hand_over_fold(Matter *m, const Event *e)
{
    json_t *away = json_new_object(m->arena);
    json_put_text(away, "state", S("sent"));
    json_put_text(away, "to", json_text(e->data, "community"));
    json_put_text(away, "by", e->actor);
    json_put_int(away, "at", e->at);
    json_put(m->data, "away", away);
}

/* ---- over there ---- */

Fail take_over_decide(Decide *d)
{
    const DbRows *category = d->reads[0];
    if (str_eq(json_text(d->input, "from"), d->matter->community))
        return fail_field(ERR_INVALID, "not_one_of", "from", 0);
    if (went_through(json_object_get(d->input, "path"), d->matter->community))
        return fail_field(ERR_CONFLICT, "went_through", "path", 0);
    bool known = category->rows > 0 && db_int(category, 0, CATEGORY_RETIRED) == 0;
    if (!known) json_object_del(d->data, "category"); /* their word for it; ours is given when it is registered */
    Fail f = report_find_place(d);
    if (f.err != OK) return f;
    json_put_int(d->data, "coarsen_m", known ? db_int(category, 0, CATEGORY_COARSEN) : REPORT_COARSEN_M);
    report_put_due(d, REPORT_TRIAGE_HOURS, WORKING_HOURS);
    return FAIL_NONE;
}

void take_over_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text", "near", "door", "floor", "language", "photos", "voice", "coarsen_m" };
    static const char *const names[] = { "from_matter", "from_number", "due_at", "path", "why" };
    json_t *from = json_new_object(m->arena);
    for (int i = 0; i < COUNT(kept); i++)
        copy(m->data, e->data, kept[i], kept[i]);
    for (int i = 0; i < COUNT(names); i++)
        copy(from, e->data, names[i], names[i]);
    json_put_text(from, "community", json_text(e->data, "from"));
    json_put(m->data, "from", from);
    json_put_text(m->data, "reporter", S(""));
    report_set_due(m, e);
}

Fail report_tell_sender(Decide *d)
{
    const json_t *from = json_object_get(d->matter->data, "from");
    Str to = json_text(from, "community"), matter = json_text(from, "from_matter");
    if (to.n == 0) return FAIL_NONE;
    bool closed = d->to == CLOSED;
    json_t *in = json_new_object(d->arena);
    json_t *message = message_to(d, to, closed ? "report.answered" : "report.come_back", matter);
    json_put_text(in, "from", d->matter->community);
    json_put_int(in, "number", d->matter->number);
    if (closed) {
        copy(in, d->matter->data, "result", "text");
        copy(in, d->matter->data, "result_photos", "photos");
    } else {
        json_t *take = json_new_object(d->arena);
        json_put_text(take, "reason", S("reason"));
        json_put(message, "take", take);
    }
    json_put(message, "input", in);
    return FAIL_NONE;
}

/* ---- and back ---- */

static json_t *away_of(Matter *m)
{
    json_t *away = json_object_get(m->data, "away");
    if (!json_is_object(away)) json_put(m->data, "away", away = json_new_object(m->arena));
    return away;
}

/* Whoever handed it over hears of it. */
static void tell_who_handed(Decide *d)
{
    Str by = json_text(json_object_get(d->matter->data, "away"), "by");
    if (by.n == 0) return;
    if (d->tell == NULL) d->tell = json_new_array(d->arena);
    json_array_append_new(d->tell, json_stringn(by.p, by.n));
}

void arrived_fold(Matter *m, const Event *e)
{
    json_t *away = away_of(m);
    copy(away, e->data, "there", "there");
    copy(away, e->data, "number", "number");
    if (str_is(json_text(away, "state"), "sent")) json_put_text(away, "state", S("arrived"));
}

Fail not_arrived_decide(Decide *d)
{
    tell_who_handed(d);
    return FAIL_NONE;
}

void not_arrived_fold(Matter *m, const Event *e)
{
    json_t *away = away_of(m);
    json_put_text(away, "state", S("back"));
    json_put_int(away, "back_at", e->at);
    copy(away, e->data, "code", "code");
}

Fail come_back_decide(Decide *d)
{
    tell_who_handed(d);
    return FAIL_NONE;
}

void come_back_fold(Matter *m, const Event *e)
{
    json_t *away = away_of(m);
    not_arrived_fold(m, e);
    copy(away, e->data, "from", "who");
    copy(away, e->data, "number", "number");
    copy(away, e->data, "reason", "reason");
}

/* Their answer is a result like a handler's: somebody here looks at it, and closes. */
Fail answered_decide(Decide *d)
{
    bool works = (ST(d->matter->state) & (ST(COLLECTED) | AT_WORK)) != 0;
    d->to = works ? DONE : d->matter->state;
    tell_who_handed(d);
    if (works) report_end_pause(d);
    return FAIL_NONE;
}

void answered_fold(Matter *m, const Event *e)
{
    json_t *away = away_of(m);
    json_put_text(away, "state", S("answered"));
    json_put_int(away, "answered_at", e->at);
    copy(away, e->data, "from", "who");
    copy(away, e->data, "number", "number");
    copy(m->data, e->data, "text", "result");
    copy(m->data, e->data, "photos", "result_photos");
    if (m->state != DONE) return;
    json_put_int(m->data, "done_at", e->at);
    json_object_del(m->data, "paused");
    report_set_due(m, e);
}
