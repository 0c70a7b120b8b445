/* schema_sql: tokens of schema text, and what a statement says about a table. Between schema.c and
 * schema_sql.c only. */
#ifndef LINLI_SCHEMA_SQL_H
#define LINLI_SCHEMA_SQL_H

#include "store/schema.h"

enum { TOK_WORD = 'w', TOK_TEXT = 't', TOK_NUMBER = 'n' }; /* else the character itself */

typedef struct Tok {
    char kind;
    bool gap; /* blanks or a comment stood before it */
    Str s;
} Tok;

typedef struct Toks {
    const Tok *v;
    int n;
} Toks;

/* All that the parser knows so far. */
typedef struct SchemaParser {
    Arena *a;
    Fail *f;
    SchemaText *text;
    Table **tables; /* every table ever declared; a dropped one has its bit set */
    bool *dropped;
    int tables_n;
    Step *step;
} SchemaParser;

bool schema_bad(SchemaParser *p, const char *fmt, ...) PRINTF_LIKE(2, 3); /* always false */
bool schema_lex(SchemaParser *p, Str text, Toks *out) MUST_USE;
bool tok_is(const Tok *t, const char *lower); /* a word, any case */
bool schema_name_ok(Str name);
Table *schema_find(SchemaParser *p, Str name); /* declared and not dropped; else NULL */

/* Reads one statement (without its semicolon); `both` when it is for both engines. Fills in *table
 * with the table whose shape it changes, and *skip_tail with the tokens at the end that PostgreSQL
 * does not know. */
bool schema_stmt(SchemaParser *p, Toks s, bool both, bool sqlite, Str *table,
                 int *skip_tail) MUST_USE;
/* Before the first statement of `-- table` and `-- search`: the table as the head declares it,
 * without columns. */
bool schema_declare(SchemaParser *p, Table *t) MUST_USE;

#endif
