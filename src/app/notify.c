#include "app/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int manager = -1;
static int64_t watchdog_ms;

void notify_open(void)
{
    const char *path = getenv("NOTIFY_SOCKET"), *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    size_t n = path != NULL ? strlen(path) : 0;
    int64_t us = 0, who = getpid();
    if (usec != NULL && str_to_i64(str_c(usec), &us) && (pid == NULL || str_to_i64(str_c(pid), &who)) &&
        who == getpid())
        watchdog_ms = us / 1000;
    if (n > 1 && n < sizeof a.sun_path && (path[0] == '/' || path[0] == '@')) {
        memcpy(a.sun_path, path, n);
        if (path[0] == '@') a.sun_path[0] = '\0'; /* an abstract name */
        struct timeval most = { .tv_sec = 1 };
        manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (manager >= 0 && setsockopt(manager, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0 &&
            connect(manager, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) != 0) {
            close(manager);
            manager = -1;
        }
    }
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

/* A manager that does not listen for a second is not waited for. */
static void say(const char *text, int flags)
{
    if (manager >= 0) (void)!send(manager, text, strlen(text), MSG_NOSIGNAL | flags);
}

void notify_ready(void)
{
    say("READY=1\nSTATUS=serving", 0);
}

void notify_reloading(void)
{
    char text[80];
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)mono_us());
    say(text, 0);
}

void notify_stopping(void)
{
    say("STOPPING=1\nSTATUS=finishing what was accepted", 0);
}

void notify_alive(void)
{
    say("WATCHDOG=1", MSG_DONTWAIT);
}

int64_t notify_watchdog_ms(void)
{
    return watchdog_ms;
}
