/* The live state against the one that the log gives: digests per table first, rows only where those differ. */
#include "core/log/log.h"

#include "core/internal.h"

typedef struct MadeRow {
    Hash hash;
    bool seen;
} MadeRow;

typedef struct Compare {
    Arena *arena;
    const Table *table;
    Map *made; /* key -> MadeRow */
    Buf keys;  /* every key of `made`, a line each */
    int key_at[16], n_keys; /* columns of the key */
    FaultSaid *said;
    void *self;
} Compare;

static void find_key(Compare *c)
{
    c->n_keys = 0;
    for (Str keys = c->table->key; keys.n > 0 && c->n_keys < COUNT(c->key_at);) {
        Str key = str_trim(str_cut(&keys, ','));
        int at = 0;
        for (Str columns = c->table->columns; columns.n > 0; at++)
            if (str_eq(str_trim(str_cut(&columns, ',')), key)) break;
        c->key_at[c->n_keys++] = at;
    }
}

static Str key_of(const Compare *c, Arena *a, const DbVal *row)
{
    Buf key = buf_new(a, 96);
    for (int i = 0; i < c->n_keys; i++) {
        const DbVal *v = &row[c->key_at[i]];
        if (i > 0) buf_char(&key, ' ');
        if (v->type == 'l')
            buf_i64(&key, v->i);
        else
            buf_add(&key, v->type == 'b' ? hex_of(a, v->s) : v->s);
    }
    return buf_str(&key);
}

static Hash hash_of(Arena *a, const DbVal *row, int cols)
{
    Hasher *h = hasher_new(a);
    for (int i = 0; i < cols; i++) {
        uint64_t n = row[i].type == 'l' ? (uint64_t)row[i].i : row[i].type == 'n' ? 0 : row[i].s.n;
        hasher_add(h, (Str){ &row[i].type, 1 });
        hasher_add(h, (Str){ (const char *)&n, sizeof n });
        if (row[i].type == 's' || row[i].type == 'b') hasher_add(h, row[i].s);
    }
    return hasher_end(h);
}

static bool take_made(void *self, const DbVal *row, int cols)
{
    Compare *c = self;
    Arena *a = arena_new();
    MadeRow *made = arena_new_of(c->arena, MadeRow);
    made->hash = hash_of(a, row, cols);
    Str key = arena_str(c->arena, key_of(c, a, row));
    map_put(c->made, key, made);
    buf_add(&c->keys, key);
    buf_char(&c->keys, '\n');
    arena_free(a);
    return true;
}

static void say(Compare *c, Arena *a, Str key, const char *what)
{
    c->said(c->self, arena_fmt(a, "state %.*s %.*s: %s", STR_ARG(c->table->name), STR_ARG(key), what));
}

static bool match_live(void *self, const DbVal *row, int cols)
{
    Compare *c = self;
    Arena *a = arena_new();
    Str key = key_of(c, a, row);
    MadeRow *made = map_get(c->made, key);
    if (made == NULL || made->seen)
        say(c, a, key, "is not in what the log gives");
    else if (!hash_eq(made->hash, hash_of(a, row, cols)))
        say(c, a, key, "differs from what the log gives");
    if (made != NULL) made->seen = true;
    arena_free(a);
    return true;
}

static Fail compare_rows(Compare *c, Db *live, Db *made)
{
    Arena *a = c->arena;
    const Table *t = c->table;
    const char *sql = arena_fmt(a, "SELECT %.*s FROM %.*s ORDER BY %.*s", STR_ARG(t->columns), STR_ARG(t->name),
                                STR_ARG(t->key)).p;
    find_key(c);
    c->made = map_new(a, 1024);
    c->keys = buf_new(a, 4096);
    Fail f = db_each(made, sql, "", arena_c(a, t->types), NULL, take_made, c);
    if (f.err == OK) f = db_each(live, sql, "", arena_c(a, t->types), NULL, match_live, c);
    for (Str rest = buf_str(&c->keys); f.err == OK && rest.n > 0;) {
        Str key = str_cut(&rest, '\n');
        const MadeRow *m = map_get(c->made, key);
        if (m != NULL && !m->seen) say(c, a, key, "is missing, the log gives it");
    }
    return f;
}

Fail log_compare(Arena *a, const World *w, Db *live, Db *made, FaultSaid *said, void *self, Hash *digest)
{
    Hash again;
    Fail f = schema_digest(live, a, w->schema, S(""), digest);
    if (f.err == OK) f = schema_digest(made, a, w->schema, S(""), &again);
    if (f.err != OK || hash_eq(*digest, again)) return f;
    int tables = 0;
    for (int i = 0; f.err == OK && i < w->schema->n; i++) {
        if (w->schema->tables[i].table_class != TABLE_STATE) continue;
        Compare c = { .arena = arena_new(), .table = &w->schema->tables[i], .said = said, .self = self };
        f = compare_rows(&c, live, made);
        tables++;
        arena_free(c.arena);
    }
    said(self, arena_fmt(a, "state digest is %s, the log gives %s (%d tables)", hash_hex(a, *digest).p,
                         hash_hex(a, again).p, tables));
    return f;
}

Str log_shape(Arena *a, const World *w)
{
    Hasher *h = hasher_new(a);
    for (int i = 0; i < w->schema->n; i++) {
        const Table *t = &w->schema->tables[i];
        if (t->table_class != TABLE_STATE) continue;
        hasher_add(h, arena_fmt(a, "%.*s(%.*s)%.*s\n", STR_ARG(t->name), STR_ARG(t->columns), STR_ARG(t->types)));
    }
    return hash_hex(a, hasher_end(h));
}
