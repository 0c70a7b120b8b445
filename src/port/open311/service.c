/* What can be reported: the community's categories, and of each the questions of its own form. */
#include "port/open311/open311.h"

#include "core/setting.h"

static Stmt services_load = {
    "s", "ssss",
    "SELECT c.code, c.name, c.icon, c.form FROM category c WHERE c.community = $1 AND c.retired = 0 AND" OPEN311_SHOWN
    " ORDER BY c.position, c.code LIMIT 500"
};
Stmt service_load = { "ss", "ss",
                      "SELECT c.name, c.form FROM category c WHERE c.community = $1 AND c.code = $2"
                             " AND c.retired = 0 AND" OPEN311_SHOWN };
/* Also of one that was taken away: that changes the list as well. */
static Stmt changed_load = { "s", "l",
                             "SELECT COALESCE(max(m.changed_at), 0) FROM category c JOIN matter m"
                             " ON m.community = c.community AND m.id = c.id WHERE c.community = $1" };
static Stmt division_load = { "s", "s", "SELECT name FROM division WHERE community = $1 AND code = $1" };
Stmt *const service_statements[] = { &services_load, &service_load, &changed_load, &division_load, NULL };
enum { CODE, NAME, ICON, FORM };

/* ---- discovery ---- */

static void put_endpoint(Out *o, Str url, int64_t changed)
{
    out_item(o, "endpoint");
    out_text(o, "specification", S("http://wiki.open311.org/GeoReport_v2"));
    out_text(o, "url", url);
    out_time(o, "changeset", changed);
    out_text(o, "type", S("production"));
    out_list(o, "formats");
    out_word(o, "format", S("text/xml"));
    out_word(o, "format", S("application/json"));
    out_list_end(o);
    out_item_end(o);
}

static Str all_names(Arena *a, Str names)
{
    static const char *const languages[] = { "zh", "bo", "en" };
    Fail bad = FAIL_NONE;
    const json_t *v = names.n > 0 ? json_read(a, names, &bad) : NULL;
    Buf b = buf_new(a, 128);
    for (int i = 0; i < COUNT(languages); i++) {
        Str one = json_text(v, languages[i]);
        if (one.n == 0) continue;
        if (b.n > 0) buf_c(&b, " / ");
        buf_add(&b, one);
    }
    return buf_str(&b);
}

/* A well-known validator wants the type of this one answer bare. */
Fail discovery_run(CallCtx *c)
{
    Ask a;
    Out o;
    Fail f = ask_begin(c, &a);
    if (f.err != OK) return f;
    DbRows *change = db_send(c->db, c->arena, &changed_load, ARGS(TXT(a.community)));
    DbRows *name = db_send(c->db, c->arena, &setting_get, ARGS(TXT(a.community), TXT(S("name"))));
    DbRows *contact = db_send(c->db, c->arena, &setting_get, ARGS(TXT(a.community), TXT(S("contact"))));
    DbRows *division = db_send(c->db, c->arena, &division_load, ARGS(TXT(a.community)));
    f = db_sync(c->db);
    if (f.err != OK) return f;
    int64_t changed = db_int(change, 0, 0) > 0 ? db_int(change, 0, 0) : c->now;
    Str base = call_base_url(c), phone = json_text(setting_of(c->arena, contact), "phone");
    Str called = all_names(c->arena, name->rows > 0 ? db_text(name, 0, 0)
                                                    : division->rows > 0 ? db_text(division, 0, 0) : S(""));
    if (called.n == 0) called = a.community;
    out_begin(&o, c->arena, a.format);
    out_item(&o, "discovery");
    out_time(&o, "changeset", changed);
    out_text(&o, "contact", phone.n > 0 ? arena_fmt(c->arena, "%.*s, %.*s", STR_ARG(called), STR_ARG(phone)) : called);
    out_text(&o, "key_service", arena_fmt(c->arena, "%.*s/desk/", STR_ARG(base)));
    out_list(&o, "endpoints");
    put_endpoint(&o, arena_fmt(c->arena, "%.*s/open311/v2/", STR_ARG(base)), changed);
    put_endpoint(&o, arena_fmt(c->arena, "%.*s/c/%.*s/open311/v2/", STR_ARG(base), STR_ARG(a.community)),
                 changed);
    out_list_end(&o);
    out_item_end(&o);
    ask_answer(&a, &o);
    c->reply.type = a.format == AS_JSON ? "application/json" : "text/xml";
    return FAIL_NONE;
}

/* ---- services ---- */

Fail services_run(CallCtx *c)
{
    Ask a;
    Out o;
    Fail f = ask_begin(c, &a);
    DbRows *r = f.err == OK ? db_run(c->db, c->arena, &services_load, ARGS(TXT(a.community)), &f) : NULL;
    if (f.err != OK) return f;
    out_begin(&o, c->arena, a.format);
    out_list(&o, "services");
    for (int i = 0; i < r->rows; i++) {
        out_item(&o, "service");
        out_text(&o, "service_code", db_text(r, i, CODE));
        out_text(&o, "service_name", ask_name(&a, db_text(r, i, NAME)));
        out_text(&o, "description", all_names(c->arena, db_text(r, i, NAME)));
        out_bool(&o, "metadata", db_text(r, i, FORM).n > 0);
        out_text(&o, "type", S("realtime"));
        out_text(&o, "keywords", db_text(r, i, ICON));
        out_text(&o, "group", S("")); /* categories are not grouped */
        out_item_end(&o);
    }
    out_list_end(&o);
    ask_answer(&a, &o);
    return FAIL_NONE;
}

/* ---- one service: its form ---- */

/* Of a form's types, see form_check. A yes or no is a choice of two: GeoReport has no type for it. */
static const struct {
    const char *ours, *theirs, *says;
} types[] = {
    { "text", "string", "" },
    { "int", "number", "a whole number" },
    { "bool", "singlevaluelist", "true or false" },
    { "enum", "singlevaluelist", "one of the values" },
    { "date", "datetime", "YYYY-MM-DD" },
};

static Str word_of(const Ask *a, const json_t *words, Str otherwise)
{
    Str own = json_text(words, a->language);
    if (own.n == 0) own = json_text(words, "zh");
    return own.n > 0 ? own : otherwise;
}

static void put_value(Out *o, Str key, Str name)
{
    out_item(o, "value");
    out_text(o, "key", key);
    out_text(o, "name", name);
    out_item_end(o);
}

static void put_values(const Ask *a, Out *o, const json_t *row)
{
    const json_t *values = json_object_get(row, "values"), *choices = json_object_get(row, "choices");
    out_list(o, "values");
    if (str_is(json_text(row, "type"), "bool")) {
        put_value(o, S("true"), world_word(a->c->world, a->language, "list", "yes"));
        put_value(o, S("false"), world_word(a->c->world, a->language, "list", "no"));
    }
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *v = json_array_get(values, i);
        Str key = { json_string_value(v), json_string_length(v) };
        put_value(o, key, word_of(a, json_array_get(choices, i), key));
    }
    out_list_end(o);
}

static void put_attribute(const Ask *a, Out *o, const json_t *row, int64_t order)
{
    int t = 0;
    while (t + 1 < COUNT(types) && !str_is(json_text(row, "type"), types[t].ours))
        t++;
    out_item(o, "attribute");
    out_bool(o, "variable", true);
    out_text(o, "code", json_text(row, "name"));
    out_text(o, "datatype", str_c(types[t].theirs));
    out_bool(o, "required", json_bool(row, "required"));
    out_text(o, "datatype_description", str_c(types[t].says));
    out_int(o, "order", order);
    out_text(o, "description", word_of(a, json_object_get(row, "words"), json_text(row, "name")));
    put_values(a, o, row);
    out_item_end(o);
}

Fail service_run(CallCtx *c)
{
    Ask a;
    Out o;
    Str code = ask_file(c);
    Fail f = ask_begin(c, &a);
    DbRows *r = f.err == OK ? db_run(c->db, c->arena, &service_load, ARGS(TXT(a.community), TXT(code)), &f) : NULL;
    if (f.err == OK && r->rows == 0) f = fail_field(ERR_NOT_FOUND, "not_found", "service_code", 0);
    if (f.err != OK) return f;
    Str text = db_text(r, 0, 1);
    const json_t *form = text.n > 0 ? json_read(c->arena, text, &f) : NULL;
    if (f.err != OK) return fail(ERR_INTERNAL, "category_form");
    out_begin(&o, c->arena, a.format);
    out_item(&o, "service_definition");
    out_text(&o, "service_code", code);
    out_list(&o, "attributes");
    for (size_t i = 0; i < json_array_size(form); i++)
        put_attribute(&a, &o, json_array_get(form, i), (int64_t)i + 1);
    out_list_end(&o);
    out_item_end(&o);
    ask_answer(&a, &o);
    return FAIL_NONE;
}
