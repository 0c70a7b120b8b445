/* Bodies and query strings against the rows: the first byte chooses a row of the table, the rest is a body. What is
 * accepted holds to its fields and is accepted again; whatever is refused says where. Each text is also tried as the
 * value of every filter, and as a category's form. */
#include "app/world.h"
#include "core/internal.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const World *world(void)
{
    static World *w;
    Str report = S("");
    if (w == NULL) w = world_new(arena_new(), world_modules, world_reactions, &report);
    CHECK(report.n == 0);
    return w;
}

static void check_errors(const Errors *e)
{
    CHECK(e->n <= 100);
    for (int i = 0; i < e->n; i++)
        CHECK(e->list[i].err != OK && e->list[i].code != NULL && utf8_valid(str_c(e->list[i].field)));
}

static void try_fields(Arena *a, const Field *fields, json_t *in)
{
    Errors errors = { .arena = a }, none = { .arena = a };
    json_t *out = fields_validate(a, fields, in, "", &errors);
    check_errors(&errors);
    if (errors.n > 0) return;
    CHECK(out != NULL && utf8_valid(json_print(a, out)));
    json_t *twice = fields_validate(a, fields, out, "", &none);
    CHECK(none.n == 0 && json_equal(out, twice));
}

static void try_command(Arena *a, const Row *row, Str body)
{
    Command c = { .arena = a, .community = S("540102001001"), .module = row->module, .action = row->action };
    Str path = row->action->from & NEW ? S("") : S("00000000-0000-7000-8000-000000000001");
    Fail f = command_read(&c, path, body, S(""));
    CHECK(f.err == OK || (f.code != NULL && utf8_valid(str_c(f.field))));
    for (int i = 0; f.err == OK && i < c.n_rows; i++) {
        CHECK(c.rows[i].matter.n == 0 || id_valid(c.rows[i].matter) || c.many);
        try_fields(a, row->action->fields, c.rows[i].input);
    }
}

static void try_filters(Arena *a, const Query *q, Str text)
{
    for (const Filter *f = q->filters; f != NULL && f->sql != NULL; f++) {
        DbVal v = { .type = '?' };
        Fail bad = param_validate(a, &f->param, text, &v);
        CHECK(bad.err == OK ? v.type == 'l' || v.type == 's' : bad.code != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2 || n > 16 * 1024) return 0;
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    const Row *row = &world()->rows[bytes[0] % world()->n_rows];
    Str body = { (const char *)bytes + 1, n - 1 };
    json_t *in = json_read(a, body, &f);
    if (row->action != NULL) try_command(a, row, body);
    if (row->call != NULL && in != NULL) try_fields(a, row->call->fields, in);
    if (row->query != NULL) try_filters(a, row->query, body);
    if (in != NULL) {
        Errors errors = { .arena = a }, filled = { .arena = a };
        Fail form = form_check(a, in, &errors);
        check_errors(&errors);
        if (form.err == OK) form_validate(a, in, json_new_object(a), "form", &filled);
        check_errors(&filled);
    }
    arena_free(a);
    return 0;
}
