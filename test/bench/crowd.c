/* crowd: many connections held open by one epoll thread.
 *
 *     crowd --kind feed --port N --count N --sessions FILE [--poster FILE --path P --body TEXT] [--addresses 200]
 *     crowd --kind slow --port N --count N --path P [--every-ms 2000] [--addresses 200]
 *
 * feed: live feeds of the sessions. Prints {"open":N} when all have said hello. Then, for each line "go" on stdin, the
 * first session of --poster posts one change ({id} in its body is a new UUIDv7), and a line says how long it took, from
 * sending that request, until each feed had it.
 * slow: half of them send a head, half a body (after a whole head), a byte every so often; who is answered or closed is
 * replaced at once. Prints {"open":N} when all are there, and at the end of stdin how they were sent away.
 * Connections come from --addresses addresses of 127.0.0.0/8, since a server may limit each. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SESSIONS_MAX = 512, EVENTS = 256, ROUND_MS = 20000, OPENING_MAX = 256, TICK_MS = 20, LINE = 512 };

typedef struct Slot {
    int fd; /* -1: closed, to be opened again */
    int matched;
    bool said, body; /* feed: it has what is waited for; slow: it sends a body */
    size_t sent;
    uint64_t opened_us, due_us;
    int status; /* slow: of the answer */
} Slot;

static int port, count, addresses = 200, every_ms = 2000;
static const char *path = "", *body = "", *wanted;
static bool slow;
static char sessions[SESSIONS_MAX][LINE], poster[LINE], poster_csrf[LINE];
static int sessions_n, waits_for, poll_fd, opened;
static Slot *slots;
static uint32_t *took_us;
static uint64_t from_us;
static struct {
    long opened, timeout, other_status, silent, bytes;
    uint64_t longest_us;
} gone;

static void stop(const char *what)
{
    fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void read_sessions(const char *name, char to[][LINE], char csrf[][LINE], int most, int *n)
{
    FILE *f = fopen(name, "re");
    char a[LINE], b[LINE];
    if (f == NULL) stop(name);
    for (*n = 0; *n < most && fscanf(f, "%511s %511s", a, b) == 2; (*n)++) {
        memcpy(to[*n], a, LINE);
        if (csrf != NULL) memcpy(csrf[*n], b, LINE);
    }
    fclose(f);
    if (*n == 0) stop("there are no sessions");
}

/* ---- connections ---- */

static int dial(int number)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, k = number % addresses;
    struct sockaddr_in from = { .sin_family = AF_INET };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    from.sin_addr.s_addr = htonl(0x7F000000u + (10u << 8) + ((unsigned)(k / 200) << 8) + 1 + (unsigned)(k % 200));
    if (fd < 0) stop("socket");
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) != 0) stop("bind");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) stop("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static size_t write_all(int fd, const char *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        ssize_t m = send(fd, p + at, n - at, MSG_NOSIGNAL);
        if (m <= 0) return at;
        at += (size_t)m;
    }
    return n;
}

static void open_slot(int i)
{
    Slot *s = &slots[i];
    char text[4096];
    *s = (Slot){ .fd = dial(i), .opened_us = now_us(), .body = slow && i % 2 == 1 };
    int n = 0;
    if (!slow)
        n = snprintf(text, sizeof text, "GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nCookie: %s\r\n\r\n",
                     sessions[i % sessions_n]);
    else if (s->body)
        n = snprintf(text, sizeof text,
                     "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n", path);
    if (write_all(s->fd, text, (size_t)n) != (size_t)n) stop("the server closed a connection");
    s->due_us = s->opened_us + (uint64_t)(i % every_ms) * 1000;
    fcntl(s->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event e = { .events = EPOLLIN, .data.u32 = (uint32_t)i };
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, s->fd, &e) != 0) stop("epoll_ctl");
    gone.opened++;
}

/* ---- feeds ---- */

static void feed_took(Slot *s)
{
    if (s->said) return;
    s->said = true;
    took_us[opened - waits_for] = (uint32_t)(now_us() - from_us);
    waits_for--;
}

static void feed_reads(Slot *s)
{
    char text[16384];
    ssize_t n = recv(s->fd, text, sizeof text, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) stop("a feed was closed");
    if (s->sent == 0 && strncmp(text, "HTTP/1.1 200", 12) != 0) {
        fprintf(stderr, "%.*s\n", (int)n, text);
        stop("a feed was refused");
    }
    s->sent = 1;
    for (ssize_t i = 0; i < n; i++) {
        s->matched = text[i] == wanted[s->matched] ? s->matched + 1 : text[i] == wanted[0];
        if (wanted[s->matched] != '\0') continue;
        s->matched = 0;
        feed_took(s);
    }
}

static void feeds_wait(const char *what)
{
    struct epoll_event events[EVENTS];
    for (uint64_t until = now_us() + ROUND_MS * 1000; waits_for > 0 && now_us() < until;) {
        int n = epoll_wait(poll_fd, events, EVENTS, TICK_MS);
        for (int i = 0; i < n; i++)
            feed_reads(&slots[events[i].data.u32]);
    }
    if (waits_for > 0) {
        errno = ETIMEDOUT;
        stop(what);
    }
}

static void feeds_expect(const char *text)
{
    wanted = text;
    waits_for = opened;
    from_us = now_us();
    for (int i = 0; i < opened; i++)
        slots[i].said = false, slots[i].matched = 0;
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void new_id(char id[37])
{
    struct timespec now;
    uint64_t r[2];
    if (getrandom(r, sizeof r, 0) != sizeof r) stop("getrandom");
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    snprintf(id, 37, "%08x-%04x-7%03x-%04x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xFFFF), (unsigned)(r[0] & 0xFFF),
             (unsigned)(0x8000 | (r[0] >> 48 & 0x3FFF)), (unsigned long long)(r[1] & 0xFFFFFFFFFFFF));
}

static void *post_one(void *answered_us)
{
    char text[16384], id[37], filled[8192];
    const char *mark = strstr(body, "{id}");
    new_id(id);
    int m = mark == NULL ? snprintf(filled, sizeof filled, "%s", body)
                         : snprintf(filled, sizeof filled, "%.*s%s%s", (int)(mark - body), body, id, mark + 4);
    int n = snprintf(text, sizeof text,
                     "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: %s\r\nX-CSRF-Token: %s\r\n"
                     "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, poster, poster_csrf, m, filled);
    int fd = dial(addresses);
    write_all(fd, text, (size_t)n);
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    if (strncmp(text, "HTTP/1.1 2", 10) != 0) {
        fprintf(stderr, "%s\n", text);
        stop("the change was refused");
    }
    *(uint64_t *)answered_us = now_us();
    close(fd);
    return NULL;
}

static void feed_round(void)
{
    pthread_t thread;
    uint64_t answered_us = 0, began = now_us();
    feeds_expect("event: change");
    if (pthread_create(&thread, NULL, post_one, &answered_us) != 0) stop("pthread_create");
    feeds_wait("a change did not reach every feed");
    pthread_join(thread, NULL);
    qsort(took_us, (size_t)opened, sizeof *took_us, by_size);
    printf("{\"reached\":%d,\"answered_us\":%llu,\"p50_us\":%u,\"p99_us\":%u,\"max_us\":%u}\n", opened,
           (unsigned long long)(answered_us - began), took_us[opened / 2], took_us[opened * 99 / 100], took_us[opened - 1]);
}

static void feeds(void)
{
    char line[64];
    while (opened < count) {
        feeds_expect("event: hello");
        int until = opened + OPENING_MAX < count ? opened + OPENING_MAX : count, first = opened;
        for (; opened < until; opened++)
            open_slot(opened);
        waits_for = until - first;
        for (int i = 0; i < first; i++)
            slots[i].said = true;
        feeds_wait("a feed was not opened");
    }
    printf("{\"open\":%d}\n", opened);
    while (fgets(line, sizeof line, stdin) != NULL)
        feed_round();
}

/* ---- slow ones ---- */

static void slow_close(int i)
{
    Slot *s = &slots[i];
    uint64_t lived = now_us() - s->opened_us;
    if (lived > gone.longest_us) gone.longest_us = lived;
    if (s->status == 408)
        gone.timeout++;
    else if (s->status != 0)
        gone.other_status++;
    else
        gone.silent++;
    close(s->fd);
    s->fd = -1;
}

static void slow_reads(int i)
{
    char text[4096];
    ssize_t n = recv(slots[i].fd, text, sizeof text - 1, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0) {
        text[n] = '\0';
        sscanf(text, "HTTP/1.1 %d", &slots[i].status);
        return;
    }
    slow_close(i);
    open_slot(i);
}

/* A head that never ends, or a body. */
static void slow_sends(int i, uint64_t now)
{
    static const char head[] = "GET /api/v1/reports HTTP/1.1\r\nHost: x\r\nX-Long: ";
    Slot *s = &slots[i];
    char c = s->body || s->sent >= sizeof head - 1 ? 'x' : head[s->sent];
    s->due_us = now + (uint64_t)every_ms * 1000;
    if (s->status == 0 && send(s->fd, &c, 1, MSG_NOSIGNAL) == 1) s->sent++, gone.bytes++;
}

static void slow_turn(int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poll_fd, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++)
        slow_reads((int)events[i].data.u32);
    uint64_t now = now_us();
    for (int i = 0; i < opened; i++)
        if (slots[i].due_us <= now) slow_sends(i, now);
}

static void slows(void)
{
    struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
    while (opened < count) {
        for (int until = opened + OPENING_MAX < count ? opened + OPENING_MAX : count; opened < until; opened++)
            open_slot(opened);
        slow_turn(1);
    }
    printf("{\"open\":%d}\n", opened);
    while (poll(&in, 1, 0) == 0)
        slow_turn(TICK_MS);
    printf("{\"opened\":%ld,\"timeout\":%ld,\"other_status\":%ld,\"silent\":%ld,\"bytes\":%ld,\"longest_ms\":%llu}\n",
           gone.opened, gone.timeout, gone.other_status, gone.silent, gone.bytes,
           (unsigned long long)(gone.longest_us / 1000));
}

int main(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *o = argv[i], *v = argv[i + 1];
        int n;
        if (!strcmp(o, "--port")) port = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--kind")) slow = strcmp(v, "slow") == 0;
        else if (!strcmp(o, "--count")) count = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--addresses")) addresses = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--every-ms")) every_ms = (int)strtol(v, NULL, 10);
        else if (!strcmp(o, "--path")) path = v;
        else if (!strcmp(o, "--body")) body = v;
        else if (!strcmp(o, "--sessions")) read_sessions(v, sessions, NULL, SESSIONS_MAX, &sessions_n);
        else if (!strcmp(o, "--poster")) read_sessions(v, &poster, &poster_csrf, 1, &n);
        else stop(o);
    }
    if (port == 0 || count < 1 || addresses < 1 || every_ms < 1 || (!slow && sessions_n == 0)) stop("arguments");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    setvbuf(stdout, NULL, _IOLBF, 0);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    slots = calloc((size_t)count, sizeof *slots);
    took_us = calloc((size_t)count, sizeof *took_us);
    if (slow)
        slows();
    else
        feeds();
    return 0;
}
