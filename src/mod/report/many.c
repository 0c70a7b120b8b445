/* Many hands on one report: who may be given it, units and their duty, the first receiver's responsibility, giving
 * back, and the whistle: one matter, a lead and co-units, each signing in, acting, signing off. */
#include "mod/report/report.h"

enum { CO_UNITS_MAX = 12 };

Read handler_read[] = {
    { .name = "handler",
      .key = "to",
      .shared = true,
      .stmt = { "ss", "ssll",
                "SELECT role, place, starts_at, ends_at FROM role WHERE community = $1 AND person = $2" } },
    { .name = "unit",
      .key = "to",
      .shared = true,
      .stmt = { "ss", "ssss", "SELECT id, state, areas, categories FROM unit WHERE community = $1 AND id = $2" } },
    { 0 },
};
Read whistle_reads[] = {
    { .name = "units",
      .key = "",
      .shared = true,
      .stmt = { "s", "ssss",
                "SELECT id, state, areas, categories FROM unit WHERE community = $1 AND state = 'active'" } },
    { 0 },
};
/* The rosters of the units that have to do with this matter. */
Read duty_reads[] = {
    { .name = "duty",
      .key = "matter",
      .shared = true,
      .stmt = { "ss", "ssll",
                "SELECT y.unit, y.person, y.from_at, y.until_at FROM unit_duty y JOIN relation r"
                " ON r.community = y.community AND r.person = y.unit WHERE y.community = $1 AND r.matter = $2" } },
    { 0 },
};

/* ---- who may be given it ---- */

static json_t *list_of(const Decide *d, Str text)
{
    Fail f = FAIL_NONE;
    return json_read(d->arena, text, &f);
}

/* A unit takes what lies in one of its areas and is of one of its categories (none named: of all). */
static Fail unit_takes(const Decide *d, const DbRows *units, int i, const char *field)
{
    if (i < 0 || !str_is(db_text(units, i, 1), "active")) return fail_field(ERR_INVALID, "not_one_of", field, 0);
    const json_t *areas = list_of(d, db_text(units, i, 2)), *categories = list_of(d, db_text(units, i, 3));
    bool here = false, takes = json_array_size(categories) == 0;
    for (size_t k = 0; k < json_array_size(areas); k++)
        here |= place_within(d->matter->place, json_text(json_array_get(areas, k), "place"));
    for (size_t k = 0; k < json_array_size(categories); k++)
        takes |= str_eq(d->matter->category, json_text(json_array_get(categories, k), "category"));
    if (!here) return fail_field(ERR_INVALID, "not_in_charge_there", field, 0);
    return takes ? FAIL_NONE : fail_field(ERR_INVALID, "not_its_work", field, 0);
}

/* Somebody who holds a staff role there now. */
static Fail person_takes(const Decide *d, const DbRows *roles)
{
    for (int i = 0; i < roles->rows; i++) {
        Roles role = role_by_name(db_text(roles, i, 0));
        bool holds = (db_int(roles, i, 2) == 0 || db_int(roles, i, 2) <= d->now) &&
                     (db_int(roles, i, 3) == 0 || d->now < db_int(roles, i, 3));
        if (holds && place_within(d->matter->place, db_text(roles, i, 1)) && (role & (STAFF | VOLUNTEER)))
            return FAIL_NONE;
    }
    return fail_field(ERR_INVALID, "not_in_charge_there", "to", 0);
}

Fail dispatch_decide(Decide *d)
{
    const DbRows *unit = d->reads[1];
    Fail f = unit->rows > 0 ? unit_takes(d, unit, 0, "to") : person_takes(d, d->reads[0]);
    if (f.err == OK && (matter_relations(d->matter, json_text(d->input, "to")) & HANDLER))
        return fail_field(ERR_CONFLICT, "has_it_already", "to", 0);
    return f;
}

static json_t *co_units(const Matter *m)
{
    return json_object_get(json_object_get(m->data, "whistle"), "units");
}

static json_t *co_unit(const Matter *m, Str unit)
{
    json_t *list = co_units(m);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_text(json_array_get(list, i), "unit"), unit)) return json_array_get(list, i);
    return NULL;
}

static void drop_co_unit(Matter *m, Str unit)
{
    json_t *list = co_units(m);
    for (size_t i = json_array_size(list); i > 0; i--)
        if (str_eq(json_text(json_array_get(list, i - 1), "unit"), unit)) json_array_remove(list, i - 1);
}

/* Who got it first answers for it until somebody else has accepted. */
void report_hand_to(Matter *m, const Event *e, Str to)
{
    Str before = matter_person(m, HANDLER);
    if (before.n > 0) matter_relate(m, before, HANDLED, HANDLER);
    matter_relate(m, to, HANDLER | HANDLED, CO_HANDLER);
    drop_co_unit(m, to); /* who leads signs nothing off */
    json_put_text(m->data, "handler", to);
    if (json_text(m->data, "responsible").n == 0) json_put_text(m->data, "responsible", to);
    json_put_int(m->data, "dispatched_at", e->at);
    json_put_int(m->data, "promised_at", 0);
    json_object_del(m->data, "accepted_by");
}

void dispatch_fold(Matter *m, const Event *e)
{
    report_hand_to(m, e, json_text(e->data, "to"));
}

/* ---- accepting: for a unit, whoever is on duty; if its roster names nobody just now, any member ---- */

static bool on_duty(const Decide *d, const DbRows *duty, Str unit)
{
    bool somebody = false;
    for (int i = 0; i < duty->rows; i++) {
        if (!str_eq(db_text(duty, i, 0), unit) || db_int(duty, i, 2) > d->now || db_int(duty, i, 3) <= d->now) continue;
        if (str_eq(db_text(duty, i, 1), d->actor->person)) return true;
        somebody = true;
    }
    return !somebody;
}

Fail accept_decide(Decide *d)
{
    Str handler = matter_person(d->matter, HANDLER);
    int64_t promised = json_int(d->input, "promised_at");
    if (promised != 0 && promised < d->now) return fail_field(ERR_INVALID, "too_small", "promised_at", d->now);
    if (!str_eq(handler, d->actor->person) && !on_duty(d, d->reads[0], handler))
        return fail(ERR_FORBIDDEN, "not_on_duty");
    return FAIL_NONE;
}

void accept_fold(Matter *m, const Event *e)
{
    Str handler = matter_person(m, HANDLER);
    json_put_int(m->data, "accepted_at", e->at);
    json_put_int(m->data, "promised_at", json_int(e->data, "promised_at"));
    json_put_text(m->data, "responsible", handler);
    if (str_eq(handler, e->actor)) return;
    json_put_text(m->data, "accepted_by", e->actor); /* for the unit */
    matter_relate(m, e->actor, HANDLED, 0);
}

/* ---- giving back ---- */

/* Bounced: how many different hands have given it back, this one included. */
Fail return_decide(Decide *d)
{
    const json_t *by = json_object_get(d->matter->data, "returned_by");
    Str who = matter_person(d->matter, HANDLER);
    size_t n = json_array_size(by) + 1;
    for (size_t i = 0; i < json_array_size(by); i++)
        if (str_is(who, json_string_value(json_array_get(by, i)))) n--;
    json_put_text(d->data, "who", who);
    report_returned_up(d, n);
    return FAIL_NONE;
}

static void add_once(Matter *m, const char *list, Str who)
{
    json_t *all = json_object_get(m->data, list);
    if (all == NULL) json_put(m->data, list, all = json_new_array(m->arena));
    for (size_t i = 0; i < json_array_size(all); i++)
        if (str_is(who, json_string_value(json_array_get(all, i)))) return;
    json_array_append_new(all, json_stringn(who.p, who.n));
}

void return_fold(Matter *m, const Event *e)
{
    add_once(m, "returned_by", json_text(e->data, "who"));
    report_fold_level(m, e);
    matter_relate(m, matter_person(m, HANDLER), HANDLED, HANDLER);
    json_put_text(m->data, "handler", S(""));
    json_put_int(m->data, "promised_at", 0);
    json_put_int(m->data, "returned", json_int(m->data, "returned") + 1);
}

static Stmt return_add = { "ssssll", "",
                           "INSERT INTO report_return (community, matter, who, person, n, at)"
                           " VALUES ($1, $2, $3, $4, $5, $6)" };
Stmt *const many_statements[] = { &return_add, NULL };

void return_apply(Apply *a, const Matter *m, const Event *e)
{
    report_apply(a, m, e);
    db_send(a->db, a->arena, &return_add,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(e->data, "who")), TXT(e->actor),
                 NUM(json_int(m->data, "returned")), NUM(e->at)));
}

/* ---- whistle ---- */

static int row_of(const DbRows *r, Str id)
{
    for (int i = 0; i < r->rows; i++)
        if (str_eq(db_text(r, i, 0), id)) return i;
    return -1;
}

Fail whistle_decide(Decide *d)
{
    const DbRows *units = d->reads[0];
    const json_t *list = json_object_get(d->input, "units");
    Str handler = matter_person(d->matter, HANDLER), lead = json_text(d->input, "lead");
    if (lead.n == 0) lead = handler;
    if (lead.n == 0) return fail_field(ERR_INVALID, "required", "lead", 0);
    bool same = str_eq(lead, handler);
    Fail f = same ? FAIL_NONE : unit_takes(d, units, row_of(units, lead), "lead");
    for (size_t i = 0; f.err == OK && i < json_array_size(list); i++) {
        Str unit = json_text(json_array_get(list, i), "unit");
        const char *path = arena_fmt(d->arena, "units[%zu].unit", i).p;
        bool twice = str_eq(unit, lead) || co_unit(d->matter, unit) != NULL;
        for (size_t k = 0; k < i; k++)
            twice |= str_eq(unit, json_text(json_array_get(list, k), "unit"));
        if (twice) return fail_field(ERR_CONFLICT, "has_it_already", path, 0);
        f = row_of(units, unit) < 0 ? fail_field(ERR_INVALID, "not_one_of", path, 0) : FAIL_NONE;
    }
    if (f.err != OK) return f;
    if (json_array_size(co_units(d->matter)) + json_array_size(list) > CO_UNITS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "units", CO_UNITS_MAX);
    json_put_text(d->data, "lead", lead);
    d->to = same ? d->matter->state : DISPATCHED;
    return FAIL_NONE;
}

static void put_co_unit(Matter *m, json_t *list, Str unit)
{
    json_t *row = json_new_object(m->arena);
    json_put_text(row, "unit", unit);
    json_put_int(row, "in_at", 0);
    json_put_int(row, "off_at", 0);
    json_array_append(list, row);
    matter_relate(m, unit, CO_HANDLER, 0);
}

void whistle_fold(Matter *m, const Event *e)
{
    const json_t *added = json_object_get(e->data, "units");
    Str lead = json_text(e->data, "lead");
    json_t *whistle = json_object_get(m->data, "whistle");
    if (whistle == NULL) json_put(m->data, "whistle", whistle = json_new_object(m->arena));
    if (json_object_get(whistle, "units") == NULL) json_put(whistle, "units", json_new_array(m->arena));
    json_put_int(whistle, "at", e->at);
    json_put_text(whistle, "lead", lead);
    for (size_t i = 0; i < json_array_size(added); i++)
        put_co_unit(m, json_object_get(whistle, "units"), json_text(json_array_get(added, i), "unit"));
    if (!str_eq(lead, matter_person(m, HANDLER))) report_hand_to(m, e, lead);
}

/* For which co-unit the actor speaks: the one that they name, else the first of theirs that still has `missing`. */
static json_t *own_co_unit(const Decide *d, const char *missing)
{
    Str named = json_text(d->input, "unit");
    json_t *list = co_units(d->matter), *found = NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *row = json_array_get(list, i);
        Str unit = json_text(row, "unit");
        bool mine = false;
        for (int k = 0; k < d->actor->n_units; k++)
            mine |= str_eq(unit, d->actor->units[k]);
        if (!mine || (named.n > 0 && !str_eq(unit, named))) continue;
        if (found == NULL || (json_int(found, missing) != 0 && json_int(row, missing) == 0)) found = row;
    }
    return found;
}

Fail sign_in_decide(Decide *d)
{
    const json_t *row = own_co_unit(d, "in_at");
    if (row == NULL) return fail_field(ERR_FORBIDDEN, "not_its_work", "unit", 0);
    if (json_int(row, "in_at") != 0) return fail(ERR_CONFLICT, "signed_in_already");
    if (!on_duty(d, d->reads[0], json_text(row, "unit"))) return fail(ERR_FORBIDDEN, "not_on_duty");
    json_put_text(d->data, "unit", json_text(row, "unit"));
    return FAIL_NONE;
}

void sign_in_fold(Matter *m, const Event *e)
{
    json_t *row = co_unit(m, json_text(e->data, "unit"));
    if (row == NULL) return; /* a log need not have come from a server */
    json_put_int(row, "in_at", e->at);
    json_put_text(row, "in_by", e->actor);
}

Fail sign_off_decide(Decide *d)
{
    const json_t *row = own_co_unit(d, "off_at");
    if (row == NULL) return fail_field(ERR_FORBIDDEN, "not_its_work", "unit", 0);
    if (json_int(row, "in_at") == 0) return fail(ERR_CONFLICT, "not_signed_in");
    if (json_int(row, "off_at") != 0) return fail(ERR_CONFLICT, "signed_off_already");
    json_put_text(d->data, "unit", json_text(row, "unit"));
    return FAIL_NONE;
}

void sign_off_fold(Matter *m, const Event *e)
{
    json_t *row = co_unit(m, json_text(e->data, "unit"));
    if (row == NULL) return;
    json_put_int(row, "off_at", e->at);
    json_put_text(row, "off_by", e->actor);
}

/* The lead says done when every co-unit has signed off, or says why not. While the clock stands still it ends the
 * pause. */
Fail finish_decide(Decide *d)
{
    const json_t *list = co_units(d->matter);
    int64_t open = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        open += json_int(json_array_get(list, i), "off_at") == 0;
    if (open > 0 && json_text(d->input, "why_not").n == 0)
        return fail_field(ERR_CONFLICT, "co_units_open", "why_not", open);
    report_end_pause(d);
    return FAIL_NONE;
}

/* ---- who takes over from one who left, or from a unit that was dissolved ---- */

Fail inherit_decide(Decide *d)
{
    Relations had = matter_relations(d->matter, json_text(d->input, "from"));
    return had & (HANDLER | CO_HANDLER) ? FAIL_NONE : fail(ERR_CONFLICT, "wrong_state");
}

void inherit_fold(Matter *m, const Event *e)
{
    Str from = json_text(e->data, "from"), to = json_text(e->data, "to");
    Relations had = matter_relations(m, from);
    json_t *row = co_unit(m, from);
    if (str_eq(json_text(m->data, "responsible"), from)) json_put_text(m->data, "responsible", to);
    if (had & HANDLER) {
        matter_relate(m, to, HANDLER | HANDLED, CO_HANDLER);
        matter_relate(m, from, HANDLED, HANDLER);
        drop_co_unit(m, to);
        json_put_text(m->data, "handler", to);
    }
    if (!(had & CO_HANDLER) || row == NULL) return;
    matter_relate(m, from, HANDLED, CO_HANDLER);
    if (co_unit(m, to) == NULL && !(matter_relations(m, to) & HANDLER)) {
        json_put_text(row, "unit", to);
        matter_relate(m, to, CO_HANDLER, 0);
        return;
    }
    drop_co_unit(m, from); /* the successor is there already: one signature less is waited for */
}
