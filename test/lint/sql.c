/* sql [sqlite|postgres]: the rules of docs for SQL, asked of a database that the program made: its catalog, and on
 * PostgreSQL the plan of every registered statement. Then faults are planted, one by one, and each must be found. */
#include "../support/town.h"

#include "core/internal.h"
#include "store/migrate.h"

#include <stdio.h>
#include <string.h>

static int passed, failed;

static void check(const char *what, bool holds)
{
    if (holds) passed++;
    else failed++;
    if (!holds) printf("FAILED: %s\n", what);
}

/* A word of its own: "event" is in "event e" and not in "event_id". */
static bool names(Str sql, Str word)
{
    for (size_t i = 0; i + word.n <= sql.n; i++) {
        bool before = i == 0 || sql.p[i - 1] == ' ', here = memcmp(sql.p + i, word.p, word.n) == 0;
        char after = i + word.n < sql.n ? sql.p[i + word.n] : ' ';
        if (before && here && (after == ' ' || after == ',' || after == ')')) return true;
    }
    return false;
}

/* The few that look at all communities, by name of their table: house-keeping, and each says why it must. */
static const char *const across[] = {
    "SELECT community FROM head ORDER BY community", /* which communities there are */
};

static bool may_look_across(const Stmt *s)
{
    for (int i = 0; i < COUNT(across); i++)
        if (strcmp(s->sql, across[i]) == 0) return true;
    return false;
}

/* Every statement on a tenant table is of one community: the text says so, whatever a planner makes of it. */
static int unbound(const World *w, int from, bool talk)
{
    int n = 0;
    for (int id = from; id <= db_registered(); id++) {
        const Stmt *s = db_stmt(id);
        Str sql = str_c(s->sql);
        const Table *tenant = NULL;
        for (int i = 0; i < w->schema->n && tenant == NULL; i++) {
            const Table *t = &w->schema->tables[i];
            if (!t->reference && names(sql, t->name)) tenant = t;
        }
        bool starts = str_starts(sql, S("INSERT INTO")) || str_starts(sql, S("INSERT OR REPLACE INTO"));
        bool inserts = starts && str_find(sql, S("(community, ")) >= 0;
        bool bound = str_find(sql, inserts ? S("$1") : S("community = $1")) >= 0;
        if (tenant == NULL || bound || may_look_across(s)) continue;
        n++;
        if (talk) printf("statement %d on %.*s of no community: %.200s\n", id, STR_ARG(tenant->name), s->sql);
    }
    return n;
}

/* What the planner rightly says of those. */
static int looking_across(void)
{
    int n = 0;
    for (int id = 1; id <= db_registered(); id++)
        n += may_look_across(db_stmt(id));
    return n;
}

typedef struct Planted {
    const char *sql, *undo, *finds;
} Planted;

static const Planted planted[] = {
    { "CREATE TABLE stray (community TEXT NOT NULL PRIMARY KEY)", "DROP TABLE stray", "table stray is not declared" },
    { "CREATE UNIQUE INDEX loose ON matter (id)", "DROP INDEX loose", "does not begin with community" },
    { "CREATE VIEW peep AS SELECT 1 AS x", "DROP VIEW peep", "view peep" },
    { "ALTER TABLE matter ADD COLUMN extra TEXT", "ALTER TABLE matter DROP COLUMN extra",
      "table matter has the columns" },
    { "DROP TABLE receipt", NULL, "table receipt is declared and not there" },
};

static Stmt no_community = { "s", "s", "SELECT id FROM matter WHERE id = $1" };
static Stmt no_index = { "ss", "s", "SELECT person FROM session WHERE community <> $1 AND agent = $2" };

static void plant(Town *t, Str *report)
{
    Arena *a = t->arena;
    for (int i = 0; i < COUNT(planted); i++) {
        const Planted *p = &planted[i];
        Fail f = db_exec(t->db, p->sql);
        check(p->sql, f.err == OK);
        check(p->finds, schema_lint(t->db, a, t->world->schema, report) > 0 && str_find(*report, str_c(p->finds)) >= 0);
        if (p->undo != NULL) f = db_exec(t->db, p->undo);
        check(p->undo != NULL ? p->undo : "undone", f.err == OK);
    }
}

int main(int argc, char **argv)
{
    static Town t;
    const char *engine = argc > 1 ? argv[1] : "sqlite";
    Str report = S("");
    if (!town_open(&t, engine, 1)) return printf("passed=0 failed=1\n"), 1;
    int n = schema_lint(t.db, t.arena, t.world->schema, &report);
    int across_n = db_is_postgres(t.db) ? looking_across() : 0;
    if (n != across_n) printf("%s", arena_c(t.arena, report));
    check("the schema and every plan hold to the rules", n == across_n);
    check("every statement is of one community", unbound(t.world, 1, true) == 0);
    check("there were statements to ask about", db_registered() > 100 && t.world->schema->n > 20);
    int before = db_registered();
    db_register(&no_community);
    db_register(&no_index);
    check("a statement of no community is found", unbound(t.world, before + 1, false) == 2);
    if (db_is_postgres(t.db)) {
        n = schema_lint(t.db, t.arena, t.world->schema, &report);
        bool both = str_find(report, S("scans matter")) >= 0 && str_find(report, S("scans session")) >= 0;
        check("its plan is found", n == across_n + 2 && both);
    }
    plant(&t, &report);
    printf("%s: %d statements, %d tables\n", engine, before, t.world->schema->n);
    town_close(&t);
    printf("passed=%d failed=%d\n", passed, failed);
    return failed > 0;
}
