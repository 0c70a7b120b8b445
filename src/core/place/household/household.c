/* household: a door and who lives behind it, by their own word. Whose day: the resident's, and the
 * clerk's who keeps the list of doors. Never: a name that its bearer did not give. Nobody becomes a
 * member by another's act alone: whoever asked is admitted by a member or the clerk, whoever was
 * invited confirms; no one does both halves. */
#include "core/module.h"

extern const char household_schema[], household_zh[], household_bo[], household_en[];

enum { KNOWN, RETIRED };
static const State states[] = { { "known", true }, { "retired", false }, { 0 } };

enum { MEMBERS_MAX = 40 };

static const Field add_fields[] = {
    { .name = "building", .type = F_ID, .required = true },
    { .name = "unit", .type = F_TEXT, .max = 20 },
    { .name = "floor", .type = F_INT, .min = -9, .max = 150 },
    { .name = "door", .type = F_TEXT, .required = true, .min = 1, .max = 20 },
    { 0 },
};
static const Field join_fields[] = {
    { .name = "note", .type = F_TEXT, .max = 200, .personal = OF_ACTOR },
    { 0 },
};
static const Field invite_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { .name = "note", .type = F_TEXT, .max = 200, .personal = OF_PERSON_FIELD, .of = "person" },
    { 0 },
};
static const Field person_fields[] = {
    { .name = "person", .type = F_PERSON, .required = true },
    { 0 },
};

/* ---- doors ---- */

enum { READ_BUILDING, READ_DOORS };
static Read add_reads[] = {
    { "building",
      { "ss", "ss", "SELECT place, units FROM building WHERE community = $1 AND matter = $2" },
      "building" },
    { "doors",
      { "ss", "ss",
        "SELECT unit, door FROM household WHERE community = $1 AND building = $2 AND retired_at = "
        "0" },
      "building" },
    { 0 },
};

static bool names_unit(Arena *a, Str units, Str unit) {
    Fail f = FAIL_NONE;
    const json_t *list = json_read(a, units, &f);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_is(unit, json_string_value(json_array_get(list, i)))) return true;
    return unit.n == 0 &&
           json_array_size(list) == 0; /* a house without units has doors all the same */
}

static const char *const same_door[] = { "building", "unit", "door", NULL };

static Fail decide_add(Decide *d) {
    const DbRows *building = d->reads[READ_BUILDING], *doors = d->reads[READ_DOORS];
    Str unit = json_text(d->input, "unit"), door = json_text(d->input, "door");
    if (building->rows == 0) return fail_field(ERR_INVALID, "not_found", "building", 0);
    Str place = db_text(building, 0, 0);
    if (!names_unit(d->arena, db_text(building, 0, 1), unit))
        return fail_field(ERR_INVALID, "no_such_unit", "unit", 0);
    for (int i = 0; i < doors->rows; i++)
        if (str_eq(db_text(doors, i, 0), unit) && str_eq(db_text(doors, i, 1), door))
            return fail_field(ERR_CONFLICT, "door_taken", "door", 0);
    json_put_text(d->data, "place", place);
    return FAIL_NONE;
}

static void fold_add(Matter *m, const Event *e) {
    static const char *const kept[] = { "building", "unit", "floor", "door" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
}

static Stmt household_put = {
    "sssslssl", "",
    "INSERT INTO household (community, matter, building, unit, floor, door, place, at, retired_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"
};
static Stmt household_retire = {
    "ssl", "", "UPDATE household SET retired_at = $3 WHERE community = $1 AND matter = $2"
};
static Stmt members_drop = {
    "ss", "", "DELETE FROM household_member WHERE community = $1 AND household = $2"
};

static void apply_add(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &household_put,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(m->data, "building")),
                 TXT(json_text(m->data, "unit")), NUM(json_int(m->data, "floor")),
                 TXT(json_text(m->data, "door")), TXT(m->place), NUM(e->at)));
}

static void fold_retire(Matter *m, const Event *e) {
    (void)e;
    for (int i = 0; i < m->n_relations; i++)
        m->relations[i].is &= ~(Relations)(PARTY | FOLLOWER);
}

static void apply_retire(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &household_retire, ARGS(TXT(e->community), TXT(m->id), NUM(e->at)));
    db_send(a->db, a->arena, &members_drop, ARGS(TXT(e->community), TXT(m->id)));
}

/* ---- members ---- */

static Read member_reads[] = {
    { "members",
      { "ss", "ss",
        "SELECT person, state FROM household_member WHERE community = $1 AND household = $2" },
      "matter" },
    { 0 },
};

static Str member_state(const Decide *d, Str person) {
    const DbRows *r = d->reads[0];
    for (int i = 0; i < r->rows; i++)
        if (str_eq(db_text(r, i, 0), person)) return db_text(r, i, 1);
    return S("");
}

static Fail check_room(const Decide *d) {
    return d->reads[0]->rows < MEMBERS_MAX ? FAIL_NONE
                                           : fail_field(ERR_CONFLICT, "too_many", "", MEMBERS_MAX);
}

/* Who comes, and what they are then: in the event, so that fold and apply need no look at the
 * table. */
static Fail becomes(Decide *d, Str person, Str state) {
    json_put_text(d->data, "person", person);
    json_put_text(d->data, "member", state);
    return FAIL_NONE;
}

static Fail decide_join(Decide *d) {
    Str person = d->actor->person, was = member_state(d, person);
    if (str_is(was, "invited")) return becomes(d, person, S("member"));
    if (was.n > 0) return fail(ERR_CONFLICT, "already_asked");
    Fail f = check_room(d);
    return f.err == OK ? becomes(d, person, S("asked")) : f;
}

static Fail decide_confirm(Decide *d) {
    if (!str_is(member_state(d, d->actor->person), "invited"))
        return fail(ERR_CONFLICT, "not_invited");
    return becomes(d, d->actor->person, S("member"));
}

static Fail decide_admit(Decide *d) {
    Str person = json_text(d->input, "person");
    if (str_eq(person, d->actor->person))
        return fail_field(ERR_FORBIDDEN, "not_by_yourself", "person", 0);
    if (!str_is(member_state(d, person), "asked"))
        return fail_field(ERR_CONFLICT, "did_not_ask", "person", 0);
    return becomes(d, person, S("member"));
}

static Fail decide_invite(Decide *d) {
    Str person = json_text(d->input, "person");
    if (str_eq(person, d->actor->person))
        return fail_field(ERR_FORBIDDEN, "not_by_yourself", "person", 0);
    if (member_state(d, person).n > 0)
        return fail_field(ERR_CONFLICT, "already_asked", "person", 0);
    Fail f = check_room(d);
    return f.err == OK ? becomes(d, person, S("invited")) : f;
}

static Fail decide_leave(Decide *d) {
    json_put_text(d->data, "person", d->actor->person);
    return FAIL_NONE;
}

static Fail decide_remove(Decide *d) {
    Str person = json_text(d->input, "person");
    return member_state(d, person).n > 0 ? FAIL_NONE
                                         : fail_field(ERR_NOT_FOUND, "not_found", "person", 0);
}

static void fold_member(Matter *m, const Event *e) {
    bool is_member = str_is(json_text(e->data, "member"), "member");
    matter_relate(m, json_text(e->data, "person"), is_member ? PARTY : FOLLOWER,
                  is_member ? FOLLOWER : PARTY);
}

static void fold_parted(Matter *m, const Event *e) {
    matter_relate(m, json_text(e->data, "person"), 0, PARTY | FOLLOWER);
}

static Stmt member_put = {
    "sssssl", "",
    "INSERT INTO household_member (community, household, person, state, note, since)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (community, household, person) DO UPDATE SET state = excluded.state,"
    " since = excluded.since"
};
static Stmt member_drop = {
    "sss", "",
    "DELETE FROM household_member WHERE community = $1 AND household = $2 AND person = $3"
};

static void apply_member(Apply *a, const Matter *m, const Event *e) {
    const json_t *note = json_object_get(e->data, "note");
    db_send(a->db, a->arena, &member_put,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(e->data, "person")),
                 TXT(json_text(e->data, "member")),
                 TXT(note != NULL ? json_print(a->arena, note) : S("")), NUM(e->at)));
}

static void apply_parted(Apply *a, const Matter *m, const Event *e) {
    db_send(a->db, a->arena, &member_drop,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(e->data, "person"))));
}

/* ---- rows ---- */

enum { KEEPERS = ADMIN | CLERK | OFFICER, PEOPLE = SIGNED_IN & ~PROGRAM };

/* clang-format off */
static const Action actions[] = {
    { .name = "add", .route = "POST /households", .may = KEEPERS | SYSTEM, .from = NEW,
      .to = ST(KNOWN), .fields = add_fields, .reads = add_reads, .decide = decide_add,
      .fold = fold_add, .apply = apply_add, .audience = TO_HANDLERS | TO_PARTIES, .mode = COMMUTES,
      .many = true, .same = same_door, .reverse = "retire" },
    { .name = "join", .route = "POST /households/{id}/join", .may = PEOPLE, .unless = PARTY,
      .from = ST(KNOWN), .to = SAME, .fields = join_fields, .reads = member_reads,
      .decide = decide_join, .fold = fold_member, .apply = apply_member,
      .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY, .mode = COMMUTES },
    { .name = "admit", .route = "POST /households/{id}/admit", .may = KEEPERS, .who = PARTY,
      .from = ST(KNOWN), .to = SAME, .fields = person_fields, .reads = member_reads,
      .decide = decide_admit, .fold = fold_member, .apply = apply_member,
      .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY, .mode = COMMUTES },
    { .name = "invite", .route = "POST /households/{id}/invite", .may = KEEPERS, .who = PARTY,
      .from = ST(KNOWN), .to = SAME, .fields = invite_fields, .reads = member_reads,
      .decide = decide_invite, .fold = fold_member, .apply = apply_member,
      .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY | FOLLOWER, .mode = COMMUTES },
    { .name = "confirm", .route = "POST /households/{id}/confirm", .who = FOLLOWER,
      .from = ST(KNOWN), .to = SAME, .reads = member_reads, .decide = decide_confirm,
      .fold = fold_member, .apply = apply_member, .audience = TO_HANDLERS | TO_PARTIES,
      .tell = PARTY, .mode = COMMUTES },
    { .name = "leave", .route = "POST /households/{id}/leave", .who = PARTY | FOLLOWER,
      .from = ST(KNOWN), .to = SAME, .decide = decide_leave, .fold = fold_parted,
      .apply = apply_parted, .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY,
      .mode = COMMUTES },
    { .name = "remove", .route = "POST /households/{id}/remove", .may = KEEPERS | SYSTEM,
      .from = ST(KNOWN) | ST(RETIRED), .to = SAME, .fields = person_fields, .reads = member_reads,
      .decide = decide_remove, .fold = fold_parted, .apply = apply_parted,
      .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY, .mode = COMMUTES },
    { .name = "retire", .route = "POST /households/{id}/retire", .may = ADMIN | CLERK,
      .from = ST(KNOWN), .to = ST(RETIRED), .fold = fold_retire, .apply = apply_retire,
      .audience = TO_HANDLERS | TO_PARTIES, .tell = PARTY, .mode = STRICT },
    { 0 },
};
/* clang-format on */

static const Filter filters[] = {
    { { .name = "building", .type = F_ID, .required = true }, "h.building = $" },
    { .sql = NULL },
};

/* clang-format off */
static const Query queries[] = {
    { .name = "view", .route = "GET /households/{id}", .may = KEEPERS, .who = PARTY | FOLLOWER,
      .view = true },
    { .name = "doors", .route = "GET /households", .may = PEOPLE, .scope = SCOPE_NONE,
      .sql = "SELECT m.id, h.building, h.unit, h.floor, h.door, h.place, m.version FROM household h"
             " JOIN matter m ON m.community = h.community AND m.id = h.matter"
             " WHERE h.community = $1 AND h.retired_at = 0",
      .columns = "id:s building:s unit:s floor:l door:s place:s version:l", .filters = filters,
      .order = "h.unit:s, h.door:s, m.id:s" },
    { .name = "mine", .route = "GET /households/mine", .may = PEOPLE, .scope = SCOPE_SELF,
      .sql = "SELECT h.matter AS id, b.name, h.unit, h.floor, h.door, hm.state, hm.since"
             " FROM household_member hm"
             " JOIN household h ON h.community = hm.community AND h.matter = hm.household"
             " JOIN building b ON b.community = h.community AND b.matter = h.building"
             " WHERE hm.community = $1 AND hm.person = {self}",
      .columns = "id:s building:s unit:s floor:l door:s state:s since:l" },
    { .name = "members", .route = "GET /households/{id}/members", .may = KEEPERS, .who = PARTY,
      .scope = SCOPE_PLACE, .logged = true,
      .sql = "SELECT m.id, hm.person, hm.state, hm.since, hm.note FROM household_member hm"
             " JOIN matter m ON m.community = hm.community AND m.id = hm.household"
             " WHERE hm.community = $1 AND hm.household = $2 AND {scope}",
      .columns = "id:s person:s state:s since:l note:x" },
    { 0 },
};
/* clang-format on */

static Stmt *const statements[] = { &household_put, &household_retire, &members_drop,
                                    &member_put,    &member_drop,      NULL };

const Module module_household = { .name = "household",
                                  .plural = "households",
                                  .states = states,
                                  .actions = actions,
                                  .queries = queries,
                                  .statements = statements,
                                  .schema = household_schema,
                                  .words_zh = household_zh,
                                  .words_bo = household_bo,
                                  .words_en = household_en };
