#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A byte of the pairs becomes at most six ("\u001f", or `,"":""` for a blank): a line always fits.
 */
enum { EVENT_BYTES = 64, PAIRS_BYTES = 1024, LINE_BYTES = 6 * (EVENT_BYTES + PAIRS_BYTES) + 128 };

static atomic_int least_level = LOG_INFO;

void log_level_set(LogLevel least) {
    atomic_store(&least_level, (int)least);
}

/* ---- the file ---- */

enum { FILE_NAME_MAX = 4096 };

static struct {
    pthread_mutex_t lock;
    char name[FILE_NAME_MAX - 16]; /* "": stderr */
    int fd;
    int64_t bytes, bytes_max;
    int kept;
} file = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1 };

static bool file_open(void)
{
    int fd = open(file.name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat st;
    if (fd < 0) return false;
    if (file.fd >= 0) close(file.fd);
    file.fd = fd;
    file.bytes = fstat(fd, &st) == 0 ? st.st_size : 0;
    return true;
}

/* FILE.2 becomes FILE.3, FILE.1 becomes FILE.2, FILE becomes FILE.1. If that does not work, the file grows on. */
static void file_turn(void)
{
    char from[FILE_NAME_MAX], to[FILE_NAME_MAX];
    for (int i = file.kept - 1; i >= 0; i--) {
        snprintf(from, sizeof from, i > 0 ? "%s.%d" : "%s", file.name, i);
        snprintf(to, sizeof to, "%s.%d", file.name, i + 1);
        if (rename(from, to) != 0 && i == 0) break;
    }
    if (!file_open() || file.bytes >= file.bytes_max) file.bytes = 0; /* not again with every line */
}

bool log_to_file(const char *name, int64_t bytes_max, int kept)
{
    assert(bytes_max > 0 && kept > 0);
    pthread_mutex_lock(&file.lock);
    int n = snprintf(file.name, sizeof file.name, "%s", name);
    file.bytes_max = bytes_max;
    file.kept = kept;
    if (n < 0 || (size_t)n >= sizeof file.name) errno = ENAMETOOLONG;
    bool opened = n > 0 && (size_t)n < sizeof file.name && file_open();
    if (!opened) file.name[0] = '\0';
    pthread_mutex_unlock(&file.lock);
    return opened;
}

bool log_reopen(void)
{
    pthread_mutex_lock(&file.lock);
    bool ok = file.name[0] == '\0' || file_open();
    pthread_mutex_unlock(&file.lock);
    return ok;
}

static bool write_whole(int fd, const char *p, size_t n)
{
    ssize_t written;
    do
        written = write(fd, p, n); /* one write: lines of threads don't mix */
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)n;
}

/* A line that the file does not take (a full disk) is said on stderr. */
static void write_line(const char *p, size_t n)
{
    pthread_mutex_lock(&file.lock);
    int fd = file.fd;
    bool said = fd >= 0 && write_whole(fd, p, n);
    if (said) file.bytes += (int64_t)n;
    if (said && file.bytes >= file.bytes_max) file_turn();
    pthread_mutex_unlock(&file.lock);
    if (!said) write_whole(STDERR_FILENO, p, n);
}

/* ---- the line ---- */

typedef struct Line {
    char p[LINE_BYTES];
    size_t n;
} Line;

static void put(Line *l, Str s) {
    assert(s.n <= LINE_BYTES - l->n);
    if (s.n > 0) memcpy(l->p + l->n, s.p, s.n);
    l->n += s.n;
}

static bool is_plain(char c) {
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

static void put_quoted(Line *l, Str s) {
    put(l, S("\""));
    while (s.n > 0) {
        size_t run = 0;
        while (run < s.n && is_plain(s.p[run]))
            run++;
        put(l, (Str){ s.p, run });
        s = (Str){ s.p + run, s.n - run };
        if (s.n == 0) break;
        Str at = s;
        int32_t c = utf8_next(&s);
        if (c == '"' || c == '\\') put(l, S("\\"));
        if (c < 0x20 || c == 0x7F) { /* a bad byte is -1 */
            char escaped[8];
            int n = snprintf(escaped, sizeof escaped, "\\u%04x", c < 0 ? 0xFFFDu : (unsigned)c);
            put(l, (Str){ escaped, (size_t)n });
        } else {
            put(l, (Str){ at.p, at.n - s.n });
        }
    }
    put(l, S("\""));
}

/* A number as JSON has it: -?(0|[1-9][0-9]*)(.[0-9]+)? */
static bool is_number(Str s) {
    if (s.n > 0 && s.p[0] == '-') s = (Str){ s.p + 1, s.n - 1 };
    if (s.n == 0 || s.p[s.n - 1] == '.') return false;
    if (s.p[0] == '0' && s.n > 1 && s.p[1] != '.') return false;
    int points = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool point = s.p[i] == '.';
        if (!point && (s.p[i] < '0' || s.p[i] > '9')) return false;
        if (point && (i == 0 || ++points > 1)) return false;
    }
    return true;
}

static void put_pair(Line *l, Str pair) {
    Str value = pair;
    Str key = str_cut(&value, '=');
    if (key.n == 0) return;
    put(l, S(","));
    put_quoted(l, key);
    put(l, S(":"));
    if (is_number(value)) {
        put(l, value);
    } else {
        put_quoted(l, value);
    }
}

static const char *level_name(LogLevel level) {
    static const char *const names[] = { "debug", "info", "warn", "error" };
    assert((int)level >= 0 && (int)level < COUNT(names));
    return names[level];
}

/* A busy server writes thousands of lines within one second: its text is kept. */
static void put_second(Line *l, int64_t second) {
    static _Thread_local struct {
        int64_t second;
        char text[48];
        size_t n;
    } kept = { .second = INT64_MIN };
    if (kept.second != second) {
        Civil c = time_civil(second * 1000, 0);
        int n = snprintf(kept.text, sizeof kept.text, "{\"at\":\"%04d-%02d-%02dT%02d:%02d:%02d.", c.year, c.month,
                         c.day, c.hour, c.minute, c.second);
        kept.n = (size_t)n < sizeof kept.text ? (size_t)n : sizeof kept.text - 1;
        kept.second = second;
    }
    put(l, (Str){ kept.text, kept.n });
}

static void put_head(Line *l, LogLevel level, const char *event) {
    int64_t now = now_ms();
    int64_t ms = (now % 1000 + 1000) % 1000;
    char digits[3] = { (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10) };
    put_second(l, (now - ms) / 1000);
    put(l, (Str){ digits, sizeof digits });
    put(l, S("Z\",\"level\":\""));
    put(l, str_c(level_name(level)));
    put(l, S("\",\"event\":"));
    Str name = str_c(event);
    if (name.n > EVENT_BYTES) name.n = EVENT_BYTES;
    put_quoted(l, name);
}

void log_line(LogLevel level, const char *event, const char *pairs, ...) {
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) return;
    int errno_before = errno; /* logging an error must not change it */
    char text[PAIRS_BYTES];
    va_list args;
    va_start(args, pairs);
    int n = vsnprintf(text, sizeof text, pairs, args);
    va_end(args);
    Line l;
    l.n = 0;
    put_head(&l, level, event);
    Str rest = { text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1 };
    while (rest.n > 0)
        put_pair(&l, str_cut(&rest, ' '));
    put(&l, S("}\n"));
    write_line(l.p, l.n);
    errno = errno_before;
}
