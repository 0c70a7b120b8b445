/* recorder: takes down what a server really writes, for the bare programs to play (tape.h).
 *
 *     LD_PRELOAD=recorder.so LINLI_TAPE=file linli serve ...
 *
 * Stands between the program and libsqlite3 or libpq; the program knows nothing of it. Only INSERT, UPDATE and DELETE
 * are kept, and of SQLite only those that the program itself runs, not those that a virtual table runs inside. */
#include "tape.h"

#include <dlfcn.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static FILE *tape;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *name; /* its text on SQLite, its name on PostgreSQL */
    int known_as;
} known[TAPE_STATEMENTS_MAX];
static int known_n;

static _Thread_local struct {
    sqlite3_stmt *statement;
    int n;
    TapeValue values[TAPE_VALUES_MAX];
    int64_t numbers[TAPE_VALUES_MAX];
    int depth; /* inside sqlite3_step */
    bool fresh;
} bound;

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL) abort();
    return f;
}

static bool writes(const char *sql)
{
    return strncasecmp(sql, "INSERT ", 7) == 0 || strncasecmp(sql, "UPDATE ", 7) == 0 ||
           strncasecmp(sql, "DELETE ", 7) == 0;
}

static FILE *tape_file(void)
{
    const char *path = getenv("LINLI_TAPE");
    if (tape == NULL && path != NULL) tape = fopen(path, "we");
    return tape;
}

static void put(uint32_t n)
{
    fwrite(&n, sizeof n, 1, tape);
}

static void define(int id, const char *sql, int types_n, const Oid *types)
{
    fputc('S', tape);
    put((uint32_t)id);
    put((uint32_t)strlen(sql));
    fwrite(sql, 1, strlen(sql), tape);
    put((uint32_t)types_n);
    for (int i = 0; i < types_n; i++)
        put(types[i]);
}

static int find(const char *name)
{
    for (int i = 0; i < known_n; i++)
        if (strcmp(known[i].name, name) == 0) return i;
    return -1;
}

static int add(const char *name, const char *sql, int types_n, const Oid *types)
{
    if (known_n == TAPE_STATEMENTS_MAX) abort();
    known[known_n].name = strdup(name);
    define(known_n, sql, types_n, types);
    return known_n++;
}

static void put_row(int id, int n, const TapeValue *values)
{
    fputc('X', tape);
    put((uint32_t)id);
    put((uint32_t)n);
    for (int i = 0; i < n; i++) {
        fputc(values[i].type, tape);
        put((uint32_t)values[i].bytes);
        fwrite(values[i].p, 1, (size_t)values[i].bytes, tape);
    }
}

/* ---- SQLite ---- */

static void bind(sqlite3_stmt *st, int i, char type, const void *p, size_t bytes, int64_t number)
{
    if (bound.depth > 0 || i > TAPE_VALUES_MAX) return;
    bound.statement = st;
    bound.fresh = true;
    bound.n = i; /* bound in order, all of them, each time */
    bound.numbers[i - 1] = number;
    bound.values[i - 1] = (TapeValue){ type, (int)bytes, type == 'l' ? (const char *)&bound.numbers[i - 1] : p };
}

int sqlite3_bind_int64(sqlite3_stmt *st, int i, sqlite3_int64 v)
{
    static int (*f)(sqlite3_stmt *, int, sqlite3_int64);
    if (f == NULL) *(void **)&f = real("sqlite3_bind_int64");
    bind(st, i, 'l', NULL, sizeof v, v);
    return f(st, i, v);
}

int sqlite3_bind_text64(sqlite3_stmt *st, int i, const char *p, sqlite3_uint64 n, void (*gone)(void *),
                        unsigned char code)
{
    static int (*f)(sqlite3_stmt *, int, const char *, sqlite3_uint64, void (*)(void *), unsigned char);
    if (f == NULL) *(void **)&f = real("sqlite3_bind_text64");
    bind(st, i, 's', p, n, 0);
    return f(st, i, p, n, gone, code);
}

int sqlite3_bind_blob64(sqlite3_stmt *st, int i, const void *p, sqlite3_uint64 n, void (*gone)(void *))
{
    static int (*f)(sqlite3_stmt *, int, const void *, sqlite3_uint64, void (*)(void *));
    if (f == NULL) *(void **)&f = real("sqlite3_bind_blob64");
    bind(st, i, 'b', p, n, 0);
    return f(st, i, p, n, gone);
}

int sqlite3_bind_null(sqlite3_stmt *st, int i)
{
    static int (*f)(sqlite3_stmt *, int);
    if (f == NULL) *(void **)&f = real("sqlite3_bind_null");
    bind(st, i, 'n', "", 0, 0);
    return f(st, i);
}

static void record(sqlite3_stmt *st)
{
    const char *sql = sqlite3_sql(st);
    if (sql == NULL) return;
    pthread_mutex_lock(&mutex);
    if (strcmp(sql, "COMMIT") == 0 && tape_file() != NULL) fputc('C', tape);
    if (writes(sql) && bound.statement == st && bound.fresh && tape_file() != NULL) {
        int id = find(sql);
        if (id < 0) id = add(sql, sql, 0, NULL);
        put_row(id, bound.n, bound.values);
    }
    bound.fresh = false;
    pthread_mutex_unlock(&mutex);
}

int sqlite3_step(sqlite3_stmt *st)
{
    static int (*f)(sqlite3_stmt *);
    if (f == NULL) *(void **)&f = real("sqlite3_step");
    if (bound.depth == 0) record(st);
    bound.depth++;
    int rc = f(st);
    bound.depth--;
    return rc;
}

/* ---- PostgreSQL ---- */

int PQsendPrepare(PGconn *c, const char *name, const char *sql, int n, const Oid *types)
{
    static int (*f)(PGconn *, const char *, const char *, int, const Oid *);
    if (f == NULL) *(void **)&f = real("PQsendPrepare");
    pthread_mutex_lock(&mutex);
    if (writes(sql) && tape_file() != NULL && find(name) < 0) add(name, sql, n, types);
    pthread_mutex_unlock(&mutex);
    return f(c, name, sql, n, types);
}

int PQsendQueryPrepared(PGconn *c, const char *name, int n, const char *const *values, const int *lengths,
                        const int *formats, int result)
{
    static int (*f)(PGconn *, const char *, int, const char *const *, const int *, const int *, int);
    if (f == NULL) *(void **)&f = real("PQsendQueryPrepared");
    pthread_mutex_lock(&mutex);
    int id = tape_file() != NULL && n <= TAPE_VALUES_MAX ? find(name) : -1;
    if (id >= 0) {
        TapeValue row[TAPE_VALUES_MAX];
        for (int i = 0; i < n; i++) {
            bool binary = formats != NULL && formats[i] == 1;
            row[i] = values[i] == NULL ? (TapeValue){ 'n', 0, "" }
                                       : (TapeValue){ binary ? 'b' : 't',
                                                      binary ? lengths[i] : (int)strlen(values[i]), values[i] };
        }
        put_row(id, n, row);
    }
    pthread_mutex_unlock(&mutex);
    return f(c, name, n, values, lengths, formats, result);
}

__attribute__((destructor)) static void end(void)
{
    if (tape != NULL) fclose(tape);
}
