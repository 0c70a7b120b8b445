/* Assets: found by path, in the form the client takes, and not sent twice. The request is made by
 * hand. */
#include "unit.h"

#include "http/internal.h"
#include "http/static.h"

static const Asset hashed = {
    .path = "/app/a.1f2e.js",
    .type = "text/javascript",
    .etag = "\"e1\"",
    .immutable = true,
    .raw = S_INIT("raw"),
    .gz = S_INIT("gz"),
    .br = S_INIT("br"),
};
static const Asset plain = {
    .path = "/app/index.html",
    .type = "text/html",
    .etag = "\"e2\"",
    .raw = S_INIT("page"),
};

/* A request with these two headers; NULL for none. */
static HttpReply ask(Arena *a, const Asset *asset, const char *accept, const char *had) {
    Inner *in = arena_new_of(a, Inner);
    Buf b = buf_new(a, 64);
    in->headers = arena_array(a, HeadSpan, 2);
    const char *names[] = { "accept-encoding", "if-none-match" }, *values[] = { accept, had };
    for (int i = 0; i < 2; i++) {
        if (!values[i]) continue;
        HeadSpan *h = &in->headers[in->n_headers++];
        *h = (HeadSpan){ .name_at = (uint32_t)b.n, .name_n = (uint32_t)strlen(names[i]) };
        buf_c(&b, names[i]);
        h->value_at = (uint32_t)b.n;
        h->value_n = (uint32_t)strlen(values[i]);
        buf_c(&b, values[i]);
    }
    in->head = buf_str(&b).p;
    in->rq = (HttpRequest){ .arena = a, .internal = in };
    HttpReply r;
    asset_reply(&in->rq, asset, &r);
    return r;
}

static Str header(const HttpReply *r, const char *name) {
    for (int i = 0; i < r->n_headers; i++)
        if (strcmp(r->headers[i].name, name) == 0) return r->headers[i].value;
    return S("");
}

static void test_coding(void **state) {
    static const struct {
        const char *accept, *body, *coding;
    } cases[] = {
        { NULL, "raw", "" },
        { "", "raw", "" },
        { "gzip", "gz", "gzip" },
        { "gzip, deflate, br", "br", "br" },
        { "GZIP;q=1.0, br;q=0", "gz", "gzip" },
        { "br ; q=0.000 , gzip ; q=0", "raw", "" },
        { "br;q=0.001", "br", "br" },
        { "*", "br", "br" },
        { "*;q=0", "raw", "" },
        { "br;q=0, *", "gz", "gzip" },
        { "brotli, xgzip", "raw", "" },
        { "identity", "raw", "" },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        HttpReply r = ask(*state, &hashed, cases[i].accept, NULL);
        assert_int_equal(r.status, 200);
        assert_text(r.body, cases[i].body);
        assert_text(header(&r, "Content-Encoding"), cases[i].coding);
        assert_text(header(&r, "Vary"), "Accept-Encoding");
        assert_text(header(&r, "Cache-Control"), "public, max-age=31536000, immutable");
        assert_string_equal(r.type, "text/javascript");
    }
}

static void test_plain(void **state) {
    HttpReply r = ask(*state, &plain, "br, gzip", NULL);
    assert_text(r.body, "page");
    assert_text(header(&r, "ETag"), "\"e2\"");
    assert_text(header(&r, "Cache-Control"), "no-cache");
    assert_text(header(&r, "Vary"), "");
    assert_text(header(&r, "Content-Encoding"), "");
}

static void test_had(void **state) {
    static const struct {
        const char *accept, *had;
        int status;
    } cases[] = {
        { NULL, "\"e1\"", 304 },    { NULL, "W/\"e1\"", 304 }, { NULL, "\"x\", \"e1\"", 304 },
        { NULL, "*", 304 },         { NULL, "\"e\"", 200 },    { NULL, "e1", 200 },
        { NULL, "\"e1-br\"", 200 }, /* another form of it */
        { "br", "\"e1-br\"", 304 }, { "br", "\"e1\"", 200 },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        HttpReply r = ask(*state, &hashed, cases[i].accept, cases[i].had);
        if (r.status != cases[i].status) fail_msg("case %d: %d", i, r.status);
        assert_true((r.status == 304) == !r.body.n);
        assert_true(header(&r, "ETag").n && header(&r, "Cache-Control").n && header(&r, "Vary").n);
    }
}

static void test_find(void **state) {
    (void)state;
    static const Asset table[] = {
        { .path = "/" }, { .path = "/a" }, { .path = "/a/b" }, { .path = "/c" }
    };
    for (int n = 0; n <= COUNT(table); n++)
        for (int i = 0; i < COUNT(table); i++) {
            const Asset *want = i < n ? &table[i] : NULL;
            assert_ptr_equal(asset_find(table, n, str_c(table[i].path)), want);
        }
    assert_null(asset_find(table, COUNT(table), S("/b")));
    assert_null(asset_find(table, COUNT(table), S("")));
    assert_null(asset_find(table, COUNT(table), S("/d")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_coding),
        with_arena(test_plain),
        with_arena(test_had),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
