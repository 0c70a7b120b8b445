/* unit: members, duty, areas and categories of those who do the work together. See README.md. */
#include "core/module.h"

enum { ACTIVE, DISSOLVED };
static const State states[] = { { "active", false }, { "dissolved", false }, { 0 } };

enum { MEMBERS_MAX = 60, AREAS_MAX = 60, CATEGORIES_MAX = 60, DUTY_MAX = 300 };

static const char *const KINDS[] = { "department", "property", "police", "utility", "team", "other", NULL };
static const char *const STATES[] = { "active", "dissolved", NULL };

static const Field names[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "bo", .type = F_TEXT, .max = 120 },
    { .name = "en", .type = F_TEXT, .max = 80 },
    { 0 },
};
static const Field area[] = { { .name = "place", .type = F_PLACE, .required = true, .max = 24 }, { 0 } };
static const Field takes[] = { { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 }, { 0 } };
static const Field fields[] = {
    { .name = "name", .type = F_RECORD, .required = true, .fields = names },
    { .name = "kind", .type = F_ENUM, .required = true, .values = KINDS },
    { .name = "phone", .type = F_PHONE }, /* a duty number, never a private one */
    { .name = "areas", .type = F_LIST, .required = true, .min = 1, .max = AREAS_MAX, .fields = area },
    { .name = "categories", .type = F_LIST, .max = CATEGORIES_MAX, .fields = takes }, /* none: all */
    { .name = "superior", .type = F_ID }, /* the unit that hears of what went up */
    { 0 },
};
static const Field member[] = { { .name = "person", .type = F_PERSON, .required = true }, { 0 } };
static const Field shift[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "from", .type = F_TIME, .required = true },
    { .name = "until", .type = F_TIME, .required = true },
    { 0 },
};
static const Field roster[] = { { .name = "duty", .type = F_LIST, .required = true, .max = DUTY_MAX, .fields = shift },
                                { 0 } };
static const Field dissolution[] = { { .name = "successor", .type = F_ID }, { 0 } };

/* ---- reads ---- */

#define UNITS                                                                                                          \
    { "s", "sss", "SELECT id, state, superior FROM unit WHERE community = $1 ORDER BY id" }
static Read change_reads[] = {
    { .name = "units", .key = "", .shared = true, .stmt = UNITS },
    { .name = "categories", .key = "", .shared = true,
      .stmt = { "s", "s", "SELECT code FROM category WHERE community = $1 AND retired = 0" } },
    { 0 },
};
static Read join_reads[] = {
    { .name = "person", .key = "person",
      .stmt = { "ss", "s", "SELECT state FROM person WHERE community = $1 AND person = $2" } },
    { .name = "belongs", .key = "person",
      .stmt = { "ss", "l", "SELECT count(*) FROM membership WHERE community = $1 AND person = $2" } },
    { 0 },
};
/* 66: HANDLER and CO_HANDLER */
static Read dissolve_reads[] = {
    { .name = "units", .key = "", .shared = true, .stmt = UNITS },
    { .name = "open_matters", .key = "matter",
      .stmt = { "ss", "l",
                "SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
                " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 66) <> 0 AND m.closed_at = 0" } },
    { 0 },
};

/* ---- decide ---- */

static int row_of(const DbRows *r, Str value)
{
    for (int i = 0; i < r->rows; i++)
        if (str_eq(db_text(r, i, 0), value)) return i;
    return -1;
}

/* Up from `superior`: an active unit at each step, and never back to where we began. */
static Fail check_superior(const Decide *d, const DbRows *units)
{
    Str at = json_text(d->input, "superior");
    for (int steps = 0; at.n > 0; steps++) {
        int i = row_of(units, at);
        if (str_eq(at, d->matter->id) || steps > units->rows)
            return fail_field(ERR_INVALID, "superior_loop", "superior", 0);
        if (i < 0 || !str_is(db_text(units, i, 1), "active"))
            return steps == 0 ? fail_field(ERR_INVALID, "not_one_of", "superior", 0) : FAIL_NONE;
        at = db_text(units, i, 2);
    }
    return FAIL_NONE;
}

static Fail change_decide(Decide *d)
{
    const json_t *areas = json_object_get(d->input, "areas"), *categories = json_object_get(d->input, "categories");
    for (size_t i = 0; i < json_array_size(areas); i++)
        if (!place_within(json_text(json_array_get(areas, i), "place"), d->matter->community))
            return fail_field(ERR_INVALID, "outside_community", arena_fmt(d->arena, "areas[%zu].place", i).p, 0);
    for (size_t i = 0; i < json_array_size(categories); i++)
        if (row_of(d->reads[1], json_text(json_array_get(categories, i), "category")) < 0)
            return fail_field(ERR_INVALID, "not_one_of", arena_fmt(d->arena, "categories[%zu].category", i).p, 0);
    return check_superior(d, d->reads[0]);
}

static int member_at(const Matter *m, Str person)
{
    const json_t *list = json_object_get(m->data, "members");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_text(json_array_get(list, i), "person"), person)) return (int)i;
    return -1;
}

static Fail join_decide(Decide *d)
{
    const DbRows *person = d->reads[0];
    if (person->rows == 0 || !str_is(db_text(person, 0, 0), "active"))
        return fail_field(ERR_INVALID, "not_one_of", "person", 0);
    if (member_at(d->matter, json_text(d->input, "person")) >= 0)
        return fail_field(ERR_CONFLICT, "already_exists", "person", 0);
    if (json_array_size(json_object_get(d->matter->data, "members")) >= MEMBERS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", MEMBERS_MAX);
    if (db_int(d->reads[1], 0, 0) >= ACTOR_UNITS_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "person", ACTOR_UNITS_MAX);
    return FAIL_NONE;
}

static Fail remove_decide(Decide *d)
{
    if (member_at(d->matter, json_text(d->input, "person")) >= 0) return FAIL_NONE;
    return fail_field(ERR_INVALID, "not_a_member", "person", 0);
}

static Fail roster_decide(Decide *d)
{
    const json_t *list = json_object_get(d->input, "duty");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        if (member_at(d->matter, json_text(row, "person")) < 0)
            return fail_field(ERR_INVALID, "not_a_member", arena_fmt(d->arena, "duty[%zu].person", i).p, 0);
        if (json_int(row, "until") <= json_int(row, "from"))
            return fail_field(ERR_INVALID, "too_small", arena_fmt(d->arena, "duty[%zu].until", i).p,
                              json_int(row, "from") + 1);
        for (size_t k = 0; k < i; k++) {
            const json_t *other = json_array_get(list, k);
            bool same = json_int(row, "from") == json_int(other, "from") &&
                        str_eq(json_text(row, "person"), json_text(other, "person"));
            if (same) return fail_field(ERR_INVALID, "twice", arena_fmt(d->arena, "duty[%zu].from", i).p, 0);
        }
    }
    return FAIL_NONE;
}

static Fail dissolve_decide(Decide *d)
{
    Str successor = json_text(d->input, "successor");
    int64_t open = db_int(d->reads[1], 0, 0);
    if (successor.n == 0 && open > 0) return fail_field(ERR_INVALID, "required", "successor", open);
    if (open > MANY_MAX) return fail_field(ERR_CONFLICT, "too_many_open_matters", "successor", MANY_MAX);
    int i = row_of(d->reads[0], successor);
    bool can = i >= 0 && str_is(db_text(d->reads[0], i, 1), "active") && !str_eq(successor, d->matter->id);
    if (successor.n > 0 && !can) return fail_field(ERR_INVALID, "not_one_of", "successor", 0);
    return FAIL_NONE;
}

/* ---- fold ---- */

static void change_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "name", "kind", "phone", "areas", "categories", "superior" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL)
            json_put(m->data, kept[i], v);
        else
            json_object_del(m->data, kept[i]);
    }
}

static void join_fold(Matter *m, const Event *e)
{
    json_t *list = json_object_get(m->data, "members"), *row = json_new_object(m->arena);
    if (list == NULL) json_put(m->data, "members", list = json_new_array(m->arena));
    json_put_text(row, "person", json_text(e->data, "person"));
    json_put_int(row, "at", e->at);
    json_array_append(list, row);
}

static void remove_fold(Matter *m, const Event *e)
{
    Str person = json_text(e->data, "person");
    json_array_remove(json_object_get(m->data, "members"), (size_t)member_at(m, person));
    json_t *duty = json_object_get(m->data, "duty");
    for (size_t i = json_array_size(duty); i > 0; i--)
        if (str_eq(json_text(json_array_get(duty, i - 1), "person"), person)) json_array_remove(duty, i - 1);
}

static void roster_fold(Matter *m, const Event *e)
{
    json_put(m->data, "duty", json_object_get(e->data, "duty"));
}

static void dissolve_fold(Matter *m, const Event *e)
{
    json_put(m->data, "members", json_new_array(m->arena));
    json_put(m->data, "duty", json_new_array(m->arena));
    if (json_text(e->data, "successor").n > 0) json_put_text(m->data, "successor", json_text(e->data, "successor"));
}

/* ---- tables ---- */

static Stmt save = {
    "sssssssssl", "",
    "INSERT INTO unit (community, id, state, name, kind, phone, superior, areas, categories, members)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (community, id) DO UPDATE SET state = excluded.state, name = excluded.name,"
    " kind = excluded.kind, phone = excluded.phone, superior = excluded.superior, areas = excluded.areas,"
    " categories = excluded.categories, members = excluded.members"
};
static Stmt card = {
    "ssss", "",
    "INSERT INTO card (community, person, name, duty_phone) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community, person) DO UPDATE SET name = excluded.name, duty_phone = excluded.duty_phone"
};
static Stmt join = { "sss", "", "INSERT INTO membership (community, person, body) VALUES ($1, $2, $3)" };
static Stmt part = { "sss", "", "DELETE FROM membership WHERE community = $1 AND person = $2 AND body = $3" };
static Stmt part_all = { "ss", "", "DELETE FROM membership WHERE community = $1 AND body = $2" };
static Stmt duty_clear = { "ss", "", "DELETE FROM unit_duty WHERE community = $1 AND unit = $2" };
static Stmt duty_add = {
    "sssll", "", "INSERT INTO unit_duty (community, unit, person, from_at, until_at) VALUES ($1, $2, $3, $4, $5)"
};
static Stmt *const statements[] = { &save, &card, &join, &part, &part_all, &duty_clear, &duty_add, NULL };

static Str list_text(Arena *a, const json_t *data, const char *name)
{
    const json_t *list = json_object_get(data, name);
    return list != NULL ? json_print(a, list) : S("[]");
}

static void apply_unit(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data, *name = json_object_get(d, "name");
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(str_c(STATES[m->state])), TXT(json_print(a->arena, name)),
                 TXT(json_text(d, "kind")), TXT(json_text(d, "phone")), TXT(json_text(d, "superior")),
                 TXT(list_text(a->arena, d, "areas")), TXT(list_text(a->arena, d, "categories")),
                 NUM((int64_t)json_array_size(json_object_get(d, "members")))));
    db_send(a->db, a->arena, &card,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(name, "zh")), TXT(json_text(d, "phone"))));
}

static void apply_join(Apply *a, const Matter *m, const Event *e)
{
    apply_unit(a, m, e);
    db_send(a->db, a->arena, &join, ARGS(TXT(e->community), TXT(json_text(e->data, "person")), TXT(m->id)));
}

static void apply_duty(Apply *a, const Matter *m, const Event *e)
{
    const json_t *list = json_object_get(m->data, "duty");
    db_send(a->db, a->arena, &duty_clear, ARGS(TXT(e->community), TXT(m->id)));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        db_send(a->db, a->arena, &duty_add,
                ARGS(TXT(e->community), TXT(m->id), TXT(json_text(row, "person")), NUM(json_int(row, "from")),
                     NUM(json_int(row, "until"))));
    }
}

static void apply_remove(Apply *a, const Matter *m, const Event *e)
{
    apply_unit(a, m, e);
    db_send(a->db, a->arena, &part, ARGS(TXT(e->community), TXT(json_text(e->data, "person")), TXT(m->id)));
    apply_duty(a, m, e);
}

static void apply_dissolve(Apply *a, const Matter *m, const Event *e)
{
    apply_unit(a, m, e);
    db_send(a->db, a->arena, &part_all, ARGS(TXT(e->community), TXT(m->id)));
    apply_duty(a, m, e);
}

/* ---- rows ---- */

#define KEEPERS (ADMIN | CLERK | DISPATCHER)

static const Action actions[] = {
    { .name = "add", .route = "POST /units", .may = KEEPERS, .from = NEW, .to = ST(ACTIVE), .fields = fields,
      .reads = change_reads, .decide = change_decide, .fold = change_fold, .apply = apply_unit, .audience = TO_HANDLERS,
      .alone = true },
    { .name = "change", .route = "POST /units/{id}/change", .may = KEEPERS, .from = ST(ACTIVE), .to = SAME,
      .fields = fields, .reads = change_reads, .decide = change_decide, .fold = change_fold, .apply = apply_unit,
      .audience = TO_HANDLERS, .alone = true },
    { .name = "join", .route = "POST /units/{id}/join", .may = KEEPERS, .from = ST(ACTIVE), .to = SAME,
      .fields = member,
      .reads = join_reads, .decide = join_decide, .fold = join_fold, .apply = apply_join, .audience = TO_HANDLERS,
      .mode = COMMUTES, .alone = true },
    { .name = "remove", .route = "POST /units/{id}/remove", .may = KEEPERS | SYSTEM, .from = ST(ACTIVE), .to = SAME,
      .fields = member, .decide = remove_decide, .fold = remove_fold, .apply = apply_remove, .audience = TO_HANDLERS,
      .mode = COMMUTES, .alone = true },
    { .name = "roster", .route = "POST /units/{id}/roster", .may = KEEPERS, .from = ST(ACTIVE), .to = SAME,
      .fields = roster, .decide = roster_decide, .fold = roster_fold, .apply = apply_duty, .audience = TO_HANDLERS,
      .alone = true },
    { .name = "dissolve", .route = "POST /units/{id}/dissolve", .may = KEEPERS, .from = ST(ACTIVE), .to = ST(DISSOLVED),
      .fields = dissolution, .reads = dissolve_reads, .decide = dissolve_decide, .fold = dissolve_fold,
      .apply = apply_dissolve, .audience = TO_HANDLERS, .alone = true },
    { 0 },
};

static const Filter list_filters[] = {
    { { .name = "state", .type = F_ENUM, .values = STATES }, "u.state = $" },
    { { .name = "kind", .type = F_ENUM, .values = KINDS }, "u.kind = $" },
    { { .name = "member", .type = F_PERSON },
      "u.id IN (SELECT b.body FROM membership b WHERE b.community = m.community AND b.person = $)" },
    { { 0 }, NULL },
};
#define UNIT_SELECT                                                                                                    \
    "SELECT u.id, u.state, m.version, u.name, u.kind, u.phone, u.superior, u.areas, u.categories, u.members,"          \
    " (SELECT count(*) FROM relation r JOIN matter w ON w.community = r.community AND w.id = r.matter"                 \
    " WHERE r.community = $1 AND r.person = u.id AND (r.relations & 66) <> 0 AND w.closed_at = 0)"                     \
    " FROM unit u JOIN matter m ON m.community = u.community AND m.id = u.id WHERE u.community = $1"
#define UNIT_COLUMNS                                                                                                   \
    "id:s state:s version:l name:j kind:s phone:s superior:s areas:j categories:j members:l open:l"

static const Query queries[] = {
    { .name = "list", .route = "GET /units", .may = STAFF | AUDITOR, .sql = UNIT_SELECT, .columns = UNIT_COLUMNS,
      .filters = list_filters, .order = "u.id:s" },
    { .name = "mine", .route = "GET /units/mine", .may = SIGNED_IN, .scope = SCOPE_SELF,
      .sql = UNIT_SELECT " AND u.id IN (SELECT b.body FROM membership b WHERE b.community = $1 AND b.person = {self})",
      .columns = UNIT_COLUMNS, .order = "u.id:s" },
    { .name = "on_duty", .route = "GET /units/on_duty", .may = STAFF | AUDITOR,
      .sql = "SELECT y.unit, y.person, COALESCE(c.name, ''), COALESCE(c.duty_phone, ''), y.from_at, y.until_at"
             " FROM unit_duty y LEFT JOIN card c ON c.community = y.community AND c.person = y.person"
             " WHERE y.community = $1 AND y.from_at <= {now} AND y.until_at > {now}",
      .columns = "unit:s person:s name:s phone:s from:l until:l", .order = "y.unit:s, y.person:s", .limit_max = 500 },
    { .name = "view", .route = "GET /units/{id}", .may = STAFF | AUDITOR, .view = true },
    { 0 },
};

extern const char unit_schema[], unit_zh[], unit_bo[], unit_en[];
const Module module_unit = {
    .name = "unit", .plural = "units", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = unit_schema, .words_zh = unit_zh, .words_bo = unit_bo, .words_en = unit_en,
};
