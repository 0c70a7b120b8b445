/* schema: the parsed text of a schema part. Only migrate.c, digest.c and lint.c read this;
 * everybody else sees migrate.h. What is parsed belongs to the arena given. */
#ifndef LINLI_SCHEMA_H
#define LINLI_SCHEMA_H

#include "store/migrate.h"

enum { SCHEMA_SQLITE, SCHEMA_POSTGRES, SCHEMA_ENGINES };
enum { SCHEMA_TABLES_MAX = 512, SCHEMA_STEPS_MAX = 512, SCHEMA_COLUMNS_MAX = 64 };

typedef enum StepKind { STEP_TABLE, STEP_INDEX, STEP_SEARCH, STEP_FREE } StepKind;

/* One statement of a step, with the engine's own type names. */
typedef struct StepStmt {
    Str sql;
    Str table; /* whose shape it makes or changes; empty when it changes no table's shape */
    struct StepStmt *next;
} StepStmt;

typedef struct Step {
    const char *part;
    StepKind kind;
    Str name;
    Table *table; /* of STEP_TABLE and STEP_SEARCH, else NULL */
    StepStmt *first[SCHEMA_ENGINES];
    StepStmt *last[SCHEMA_ENGINES];
    Hash hash; /* of the statements: comments, blanks and line breaks do not count */
} Step;

typedef struct SchemaText {
    Schema
        schema; /* tables in the order in which they were declared: a parent before its children */
    int n;
    Step *steps;
} SchemaText;

SchemaText *schema_text(Arena *a, const SchemaPart *parts, int n, Fail *f) MUST_USE;
Table *schema_table(const Schema *s, Str name); /* NULL if not declared */
/* Words for f->log: static memory of this thread, good until the next failure on it. */
const char *schema_words(const char *fmt, ...) PRINTF_LIKE(1, 2);
const char *schema_class_name(TableClass c);

#endif
