/* bare_postgres: what plain libpq reaches on this machine, as the reference for our own figures.
 * One connection, pipeline mode, prepared statements, binary parameters; a transaction per batch,
 * commit as durable as the server is set up to make it.
 *
 *     LINLI_TEST_PG=postgresql://... bare_postgres COMMANDS [SHAPE ...]
 *
 * A command inserts one row into each of the tables that the shapes describe; the first column
 * (TEXT, 36 characters) is the primary key. A shape is a row of columns: s<bytes> text, b<bytes>
 * bytes, l integer, so "s36lb332" makes (key, TEXT, BIGINT, BYTEA). Without shapes: the six rows of
 * a command of ours. Prints one line, "commands N seconds S commands_per_s C rows_per_s R". */
#include <endian.h>
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 64, TABLES_MAX = 16, COLUMNS_MAX = 32, BYTES_MAX = 65536, KEY_CHARS = 36 };

typedef struct Shape {
    int columns; /* with the key */
    char type[COLUMNS_MAX];
    int bytes[COLUMNS_MAX];
    char name[8];
} Shape;

static char filler[BYTES_MAX];

static void stop(PGconn *c, const char *what) {
    fprintf(stderr, "bare_postgres: %s: %s\n", what, c ? PQerrorMessage(c) : "");
    exit(1);
}

static Shape shape_of(const char *text, int i) {
    Shape s = { .columns = 1, .type = "s", .bytes = { KEY_CHARS } };
    snprintf(s.name, sizeof s.name, "bare%d", i);
    while (*text) {
        char type = *text++;
        char *end;
        long bytes = strtol(text, &end, 10);
        text = end;
        if (!strchr("slb", type) || bytes < 0 || bytes > BYTES_MAX || s.columns == COLUMNS_MAX)
            stop(NULL, "a shape is made of s<bytes>, b<bytes> and l");
        s.type[s.columns] = type;
        s.bytes[s.columns++] = type == 'l' ? 8 : (int)bytes;
    }
    return s;
}

static void run(PGconn *c, const char *sql) {
    PGresult *r = PQexec(c, sql);
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) stop(c, sql);
    PQclear(r);
}

static const char *type_name(char type) {
    return type == 'l' ? "BIGINT" : type == 'b' ? "BYTEA" : "TEXT";
}

static void make_table(PGconn *c, const Shape *s) {
    char sql[4096], insert[2048];
    int n =
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s; CREATE TABLE %s (", s->name, s->name);
    int m = snprintf(insert, sizeof insert, "INSERT INTO %s VALUES (", s->name);
    Oid types[COLUMNS_MAX];
    for (int i = 0; i < s->columns; i++) {
        const char *comma = i + 1 < s->columns ? ", " : ")";
        n += snprintf(sql + n, sizeof sql - (size_t)n, "c%d %s NOT NULL%s%s", i,
                      type_name(s->type[i]), i ? "" : " PRIMARY KEY", comma);
        m += snprintf(insert + m, sizeof insert - (size_t)m, "$%d%s", i + 1, comma);
        types[i] = s->type[i] == 'l' ? 20 : s->type[i] == 'b' ? 17 : 25;
    }
    run(c, sql);
    PGresult *r = PQprepare(c, s->name, insert, s->columns, types);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) stop(c, insert);
    PQclear(r);
}

static void send_row(PGconn *c, const Shape *s, uint64_t number) {
    const char *values[COLUMNS_MAX];
    int formats[COLUMNS_MAX];
    char key[KEY_CHARS + 1];
    uint64_t integer = htobe64(number);
    /* In the order of time with some chance behind it, as our ids are. */
    snprintf(key, sizeof key, "%016llx%020llu", (unsigned long long)number,
             (unsigned long long)(number * UINT64_C(0x9E3779B97F4A7C15)));
    for (int i = 0; i < s->columns; i++) {
        values[i] = i == 0 ? key : s->type[i] == 'l' ? (const char *)&integer : filler;
        formats[i] = 1;
    }
    if (!PQsendQueryPrepared(c, s->name, s->columns, values, s->bytes, formats, 1)) stop(c, "send");
}

/* Until the next result needs no waiting: writes what is unsent, reads what has come. */
static void wait_result(PGconn *c) {
    while (PQisBusy(c)) {
        int unsent = PQflush(c);
        struct pollfd fd = { .fd = PQsocket(c),
                             .events = (short)(unsent ? POLLIN | POLLOUT : POLLIN) };
        if (unsent < 0 || (poll(&fd, 1, -1) < 0 && errno != EINTR)) stop(c, "poll");
        if ((fd.revents & POLLIN) && !PQconsumeInput(c)) stop(c, "read");
    }
}

static void take_all(PGconn *c) {
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

static void batch(PGconn *c, const Shape *shapes, int n, uint64_t from, int commands) {
    int ok = PQsendQueryParams(c, "BEGIN", 0, NULL, NULL, NULL, NULL, 1);
    for (int i = 0; i < commands; i++)
        for (int k = 0; k < n; k++)
            send_row(c, &shapes[k], from + (uint64_t)i);
    ok = ok && PQsendQueryParams(c, "COMMIT", 0, NULL, NULL, NULL, NULL, 1);
    if (!ok || !PQpipelineSync(c)) stop(c, "send");
    take_all(c);
}

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    /* event, matter, timeline, idempotency, outbox, head */
    static const char *const usual[] = { "s36ls36b400", "s36s36s20lls80s80", "s36lls40s120",
                                         "s36b32s36l",  "s36ls20s200",       "s36lb32" };
    const char *url = getenv("LINLI_TEST_PG");
    long commands = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    if (!url || commands < 1 || argc - 2 > TABLES_MAX) {
        fprintf(stderr,
                "usage: LINLI_TEST_PG=postgresql://... bare_postgres COMMANDS [SHAPE ...]\n");
        return 2;
    }
    memset(filler, 'x', sizeof filler);
    PGconn *c = PQconnectdb(url);
    if (PQstatus(c) != CONNECTION_OK) stop(c, "connect");
    run(c, "SET client_min_messages = warning");
    Shape shapes[TABLES_MAX];
    int n = argc > 2 ? argc - 2 : (int)(sizeof usual / sizeof usual[0]);
    for (int i = 0; i < n; i++) {
        shapes[i] = shape_of(argc > 2 ? argv[i + 2] : usual[i], i);
        make_table(c, &shapes[i]);
    }
    PQsetnonblocking(c, 1);
    PQenterPipelineMode(c);
    double start = now_s();
    for (long done = 0; done < commands; done += BATCH)
        batch(c, shapes, n, (uint64_t)done,
              (int)(commands - done < BATCH ? commands - done : BATCH));
    double took = now_s() - start;
    PQexitPipelineMode(c);
    printf("commands %ld seconds %.3f commands_per_s %.0f rows_per_s %.0f\n", commands, took,
           (double)commands / took, (double)commands * n / took);
    for (int i = 0; i < n; i++) {
        char sql[40];
        snprintf(sql, sizeof sql, "DROP TABLE %s", shapes[i].name);
        run(c, sql);
    }
    PQfinish(c);
    return 0;
}
