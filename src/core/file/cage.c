/* The parent's side: starts the child, feeds it, bounds it in time and output, and trusts nothing
 * that it says. */
#include "base/log.h"
#include "core/file/cage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

const char cage_magic[CAGE_KIND_N][5] = { "LNP1", "LNS1", "LNV1", "LNR1", "LNB1" };

typedef struct Talk {
    int fd;
    int64_t deadline_ms; /* mono_ms */
    uint8_t ask[CAGE_ASK_BYTES];
    Str bytes;
    size_t sent; /* of ask and bytes together */
    bool deaf;   /* the child reads no more */
    uint8_t head[CAGE_ANSWER_BYTES];
    size_t got; /* of head and body together */
    uint8_t *body;
    size_t body_n;
} Talk;

static uint32_t u32_at(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* stdin and stdout are one socket, stderr is nowhere, nothing else is open, and the environment is
 * empty. */
static bool child_start(const char *exe, const char *command, int fd, pid_t *pid)
{
    char *argv[] = { (char *)"linli", (char *)command, NULL }, *envp[] = { NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&files) != 0) return false;
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return false;
    }
    bool ok = posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO) == 0 &&
              posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO) == 0 &&
              posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
              posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1) == 0 &&
              posix_spawnattr_setsigmask(&attr, &none) == 0 && posix_spawnattr_setsigdefault(&attr, &all) == 0 &&
              posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0 &&
              posix_spawn(pid, exe, &files, &attr, argv, envp) == 0;
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return ok;
}

/* MSG_NOSIGNAL: a child that died must not take the server along. */
static void talk_send(Talk *t)
{
    bool first = t->sent < sizeof t->ask;
    const char *p = first ? (const char *)t->ask + t->sent : t->bytes.p + (t->sent - sizeof t->ask);
    size_t n = first ? sizeof t->ask - t->sent : t->bytes.n - (t->sent - sizeof t->ask);
    ssize_t done = send(t->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done > 0)
        t->sent += (size_t)done;
    else if (errno != EAGAIN && errno != EINTR)
        t->deaf = true;
}

/* False at the end, or when the answer is longer than any answer may be. */
static bool talk_receive(Talk *t, Arena *a)
{
    bool first = t->got < sizeof t->head;
    uint8_t *to = first ? t->head + t->got : t->body + (t->got - sizeof t->head);
    size_t n = first ? sizeof t->head - t->got : t->body_n - (t->got - sizeof t->head);
    ssize_t got = recv(t->fd, to, n, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    t->got += (size_t)got;
    if (first && t->got == sizeof t->head) {
        t->body_n = (size_t)u32_at(t->head + 20) + u32_at(t->head + 24);
        if (t->body_n > CAGE_OUT_BYTES_MAX) return false;
        t->body = arena_alloc(a, t->body_n + 1);
    }
    return true;
}

static bool talk_whole(const Talk *t)
{
    return t->got >= sizeof t->head && t->got == sizeof t->head + t->body_n;
}

static void talk(Talk *t, Arena *a)
{
    while (!talk_whole(t)) {
        int64_t left = t->deadline_ms - mono_ms();
        if (left <= 0) return;
        bool more = !t->deaf && t->sent < sizeof t->ask + t->bytes.n;
        struct pollfd p = { t->fd, (short)(more ? POLLIN | POLLOUT : POLLIN), 0 };
        if (poll(&p, 1, (int)left) < 0 && errno != EINTR) return;
        if (more && (p.revents & POLLOUT)) talk_send(t);
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) && !talk_receive(t, a)) return;
    }
}

static CageAnswer answer_of(const Talk *t)
{
    const uint8_t *h = t->head;
    CageAnswer c = { .started = true, .whole = talk_whole(t) && memcmp(h, t->ask, 4) == 0 };
    if (!c.whole) return c;
    c.status = u32_at(h + 4);
    c.type = u32_at(h + 8);
    c.width = u32_at(h + 12);
    c.height = u32_at(h + 16);
    c.main = (Str){ (const char *)t->body, u32_at(h + 20) };
    c.thumb = (Str){ c.main.p + c.main.n, t->body_n - c.main.n };
    return c;
}

void cage_log_no_sandbox(void)
{
    log_line(LOG_ERROR, "picture_refused", "reason=%s", "no_sandbox_here_seccomp_or_limits_are_missing");
}

static void log_end(const Talk *t, int status, bool known)
{
    if (!talk_whole(t)) {
        const char *reason = mono_ms() >= t->deadline_ms ? "too_long"
                             : !known                    ? "gone"
                             : WIFSIGNALED(status)       ? "killed"
                                                         : "exit";
        int number = !known ? 0 : WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
        log_line(LOG_WARN, "picture_child", "reason=%s number=%d", reason, number);
    }
}

CageAnswer cage_run(Arena *a, const char *exe, const char *command, CageKind kind, Str bytes, int wall_ms)
{
    int pair[2];
    pid_t pid;
    assert(bytes.n <= CAGE_IN_BYTES_MAX);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        log_line(LOG_ERROR, "picture_refused", "reason=%s", "no_socket");
        return (CageAnswer){ 0 };
    }
    bool started = child_start(exe, command, pair[1], &pid);
    close(pair[1]);
    if (!started) {
        close(pair[0]);
        log_line(LOG_ERROR, "picture_refused", "reason=%s", "no_child");
        return (CageAnswer){ 0 };
    }
    Talk t = { .fd = pair[0], .deadline_ms = mono_ms() + wall_ms, .bytes = bytes };
    memcpy(t.ask, cage_magic[kind], 4);
    for (int i = 0; i < 4; i++)
        t.ask[4 + i] = (uint8_t)(bytes.n >> (8 * i));
    talk(&t, a);
    close(t.fd);
    kill(pid, SIGKILL); /* it has answered, or will not: one that has died already keeps its status */
    int status = 0;
    pid_t waited;
    do
        waited = waitpid(pid, &status, 0);
    while (waited < 0 && errno == EINTR);
    log_end(&t, status, waited == pid);
    return answer_of(&t);
}
