/* tape: the write statements of a real server, with the values that were bound to them, as recorder.c took them down.
 * bare_sqlite and bare_postgres play it: the same rows, tables and indexes, without anything of ours around them.
 *
 * Format, numbers in the machine's order: 'S' id n sql types_n {oid}; 'X' id n {type length bytes}; 'C' a commit.
 * Types of a value: 'l' int64, 's' text, 'b' bytes, 'n' null; for PostgreSQL 't' text format, 'b' binary format. */
#ifndef LINLI_BENCH_TAPE_H
#define LINLI_BENCH_TAPE_H

#include <stdbool.h>
#include <stdint.h>

enum { TAPE_STATEMENTS_MAX = 512, TAPE_VALUES_MAX = 48 };

typedef struct TapeStatement {
    char *sql;
    int types_n;
    uint32_t types[TAPE_VALUES_MAX];
} TapeStatement;

typedef struct TapeValue {
    char type;
    int bytes;
    const char *p; /* into the tape */
} TapeValue;

typedef struct Tape {
    const char *at, *end;
    TapeStatement statements[TAPE_STATEMENTS_MAX];
    int statements_n;
    /* of the row that tape_next moved to */
    int statement;
    int values_n;
    TapeValue values[TAPE_VALUES_MAX];
} Tape;

/* Both end the program with a line when the file is no tape. */
void tape_open(Tape *t, const char *path);
bool tape_next(Tape *t); /* false at the end */
/* Is the row that tape_next moved to the first of a command? Every command begins with its event. */
bool tape_begins_command(const Tape *t);

typedef struct TapeClock {
    double wall_s, cpu_s;
} TapeClock;
TapeClock tape_clock(void);
void tape_report(const char *name, TapeClock from, long commands, long rows, long commits);

#endif
