/* form: the body of an HTML form, as browsers and programs send it: application/x-www-form-urlencoded (WHATWG URL,
 * section 5) and multipart/form-data (RFC 7578, RFC 2046 section 5.1). Names may come more than once; order is kept.
 *
 * Texts are valid UTF-8 without NUL and lie in the arena; the bytes of files are borrowed from the body. A part with a
 * file name is a file; one without bytes, as browsers send for a file not chosen, is left out.
 *
 * Refused: ERR_MALFORMED bad_form, bad_parameter; ERR_INVALID too_many_parameters (limit), too_many (files, limit),
 * too_long (field: the name, limit: bytes). */
#ifndef LINLI_HTTP_FORM_H
#define LINLI_HTTP_FORM_H

#include "base/fail.h"

enum { FORM_FIELDS_MAX = 200, FORM_FILES_MAX = 20, FORM_NAME_MAX = 200, FORM_VALUE_MAX = 32 * 1024 };

typedef struct FormField {
    Str name, value;
} FormField;

typedef struct FormFile {
    Str name, type; /* type as it was said, may be "" */
    Str bytes;
} FormFile;

typedef struct Form {
    FormField *fields;
    FormFile *files;
    int n_fields, n_files;
} Form;

/* By the request's Content-Type; ERR_MALFORMED not_a_form for any other. */
Fail form_read(Arena *a, Str content_type, Str body, Form *form) MUST_USE;

#endif
