/* server: the loops, their listeners, inboxes and clocks; starting and stopping. */
#include "http/internal.h"

#include "base/log.h"
#include <errno.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct HttpServer {
    Loop **loops;
    int n_loops;
    int port;
    Peers *peers;
};

typedef struct Stop {
    Post post;
    int wait_ms;
} Stop;

enum { TICK_MS_MAX = 500, TICK_MS_MIN = 5, TICK_MS_STOPPING = 10, BACKLOG = 4096,
       FILES_OF_OURS = 128 /* databases, the log, uploads, webhooks, and refusals on their way out */ };

_Thread_local Loop *loop_here;

/* Out of memory here means a bound is missing: as in the arenas, the process ends. */
void *http_must(void *p) {
    if (!p) {
        log_line(LOG_ERROR, "out_of_memory", "layer=http");
        abort();
    }
    return p;
}

/* ---- inbox
 * ------------------------------------------------------------------------------------------- */

void loop_post(Loop *l, Post *p, void (*run)(Loop *, Post *, bool)) {
    p->run = run;
    p->next = NULL;
    pthread_mutex_lock(&l->lock);
    bool closed = l->closed, wake = !l->inbox && !closed;
    if (!closed) {
        if (l->inbox)
            l->inbox_last->next = p;
        else
            l->inbox = p;
        l->inbox_last = p;
    }
    /* Under the lock: the loop closes its eventfd only after it has set `closed`. */
    if (wake && eventfd_write(l->wake_fd, 1) != 0)
        log_line(LOG_ERROR, "eventfd", "errno=%d", errno);
    pthread_mutex_unlock(&l->lock);
    if (closed) run(l, p, false);
}

static void inbox_run(Loop *l, bool live) {
    pthread_mutex_lock(&l->lock);
    if (!live) l->closed = true;
    Post *p = l->inbox;
    l->inbox = NULL;
    pthread_mutex_unlock(&l->lock);
    while (p) {
        Post *next = p->next; /* running it may free it */
        p->run(l, p, live);
        p = next;
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg) {
    (void)what;
    eventfd_t n;
    if (eventfd_read(fd, &n) == 0) inbox_run(arg, true);
}

void loop_unref(Loop *l) {
    if (atomic_fetch_sub(&l->refs, 1) != 1) return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* ---- pools
 * ------------------------------------------------------------------------------------------- */

Arena *loop_arena(Loop *l) {
    return l->n_arenas ? l->arenas[--l->n_arenas] : arena_new();
}

void loop_arena_back(Loop *l, Arena *a) {
    if (loop_here != l || l->n_arenas == LOOP_ARENAS_MAX) {
        arena_free(a);
        return;
    }
    arena_reset(a);
    l->arenas[l->n_arenas++] = a;
}

const char *loop_date(Loop *l) {
    time_t now =
        time(NULL); /* what the wire says is real time, even in a demo with a virtual clock */
    if (now != l->date_s) {
        evutil_date_rfc1123(l->date, sizeof l->date, NULL);
        l->date_s = now;
    }
    return l->date;
}

/* ---- connections by slot
 * ----------------------------------------------------------------------------- */

static void slots_grow(Loop *l) {
    uint32_t cap = l->slots_cap ? 2 * l->slots_cap : 64;
    l->conns = http_must(reallocarray(l->conns, cap, sizeof *l->conns));
    l->generations = http_must(reallocarray(l->generations, cap, sizeof *l->generations));
    l->deadlines_ms = http_must(reallocarray(l->deadlines_ms, cap, sizeof *l->deadlines_ms));
    l->free_slots = http_must(reallocarray(l->free_slots, cap, sizeof *l->free_slots));
    l->slots_cap = cap;
}

void loop_add(Loop *l, Conn *c) {
    if (!l->n_free && l->n_slots == l->slots_cap) slots_grow(l);
    if (l->n_free) {
        c->slot = l->free_slots[--l->n_free];
    } else {
        c->slot = l->n_slots++;
        l->generations[c->slot] = 0;
    }
    l->conns[c->slot] = c;
    l->deadlines_ms[c->slot] = 0;
    atomic_fetch_add_explicit(&l->connections, 1, memory_order_relaxed);
}

void loop_remove(Loop *l, const Conn *c) {
    l->conns[c->slot] = NULL;
    l->generations[c->slot]++;
    l->deadlines_ms[c->slot] = 0;
    l->free_slots[l->n_free++] = c->slot;
    atomic_fetch_sub_explicit(&l->connections, 1, memory_order_relaxed);
}

Conn *loop_conn(Loop *l, uint32_t slot, uint32_t generation) {
    return l->generations[slot] == generation ? l->conns[slot] : NULL;
}

void loop_deadline(Loop *l, const Conn *c, int64_t ms_from_now) {
    l->deadlines_ms[c->slot] = ms_from_now ? mono_ms() + ms_from_now : 0;
}

int64_t loops_sum(const Loop *l, size_t member) {
    int64_t sum = 0;
    for (int i = 0; i < l->n_loops; i++)
        sum += atomic_load_explicit((atomic_llong *)((char *)l->loops[i] + member),
                                    memory_order_relaxed);
    return sum;
}

/* ---- the clock of a loop
 * ------------------------------------------------------------------------------ */

static void listening(Loop *l, bool on) {
    if (!l->bound || l->accepting == on) return;
    struct evconnlistener *e = evhttp_bound_socket_get_listener(l->bound);
    if (on)
        evconnlistener_enable(e);
    else
        evconnlistener_disable(e);
    l->accepting = on;
}

/* Out of descriptors: without this pause, libevent would spin on the listener. The tick tries
 * again. */
static void on_accept_error(struct evconnlistener *e, void *arg) {
    (void)e;
    log_line(LOG_WARN, "accept_failed", "errno=%d", errno);
    listening(arg, false);
}

static void on_tick(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    Loop *l = arg;
    int64_t now = mono_ms();
    for (uint32_t i = 0; i < l->n_slots; i++)
        if (l->deadlines_ms[i] && now >= l->deadlines_ms[i]) {
            l->deadlines_ms[i] = 0;
            conn_due(l->conns[i]);
        }
    if (!l->stopping)
        listening(l, true);
    else if (now >= l->stop_at_ms || !atomic_load_explicit(&l->connections, memory_order_relaxed))
        event_base_loopbreak(l->base);
}

static void tick_every(Loop *l, int ms) {
    struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
    event_add(l->tick, &tv);
}

static int tick_ms(const HttpLimits *m) {
    int least = m->head_ms_max;
    if (m->body_ms_max < least) least = m->body_ms_max;
    if (m->idle_ms_max < least) least = m->idle_ms_max;
    least /= 4;
    return least > TICK_MS_MAX ? TICK_MS_MAX : least < TICK_MS_MIN ? TICK_MS_MIN : least;
}

static void on_kick(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    conn_kicked(arg);
}

/* ---- a loop's life
 * ------------------------------------------------------------------------------------ */

static void stop_run(Loop *l, Post *p, bool live) {
    if (!live) return;
    l->stopping = true;
    l->stop_at_ms = mono_ms() + ((Stop *)p)->wait_ms;
    evhttp_del_accept_socket(l->http, l->bound);
    l->bound = NULL;
    for (uint32_t i = 0; i < l->n_slots; i++) {
        Conn *c = l->conns[i];
        if (!c) continue;
        if (c->state == CONN_STREAM)
            stream_finish(c);
        else if (c->state == CONN_HEAD && !c->kicked)
            conn_kick(c);
    }
    tick_every(l, TICK_MS_STOPPING);
}

static void loop_close(Loop *l) {
    inbox_run(l, false);
    event_free(l->wake);
    event_free(l->tick);
    event_free(l->kick);
    evhttp_free(l->http);
    event_base_loop(l->base, EVLOOP_NONBLOCK); /* what libevent has put off freeing */
    event_base_free(l->base);
    close(l->wake_fd);
    for (int i = 0; i < l->n_arenas; i++)
        arena_free(l->arenas[i]);
    l->n_arenas = 0;
    evbuffer_free(l->scratch);
    free(l->spare_head);
    free(l->conns);
    free(l->generations);
    free(l->deadlines_ms);
    free(l->free_slots);
}

static void *loop_main(void *arg) {
    Loop *l = arg;
    loop_here = l;
    event_base_loop(l->base, 0);
    loop_close(l);
    loop_here = NULL;
    return NULL;
}

static struct event_base *base_new(void) {
    struct event_config *c = http_must(event_config_new());
    /* evhttp switches reading and writing off and on for every request; the change list turns most
     * of that into no system call at all. Nothing here duplicates descriptors, its one condition.
     */
    event_config_set_flag(c, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK);
    struct event_base *b = http_must(event_base_new_with_config(c));
    event_config_free(c);
    return b;
}

static Loop *loop_new(HttpServer *s, const HttpConfig *config, int index, int fd) {
    Loop *l = http_must(calloc(1, sizeof *l));
    l->config = *config;
    l->loops = s->loops;
    l->n_loops = s->n_loops;
    l->peers = s->peers;
    l->index = index;
    atomic_init(&l->refs, 1);
    pthread_mutex_init(&l->lock, NULL);
    TAILQ_INIT(&l->kicks);
    TAILQ_INIT(&l->streams);
    slots_grow(l);
    l->base = base_new();
    l->scratch = http_must(evbuffer_new());
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->wake_fd < 0) http_must(NULL);
    l->wake = http_must(event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l));
    l->tick = http_must(event_new(l->base, -1, EV_PERSIST, on_tick, l));
    l->kick = http_must(event_new(l->base, -1, 0, on_kick, l));
    event_add(l->wake, NULL);
    tick_every(l, tick_ms(&config->limits));
    l->http = http_must(evhttp_new(l->base));
    evhttp_set_bevcb(l->http, conn_new, l);
    evhttp_set_gencb(l->http, conn_request, l);
    evhttp_set_allowed_methods(l->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD); /* of canonical heads */
    evhttp_set_default_content_type(l->http, NULL);
    l->bound = http_must(evhttp_accept_socket_with_handle(l->http, fd));
    l->accepting = true;
    evconnlistener_set_error_cb(evhttp_bound_socket_get_listener(l->bound), on_accept_error);
    return l;
}

/* ---- start and stop
 * ----------------------------------------------------------------------------------- */

static int listen_on(const char *address, int port, int *port_bound) {
    char service[8];
    snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
    struct addrinfo *ai = NULL;
    if (getaddrinfo(address, service, &hints, &ai) != 0) return -1;
    int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* The options are inherited by what is accepted. */
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
                setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0 &&
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    freeaddrinfo(ai);
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    if (good) good = getsockname(fd, (struct sockaddr *)&a, &n) == 0;
    if (!good) {
        if (fd >= 0) close(fd);
        return -1;
    }
    *port_bound = ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                                : ((struct sockaddr_in *)&a)->sin_port);
    return fd;
}

static int cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void limits_fill(HttpLimits *m) {
    if (!m->head_bytes_max) m->head_bytes_max = 16 * 1024;
    if (!m->body_memory_max) m->body_memory_max = INT64_C(256) << 20;
    if (!m->head_ms_max) m->head_ms_max = 10000;
    if (!m->body_ms_max) m->body_ms_max = 10000;
    if (!m->idle_ms_max) m->idle_ms_max = 60000;
    if (!m->connections_max) m->connections_max = 12000;
    if (!m->connections_per_address) m->connections_per_address = 3000;
    if (!m->stream_behind_bytes_max) m->stream_behind_bytes_max = 64 * 1024;
}

static void on_libevent_log(int severity, const char *text) {
    (void)text; /* may name an address */
    log_line(severity >= EVENT_LOG_ERR ? LOG_ERROR : LOG_DEBUG, "libevent", "severity=%d",
             severity);
}

/* As many descriptors as the process may have. Where they are too few for connections_max, fewer connections are taken,
 * and whoever comes beyond is told so (503) instead of not being heard at all. */
static void files_prepare(HttpLimits *m) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0) getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur == RLIM_INFINITY || files.rlim_cur >= (rlim_t)m->connections_max + FILES_OF_OURS) return;
    int64_t room = (int64_t)files.rlim_cur - FILES_OF_OURS;
    log_line(LOG_WARN, "few_files", "may=%lld connections=%lld wanted=%d do=LimitNOFILE=65536",
             (long long)files.rlim_cur, (long long)(room > 1 ? room : 1), m->connections_max);
    m->connections_max = room > 1 ? (int)room : 1;
}

static void process_prepare(HttpLimits *m) {
    signal(SIGPIPE, SIG_IGN); /* writev knows no MSG_NOSIGNAL */
    files_prepare(m);
    event_set_log_callback(on_libevent_log);
}

HttpServer *http_start(const HttpConfig *config, Fail *f) {
    assert(config->handle && config->body_max);
    HttpConfig c = *config;
    limits_fill(&c.limits);
    process_prepare(&c.limits);
    int n = c.loops > 0 ? c.loops : cores();
    if (n > HTTP_LOOPS_MAX) n = HTTP_LOOPS_MAX;
    if (n < 1) n = 1;
    int fds[HTTP_LOOPS_MAX], port = c.port;
    for (int i = 0; i < n; i++) {
        fds[i] = listen_on(c.address ? c.address : "127.0.0.1", port, &port);
        if (fds[i] >= 0) continue;
        *f = fail(ERR_INTERNAL, "listen_failed");
        f->log = "cannot listen on the address and port given";
        while (i-- > 0)
            close(fds[i]);
        return NULL;
    }
    HttpServer *s = http_must(calloc(1, sizeof *s));
    s->loops = http_must(calloc((size_t)n, sizeof *s->loops));
    s->n_loops = n;
    s->peers = peers_new();
    s->port = port;
    for (int i = 0; i < n; i++)
        s->loops[i] = loop_new(s, &c, i, fds[i]);
    for (int i = 0; i < n; i++)
        if (pthread_create(&s->loops[i]->thread, NULL, loop_main, s->loops[i]) != 0)
            http_must(NULL);
    return s;
}

int http_port(const HttpServer *s) {
    return s->port;
}

void http_stop(HttpServer *s, int wait_ms) {
    Stop *stops = http_must(calloc((size_t)s->n_loops, sizeof *stops));
    for (int i = 0; i < s->n_loops; i++) {
        stops[i].wait_ms = wait_ms;
        loop_post(s->loops[i], &stops[i].post, stop_run);
    }
    for (int i = 0; i < s->n_loops; i++)
        pthread_join(s->loops[i]->thread, NULL);
    for (int i = 0; i < s->n_loops; i++)
        loop_unref(s->loops[i]); /* a request still with a handler keeps its loop's inbox alive */
    free(stops);
    peers_free(s->peers);
    free(s->loops);
    free(s);
}

HttpCounts http_counts(const HttpServer *s) {
    const Loop *l = s->loops[0];
    return (HttpCounts){ .connections = loops_sum(l, offsetof(Loop, connections)),
                         .requests = loops_sum(l, offsetof(Loop, requests)),
                         .refused = loops_sum(l, offsetof(Loop, refused)),
                         .bytes_in_flight = loops_sum(l, offsetof(Loop, body_bytes)) };
}

int http_streams(const HttpServer *s) {
    return (int)loops_sum(s->loops[0], offsetof(Loop, n_streams));
}

typedef struct Share {
    Post post;
    HttpMessage *message;
} Share;

static void share_run(Loop *l, Post *p, bool live) {
    HttpMessage *m = ((Share *)p)->message;
    if (live) streams_send(l, m);
    message_unref(m);
    free(p);
}

void http_broadcast(HttpServer *s, HttpMessage *m) {
    int n = s->n_loops; /* m may be gone after the last post */
    __atomic_store_n(&m->loops_left, n, __ATOMIC_RELAXED);
    for (int i = 0; i < n; i++) {
        Share *share = http_must(calloc(1, sizeof *share));
        share->message = m;
        loop_post(s->loops[i], &share->post, share_run);
    }
}
