/* The reference for commands on PostgreSQL: one connection, pipeline mode, prepared statements, a transaction per
 * batch, the same rows in the same tables and indexes, and nothing of ours.
 *
 *     bare_postgres URL TAPE [BATCH]
 *
 * The database at URL is as it was when TAPE (tape.h) was begun. Prints one JSON line; cpu_us is this side's only. */
#include "tape.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(PGconn *c, const char *what)
{
    fprintf(stderr, "bare_postgres: %s: %s\n", what, c ? PQerrorMessage(c) : "");
    exit(1);
}

/* Until the next result needs no waiting: writes what is unsent, reads what has come. */
static void wait_result(PGconn *c)
{
    while (PQisBusy(c)) {
        int unsent = PQflush(c);
        struct pollfd fd = { .fd = PQsocket(c), .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN) };
        if (unsent < 0 || (poll(&fd, 1, -1) < 0 && errno != EINTR)) stop(c, "poll");
        if ((fd.revents & POLLIN) && !PQconsumeInput(c)) stop(c, "read");
    }
}

static void take_all(PGconn *c)
{
    for (;;) {
        wait_result(c);
        PGresult *r = PQgetResult(c);
        ExecStatusType status = PQresultStatus(r);
        bool last = status == PGRES_PIPELINE_SYNC;
        if (r && !last && status != PGRES_COMMAND_OK) stop(c, PQresultErrorMessage(r));
        PQclear(r);
        if (last) return;
    }
}

static void word(PGconn *c, const char *sql)
{
    if (!PQsendQueryParams(c, sql, 0, NULL, NULL, NULL, NULL, 1)) stop(c, sql);
}

static void play(PGconn *c, const Tape *t)
{
    const char *values[TAPE_VALUES_MAX];
    int lengths[TAPE_VALUES_MAX], formats[TAPE_VALUES_MAX];
    char name[16];
    snprintf(name, sizeof name, "s%d", t->statement);
    for (int i = 0; i < t->values_n; i++) {
        values[i] = t->values[i].type == 'n' ? NULL : t->values[i].p;
        lengths[i] = t->values[i].bytes;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(c, name, t->values_n, values, lengths, formats, 1)) stop(c, "send");
}

static void prepare(PGconn *c, const Tape *t)
{
    const TapeStatement *s = &t->statements[t->statement];
    char name[16];
    snprintf(name, sizeof name, "s%d", t->statement);
    if (!PQsendPrepare(c, name, s->sql, s->types_n, s->types)) stop(c, s->sql);
}

static void commit(PGconn *c)
{
    word(c, "COMMIT");
    if (!PQpipelineSync(c)) stop(c, "sync");
    take_all(c);
}

int main(int argc, char **argv)
{
    static Tape t;
    static bool prepared[TAPE_STATEMENTS_MAX];
    long batch = argc > 3 ? strtol(argv[3], NULL, 10) : 64;
    if (argc < 3 || argc > 4 || batch < 1) {
        fprintf(stderr, "usage: bare_postgres URL TAPE [BATCH]\n");
        return 2;
    }
    tape_open(&t, argv[2]);
    PGconn *c = PQconnectdb(argv[1]);
    if (PQstatus(c) != CONNECTION_OK) stop(c, "connect");
    PQsetnonblocking(c, 1);
    PQenterPipelineMode(c);
    long commands = 0, rows = 0, commits = 0;
    TapeClock from = tape_clock();
    word(c, "BEGIN");
    while (tape_next(&t)) {
        if (tape_begins_command(&t) && commands++ > 0 && commands % batch == 1 % batch) {
            commit(c);
            word(c, "BEGIN");
            commits++;
        }
        if (!prepared[t.statement]) prepare(c, &t);
        prepared[t.statement] = true;
        play(c, &t);
        rows++;
    }
    commit(c);
    tape_report("bare_postgres", from, commands, rows, commits + 1);
    PQfinish(c);
    return 0;
}
