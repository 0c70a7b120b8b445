#include "app/control.h"

#include "app/notify.h"
#include "base/log.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum { LOOK_MS = 10000, WARN_EVERY_MS = 12 * 3600 * 1000, EXPIRES_SOON_DAYS = 14 };

static sigset_t ours(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    return set;
}

void control_block(void)
{
    sigset_t set = ours();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void reopen_log(void)
{
    if (!log_reopen()) log_line(LOG_ERROR, "log_reopen", "ok=0 errno=%d", errno);
}

static void reload_certificate(Tls *tls)
{
    Fail f = tls_reload(tls);
    if (f.err == OK)
        log_line(LOG_INFO, "tls_reload", "ok=1");
    else
        log_line(LOG_ERROR, "tls_reload", "ok=0 code=%s", f.code); /* the old one is shown on */
}

static void warn_of_expiry(Tls *tls, int64_t *warn_at)
{
    if (mono_ms() < *warn_at) return;
    *warn_at = mono_ms() + WARN_EVERY_MS;
    int64_t left = tls_facts(tls).not_after_ms - (int64_t)time(NULL) * SECOND_MS; /* real time, as browsers have it */
    if (left < EXPIRES_SOON_DAYS * DAY_MS)
        log_line(LOG_WARN, "tls_expires", "days=%lld", (long long)(left / DAY_MS));
}

static void reload(Tls *tls)
{
    notify_reloading();
    reopen_log();
    if (tls != NULL) reload_certificate(tls);
    notify_ready();
}

void control_wait(Server *s, Tls *tls)
{
    sigset_t set = ours();
    int64_t tick = notify_watchdog_ms() > 0 && notify_watchdog_ms() / 2 < LOOK_MS ? notify_watchdog_ms() / 2 : LOOK_MS;
    struct timespec wait = { .tv_sec = tick / 1000, .tv_nsec = tick % 1000 * 1000000 };
    int64_t look_at = 0, warn_at = 0;
    notify_ready();
    for (;;) {
        if (tls != NULL) warn_of_expiry(tls, &warn_at);
        int got = sigtimedwait(&set, NULL, &wait);
        if (got == SIGHUP) reload(tls);
        if (got == SIGUSR1) reopen_log();
        if (got == SIGTERM || got == SIGINT) {
            log_line(LOG_INFO, "stopping", "signal=%d", got);
            break;
        }
        if (server_lives(s)) notify_alive(); /* else the manager starts us again */
        if (mono_ms() < look_at) continue;
        look_at = mono_ms() + LOOK_MS;
        if (tls != NULL && tls_files_changed(tls)) reload_certificate(tls);
    }
    notify_stopping();
}
