/* linli serve: the server, from the first start on an empty folder to the signal that ends it. */
#include "app/admin.h"
#include "app/assets.h"
#include "app/cli.h"
#include "app/control.h"
#include "app/demo.h"
#include "app/notify.h"
#include "app/sandbox.h"
#include "app/socket.h"

#include "base/log.h"
#include "port/deliver/deliver.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { STOP_MS_MAX = 10000, KEPT_BYTES = 16 * 1024 * 1024, TOP_PAD_BYTES = 256 * 1024 };
static const char COMMUNITY_DEFAULT[] = "540102001001";

static LogLevel level_by_name(const char *name)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    for (int i = 0; i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return (LogLevel)i;
    return LOG_INFO;
}

/* An empty folder becomes a community before anybody can ask for one. */
static Fail found_default(Home *h)
{
    Fail f = FAIL_NONE;
    DbConfig c = config_db(h->config);
    Db *db = db_open(&c, DB_WRITER, &f);
    if (db == NULL) return f;
    RunnerHooks none = { 0 };
    Buf out = buf_new(h->arena, 512);
    Admin a = { .arena = h->arena, .world = h->world, .seals = h->seals, .config = h->config, .out = &out, .db = db };
    a.runner = runner_new(h->arena, h->world, db, h->seals, none);
    if (h->config->demo)
        f = config_is_loopback(h->config) ? demo_build(&a, h->config->data) : fail(ERR_INVALID, "demo_needs_loopback");
    else
        f = admin_found(&a, h->config->community != NULL ? str_c(h->config->community) : str_c(COMMUNITY_DEFAULT));
    runner_forget(a.runner);
    db_close(db);
    if (f.err == OK) {
        fwrite(out.p, 1, out.n, stdout);
        fflush(stdout);
    }
    return f;
}

static bool read_pauses(const char *text, OutboxConfig *out)
{
    Str rest = str_c(text);
    while (rest.n > 0) {
        int64_t ms = 0;
        if (out->n_retries == RETRIES_LISTED_MAX || !str_to_i64(str_cut(&rest, ','), &ms) || ms < 1) return false;
        out->retry_ms[out->n_retries++] = ms;
    }
    return true;
}

static Fail open_outbox(Home *h, OutboxConfig *out)
{
    const Config *c = h->config;
    uint8_t push[KEY_BYTES];
    seals_push_secret(h->seals, push);
    DeliverConfig d = { .allowed = c->allow_host, .smtp = c->smtp, .smtp_login = c->smtp_login,
                        .mail_from = c->mail_from, .push_secret = push, .sms_dir = c->sms_dir };
    *out = (OutboxConfig){ .public_url = c->public_url };
    if (!read_pauses(c->retry_ms, out)) return fail(ERR_INVALID, "retry_ms");
    return deliver_open(h->arena, &d, out);
}

static Server *start(Home *h, Tls *tls, Fail *f)
{
    const Config *c = h->config;
    OutboxConfig outbox;
    *f = open_outbox(h, &outbox);
    if (f->err != OK) return NULL;
    ServeConfig s = { .world = h->world, .db = config_db(c), .dir = c->data, .seals = h->seals,
                      .community = str_c(c->community), .address = c->address, .port = c->port, .loops = c->loops,
                      .readers = c->readers, .public_url = c->public_url, .outbox = outbox,
                      .tls = tls, .connections_per_address = c->connections_per_address,
                      .requests_per_address = c->requests_per_address,
                      .requests_per_account = c->requests_per_account, .assets = assets, .n_assets = assets_n };
    if (!config_proxies(c, s.proxies, &s.n_proxies)) *f = fail(ERR_INVALID, "proxy");
    if (f->err != OK) return NULL;
    return server_start(h->arena, &s, f);
}

/* Whoever listens in on a network without TLS reads everything; behind a proxy on this machine nobody can. */
static void warn_of_plain(const Config *c)
{
    if (c->tls_cert != NULL || config_is_loopback(c)) return;
    log_line(LOG_WARN, "plain_http", "address=not_loopback do=--tls-cert_and_--tls-key,_or_a_proxy_on_this_machine");
}

/* What the server uses lies in the data folder from now on, also what libraries put aside. */
static Fail enclose(Home *h)
{
    setenv("TMPDIR", h->config->data, 1);
    return server_sandbox_enter(h);
}

static Fail serve_with(Home *h, Tls *tls, int64_t began_ms)
{
    Fail f = FAIL_NONE;
    Server *s = start(h, tls, &f);
    if (s == NULL) return f;
    Socket *socket = socket_start(h, s, &f);
    if (socket != NULL) {
        printf("linli is at %s://%s:%d/\n", tls != NULL ? "https" : "http", h->config->address, server_port(s));
        fflush(stdout);
        log_line(LOG_INFO, "serving", "port=%d tls=%d start_ms=%lld", server_port(s), tls != NULL,
                 (long long)(mono_ms() - began_ms));
        warn_of_plain(h->config);
        control_wait(s, tls);
        socket_stop(socket);
    }
    server_stop(s, STOP_MS_MAX);
    log_line(LOG_INFO, "stopped", "ok=%d", f.err == OK);
    return f;
}

static Fail serve(Home *h, int64_t began_ms)
{
    const Config *c = h->config;
    Fail f = FAIL_NONE;
    Tls *tls = c->tls_cert != NULL ? tls_open(c->tls_cert, c->tls_key, &f) : NULL;
    if (f.err == OK) f = home_open(h);
    if (f.err == OK && h->fresh) f = found_default(h);
    control_block(); /* every thread inherits it */
    notify_open();
    if (f.err == OK) f = enclose(h); /* Landlock holds for the threads that come */
    if (f.err == OK) f = serve_with(h, tls, began_ms);
    tls_close(tls);
    return f;
}

static Fail open_log(const Config *c)
{
    int64_t bytes = (int64_t)c->log_mb * 1024 * 1024;
    if (c->log_file == NULL || log_to_file(c->log_file, bytes, c->log_kept)) return FAIL_NONE;
    Fail f = fail_field(ERR_INVALID, "log_cannot_be_written", c->log_file, 0);
    f.log = strerrordesc_np(errno);
    return f;
}

/* A reply of 100 KB is taken and given back thousands of times a second: giving its pages back to the kernel each time,
 * as glibc would, costs more than making the reply. */
static void keep_memory(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TOP_PAD, TOP_PAD_BYTES);
}

int cli_serve(const Config *c)
{
    int64_t began_ms = mono_ms();
    signal(SIGPIPE, SIG_IGN);
    keep_memory();
    log_level_set(level_by_name(c->log_level));
    Arena *a = arena_new();
    Home h;
    Fail f = home_world(&h, a, c);
    if (f.err == OK) f = open_log(c);
    if (f.err == OK) f = home_lock(&h);
    if (f.err == OK) f = serve(&h, began_ms);
    home_close(&h);
    if (f.err != OK) fprintf(stderr, "linli serve: %s\n", fail_text(a, &f).p);
    arena_free(a);
    return f.err == OK ? 0 : 1;
}
