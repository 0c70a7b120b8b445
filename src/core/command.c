/* A body becomes a command: the reserved members id, version, claimed_at, matter and rows are taken off. */
#include "core/internal.h"

static Fail take_id(json_t *o, const char *name, Str *out)
{
    json_t *v = json_object_get(o, name);
    if (v == NULL) return FAIL_NONE;
    *out = json_text(o, name);
    if (!json_is_string(v) || !id_valid(*out)) return fail_field(ERR_INVALID, "bad_format", name, ID_CHARS);
    return FAIL_NONE;
}

static Fail row_read(Command *c, CommandRow *row, json_t *o, Str matter)
{
    row->version = -1;
    row->matter = matter;
    if (!json_is_object(o)) return fail_field(ERR_INVALID, "wrong_type", "rows", 0);
    json_t *version = json_object_get(o, "version");
    if (version != NULL && !json_is_integer(version)) return fail_field(ERR_INVALID, "wrong_type", "version", 0);
    if (version != NULL) row->version = json_integer_value(version);
    row->input = json_new_object(c->arena);
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value) {
        if (strcmp(key, "id") != 0 && strcmp(key, "version") != 0 && strcmp(key, "claimed_at") != 0 &&
            strcmp(key, "matter") != 0 && strcmp(key, "rows") != 0)
            json_put(row->input, key, value);
    }
    return FAIL_NONE;
}

static Fail claimed_read(Command *c, json_t *o)
{
    json_t *v = json_object_get(o, "claimed_at");
    if (v == NULL) return FAIL_NONE;
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT64_C(4102444800000))
        return fail_field(ERR_INVALID, "bad_format", "claimed_at", 0);
    c->claimed_at = json_integer_value(v);
    return FAIL_NONE;
}

static Fail rows_read(Command *c, json_t *o, Str from_path)
{
    json_t *rows = json_object_get(o, "rows");
    bool creates = (c->action->from & NEW) != 0;
    c->many = rows != NULL;
    if (c->many && !c->action->many) return fail_field(ERR_INVALID, "unknown_field", "rows", 0);
    if (c->many && (!json_is_array(rows) || json_array_size(rows) == 0))
        return fail_field(ERR_INVALID, "too_few", "rows", 1);
    if (c->many && json_array_size(rows) > MANY_MAX) return fail_field(ERR_INVALID, "too_many", "rows", MANY_MAX);
    c->n_rows = c->many ? (int)json_array_size(rows) : 1;
    c->rows = arena_array(c->arena, CommandRow, c->n_rows);
    for (int i = 0; i < c->n_rows; i++) {
        json_t *one = c->many ? json_array_get(rows, (size_t)i) : o;
        Str id = from_path;
        Fail f = take_id(one, creates ? "id" : "matter", &id);
        if (f.err != OK && json_is_object(one)) return f;
        if (creates && id.n == 0 && c->client_id.n > 0) /* the same again for the same client id */
            id = id_from_hash(c->arena, S("matter"), arena_fmt(c->arena, "%.*s %d", STR_ARG(c->client_id), i));
        if (creates && id.n == 0) id = id_new(c->arena, now_ms());
        f = row_read(c, &c->rows[i], one, id);
        if (f.err != OK) return f;
    }
    return FAIL_NONE;
}

Fail command_read(Command *c, Str from_path, Str body, Str idempotency_key)
{
    Fail f = FAIL_NONE;
    json_t *o = body.n > 0 ? json_read(c->arena, body, &f) : json_new_object(c->arena);
    if (o == NULL) return f;
    if (!json_is_object(o)) return fail(ERR_MALFORMED, "json_not_an_object");
    if (from_path.n > 0 && !id_valid(from_path)) return fail(ERR_NOT_FOUND, "not_found");
    if (idempotency_key.n > 0) {
        if (!id_valid(idempotency_key)) return fail_field(ERR_INVALID, "bad_format", "Idempotency-Key", ID_CHARS);
        c->client_id = idempotency_key;
    } else {
        f = take_id(o, "id", &c->client_id);
    }
    if (f.err == OK) f = claimed_read(c, o);
    if (f.err == OK) f = rows_read(c, o, from_path);
    if (f.err != OK) return f;
    if (c->client_id.n > 0) {
        Str type = action_type(c->arena, c->module, c->action);
        c->body_hash = hash_hex(c->arena, hash_sha256((Str[]){ type, S(" "), from_path, S("\n"), body }, 5));
    }
    return FAIL_NONE;
}
