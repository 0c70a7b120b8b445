/* What the doctor looks at without the store: files, disk, clock, certificate, kernel. */
#include "app/doctor.h"
#include "app/sandbox.h"

#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum {
    FREE_MB_LEAST = 512, /* below this a backup or a rebuild fails */
    FREE_PERCENT_LOW = 10,
    EXPIRES_SOON_DAYS = 14,
    FILES_LEAST = 13000, /* 12,000 connections and what the store holds */
    YEAR_FIRST = 2026,
    YEAR_LAST = 2100,
};

static bool stat_of(const char *path, struct stat *st)
{
    return stat(path, st) == 0;
}

/* ---- the key file and the folder ---- */

static void key_missing(Doctor *d)
{
    struct stat st;
    bool data = d->config->url != NULL || access(home_path(d->home, "linli.db"), F_OK) == 0;
    if (data && !stat_of(d->config->key, &st)) doctor_found(d, str_c(d->config->key), 0);
}

static void key_readable(Doctor *d)
{
    struct stat st;
    if (stat_of(d->config->key, &st) && (st.st_mode & 077) != 0) doctor_found(d, str_c(d->config->key), 0);
}

static void key_owner(Doctor *d)
{
    struct stat key, data;
    if (!stat_of(d->config->key, &key) || !stat_of(d->config->data, &data)) return;
    if (key.st_uid != data.st_uid && key.st_uid != 0)
        doctor_found(d, str_c(d->config->key), (int64_t)key.st_uid);
}

static void key_inside(Doctor *d)
{
    char *key = realpath(d->config->key, NULL), *data = realpath(d->config->data, NULL);
    if (key != NULL && data != NULL && str_starts(str_c(key), arena_fmt(d->arena, "%s/", data)))
        doctor_found(d, str_c(d->config->key), 0);
    free(key);
    free(data);
}

static void erasures_missing(Doctor *d)
{
    struct stat st;
    if (stat_of(d->config->key, &st) && !stat_of(d->home->erasures, &st)) doctor_found(d, str_c(d->home->erasures), 0);
}

static void data_missing(Doctor *d)
{
    struct stat st;
    if (!stat_of(d->config->data, &st) || !S_ISDIR(st.st_mode)) doctor_found(d, str_c(d->config->data), 0);
}

static void data_readable(Doctor *d)
{
    struct stat st;
    if (stat_of(d->config->data, &st) && (st.st_mode & 077) != 0) doctor_found(d, str_c(d->config->data), 0);
}

static void disk_full(Doctor *d)
{
    struct statvfs v;
    if (statvfs(d->config->data, &v) != 0) return;
    int64_t mb = (int64_t)v.f_bavail * (int64_t)v.f_frsize / (1024 * 1024);
    if (mb < FREE_MB_LEAST) doctor_found(d, str_c(d->config->data), mb);
}

static void disk_low(Doctor *d)
{
    struct statvfs v;
    if (statvfs(d->config->data, &v) != 0 || v.f_blocks == 0) return;
    int64_t percent = (int64_t)v.f_bavail * 100 / (int64_t)v.f_blocks;
    if (percent < FREE_PERCENT_LOW) doctor_found(d, str_c(d->config->data), percent);
}

/* ---- clock ---- */

static void clock_year(Doctor *d)
{
    int year = time_civil(now_ms(), 0).year;
    if (year < YEAR_FIRST || year > YEAR_LAST) doctor_found(d, S(""), year);
}

/* ---- what it is asked to serve ---- */

static void tls_bad(Doctor *d)
{
    Fail f = FAIL_NONE;
    if (d->config->tls_cert == NULL) return;
    Tls *t = tls_open(d->config->tls_cert, d->config->tls_key, &f);
    if (t == NULL) doctor_found(d, arena_fmt(d->arena, "%s: %s", f.field, f.log), 0);
    tls_close(t);
}

static bool facts(const Doctor *d, TlsFacts *out)
{
    Fail f = FAIL_NONE;
    Tls *t = d->config->tls_cert != NULL ? tls_open(d->config->tls_cert, d->config->tls_key, &f) : NULL;
    if (t == NULL) return false;
    *out = tls_facts(t);
    tls_close(t);
    return true;
}

static void tls_expires(Doctor *d)
{
    TlsFacts t;
    if (!facts(d, &t)) return;
    int64_t days = (t.not_after_ms - (int64_t)time(NULL) * SECOND_MS) / DAY_MS;
    if (days < EXPIRES_SOON_DAYS) doctor_found(d, str_c(d->config->tls_cert), days);
}

static void tls_self_signed(Doctor *d)
{
    TlsFacts t;
    if (facts(d, &t) && t.self_signed) doctor_found(d, str_c(d->config->tls_cert), 0);
}

static void plain_http(Doctor *d)
{
    if (d->config->tls_cert == NULL && !config_is_loopback(d->config)) doctor_found(d, str_c(d->config->address), 0);
}

static void demo_public(Doctor *d)
{
    struct stat st;
    if (!config_is_loopback(d->config) && stat_of(home_path(d->home, "demo-users.json"), &st))
        doctor_found(d, str_c(d->config->address), 0);
}

/* ---- the machine ---- */

static void few_files(Doctor *d)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_max != RLIM_INFINITY && r.rlim_max < FILES_LEAST)
        doctor_found(d, S(""), (int64_t)r.rlim_max);
}

static void no_landlock(Doctor *d)
{
    if (sandbox_landlock_abi() == 0) doctor_found(d, S(""), 0);
}

static void no_sandbox(Doctor *d)
{
    if (d->config->no_sandbox) doctor_found(d, S(""), 0);
}

const CheckRow doctor_machine[] = {
    { "key_missing", BROKEN, key_missing },
    { "key_readable", BROKEN, key_readable },
    { "key_owner", LOOK, key_owner },
    { "key_inside", BROKEN, key_inside },
    { "erasures_missing", BROKEN, erasures_missing },
    { "data_missing", BROKEN, data_missing },
    { "data_readable", LOOK, data_readable },
    { "disk_full", BROKEN, disk_full },
    { "disk_low", LOOK, disk_low },
    { "clock_year", BROKEN, clock_year },
    { "tls_bad", BROKEN, tls_bad },
    { "tls_expires", LOOK, tls_expires },
    { "tls_self_signed", LOOK, tls_self_signed },
    { "plain_http", LOOK, plain_http },
    { "demo_public", BROKEN, demo_public },
    { "few_files", LOOK, few_files },
    { "no_landlock", LOOK, no_landlock },
    { "no_sandbox", LOOK, no_sandbox },
    { 0 },
};
