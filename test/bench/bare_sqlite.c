/* The reference for commands on SQLite: what its plain interface reaches with group commit, the same durability and
 * the same rows in the same tables and indexes, and nothing of ours.
 *
 *     bare_sqlite FILE.db TAPE [BATCH]
 *
 * FILE.db is a copy of the database as it was when TAPE (tape.h) was begun. Prints one JSON line. */
#include "tape.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(sqlite3 *c, bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "bare_sqlite: %s: %s\n", what, c ? sqlite3_errmsg(c) : "");
    exit(1);
}

static void exec(sqlite3 *c, const char *sql)
{
    check(c, sqlite3_exec(c, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static sqlite3_stmt *prepare(sqlite3 *c, const char *sql)
{
    sqlite3_stmt *st = NULL;
    check(c, sqlite3_prepare_v3(c, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) == SQLITE_OK, sql);
    return st;
}

static void run(sqlite3 *c, sqlite3_stmt *st)
{
    check(c, sqlite3_step(st) == SQLITE_DONE, sqlite3_sql(st));
    sqlite3_reset(st);
}

static void play(sqlite3 *c, sqlite3_stmt *st, const Tape *t)
{
    for (int i = 0; i < t->values_n; i++) {
        const TapeValue *v = &t->values[i];
        int64_t n = 0;
        switch (v->type) {
        case 'l': memcpy(&n, v->p, sizeof n); sqlite3_bind_int64(st, i + 1, n); break;
        case 's': sqlite3_bind_text(st, i + 1, v->p, v->bytes, SQLITE_STATIC); break;
        case 'b': sqlite3_bind_blob(st, i + 1, v->p, v->bytes, SQLITE_STATIC); break;
        default: sqlite3_bind_null(st, i + 1); break;
        }
    }
    run(c, st);
}

int main(int argc, char **argv)
{
    static Tape t;
    static sqlite3_stmt *st[TAPE_STATEMENTS_MAX];
    long batch = argc > 3 ? strtol(argv[3], NULL, 10) : 64;
    if (argc < 3 || argc > 4 || batch < 1) {
        fprintf(stderr, "usage: bare_sqlite FILE.db TAPE [BATCH]\n");
        return 2;
    }
    tape_open(&t, argv[2]);
    sqlite3 *c = NULL;
    check(c, sqlite3_open_v2(argv[1], &c, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK, argv[1]);
    exec(c, "PRAGMA journal_mode=WAL");
    exec(c, "PRAGMA synchronous=FULL");
    exec(c, "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000;"
            "PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY");
    sqlite3_stmt *begin = prepare(c, "BEGIN IMMEDIATE"), *commit = prepare(c, "COMMIT");
    long commands = 0, rows = 0, commits = 0;
    TapeClock from = tape_clock();
    run(c, begin);
    while (tape_next(&t)) {
        if (tape_begins_command(&t) && commands++ > 0 && commands % batch == 1 % batch) {
            run(c, commit);
            run(c, begin);
            commits++;
        }
        if (st[t.statement] == NULL) st[t.statement] = prepare(c, t.statements[t.statement].sql);
        play(c, st[t.statement], &t);
        rows++;
    }
    run(c, commit);
    tape_report("bare_sqlite", from, commands, rows, commits + 1);
    for (int i = 0; i < TAPE_STATEMENTS_MAX; i++)
        sqlite3_finalize(st[i]);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    return sqlite3_close(c) == SQLITE_OK ? 0 : 1;
}
