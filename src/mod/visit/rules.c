/* The rules of a visit: where it is, who may read what is written, when it is due again. Pure functions. */
#include "mod/visit/visit.h"

#include "core/sheet/sheet.h"

/* ---- reads ---- */

enum { HOUSE, BUILDING, SPOT, ABOUT, TO, CHECKLIST };
enum { AT_PLACE, AT_LON, AT_LAT, AT_NAME, AT_UNIT, AT_DOOR, AT_BUILDING, AT_MEMBER };

/* What a checklist asked in each of its versions: a phone that was long without signal filled in an older one. */
#define CHECKLIST_READ                                                                                                 \
    { .name = "checklist", .key = "checklist", .shared = true,                                                         \
      .stmt = { "ss", "lsl",                                                                                           \
                "SELECT f.version, f.form, c.retired FROM checklist_form f JOIN checklist c"                           \
                " ON c.community = f.community AND c.code = f.code WHERE f.community = $1 AND f.code = $2"             \
                " ORDER BY f.version" } }
#define ROLES_READ                                                                                                     \
    { .name = "to", .key = "to", .shared = true,                                                                       \
      .stmt = { "ss", "ssll",                                                                                          \
                "SELECT role, place, starts_at, ends_at FROM role WHERE community = $1 AND person = $2" } }

Read visit_plan_reads[] = {
    { .name = "house", .key = "household",
      .stmt = { "ss", "sllsssss",
                "SELECT h.place, b.lon_e7, b.lat_e7, b.name, h.unit, h.door, h.building, COALESCE(p.person, '')"
                " FROM household h JOIN building b ON b.community = h.community AND b.matter = h.building"
                " LEFT JOIN household_member p ON p.community = h.community AND p.household = h.matter"
                " AND p.state = 'member' WHERE h.community = $1 AND h.matter = $2 AND h.retired_at = 0"
                " ORDER BY COALESCE(p.person, '')" } },
    { .name = "building", .key = "building",
      .stmt = { "ss", "slls",
                "SELECT place, lon_e7, lat_e7, name FROM building WHERE community = $1 AND matter = $2" } },
    { .name = "spot", .key = "spot",
      .stmt = { "ss", "slls", "SELECT place, lon_e7, lat_e7, name FROM point WHERE community = $1 AND matter = $2" } },
    /* a report alone: that there is a quarrel is for its parties to know */
    { .name = "about", .key = "about",
      .stmt = { "ss", "slllslss",
                "SELECT m.place, COALESCE(m.lon_e7, 0), COALESCE(m.lat_e7, 0), CASE WHEN m.lon_e7 IS NULL THEN"
                " CAST(0 AS bigint) ELSE CAST(1 AS bigint) END, m.kind, m.number, m.state, COALESCE(p.person, '')"
                " FROM matter m LEFT JOIN relation r ON r.community = m.community AND r.matter = m.id"
                " AND (r.relations & 1) <> 0 LEFT JOIN person p ON p.community = r.community AND p.person = r.person"
                " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'report' ORDER BY COALESCE(p.person, '')" } },
    ROLES_READ,
    CHECKLIST_READ,
    { 0 },
};
enum { ABOUT_HAS_POINT = 3, ABOUT_KIND, ABOUT_NUMBER, ABOUT_STATE, ABOUT_REPORTER };

Read visit_met_reads[] = { CHECKLIST_READ, { 0 } };
Read visit_assign_reads[] = { ROLES_READ, { 0 } };
Read visit_change_reads[] = { CHECKLIST_READ, { 0 } };

/* ---- where ---- */

static void put_position(Decide *d, const DbRows *r)
{
    json_t *point = json_new_object(d->arena);
    json_put_int(point, "lon_e7", db_int(r, 0, AT_LON));
    json_put_int(point, "lat_e7", db_int(r, 0, AT_LAT));
    if (json_object_get(d->input, "point") == NULL) json_put(d->data, "point", point);
}

static Str door_of(const Decide *d, const DbRows *house)
{
    Str unit = db_text(house, 0, AT_UNIT);
    return arena_fmt(d->arena, "%.*s%s%.*s %.*s", STR_ARG(db_text(house, 0, AT_NAME)), unit.n > 0 ? " " : "",
                     STR_ARG(unit), STR_ARG(db_text(house, 0, AT_DOOR)));
}

/* Every one that is named must be there; the nearest to the door says where it is. */
static Fail find_place(Decide *d, Str *place)
{
    static const char *const names[] = { "household", "building", "spot", "about" };
    *place = S("");
    for (int i = HOUSE; i <= ABOUT; i++) {
        const DbRows *r = d->reads[i];
        if (json_text(d->input, names[i]).n == 0) continue;
        if (r->rows == 0) return fail_field(ERR_INVALID, "not_found", names[i], 0);
        if (place->n > 0) continue;
        *place = db_text(r, 0, AT_PLACE);
        if (i != ABOUT || db_int(r, 0, ABOUT_HAS_POINT) != 0) put_position(d, r);
        if (i == ABOUT) continue;
        json_put_text(d->data, "address", i == HOUSE ? door_of(d, r) : db_text(r, 0, AT_NAME));
        if (i == HOUSE) json_put_text(d->data, "building", db_text(r, 0, AT_BUILDING));
    }
    return FAIL_NONE;
}

static Fail put_place(Decide *d)
{
    Str place, named = json_text(d->input, "place");
    const json_t *point = json_object_get(d->input, "point");
    Fail f = find_place(d, &place);
    if (f.err != OK) return f;
    bool somewhere = place.n > 0 || named.n > 0 || point != NULL || json_text(d->input, "near").n > 0;
    if (!somewhere) return fail_field(ERR_INVALID, "required", "household", 0);
    if (named.n > 0 && !place_within(named, d->matter->community))
        return fail_field(ERR_INVALID, "outside_community", "place", 0);
    if (place.n == 0) place = named;
    if (place.n == 0 && point != NULL && d->places != NULL)
        place = places_grid_at(d->places, json_int(point, "lon_e7"), json_int(point, "lat_e7"));
    json_put_text(d->data, "place", place.n > 0 ? place : d->matter->community);
    return f;
}

/* ---- who ---- */

static void add_reader(json_t *list, Str person)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_is(person, json_string_value(json_array_get(list, i)))) return;
    if (person.n > 0) json_array_append_new(list, json_stringn(person.p, person.n));
}

/* Who lives there; without a household, who reported what it is about. Who complains about a neighbour does not read
 * what is said at the neighbour's door. */
static void put_readers(Decide *d)
{
    json_t *list = json_new_array(d->arena);
    const DbRows *house = d->reads[HOUSE], *about = d->reads[ABOUT];
    for (int i = 0; i < house->rows; i++)
        add_reader(list, db_text(house, i, AT_MEMBER));
    for (int i = 0; house->rows == 0 && i < about->rows; i++)
        add_reader(list, db_text(about, i, ABOUT_REPORTER));
    json_put(d->data, "readers", list);
    if (about->rows == 0) return;
    json_put_text(d->data, "about_kind", db_text(about, 0, ABOUT_KIND));
    json_put_int(d->data, "about_number", db_int(about, 0, ABOUT_NUMBER));
}

enum { VISITORS = OFFICER | TEAM | MEDIATOR | DISPATCHER | CLERK };

static Fail check_visitor(const Decide *d, const DbRows *roles, Str place)
{
    for (int i = 0; i < roles->rows; i++) {
        bool holds = (db_int(roles, i, 2) == 0 || db_int(roles, i, 2) <= d->now) &&
                     (db_int(roles, i, 3) == 0 || d->now < db_int(roles, i, 3));
        Str at = db_text(roles, i, 1);
        bool there = place_within(place, at) || place_within(at, place);
        if (holds && there && (role_by_name(db_text(roles, i, 0)) & VISITORS)) return FAIL_NONE;
    }
    return fail_field(ERR_INVALID, "not_in_charge_there", "to", 0);
}

/* ---- checklists ---- */

static Fail check_checklist(const Decide *d, const DbRows *forms)
{
    if (json_text(d->input, "checklist").n == 0) return FAIL_NONE;
    if (forms->rows == 0 || db_int(forms, 0, 2) != 0) return fail_field(ERR_INVALID, "not_one_of", "checklist", 0);
    return FAIL_NONE;
}

/* Against the version that the phone had; the newest if it does not say. */
static Fail fill_checklist(Decide *d, const DbRows *forms)
{
    json_t *filled = json_object_get(d->input, "answers");
    int64_t version = json_int(d->input, "checklist_version");
    int row = version == 0 ? forms->rows - 1 : -1;
    Fail f = FAIL_NONE;
    Errors errors = { .arena = d->arena };
    if (filled == NULL) {
        json_object_del(d->data, "checklist");
        json_object_del(d->data, "checklist_version");
        return f;
    }
    if (json_text(d->input, "checklist").n == 0) return fail_field(ERR_INVALID, "required", "checklist", 0);
    if (forms->rows == 0) return fail_field(ERR_INVALID, "not_one_of", "checklist", 0);
    for (int i = 0; i < forms->rows; i++)
        if (db_int(forms, i, 0) == version) row = i;
    if (row < 0) return fail_field(ERR_INVALID, "not_one_of", "checklist_version", 0);
    json_t *questions = json_read(d->arena, db_text(forms, row, 1), &f);
    if (f.err != OK) return fail(ERR_INTERNAL, "checklist_form");
    json_t *checked = form_validate(d->arena, questions, filled, "answers", &errors);
    if (errors.n > 0) return errors.list[0];
    json_put(d->data, "answers", checked);
    json_put_int(d->data, "checklist_version", db_int(forms, row, 0));
    return f;
}

/* ---- when ---- */

static int64_t after_working_days(const Decide *d, int64_t from, int64_t days)
{
    return clock_due(d->calendar, from, days, WORKING_DAYS, NULL, NULL);
}

/* When it was, as the phone says: never ahead of us (a phone's clock may be), never longer ago than a phone may
 * wait. */
static Fail put_at(Decide *d)
{
    int64_t at = json_int(d->input, "at"), first = d->now - CLAIMED_DAYS * DAY_MS;
    if (at != 0 && at < first) return fail_field(ERR_INVALID, "too_small", "at", first);
    json_put_int(d->data, "at", at == 0 || at > d->now ? d->now : at);
    json_put_int(d->data, "entry", json_int(d->matter->data, "entries") + 1); /* by which a correction names it */
    return FAIL_NONE;
}

static Fail check_after(const Decide *d, const char *field)
{
    int64_t at = json_int(d->data, "at"), when = json_int(d->input, field);
    return when != 0 && when <= at ? fail_field(ERR_INVALID, "too_small", field, at + 1) : FAIL_NONE;
}

static void sooner(int64_t *due, int64_t at)
{
    if (at > 0 && (*due == 0 || at < *due)) *due = at;
}

/* ---- plan ---- */

static Fail check_round(const Decide *d)
{
    return heading_refused(json_text(d->input, "round")) ? fail_field(ERR_INVALID, "column_refused", "round", 0)
                                                         : FAIL_NONE;
}

static Fail put_target(Decide *d)
{
    Fail f = check_round(d);
    if (f.err == OK) f = put_place(d);
    if (f.err == OK) put_readers(d);
    return f;
}

/* Whoever holds the post there goes themselves, unless they say who. */
Fail visit_plan_decide(Decide *d)
{
    Str to = json_text(d->input, "to");
    Fail f = put_target(d);
    if (f.err != OK) return f;
    Str place = json_text(d->data, "place");
    if (to.n > 0)
        f = check_visitor(d, d->reads[TO], place);
    else if (actor_roles_at(d->actor, place, d->now) & (OFFICER | TEAM))
        json_put_text(d->data, "to", d->actor->person);
    else
        f = fail_field(ERR_INVALID, "required", "to", 0);
    if (f.err == OK) f = check_checklist(d, d->reads[CHECKLIST]);
    if (f.err == OK && json_object_get(d->input, "due_at") == NULL)
        json_put_int(d->data, "due_at", after_working_days(d, d->now, VISIT_FIRST_WORKING_DAYS));
    return f;
}

static void take(json_t *to, const json_t *from, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        json_t *v = json_object_get(from, names[i]);
        if (v != NULL) json_put(to, names[i], v);
    }
}

static void hand_to(Matter *m, Str person)
{
    Str before = json_text(m->data, "officer");
    if (before.n > 0 && !str_eq(before, person)) matter_relate(m, before, HANDLED, HANDLER);
    matter_relate(m, person, HANDLER | HANDLED, 0);
    json_put_text(m->data, "officer", person);
}

static void fold_target(Matter *m, const Event *e)
{
    static const char *const kept[] = { "purpose",   "round",      "household",    "building", "spot",    "about",
                                        "about_kind", "about_number", "address",   "near",     "note",    "checklist",
                                        "every_days" };
    const json_t *readers = json_object_get(e->data, "readers");
    take(m->data, e->data, kept, COUNT(kept));
    json_put_int(m->data, "done", 0);
    json_put_int(m->data, "tries", 0);
    for (size_t i = 0; i < json_array_size(readers); i++)
        matter_relate(m, str_c(json_string_value(json_array_get(readers, i))), PARTY, 0);
}

void visit_plan_fold(Matter *m, const Event *e)
{
    fold_target(m, e);
    hand_to(m, json_text(e->data, "to"));
    m->due_at = json_int(e->data, "due_at");
}

/* ---- at the door ---- */

static bool promise_open(const json_t *data)
{
    return str_is(json_text(json_object_get(data, "promise"), "state"), "open");
}

/* A word about the last promise needs one; that somebody else has said so first takes nothing away. */
static Fail check_promise(const Decide *d)
{
    bool said = json_text(d->input, "promise").n > 0, by = json_int(d->input, "promise_by") != 0;
    if (json_text(d->input, "kept").n > 0 && json_object_get(d->matter->data, "promise") == NULL)
        return fail_field(ERR_CONFLICT, "nothing_promised", "kept", 0);
    if (said && !by) return fail_field(ERR_INVALID, "required", "promise_by", 0);
    if (!said && by) return fail_field(ERR_INVALID, "required", "promise", 0);
    return check_after(d, "promise_by");
}

/* Again when somebody says so; else at the next of what is promised and what the plan says. Visits go on until a
 * promise is kept. */
static int64_t next_after_met(const Decide *d, int64_t every_days)
{
    int64_t at = json_int(d->data, "at"), due = json_int(d->input, "next_at");
    if (due != 0) return due;
    bool kept = str_is(json_text(d->input, "kept"), "kept"), anew = json_text(d->input, "promise").n > 0;
    if (anew)
        due = json_int(d->input, "promise_by");
    else if (!kept && promise_open(d->matter->data))
        due = str_is(json_text(d->input, "kept"), "not_kept")
                  ? after_working_days(d, at, VISIT_AGAIN_WORKING_DAYS)
                  : json_int(json_object_get(d->matter->data, "promise"), "by");
    if (due != 0 && due <= at) due = after_working_days(d, at, VISIT_AGAIN_WORKING_DAYS);
    if (every_days > 0) sooner(&due, clock_due(d->calendar, at, every_days, CALENDAR_DAYS, NULL, NULL));
    return due;
}

static void put_next(Decide *d, int64_t due)
{
    json_put_int(d->data, "due_at", due);
    d->to = due > 0 ? PLANNED : DONE;
}

static Fail met(Decide *d, const DbRows *forms, int64_t every_days)
{
    Fail f = put_at(d);
    if (f.err == OK) f = check_after(d, "next_at");
    if (f.err == OK) f = check_promise(d);
    if (f.err == OK) f = fill_checklist(d, forms);
    if (f.err == OK) put_next(d, next_after_met(d, every_days));
    return f;
}

Fail visit_met_decide(Decide *d)
{
    return met(d, d->reads[0], json_int(d->matter->data, "every_days"));
}

static Fail nobody(Decide *d)
{
    Fail f = put_at(d);
    if (f.err == OK) f = check_after(d, "next_at");
    if (f.err != OK) return f;
    int64_t next = json_int(d->input, "next_at");
    if (next == 0 && d->matter->state != DONE) /* done by another meanwhile: nobody need go again */
        next = after_working_days(d, json_int(d->data, "at"), VISIT_AGAIN_WORKING_DAYS);
    put_next(d, next);
    return f;
}

Fail visit_nobody_decide(Decide *d)
{
    return nobody(d);
}

/* What does not belong to a door where nobody was. */
static Fail only_when_met(const Decide *d)
{
    static const char *const fields[] = { "answers", "kept", "promise", "promise_by", "promise_from" };
    for (int i = 0; i < COUNT(fields); i++)
        if (json_object_get(d->input, fields[i]) != NULL)
            return fail_field(ERR_INVALID, "not_when_nobody", fields[i], 0);
    return FAIL_NONE;
}

/* Nobody had planned it: it is written down where it happened, or afterwards. */
Fail visit_called_decide(Decide *d)
{
    bool was_met = str_is(json_text(d->input, "result"), "met");
    Fail f = put_target(d);
    if (f.err == OK) f = check_checklist(d, d->reads[CHECKLIST]);
    if (f.err == OK && !was_met) f = only_when_met(d);
    if (f.err != OK) return f;
    json_put_text(d->data, "to", d->actor->person);
    return was_met ? met(d, d->reads[CHECKLIST], json_int(d->input, "every_days")) : nobody(d);
}

static void fold_entry(Matter *m, const Event *e, const char *result)
{
    json_t *last = json_new_object(m->arena);
    Str left = json_text(e->data, "left");
    json_put_int(last, "at", json_int(e->data, "at"));
    json_put_text(last, "by", e->actor);
    json_put_text(last, "result", str_c(result));
    if (left.n > 0) json_put_text(last, "left", left);
    /* of two visits that arrive out of order the later one counts */
    if (json_int(json_object_get(m->data, "last"), "at") <= json_int(last, "at")) json_put(m->data, "last", last);
    json_put_int(m->data, "entries", json_int(e->data, "entry"));
    json_object_del(m->data, "overdue");
    m->due_at = json_int(e->data, "due_at");
    if (m->state == DONE && m->closed_at == 0) m->closed_at = e->at;
}

static void fold_promise(Matter *m, const Event *e)
{
    json_t *promise = json_object_get(m->data, "promise"), *anew = json_object_get(e->data, "promise");
    Str kept = json_text(e->data, "kept"), from = json_text(e->data, "promise_from");
    if (promise_open(m->data) && str_is(kept, "kept")) {
        json_put_text(promise, "state", S("kept"));
        json_put_int(promise, "kept_at", json_int(e->data, "at"));
    }
    if (promise_open(m->data) && str_is(kept, "not_kept"))
        json_put_int(promise, "broken", json_int(promise, "broken") + 1);
    if (anew == NULL) return;
    promise = json_new_object(m->arena);
    json_put(promise, "text", anew);
    json_put_int(promise, "by", json_int(e->data, "promise_by"));
    json_put_text(promise, "from", from.n > 0 ? from : S("officer"));
    json_put_int(promise, "at", json_int(e->data, "at"));
    json_put_text(promise, "state", S("open"));
    json_put(m->data, "promise", promise);
}

void visit_met_fold(Matter *m, const Event *e)
{
    fold_entry(m, e, "met");
    fold_promise(m, e);
    json_put_int(m->data, "done", json_int(m->data, "done") + 1);
    json_put_int(m->data, "tries", 0);
    matter_relate(m, e->actor, HANDLED, 0);
}

void visit_nobody_fold(Matter *m, const Event *e)
{
    fold_entry(m, e, "nobody");
    json_put_int(m->data, "tries", json_int(m->data, "tries") + 1);
    matter_relate(m, e->actor, HANDLED, 0);
}

void visit_called_fold(Matter *m, const Event *e)
{
    fold_target(m, e);
    hand_to(m, e->actor);
    if (str_is(json_text(e->data, "result"), "met"))
        visit_met_fold(m, e);
    else
        visit_nobody_fold(m, e);
}

/* ---- corrected by who lives there ---- */

/* It stands beside what it corrects: both stay, both are shown. */
Fail visit_correct_decide(Decide *d)
{
    int64_t entries = json_int(d->matter->data, "entries");
    return json_int(d->input, "entry") <= entries ? FAIL_NONE : fail_field(ERR_INVALID, "not_one_of", "entry", entries);
}

void visit_correct_fold(Matter *m, const Event *e)
{
    (void)e;
    json_put_int(m->data, "corrections", json_int(m->data, "corrections") + 1);
}

/* ---- by whom, how often, and the end ---- */

Fail visit_assign_decide(Decide *d)
{
    return check_visitor(d, d->reads[0], d->matter->place);
}

void visit_assign_fold(Matter *m, const Event *e)
{
    hand_to(m, json_text(e->data, "to"));
}

Fail visit_change_decide(Decide *d)
{
    Fail f = check_round(d);
    return f.err == OK ? check_checklist(d, d->reads[0]) : f;
}

void visit_change_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "round", "checklist", "every_days", "note" };
    take(m->data, e->data, kept, COUNT(kept));
    if (json_object_get(e->data, "due_at") == NULL) return;
    m->due_at = json_int(e->data, "due_at");
    json_object_del(m->data, "overdue");
}

/* A round of hundreds of doors falls due at once: only what somebody waits for is news, the rest stands in the list. */
Fail visit_fall_due_decide(Decide *d)
{
    bool waited = promise_open(d->matter->data) || str_is(json_text(d->matter->data, "purpose"), "return");
    Str officer = json_text(d->matter->data, "officer");
    if (!waited || officer.n == 0) return FAIL_NONE;
    d->tell = json_new_array(d->arena);
    json_array_append_new(d->tell, json_stringn(officer.p, officer.n));
    return FAIL_NONE;
}

void visit_fall_due_fold(Matter *m, const Event *e)
{
    (void)e;
    json_put_bool(m->data, "overdue", true);
}

Fail visit_inherit_decide(Decide *d)
{
    Relations had = matter_relations(d->matter, json_text(d->input, "from"));
    return had & HANDLER ? FAIL_NONE : fail(ERR_CONFLICT, "wrong_state");
}

void visit_inherit_fold(Matter *m, const Event *e)
{
    hand_to(m, json_text(e->data, "to"));
}

Fail visit_let_in_decide(Decide *d)
{
    return str_is(json_text(d->matter->data, "household"), "") ? fail(ERR_CONFLICT, "wrong_state") : FAIL_NONE;
}

void visit_let_in_fold(Matter *m, const Event *e)
{
    matter_relate(m, json_text(e->data, "person"), PARTY, 0);
}

/* When the last of them has left, whoever moves in begins with an empty page. */
Fail visit_part_decide(Decide *d)
{
    Str person = json_text(d->input, "person");
    int left = 0;
    for (int i = 0; i < d->matter->n_relations; i++) {
        const Relation *r = &d->matter->relations[i];
        left += (r->is & PARTY) && !str_eq(r->person, person);
    }
    d->to = left == 0 && d->matter->state == PLANNED ? ENDED : d->matter->state;
    return FAIL_NONE;
}

void visit_part_fold(Matter *m, const Event *e)
{
    matter_relate(m, json_text(e->data, "person"), 0, PARTY);
    if (m->state == ENDED) m->due_at = 0;
}

void visit_end_fold(Matter *m, const Event *e)
{
    (void)e;
    m->due_at = 0;
    json_object_del(m->data, "overdue");
}

/* What was said there goes; that somebody was there, and when, stays. */
void visit_erase_fold(Matter *m, const Event *e)
{
    static const char *const gone[] = { "near", "note", "promise", "address" };
    (void)e;
    for (int i = 0; i < COUNT(gone); i++)
        json_object_del(m->data, gone[i]);
    m->has_point = false;
    m->lon_e7 = m->lat_e7 = 0;
    json_put_bool(m->data, "erased", true);
}
