#include "unit.h"

#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t fake_now(void *self) {
    (void)self;
    return 1782997200007;
}

static int real_stderr = -1, pipes[2];

/* Standard error goes into a pipe for as long as the line is written. */
static void capture_begin(void) {
    seam_set((Seam){ .now_ms = fake_now });
    assert_int_equal(pipe(pipes), 0);
    real_stderr = dup(STDERR_FILENO);
    assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
}

static Str capture_end(Arena *a) {
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    close(pipes[1]);
    Buf out = buf_new(a, 8192);
    char part[4096];
    for (ssize_t n; (n = read(pipes[0], part, sizeof part)) > 0;)
        buf_add(&out, (Str){ part, (size_t)n });
    close(pipes[0]);
    seam_set((Seam){ 0 });
    return buf_str(&out);
}

/* Parses what was written: exactly one line of JSON. */
static json_t *only_line(Arena *a, Str text) {
    assert_true(text.n > 0 && text.p[text.n - 1] == '\n');
    text.n--;
    assert_int_equal(str_find(text, S("\n")), -1);
    Fail f;
    json_t *line = json_read(a, text, &f);
    assert_non_null(line);
    return line;
}

static void test_line(void **state) {
    Arena *a = *state;
    capture_begin();
    log_line(LOG_INFO, "request", "route=%s status=%d us=%lld", "GET_/x", 200, 41LL);
    assert_text(capture_end(a), "{\"at\":\"2026-07-02T13:00:00.007Z\",\"level\":\"info\","
                                "\"event\":\"request\",\"route\":\"GET_/x\",\"status\":200,"
                                "\"us\":41}\n");
    capture_begin();
    log_line(LOG_ERROR, "stop", "%s", "");
    assert_text(capture_end(a), "{\"at\":\"2026-07-02T13:00:00.007Z\",\"level\":\"error\","
                                "\"event\":\"stop\"}\n");
}

static void test_levels(void **state) {
    Arena *a = *state;
    capture_begin();
    log_line(LOG_DEBUG, "quiet", "a=1"); /* info is the least at start */
    log_level_set(LOG_ERROR);
    log_line(LOG_WARN, "quiet", "a=1");
    log_level_set(LOG_DEBUG);
    log_line(LOG_DEBUG, "heard", "a=1");
    log_level_set(LOG_INFO);
    assert_text(json_text(only_line(a, capture_end(a)), "event"), "heard");
}

static void test_errno_stays(void **state) {
    (void)state;
    int kept = dup(STDERR_FILENO);
    close(STDERR_FILENO); /* the write fails, and nobody is told */
    errno = 77;
    log_line(LOG_INFO, "x", "a=1");
    int after = errno;
    dup2(kept, STDERR_FILENO);
    close(kept);
    assert_int_equal(after, 77);
}

static void test_numbers_and_texts(void **state) {
    Arena *a = *state;
    capture_begin();
    log_line(
        LOG_INFO, "x",
        "i=-5 z=0 r=0.25 lead=007 two=1.2.3 dot=1. bare=.5 minus=- exp=1e5 hex=0x1 eq=a=b none "
        "empty=  last=9");
    json_t *line = only_line(a, capture_end(a));
    assert_int_equal(json_int(line, "i"), -5);
    assert_true(json_is_integer(json_object_get(line, "z")));
    assert_true(json_is_real(json_object_get(line, "r")));
    assert_text(json_text(line, "lead"), "007");
    assert_text(json_text(line, "two"), "1.2.3");
    assert_text(json_text(line, "dot"), "1.");
    assert_text(json_text(line, "bare"), ".5");
    assert_text(json_text(line, "minus"), "-");
    assert_text(json_text(line, "exp"), "1e5");
    assert_text(json_text(line, "hex"), "0x1");
    assert_text(json_text(line, "eq"), "a=b");
    assert_true(json_is_string(json_object_get(line, "none")));
    assert_true(json_is_string(json_object_get(line, "empty")));
    assert_int_equal(json_int(line, "last"), 9);
}

/* Whatever gets in, out comes one line of valid JSON. */
static void test_hostile_values(void **state) {
    Arena *a = *state;
    capture_begin();
    log_line(LOG_INFO, "ev\"\n", "a=%s", "\"},\n{\\\x01\x7f\xff邻");
    Str text = capture_end(a);
    json_t *line = only_line(a, text);
    assert_text(json_text(line, "event"), "ev\"\n");
    assert_text(json_text(line, "a"), "\"},\n{\\\x01\x7f\xEF\xBF\xBD邻");

    uint64_t seed = 10;
    for (int round = 0; round < 500; round++) {
        char value[3000];
        size_t n = 1 + unit_random(&seed) % (sizeof value - 1);
        bool blanks = round % 2; /* many short pairs, or one long value */
        for (size_t i = 0; i < n - 1; i++) {
            uint8_t c = (uint8_t)(1 + unit_random(&seed) % 255);
            value[i] = (char)(c == ' ' || (blanks && i % 2) ? ' ' : c);
        }
        value[n - 1] = '\0';
        for (size_t i = 0; !blanks && i < n - 1; i++)
            value[i] = value[i] == ' ' ? '\x01' : value[i];
        capture_begin();
        log_line(LOG_WARN, value, "a=%s", value);
        text = capture_end(a);
        assert_true(utf8_valid(text));
        assert_int_equal(str_find(text, S("\n")), text.n - 1);
        json_error_t error; /* keys may come twice here */
        json_t *v = json_loadb(text.p, text.n, 0, &error);
        assert_non_null(v);
        json_decref(v);
        arena_reset(a);
    }
}

static int64_t size_of(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : -1;
}

/* Turned over by size, so many kept; opened again after somebody else has moved it away. */
static void test_file(void **state) {
    Arena *a = *state;
    char dir[] = "/tmp/linli-log.XXXXXX";
    assert_non_null(mkdtemp(dir));
    const char *file = arena_fmt(a, "%s/log", dir).p, *moved = arena_fmt(a, "%s/moved", dir).p;
    assert_false(log_to_file(arena_fmt(a, "%s/no/log", dir).p, 1000, 2));
    assert_int_equal(errno, ENOENT);
    assert_true(log_to_file(file, 1000, 2));
    for (int i = 0; i < 100; i++)
        log_line(LOG_ERROR, "line", "n=%d", i);
    for (int i = 0; i <= 2; i++) {
        const char *name = i > 0 ? arena_fmt(a, "%s.%d", file, i).p : file;
        int64_t n = size_of(name);
        if (n < 0 || n >= 1000 + 200 || (i > 0 && n < 1000)) fail_msg("%s: %lld", name, (long long)n);
    }
    assert_int_equal(size_of(arena_fmt(a, "%s.3", file).p), -1);
    assert_int_equal(rename(file, moved), 0);
    log_line(LOG_ERROR, "line", "n=%d", 1);
    assert_int_equal(size_of(file), -1); /* whoever moved it still gets what is written */
    assert_true(log_reopen());
    assert_int_equal(size_of(file), 0);
    log_line(LOG_ERROR, "line", "n=%d", 2);
    assert_true(size_of(file) > 0);
    struct stat st;
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    unlink(moved);
    unlink(file);
    for (int i = 1; i <= 2; i++)
        unlink(arena_fmt(a, "%s.%d", file, i).p);
    assert_int_equal(rmdir(dir), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(test_line),           with_arena(test_levels),
        with_arena(test_errno_stays),    with_arena(test_numbers_and_texts),
        with_arena(test_hostile_values),
        with_arena(test_file), /* the last one: the log stays there */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
