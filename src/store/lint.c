/* The rules of docs/SQL.md, asked of a live database: of its catalog and, on PostgreSQL, of its
 * planner. What the schema's text says was checked when it was parsed; this finds what came into
 * the database in any other way, and statements that no index serves. */
#include "store/schema.h"

#include <stdarg.h>
#include <stdio.h>

typedef struct Lint {
    Db *db;
    Arena *a;
    const Schema *s;
    Buf out;
    int breaches;
} Lint;

static void breach(Lint *l, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void breach(Lint *l, const char *fmt, ...) {
    char line[768];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    buf_c(&l->out, line);
    buf_char(&l->out, '\n');
    l->breaches++;
}

static const DbRows *ask(Lint *l, const char *sql, const char *out) {
    Fail f;
    DbRows *r = db_query(l->db, l->a, sql, "", out, NULL, &f);
    if (f.err != OK) breach(l, "the catalog does not answer: %s", db_last_error(l->db));
    return r;
}

/* ---- faults that are faults whatever the table: each statement gives one line per breach ---- */

#define PG_TABLES                                                                                  \
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"         \
    " AND n.nspname = 'linli'"
#define PG_COLUMNS                                                                                 \
    PG_TABLES " JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum > 0"             \
              " AND NOT k.attisdropped WHERE c.relkind IN ('r', 'p') AND "
#define LITE_TABLES(join)                                                                          \
    " FROM pragma_table_list t " join " WHERE t.schema = 'main' AND t.type = 'table'"              \
    " AND substr(t.name, 1, 7) <> 'sqlite_'"

static const char *const faults_postgres[] = {
    "SELECT 'trigger ' || t.tgname || ' on ' || c.relname" PG_TABLES
    " JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal ORDER BY 1",
    "SELECT 'rule ' || r.rulename || ' on ' || c.relname" PG_TABLES
    " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid WHERE c.relkind = 'r' ORDER BY 1",
    "SELECT 'sequence ' || c.relname || ' (serial or identity)'" PG_TABLES
    " WHERE c.relkind = 'S' ORDER BY 1",
    "SELECT 'view ' || c.relname" PG_TABLES " WHERE c.relkind IN ('v', 'm', 'f') ORDER BY 1",
    "SELECT c.relname || '.' || k.attname || ' is an identity or generated column'" PG_COLUMNS
    "(k.attidentity <> '' OR k.attgenerated <> '') ORDER BY 1",
    "SELECT c.relname || '.' || k.attname || ' has the type ' ||"
    " pg_catalog.format_type(k.atttypid, k.atttypmod)" PG_COLUMNS
    "k.atttypid NOT IN (17, 20, 25) ORDER BY 1",
    "SELECT c.relname || '.' || k.attname || ' has a collation of its own'" PG_COLUMNS
    "k.attcollation NOT IN (0, 100, 950) ORDER BY 1",
    "SELECT 'foreign key ' || f.conname || ' on ' || c.relname || ' is ON DELETE SET "
    "NULL'" PG_TABLES " JOIN pg_catalog.pg_constraint f ON f.conrelid = c.oid"
    " WHERE f.contype = 'f' AND f.confdeltype IN ('n', 'd') ORDER BY 1",
};

static const char *const faults_sqlite[] = {
    "SELECT 'trigger ' || name || ' on ' || tbl_name FROM sqlite_master WHERE type = 'trigger'"
    " ORDER BY 1",
    "SELECT 'view ' || name FROM sqlite_master WHERE type = 'view' ORDER BY 1",
    "SELECT 'identity column in ' || name || ' (AUTOINCREMENT)' FROM sqlite_master"
    " WHERE type = 'table' AND instr(upper(sql), 'AUTOINCREMENT') > 0 ORDER BY 1",
    "SELECT t.name || ' is not STRICT'" LITE_TABLES("") " AND t.strict = 0 ORDER BY 1",
    "SELECT t.name || '.' || k.name || ' has the type ' || k.type" LITE_TABLES(
        "JOIN pragma_table_info(t.name) k") " AND k.type NOT IN ('TEXT', 'INTEGER', 'BLOB') ORDER "
                                            "BY 1",
    "SELECT t.name || '.' || k.name || ' is a generated column'" LITE_TABLES(
        "JOIN pragma_table_xinfo(t.name) k") " AND k.hidden <> 0 ORDER BY 1",
    "SELECT t.name || '.' || k.name || ' is in the primary key and may be NULL'" LITE_TABLES(
        "JOIN pragma_table_info(t.name) k") " AND k.pk > 0 AND k.\"notnull\" = 0 ORDER BY 1",
    "SELECT 'foreign key on ' || t.name || '.' || f.\"from\" || ' is ON DELETE SET "
    "NULL'" LITE_TABLES(
        "JOIN pragma_foreign_key_list(t.name) f") " AND f.on_delete IN ('SET NULL', 'SET DEFAULT')"
                                                  " ORDER BY 1",
};

static void lint_faults(Lint *l) {
    bool pg = db_is_postgres(l->db);
    const char *const *sql = pg ? faults_postgres : faults_sqlite;
    int n = pg ? COUNT(faults_postgres) : COUNT(faults_sqlite);
    for (int i = 0; i < n; i++) {
        const DbRows *r = ask(l, sql[i], "s");
        for (int k = 0; k < r->rows; k++)
            breach(l, "%.*s", STR_ARG(db_text(r, k, 0)));
    }
}

/* ---- tables: declared, there, and with the columns that the text says ---- */

static const char tables_postgres[] =
    "SELECT CAST(c.relname AS TEXT),"
    " string_agg(CAST(k.attname AS TEXT), ',' ORDER BY k.attnum)" PG_COLUMNS
    "true GROUP BY c.relname ORDER BY c.relname";

static const char tables_sqlite[] =
    "SELECT t.name, (SELECT group_concat(k.name) FROM"
    " (SELECT name FROM pragma_table_info(t.name) ORDER BY cid) k) FROM pragma_table_list t"
    " WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND substr(t.name, 1, 7) <> "
    "'sqlite_'"
    " ORDER BY t.name";

/* The store's own, which no schema text declares. */
static bool own_table(Str name) {
    return str_is(name, "schema_step") || str_is(name, "health");
}

static void lint_tables(Lint *l) {
    const DbRows *r = ask(l, db_is_postgres(l->db) ? tables_postgres : tables_sqlite, "ss");
    for (int i = 0; i < r->rows; i++) {
        Str name = db_text(r, i, 0), columns = db_text(r, i, 1);
        const Table *t = schema_table(l->s, name);
        if (!t && !own_table(name)) breach(l, "table %.*s is not declared", STR_ARG(name));
        if (t && !str_eq(t->columns, columns))
            breach(l, "table %.*s has the columns %.*s, declared are %.*s", STR_ARG(name),
                   STR_ARG(columns), STR_ARG(t->columns));
    }
    for (int i = 0; i < l->s->n; i++) {
        bool there = false;
        for (int k = 0; k < r->rows; k++)
            there = there || str_eq(db_text(r, k, 0), l->s->tables[i].name);
        if (!there)
            breach(l, "table %.*s is declared and not there", STR_ARG(l->s->tables[i].name));
    }
}

/* ---- keys ---- */

/* Table, index, first column ("" for an expression), "p" for a primary key. */
static const char keys_postgres[] =
    "SELECT CAST(c.relname AS TEXT), CAST(x.relname AS TEXT), coalesce(CAST(k.attname AS TEXT), "
    "''),"
    " CASE WHEN i.indisprimary THEN 'p' ELSE 'u' END" PG_TABLES
    " JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisunique"
    " JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " LEFT JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]"
    " AND k.attnum > 0 WHERE c.relkind IN ('r', 'p') ORDER BY 1, 2";

static const char keys_sqlite[] = "SELECT t.name, 'primary key', k.name, 'p'" LITE_TABLES(
    "JOIN pragma_table_info(t.name) k") " AND k.pk = 1 UNION ALL "
                                        "SELECT t.name, i.name, coalesce(k.name, ''), "
                                        "'u'" LITE_TABLES(
                                            "JOIN pragma_index_list(t.name) i JOIN "
                                            "pragma_index_info(i.name) k") " AND i.\"unique\" = 1 "
                                                                           "AND i.origin <> 'pk' "
                                                                           "AND k.seqno = 0 ORDER "
                                                                           "BY 1, 2";

static void lint_keys(Lint *l) {
    const DbRows *r = ask(l, db_is_postgres(l->db) ? keys_postgres : keys_sqlite, "ssss");
    for (int i = 0; i < r->rows; i++) {
        const Table *t = schema_table(l->s, db_text(r, i, 0));
        if (!t || t->reference || str_is(db_text(r, i, 2), "community")) continue;
        breach(l, "table %.*s: %s (%.*s) does not begin with community", STR_ARG(t->name),
               str_is(db_text(r, i, 3), "p") ? "the primary key" : "a unique constraint",
               STR_ARG(db_text(r, i, 1)));
    }
    for (int i = 0; i < l->s->n; i++) {
        const Table *t = &l->s->tables[i];
        bool keyed = t->search && !db_is_postgres(l->db); /* FTS5 has no keys */
        for (int k = 0; k < r->rows; k++)
            keyed = keyed || (str_eq(db_text(r, k, 0), t->name) && str_is(db_text(r, k, 3), "p"));
        if (!keyed) breach(l, "table %.*s has no primary key", STR_ARG(t->name));
    }
}

/* Table, target, first column, first column there. */
static const char foreign_postgres[] =
    "SELECT CAST(c.relname AS TEXT), CAST(o.relname AS TEXT), CAST(k.attname AS TEXT),"
    " CAST(m.attname AS TEXT)" PG_TABLES
    " JOIN pg_catalog.pg_constraint f ON f.conrelid = c.oid AND f.contype = 'f'"
    " JOIN pg_catalog.pg_class o ON o.oid = f.confrelid"
    " JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum = f.conkey[1]"
    " JOIN pg_catalog.pg_attribute m ON m.attrelid = o.oid AND m.attnum = f.confkey[1]"
    " ORDER BY 1, 2, 3";

static const char foreign_sqlite[] =
    "SELECT t.name, f.\"table\", f.\"from\", coalesce(f.\"to\", '')" LITE_TABLES(
        "JOIN pragma_foreign_key_list(t.name) f") " AND f.seq = 0 ORDER BY 1, 2, 3";

static void lint_foreign(Lint *l) {
    const DbRows *r = ask(l, db_is_postgres(l->db) ? foreign_postgres : foreign_sqlite, "ssss");
    for (int i = 0; i < r->rows; i++) {
        const Table *t = schema_table(l->s, db_text(r, i, 0));
        const Table *o = schema_table(l->s, db_text(r, i, 1));
        if (!t || !o) continue; /* reported as not declared */
        if (t->table_class != o->table_class || (t->reference && !o->reference))
            breach(l, "a foreign key goes across classes, from %.*s (%s) to %.*s (%s)",
                   STR_ARG(t->name), schema_class_name(t->table_class), STR_ARG(o->name),
                   schema_class_name(o->table_class));
        else if (!o->reference &&
                 !(str_is(db_text(r, i, 2), "community") && str_is(db_text(r, i, 3), "community")))
            breach(l, "a foreign key from %.*s to %.*s does not begin with community",
                   STR_ARG(t->name), STR_ARG(o->name));
    }
}

/* ---- plans: every registered statement, as PostgreSQL would run it for one community ---- */

/* "->  Index Scan using a_key on a x" is a scan, of the table a; false for any other line of a
 * plan. */
static bool scan_of(Str line, Str *how, Str *what) {
    line = str_trim(line);
    if (str_starts(line, S("->"))) line = str_trim((Str){ line.p + 2, line.n - 2 });
    int64_t scan = str_find(line, S("Scan")), on = str_find(line, S(" on "));
    if (scan < 0 || on < 0 || scan > on || str_find(line, S(":")) >= 0) return false;
    Str rest = { line.p + on + 4, line.n - (size_t)on - 4 };
    *how = (Str){ line.p, (size_t)scan + 4 };
    *what = str_cut(&rest, ' ');
    return true;
}

/* The conditions of the scan in line i name the community (or anything, for `any`). */
static bool bounded(const DbRows *plan, int i, bool any) {
    for (i++; i < plan->rows; i++) {
        Str line = str_trim(db_text(plan, i, 0));
        if (str_starts(line, S("->"))) return false;
        if (str_starts(line, S("Index Cond:"))) return any || str_find(line, S("community")) >= 0;
    }
    return false;
}

static void lint_plan(Lint *l, const Stmt *s, const char *sql, const DbRows *plan) {
    Str heap = { 0 }, how, what;
    for (int i = 0; i < plan->rows; i++) {
        if (!scan_of(db_text(plan, i, 0), &how, &what)) continue;
        if (str_starts(how, S("Bitmap Heap"))) {
            heap = what;
            continue;
        }
        bool bitmap = str_starts(how, S("Bitmap Index"));
        const Table *t = schema_table(l->s, bitmap ? heap : what);
        if (!t || t->reference) continue;
        if (bounded(plan, i, t->search && bitmap)) continue;
        breach(l, "statement %d scans %.*s with no index by community (%.*s): %.300s", s->id,
               STR_ARG(t->name), STR_ARG(how), sql);
    }
}

static void lint_stmt(Lint *l, const Stmt *s) {
    const char *sql = s->sql_pg ? s->sql_pg : s->sql;
    int n = (int)strlen(s->in);
    DbVal *args = arena_array(l->a, DbVal, n + 1);
    for (int i = 0; i < n; i++) /* "1" can be cast to anything that a statement may cast it to */
        args[i] = s->in[i] == 'l' ? NUM(1) : (DbVal){ .type = s->in[i], .s = S("1") };
    Fail f;
    Str text = arena_fmt(l->a, "EXPLAIN (COSTS OFF) %s", sql);
    const DbRows *plan = db_query(l->db, l->a, text.p, s->in, "s", args, &f);
    if (f.err != OK)
        breach(l, "statement %d: %s: %.300s", s->id, db_last_error(l->db), sql);
    else
        lint_plan(l, s, sql, plan);
}

static void lint_plans(Lint *l) {
    const DbRows *was = ask(l, "SELECT current_setting('enable_seqscan')", "s");
    Fail f = db_exec(l->db, "SET enable_seqscan = off");
    if (f.err != OK || !was->rows) {
        breach(l, "plans cannot be asked for: %s", db_last_error(l->db));
        return;
    }
    for (int id = 1; id <= db_registered(); id++)
        lint_stmt(l, db_stmt(id));
    if (!str_is(db_text(was, 0, 0), "on")) return;
    f = db_exec(l->db, "SET enable_seqscan = on");
    if (f.err != OK) breach(l, "%s", db_last_error(l->db));
}

int schema_lint(Db *db, Arena *a, const Schema *s, Str *report) {
    Lint l = { .db = db, .a = a, .s = s, .out = buf_new(a, 512) };
    lint_tables(&l);
    lint_keys(&l);
    lint_foreign(&l);
    lint_faults(&l);
    if (db_is_postgres(db)) lint_plans(&l);
    *report = buf_str(&l.out);
    return l.breaches;
}
