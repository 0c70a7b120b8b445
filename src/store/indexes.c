/* Indexes taken off before a load, and made again from what was loaded. */
#include "store/migrate.h"

static const char sqlite_sql[] = "SELECT name, sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
                                 " ORDER BY name";
static const char postgres_sql[] =
    "SELECT CAST(quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS text), CAST(pg_get_indexdef(c.oid) AS text)"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND NOT i.indisprimary"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY c.relname";

Fail schema_indexes_drop(Db *db, Arena *a, Indexes *out) {
    Fail f;
    DbRows *r = db_query(db, a, db_is_postgres(db) ? postgres_sql : sqlite_sql, "", "ss", NULL, &f);
    *out = (Indexes){ .make = arena_array(a, Str, r->rows + 1) };
    for (int i = 0; f.err == OK && i < r->rows; i++) {
        out->make[out->n++] = db_text(r, i, 1);
        f = db_exec(db, arena_fmt(a, "DROP INDEX %.*s", STR_ARG(db_text(r, i, 0))).p);
    }
    return f;
}

Fail schema_indexes_make(Db *db, const Indexes *x, IndexSaid *said, void *self) {
    Fail f = FAIL_NONE;
    Arena *a = arena_new();
    for (int i = 0; f.err == OK && i < x->n; i++) {
        f = db_exec(db, arena_c(a, x->make[i]));
        said(self, i + 1, x->n);
    }
    arena_free(a);
    return f;
}
