/* Bits and enums by the names that clients read. */
#include "core/model/model.h"

const char *may_name(int bit)
{
    return bit < ROLES_N ? role_name(bit) : bit == ROLES_N ? "anyone" : "system";
}

const char *who_name(int bit)
{
    return bit < RELATIONS_N ? relation_name(bit) : "self";
}

const char *audience_name(int bit)
{
    static const char *const names[AUDIENCE_N] = { "public", "reporter", "handlers", "parties", "mediator", "self" };
    return names[bit];
}

const char *field_type_name(FieldType t)
{
    static const char *const names[] = {
        [F_NONE] = "none",     [F_TEXT] = "text",     [F_INT] = "integer", [F_BOOL] = "bool",     [F_ENUM] = "enum",
        [F_ID] = "id",         [F_PERSON] = "person", [F_PLACE] = "place", [F_POINT] = "point",   [F_TIME] = "time",
        [F_DATE] = "date",     [F_PHONE] = "phone",   [F_FILES] = "files", [F_RECORD] = "record", [F_LIST] = "list",
        [F_FORM] = "form",     [F_SIGNATURE] = "signature", [F_JSON] = "json", [F_DEGREES] = "degrees",
        [F_SECRET] = "secret",
    };
    return names[t];
}

bool column_is_time(const Column *c)
{
    Str name = str_c(c->name);
    return c->kind == 'l' &&
           (str_is(name, "at") || str_is(name, "since") || str_is(name, "until") || str_ends(name, S("_at")));
}

const char *column_type_name(const Column *c)
{
    if (column_is_time(c)) return "time";
    switch (c->kind) {
    case 'l': return "integer";
    case 'f': return "degrees";
    case 'b': return "bool";
    case 'j': return "json";
    case 'x': return "sealed";
    case 'p': return "masked";
    default: return "text";
    }
}

const char *method_name(HttpMethod m)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    return names[m];
}

void put_names(Json *j, const char *key, uint32_t bits, NameOf *name, int n)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (int i = 0; i < n; i++)
        if (bits & UINT32_C(1) << i) jw_text(j, str_c(name(i)));
    jw_close(j, ']');
}

void put_states(Json *j, const char *key, const Module *m, States states)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (int i = 0; m->states != NULL && m->states[i].name != NULL; i++)
        if (states & ST(i)) jw_text(j, str_c(m->states[i].name));
    jw_close(j, ']');
}
