#include "core_people.h"

#include "core/log/erasures.h"

#include "core/log/log.h"
#include "core/query.h"

static const Actor the_system = { .system = true };

/* ---- pure: who may give which role where ---- */

static Fail decide_grant(Arena *a, const Actor *actor, const char *role, const char *place, int64_t until) {
    static const char *const roles = "{\"roles\":[]}";
    Fail f = FAIL_NONE;
    Matter m = { .community = HERE, .id = S("00000000-0000-7000-8000-000000000001"), .place = HERE, .arena = a,
                 .data = json_read(a, str_c(roles), &f) };
    json_t *in = json_new_object(a);
    json_put_text(in, "role", str_c(role));
    json_put_text(in, "place", str_c(place));
    if (until != 0) json_put_int(in, "until", until);
    Decide d = { .arena = a, .actor = actor, .matter = &m, .input = in, .now = PEOPLE_START,
                 .data = json_keep(a, json_deep_copy(in)) };
    f = person_decide_grant(&d);
    if (f.err == OK) { /* the event must not move the person's own file */
        assert_text(json_text(d.data, "place"), "");
        assert_text(json_text(d.data, "at"), place);
    }
    return f;
}

static void nobody_gives_a_role_above_or_outside_their_own(void **state) {
    Arena *a = *state;
    static const struct {
        Roles mine;
        const char *at, *role, *place, *refused;
    } rows[] = {
        { ADMIN, "540102001001", "admin", "540102001001", NULL },
        { ADMIN, "540102001001", "officer", "540102001001-03", NULL },
        { ADMIN, "540102", "auditor", "540102001001", NULL },
        { ADMIN, "540102001001-03", "officer", "540102001001-03", NULL },
        { ADMIN, "540102001001-03", "officer", "540102001001-04", "above_own_role" },
        { ADMIN, "540102001001-03", "officer", "540102001001", "above_own_role" },
        { ADMIN, "540102", "officer", "540102", "outside_community" },
        { ADMIN, "540102", "officer", "540102001002", "outside_community" },
        { DISPATCHER, "540102001001", "resident", "540102001001", NULL },
        { DISPATCHER, "540102001001", "volunteer", "540102001001-03", NULL },
        { DISPATCHER, "540102001001", "officer", "540102001001", "above_own_role" },
        { DISPATCHER, "540102001001", "dispatcher", "540102001001", "above_own_role" },
        { DISPATCHER, "540102001001", "admin", "540102001001", "above_own_role" },
        { DISPATCHER, "540102001001-03", "volunteer", "540102001001", "above_own_role" },
        { CLERK, "540102001001", "resident", "540102001001", "above_own_role" },
        { OVERSEER, "540102", "volunteer", "540102001001", "above_own_role" },
    };
    for (int i = 0; i < COUNT(rows); i++) {
        RoleAt at = { rows[i].mine, str_c(rows[i].at), 0, 0 };
        Actor actor = {
            .person = S("00000000-0000-7000-8000-000000000002"), .community = HERE, .roles = &at, .n_roles = 1
        };
        Fail f = decide_grant(a, &actor, rows[i].role, rows[i].place, 0);
        if ((f.err == OK) != (rows[i].refused == NULL)) print_error("row %d\n", i);
        people_check(f, rows[i].refused, __FILE__, __LINE__);
    }
}

static void terms_are_in_the_future_and_a_team_has_one(void **state) {
    Arena *a = *state;
    people_check(decide_grant(a, &the_system, "team", "540102001001", 0), "required", __FILE__, __LINE__);
    people_check(decide_grant(a, &the_system, "team", "540102001001", PEOPLE_START), "too_small", __FILE__, __LINE__);
    people_check(decide_grant(a, &the_system, "team", "540102001001", PEOPLE_START + 1), NULL, __FILE__, __LINE__);
    people_check(decide_grant(a, &the_system, "officer", "540102001001", PEOPLE_START - 1), "too_small", __FILE__,
                 __LINE__);
}

/* ---- pure: leaving with work at hand ---- */

static DbRows *rows_of(Arena *a, int n, int cols, const DbVal *vals) {
    DbRows *r = arena_new_of(a, DbRows);
    *r = (DbRows){ .rows = n, .cols = cols, .vals = (DbVal *)(uintptr_t)vals };
    return r;
}

static Fail decide_leave(Arena *a, int64_t open, const char *successor, const DbRows *successors) {
    Fail f = FAIL_NONE;
    RoleAt at = { DISPATCHER, HERE, 0, 0 };
    Actor actor = {
        .person = S("00000000-0000-7000-8000-000000000002"), .community = HERE, .roles = &at, .n_roles = 1
    };
    Matter m = { .community = HERE,
                 .id = S("00000000-0000-7000-8000-000000000001"),
                 .place = HERE,
                 .arena = a,
                 .data = json_read(
                     a, S("{\"roles\":[{\"role\":\"officer\",\"place\":\"540102001001\",\"from\":0,\"until\":0}]}"),
                     &f) };
    json_t *in = json_new_object(a);
    if (successor != NULL) json_put_text(in, "successor", str_c(successor));
    DbVal count[] = { NUM(open) };
    Decide d = { .arena = a, .actor = &actor, .matter = &m, .input = in, .now = PEOPLE_START, .data = in };
    d.reads[0] = rows_of(a, 1, 1, count);
    d.reads[1] = (DbRows *)(uintptr_t)successors;
    d.reads[2] = rows_of(a, 0, 4, NULL);
    return person_decide_leave(&d);
}

static void work_needs_a_successor_who_can_take_it(void **state) {
    Arena *a = *state;
    static const char other[] = "00000000-0000-7000-8000-000000000003";
    DbVal staff[] = { TXT(S("active")), TXT(S("officer")), TXT(HERE), NUM(0), NUM(0) };
    DbVal left[] = { TXT(S("left")), TXT(S("officer")), TXT(HERE), NUM(0), NUM(0) };
    DbVal neighbour[] = { TXT(S("active")), TXT(S("volunteer")), TXT(HERE), NUM(0), NUM(0) };
    DbVal over[] = { TXT(S("active")), TXT(S("officer")), TXT(HERE), NUM(0), NUM(PEOPLE_START) };
    DbRows *none = rows_of(a, 0, 5, NULL);
    people_check(decide_leave(a, 0, NULL, none), NULL, __FILE__, __LINE__);
    people_check(decide_leave(a, 3, NULL, none), "required", __FILE__, __LINE__);
    people_check(decide_leave(a, 3, other, rows_of(a, 1, 5, staff)), NULL, __FILE__, __LINE__);
    people_check(decide_leave(a, 500, other, rows_of(a, 1, 5, staff)), NULL, __FILE__, __LINE__);
    people_check(decide_leave(a, 501, other, rows_of(a, 1, 5, staff)), "too_many_open_matters", __FILE__, __LINE__);
    people_check(decide_leave(a, 3, "00000000-0000-7000-8000-000000000001", rows_of(a, 1, 5, staff)),
                 "successor_not_staff", __FILE__, __LINE__);
    const DbRows *unfit[] = { none, rows_of(a, 1, 5, left), rows_of(a, 1, 5, neighbour), rows_of(a, 1, 5, over) };
    for (int i = 0; i < COUNT(unfit); i++)
        people_check(decide_leave(a, 3, other, unfit[i]), "successor_not_staff", __FILE__, __LINE__);
}

static void a_qr_has_its_corners_and_its_margin(void **state) {
    Arena *a = *state;
    Str svg = qr_svg(a, S("https://linli.example.org/#/in/540102001001.ABCDEFGHJK"));
    assert_true(str_starts(svg, S("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")));
    assert_true(str_find(svg, S("M4 4h7v1h-7z")) > 0); /* first row of the top left finder, four modules in */
    assert_true(str_find(svg, S("M3 ")) < 0);
    assert_true(str_ends(svg, S("\"/></svg>")));
    assert_text(qr_svg(a, S("")), "");
    char *text = arena_alloc(a, 2000);
    memset(text, 'a', 2000);
    assert_text(qr_svg(a, (Str){ text, 2000 }), "");
}

/* ---- stories, on both engines ---- */

static void sound(People *p) {
    Rebuilt r;
    Fail f = log_rebuild(p->arena, p->world, p->seals, &p->config, false, &r);
    if (f.err != OK) fail_msg("rebuild: %s %s", f.code, f.log ? f.log : "");
    assert_true(r.events > 0);
    assert_true(hash_eq(r.live, r.again));
}

static void nothing_stands_in_the_log_in_clear(People *p, const char *const *words) {
    Fail f = FAIL_NONE;
    DbRows *r =
        db_query(p->reader, p->arena, "SELECT bytes FROM event WHERE community = $1", "s", "b", ARGS(TXT(HERE)), &f);
    assert_true(r->rows > 0);
    for (int i = 0; i < r->rows; i++)
        for (int w = 0; words[w] != NULL; w++)
            if (str_find(db_text(r, i, 0), str_c(words[w])) >= 0) fail_msg("event %d holds %s", i, words[w]);
}

static void a_clerk_puts_people_on_file(People *p) {
    Str clerk = people_add(p, "书记员", "", "clerk", "540102001001");
    Actor *here = people_actor(p, clerk, CLERK, HERE), *grid = people_actor(p, clerk, CLERK, S("540102001001-03"));
    Command *c = people_do(p, here, "register", S(""), -1,
                           "{\"name\":\"旦增罗布\",\"phone\":\"139 8765 4321\",\"language\":\"bo\"}");
    assert_done(c);
    Str id = c->rows[0].matter;
    assert_int_equal(people_count(p, "SELECT count(*) FROM person_lookup WHERE community = $1 AND person = $2", id), 1);
    Fail f = FAIL_NONE;
    DbRows *dir = db_query(p->reader, p->arena, "SELECT person FROM directory WHERE phone_hash = $1", "s", "s",
                           ARGS(TXT(seal_lookup(p->seals, p->arena, S(""), S("13987654321")))), &f);
    assert_int_equal(dir->rows, 1);
    assert_true(str_eq(db_text(dir, 0, 0), id));
    c = people_do(p, here, "register", S(""), -1, "{\"name\":\"别人\",\"phone\":\"13987654321\"}");
    assert_refused(c, "phone_taken");
    c = people_do(p, here, "register", S(""), -1, "{\"name\":\"外地\",\"place\":\"540102001002\"}");
    assert_refused(c, "outside_community");
    c = people_do(p, grid, "register", S(""), -1, "{\"name\":\"隔壁\",\"place\":\"540102001001-04\"}");
    assert_refused(c, "forbidden");
    c = people_do(p, grid, "register", S(""), -1, "{\"name\":\"隔壁\"}");
    assert_refused(c, "forbidden");
    c = people_do(p, grid, "register", S(""), -1, "{\"name\":\"本格\",\"place\":\"540102001001-03\"}");
    assert_done(c);
    c = people_do(p, people_actor(p, id, RESIDENT, HERE), "register", S(""), -1, "{\"name\":\"自己\"}");
    assert_refused(c, "forbidden");
    static const char *const words[] = { "旦增罗布", "13987654321", "139 8765 4321", NULL };
    nothing_stands_in_the_log_in_clear(p, words);
    sound(p);
}

static void people_keep_their_own_file(People *p) {
    Str person = people_add(p, "巴桑", "13800000011", NULL, ""), other = people_add(p, "普布", "13800000012", NULL, "");
    Actor *me = people_actor(p, person, RESIDENT, HERE);
    Command *c = people_do(p, me, "update", person, 0, "{\"phone\":\"13800000013\"}");
    assert_refused(c, "stale_version");
    c = people_do(p, me, "update", person, 1, "{}");
    assert_refused(c, "required");
    c = people_do(p, me, "update", person, 1, "{\"phone\":\"13800000012\"}");
    assert_refused(c, "phone_taken");
    c = people_do(p, me, "update", other, 1, "{\"phone\":\"13800000013\"}");
    assert_refused(c, "forbidden");
    c = people_do(p, me, "update", person, 1, "{\"place\":\"540102001001-03\"}");
    assert_refused(c, "forbidden");
    c = people_do(p, me, "update", person, 1, "{\"phone\":\"13800000013\",\"language\":\"en\"}");
    assert_done(c);
    c = people_do(p, me, "update", person, 2, "{\"phone\":\"13800000013\"}"); /* one's own number is not taken */
    assert_done(c);
    people_give_password(p, person, "mountain lake");
    Said old = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000011\",\"password\":\"mountain lake\"}");
    assert_refused(&old, "sign_in_failed");
    Said new = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000013\",\"password\":\"mountain lake\"}");
    assert_done(&new);
    Str clerk = people_add(p, "书记员", "", "clerk", "540102001001");
    c = people_do(p, people_actor(p, clerk, CLERK, HERE), "update", person, 3, "{\"place\":\"540102001001-03\"}");
    assert_done(c);
    assert_int_equal(
        people_count(p, "SELECT count(*) FROM matter WHERE community = $1 AND id = $2 AND place = '540102001001-03'",
                     person),
        1);
    sound(p);
}

static void roles_are_held_at_places_for_terms(People *p) {
    Str boss = people_add(p, "主任", "", "admin", "540102001001"), person = people_add(p, "拉巴", "", NULL, "");
    Actor *admin = people_actor(p, boss, ADMIN, HERE);
    int64_t until = p->now + 30 * DAY_MS;
    Command *c = people_do(
        p, admin, "grant", person, -1,
        arena_fmt(p->arena, "{\"role\":\"team\",\"place\":\"540102001001-03\",\"until\":%lld}", (long long)until).p);
    assert_done(c);
    assert_int_equal(
        people_count(p, "SELECT ends_at FROM role WHERE community = $1 AND person = $2 AND role = 'team'", person),
        until);
    /* the person's file did not move to the role's place */
    assert_int_equal(
        people_count(p, "SELECT count(*) FROM matter WHERE community = $1 AND id = $2 AND place = community", person),
        1);
    c = people_do(
        p, admin, "grant", person, -1,
        arena_fmt(p->arena, "{\"role\":\"team\",\"place\":\"540102001001-03\",\"until\":%lld}", (long long)(until + 1))
            .p);
    assert_done(c); /* a longer term takes the place of the shorter */
    assert_int_equal(people_count(p, "SELECT count(*) FROM role WHERE community = $1 AND person = $2", person), 1);
    for (int i = 0; i < PERSON_ROLES_MAX - 1; i++) {
        c = people_do(p, admin, "grant", person, -1,
                      arena_fmt(p->arena, "{\"role\":\"officer\",\"place\":\"540102001001-%02d\"}", i + 10).p);
        assert_done(c);
    }
    c = people_do(p, admin, "grant", person, -1, "{\"role\":\"officer\",\"place\":\"540102001001-99\"}");
    assert_refused(c, "too_many_roles");
    c = people_do(p, admin, "revoke", person, -1, "{\"role\":\"officer\",\"place\":\"540102001001-98\"}");
    assert_refused(c, "no_such_role");
    c = people_do(p, admin, "revoke", person, -1, "{\"role\":\"officer\",\"place\":\"540102001001-10\"}");
    assert_done(c);
    c = people_do(p, admin, "revoke", boss, -1, "{\"role\":\"admin\",\"place\":\"540102001001\"}");
    assert_refused(c, "last_admin");
    c = people_do(p, admin, "leave", boss, -1, "{}");
    assert_refused(c, "last_admin");
    c = people_do(p, admin, "erase", boss, -1, "{}");
    assert_refused(c, "last_admin");
    c = people_do(p, admin, "grant", person, -1, "{\"role\":\"admin\",\"place\":\"540102001001\"}");
    assert_done(c);
    c = people_do(p, admin, "revoke", boss, -1, "{\"role\":\"admin\",\"place\":\"540102001001\"}");
    assert_done(c);
    sound(p);
}

static void a_leaver_keeps_no_duties(People *p) {
    Str boss = people_add(p, "主任", "", "admin", "540102001001"),
        chief = people_add(p, "值班长", "", "dispatcher", "540102001001"),
        officer = people_add(p, "格列", "13800000021", "officer", "540102001001-03"),
        next = people_add(p, "尼玛", "", "officer", "540102001001-03");
    Actor *dispatcher = people_actor(p, chief, DISPATCHER, HERE),
          *self = people_actor(p, officer, OFFICER, S("540102001001-03"));
    assert_done(people_do(p, self, "card", officer, -1, "{\"name\":\"格列\",\"duty_phone\":\"0891-1234567\"}"));
    people_give_password(p, officer, "mountain lake");
    Said said = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000021\",\"password\":\"mountain lake\"}");
    Str token = people_token(&said);
    assert_non_null(people_session(p, token));
    assert_refused(people_do(p, dispatcher, "leave", boss, -1, "{}"), "above_own_role");
    assert_refused(people_do(p, self, "leave", officer, -1, "{}"), "forbidden");
    Command *c = people_do(p, dispatcher, "leave", officer, -1,
                           arena_fmt(p->arena, "{\"successor\":\"%.*s\"}", STR_ARG(chief)).p);
    assert_done(c);
    (void)next;
    assert_int_equal(people_count(p, "SELECT count(*) FROM role WHERE community = $1 AND person = $2", officer), 0);
    assert_int_equal(people_count(p, "SELECT count(*) FROM card WHERE community = $1 AND person = $2", officer), 0);
    assert_null(session_cached(p->sessions, p->arena, token, false, p->now));
    assert_null(people_session(p, token));
    said = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000021\",\"password\":\"mountain lake\"}");
    assert_done(&said); /* still a resident, who may read and erase the own file */
    assert_int_equal(people_session(p, people_token(&said))->n_roles, 0);
    assert_refused(people_do(p, dispatcher, "leave", officer, -1, "{}"), "wrong_state");
    assert_done(people_do(p, dispatcher, "rejoin", officer, -1, "{}"));
    assert_refused(people_do(p, self, "card", officer, -1, "{\"name\":\"格列\"}"), "not_staff");
    sound(p);
}

static void a_phone_is_bound_once(People *p) {
    Str officer = people_add(p, "加措", "", "officer", "540102001001"),
        boss = people_add(p, "主任", "", "admin", "540102001001");
    Actor *self = people_actor(p, officer, OFFICER, HERE), *admin = people_actor(p, boss, ADMIN, HERE);
    static const char bind[] = "{\"device\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"name\":\"phone\"}";
    assert_refused(people_do(p, self, "bind_device", officer, -1, "{\"device\":\"short\"}"), "too_short");
    assert_refused(people_do(p, admin, "bind_device", officer, -1, bind), "forbidden");
    assert_done(people_do(p, self, "bind_device", officer, -1, bind));
    assert_refused(people_do(p, self, "bind_device", officer, -1, bind), "device_bound");
    Str chief = people_add(p, "值班长", "", "dispatcher", "540102001001");
    Actor *dispatcher = people_actor(p, chief, DISPATCHER, HERE);
    static const char why[] = "{\"reason\":\"手机丢了\"}";
    assert_refused(people_do(p, self, "unbind_device", officer, -1, why), "forbidden");
    assert_refused(people_do(p, dispatcher, "unbind_device", officer, -1, "{}"), "required");
    assert_done(people_do(p, dispatcher, "unbind_device", officer, -1, why));
    assert_refused(people_do(p, admin, "unbind_device", officer, -1, why), "no_device_bound");
    assert_done(people_do(p, self, "bind_device", officer, -1, bind));
    Actor *head = people_actor(p, boss, ADMIN, HERE);
    assert_done(people_do(p, head, "bind_device", boss, -1, bind));
    assert_refused(people_do(p, dispatcher, "unbind_device", boss, -1, why), "above_own_role");
    assert_done(people_do(p, admin, "unbind_device", boss, -1, why));
    sound(p);
}

/* ---- reading ---- */

static Said ask(People *p, const Actor *actor, const char *name, Str arg) {
    Reading r = { .arena = p->arena, .world = p->world, .db = p->writer, .seals = p->seals, .keys = p->keys,
                  .module = world_module(p->world, S("person")), .actor = actor, .community = HERE, .now = p->now };
    for (const Query *q = module_person.queries; q->name != NULL; q++)
        if (strcmp(q->name, name) == 0) r.query = q;
    assert_non_null(r.query);
    if (arg.n > 0) r.args[r.n_args++] = arg;
    Str json = S("");
    db_begin(p->writer);
    Said said = { .fail = query_answer(&r, &json) };
    if (said.fail.err == OK)
        said.fail = db_commit(p->writer);
    else
        db_rollback(p->writer);
    if (said.fail.err == OK) said.json = people_json(p, json.p);
    return said;
}

static const json_t *row(const Said *said, size_t i) {
    return json_array_get(json_object_get(said->json, "rows"), i);
}

static void reading_a_file_leaves_a_trace(People *p) {
    Str person = people_add(p, "次旺", "13912345678", NULL, ""),
        clerk = people_add(p, "书记员", "", "clerk", "540102001001");
    Actor *reader = people_actor(p, clerk, CLERK, HERE), *me = people_actor(p, person, RESIDENT, HERE);
    assert_done(people_do(p, reader, "card", clerk, -1, "{\"name\":\"窗口一号\",\"duty_phone\":\"0891-7654321\"}"));
    Said list = ask(p, reader, "list", S(""));
    assert_done(&list);
    assert_int_equal(json_array_size(json_object_get(list.json, "rows")), 2);
    const json_t *masked = str_eq(json_text(row(&list, 0), "id"), person) ? row(&list, 0) : row(&list, 1);
    assert_text(json_text(masked, "phone"), "139****5678");
    assert_text(json_text(masked, "name"), "次***");
    Said before = ask(p, me, "access", S(""));
    assert_int_equal(json_array_size(json_object_get(before.json, "rows")), 0);
    Said file = ask(p, reader, "file", person);
    assert_done(&file);
    assert_text(json_text(file.json, "name"), "次旺");
    assert_text(json_text(file.json, "phone"), "139****5678"); /* the number is looked at for a reason */
    Said phone = people_call(p, reader, "phone", person, "{\"why\":\"visit\"}");
    assert_done(&phone);
    assert_text(json_text(phone.json, "phone"), "13912345678");
    Actor *far = people_actor(p, clerk, CLERK, S("540102001001-03"));
    Said refused = people_call(p, far, "phone", person, "{\"why\":\"visit\"}");
    assert_refused(&refused, "not_found");
    Said after = ask(p, me, "access", S(""));
    assert_int_equal(json_array_size(json_object_get(after.json, "rows")), 2);
    bool said_why = false;
    for (size_t i = 0; i < 2; i++)
        said_why |= str_eq(json_text(row(&after, i), "what"), S("person.phone.visit"));
    assert_true(said_why);
    Said looks = ask(p, reader, "looks", person);
    assert_done(&looks);
    assert_int_equal(json_array_size(json_object_get(looks.json, "rows")), 2);
    after = ask(p, me, "access", S("")); /* that was a look as well, and one only */
    assert_int_equal(json_array_size(json_object_get(after.json, "rows")), 3);
    assert_true(str_eq(json_text(row(&after, 0), "reader"), clerk));
    assert_text(json_text(row(&after, 0), "name"), "窗口一号");
    Said other = ask(p, people_actor(p, clerk, CLERK, S("540102001001-03")), "file", person);
    assert_refused(&other, "not_found"); /* on file in the community, out of a grid clerk's place */
    Said own = ask(p, me, "me", S(""));
    assert_text(json_text(own.json, "name"), "次旺");
}

static void erasing_makes_unreadable(People *p) {
    Str person = people_add(p, "曲珍", "13800000031", "officer", "540102001001"),
        boss = people_add(p, "主任", "", "admin", "540102001001");
    Actor *me = people_actor(p, person, OFFICER, HERE), *admin = people_actor(p, boss, ADMIN, HERE);
    assert_done(people_do(p, me, "card", person, -1, "{\"name\":\"曲珍\",\"duty_phone\":\"0891-1111111\"}"));
    people_give_password(p, person, "mountain lake");
    Said said = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000031\",\"password\":\"mountain lake\"}");
    Str token = people_token(&said);
    assert_non_null(people_session(p, token));
    assert_refused(people_do(p, people_actor(p, boss, DISPATCHER, HERE), "erase", person, -1, "{}"), "forbidden");
    assert_done(people_do(p, me, "erase", person, -1, "{}"));
    static const char *const gone[] = { "role", "card", "person_lookup", "directory", "credential", "session" };
    for (int i = 0; i < COUNT(gone); i++)
        assert_int_equal(
            people_count(p,
                         arena_fmt(p->arena, "SELECT count(*) FROM %s WHERE community = $1 AND person = $2", gone[i]).p,
                         person),
            0);
    assert_int_equal(people_count(p, "SELECT count(*) FROM subject_key WHERE community = $1 AND subject = $2", person),
                     0);
    assert_int_equal(
        people_count(p, "SELECT count(*) FROM timeline WHERE community = $1 AND matter = $2 AND data <> '{}'", person),
        0);
    assert_int_equal(
        people_count(p, "SELECT count(*) FROM person WHERE community = $1 AND person = $2 AND name = '' AND phone = ''",
                     person),
        1);
    assert_null(people_session(p, token));
    Said again = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000031\",\"password\":\"mountain lake\"}");
    assert_refused(&again, "sign_in_failed");
    Said list = ask(p, admin, "list", S(""));
    assert_int_equal(json_array_size(json_object_get(list.json, "rows")), 1);
    sound(p); /* replay cannot open the number any more, and comes to the same state */
    people_add(p, "新来的", "13800000031", NULL, "");
    sound(p);
    assert_refused(people_do(p, admin, "erase", person, -1, "{}"), "wrong_state");
}

static void all_that_is_mine_can_be_taken_along(People *p) {
    Str person = people_add(p, "达瓦", "13800000041", NULL, ""),
        clerk = people_add(p, "书记员", "", "clerk", "540102001001");
    Actor *me = people_actor(p, person, RESIDENT, HERE), *reader = people_actor(p, clerk, CLERK, HERE);
    assert_done(people_do(p, me, "update", person, 1, "{\"name\":\"达瓦次仁\"}"));
    assert_done(people_do(p, reader, "update", person, 2, "{\"language\":\"bo\"}"));
    Said file = ask(p, reader, "file", person);
    assert_done(&file);
    Said mine = people_call(p, me, "export", S(""), "{}");
    assert_done(&mine);
    assert_text(json_text(mine.json, "name"), "达瓦次仁");
    assert_text(json_text(mine.json, "phone"), "13800000041");
    const json_t *entries = json_object_get(mine.json, "entries");
    assert_int_equal(json_array_size(entries), 1); /* what I wrote, not what the clerk did */
    assert_text(json_text(json_object_get(json_array_get(entries, 0), "data"), "name"), "达瓦次仁");
    const json_t *about = json_object_get(mine.json, "about"); /* what others did to my file */
    assert_int_equal(json_array_size(about), 2);
    assert_text(json_text(json_object_get(json_array_get(about, 0), "data"), "phone"), "13800000041");
    assert_text(json_text(json_object_get(json_array_get(about, 1), "data"), "language"), "bo");
    assert_true(json_array_size(json_object_get(mine.json, "access")) > 0);
    assert_int_equal(json_array_size(json_object_get(mine.json, "matters")), 1);
    assert_false(json_bool(mine.json, "more"));
    Actor program = *me;
    program.person = S("00000000-0000-7000-8000-000000000009");
    Said none = people_call(p, &program, "export", S(""), "{}");
    assert_refused(&none, "not_found");
}

/* ---- what is handed to others ---- */

static void codes_go_to_who_may_have_them(People *p) {
    Str resident = people_add(p, "白玛", "13800000051", NULL, ""),
        officer = people_add(p, "强巴", "", "officer", "540102001001-03"),
        chief = people_add(p, "值班长", "", "dispatcher", "540102001001"),
        boss = people_add(p, "主任", "", "admin", "540102001001");
    Actor *dispatcher = people_actor(p, chief, DISPATCHER, HERE), *admin = people_actor(p, boss, ADMIN, HERE),
          *grid = people_actor(p, chief, DISPATCHER, S("540102001001-04"));
    Said handed = people_call(p, dispatcher, "hand_out_code", resident, "{}");
    assert_done(&handed);
    assert_int_equal(handed.reply.status, 201);
    Str code = json_text(handed.json, "code");
    assert_int_equal(code.n, CODE_CHARS);
    assert_true(str_eq(json_text(handed.json, "url"),
                       arena_fmt(p->arena, "https://linli.example.org/#/in/540102001001.%.*s", STR_ARG(code))));
    assert_true(str_starts(json_text(handed.json, "svg"), S("<svg ")));
    Said in = people_call(p, NULL, "sign_in", S(""), arena_fmt(p->arena, "{\"code\":\"%.*s\"}", STR_ARG(code)).p);
    assert_done(&in);
    Said log = ask(p, people_actor(p, resident, RESIDENT, HERE), "access", S(""));
    assert_text(json_text(row(&log, 0), "what"), "person.hand_out_code");
    assert_true(str_eq(json_text(row(&log, 0), "reader"), chief));
    Said over = people_call(p, dispatcher, "hand_out_code", officer, "{}");
    assert_refused(&over, "above_own_role"); /* else a dispatcher could act under an officer's name */
    Said by_admin = people_call(p, admin, "hand_out_code", officer, "{}");
    assert_done(&by_admin);
    Said far = people_call(p, grid, "hand_out_code", resident, "{}");
    Said nobody = people_call(p, grid, "hand_out_code", S("00000000-0000-7000-8000-00000000000f"), "{}");
    assert_refused(&far, "not_found");
    assert_memory_equal(&far.fail, &nobody.fail, sizeof(Fail));
    people_wait(p, 1000);
    Said found = people_call(p, dispatcher, "find", S(""), "{\"phone\":\"138 0000 0051\"}");
    assert_true(str_eq(json_text(found.json, "person"), resident));
    Said far_away = people_call(p, grid, "find", S(""), "{\"phone\":\"13800000051\"}");
    Said unknown = people_call(p, dispatcher, "find", S(""), "{\"phone\":\"13800000059\"}");
    assert_text(far_away.reply.body, "{\"person\":null}");
    assert_text(unknown.reply.body, "{\"person\":null}");
    log = ask(p, people_actor(p, resident, RESIDENT, HERE), "access", S(""));
    assert_text(json_text(row(&log, 0), "what"), "person.find");
}

static void a_lost_factor_is_taken_off_by_an_admin(People *p) {
    Str person = people_add(p, "德吉", "", "auditor", "540102001001"),
        boss = people_add(p, "主任", "", "admin", "540102001001");
    Actor *admin = people_actor(p, boss, ADMIN, HERE);
    TotpSecret secret = { "12345678901234567890" };
    Fail f = FAIL_NONE;
    db_query(
        p->writer, p->arena,
        "INSERT INTO credential (community, person, hash, totp, totp_step, changed_at) VALUES ($1, $2, '', $3, 0, 0)",
        "ssb", "", ARGS(TXT(HERE), TXT(person), BYT(totp_wrap(p->seals, p->arena, HERE, person, &secret))), &f);
    assert_int_equal(f.err, OK);
    static const char on[] =
        "SELECT count(*) FROM credential WHERE community = $1 AND person = $2 AND totp IS NOT NULL";
    Said by_clerk = people_call(p, people_actor(p, boss, CLERK, HERE), "reset_totp", person, "{}");
    assert_refused(&by_clerk, "above_own_role");
    assert_int_equal(people_count(p, on, person), 1);
    Said by_admin = people_call(p, admin, "reset_totp", person, "{}");
    assert_done(&by_admin);
    assert_int_equal(people_count(p, on, person), 0);
}

static void programs_have_tokens(People *p) {
    Str boss = people_add(p, "主任", "", "admin", "540102001001");
    Actor *admin = people_actor(p, boss, ADMIN, S("540102001001-03"));
    static const char wide[] = "{\"name\":\"pump\",\"role\":\"program\",\"place\":\"540102001001\",\"days\":30}";
    static const char narrow[] = "{\"name\":\"pump\",\"role\":\"program\",\"place\":\"540102001001-03\",\"days\":30}";
    Said refused = people_call(p, admin, "add_token", S(""), wide);
    assert_refused(&refused, "forbidden");
    refused = people_call(p, admin, "add_token", S(""),
                          "{\"name\":\"x\",\"role\":\"admin\",\"place\":\"540102001001-03\",\"days\":30}");
    assert_refused(&refused, "not_one_of");
    Said made = people_call(p, admin, "add_token", S(""), narrow);
    assert_done(&made);
    Str token = json_text(made.json, "token"), id = json_text(made.json, "id");
    Fail f;
    Actor *program = session_actor(p->sessions, p->arena, p->reader, token, true, p->now, &f);
    assert_non_null(program);
    assert_true(actor_roles_at(program, S("540102001001-03"), p->now) & PROGRAM);
    assert_false(actor_roles_at(program, HERE, p->now) & PROGRAM);
    assert_false(program->strong);
    assert_null(people_session(p, token)); /* no cookie */
    Said enrol = people_call(p, program, "enrol_totp", S(""), "{}"),
         password = people_call(p, program, "set_password", S(""), "{\"new\":\"mountain lake\"}");
    assert_refused(&enrol, "sign_in"); /* a token is nobody's account */
    assert_refused(&password, "sign_in");
    Said list = people_call(p, admin, "tokens", S(""), "{}");
    assert_int_equal(json_array_size(json_object_get(list.json, "rows")), 1);
    assert_null(json_object_get(row(&list, 0), "token"));
    assert_non_null(session_cached(p->sessions, p->arena, token, true, p->now));
    const char *file = arena_fmt(p->arena, "/tmp/linli-test-%d.erasures", (int)getpid()).p;
    seals_keep_erasures(p->seals, erasures_open(p->arena, file, &f));
    Said dropped = people_call(p, admin, "drop_token", id, "{}");
    assert_done(&dropped);
    Erasure *lines = NULL; /* a backup that still has it must not bring it back */
    int erased = 0, revoked = 0;
    assert_int_equal(erasures_load(p->arena, file, &lines, &erased, &revoked).err, OK);
    assert_true(erased == 0 && revoked == 1 && str_eq(lines[0].matter, id) && str_eq(lines[0].community, HERE));
    seals_keep_erasures(p->seals, NULL);
    unlink(file);
    assert_null(session_cached(p->sessions, p->arena, token, true, p->now));
    assert_null(session_actor(p->sessions, p->arena, p->reader, token, true, p->now, &f));
    Said twice = people_call(p, admin, "drop_token", id, "{}");
    assert_refused(&twice, "not_found");
    made = people_call(p, admin, "add_token", S(""), narrow);
    people_wait(p, 30 * DAY_MS);
    assert_null(session_actor(p->sessions, p->arena, p->reader, json_text(made.json, "token"), true, p->now, &f));
}

static void a_dispatcher_sees_who_can_be_sent(People *p) {
    Str chief = people_add(p, "值班长", "", "dispatcher", "540102001001"),
        one = people_add(p, "罗布旺堆", "13800000061", "officer", "540102001001-03"),
        two = people_add(p, "玉珍", "", "officer", "540102001001-04");
    people_add(p, "居民", "", "resident", "540102001001");
    assert_done(people_do(p, &the_system, "grant", one, -1, "{\"role\":\"officer\",\"place\":\"540102001001-05\"}"));
    assert_done(people_do(p, &the_system, "card", two, -1, "{\"name\":\"玉珍\",\"duty_phone\":\"0891-2222222\"}"));
    Said all = people_call(p, people_actor(p, chief, DISPATCHER, HERE), "handlers", S(""), "{}");
    assert_done(&all);
    assert_int_equal(json_array_size(json_object_get(all.json, "rows")), 3);
    bool saw_one = false, saw_two = false;
    for (size_t i = 0; i < 3; i++) {
        const json_t *r = row(&all, i);
        if (str_eq(json_text(r, "person"), one)) {
            saw_one = true;
            assert_text(json_text(r, "name"), "罗***"); /* no card: masked */
            assert_text(json_text(r, "phone"), "");     /* never the private number */
            assert_int_equal(json_array_size(json_object_get(r, "roles")), 1);
            assert_int_equal(json_array_size(json_object_get(r, "places")), 2);
            assert_int_equal(json_int(r, "open"), 0);
        } else if (str_eq(json_text(r, "person"), two)) {
            saw_two = true;
            assert_text(json_text(r, "name"), "玉珍");
            assert_text(json_text(r, "phone"), "08912222222");
        }
    }
    assert_true(saw_one && saw_two);
    Said few = people_call(p, people_actor(p, chief, DISPATCHER, S("540102001001-04")), "handlers", S(""), "{}");
    assert_int_equal(json_array_size(json_object_get(few.json, "rows")),
                     2); /* that grid's, and whose place contains it */
}

static const Story stories[] = {
    STORY(a_clerk_puts_people_on_file),
    STORY(people_keep_their_own_file),
    STORY(roles_are_held_at_places_for_terms),
    STORY(a_leaver_keeps_no_duties),
    STORY(a_phone_is_bound_once),
    STORY(reading_a_file_leaves_a_trace),
    STORY(erasing_makes_unreadable),
    STORY(all_that_is_mine_can_be_taken_along),
    STORY(codes_go_to_who_may_have_them),
    STORY(a_lost_factor_is_taken_off_by_an_admin),
    STORY(programs_have_tokens),
    STORY(a_dispatcher_sees_who_can_be_sent),
};

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(nobody_gives_a_role_above_or_outside_their_own),
        with_arena(terms_are_in_the_future_and_a_team_has_one),
        with_arena(work_needs_a_successor_who_can_take_it),
        with_arena(a_qr_has_its_corners_and_its_margin),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + stories_run("person", stories, COUNT(stories));
}
