#include "core_people.h"

/* To make a request that has a cookie; core has a Head of its own. */
#define Head HttpHead
#include "http/internal.h"
#undef Head

static Said sign_in(People *p, const char *phone, const char *password) {
    return people_call(p, NULL, "sign_in", S(""),
                       arena_fmt(p->arena, "{\"phone\":\"%s\",\"password\":\"%s\"}", phone, password).p);
}

static Str new_code(People *p, Str person) {
    Str code;
    db_begin(p->writer);
    assert_done(&((Said){ .fail = account_new_code(p->writer, p->arena, p->seals, HERE, person, S("system"), p->now,
                                                   &code) }));
    assert_int_equal(db_commit(p->writer).err, OK);
    return code;
}

static Said sign_in_with(People *p, Str code) {
    return people_call(p, NULL, "sign_in", S(""), arena_fmt(p->arena, "{\"code\":\"%.*s\"}", STR_ARG(code)).p);
}

/* ---- tokens, cookies: no store ---- */

static void tokens_have_one_form(void **state) {
    Arena *a = *state;
    Str community;
    Str token = session_new_token(a, HERE);
    assert_int_equal(token.n, 12 + 1 + 43);
    assert_true(session_token_split(token, &community));
    assert_true(str_eq(community, HERE));
    assert_false(str_eq(token, session_new_token(a, HERE)));
    static const char *const bad[] = {
        "",
        ".",
        "540102001001",
        "540102001001.",
        "540102001001.abc",
        ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "x.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "540102001001.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "540102001001.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "000000000000000000000000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    };
    for (int i = 0; i < COUNT(bad); i++)
        assert_false(session_token_split(str_c(bad[i]), &community));
}

static void cookies_are_kept_from_scripts_and_other_sites(void **state) {
    Arena *a = *state;
    HttpReply r = { 0 };
    session_cookie(a, &r, S("540102001001.abc"));
    assert_string_equal(r.headers[0].name, "Set-Cookie");
    assert_text(r.headers[0].value,
                "linli=540102001001.abc; Path=/; Max-Age=7776000; Secure; HttpOnly; SameSite=Strict");
    session_cookie_drop(&r);
    assert_text(r.headers[1].value, "linli=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict");
}

static void sessions_end_by_idleness_age_or_strength(void **state) {
    (void)state;
    int64_t t = PEOPLE_START;
    assert_int_equal(session_expiry(t, t, 0), t + 30 * DAY_MS);
    assert_int_equal(session_expiry(t, t + 29 * DAY_MS, 0), t + 59 * DAY_MS);
    assert_int_equal(session_expiry(t, t + 80 * DAY_MS, 0), t + 90 * DAY_MS);
    assert_int_equal(session_expiry(t, t, t + HOUR_MS), t + 13 * HOUR_MS);
}

static void of_a_browser_only_the_class_is_kept(void **state) {
    (void)state;
    assert_string_equal(session_agent(S("Mozilla/5.0 (Linux; Android 9) Mobile MicroMessenger/8.0")), "wechat");
    assert_string_equal(session_agent(S("Mozilla/5.0 (iPhone) Mobile/15E148")), "phone");
    assert_string_equal(session_agent(S("Mozilla/5.0 (X11; Linux x86_64)")), "desk");
    assert_string_equal(session_agent(S("curl")), "other");
}

static void csrf_belongs_to_its_session(void **state) {
    Arena *a = *state;
    Seals *seals = seals_for_test(a);
    Sessions *s = sessions_new(a, &(SessionsConfig){ .seals = seals });
    Str one = session_new_token(a, HERE), two = session_new_token(a, HERE);
    assert_true(session_csrf_holds(s, a, one, seal_csrf(seals, a, one)));
    assert_false(session_csrf_holds(s, a, one, seal_csrf(seals, a, two)));
    assert_false(session_csrf_holds(s, a, one, S("")));
}

static void locks_double_and_forget(void **state) {
    (void)state;
    Lock l = { 0 };
    int64_t t = PEOPLE_START;
    for (int i = 0; i < 4; i++)
        lock_miss(&l, 5, t);
    assert_false(lock_holds(&l, t));
    lock_miss(&l, 5, t);
    assert_true(lock_holds(&l, t + 15 * MINUTE_MS - 1));
    assert_false(lock_holds(&l, t + 15 * MINUTE_MS));
    Lock held = l;
    lock_miss(&l, 5, t + 1); /* a held lock counts nothing: nobody is locked out for ever by others' tries */
    assert_memory_equal(&held, &l, sizeof l);
    int64_t wait = 15 * MINUTE_MS;
    for (int round = 0; round < 10; round++) {
        t = l.until;
        for (int i = 0; i < 5; i++)
            lock_miss(&l, 5, t);
        wait = 2 * wait < DAY_MS ? 2 * wait : DAY_MS;
        assert_int_equal(l.until - t, wait);
    }
    t = l.until + DAY_MS + 1;
    lock_miss(&l, 5, t); /* after a day of quiet it begins anew */
    assert_int_equal(l.tries, 1);
    assert_int_equal(l.level, 0);
}

/* ---- with a store ---- */

static void signing_in_gives_a_session(People *p) {
    Str person = people_add(p, "次仁", "13912345678", "officer", "540102001001-03");
    people_give_password(p, person, "mountain lake");
    Said said = sign_in(p, "139-1234-5678", "mountain lake");
    assert_done(&said);
    assert_int_equal(said.reply.status, 201);
    assert_true(str_eq(json_text(said.json, "person"), person));
    assert_false(json_bool(said.json, "needs_totp"));
    Str token = people_token(&said);
    assert_true(session_csrf_holds(p->sessions, p->arena, token, json_text(said.json, "csrf")));
    assert_null(session_cached(p->sessions, p->arena, token, false, p->now));
    Actor *actor = people_session(p, token);
    assert_non_null(actor);
    assert_true(str_eq(actor->person, person));
    assert_true(actor_roles_at(actor, S("540102001001-03"), p->now) & OFFICER);
    assert_false(actor_roles_at(actor, S("540102001001-04"), p->now) & OFFICER);
    Actor *cached = session_cached(p->sessions, p->arena, token, false, p->now);
    assert_non_null(cached);
    assert_true(str_eq(cached->person, person));
    assert_true(actor_roles_at(cached, S("540102001001-03"), p->now) & OFFICER);
    assert_null(session_cached(p->sessions, p->arena, token, true, p->now)); /* no bearer token */
    Fail f;
    assert_null(session_actor(p->sessions, p->arena, p->reader, token, true, p->now, &f));
    assert_null(session_cached(p->sessions, p->arena, token, false, p->now + SESSION_CACHE_MS));
    assert_int_equal(people_count(p, "SELECT count(*) FROM session WHERE community = $1 AND token_hash = $2", token),
                     0);
}

static void refusals_are_alike(People *p) {
    Str person = people_add(p, "央金", "13800000001", "resident", "540102001001");
    Str without = people_add(p, "无密码", "13800000002", "resident", "540102001001");
    people_give_password(p, person, "mountain lake");
    (void)without;
    Said wrong = sign_in(p, "13800000001", "river bank"), unknown = sign_in(p, "13800009999", "river bank"),
         none = sign_in(p, "13800000002", "river bank"), code = sign_in_with(p, S("0000000000"));
    assert_refused(&wrong, "sign_in_failed");
    assert_memory_equal(&wrong.fail, &unknown.fail, sizeof(Fail));
    assert_memory_equal(&wrong.fail, &none.fail, sizeof(Fail));
    assert_memory_equal(&wrong.fail, &code.fail, sizeof(Fail));
    Said empty = people_call(p, NULL, "sign_in", S(""), "{\"phone\":\"13800000001\"}");
    assert_refused(&empty, "required");
}

static void five_wrong_tries_lock_the_account(People *p) {
    Str person = people_add(p, "扎西", "13800000003", "resident", "540102001001");
    people_give_password(p, person, "mountain lake");
    for (int i = 0; i < 5; i++) {
        Said said = sign_in(p, "13800000003", "river bank");
        assert_refused(&said, "sign_in_failed");
    }
    Said locked = sign_in(p, "13800000003", "mountain lake");
    assert_refused(&locked, "sign_in_failed"); /* as for a wrong password */
    Str code = new_code(p, person);
    Said handed = sign_in_with(p, code); /* what a dispatcher hands over is another way in */
    assert_done(&handed);
    people_wait(p, 15 * MINUTE_MS);
    Said again = sign_in(p, "13800000003", "mountain lake");
    assert_done(&again);
    assert_int_equal(people_count(p, "SELECT count(*) FROM lockout WHERE community = $1 AND key_hash = $2",
                                  lock_key(p->seals, p->arena, HERE, "account", S("13800000003 v4:c0000207"))),
                     0);
}

/* ---- an attacker who knows the number, and its owner ---- */

static Str known_cookie(const Said *said) {
    for (int i = 0; i < said->reply.n_headers; i++)
        if (str_starts(said->reply.headers[i].value, S("linli_known="))) {
            Str rest = { said->reply.headers[i].value.p + 12, said->reply.headers[i].value.n - 12 };
            Str value = str_cut(&rest, ';');
            assert_true(str_find(rest, S("HttpOnly")) > 0 && str_find(rest, S("Secure")) > 0);
            return value;
        }
    return S("");
}

/* From a browser with this cookie ("" for none), at this address. */
static Said sign_in_at(People *p, const char *address, Str cookie, const char *phone, const char *password) {
    Str line = arena_fmt(p->arena, "Cookie: linli_known=%.*s", STR_ARG(cookie));
    HeadSpan span = { .name_at = 0, .name_n = 6, .value_at = 8, .value_n = (uint32_t)line.n - 8 };
    Inner *in = arena_new_of(p->arena, Inner);
    *in = (Inner){ .head = line.p, .headers = &span, .n_headers = 1 };
    in->rq = (HttpRequest){ .arena = p->arena, .internal = in };
    p->http = cookie.n > 0 ? &in->rq : NULL;
    Said said = people_call_from(p, NULL, "sign_in", S(""),
                                 arena_fmt(p->arena, "{\"phone\":\"%s\",\"password\":\"%s\"}", phone, password).p,
                                 address);
    p->http = NULL;
    return said;
}

static void guess(People *p, const char *address, Str cookie, const char *phone, int times) {
    for (int i = 0; i < times; i++) {
        Said said = sign_in_at(p, address, cookie, phone, "river bank");
        assert_refused(&said, "sign_in_failed");
    }
}

static void whoever_knows_the_number_keeps_nobody_out(People *p) {
    Str person = people_add(p, "旺姆", "13800000021", "resident", "540102001001");
    people_give_password(p, person, "mountain lake");
    guess(p, "203.0.113.9", S(""), "13800000021", 20);
    Said thief = sign_in_at(p, "203.0.113.9", S(""), "13800000021", "mountain lake");
    assert_refused(&thief, "sign_in_failed"); /* even with the right one: not from there */
    Said owner = sign_in_at(p, "192.0.2.7", S(""), "13800000021", "mountain lake");
    assert_done(&owner);
    assert_int_equal(known_cookie(&owner).n, 60);
}

static void many_networks_lock_it_for_strangers_only(People *p) {
    Str person = people_add(p, "旺姆", "13800000021", "resident", "540102001001");
    people_give_password(p, person, "mountain lake");
    Said before = sign_in_at(p, "192.0.2.7", S(""), "13800000021", "mountain lake");
    assert_done(&before);
    Str cookie = known_cookie(&before);
    for (int i = 0; i < LOCK_TRIES_EVERYWHERE / LOCK_TRIES_ACCOUNT; i++)
        guess(p, arena_fmt(p->arena, "203.0.113.%d", i).p, S(""), "13800000021", LOCK_TRIES_ACCOUNT);
    Said stranger = sign_in_at(p, "198.51.100.1", S(""), "13800000021", "mountain lake");
    assert_refused(&stranger, "sign_in_failed");
    Said owner = sign_in_at(p, "198.51.100.2", cookie, "13800000021", "mountain lake");
    assert_done(&owner);
    /* the same where the network itself is shut: guesses behind one gateway with the owner */
    guess(p, "198.51.100.3", S(""), "13899999999", LOCK_TRIES_ADDRESS);
    Said shut = sign_in_at(p, "198.51.100.3", S(""), "13800000021", "mountain lake");
    assert_refused(&shut, "rate_limited");
    Said at_home = sign_in_at(p, "198.51.100.3", known_cookie(&owner), "13800000021", "mountain lake");
    assert_done(&at_home);
    people_wait(p, 15 * MINUTE_MS); /* it ends for strangers too */
    Said later = sign_in_at(p, "198.51.100.1", S(""), "13800000021", "mountain lake");
    assert_done(&later);
}

static void a_known_browser_is_counted_by_itself(People *p) {
    Str person = people_add(p, "旺姆", "13800000021", "resident", "540102001001");
    Str other = people_add(p, "别人", "13800000022", "resident", "540102001001");
    people_give_password(p, person, "mountain lake");
    people_give_password(p, other, "valley wind");
    Said mine = sign_in_at(p, "192.0.2.7", S(""), "13800000021", "mountain lake");
    assert_done(&mine);
    Str cookie = known_cookie(&mine);
    Said both = sign_in_at(p, "192.0.2.7", cookie, "13800000022", "valley wind"); /* a phone for two */
    assert_done(&both);
    Str shared = known_cookie(&both);
    assert_int_equal(shared.n, 60 + 1 + 60);
    assert_true(known_proof(p->seals, p->arena, HERE, person, shared, p->now).n > 0);
    assert_true(known_proof(p->seals, p->arena, HERE, other, shared, p->now).n > 0);
    assert_int_equal(known_proof(p->seals, p->arena, HERE, other, cookie, p->now).n, 0);
    assert_int_equal(known_proof(p->seals, p->arena, HERE, S(""), shared, p->now).n, 0);
    assert_int_equal(known_proof(p->seals, p->arena, S("540102001002"), person, shared, p->now).n, 0);
    assert_int_equal(known_proof(p->seals, p->arena, HERE, person, shared, p->now + 181 * DAY_MS).n, 0);
    assert_int_equal(known_proof(p->seals, p->arena, HERE, person, S("....x"), p->now).n, 0);
    guess(p, "192.0.2.7", cookie, "13800000021", LOCK_TRIES_ACCOUNT);
    Said locked = sign_in_at(p, "192.0.2.7", cookie, "13800000021", "mountain lake");
    assert_refused(&locked, "sign_in_failed"); /* a stolen phone guesses no more than anybody */
    Said elsewhere = sign_in_at(p, "192.0.2.8", S(""), "13800000021", "mountain lake");
    assert_done(&elsewhere);
    Str full = shared;
    for (int i = 0; i < 6; i++)
        full = known_add(p->seals, p->arena, HERE, id_new(p->arena, p->now), full, p->now);
    assert_int_equal(full.n, 4 * 60 + 3);
    assert_int_equal(known_add(p->seals, p->arena, HERE, person, cookie, p->now).n, 60); /* replaces the own one */
}

static void an_address_that_only_guesses_is_stopped(People *p) {
    Fail last = FAIL_NONE;
    int refused = 0;
    for (int i = 0; i < LOCK_TRIES_ADDRESS; i++) {
        Said said = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"ABCDEFGHJK\"}", "203.0.113.5");
        refused += said.fail.err == ERR_SIGN_IN;
        last = said.fail;
    }
    assert_int_equal(refused, LOCK_TRIES_ADDRESS);
    assert_int_equal(last.err, ERR_SIGN_IN);
    Said stopped = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"ABCDEFGHJK\"}", "203.0.113.5");
    assert_refused(&stopped, "rate_limited");
    assert_int_equal(stopped.fail.retry_s, 15 * 60);
    Said other = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"ABCDEFGHJK\"}", "203.0.113.6");
    assert_refused(&other, "sign_in_failed");
    for (int i = 0; i < LOCK_TRIES_ADDRESS; i++) { /* one subscriber has a whole /64 */
        const char *from = arena_fmt(p->arena, "2001:db8:7:7::%x", i).p;
        Said said = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"ABCDEFGHJK\"}", from);
        assert_refused(&said, "sign_in_failed");
    }
    Said next_of_64 = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"ABCDEFGHJK\"}", "2001:db8:7:7:9::1");
    assert_refused(&next_of_64, "rate_limited");
    Said from_nowhere = people_call_from(p, NULL, "sign_in", S(""), "{\"code\":\"999999.ABCDEFGHJK\"}", "203.0.113.7");
    assert_refused(&from_nowhere, "sign_in_failed");
    Fail f = FAIL_NONE;
    DbRows *r = db_query(p->reader, p->arena, "SELECT count(*) FROM lockout WHERE community <> $1", "s", "l",
                         ARGS(TXT(HERE)), &f);
    assert_int_equal(db_int(r, 0, 0), 0); /* no rows for a community that is not ours */
}

static void a_code_works_once_and_for_a_day(People *p) {
    Str person = people_add(p, "卓玛", "", NULL, "");
    Str code = new_code(p, person);
    assert_int_equal(code.n, CODE_CHARS);
    assert_int_equal(people_count(p, "SELECT count(*) FROM signin_code WHERE community = $1 AND code_hash = $2", code),
                     0);
    Str typed = arena_fmt(p->arena, "540102001001.%.5s-%.5s", code.p, code.p + 5);
    Said first = sign_in_with(p, typed);
    assert_done(&first);
    assert_true(str_eq(json_text(first.json, "person"), person));
    assert_false(json_bool(first.json, "has_password"));
    Said second = sign_in_with(p, code);
    assert_refused(&second, "sign_in_failed");
    Str old = new_code(p, person), newer = new_code(p, person);
    Said replaced = sign_in_with(p, old);
    assert_refused(&replaced, "sign_in_failed");
    people_wait(p, DAY_MS);
    Said late = sign_in_with(p, newer);
    assert_refused(&late, "sign_in_failed");
}

static void a_session_ends(People *p) {
    Str person = people_add(p, "格桑", "13800000004", NULL, "");
    people_give_password(p, person, "mountain lake");
    Said one = sign_in(p, "13800000004", "mountain lake"), two = sign_in(p, "13800000004", "mountain lake"),
         three = sign_in(p, "13800000004", "mountain lake");
    Str t1 = people_token(&one), t2 = people_token(&two), t3 = people_token(&three);
    Actor *a1 = people_session(p, t1), *a2 = people_session(p, t2);
    assert_non_null(people_session(p, t3));
    Said out = people_call(p, a1, "sign_out", S(""), "{}");
    assert_done(&out);
    assert_int_equal(out.reply.status, 204);
    assert_text(people_token(&out), "");
    assert_null(session_cached(p->sessions, p->arena, t1, false, p->now));
    assert_null(people_session(p, t1));
    assert_non_null(people_session(p, t2));
    out = people_call(p, a2, "sign_out_everywhere", S(""), "{}");
    assert_done(&out);
    assert_null(people_session(p, t2));
    assert_null(session_cached(p->sessions, p->arena, t3, false, p->now));
    assert_null(people_session(p, t3));
}

static void sessions_last_as_long_as_they_are_used(People *p) {
    Str person = people_add(p, "多吉", "13800000005", NULL, "");
    people_give_password(p, person, "mountain lake");
    Said used = sign_in(p, "13800000005", "mountain lake"), idle = sign_in(p, "13800000005", "mountain lake");
    Str t1 = people_token(&used), t2 = people_token(&idle);
    for (int week = 0; week < 12; week++) {
        assert_non_null(people_session(p, t1)); /* writes its last use through Later */
        people_wait(p, 7 * DAY_MS);
    }
    assert_non_null(people_session(p, t1));
    assert_null(people_session(p, t2)); /* 30 days idle */
    people_wait(p, 6 * DAY_MS);
    assert_null(people_session(p, t1)); /* 90 days in all */
}

static void old_sessions_make_room(People *p) {
    Str person = people_add(p, "平措", "", NULL, "");
    Str first = S("");
    for (int i = 0; i < SESSIONS_PER_PERSON_MAX + 1; i++) {
        Said said = sign_in_with(p, new_code(p, person));
        assert_done(&said);
        if (i == 0) first = people_token(&said);
        people_wait(p, 1000);
    }
    assert_null(people_session(p, first));
    assert_int_equal(people_count(p, "SELECT count(*) FROM session WHERE community = $1 AND person = $2", person),
                     SESSIONS_PER_PERSON_MAX);
}

static void a_revoked_role_is_gone_at_once(People *p) {
    Str person = people_add(p, "旺堆", "", "officer", "540102001001");
    Said said = sign_in_with(p, new_code(p, person));
    Str token = people_token(&said);
    assert_non_null(people_session(p, token));
    assert_non_null(session_cached(p->sessions, p->arena, token, false, p->now));
    Actor system = { .system = true };
    Command *c = people_do(p, &system, "revoke", person, -1, "{\"role\":\"officer\",\"place\":\"540102001001\"}");
    assert_done(c);
    assert_null(session_cached(p->sessions, p->arena, token, false, p->now));
    assert_false(actor_roles(people_session(p, token), p->now) & OFFICER);
}

/* ---- second factor ---- */

static Str totp_now(People *p, const char *text, int64_t at) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    TotpSecret s = { { 0 } };
    uint64_t bits = 0;
    int n = 0, out = 0;
    for (const char *c = text; *c != 0; c++) {
        bits = bits << 5 | (uint64_t)(strchr(digits, *c) - digits);
        for (n += 5; n >= 8; n -= 8)
            s.b[out++] = (uint8_t)(bits >> (n - 8));
    }
    assert_int_equal(out, TOTP_SECRET_BYTES);
    return arena_fmt(p->arena, "{\"code\":\"%06u\"}", totp_code(&s, at / 30000));
}

static void an_admin_is_one_with_a_second_factor_only(People *p) {
    Str person = people_add(p, "边巴", "13800000006", "admin", "540102001001");
    people_give_password(p, person, "mountain lake");
    Said said = sign_in(p, "13800000006", "mountain lake");
    assert_true(json_bool(said.json, "needs_totp"));
    assert_false(json_bool(said.json, "totp_enrolled"));
    Str token = people_token(&said);
    Actor *actor = people_session(p, token);
    assert_false(actor_roles(actor, p->now) & ADMIN);
    Said early = people_call(p, actor, "second_factor", S(""), "{\"code\":\"123456\"}");
    assert_refused(&early, "totp_not_enrolled");
    Said begun = people_call(p, actor, "enrol_totp", S(""), "{}");
    assert_done(&begun);
    assert_true(str_starts(json_text(begun.json, "uri"), S("otpauth://totp/")));
    assert_true(str_starts(json_text(begun.json, "svg"), S("<svg ")));
    const char *secret = arena_c(p->arena, json_text(begun.json, "secret"));
    Str code = totp_now(p, secret, p->now);
    Said confirmed = people_call(p, actor, "enrol_totp", S(""), code.p);
    assert_done(&confirmed);
    assert_null(session_cached(p->sessions, p->arena, token, false, p->now));
    actor = people_session(p, token);
    assert_true(actor->strong);
    assert_true(actor_roles(actor, p->now) & ADMIN);
    people_wait(p, SESSION_STRONG_HOURS * HOUR_MS);
    assert_null(people_session(p, token));

    said = sign_in(p, "13800000006", "mountain lake");
    assert_true(json_bool(said.json, "totp_enrolled"));
    actor = people_session(p, people_token(&said));
    assert_false(actor_roles(actor, p->now) & ADMIN);
    Said other = people_call(p, actor, "enrol_totp", S(""), "{}");
    assert_refused(&other, "second_factor"); /* a password alone brings no new one */
    code = totp_now(p, secret, p->now);
    Said strong = people_call(p, actor, "second_factor", S(""), code.p);
    assert_done(&strong);
    assert_true(actor_roles(people_session(p, people_token(&said)), p->now) & ADMIN);
    Said twice = sign_in(p, "13800000006", "mountain lake");
    Said replayed = people_call(p, people_session(p, people_token(&twice)), "second_factor", S(""), code.p);
    assert_refused(&replayed, "wrong_code");
}

static void guessing_a_second_factor_is_stopped(People *p) {
    Str person = people_add(p, "洛桑", "", "auditor", "540102001001");
    Said said = sign_in_with(p, new_code(p, person));
    Actor *actor = people_session(p, people_token(&said));
    Said begun = people_call(p, actor, "enrol_totp", S(""), "{}");
    const char *secret = arena_c(p->arena, json_text(begun.json, "secret"));
    Str code = totp_now(p, secret, p->now);
    bool is_zero = str_eq(code, S("{\"code\":\"000000\"}"));
    for (int i = 0; i < 5; i++) {
        Said wrong =
            people_call(p, actor, "enrol_totp", S(""), is_zero ? "{\"code\":\"111111\"}" : "{\"code\":\"000000\"}");
        assert_refused(&wrong, "wrong_code");
    }
    Said right = people_call(p, actor, "enrol_totp", S(""), code.p);
    assert_refused(&right, "wrong_code");
    people_wait(p, 15 * MINUTE_MS);
    code = totp_now(p, secret, p->now);
    right = people_call(p, actor, "enrol_totp", S(""), code.p);
    assert_done(&right);
}

/* ---- passwords ---- */

static void a_password_is_set_and_changed(People *p) {
    Str person = people_add(p, "仓决", "13800000007", NULL, "");
    Said said = sign_in_with(p, new_code(p, person)), elsewhere = sign_in_with(p, new_code(p, person));
    Actor *actor = people_session(p, people_token(&said));
    assert_non_null(people_session(p, people_token(&elsewhere)));
    Said easy = people_call(p, actor, "set_password", S(""), "{\"new\":\"12345678\"}");
    assert_refused(&easy, "too_easy");
    Said phone = people_call(p, actor, "set_password", S(""), "{\"new\":\"13800000007\"}");
    assert_refused(&phone, "too_easy");
    Said set = people_call(p, actor, "set_password", S(""), "{\"new\":\"mountain lake\"}");
    assert_done(&set);
    assert_null(people_session(p, people_token(&elsewhere))); /* other sessions end */
    assert_non_null(people_session(p, people_token(&said)));
    Said old_needed = people_call(p, actor, "set_password", S(""), "{\"new\":\"river bank 7\"}");
    assert_refused(&old_needed, "required");
    Said wrong = people_call(p, actor, "set_password", S(""), "{\"old\":\"nonsense\",\"new\":\"river bank 7\"}");
    assert_refused(&wrong, "wrong_password");
    Said changed = people_call(p, actor, "set_password", S(""), "{\"old\":\"mountain lake\",\"new\":\"river bank 7\"}");
    assert_done(&changed);
    Said before = sign_in(p, "13800000007", "mountain lake");
    assert_refused(&before, "sign_in_failed");
    Said now = sign_in(p, "13800000007", "river bank 7");
    assert_done(&now);
}

static void a_bound_phone_is_the_only_one_for_a_password(People *p) {
    Str person = people_add(p, "索朗", "13800000008", "officer", "540102001001");
    people_give_password(p, person, "mountain lake");
    Hash h = hash_one(S("0123456789abcdef-secret"));
    Str id = base64url_of(p->arena, (Str){ (const char *)h.b, HASH_BYTES });
    Command *c = people_do(p, people_actor(p, person, OFFICER, HERE), "bind_device", person, -1,
                           arena_fmt(p->arena, "{\"device\":\"%.*s\",\"name\":\"old phone\"}", STR_ARG(id)).p);
    assert_done(c);
    Said other = sign_in(p, "13800000008", "mountain lake");
    assert_refused(&other, "other_device");
    Said stranger = sign_in(p, "13800000008", "river bank");
    assert_refused(&stranger, "sign_in_failed"); /* says nothing of phones to who doesn't know the password */
    Said mine = people_call(
        p, NULL, "sign_in", S(""),
        "{\"phone\":\"13800000008\",\"password\":\"mountain lake\",\"device\":\"0123456789abcdef-secret\"}");
    assert_done(&mine);
    Said handed = sign_in_with(p, new_code(p, person));
    assert_done(&handed);
}

static void whoami_says_who(People *p) {
    Said nobody = people_call(p, NULL, "who_am_i", S(""), "{}");
    assert_text(nobody.reply.body, "{\"person\":null}");
    Str person = people_add(p, "拉姆", "", "mediator", "540102001001");
    Said said = sign_in_with(p, new_code(p, person));
    Said me = people_call(p, people_session(p, people_token(&said)), "who_am_i", S(""), "{}");
    assert_true(str_eq(json_text(me.json, "person"), person));
    assert_text(json_text(me.json, "name"), "拉姆");
    assert_text(json_text(json_array_get(json_object_get(me.json, "roles"), 0), "role"), "mediator");
    assert_false(json_bool(me.json, "needs_totp"));
}

static const Story stories[] = {
    STORY(signing_in_gives_a_session),
    STORY(refusals_are_alike),
    STORY(five_wrong_tries_lock_the_account),
        STORY(whoever_knows_the_number_keeps_nobody_out),
        STORY(many_networks_lock_it_for_strangers_only),
        STORY(a_known_browser_is_counted_by_itself),
    STORY(an_address_that_only_guesses_is_stopped),
    STORY(a_code_works_once_and_for_a_day),
    STORY(a_session_ends),
    STORY(sessions_last_as_long_as_they_are_used),
    STORY(old_sessions_make_room),
    STORY(a_revoked_role_is_gone_at_once),
    STORY(an_admin_is_one_with_a_second_factor_only),
    STORY(guessing_a_second_factor_is_stopped),
    STORY(a_password_is_set_and_changed),
    STORY(a_bound_phone_is_the_only_one_for_a_password),
    STORY(whoami_says_who),
};

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(tokens_have_one_form),
        with_arena(cookies_are_kept_from_scripts_and_other_sites),
        with_arena(sessions_end_by_idleness_age_or_strength),
        with_arena(of_a_browser_only_the_class_is_kept),
        with_arena(csrf_belongs_to_its_session),
        with_arena(locks_double_and_forget),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + stories_run("session", stories, COUNT(stories));
}
