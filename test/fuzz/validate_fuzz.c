/* Input against fields of every type, and forms made by a stranger: whatever JSON comes in, it is refused with a path
 * and a code, or what comes out is taken again unchanged. First byte: 0 a body, 1 a form, 2 a form and what was filled
 * in, else a query string. */
#include "core/world.h"

#include <stdlib.h>

#define CHECK(truth)                                                                               \
    do {                                                                                           \
        if (!(truth)) abort();                                                                     \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const KINDS[] = { "round", "flat", NULL };
static const Field inner[] = {
    { .name = "label", .type = F_TEXT, .required = true, .min = 1, .max = 4 },
    { .name = "count", .type = F_INT, .min = -2, .max = 9 },
    { 0 },
};
static const Field fields[] = {
    { .name = "title", .type = F_TEXT, .max = 5 },
    { .name = "n", .type = F_INT, .min = 1, .max = 3 },
    { .name = "yes", .type = F_BOOL },
    { .name = "kind", .type = F_ENUM, .values = KINDS },
    { .name = "who", .type = F_PERSON },
    { .name = "where", .type = F_PLACE, .max = 6 },
    { .name = "at", .type = F_TIME },
    { .name = "day", .type = F_DATE },
    { .name = "phone", .type = F_PHONE },
    { .name = "point", .type = F_POINT },
    { .name = "photos", .type = F_FILES, .max = 2 },
    { .name = "inside", .type = F_RECORD, .fields = inner },
    { .name = "parts", .type = F_LIST, .min = 1, .max = 3, .fields = inner },
    { .name = "text", .type = F_TEXT, .max = 100 },
    { .name = "signed", .type = F_SIGNATURE, .of = "text" },
    { .name = "form", .type = F_FORM, .max = 300, .of = "kind" },
    { .name = "any", .type = F_JSON, .max = 200 },
    { 0 },
};

static void said_why(const Errors *e)
{
    CHECK(e->n > 0 && e->n <= 100);
    for (int i = 0; i < e->n; i++)
        CHECK(e->list[i].err != OK && e->list[i].code != NULL && utf8_valid(str_c(e->list[i].field)));
}

/* What was taken is in its normal form: taken again, it is the same. */
static void body(Arena *a, json_t *in)
{
    Errors first = { .arena = a }, second = { .arena = a };
    json_t *out = fields_validate(a, fields, in, "", &first);
    if (first.n > 0) {
        said_why(&first);
        return;
    }
    CHECK(out != NULL);
    json_t *again = fields_validate(a, fields, out, "", &second);
    CHECK(second.n == 0 && str_eq(json_print(a, out), json_print(a, again)));
}

static bool form(Arena *a, const json_t *rows)
{
    Errors e = { .arena = a };
    Fail f = form_check(a, rows, &e);
    CHECK((f.err == OK) == (e.n == 0));
    if (e.n > 0) said_why(&e);
    return e.n == 0;
}

static void filled(Arena *a, const json_t *pair)
{
    const json_t *rows = json_array_get(pair, 0);
    Errors e = { .arena = a }, second = { .arena = a };
    if (rows == NULL || !form(a, rows)) return;
    json_t *out = form_validate(a, rows, json_array_get(pair, 1), "form", &e);
    if (e.n > 0) {
        said_why(&e);
        return;
    }
    json_t *again = form_validate(a, rows, out, "form", &second);
    CHECK(second.n == 0 && str_eq(json_print(a, out), json_print(a, again)));
}

static void parameter(Arena *a, uint8_t which, Str text)
{
    const Field *f = &fields[which % (COUNT(fields) - 1)];
    Field degrees = { .name = "lon", .type = F_DEGREES };
    DbVal v;
    bool holds = f->type == F_TEXT || f->type == F_INT || f->type == F_BOOL || f->type == F_ENUM ||
                 f->type == F_PERSON || f->type == F_PLACE || f->type == F_TIME ||
                 f->type == F_DATE;                                            /* as the table check allows */
    if (!utf8_valid(text) || memchr(text.p, 0, text.n) != NULL) return;        /* http refuses these before */
    if (holds && param_validate(a, f, text, &v).err == OK) CHECK(v.type == 'l' || v.type == 's');
    if (param_validate(a, &degrees, text, &v).err == OK) CHECK(v.i >= -1800000000 && v.i <= 1800000000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2) return 0;
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    Str text = { (const char *)data + 1, n - 1 };
    json_t *in = data[0] < 3 ? json_read(a, text, &f) : NULL;
    if (data[0] >= 3)
        parameter(a, data[0], text);
    else if (in != NULL && data[0] == 0)
        body(a, in);
    else if (in != NULL && data[0] == 1)
        form(a, in);
    else if (in != NULL)
        filled(a, in);
    arena_free(a);
    return 0;
}
