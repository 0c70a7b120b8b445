#include "app/socket.h"

#include "app/cli.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 64 * 1024,
    REPLY_BYTES_MAX = 4 * 1024 * 1024,
    READ_MS_MAX = 5000,
    PROGRESS_MS = 1000,
    REPLY_MS_MAX = 600000,
    WORDS_MAX = 64
};

struct Socket {
    Arena *arena;
    const Home *home;
    Server *server;
    const char *path;
    int fd, stop_fd;
    pthread_t thread;
};

/* An address has room for 107 characters, a folder's name may be longer: it is reached by its descriptor. */
static struct sockaddr_un address_of(int folder)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", folder, SOCKET_NAME);
    return a;
}

static int folder_open(const char *dir)
{
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ---- lines ---- */

static bool line_read(int fd, Arena *a, size_t max, int wait_ms, Str *line)
{
    Buf in = buf_new(a, 4096);
    char piece[4096];
    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, wait_ms) <= 0) return false;
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n <= 0) return false;
        buf_add(&in, (Str){ piece, (size_t)n });
        if (in.n > max) return false;
        if (in.p[in.n - 1] == '\n') break;
    }
    *line = (Str){ in.p, in.n - 1 };
    return true;
}

static bool line_write(int fd, Str text)
{
    while (text.n > 0) {
        ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);
        if (n <= 0) return false;
        text = (Str){ text.p + n, text.n - (size_t)n };
    }
    return true;
}

/* ---- the server's side ---- */

typedef struct Told { /* progress on its way to the one who asked */
    int fd;
    int64_t next_ms;
} Told;

static void tell(void *self, const char *what, int64_t done, int64_t of)
{
    Told *t = self;
    int64_t now = mono_ms();
    if (now < t->next_ms) return;
    t->next_ms = now + PROGRESS_MS;
    char line[160];
    int n = snprintf(line, sizeof line, "{\"what\":\"%s\",\"done\":%lld,\"of\":%lld}\n", what, (long long)done,
                     (long long)of);
    line_write(t->fd, (Str){ line, (size_t)n });
}

static Fail run_words(Socket *s, Arena *a, const json_t *words, int fd, Buf *out)
{
    char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t) "linli" };
    int n = 1;
    if (!json_is_array(words) || json_array_size(words) > WORDS_MAX) return fail(ERR_INVALID, "bad_format");
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (word == NULL) return fail(ERR_INVALID, "bad_format");
        argv[n++] = (char *)(uintptr_t)arena_c(a, str_c(word));
    }
    Config c;
    Str wrong;
    if (!config_read(a, n, argv, &c, &wrong)) return fail(ERR_INVALID, "bad_option");
    const AdminRow *row = admin_row(str_c(c.command));
    if (row == NULL) return fail(ERR_INVALID, "unknown_command");
    Told told = { fd, 0 };
    Admin admin = { .arena = a, .world = s->home->world, .seals = s->home->seals, .config = &c, .out = out,
                    .server = s->server, .store = config_db(s->home->config), .progress = { tell, &told } };
    return row->run(&admin);
}

static void answer(Socket *s, int fd)
{
    Arena *a = arena_new();
    Str line;
    Fail f = FAIL_NONE;
    Buf text = buf_new(a, 1024), out = buf_new(a, 1024);
    if (line_read(fd, a, LINE_BYTES_MAX, READ_MS_MAX, &line)) {
        json_t *asked = json_read(a, line, &f);
        if (asked != NULL) f = run_words(s, a, json_object_get(asked, "args"), fd, &text);
        Json j = json_to(&out);
        jw_open(&j, '{');
        jw_put_bool(&j, "ok", f.err == OK);
        if (f.err == OK) {
            jw_put_text(&j, "text", buf_str(&text));
        } else {
            jw_put_text(&j, "code", str_c(f.code));
            jw_put_text(&j, "field", str_c(f.field));
            jw_put_int(&j, "limit", f.limit);
        }
        jw_close(&j, '}');
        buf_char(&out, '\n');
        line_write(fd, buf_str(&out));
        log_line(LOG_INFO, "admin", "ok=%d", f.err == OK);
    }
    arena_free(a);
}

static void *socket_main(void *arg)
{
    Socket *s = arg;
    for (;;) {
        struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = s->stop_fd, .events = POLLIN } };
        if (poll(p, 2, -1) < 0 && errno != EINTR) break;
        if (p[1].revents != 0) break;
        int fd = p[0].revents != 0 ? accept4(s->fd, NULL, NULL, SOCK_CLOEXEC) : -1;
        if (fd < 0) continue;
        answer(s, fd);
        close(fd);
    }
    return NULL;
}

Socket *socket_start(const Home *h, Server *server, Fail *f)
{
    Socket *s = arena_new_of(h->arena, Socket);
    *s = (Socket){ .arena = h->arena, .home = h, .server = server, .path = home_path(h, SOCKET_NAME) };
    *f = fail(ERR_INTERNAL, "socket");
    f->log = "the folder's socket cannot be made";
    int folder = folder_open(h->config->data);
    struct sockaddr_un address = address_of(folder);
    unlink(s->path); /* we hold the lock: what is there is a dead server's */
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    mode_t was = umask(0177);
    bool bound = s->fd >= 0 && s->stop_fd >= 0 && bind(s->fd, (struct sockaddr *)&address, sizeof address) == 0;
    umask(was);
    if (folder >= 0) close(folder);
    if (bound && listen(s->fd, 16) == 0 && pthread_create(&s->thread, NULL, socket_main, s) == 0) {
        *f = FAIL_NONE;
        return s;
    }
    if (s->fd >= 0) close(s->fd);
    if (s->stop_fd >= 0) close(s->stop_fd);
    return NULL;
}

void socket_stop(Socket *s)
{
    if (eventfd_write(s->stop_fd, 1) != 0) return;
    pthread_join(s->thread, NULL);
    close(s->fd);
    close(s->stop_fd);
    unlink(s->path);
}

/* ---- the other side ---- */

static Fail socket_fail(const char *why)
{
    Fail f = fail(ERR_BUSY, "no_answer");
    f.log = why;
    return f;
}

static Fail read_answer(Arena *a, Str line, Buf *out)
{
    Fail f = FAIL_NONE;
    json_t *said = json_read(a, line, &f);
    if (said == NULL) return f;
    if (json_bool(said, "ok")) {
        buf_add(out, json_text(said, "text"));
        return FAIL_NONE;
    }
    return fail_field(ERR_INVALID, arena_c(a, json_text(said, "code")), arena_c(a, json_text(said, "field")),
                      json_int(said, "limit"));
}

/* Lines of progress, then the answer; whatever came in one piece is taken apart. */
static bool read_reply(int fd, Arena *a, Progress p, Str *reply)
{
    for (Str lines; line_read(fd, a, REPLY_BYTES_MAX, REPLY_MS_MAX, &lines);)
        while (lines.n > 0) {
            Fail f = FAIL_NONE;
            Str line = str_cut(&lines, '\n');
            json_t *said = json_read(a, line, &f);
            Str what = said != NULL ? json_text(said, "what") : S("");
            *reply = line;
            if (what.n == 0) return true;
            p.say(p.self, arena_c(a, what), json_int(said, "done"), json_int(said, "of"));
        }
    return false;
}

Fail socket_ask(Arena *a, const Config *c, Buf *out)
{
    int folder = folder_open(c->data);
    struct sockaddr_un address = address_of(folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (folder >= 0) close(folder);
    if (!connected) {
        if (fd >= 0) close(fd);
        return socket_fail("another linli holds the folder and takes no requests; is it a server?");
    }
    Buf line = buf_new(a, 512);
    Json j = json_to(&line);
    jw_open(&j, '{');
    jw_key(&j, "args");
    jw_open(&j, '[');
    for (int i = 0; i < c->n_given; i++)
        jw_text(&j, str_c(c->given[i]));
    jw_close(&j, ']');
    jw_close(&j, '}');
    buf_char(&line, '\n');
    Str reply = S("");
    Progress p = progress_on_stderr(a, c->command);
    bool said = line_write(fd, buf_str(&line)) && read_reply(fd, a, p, &reply);
    close(fd);
    return said ? read_answer(a, reply, out) : socket_fail("the server did not answer");
}
