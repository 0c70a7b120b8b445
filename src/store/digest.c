/* The digest of the state: what two databases with the same content agree on, whatever their
 * engine.
 *
 * Hashed is, per table in the order of their names: 'T', name, columns; per row 'R' and its values;
 * 'E' and the number of rows. A value is its type (s l b n), the length of its bytes as 8 bytes big
 * endian, its bytes; an integer is 8 bytes big endian. */
#include "store/schema.h"

#include <endian.h>
#include <stdlib.h>

enum { DIGEST_BUFFER = 16 * 1024 };

typedef struct Digest {
    Hasher *hasher;
    int64_t rows;
    size_t n;
    char buf[DIGEST_BUFFER];
} Digest;

static void flush(Digest *d) {
    hasher_add(d->hasher, (Str){ d->buf, d->n });
    d->n = 0;
}

static void put(Digest *d, const void *p, size_t n) {
    if (n > DIGEST_BUFFER - d->n) flush(d);
    if (n > DIGEST_BUFFER) {
        hasher_add(d->hasher, (Str){ p, n });
        return;
    }
    memcpy(d->buf + d->n, p, n);
    d->n += n;
}

static void put_value(Digest *d, char type, const void *p, size_t n) {
    uint64_t length = htobe64(n);
    put(d, &type, 1);
    put(d, &length, 8);
    if (n) put(d, p, n);
}

static void put_int(Digest *d, char type, int64_t i) {
    uint64_t bytes = htobe64((uint64_t)i);
    put_value(d, type, &bytes, 8);
}

static bool put_row(void *self, const DbVal *row, int cols) {
    Digest *d = self;
    put(d, "R", 1);
    for (int i = 0; i < cols; i++) {
        if (row[i].type == 'l')
            put_int(d, 'l', row[i].i);
        else
            put_value(d, row[i].type, row[i].s.p, row[i].type == 'n' ? 0 : row[i].s.n);
    }
    d->rows++;
    return true;
}

static Fail put_table(Db *db, Arena *a, const Table *t, Str community, Digest *d) {
    bool one = community.n > 0;
    Str sql = arena_fmt(a, "SELECT %.*s FROM %.*s%s ORDER BY %.*s", STR_ARG(t->columns),
                        STR_ARG(t->name), one ? " WHERE community = $1" : "", STR_ARG(t->key));
    put_value(d, 'T', t->name.p, t->name.n);
    put_value(d, 's', t->columns.p, t->columns.n);
    d->rows = 0;
    Fail f =
        db_each(db, sql.p, one ? "s" : "", arena_c(a, t->types), ARGS(TXT(community)), put_row, d);
    put_int(d, 'E', d->rows);
    return f;
}

static int by_name(const void *a, const void *b) {
    return str_cmp((*(const Table *const *)a)->name, (*(const Table *const *)b)->name);
}

Fail schema_digest(Db *db, Arena *a, const Schema *s, Str community, Hash *out) {
    const Table **tables = arena_array(a, const Table *, s->n + 1);
    int n = 0;
    for (int i = 0; i < s->n; i++) {
        const Table *t = &s->tables[i];
        /* A reference table is no community's own. */
        if (t->table_class == TABLE_STATE && !(community.n && t->reference)) tables[n++] = t;
    }
    qsort(tables, (size_t)n, sizeof *tables, by_name);
    Digest *d = arena_new_of(a, Digest);
    d->hasher = hasher_new(a);
    put_value(d, 's', "linli state 1", 13);
    Fail f = FAIL_NONE;
    for (int i = 0; i < n && f.err == OK; i++)
        f = put_table(db, a, tables[i], community, d);
    flush(d);
    *out = hasher_end(d->hasher);
    return f;
}

Fail schema_digest_table(Db *db, Arena *a, const Table *t, int64_t *rows, Hash *out) {
    Digest *d = arena_new_of(a, Digest);
    d->hasher = hasher_new(a);
    Fail f = put_table(db, a, t, S(""), d);
    flush(d);
    *rows = d->rows;
    *out = hasher_end(d->hasher);
    return f;
}
