/* doctor: looks at a folder, its store and the machine, and says what is wrong and what to do about it, in Chinese,
 * Tibetan or English (--language). It changes nothing and may run beside a server. It takes the same options as serve,
 * since what is right depends on them.
 *
 * A check is a row: a name, which is also the key of its words (doctor.zh.json: "NAME" what is wrong, "NAME.do" what to
 * do), how bad it is, and the function that looks. */
#ifndef LINLI_APP_DOCTOR_H
#define LINLI_APP_DOCTOR_H

#include "app/home.h"

typedef enum Severity { LOOK, BROKEN } Severity;

typedef struct Doctor Doctor;

typedef struct CheckRow {
    const char *name;
    Severity severity;
    void (*run)(Doctor *d);
} CheckRow;

struct Doctor {
    Arena *arena;
    const Config *config;
    Home *home;
    Db *db; /* a reader of what is there; NULL while there is none that opens */
    int n_communities;
    Str *communities;
    const CheckRow *row; /* the one at work */
    json_t *words;
    Buf out;
    int checked, looks, broken;
};

/* Says the row's words: {what} is the text, {n} the number. */
void doctor_found(Doctor *d, Str what, int64_t n);

extern const CheckRow doctor_machine[], doctor_store[]; /* end with a NULL name */

/* Exit code 1 if anything is broken. */
int cli_doctor(const Config *c);

#endif
