/* POST requests: somebody reports with another program. GET tokens: what became of it. */
#include "port/open311/post.h"

#include <math.h>

static Stmt token_load = {
    "ss", "s",
    "SELECT t.matter FROM command c JOIN timeline t ON t.community = c.community AND t.seq = c.seq"
    " WHERE c.community = $1 AND c.client_id = $2 AND t.community = $1 AND t.type = 'report.create_by_program'"
};
Stmt *const report_in_statements[] = { &token_load, NULL };

enum { GIVEN_TEXT_MAX = 200, MEDIA_URL_MAX = 1000, NAME_MAX = 100 };

/* ---- the form of a service: attribute[code]=value ---- */

static const json_t *question_of(const json_t *form, Str code)
{
    for (size_t i = 0; i < json_array_size(form); i++)
        if (str_eq(json_text(json_array_get(form, i), "name"), code)) return json_array_get(form, i);
    return NULL;
}

static bool attribute_code(Str name, Str *code)
{
    if (!str_starts(name, S("attribute["))) return false;
    Str rest = { name.p + 10, name.n - 10 };
    *code = str_cut(&rest, ']');
    return rest.n == 0 || str_is(rest, "[]");
}

static Fail put_answer(const Post *p, json_t *answers, const json_t *question, Str code, Str value)
{
    const char *name = arena_c(p->arena, code), *field = arena_fmt(p->arena, "attribute[%s]", name).p;
    Str type = json_text(question, "type");
    int64_t n = 0;
    if (json_object_get(answers, name) != NULL) return fail_field(ERR_INVALID, "repeated", field, 0);
    if (str_is(type, "int")) {
        if (!str_to_i64(value, &n)) return fail_field(ERR_INVALID, "wrong_type", field, 0);
        json_put_int(answers, name, n);
    } else if (str_is(type, "bool")) {
        bool yes = str_is(value, "true") || str_is(value, "1"), no = str_is(value, "false") || str_is(value, "0");
        if (!yes && !no) return fail_field(ERR_INVALID, "not_one_of", field, 0);
        json_put_bool(answers, name, yes);
    } else {
        json_put_text(answers, name, value);
    }
    return FAIL_NONE;
}

static Fail put_form(const Post *p, Str form_text)
{
    Fail f = FAIL_NONE;
    const json_t *form = form_text.n > 0 ? json_read(p->arena, form_text, &f) : NULL;
    json_t *answers = json_new_object(p->arena);
    for (int i = 0; i < p->form.n_fields && f.err == OK; i++) {
        Str code, value = p->form.fields[i].value, name = p->form.fields[i].name;
        if (value.n == 0 || !str_starts(name, S("attribute["))) continue;
        const json_t *question = attribute_code(name, &code) ? question_of(form, code) : NULL;
        if (question == NULL) return fail_field(ERR_INVALID, "unknown_field", name.n < 60 ? arena_c(p->arena, name)
                                                                                         : "attribute", 0);
        f = put_answer(p, answers, question, code, value);
    }
    if (f.err == OK && json_object_size(answers) > 0) json_put(p->row.input, "form", answers);
    return f;
}

/* ---- where, who, what else ---- */

static Fail degrees(const Post *p, const char *name, int64_t max, double *out)
{
    const Field field = { .name = name, .type = F_DEGREES, .max = max };
    DbVal v;
    Fail f = param_validate(p->arena, &field, post_value(p, name), &v);
    if (f.err != OK) return fail_field(ERR_INVALID, f.code, name, f.limit);
    *out = (double)v.i / 1e7;
    return FAIL_NONE;
}

static Fail put_where(const Post *p)
{
    double lon = 0, lat = 0;
    bool has_lat = post_value(p, "lat").n > 0, has_long = post_value(p, "long").n > 0;
    Str address = post_value(p, "address_string");
    if (address.n == 0) address = post_value(p, "address_id");
    if (!has_lat && !has_long && address.n == 0)
        return fail_field(ERR_INVALID, "required", "lat and long, address_string or address_id", 0);
    if (has_lat != has_long) return fail_field(ERR_INVALID, "required", has_lat ? "long" : "lat", 0);
    if (address.n > 0) json_put_text(p->row.input, "near", address);
    if (!has_lat) return FAIL_NONE;
    Fail f = degrees(p, "lat", 90, &lat);
    if (f.err == OK) f = degrees(p, "long", 180, &lon);
    if (f.err != OK) return f;
    json_t *point = json_new_object(p->arena);
    json_put(point, "lon", json_keep(p->arena, json_real(lon)));
    json_put(point, "lat", json_keep(p->arena, json_real(lat)));
    json_put(p->row.input, "point", point);
    return FAIL_NONE;
}

static bool looks_like_url(Str s)
{
    return str_starts(s, S("https://")) || str_starts(s, S("http://"));
}

/* Kept as they were said, for who handles it; nothing is fetched. */
static Fail put_given(const Post *p)
{
    static const char *const names[] = { "email", "device_id", "account_id", "address_id", "media_url" };
    json_t *given = json_new_object(p->arena);
    for (int i = 0; i < COUNT(names); i++) {
        Str value = post_value(p, names[i]);
        bool url = strcmp(names[i], "media_url") == 0, mail = strcmp(names[i], "email") == 0;
        int64_t most = url ? MEDIA_URL_MAX : GIVEN_TEXT_MAX;
        if (value.n == 0) continue;
        if (utf8_count(value) > most) return fail_field(ERR_INVALID, "too_long", names[i], most);
        if ((url && !looks_like_url(value)) || (mail && str_find(value, S("@")) < 1))
            return fail_field(ERR_INVALID, "bad_format", names[i], 0);
        json_put_text(given, names[i], value);
    }
    if (json_object_size(given) > 0) json_put(p->row.input, "given", given);
    return FAIL_NONE;
}

static void put_who(const Post *p)
{
    Str first = post_value(p, "first_name"), last = post_value(p, "last_name"), phone = post_value(p, "phone");
    Str both = first.n > 0 && last.n > 0 ? arena_fmt(p->arena, "%.*s %.*s", STR_ARG(first), STR_ARG(last))
               : first.n > 0             ? first
                                         : last;
    if (both.n > 0) json_put_text(p->row.input, "caller", both);
    if (phone.n > 0) json_put_text(p->row.input, "phone", phone);
    if (post_value(p, "description").n > 0) json_put_text(p->row.input, "text", post_value(p, "description"));
}

/* ---- POST requests ---- */

/* The id, or, where the client would rather have one (RFC 7240), the token that leads to it. */
static void put_made(Post *p, Out *o)
{
    bool token = str_find(http_header(p->http, "Prefer"), S("respond-async")) >= 0;
    out_list(o, "service_requests");
    out_item(o, "request");
    if (token)
        out_text(o, "token", p->command.client_id);
    else
        out_text(o, "service_request_id", json_text(p->command.reply, "id"));
    out_text(o, "service_notice", S(""));
    out_text(o, "account_id", post_value(p, "account_id"));
    out_item_end(o);
    out_list_end(o);
}

/* The same from one device or account on one day is the same report, sent again because the answer was lost. */
static Str same_as(const Post *p)
{
    Str device = post_value(p, "device_id"), account = post_value(p, "account_id");
    if (device.n == 0 && account.n == 0) return S("");
    return arena_fmt(p->arena, "%lld %s", (long long)(p->ask.c->now / DAY_MS), post_hash(p).p);
}

Fail report_run(CallCtx *c)
{
    Post *p = arena_new_of(c->arena, Post);
    Fail f = post_begin(c, p);
    if (f.err == OK) f = post_texts(p);
    if (f.err != OK) return f;
    Str code = post_value(p, "service_code");
    if (code.n == 0) return fail_field(ERR_INVALID, "required", "service_code", 0);
    DbRows *service = db_run(c->db, c->arena, &service_load, ARGS(TXT(p->ask.community), TXT(code)), &f);
    if (f.err == OK && service->rows == 0) f = fail_field(ERR_NOT_FOUND, "not_found", "service_code", 0);
    if (f.err != OK) return f;
    post_command(p, "report.create_by_program", same_as(p));
    p->row.matter = id_from_hash(c->arena, S("matter"), arena_fmt(c->arena, "%.*s 0", STR_ARG(p->command.client_id)));
    json_put_text(p->row.input, "category", code);
    put_who(p);
    f = put_where(p);
    if (f.err == OK) f = put_given(p);
    if (f.err == OK) f = put_form(p, db_text(service, 0, 1));
    p->put = put_made;
    return f.err == OK ? post_go(c, p) : f;
}

/* ---- GET tokens/{token} ---- */

Fail token_run(CallCtx *c)
{
    Ask a;
    Out o;
    Str token = ask_file(c);
    Fail f = ask_begin(c, &a);
    DbRows *r = f.err == OK && id_valid(token)
                    ? db_run(c->db, c->arena, &token_load, ARGS(TXT(a.community), TXT(token)), &f)
                    : NULL;
    if (f.err == OK && (r == NULL || r->rows == 0)) f = fail_field(ERR_NOT_FOUND, "not_found", "token", 0);
    if (f.err != OK) return f;
    out_begin(&o, c->arena, a.format);
    out_list(&o, "service_requests");
    out_item(&o, "request");
    out_text(&o, "service_request_id", db_text(r, 0, 0));
    out_text(&o, "token", token);
    out_item_end(&o);
    out_list_end(&o);
    ask_answer(&a, &o);
    return FAIL_NONE;
}
