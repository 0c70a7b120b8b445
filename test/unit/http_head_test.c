/* The pure readers: heads, paths, parameters, chunks. Every input is given whole and byte by byte;
 * both must end the same way. */
#include "unit.h"

#include "http/internal.h"

#define HOST "Host: a\r\n"

/* Reads `text` as it would come in; step 0 gives all at once. */
static HeadState read_in_steps(Head *h, Str text, size_t step) {
    head_begin(h, 16 * 1024);
    HeadState s = HEAD_MORE;
    for (size_t n = step ? step : text.n; s == HEAD_MORE; n += step) {
        if (n > text.n) n = text.n;
        char *moved = malloc(n + 1); /* elsewhere each time, and not one byte more than there is */
        memcpy(moved, text.p, n);
        s = head_read(h, moved, n);
        free(moved);
        if (n == text.n) break;
    }
    return s;
}

static void refused(Str text, int status, const char *code) {
    for (size_t step = 0; step < 2; step++) {
        Head h;
        HeadState s = read_in_steps(&h, text, step);
        if (s != HEAD_REFUSED || h.status != status || strcmp(h.code, code) != 0)
            fail_msg("step %zu: state %d status %d code %s for \"%.*s\"", step, s, h.status,
                     h.code ? h.code : "-", (int)(text.n < 80 ? text.n : 80), text.p);
    }
}

/* RFC 9112, and what request smuggling is made of. */
static const struct {
    Str text;
    int status;
    const char *code;
} refusals[] = {
    { S_INIT(" GET / HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("\x16\x03\x01"), 400, "bad_request_line" },
    { S_INIT("GET\r\n"), 400, "bad_request_line" },
    { S_INIT("GET /\r\n"), 400, "bad_request_line" },
    { S_INIT("GET  / HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET / HTTP/1.1 \r\n"), 400, "bad_request_line" },
    { S_INIT("GET /a b HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET /a\0b HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET /a#b HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET /\xE9 HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET / HTTP/11\r\n"), 400, "bad_request_line" },
    { S_INIT("GET / http/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("G(T / HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("\r\n\r\n\r\nGET / HTTP/1.1\r\n"), 400, "bad_request_line" },
    { S_INIT("GET * HTTP/1.1\r\n"), 400, "bad_target" },
    { S_INIT("GET a/b HTTP/1.1\r\n"), 400, "bad_target" },
    { S_INIT("GET http:///b HTTP/1.1\r\n"), 400, "bad_target" },
    { S_INIT("GET ftp://a/b HTTP/1.1\r\n"), 400, "bad_target" },
    { S_INIT("GET / HTTP/2.0\r\n"), 505, "unsupported_version" },
    { S_INIT("GET / HTTP/0.9\r\n"), 505, "unsupported_version" },
    { S_INIT("BREW / HTTP/1.1\r\n"), 501, "unknown_method" },
    { S_INIT("get / HTTP/1.1\r\n"), 501, "unknown_method" },
    { S_INIT("TRACE / HTTP/1.1\r\n"), 501, "unknown_method" },
    { S_INIT("CONNECT a:443 HTTP/1.1\r\n"), 501, "unknown_method" },
    { S_INIT("GET / HTTP/1.1\r\n\r\n"), 400, "missing_host" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST HOST "\r\n"), 400, "repeated_header" },
    { S_INIT("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400, "bad_host" },
    { S_INIT("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400, "bad_host" },
    { S_INIT("GET http://b/ HTTP/1.1\r\n" HOST "\r\n"), 400, "bad_host" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X : y\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X\t: y\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X: a\x7F\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X: a\x1B[0m\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X\xC3\xA9: a\r\n\r\n"), 400, "bad_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n"), 400, "folded_header" },
    { S_INIT("GET / HTTP/1.1\r\n\tX: a\r\n\r\n"), 400, "folded_header" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "\r\n"), 411, "length_required" },
    { S_INIT("PUT / HTTP/1.1\r\n" HOST "\r\n"), 411, "length_required" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"), 400, "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n"), 400, "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n"), 400, "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"), 400,
      "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"), 400, "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 9999999999999999999\r\n\r\n"), 400,
      "bad_content_length" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"), 400,
      "repeated_header" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
      400, "length_and_coding" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"),
      400, "length_and_coding" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501,
      "unknown_coding" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"), 501,
      "unknown_coding" },
    { S_INIT("POST / HTTP/1.1\r\n" HOST
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
      400, "repeated_header" },
    { S_INIT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400, "coding_in_http_1_0" },
    { S_INIT("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\n"), 400, "body_with_head" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST
             "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n"),
      400, "repeated_header" },
    { S_INIT("GET / HTTP/1.1\r\n" HOST "Expect: cake\r\n\r\n"), 417, "unknown_expectation" },
};

static void test_refusals(void **state) {
    (void)state;
    for (int i = 0; i < COUNT(refusals); i++)
        refused(refusals[i].text, refusals[i].status, refusals[i].code);
}

static void test_too_long(void **state) {
    Arena *a = *state;
    Buf uri = buf_new(a, 64), line = buf_new(a, 64), many = buf_new(a, 64), all = buf_new(a, 64);
    buf_c(&uri, "GET /");
    buf_c(&line, "GET / HTTP/1.1\r\nX: ");
    for (int i = 0; i <= HEAD_LINE_BYTES_MAX; i++) {
        buf_char(&uri, 'a');
        buf_char(&line, 'a');
    }
    refused(buf_str(&uri), 414, "uri_too_long");
    refused(buf_str(&line), 431, "head_too_large");
    buf_c(&many, "GET / HTTP/1.1\r\n");
    for (int i = 0; i <= HEAD_HEADERS_MAX; i++)
        buf_c(&many, "X: y\r\n");
    refused(buf_str(&many), 431, "too_many_headers");
    buf_c(&all, "GET / HTTP/1.1\r\n");
    while (all.n < 16 * 1024)
        buf_fmt(&all, "X-Long: %0500d\r\n", 1);
    refused(buf_str(&all), 431, "head_too_large");
}

static Str span(Str text, HeadSpan s) {
    return (Str){ text.p + s.value_at, s.value_n };
}

static void test_accepted(void **state) {
    (void)state;
    Str text = S("\r\nPOST /a%20b?c=d&e HTTP/1.1\r\nhOsT: example.org:80\r\nX-Empty:\r\nX-Blank: "
                 "\t v w \t\r\n"
                 "Name: \xE9\x82\xBB\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n\r\nrest");
    for (size_t step = 0; step < 4; step++) {
        Head h;
        assert_int_equal(read_in_steps(&h, text, step), HEAD_DONE);
        assert_int_equal(h.bytes, text.n - 4);
        assert_int_equal(h.method, HTTP_POST);
        assert_int_equal(h.length, 12);
        assert_true(h.expect_continue && !h.chunked && !h.close);
        assert_text(span(text, h.path), "/a%20b");
        assert_text(span(text, h.query), "c=d&e");
        assert_int_equal(h.n, 6);
        assert_text(span(text, h.headers[0]), "example.org:80");
        assert_text(span(text, h.headers[1]), "");
        assert_text(span(text, h.headers[2]), "v w");
        assert_text(span(text, h.headers[3]), "\xE9\x82\xBB");
    }
}

static void test_versions_and_forms(void **state) {
    (void)state;
    static const struct {
        Str text;
        bool close;
        const char *path;
    } cases[] = {
        { S_INIT("GET / HTTP/1.0\r\n\r\n"), true, "/" },
        { S_INIT("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), false, "/" },
        { S_INIT("GET / HTTP/1.1\r\n" HOST "Connection: upgrade, Close\r\n\r\n"), true, "/" },
        { S_INIT("GET / HTTP/1.3\r\n" HOST "\r\n"), false, "/" },
        { S_INIT("GET / HTTP/1.1\n"
                 "Host: a\n\n"),
          false, "/" }, /* bare LF: RFC 9112 section 2.2 */
        { S_INIT("GET http://A/x HTTP/1.1\r\n" HOST "\r\n"), false, "/x" },
        { S_INIT("GET https://a:1/x?y HTTP/1.1\r\nHost: a:1\r\n\r\n"), false, "/x" },
        { S_INIT("DELETE //x HTTP/1.1\r\n" HOST "\r\n"), false, "//x" },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Head h;
        assert_int_equal(read_in_steps(&h, cases[i].text, 1), HEAD_DONE);
        assert_int_equal(h.close, cases[i].close);
        assert_text(span(cases[i].text, h.path), cases[i].path);
    }
}

static void test_paths(void **state) {
    Arena *a = *state;
    static const struct {
        const char *raw, *path;
    } cases[] = {
        { "/", "/" },           { "/a%20b", "/a b" },       { "/%E9%82%bb", "/\xE9\x82\xBB" },
        { "/a+b", "/a+b" },     { "/..a/b..", "/..a/b.." }, { "/a%", NULL },
        { "/a%2", NULL },       { "/a%2g", NULL },          { "/%00", NULL },
        { "/%2e%2E/b", NULL },  { "/a/..", NULL },          { "/a/./b", NULL },
        { "/a%2Fb", NULL },     { "/a%5Cb", NULL },         { "/a\\b", NULL },
        { "/%0a", NULL },       { "/%7f", NULL },           { "/%C0%AF", NULL },
        { "/%ED%A0%80", NULL }, { "/%FF", NULL },
    };
    for (int i = 0; i < COUNT(cases); i++) {
        Str path;
        const char *code = head_path(a, str_c(cases[i].raw), &path);
        if (!cases[i].path != !!code) fail_msg("%s: %s", cases[i].raw, code ? code : "accepted");
        if (cases[i].path) assert_text(path, cases[i].path);
    }
}

static void test_params(void **state) {
    Arena *a = *state;
    HeadParam *p;
    int n;
    assert_null(head_params(a, S("q=a+b%2Bc&&%71x=&y&z=%2F="), &p, &n));
    assert_int_equal(n, 4);
    assert_text(p[0].value, "a b+c");
    assert_text(p[1].name, "qx");
    assert_text(p[2].name, "y");
    assert_text(p[2].value, "");
    assert_text(p[3].value, "/=");
    assert_string_equal(head_params(a, S("a=1&b=2&%61=3"), &p, &n), "repeated_parameter");
    assert_string_equal(head_params(a, S("a=%"), &p, &n), "bad_parameter");
    assert_string_equal(head_params(a, S("a=%00"), &p, &n), "bad_parameter");
    assert_string_equal(head_params(a, S("%C3=1"), &p, &n), "bad_parameter");
    Buf b = buf_new(a, 64);
    for (int i = 0; i <= HEAD_PARAMS_MAX; i++)
        buf_fmt(&b, "p%d=&", i);
    assert_string_equal(head_params(a, buf_str(&b), &p, &n), "too_many_parameters");
}

/* Gives the text in steps; the data goes to `out`. */
static HeadState chunks_in_steps(Str text, size_t step, int64_t max, Buf *out, size_t *left,
                                 Chunks *c) {
    chunks_begin(c, max);
    HeadState s = HEAD_MORE;
    for (size_t at = 0; at < text.n && s == HEAD_MORE; at += step) {
        Str in = { text.p + at, text.n - at < step ? text.n - at : step }, data;
        while (in.n && s == HEAD_MORE) {
            s = chunks_read(c, &in, &data);
            buf_add(out, data);
        }
        *left = text.n - at - step + in.n;
    }
    return s;
}

static void test_chunks(void **state) {
    Arena *a = *state;
    Str good = S("3\r\nabc\r\n00A;name=\"v\"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET");
    for (size_t step = 1; step < good.n; step++) {
        Buf b = buf_new(a, 64);
        Chunks c;
        size_t left = 0;
        assert_int_equal(chunks_in_steps(good, step, 13, &b, &left, &c), HEAD_DONE);
        assert_text(buf_str(&b), "abc0123456789");
        assert_int_equal(c.bytes, 13);
        if (step == 1) assert_int_equal(left, 3);
    }
    static const struct {
        Str text;
        int status;
    } bad[] = {
        { S_INIT("\r\n"), 400 },
        { S_INIT("g\r\n"), 400 },
        { S_INIT("-1\r\n"), 400 },
        { S_INIT("0x1\r\n"), 400 },
        { S_INIT(" 1\r\n"), 400 },
        { S_INIT("1 \r\n"), 400 },
        { S_INIT("1\n"), 400 },
        { S_INIT("1\r\nab"), 400 },
        { S_INIT("1\r\na\n"), 400 },
        { S_INIT("1\r\na\r\r"), 400 },
        { S_INIT("1;\x01\r\n"), 400 },
        { S_INIT("0\r\n X: folded\r\n"), 400 },
        { S_INIT("0\r\nX: a\0\r\n"), 400 },
        { S_INIT("0\r\n\r\r"), 400 },
        { S_INIT("00000000000000001\r\n"), 400 },
        { S_INIT("ffffffffffffffff\r\n"), 400 },
        { S_INIT("e\r\n"), 413 },
        { S_INIT("7fffffffffffff\r\n"), 413 },
        { S_INIT("d\r\n0123456789abc\r\n1\r\n"), 413 },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        Buf b = buf_new(a, 64);
        Chunks c;
        size_t left;
        if (chunks_in_steps(bad[i].text, 1, 13, &b, &left, &c) != HEAD_REFUSED ||
            c.status != bad[i].status)
            fail_msg("chunks %d: status %d", i, c.status);
    }
}

static void test_chunk_overhead_is_bounded(void **state) {
    Arena *a = *state;
    Buf text = buf_new(a, 64), out = buf_new(a, 64);
    buf_c(&text, "1;");
    for (int i = 0; i < 5000; i++)
        buf_char(&text, 'x');
    Chunks c;
    size_t left;
    assert_int_equal(chunks_in_steps(buf_str(&text), 100, 10, &out, &left, &c), HEAD_REFUSED);
    assert_int_equal(c.status, 431);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals), with_arena(test_too_long),
        cmocka_unit_test(test_accepted), cmocka_unit_test(test_versions_and_forms),
        with_arena(test_paths),          with_arena(test_params),
        with_arena(test_chunks),         with_arena(test_chunk_overhead_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
