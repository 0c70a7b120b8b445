#include "base/json.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* ---- in ----------------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* jansson's own lazy seeding would fall back to the clock, and comes with the first object. */
static void set_up(void) {
    size_t seed = 0;
    while (seed == 0) { /* zero would ask jansson to choose */
        if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) abort();
    }
    json_object_seed(seed);
}

void json_ready(void) {
    pthread_once(&once, set_up);
}

static json_t *must(json_t *v) {
    if (!v) {
        fputs("linli: a JSON value could not be made\n", stderr); /* no memory, or bad UTF-8 */
        abort();
    }
    return v;
}

static void release(void *v) {
    json_decref(v);
}

/* jansson recurses 2048 deep before it complains: so the brackets are counted first. On text that
 * is not JSON the count may be off, which does no harm: jansson refuses that text. */
static bool is_too_deep(Str s) {
    int depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (in_text) {
            if (c == '\\') i++;
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH_MAX) return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static const char *code_of(const json_error_t *error) {
    switch (json_error_code(error)) {
    case json_error_invalid_utf8: return "json_utf8";
    case json_error_duplicate_key: return "json_duplicate_key";
    case json_error_numeric_overflow: return "json_number";
    case json_error_stack_overflow: return "json_depth";
    default: return "json_syntax";
    }
}

json_t *json_read(Arena *a, Str text, Fail *f) {
    json_ready();
    if (!utf8_valid(text)) {
        *f = fail(ERR_MALFORMED, "json_utf8");
        return NULL;
    }
    if (is_too_deep(text)) {
        *f = fail_field(ERR_MALFORMED, "json_depth", "", JSON_DEPTH_MAX);
        return NULL;
    }
    json_error_t error;
    json_t *v = json_loadb(text.n > 0 ? text.p : "", text.n, JSON_REJECT_DUPLICATES, &error);
    if (!v) { /* error.text quotes the input: it goes nowhere, the place is enough */
        char place[FAIL_FIELD_MAX];
        snprintf(place, sizeof place, "line %d column %d", error.line, error.column);
        *f = fail_field(ERR_MALFORMED, code_of(&error), place, 0);
        return NULL;
    }
    return json_keep(a, v);
}

/* ---- values ------------------------------------------------------------------------------- */

json_t *json_keep(Arena *a, json_t *owned) {
    arena_defer(a, release, must(owned));
    return owned;
}

json_t *json_new_object(Arena *a) {
    json_ready();
    return json_keep(a, json_object());
}

json_t *json_new_array(Arena *a) {
    return json_keep(a, json_array());
}

Str json_text(const json_t *object, const char *key) {
    const json_t *v = json_object_get(object, key);
    if (!json_is_string(v)) return S("");
    return (Str){ json_string_value(v), json_string_length(v) };
}

int64_t json_int(const json_t *object, const char *key) {
    return json_integer_value(json_object_get(object, key)); /* 0 for any other type */
}

bool json_bool(const json_t *object, const char *key) {
    return json_is_true(json_object_get(object, key));
}

static void set(json_t *object, const char *key, json_t *owned) {
    assert(json_is_object(object));
    int status = json_object_set_new(object, key, must(owned));
    assert(status == 0);
    (void)status;
}

void json_put_text(json_t *object, const char *key, Str value) {
    assert(utf8_valid(value));
    set(object, key, json_stringn(value.n > 0 ? value.p : "", value.n));
}

void json_put_int(json_t *object, const char *key, int64_t value) {
    set(object, key, json_integer(value));
}

void json_put_bool(json_t *object, const char *key, bool value) {
    set(object, key, json_boolean(value));
}

void json_put(json_t *object, const char *key, json_t *value) {
    set(object, key, json_incref(value));
}

Str json_print(Arena *a, const json_t *value) {
    Buf out = buf_new(a, 256);
    Json j = json_to(&out);
    jw_value(&j, value);
    return buf_str(&out);
}

/* ---- writer ------------------------------------------------------------------------------- */

Json json_to(Buf *out) {
    return (Json){ .out = out, .comma = false };
}

static void separate(Json *j) {
    if (j->comma) buf_char(j->out, ',');
    j->comma = true;
}

void jw_open(Json *j, char bracket) {
    assert(bracket == '{' || bracket == '[');
    separate(j);
    buf_char(j->out, bracket);
    j->comma = false;
}

void jw_close(Json *j, char bracket) {
    assert(bracket == '}' || bracket == ']');
    buf_char(j->out, bracket);
    j->comma = true;
}

static void escape(Buf *out, uint8_t c) {
    static const char digits[] = "0123456789abcdef";
    static const char *const shorts[0x20] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"
    };
    if (c == '"' || c == '\\') {
        buf_char(out, '\\');
        buf_char(out, (char)c);
    } else if (c < 0x20 && shorts[c]) {
        buf_c(out, shorts[c]);
    } else {
        char six[] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] };
        buf_add(out, (Str){ six, sizeof six });
    }
}

static bool is_plain(uint8_t c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* Are these eight bytes plain? A byte that fails a test is left with its high bit set. */
static bool eight_plain(const uint8_t *p) {
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t x;
    memcpy(&x, p, sizeof x);
    uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
    return ((x | (x - ones * 0x20) | (x + ones) | (quote - ones) | (slash - ones)) & high) == 0;
}

/* Bytes of the character of two or three bytes that p begins with, 0 if it is anything else: most of our texts are
 * made of these. E2 has the two line ends, ED the surrogates, E0 overlong forms below A0 (RFC 3629): not here. */
static size_t usual_bytes(const uint8_t *p, size_t n) {
    if (p[0] < 0xC2 || p[0] > 0xEF || p[0] == 0xE2 || p[0] == 0xED || n < 2 || (p[1] & 0xC0) != 0x80) return 0;
    if (p[0] < 0xE0) return 2;
    return n >= 3 && (p[2] & 0xC0) == 0x80 && (p[0] > 0xE0 || p[1] >= 0xA0) ? 3 : 0;
}

/* Runs of plain text are copied whole. What comes from our tables is valid UTF-8; should a bad byte
 * get here all the same, U+FFFD stands in for it, for a reply that no client can read helps nobody.
 */
static void quoted(Buf *out, Str s) {
    buf_char(out, '"');
    while (s.n > 0) {
        size_t run = 0;
        Str rest = s;
        for (;;) {
            const uint8_t *p = (const uint8_t *)s.p;
            size_t usual = 1;
            while (run + 8 <= s.n && eight_plain(p + run))
                run += 8;
            while (run < s.n && (is_plain(p[run]) || (usual = usual_bytes(p + run, s.n - run)) > 0)) {
                run += usual;
                usual = 1;
            }
            rest = (Str){ s.p + run, s.n - run };
            if (rest.n == 0) break;
            int32_t c = utf8_next(&rest);
            if (c < 0x80 || c == 0x2028 || c == 0x2029) break;
            run = s.n - rest.n;
        }
        rest = (Str){ s.p + run, s.n - run };
        buf_add(out, (Str){ s.p, run });
        s = rest;
        if (s.n == 0) break;
        int32_t c = utf8_next(&s);
        if (c < 0) {
            buf_add(out, S("\xEF\xBF\xBD"));
        } else if (c >= 0x80) { /* line ends for JavaScript, though not for JSON */
            buf_c(out, c == 0x2028 ? "\\u2028" : "\\u2029");
        } else {
            escape(out, (uint8_t)c);
        }
    }
    buf_char(out, '"');
}

void jw_key(Json *j, const char *key) {
    separate(j);
    quoted(j->out, str_c(key));
    buf_char(j->out, ':');
    j->comma = false;
}

void jw_raw_key(Json *j, Str key) {
    separate(j);
    buf_char(j->out, '"');
    buf_add(j->out, key);
    buf_add(j->out, S("\":"));
    j->comma = false;
}

void jw_text(Json *j, Str s) {
    separate(j);
    quoted(j->out, s);
}

void jw_int(Json *j, int64_t n) {
    separate(j);
    buf_i64(j->out, n);
}

void jw_e7(Json *j, int64_t e7) {
    char digits[] = ".0000000";
    uint64_t left = e7 < 0 ? -(uint64_t)e7 : (uint64_t)e7;
    separate(j);
    if (e7 < 0) buf_char(j->out, '-');
    buf_i64(j->out, (int64_t)(left / 10000000));
    for (int i = 7; i > 0; i--, left /= 10)
        digits[i] = (char)('0' + left % 10);
    buf_add(j->out, (Str){ digits, 8 });
}

void jw_bool(Json *j, bool b) {
    separate(j);
    buf_c(j->out, b ? "true" : "false");
}

void jw_null(Json *j) {
    separate(j);
    buf_c(j->out, "null");
}

void jw_raw(Json *j, Str json) {
    assert(json.n > 0);
    separate(j);
    buf_add(j->out, json);
}

/* The shortest form that reads back as the same number, and as a real, whatever the locale says. */
static void put_real(Buf *out, double x) {
    assert(isfinite(x));
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x) break;
    }
    bool real = false;
    for (char *p = text; *p; p++) {
        if (*p == ',') *p = '.';
        real = real || *p == '.' || *p == 'e';
    }
    buf_c(out, text);
    if (!real) buf_c(out, ".0");
}

void jw_value(Json *j, const json_t *v) {
    json_t *item = (json_t *)(uintptr_t)v; /* jansson's iterators only read, but are not const */
    switch (json_typeof(must(item))) {
    case JSON_OBJECT:
        jw_open(j, '{');
        for (void *i = json_object_iter(item); i; i = json_object_iter_next(item, i)) {
            separate(j);
            quoted(j->out, (Str){ json_object_iter_key(i), json_object_iter_key_len(i) });
            buf_char(j->out, ':');
            j->comma = false;
            jw_value(j, json_object_iter_value(i));
        }
        jw_close(j, '}');
        break;
    case JSON_ARRAY:
        jw_open(j, '[');
        for (size_t i = 0; i < json_array_size(v); i++)
            jw_value(j, json_array_get(v, i));
        jw_close(j, ']');
        break;
    case JSON_STRING: jw_text(j, (Str){ json_string_value(v), json_string_length(v) }); break;
    case JSON_INTEGER: jw_int(j, json_integer_value(v)); break;
    case JSON_REAL:
        separate(j);
        put_real(j->out, json_real_value(v));
        break;
    case JSON_TRUE: jw_bool(j, true); break;
    case JSON_FALSE: jw_bool(j, false); break;
    case JSON_NULL: jw_null(j); break;
    }
}

void jw_put_text(Json *j, const char *key, Str s) {
    jw_key(j, key);
    jw_text(j, s);
}

void jw_put_int(Json *j, const char *key, int64_t n) {
    jw_key(j, key);
    jw_int(j, n);
}

void jw_put_bool(Json *j, const char *key, bool b) {
    jw_key(j, key);
    jw_bool(j, b);
}

void jw_put_raw(Json *j, const char *key, Str json) {
    jw_key(j, key);
    jw_raw(j, json);
}
