/* model: the action table told to others. Three texts, printed from the rows and from nothing else:
 *
 * - GET /model: every module with its states, actions, queries, calls and clocks, for clients that make their default
 *   lists, details and forms from it. `word` is a key under GET /words/{lang}; `values_word` begins the keys of values.
 * - GET /api/openapi.json: the same as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0), `x-linli-*` where it has no word.
 * - docs/ACTIONS.md: tables for people; script/docs writes it.
 *
 * The rows do not change while the program runs: the first two are printed once, when the server starts. */
#ifndef LINLI_MODEL_H
#define LINLI_MODEL_H

#include "core/internal.h"
#include "core/serve/serve.h"
#include "http/static.h"

extern const Module module_model;

Str model_json(Arena *a, const World *w);
Str model_openapi(Arena *a, const World *w);
Str model_actions(Arena *a, const World *w);

struct Documents {
    Asset model, openapi;
};
Documents *documents_new(Arena *a, const World *w);

/* ---- inside ---- */
enum { MAY_N = ROLES_N + 2, WHO_N = RELATIONS_N + 1, AUDIENCE_N = 6 };
typedef const char *NameOf(int bit);
const char *may_name(int bit);      /* "resident" .. "program", "anyone", "system" */
const char *who_name(int bit);      /* "reporter" .. "follower", "self" */
const char *audience_name(int bit); /* "public" .. "self" */
const char *field_type_name(FieldType t);
/* "text", "integer", "time", "degrees", "bool", "json", "sealed", "masked" */
const char *column_type_name(const Column *c);
bool column_is_time(const Column *c);
const char *method_name(HttpMethod m);
/* Names of the bits that are set, as a JSON list. */
void put_names(Json *j, const char *key, uint32_t bits, NameOf *name, int n);
void put_states(Json *j, const char *key, const Module *m, States states);

typedef struct Spec { /* an OpenAPI document on its way */
    Arena *arena;
    const World *world;
    const Module *module; /* whose rows are being printed */
    Json j;
} Spec;
/* openapi_schema.c: JSON Schema 2020-12 of what goes in and what comes out. */
void schema_of_field(Spec *s, const Field *f);      /* as sent in a body */
void schema_of_param(Spec *s, const Field *f);      /* as sent in a query string */
void schema_of_fields(Spec *s, const Field *fields); /* an object of them, and nothing else */
void schema_of_action(Spec *s, const Action *x);    /* the whole body */
void schema_of_many(Spec *s, const Action *x);
void schema_of_row(Spec *s, const Query *q);        /* one row of a list */
void schema_of_view(Spec *s);
void schema_of_answer(Spec *s, const char *answer); /* openapi_answer.c: of a call */
void schemas_shared(Spec *s);                       /* Problem, Done, Point, ... */
void put_ref(Json *j, const char *schema);          /* {"$ref":"#/components/schemas/..."} */

#endif
