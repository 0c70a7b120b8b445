/* What the doctor looks at in the store: is it whole, does it move, is there somebody for everything. */
#include "app/doctor.h"

#include "core/log/backup.h"
#include "core/clock.h"
#include "core/setting.h"
#include "store/migrate.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BACKUP_DAYS_MAX = 2, /* one a day, and one may fail */
    CLOCK_BEHIND_MS = 5 * 60 * 1000,
    CLOCK_AHEAD_DAYS = 400,
    LATE_MS = 3600 * 1000,
    ZONE_MINUTES = 480, /* all of China */
    NOTICE_MONTH = 12,  /* the State Council's notice for the next year comes in November or before */
};

static DbRows *ask(Doctor *d, const char *sql, const char *in, const char *out, const DbVal *args)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(d->db, d->arena, sql, in, out, args, &f);
    return f.err == OK ? r : NULL;
}

/* The count that a statement gives for each community; said if it is not what it should be. */
static void each_count(Doctor *d, const char *sql, bool none_is_wrong)
{
    for (int i = 0; i < d->n_communities; i++) {
        DbRows *r = ask(d, sql, "s", "l", ARGS(TXT(d->communities[i])));
        if (r == NULL || r->rows == 0) continue;
        int64_t n = db_int(r, 0, 0);
        if ((n == 0) == none_is_wrong) doctor_found(d, d->communities[i], n);
    }
}

static void each_name(Doctor *d, const char *sql)
{
    for (int i = 0; i < d->n_communities; i++) {
        DbRows *r = ask(d, sql, "sl", "s", ARGS(TXT(d->communities[i]), NUM(now_ms())));
        for (int k = 0; r != NULL && k < r->rows; k++)
            doctor_found(d, db_text(r, k, 0), 0);
    }
}

/* ---- does it open, is it whole ---- */

static void open_it(Doctor *d)
{
    Fail f = FAIL_NONE;
    DbConfig c = config_db(d->config);
    if (c.url == NULL && access(home_path(d->home, "linli.db"), F_OK) != 0) {
        doctor_found(d, str_c(home_path(d->home, "linli.db")), 0);
        return;
    }
    d->db = db_open_bare(&c, &f);
    DbRows *r = NULL;
    if (d->db != NULL)
        r = db_query(d->db, d->arena, "SELECT community FROM head ORDER BY community", "", "s", NULL, &f);
    if (f.err != OK || r == NULL) {
        doctor_found(d, str_c(f.log != NULL ? f.log : d->db != NULL ? db_last_error(d->db) : f.code), 0);
        if (d->db != NULL) db_close(d->db);
        d->db = NULL;
        return;
    }
    d->communities = arena_array(d->arena, Str, r->rows + 1);
    d->n_communities = r->rows;
    for (int i = 0; i < r->rows; i++)
        d->communities[i] = db_text(r, i, 0);
}

static void db_damaged(Doctor *d)
{
    if (d->db == NULL || db_is_postgres(d->db)) return;
    DbRows *r = ask(d, "PRAGMA quick_check(5)", "", "s", NULL);
    if (r == NULL)
        doctor_found(d, str_c(db_last_error(d->db)), 0);
    else if (r->rows > 0 && !str_is(db_text(r, 0, 0), "ok"))
        doctor_found(d, db_text(r, 0, 0), r->rows);
}

/* Does a part's text have a step of that name? Heads are "-- table NAME:", "-- index NAME" and so on. */
static bool part_has(Str sql, Str name)
{
    static const char *const kinds[] = { "table", "index", "search", "step" };
    while (sql.n > 0) {
        Str line = str_cut(&sql, '\n');
        for (int i = 0; i < COUNT(kinds); i++) {
            Str rest = line, kind;
            if (!str_starts(rest, S("-- "))) continue;
            rest = (Str){ rest.p + 3, rest.n - 3 };
            kind = str_cut(&rest, ' ');
            if (str_is(kind, kinds[i]) && str_eq(str_trim(str_cut(&rest, ':')), name)) return true;
        }
    }
    return false;
}

static void schema_newer(Doctor *d)
{
    if (d->db == NULL) return;
    const World *w = d->home->world;
    DbRows *r = ask(d, "SELECT part, name FROM schema_step ORDER BY part, name", "", "ss", NULL);
    for (int i = 0; r != NULL && i < r->rows; i++) {
        bool known = false;
        for (int k = 0; k < w->n_parts && !known; k++)
            known = str_is(db_text(r, i, 0), w->parts[k].name) &&
                    part_has(str_c(w->parts[k].sql), db_text(r, i, 1));
        if (known) continue;
        doctor_found(d, db_text(r, i, 1), 0);
        return; /* one says it all */
    }
}

static void head_differs(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        DbRows *r = ask(d,
                        "SELECT h.seq, (SELECT COALESCE(MAX(e.seq), 0) FROM event e WHERE e.community = h.community),"
                        " (SELECT COUNT(*) FROM event e WHERE e.community = h.community AND e.seq = h.seq"
                        " AND e.hash = h.hash) FROM head h WHERE h.community = $1",
                        "s", "lll", ARGS(TXT(d->communities[i])));
        if (r == NULL || r->rows == 0) continue;
        if (db_int(r, 0, 0) != db_int(r, 0, 1) || db_int(r, 0, 2) != 1)
            doctor_found(d, d->communities[i], db_int(r, 0, 0) - db_int(r, 0, 1));
    }
}

/* ---- clocks ---- */

static int64_t last_event(Doctor *d, Str community)
{
    DbRows *r = ask(d, "SELECT at FROM event WHERE community = $1 ORDER BY seq DESC LIMIT 1", "s", "l",
                    ARGS(TXT(community)));
    return r != NULL && r->rows > 0 ? db_int(r, 0, 0) : 0;
}

static void clock_behind(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        int64_t behind = last_event(d, d->communities[i]) - now_ms();
        if (behind > CLOCK_BEHIND_MS) doctor_found(d, d->communities[i], behind / MINUTE_MS);
    }
}

static void clock_ahead(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        int64_t last = last_event(d, d->communities[i]), days = (now_ms() - last) / DAY_MS;
        if (last > 0 && days > CLOCK_AHEAD_DAYS) doctor_found(d, d->communities[i], days);
    }
}

static void clocks_late(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        DbRows *r = ask(d, "SELECT COUNT(*) FROM clock WHERE community = $1 AND due_at < $2", "sl", "l",
                        ARGS(TXT(d->communities[i]), NUM(now_ms() - LATE_MS)));
        if (r != NULL && r->rows > 0 && db_int(r, 0, 0) > 0) doctor_found(d, d->communities[i], db_int(r, 0, 0));
    }
}

/* A clock fires an action of its matter's kind; without matter or kind it never can. */
static void clocks_lost(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        DbRows *r = ask(d, "SELECT c.kind, m.id FROM clock c LEFT JOIN matter m ON m.community = c.community"
                           " AND m.id = c.matter WHERE c.community = $1 ORDER BY c.due_at LIMIT 10000",
                        "s", "ss", ARGS(TXT(d->communities[i])));
        int64_t lost = 0;
        for (int k = 0; r != NULL && k < r->rows; k++)
            lost += db_null(r, k, 1) || world_module(d->home->world, db_text(r, k, 0)) == NULL;
        if (lost > 0) doctor_found(d, d->communities[i], lost);
    }
}

static json_t *calendar_of(Doctor *d, Str community)
{
    DbRows *r = ask(d, "SELECT value FROM setting WHERE community = $1 AND name = 'calendar'", "s", "s",
                    ARGS(TXT(community)));
    return r != NULL ? setting_of(d->arena, r) : NULL;
}

static void zone_odd(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        Calendar c = calendar_default;
        Fail f = calendar_read(d->arena, calendar_of(d, d->communities[i]), &c);
        if (f.err == OK && c.zone_minutes != ZONE_MINUTES) doctor_found(d, d->communities[i], c.zone_minutes);
    }
}

/* This year's holidays are wanted all year, the next one's from December on. */
static void calendar_ends(Doctor *d)
{
    for (int i = 0; i < d->n_communities; i++) {
        Calendar c = calendar_default;
        Fail f = calendar_read(d->arena, calendar_of(d, d->communities[i]), &c);
        Civil now = time_civil(now_ms(), c.zone_minutes);
        int wanted = now.month >= NOTICE_MONTH ? now.year + 1 : now.year;
        if (f.err != OK || c.covers_until / 10000 < wanted) doctor_found(d, d->communities[i], wanted);
    }
}

/* ---- what has to leave, what has to be kept ---- */

static void outbox_dead(Doctor *d)
{
    each_count(d, "SELECT COUNT(*) FROM outbox WHERE community = $1 AND state = 'dead'", false);
}

static void backup_unknown(Doctor *d)
{
    if (d->db != NULL && d->config->input == NULL) doctor_found(d, S(""), 0);
}

static void backup_bad(Doctor *d)
{
    Manifest m;
    if (d->config->input == NULL) return;
    Fail f = manifest_read(d->arena, d->config->input, &m);
    if (f.err != OK) doctor_found(d, str_c(d->config->input), 0);
}

static void backup_old(Doctor *d)
{
    Manifest m;
    if (d->config->input == NULL) return;
    Fail f = manifest_read(d->arena, d->config->input, &m);
    int64_t days = f.err == OK ? (now_ms() - m.at) / DAY_MS : 0;
    if (days > BACKUP_DAYS_MAX) doctor_found(d, str_c(d->config->input), days);
}

/* ---- is there somebody for everything ---- */

static void no_admin(Doctor *d)
{
    each_count(d, "SELECT COUNT(*) FROM role r JOIN person p ON p.community = r.community AND p.person = r.person"
                  " WHERE r.community = $1 AND r.role = 'admin'", true);
}

static void no_dispatcher(Doctor *d)
{
    each_count(d, "SELECT COUNT(*) FROM role r JOIN person p ON p.community = r.community AND p.person = r.person"
                  " WHERE r.community = $1 AND r.role = 'dispatcher'", true);
}

static void grid_empty(Doctor *d)
{
    each_name(d, "SELECT g.code FROM grid g WHERE g.community = $1 AND g.retired_at = 0 AND g.at <= $2 AND NOT EXISTS"
                 " (SELECT 1 FROM grid_officer o WHERE o.community = g.community AND o.grid = g.code)"
                 " ORDER BY g.code LIMIT 20");
}

static void category_empty(Doctor *d)
{
    each_name(d, "SELECT c.code FROM category c WHERE c.community = $1 AND c.retired = 0 AND NOT EXISTS"
                 " (SELECT 1 FROM role r WHERE r.community = c.community AND r.role = c.default_role"
                 " AND r.starts_at <= $2 AND (r.ends_at = 0 OR r.ends_at > $2)) ORDER BY c.code LIMIT 20");
}

const CheckRow doctor_store[] = {
    { "db_closed", BROKEN, open_it }, /* the first: the others need it */
    { "db_damaged", BROKEN, db_damaged },
    { "schema_newer", BROKEN, schema_newer },
    { "head_differs", BROKEN, head_differs },
    { "clock_behind", BROKEN, clock_behind },
    { "clock_ahead", LOOK, clock_ahead },
    { "clocks_late", LOOK, clocks_late },
    { "clocks_lost", BROKEN, clocks_lost },
    { "zone_odd", LOOK, zone_odd },
    { "calendar_ends", LOOK, calendar_ends },
    { "outbox_dead", LOOK, outbox_dead },
    { "backup_unknown", LOOK, backup_unknown },
    { "backup_bad", BROKEN, backup_bad },
    { "backup_old", LOOK, backup_old },
    { "no_admin", BROKEN, no_admin },
    { "no_dispatcher", LOOK, no_dispatcher },
    { "grid_empty", LOOK, grid_empty },
    { "category_empty", LOOK, category_empty },
    { 0 },
};
