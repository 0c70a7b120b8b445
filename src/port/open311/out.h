/* out: one answer, written as XML or as JSON by the same calls, so that the two never say different things.
 *
 *   XML   UTF-8 with its declaration, through libxml2's writer; what XML 1.0 cannot hold becomes U+FFFD; nothing is
 *         an empty element
 *   JSON  the root is dropped; lists are arrays, flags booleans, positions numbers; nothing is null
 *
 * Names are literals of the caller's. Memory: the text lies in the arena given. */
#ifndef LINLI_PORT_OPEN311_OUT_H
#define LINLI_PORT_OPEN311_OUT_H

#include "base/json.h"

typedef enum Format { AS_XML, AS_JSON } Format;

typedef struct Out {
    Arena *arena;
    Format format;
    void *writer, *bytes; /* libxml2's */
    Buf text;
    Json json;
} Out;

void out_begin(Out *o, Arena *a, Format format);
Str out_end(Out *o);

/* A list is one element around its items; at the top of JSON it is the bare array. */
void out_list(Out *o, const char *name);
void out_list_end(Out *o);
void out_item(Out *o, const char *name); /* an object in a list, or the root of an answer that is one object */
void out_item_end(Out *o);
void out_text(Out *o, const char *name, Str value);    /* "": nothing */
void out_int(Out *o, const char *name, int64_t value); /* a number */
void out_bool(Out *o, const char *name, bool value);
void out_e7(Out *o, const char *name, bool known, int64_t e7); /* degrees */
void out_time(Out *o, const char *name, int64_t ms);           /* 2026-07-02T13:00:00Z; 0: nothing */
void out_word(Out *o, const char *name, Str value);            /* an item that is a text */

#endif
