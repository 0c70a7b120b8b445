/* The body of a form: its first line is the Content-Type, the rest the body. Whatever is taken is within the body and
 * its bounds, and is valid text. */
#include "http/form.h"

#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const Form *form, Str body)
{
    CHECK(form->n_fields <= FORM_FIELDS_MAX && form->n_files <= FORM_FILES_MAX);
    for (int i = 0; i < form->n_fields; i++) {
        CHECK(form->fields[i].name.n <= FORM_NAME_MAX && form->fields[i].value.n <= FORM_VALUE_MAX);
        CHECK(utf8_valid(form->fields[i].name) && utf8_valid(form->fields[i].value));
    }
    for (int i = 0; i < form->n_files; i++) {
        const FormFile *f = &form->files[i];
        CHECK(f->bytes.n > 0 && f->bytes.p >= body.p && f->bytes.p + f->bytes.n <= body.p + body.n);
        CHECK(utf8_valid(f->name) && utf8_valid(f->type));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n > 64 * 1024) return 0;
    Arena *a = arena_new();
    Str type = { (const char *)bytes, n };
    Str rest = type;
    type = str_cut(&rest, '\n');
    char *p = malloc(rest.n + 1); /* a block of its own, so that ASan sees every byte too many */
    if (rest.n > 0) memcpy(p, rest.p, rest.n);
    Form form;
    Str body = { p, rest.n };
    Fail f = form_read(a, type, body, &form);
    if (f.err == OK) check(&form, body);
    CHECK(f.err == OK || f.code != NULL);
    free(p);
    arena_free(a);
    return 0;
}
