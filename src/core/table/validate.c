/* Input against the field rows: every fault is reported with its path, the bound that it broke and a code. */
#include "core/sheet/sheet.h"
#include "core/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { ERRORS_MAX = 100 };
static const int64_t TIME_MAX_MS = INT64_C(4102444800000); /* 2100-01-01 */

void errors_add(Errors *e, Fail f)
{
    if (e->n >= ERRORS_MAX) return;
    if (e->n == e->cap) {
        int cap = e->cap == 0 ? 8 : e->cap * 2;
        Fail *list = arena_array(e->arena, Fail, cap);
        if (e->n > 0) memcpy(list, e->list, sizeof(Fail) * (size_t)e->n);
        e->list = list;
        e->cap = cap;
    }
    e->list[e->n++] = f;
}

static void add(Errors *e, Err err, const char *code, const char *path, int64_t limit)
{
    errors_add(e, fail_field(err, code, path, limit));
}

static bool text_is_clean(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static json_t *text_value(Arena *a, const Field *f, const json_t *v, const char *path, Errors *e)
{
    if (!json_is_string(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    Str s = { json_string_value(v), json_string_length(v) };
    int64_t n = utf8_count(s);
    if (n > f->max) return add(e, ERR_INVALID, "too_long", path, f->max), NULL;
    if (n < f->min || (f->required && str_trim(s).n == 0))
        return add(e, ERR_INVALID, n == 0 || f->min == 0 ? "required" : "too_short", path, f->min), NULL;
    if (!text_is_clean(s)) return add(e, ERR_INVALID, "control_character", path, 0), NULL;
    return json_keep(a, json_stringn(s.p, s.n));
}

static bool code_chars(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-')) return false;
    return s.n > 0;
}

static bool date_valid(Str s)
{
    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-') return false;
    char text[32];
    int n = snprintf(text, sizeof text, "%.10sT00:00:00Z", s.p);
    int64_t ms;
    return time_parse((Str){ text, (size_t)n }, &ms);
}

static json_t *phone_value(Arena *a, const json_t *v, const char *path, Errors *e)
{
    if (!json_is_string(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    Str s = { json_string_value(v), json_string_length(v) };
    char digits[24];
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '-') continue;
        bool ok = (c >= '0' && c <= '9') || (c == '+' && n == 0);
        if (!ok || n == 20) return add(e, ERR_INVALID, "bad_format", path, 20), NULL;
        digits[n++] = c;
    }
    if (n < 5) return add(e, ERR_INVALID, "too_short", path, 5), NULL;
    return json_keep(a, json_stringn(digits, n));
}

static bool number_of(const json_t *v, double *out)
{
    if (!json_is_number(v)) return false;
    *out = json_number_value(v);
    return true;
}

static json_t *point_value(Arena *a, const json_t *v, const char *path, Errors *e)
{
    double lon, lat, accuracy = 0;
    if (!json_is_object(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    if (json_object_get(v, "lon_e7") != NULL && json_object_get(v, "lat_e7") != NULL) {
        lon = (double)json_int(v, "lon_e7") / 1e7;
        lat = (double)json_int(v, "lat_e7") / 1e7;
        accuracy = (double)json_int(v, "accuracy_m");
    } else if (!number_of(json_object_get(v, "lon"), &lon) || !number_of(json_object_get(v, "lat"), &lat)) {
        return add(e, ERR_INVALID, "bad_format", path, 0), NULL;
    }
    if (json_object_get(v, "accuracy") != NULL) number_of(json_object_get(v, "accuracy"), &accuracy);
    if (!(lon >= -180 && lon <= 180) || !(lat >= -90 && lat <= 90))
        return add(e, ERR_INVALID, "coordinate_range", path, 180), NULL;
    if (!(accuracy >= 0)) accuracy = 0;
    if (accuracy > 100000) accuracy = 100000;
    json_t *point = json_new_object(a);
    json_put_int(point, "lon_e7", (int64_t)(lon * 1e7 + (lon < 0 ? -0.5 : 0.5)));
    json_put_int(point, "lat_e7", (int64_t)(lat * 1e7 + (lat < 0 ? -0.5 : 0.5)));
    json_put_int(point, "accuracy_m", (int64_t)(accuracy + 0.5));
    return point;
}

static json_t *files_value(Arena *a, const Field *f, json_t *v, const char *path, Errors *e)
{
    if (!json_is_array(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    if ((int64_t)json_array_size(v) > f->max) return add(e, ERR_INVALID, "too_many", path, f->max), NULL;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *id = json_array_get(v, i);
        if (!json_is_string(id) || !id_valid((Str){ json_string_value(id), json_string_length(id) }))
            return add(e, ERR_INVALID, "bad_format", arena_fmt(a, "%s[%zu]", path, i).p, ID_CHARS), NULL;
        for (size_t k = 0; k < i; k++)
            if (json_equal(id, json_array_get(v, k)))
                return add(e, ERR_INVALID, "repeated", arena_fmt(a, "%s[%zu]", path, i).p, 0), NULL;
    }
    return v;
}

static json_t *list_value(Arena *a, const Field *f, json_t *v, const char *path, Errors *e)
{
    if (!json_is_array(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    int64_t n = (int64_t)json_array_size(v);
    if (n > f->max) return add(e, ERR_INVALID, "too_many", path, f->max), NULL;
    if (n < f->min) return add(e, ERR_INVALID, "too_few", path, f->min), NULL;
    json_t *out = json_new_array(a);
    for (int64_t i = 0; i < n; i++) {
        json_t *row = fields_validate(a, f->fields, json_array_get(v, (size_t)i),
                                      arena_fmt(a, "%s[%lld]", path, (long long)i).p, e);
        if (row != NULL) json_array_append(out, row);
    }
    return out;
}

static json_t *time_value(Arena *a, const json_t *v, const char *path, Errors *e)
{
    int64_t ms = 0;
    if (json_is_integer(v))
        ms = json_integer_value(v);
    else if (!json_is_string(v) || !time_parse((Str){ json_string_value(v), json_string_length(v) }, &ms))
        return add(e, ERR_INVALID, "bad_format", path, 0), NULL;
    if (ms < 0 || ms > TIME_MAX_MS) return add(e, ERR_INVALID, "too_large", path, TIME_MAX_MS), NULL;
    return json_keep(a, json_integer(ms));
}

static json_t *signature_value(const Field *f, const json_t *in, json_t *v, const char *path, Errors *e, Arena *a)
{
    if (!json_is_object(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
    Str hash = json_text(v, "hash"), bytes;
    if (!str_is(json_text(v, "of"), f->of)) return add(e, ERR_INVALID, "signs_something_else", path, 0), NULL;
    if (hash.n != 64 || !hex_to(a, hash, &bytes)) return add(e, ERR_INVALID, "bad_format", path, 64), NULL;
    const json_t *signed_text = json_object_get(in, f->of);
    if (json_is_string(signed_text) && !str_eq(hash, hash_hex(a, hash_one(json_text(in, f->of)))))
        return add(e, ERR_INVALID, "signs_another_text", path, 0), NULL;
    return v;
}

static bool text_matches(const Field *f, Str s)
{
    switch (f->type) {
    case F_ID:
    case F_PERSON: return id_valid(s);
    case F_DATE: return date_valid(s);
    case F_PLACE: return code_chars(s) && (int64_t)s.n <= f->max;
    case F_ENUM:
        for (const char *const *v = f->values; *v != NULL; v++)
            if (str_is(s, *v)) return true;
        return false;
    default: return false;
    }
}

static json_t *value_of(Arena *a, const Field *f, json_t *v, const json_t *in, const char *path, Errors *e)
{
    switch (f->type) {
    case F_TEXT:
    case F_SECRET: return text_value(a, f, v, path, e);
    case F_INT:
        if (!json_is_integer(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
        if (json_integer_value(v) < f->min) return add(e, ERR_INVALID, "too_small", path, f->min), NULL;
        if (json_integer_value(v) > f->max) return add(e, ERR_INVALID, "too_large", path, f->max), NULL;
        return v;
    case F_BOOL:
        if (!json_is_boolean(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
        return v;
    case F_ENUM:
    case F_ID:
    case F_PERSON:
    case F_PLACE:
    case F_DATE: {
        if (!json_is_string(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
        Str s = { json_string_value(v), json_string_length(v) };
        if (!text_matches(f, s))
            return add(e, ERR_INVALID, f->type == F_ENUM ? "not_one_of" : "bad_format", path, 0), NULL;
        return v;
    }
    case F_POINT: return point_value(a, v, path, e);
    case F_TIME: return time_value(a, v, path, e);
    case F_PHONE: return phone_value(a, v, path, e);
    case F_FILES: return files_value(a, f, v, path, e);
    case F_RECORD: return fields_validate(a, f->fields, v, path, e);
    case F_LIST: return list_value(a, f, v, path, e);
    case F_SIGNATURE: return signature_value(f, in, v, path, e, a);
    case F_FORM:
        if (!json_is_object(v)) return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
        /* fall through */
    case F_JSON:
        if ((int64_t)json_print(a, v).n > f->max) return add(e, ERR_INVALID, "too_long", path, f->max), NULL;
        return v;
    case F_DEGREES:
    case F_NONE: break;
    }
    return add(e, ERR_INVALID, "wrong_type", path, 0), NULL;
}

json_t *fields_validate(Arena *a, const Field *fields, json_t *in, const char *path, Errors *errors)
{
    static const Field none[] = { { 0 } };
    if (fields == NULL) fields = none;
    if (!json_is_object(in)) return add(errors, ERR_INVALID, "wrong_type", path, 0), NULL;
    json_t *out = json_new_object(a);
    for (const Field *f = fields; f->name != NULL; f++) {
        const char *at = path[0] != 0 ? arena_fmt(a, "%s.%s", path, f->name).p : f->name;
        json_t *v = json_object_get(in, f->name);
        if (v == NULL || json_is_null(v)) {
            if (f->required) add(errors, ERR_INVALID, "required", at, 0);
            continue;
        }
        json_t *value = value_of(a, f, v, in, at, errors);
        if (value != NULL) json_put(out, f->name, value);
    }
    const char *key;
    json_t *ignored;
    json_object_foreach(in, key, ignored) {
        bool known = false;
        for (const Field *f = fields; f->name != NULL && !known; f++)
            known = strcmp(f->name, key) == 0;
        if (!known) { /* an unknown name comes from outside: only its first characters, as they are valid UTF-8 */
            Str shown = str_c(key);
            if (shown.n > 40) shown = S("...");
            add(errors, ERR_INVALID, "unknown_field",
                path[0] != 0 ? arena_fmt(a, "%s.%.*s", path, STR_ARG(shown)).p : arena_str(a, shown).p, 0);
        }
    }
    return out;
}

/* ---- forms: a category's own fields, as data ----------------------------------------------------------- */

enum {
    FORM_FIELDS_MAX = 30,
    FORM_VALUES_MAX = 40,
    FORM_VALUE_CHARS_MAX = 40,
    FORM_TEXT_MAX = 2000,
    FORM_INT_MAX = 1000000000
};
static const char *const FORM_TYPES[] = { "text", "int", "bool", "enum", "date", NULL };
static const FieldType FORM_TYPE[] = { F_TEXT, F_INT, F_BOOL, F_ENUM, F_DATE };

static const Field form_words[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "bo", .type = F_TEXT, .max = 120 },
    { .name = "en", .type = F_TEXT, .max = 80 },
    { 0 },
};
static const Field form_row[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "type", .type = F_ENUM, .required = true, .values = FORM_TYPES },
    { .name = "required", .type = F_BOOL },
    { .name = "min", .type = F_INT, .min = -FORM_INT_MAX, .max = FORM_INT_MAX },
    { .name = "max", .type = F_INT, .min = -FORM_INT_MAX, .max = FORM_INT_MAX },
    { .name = "values", .type = F_JSON, .max = 4000 },
    { .name = "choices", .type = F_LIST, .max = FORM_VALUES_MAX, .fields = form_words }, /* words of the values */
    { .name = "words", .type = F_RECORD, .fields = form_words },
    { 0 },
};
static const Field form_list = { .name = "form", .type = F_LIST, .min = 0, .max = FORM_FIELDS_MAX, .fields = form_row };

static const char **form_values(Arena *a, const json_t *values)
{
    size_t n = json_array_size(values);
    const char **list = arena_array(a, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(values, i);
        list[i] = json_is_string(v) ? json_string_value(v) : "";
    }
    return list;
}

static Field *form_fields(Arena *a, const json_t *form)
{
    size_t n = json_array_size(form);
    Field *fields = arena_array(a, Field, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json_t *row = json_array_get(form, i);
        Field *f = &fields[i];
        f->name = arena_c(a, json_text(row, "name"));
        for (int t = 0; FORM_TYPES[t] != NULL; t++)
            if (str_is(json_text(row, "type"), FORM_TYPES[t])) f->type = FORM_TYPE[t];
        f->required = json_bool(row, "required");
        f->min = json_int(row, "min");
        f->max = json_int(row, "max");
        if (f->type == F_TEXT && f->max == 0) f->max = FORM_TEXT_MAX;
        if (f->type == F_INT && json_object_get(row, "max") == NULL) f->max = FORM_INT_MAX;
        if (f->type == F_INT && json_object_get(row, "min") == NULL) f->min = -FORM_INT_MAX;
        if (f->type == F_ENUM) f->values = form_values(a, json_object_get(row, "values"));
    }
    return fields;
}

static bool form_name_clean(const char *name)
{
    for (const char *p = name; *p != 0; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_')) return false;
    return name[0] != 0;
}

static void check_form_values(Arena *a, const json_t *values, const char *path, Errors *errors)
{
    size_t n = json_array_size(values);
    if (n == 0) add(errors, ERR_INVALID, "required", path, 0);
    if (n > FORM_VALUES_MAX) add(errors, ERR_INVALID, "too_many", path, FORM_VALUES_MAX);
    for (size_t i = 0; i < n && i < FORM_VALUES_MAX; i++) {
        const json_t *v = json_array_get(values, i);
        const char *at = arena_fmt(a, "%s[%zu]", path, i).p;
        Str text = { json_is_string(v) ? json_string_value(v) : "", json_is_string(v) ? json_string_length(v) : 0 };
        if (text.n == 0 || !text_is_clean(text)) add(errors, ERR_INVALID, "bad_format", at, 0);
        if (utf8_count(text) > FORM_VALUE_CHARS_MAX) add(errors, ERR_INVALID, "too_long", at, FORM_VALUE_CHARS_MAX);
        for (size_t k = 0; k < i; k++)
            if (json_equal(v, json_array_get(values, k))) add(errors, ERR_INVALID, "repeated", at, 0);
    }
}

/* What a question may not ask, as it is worded in any language or offered as an answer: the columns that sheets are
 * read without. */
static void check_form_words(Arena *a, const json_t *words, const char *path, Errors *errors)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)words, key, value)
        if (json_is_string(value) && heading_refused(str_c(json_string_value(value))))
            add(errors, ERR_INVALID, "column_refused", arena_fmt(a, "%s.%s", path, key).p, 0);
}

static void check_form_asks(Arena *a, const json_t *row, const char *path, Errors *errors)
{
    const json_t *values = json_object_get(row, "values"), *choices = json_object_get(row, "choices");
    if (heading_refused(json_text(row, "name")))
        add(errors, ERR_INVALID, "column_refused", arena_fmt(a, "%s.name", path).p, 0);
    check_form_words(a, json_object_get(row, "words"), arena_fmt(a, "%s.words", path).p, errors);
    for (size_t i = 0; i < json_array_size(values) && i < FORM_VALUES_MAX; i++) {
        const char *value = json_string_value(json_array_get(values, i));
        if (value != NULL && heading_refused(str_c(value)))
            add(errors, ERR_INVALID, "column_refused", arena_fmt(a, "%s.values[%zu]", path, i).p, 0);
    }
    for (size_t i = 0; i < json_array_size(choices); i++)
        check_form_words(a, json_array_get(choices, i), arena_fmt(a, "%s.choices[%zu]", path, i).p, errors);
}

static void check_form_row(Arena *a, const json_t *row, const Field *f, const char *path, Errors *errors)
{
    bool bounds = f->type == F_TEXT || f->type == F_INT;
    if (!form_name_clean(f->name)) add(errors, ERR_INVALID, "bad_format", arena_fmt(a, "%s.name", path).p, 0);
    if (f->type == F_TEXT && f->min < 0) add(errors, ERR_INVALID, "too_small", arena_fmt(a, "%s.min", path).p, 0);
    if (f->type == F_TEXT && f->max > FORM_TEXT_MAX)
        add(errors, ERR_INVALID, "too_large", arena_fmt(a, "%s.max", path).p, FORM_TEXT_MAX);
    if (bounds && f->max < f->min) add(errors, ERR_INVALID, "too_small", arena_fmt(a, "%s.max", path).p, f->min);
    if (f->type == F_ENUM)
        check_form_values(a, json_object_get(row, "values"), arena_fmt(a, "%s.values", path).p, errors);
    size_t choices = json_array_size(json_object_get(row, "choices"));
    if (choices > 0 && (f->type != F_ENUM || choices != json_array_size(json_object_get(row, "values"))))
        add(errors, ERR_INVALID, "bad_format", arena_fmt(a, "%s.choices", path).p, 0); /* one for each value */
    check_form_asks(a, row, path, errors);
}

Fail form_check(Arena *a, const json_t *form, Errors *errors)
{
    int before = errors->n;
    json_t *rows = list_value(a, &form_list, (json_t *)(uintptr_t)form, "form", errors);
    if (rows == NULL || errors->n > before) return errors->list[before];
    const Field *fields = form_fields(a, rows);
    for (const Field *f = fields; f->name != NULL; f++) {
        const char *path = arena_fmt(a, "form[%d]", (int)(f - fields)).p;
        check_form_row(a, json_array_get(rows, (size_t)(f - fields)), f, path, errors);
        for (const Field *g = fields; g < f; g++)
            if (strcmp(f->name, g->name) == 0) add(errors, ERR_INVALID, "repeated", arena_fmt(a, "%s.name", path).p, 0);
    }
    return errors->n > before ? errors->list[before] : FAIL_NONE;
}

json_t *form_validate(Arena *a, const json_t *form, json_t *in, const char *path, Errors *errors)
{
    return fields_validate(a, form_fields(a, form), in != NULL ? in : json_new_object(a), path, errors);
}

/* ---- query strings ---------------------------------------------------------------------------------------- */

Fail param_validate(Arena *a, const Field *f, Str text, DbVal *out)
{
    Errors errors = { .arena = a };
    json_t *v = NULL;
    int64_t n = 0;
    if (f->type == F_INT || f->type == F_TIME) {
        if (!str_to_i64(text, &n)) return fail_field(ERR_INVALID, "wrong_type", f->name, 0);
        v = json_keep(a, json_integer(n));
    } else if (f->type == F_DEGREES) {
        char copy[32], *end = NULL;
        if (text.n == 0 || text.n >= sizeof copy) return fail_field(ERR_INVALID, "bad_format", f->name, 0);
        memcpy(copy, text.p, text.n);
        copy[text.n] = 0;
        bool plain = strspn(copy, "-.0123456789") == text.n; /* strtod also takes 0x1p3, nan and inf */
        double degrees = strtod(copy, &end);
        double most = f->max > 0 ? (double)f->max : 180;
        if (!plain || *end != 0 || !(degrees >= -most && degrees <= most))
            return fail_field(ERR_INVALID, "coordinate_range", f->name, (int64_t)most);
        *out = NUM((int64_t)(degrees * 1e7 + (degrees < 0 ? -0.5 : 0.5)));
        return FAIL_NONE;
    } else if (f->type == F_BOOL) {
        if (!str_is(text, "1") && !str_is(text, "0")) return fail_field(ERR_INVALID, "not_one_of", f->name, 1);
        *out = NUM(str_is(text, "1"));
        return FAIL_NONE;
    } else {
        if (!utf8_valid(text) || memchr(text.p, 0, text.n) != NULL)
            return fail_field(ERR_INVALID, "bad_format", f->name, 0);
        v = json_keep(a, json_stringn(text.p, text.n));
    }
    v = value_of(a, f, v, NULL, f->name, &errors);
    if (errors.n > 0) return errors.list[0];
    *out =
        json_is_integer(v) ? NUM(json_integer_value(v)) : TXT(((Str){ json_string_value(v), json_string_length(v) }));
    return FAIL_NONE;
}
