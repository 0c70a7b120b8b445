/* The reference that linli is measured against: what SQLite itself reaches with group commit and
 * the same durability, through its plain interface and nothing of ours.
 *
 *     bare_sqlite FOLDER [COMMANDS [BATCH [SHAPE]]]
 *
 * Prints "name value unit" lines. FOLDER must be on the disk that is to be measured. */
#include "shape.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void check(sqlite3 *c, bool ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "bare_sqlite: %s: %s\n", what, c ? sqlite3_errmsg(c) : "");
    exit(1);
}

static void exec(sqlite3 *c, const char *sql) {
    check(c, sqlite3_exec(c, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(sqlite3 *c, const char *sql) {
    sqlite3_stmt *st = NULL;
    check(c, sqlite3_prepare_v3(c, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK,
          sql);
    return st;
}

static void run(sqlite3 *c, sqlite3_stmt *st) {
    check(c, sqlite3_step(st) == SQLITE_DONE, "step");
    sqlite3_reset(st);
}

static sqlite3 *open_new(const char *folder) {
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/bare_sqlite.db", folder);
    check(NULL, n > 0 && n < (int)sizeof path - 8, "the folder's name is too long");
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (int i = 0; i < 3; i++) {
        snprintf(path + n, sizeof path - (size_t)n, "%s", ends[i]);
        unlink(path);
    }
    path[n] = '\0';
    sqlite3 *c = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(c, sqlite3_open_v2(path, &c, flags, NULL) == SQLITE_OK, path);
    exec(c, "PRAGMA journal_mode=WAL");
    exec(c, "PRAGMA synchronous=FULL");
    exec(c, "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000");
    return c;
}

static void insert(sqlite3 *c, sqlite3_stmt *st, const ShapeTable *t, int seq) {
    const char *p = shape_letters() + seq % (SHAPE_BYTES_MAX / 2);
    sqlite3_bind_text(st, 1, "630102001001", 12, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, seq);
    for (int i = 0; i < t->columns; i++) {
        int bytes = t->column[i].bytes;
        switch (t->column[i].type) {
        case 't': sqlite3_bind_text(st, i + 3, p, bytes, SQLITE_STATIC); break;
        case 'b': sqlite3_bind_blob(st, i + 3, p, bytes, SQLITE_STATIC); break;
        default: sqlite3_bind_int64(st, i + 3, seq); break;
        }
    }
    run(c, st);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    Shape shape;
    int commands = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 50000;
    int batch = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 64;
    if (argc < 2 || argc > 5 || commands < 1 || batch < 1 ||
        !shape_parse(&shape, argc > 4 ? argv[4] : shape_usual)) {
        fprintf(stderr, "usage: bare_sqlite FOLDER [COMMANDS [BATCH [SHAPE]]]\n");
        return 2;
    }
    sqlite3 *c = open_new(argv[1]);
    sqlite3_stmt *begin = prepare(c, "BEGIN IMMEDIATE"), *commit = prepare(c, "COMMIT");
    sqlite3_stmt *inserts[SHAPE_TABLES_MAX];
    for (int i = 0; i < shape.tables; i++) {
        char sql[SHAPE_SQL_MAX];
        shape_create_sql(&shape, i, sql);
        exec(c, sql);
        shape_insert_sql(&shape, i, '?', sql);
        inserts[i] = prepare(c, sql);
    }
    int commits = 0;
    double start = seconds();
    for (int at = 0; at < commands; at += batch, commits++) {
        run(c, begin);
        for (int seq = at; seq < at + batch && seq < commands; seq++)
            for (int i = 0; i < shape.tables; i++)
                insert(c, inserts[i], &shape.table[i], seq);
        run(c, commit);
    }
    double took = seconds() - start;
    printf("bare_sqlite_commands %.0f 1/s\n", commands / took);
    printf("bare_sqlite_rows %.0f 1/s\n", commands * (double)shape.tables / took);
    printf("bare_sqlite_commits %.0f 1/s\n", commits / took);
    for (int i = 0; i < shape.tables; i++)
        sqlite3_finalize(inserts[i]);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    return sqlite3_close(c) == SQLITE_OK ? 0 : 1;
}
