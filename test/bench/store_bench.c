/* The same rows as bare_sqlite, in the same batches, through db.h: what our layer costs by itself.
 *
 *     store_bench FOLDER|postgresql://... [COMMANDS [BATCH [SHAPE]]]
 *
 * On PostgreSQL the tables t0, t1 ... are dropped first. Prints "name value unit" lines. */
#include "shape.h"
#include "store/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void check(Fail f, const char *what) {
    if (f.err == OK) return;
    fprintf(stderr, "store_bench: %s: %s %s\n", what, f.code, f.log ? f.log : "");
    exit(1);
}

static Str letters(int seq, int bytes) {
    return (Str){ shape_letters() + seq % (SHAPE_BYTES_MAX / 2), (size_t)bytes };
}

static void insert(Db *db, Arena *a, const Stmt *s, const ShapeTable *t, int seq) {
    DbVal args[2 + SHAPE_COLUMNS_MAX] = { TXT(S("630102001001")), NUM(seq) };
    for (int i = 0; i < t->columns; i++) {
        int bytes = t->column[i].bytes;
        switch (t->column[i].type) {
        case 't': args[i + 2] = TXT(letters(seq, bytes)); break;
        case 'b': args[i + 2] = BYT(letters(seq, bytes)); break;
        default: args[i + 2] = NUM(seq); break;
        }
    }
    db_send(db, a, s, args);
}

/* PostgreSQL's words for the same table. */
static Str create_sql(Arena *a, const Shape *shape, int i, bool postgres) {
    char sql[SHAPE_SQL_MAX];
    shape_create_sql(shape, i, sql);
    Buf out = buf_new(a, SHAPE_SQL_MAX);
    if (postgres) buf_fmt(&out, "DROP TABLE IF EXISTS t%d; ", i);
    for (char *p = sql; *p;) {
        if (postgres && strncmp(p, "INTEGER", 7) == 0) {
            buf_c(&out, "BIGINT");
            p += 7;
        } else if (postgres && strncmp(p, "BLOB", 4) == 0) {
            buf_c(&out, "BYTEA");
            p += 4;
        } else if (postgres && strncmp(p, " STRICT", 7) == 0) {
            break;
        } else {
            buf_char(&out, *p++);
        }
    }
    return buf_str(&out);
}

static void register_inserts(Arena *a, const Shape *shape) {
    for (int i = 0; i < shape->tables; i++) {
        char sql[SHAPE_SQL_MAX], in[3 + SHAPE_COLUMNS_MAX] = "sl";
        const ShapeTable *t = &shape->table[i];
        shape_insert_sql(shape, i, '$', sql);
        for (int c = 0; c < t->columns; c++)
            in[c + 2] = t->column[c].type == 't' ? 's' : t->column[c].type;
        Stmt *s = arena_new_of(a, Stmt);
        *s = (Stmt){ .sql = arena_c(a, str_c(sql)), .in = arena_c(a, str_c(in)), .out = "" };
        db_register(s);
    }
}

static void make_tables(Arena *a, const Shape *shape, const DbConfig *c) {
    Fail f;
    Db *db = db_open_bare(c, &f);
    check(f, "open");
    for (int i = 0; i < shape->tables; i++)
        check(db_exec(db, create_sql(a, shape, i, c->url != NULL).p), "create");
    db_close(db);
}

static void remove_old(Arena *a, const char *folder) {
    static const char *const names[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    for (int i = 0; i < COUNT(names); i++)
        unlink(arena_fmt(a, "%s/%s", folder, names[i]).p);
}

int main(int argc, char **argv) {
    Shape shape;
    int commands = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 50000;
    int batch = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 64;
    if (argc < 2 || argc > 5 || commands < 1 || batch < 1 ||
        !shape_parse(&shape, argc > 4 ? argv[4] : shape_usual)) {
        fprintf(stderr, "usage: store_bench FOLDER|URL [COMMANDS [BATCH [SHAPE]]]\n");
        return 2;
    }
    Arena *life = arena_new(), *a = arena_new();
    bool postgres = str_starts(str_c(argv[1]), S("postgresql://"));
    DbConfig c = { .dir = postgres ? NULL : argv[1], .url = postgres ? argv[1] : NULL };
    if (!postgres) remove_old(life, argv[1]);
    make_tables(life, &shape, &c);
    register_inserts(life, &shape);
    Fail f;
    Db *db = db_open(&c, DB_WRITER, &f);
    check(f, "open");
    int commits = 0;
    int64_t start = mono_us();
    for (int at = 0; at < commands; at += batch, commits++) {
        db_begin(db);
        for (int seq = at; seq < at + batch && seq < commands; seq++)
            for (int i = 0; i < shape.tables; i++)
                insert(db, a, db_stmt(i + 1), &shape.table[i], seq);
        check(db_commit(db), "commit");
        arena_reset(a);
    }
    double took = (double)(mono_us() - start) / 1e6;
    printf("store_commands %.0f 1/s\n", commands / took);
    printf("store_rows %.0f 1/s\n", commands * (double)shape.tables / took);
    printf("store_commits %.0f 1/s\n", commits / took);
    db_close(db);
    arena_free(a);
    arena_free(life);
    return 0;
}
