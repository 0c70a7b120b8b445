#include "app/home.h"

#include "app/world.h"
#include "core/log/erasures.h"
#include "core/log/log.h"
#include "store/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const char *home_path(const Home *h, const char *name)
{
    return arena_fmt(h->arena, "%s/%s", h->config->data, name).p;
}

Fail home_world(Home *h, Arena *a, const Config *c)
{
    bool named = c->erasures != NULL && strcmp(c->erasures, "none") != 0;
    *h = (Home){ .arena = a, .config = c, .lock = -1,
                 .erasures = named ? c->erasures : arena_fmt(a, "%s.erasures", c->key).p };
    Str report;
    h->world = world_new(a, world_modules, world_reactions, &report);
    if (report.n == 0) return FAIL_NONE;
    fprintf(stderr, "the action table is not sound:\n%.*s", STR_ARG(report));
    return fail(ERR_INTERNAL, "table_check");
}

static Fail refused(const char *code, const char *why)
{
    Fail f = fail(ERR_CONFLICT, code);
    f.log = why;
    return f;
}

Fail home_lock(Home *h)
{
    if (mkdir(h->config->data, 0700) != 0 && errno != EEXIST)
        return refused("no_folder", "the data folder cannot be made");
    h->lock = open(home_path(h, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (h->lock < 0) return refused("no_folder", "the data folder cannot be written");
    if (flock(h->lock, LOCK_EX | LOCK_NB) == 0) return FAIL_NONE;
    close(h->lock);
    h->lock = -1;
    return refused("locked", "another linli is at work in this folder");
}

static Fail count_heads(Home *h, Db *db)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(db, h->arena, "SELECT COUNT(*) FROM head", "", "l", NULL, &f);
    if (f.err == OK) h->fresh = db_int(r, 0, 0) == 0;
    return f;
}

static Fail open_keys(Home *h, Db *db)
{
    Fail f = FAIL_NONE;
    bool has_key = access(h->config->key, F_OK) == 0;
    if (!has_key && !h->fresh) return refused("key_file_missing", "the key file is not there, and this data is sealed");
    h->seals = seals_open(h->arena, h->config->key, !has_key, &f);
    Erasures *list = f.err == OK ? erasures_open(h->arena, h->erasures, &f) : NULL;
    if (f.err == OK) f = erasures_settle(list, db);
    if (f.err == OK) seals_keep_erasures(h->seals, list);
    return f;
}

Fail home_open(Home *h)
{
    Fail f = FAIL_NONE;
    DbConfig c = config_db(h->config);
    rebuild_sweep(h->arena, &c);
    fill_sweep(h->arena, &c);
    Db *db = db_open_bare(&c, &f);
    if (db == NULL) return f;
    f = schema_migrate(db, h->world->parts, h->world->n_parts);
    if (f.err == OK) f = count_heads(h, db);
    if (f.err == OK) f = open_keys(h, db);
    db_close(db);
    return f;
}

Fail home_keys(Home *h)
{
    Fail f = FAIL_NONE;
    if (access(h->config->key, F_OK) != 0) return refused("key_file_missing", "there is no key file: --key FILE");
    h->seals = seals_open(h->arena, h->config->key, false, &f);
    return f;
}

void home_close(Home *h)
{
    if (h->lock >= 0) close(h->lock);
    h->lock = -1;
}
