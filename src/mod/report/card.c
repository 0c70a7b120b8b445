/* A report as a text and a link for the group: what everybody may know of it, in plain words. */
#include "mod/report/report.h"

/* As `public` in lists.c: what nobody has looked at yet may be anything. */
static Stmt shared = { "ss", "lsss",
                       "SELECT m.number, m.state, COALESCE(c.name, ''), r.public_title FROM matter m"
                       " JOIN report r ON r.community = m.community AND r.id = m.id"
                       " LEFT JOIN category c ON c.community = m.community AND c.code = m.category"
                       " WHERE m.community = $1 AND m.id = $2 AND m.kind = 'report'"
                       " AND m.state NOT IN ('collected', 'withdrawn', 'merged')" };
Stmt *const share_statements[] = { &shared, NULL };

static Str category_name(CallCtx *c, Str names, const char *language)
{
    Fail f = FAIL_NONE;
    const json_t *v = names.n > 0 ? json_read(c->arena, names, &f) : NULL;
    Str own = json_text(v, language);
    return own.n > 0 ? own : json_text(v, "zh");
}

Fail share_run(CallCtx *c)
{
    Arena *a = c->arena;
    const char *language = "zh";
    Fail f = call_language(c, &language);
    if (f.err != OK) return f;
    DbRows *r = db_run(c->db, a, &shared, ARGS(TXT(c->community), TXT(call_arg(c, 0))), &f);
    if (f.err != OK) return f;
    if (r->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    Str state = world_word(c->world, language, "report", arena_fmt(a, "resident.%.*s", STR_ARG(db_text(r, 0, 1))).p);
    Str title = db_text(r, 0, 3), url = arena_fmt(a, "%.*s/c/%.*s/#/m/%.*s", STR_ARG(call_base_url(c)),
                                                  STR_ARG(c->community), STR_ARG(call_arg(c, 0)));
    Str category = category_name(c, db_text(r, 0, 2), language);
    Buf text = buf_new(a, 256);
    buf_fmt(&text, "%.*s %lld %.*s", STR_ARG(world_word(c->world, language, "report", "number")),
            (long long)db_int(r, 0, 0), STR_ARG(category));
    if (title.n > 0 && !str_eq(title, category)) buf_fmt(&text, "\n%.*s", STR_ARG(title));
    buf_fmt(&text, "\n%.*s\n%.*s", STR_ARG(state), STR_ARG(url));
    json_t *answer = json_new_object(a);
    json_put_text(answer, "text", buf_str(&text));
    json_put_text(answer, "url", url);
    call_json(c, json_print(a, answer));
    return FAIL_NONE;
}
