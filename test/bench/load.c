/* load: a load generator that is not the bottleneck: epoll, keep-alive, one thread per --threads, one request in
 * flight on each connection, each with a body of its own.
 *
 *     load --port N --count N [--connections 64] [--threads 1] [--method GET] --path /api/... [--body TEXT]
 *          [--sessions FILE] [--items FILE] [--save FILE] [--type application/json] [--header "Name: value"]
 *          [--close 1] [--rate N] [--shed 1]
 *
 * In path and body {id} is a new UUIDv7, {item} the next of the items. Lines of FILE: sessions "cookie csrf"; items
 * "session-number item"; --save writes such lines for every {id} that was answered with 2xx. Only a 2xx counts.
 * --close: a connection for each request. --rate: so many a second, whatever comes back, as long as there are idle
 * connections. --shed: a 503 is no failure; its times are printed apart, and how many of them were no problem document
 * with Retry-After. Prints one JSON line. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BYTES_MAX = 64 * 1024, SESSIONS_MAX = 512, THREADS_MAX = 16, EVENTS = 64, ID_CHARS = 36, WAIT_MS = 10000 };

typedef struct Session {
    char *cookie, *csrf;
    char **items;
    int items_n;
    atomic_int next;
} Session;

typedef struct Connection {
    int fd, session;
    char *out, *in;
    size_t out_n, out_at, in_n;
    size_t body_at, body_n; /* of the answer; body_at 0: its head is not whole yet */
    int status;
    bool retry, problem; /* what the answer's head says */
    uint64_t sent_us;
    char id[ID_CHARS + 1];
} Connection;

typedef struct Thread {
    pthread_t thread;
    int poll, connections;
    uint64_t random;
    uint32_t *took_us, *shed_us;
    Connection **idle;
    int idle_n, busy;
    long ok, shed, shed_bare, failed, bytes;
    char first_failure[256];
} Thread;

static int port, connections = 64, threads = 1, rate, shed_may, each_closes;
static long count;
static uint64_t began_us;
static const char *method = "GET", *path, *body = "", *save, *type = "application/json", *header;
static Session sessions[SESSIONS_MAX];
static int sessions_n;
static atomic_long started;
static FILE *saved;
static pthread_mutex_t save_mutex = PTHREAD_MUTEX_INITIALIZER;

static void stop(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- a request ---- */

static uint64_t chance(Thread *t)
{
    t->random += UINT64_C(0x9E3779B97F4A7C15); /* splitmix64 */
    uint64_t z = t->random;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void new_id(Thread *t, char id[ID_CHARS + 1])
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000, a = chance(t), b = chance(t);
    snprintf(id, ID_CHARS + 1, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF),
             (unsigned)(a & 0xFFF), (unsigned)(0x8000 | (b >> 48 & 0x3FFF)),
             (unsigned long long)(b & 0xFFFFFFFFFFFF));
}

static size_t fill(char *to, size_t room, const char *from, const char *id, const char *item)
{
    size_t n = 0;
    while (*from) {
        const char *piece = from;
        size_t len = 1;
        if (strncmp(from, "{id}", 4) == 0) {
            piece = id, len = ID_CHARS, from += 4;
        } else if (strncmp(from, "{item}", 6) == 0) {
            piece = item, len = strlen(item), from += 6;
        } else {
            from++;
        }
        if (n + len >= room) stop("a request is too long");
        memcpy(to + n, piece, len);
        n += len;
    }
    to[n] = '\0';
    return n;
}

static void make_request(Thread *t, Connection *c)
{
    static const char usual[] = "Host: 127.0.0.1\r\nUser-Agent: load\r\nAccept: application/json\r\n";
    Session *s = sessions_n > 0 ? &sessions[c->session] : NULL;
    const char *item = "";
    char target[2048], text[16384];
    if (s != NULL && s->items_n > 0) item = s->items[atomic_fetch_add(&s->next, 1) % s->items_n];
    new_id(t, c->id);
    fill(target, sizeof target, path, c->id, item);
    size_t n = fill(text, sizeof text, body, c->id, item);
    int m = snprintf(c->out, BYTES_MAX, "%s %s HTTP/1.1\r\n%s", method, target, usual);
    if (s != NULL)
        m += snprintf(c->out + m, (size_t)(BYTES_MAX - m), "Cookie: %s\r\nX-CSRF-Token: %s\r\n", s->cookie, s->csrf);
    if (header != NULL) m += snprintf(c->out + m, (size_t)(BYTES_MAX - m), "%s\r\n", header);
    if (each_closes) m += snprintf(c->out + m, (size_t)(BYTES_MAX - m), "Connection: close\r\n");
    if (n > 0)
        m += snprintf(c->out + m, (size_t)(BYTES_MAX - m), "Content-Type: %s\r\nContent-Length: %zu\r\n", type, n);
    m += snprintf(c->out + m, (size_t)(BYTES_MAX - m), "\r\n%s", text);
    c->out_n = (size_t)m;
    c->out_at = c->in_n = c->body_at = c->body_n = 0;
    c->sent_us = now_us();
}

static void watch(Thread *t, Connection *c, uint32_t events, int op)
{
    struct epoll_event e = { .events = events, .data.ptr = c };
    if (epoll_ctl(t->poll, op, c->fd, &e) != 0) stop("epoll_ctl");
}

static void push(Thread *t, Connection *c)
{
    while (c->out_at < c->out_n) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_n - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            watch(t, c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (n <= 0) stop("the server closed a connection");
        c->out_at += (size_t)n;
    }
}

/* May one more be sent by now? */
static bool one_more(void)
{
    if (rate == 0) return atomic_fetch_add(&started, 1) < count;
    long due = (long)((double)(now_us() - began_us) * rate / 1e6), n = atomic_load(&started);
    while (n < due && n < count)
        if (atomic_compare_exchange_weak(&started, &n, n + 1)) return true;
    return false;
}

static void begin(Thread *t, Connection *c)
{
    if (!one_more()) {
        t->idle[t->idle_n++] = c;
        return;
    }
    t->busy++;
    make_request(t, c);
    push(t, c);
}

static void begin_idle(Thread *t)
{
    while (rate > 0 && t->idle_n > 0) {
        int n = t->idle_n;
        begin(t, t->idle[--t->idle_n]);
        if (t->idle_n == n) return;
    }
}

/* ---- an answer ---- */

static void read_head(Connection *c)
{
    c->in[c->in_n] = '\0';
    const char *end = strstr(c->in, "\r\n\r\n");
    if (end == NULL) return;
    if (sscanf(c->in, "HTTP/1.%*d %d", &c->status) != 1) stop("an answer that is no HTTP");
    c->body_at = (size_t)(end + 4 - c->in);
    c->retry = c->problem = false;
    for (const char *line = c->in; line < end; line = strchr(line, '\n') + 1) {
        if (strncasecmp(line, "content-length:", 15) == 0) c->body_n = strtoul(line + 15, NULL, 10);
        if (strncasecmp(line, "retry-after: ", 13) == 0) c->retry = strtoul(line + 13, NULL, 10) > 0;
        if (strncasecmp(line, "content-type: application/problem+json", 38) == 0) c->problem = true;
    }
    if (c->body_at + c->body_n >= BYTES_MAX) stop("an answer is too long");
}

static void count_answer(Thread *t, Connection *c)
{
    bool ok = c->status >= 200 && c->status < (each_closes ? 400 : 300); /* a form is answered with a redirect */
    uint64_t took = now_us() - c->sent_us;
    if (ok) {
        t->took_us[t->ok++] = (uint32_t)took;
        t->bytes += (long)c->body_n;
    } else if (shed_may && c->status == 503) {
        t->shed_us[t->shed++] = (uint32_t)took;
        t->shed_bare += !c->retry || !c->problem || c->body_n == 0;
    } else if (t->failed++ == 0) {
        snprintf(t->first_failure, sizeof t->first_failure, "%d %.200s", c->status, c->in + c->body_at);
    }
    if (ok && saved != NULL) {
        pthread_mutex_lock(&save_mutex);
        fprintf(saved, "%d %s\n", c->session, c->id);
        pthread_mutex_unlock(&save_mutex);
    }
}

static int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) stop("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void next(Thread *t, Connection *c)
{
    t->busy--;
    if (each_closes) {
        close(c->fd);
        c->fd = dial();
        watch(t, c, EPOLLIN, EPOLL_CTL_ADD);
    }
    begin(t, c);
}

static void pull(Thread *t, Connection *c)
{
    for (;;) {
        ssize_t n = recv(c->fd, c->in + c->in_n, BYTES_MAX - 1 - c->in_n, 0);
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) stop("the server closed a connection");
        c->in_n += (size_t)n;
        if (c->body_at == 0) read_head(c);
        if (c->body_at == 0 || c->in_n < c->body_at + c->body_n) continue;
        count_answer(t, c);
        next(t, c);
        return;
    }
}

static Connection *open_connection(int number)
{
    Connection *c = calloc(1, sizeof *c);
    c->out = malloc(BYTES_MAX);
    c->in = malloc(BYTES_MAX);
    c->session = sessions_n > 0 ? number % sessions_n : 0;
    c->fd = dial();
    return c;
}

static void *thread_main(void *arg)
{
    Thread *t = arg;
    struct epoll_event events[EVENTS];
    for (int i = 0; i < t->connections; i++) {
        static atomic_int number;
        Connection *c = open_connection(atomic_fetch_add(&number, 1));
        watch(t, c, EPOLLIN, EPOLL_CTL_ADD);
        t->idle[t->idle_n++] = c;
    }
    if (began_us == 0) began_us = now_us(); /* of a --rate; that has one thread */
    for (int i = rate > 0 ? 0 : t->idle_n; i > 0; i--)
        begin(t, t->idle[--t->idle_n]);
    while (t->busy > 0 || (rate > 0 && atomic_load(&started) < count)) {
        begin_idle(t);
        int n = epoll_wait(t->poll, events, EVENTS, rate > 0 ? 1 : WAIT_MS);
        if (n == 0 && rate == 0) stop("no answer for ten seconds");
        for (int i = 0; i < n; i++) {
            Connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) {
                watch(t, c, EPOLLIN, EPOLL_CTL_MOD);
                push(t, c);
            }
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) pull(t, c);
        }
    }
    return NULL;
}

/* ---- set up ---- */

static FILE *open_file(const char *name, const char *mode)
{
    FILE *f = fopen(name, mode);
    if (f == NULL) stop(name);
    return f;
}

static void read_sessions(const char *name)
{
    FILE *f = open_file(name, "re");
    char cookie[512], csrf[512];
    while (sessions_n < SESSIONS_MAX && fscanf(f, "%511s %511s", cookie, csrf) == 2) {
        sessions[sessions_n].cookie = strdup(cookie);
        sessions[sessions_n++].csrf = strdup(csrf);
    }
    fclose(f);
    if (sessions_n == 0) stop("there are no sessions");
}

static void read_items(const char *name)
{
    FILE *f = open_file(name, "re");
    char item[512];
    int number;
    while (fscanf(f, "%d %511s", &number, item) == 2) {
        Session *s = &sessions[number];
        if (number < 0 || number >= sessions_n) continue;
        if ((s->items_n & (s->items_n - 1)) == 0) {
            s->items = realloc(s->items, sizeof *s->items * (size_t)(s->items_n == 0 ? 1 : s->items_n * 2));
            if (s->items == NULL) stop("memory");
        }
        s->items[s->items_n++] = strdup(item);
    }
    fclose(f);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t at(const uint32_t *sorted, long n, int hundredths)
{
    return n > 0 ? sorted[n * hundredths / 100] : 0;
}

static void report(Thread *all, double seconds)
{
    long ok = 0, shed = 0, bare = 0, failed = 0, bytes = 0;
    const char *first = "";
    uint32_t *took = malloc(sizeof *took * (size_t)(count + 1)), *shed_us = malloc(sizeof *took * (size_t)(count + 1));
    for (int i = 0; i < threads; i++) {
        memcpy(took + ok, all[i].took_us, sizeof *took * (size_t)all[i].ok);
        memcpy(shed_us + shed, all[i].shed_us, sizeof *took * (size_t)all[i].shed);
        ok += all[i].ok, shed += all[i].shed, bare += all[i].shed_bare, failed += all[i].failed, bytes += all[i].bytes;
        if (all[i].failed > 0) first = all[i].first_failure;
    }
    qsort(took, (size_t)ok, sizeof *took, by_size);
    qsort(shed_us, (size_t)shed, sizeof *took, by_size);
    if (failed > 0) fprintf(stderr, "load: %ld failed, the first with %s\n", failed, first);
    printf("{\"ok\":%ld,\"failed\":%ld,\"seconds\":%.6f,\"per_s\":%.1f,\"p50_us\":%u,\"p99_us\":%u,\"bytes\":%ld,"
           "\"shed\":%ld,\"shed_bare\":%ld,\"shed_p50_us\":%u,\"shed_p99_us\":%u}\n",
           ok, failed, seconds, (double)ok / seconds, at(took, ok, 50), at(took, ok, 99), ok ? bytes / ok : 0, shed, bare,
           at(shed_us, shed, 50), at(shed_us, shed, 99));
}

static const char *sessions_file, *items_file;

static void read_options(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *o = argv[i], *v = argv[i + 1];
        if (!strcmp(o, "--port")) port = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--count")) count = strtol(v, NULL, 10);
        else if (!strcmp(o, "--connections")) connections = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--threads")) threads = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--method")) method = v;
        else if (!strcmp(o, "--path")) path = v;
        else if (!strcmp(o, "--body")) body = v;
        else if (!strcmp(o, "--sessions")) sessions_file = v;
        else if (!strcmp(o, "--items")) items_file = v;
        else if (!strcmp(o, "--save")) save = v;
        else if (!strcmp(o, "--type")) type = v;
        else if (!strcmp(o, "--header")) header = v;
        else if (!strcmp(o, "--close")) each_closes = v[0] == '1';
        else if (!strcmp(o, "--rate")) rate = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--shed")) shed_may = v[0] == '1';
        else stop(o);
    }
    if (port == 0 || count < 1 || path == NULL || threads < 1 || threads > THREADS_MAX || connections < threads ||
        (rate > 0 && threads > 1))
        stop("--port, --count and --path are needed");
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    if (sessions_file != NULL) read_sessions(sessions_file);
    if (items_file != NULL) read_items(items_file);
    if (save != NULL) saved = open_file(save, "we");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    static Thread all[THREADS_MAX];
    uint64_t from = now_us();
    for (int i = 0; i < threads; i++) {
        Thread *t = &all[i];
        t->connections = connections / threads + (i < connections % threads);
        t->poll = epoll_create1(EPOLL_CLOEXEC);
        t->took_us = malloc(sizeof *t->took_us * (size_t)(count + 1));
        t->shed_us = malloc(sizeof *t->shed_us * (size_t)(count + 1));
        t->idle = malloc(sizeof(Connection *) * (size_t)(t->connections + 1));
        if (getrandom(&t->random, sizeof t->random, 0) != sizeof t->random) stop("getrandom");
        if (pthread_create(&t->thread, NULL, thread_main, t) != 0) stop("pthread_create");
    }
    for (int i = 0; i < threads; i++)
        pthread_join(all[i].thread, NULL);
    report(all, (double)(now_us() - from) / 1e6);
    if (saved != NULL) fclose(saved);
    return 0;
}
