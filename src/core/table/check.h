/* check, inside: what the files of the table check share. Every fault is one line "module: what is wrong: name". */
#ifndef LINLI_CORE_CHECK_H
#define LINLI_CORE_CHECK_H

#include "core/internal.h"

typedef struct Check {
    const World *world;
    const Module *module;
    Buf *out;
} Check;

void check_fault(const Check *c, const char *what, const char *name);
void check_word(const Check *c, Str key); /* "report.field.text", in every language */
/* call: secrets are allowed. */
void check_fields(const Check *c, const Field *fields, bool call);
/* One field or filter: bounds, and words for it and its values. */
void check_field(const Check *c, const Field *f, WordOf of);

/* check_read.c */
void check_query(const Check *c, const Query *q);
void check_call(const Check *c, const Call *call);
void check_routes(const Check *c); /* of the whole world; c->module is not looked at */

#endif
