#include "unit.h"

#include "core/serve/problem.h"

static Str header(const HttpReply *r, const char *name) {
    for (int i = 0; i < r->n_headers; i++)
        if (strcmp(r->headers[i].name, name) == 0) return r->headers[i].value;
    return S("");
}

static json_t *body(Arena *a, const HttpReply *r) {
    Fail f = FAIL_NONE;
    json_t *v = json_read(a, r->body, &f);
    assert_non_null(v);
    assert_int_equal(json_int(v, "status"), r->status);
    assert_string_equal(r->type, "application/problem+json");
    return v;
}

static json_t *problem_of(Arena *a, Fail f, HttpReply *r) {
    *r = (HttpReply){ 0 };
    problem_reply(a, &f, NULL, r);
    return body(a, r);
}

static void every_kind_has_its_status(void **state) {
    static const struct {
        Err err;
        int status;
    } want[] = { { ERR_INVALID, 422 },  { ERR_MALFORMED, 400 }, { ERR_SIGN_IN, 401 },  { ERR_FORBIDDEN, 403 },
                 { ERR_NOT_FOUND, 404 }, { ERR_CONFLICT, 409 },  { ERR_TOO_LARGE, 413 }, { ERR_TOO_MANY, 429 },
                 { ERR_BUSY, 503 },      { ERR_FULL, 507 },      { ERR_INTERNAL, 500 }, { (Err)99, 500 } };
    for (int i = 0; i < COUNT(want); i++) {
        HttpReply r;
        json_t *v = problem_of(*state, fail(want[i].err, "x"), &r);
        assert_int_equal(r.status, want[i].status);
        assert_true(str_starts(json_text(v, "type"), S("/problems/")));
        assert_true(json_text(v, "title").n > 0);
    }
}

static void what_went_wrong_inside_stays_inside(void **state) {
    Fail f = fail(ERR_INTERNAL, "illegal_state");
    f.log = "the secret ways of the store";
    HttpReply r;
    json_t *v = problem_of(*state, f, &r);
    assert_text(json_text(v, "code"), "internal");
    assert_true(str_find(r.body, S("illegal")) < 0 && str_find(r.body, S("secret")) < 0);
    v = problem_of(*state, fail(ERR_FULL, "sqlite_full"), &r);
    assert_text(json_text(v, "code"), "disk_full");
    assert_text(json_text(problem_of(*state, fail(ERR_NOT_FOUND, NULL), &r), "code"), "not_found");
}

static void details(void **state) {
    HttpReply r;
    json_t *v = problem_of(*state, fail_field(ERR_INVALID, "too_long", "items[2].name", 60), &r);
    assert_text(json_text(v, "field"), "items[2].name");
    assert_int_equal(json_int(v, "limit"), 60);
    assert_null(json_object_get(v, "errors"));
    v = problem_of(*state, fail_field(ERR_CONFLICT, "stale_version", "version", 7), &r);
    assert_int_equal(json_int(v, "version"), 7);
    assert_null(json_object_get(v, "limit"));
    v = problem_of(*state, fail_field(ERR_MALFORMED, "json_syntax", "line 3 column 7", 0), &r);
    assert_text(json_text(v, "where"), "line 3 column 7");
    assert_null(json_object_get(v, "field"));
}

static void says_when_to_come_again(void **state) {
    HttpReply r;
    Fail f = fail(ERR_TOO_MANY, "rate_limited");
    f.retry_s = 77;
    problem_of(*state, f, &r);
    assert_text(header(&r, "Retry-After"), "77");
    problem_of(*state, fail(ERR_BUSY, "busy"), &r);
    assert_text(header(&r, "Retry-After"), "1");
    problem_of(*state, fail(ERR_CONFLICT, "wrong_state"), &r);
    assert_text(header(&r, "Retry-After"), "");
    problem_of(*state, fail(ERR_SIGN_IN, "sign_in"), &r);
    assert_text(header(&r, "WWW-Authenticate"), "Bearer");
}

static void all_that_is_wrong(void **state) {
    Fail list[] = { fail_field(ERR_INVALID, "required", "rows[3].name", 0),
                    fail_field(ERR_INVALID, "too_large", "rows[4].n", 9) };
    Errors errors = { *state, list, 2, 2 };
    HttpReply r = { 0 };
    problem_reply(*state, &list[0], &errors, &r);
    json_t *all = json_object_get(body(*state, &r), "errors");
    assert_int_equal(json_array_size(all), 2);
    assert_text(json_text(json_array_get(all, 1), "field"), "rows[4].n");
    assert_int_equal(json_int(json_array_get(all, 1), "limit"), 9);
    errors.n = 1; /* a row's only error is told with its row, a plain field's only error is the problem itself */
    r = (HttpReply){ 0 };
    problem_reply(*state, &list[0], &errors, &r);
    assert_int_equal(json_array_size(json_object_get(body(*state, &r), "errors")), 1);
    list[0] = fail_field(ERR_INVALID, "required", "name", 0);
    r = (HttpReply){ 0 };
    problem_reply(*state, &list[0], &errors, &r);
    assert_null(json_object_get(body(*state, &r), "errors"));
}

static void many_errors_are_cut(void **state) {
    Fail *list = arena_array(*state, Fail, 500);
    for (int i = 0; i < 500; i++)
        list[i] = fail_field(ERR_INVALID, "required", "rows[0].a\"b", 0);
    Errors errors = { *state, list, 500, 500 };
    HttpReply r = { 0 };
    problem_reply(*state, &list[0], &errors, &r);
    assert_int_equal(json_array_size(json_object_get(body(*state, &r), "errors")), 100);
}

static void refusals_of_http(void **state) {
    HttpReply r = { 0 };
    problem_of_http(*state, 413, "too_large", &r);
    json_t *v = body(*state, &r);
    assert_int_equal(r.status, 413);
    assert_text(json_text(v, "code"), "too_large");
    assert_text(json_text(v, "title"), "Too large");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(every_kind_has_its_status), with_arena(what_went_wrong_inside_stays_inside),
        with_arena(details),                   with_arena(says_when_to_come_again),
        with_arena(all_that_is_wrong),         with_arena(many_errors_are_cut),
        with_arena(refusals_of_http),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
