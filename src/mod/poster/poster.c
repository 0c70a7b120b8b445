/* poster: a sheet with a QR code for a grid or a named point. See README.md. */
#include "core/module.h"
#include "core/paper/paper.h"
#include "core/person/person.h"

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };

static Stmt grid_of = { "ss", "ss",
                        "SELECT g.code, g.name FROM grid g"
                        " WHERE g.community = $1 AND g.code = $2 AND g.retired_at = 0" };
static Stmt point_of = { "ss", "ss",
                         "SELECT p.place, p.name FROM point p WHERE p.community = $1 AND p.matter = $2" };
/* As the duty card has it, which hangs on the wall anyway; who looks after it comes before who stands in. */
static Stmt officer_of = { "ss", "ss",
                           "SELECT c.name, c.duty_phone FROM grid_officer o JOIN card c ON c.community = o.community"
                           " AND c.person = o.person WHERE o.community = $1 AND o.grid = $2"
                           " ORDER BY o.backup, o.since, o.person LIMIT 1" };
static Stmt community_of = { "s", "ss",
                             "SELECT name, value FROM setting WHERE community = $1 AND name IN ('contact', 'name')" };
static Stmt *const statements[] = { &grid_of, &point_of, &officer_of, &community_of, NULL };

typedef struct Sheet {
    CallCtx *c;
    const char *language;
    Str place, name, at; /* grid code, what is written, what the code says of the place */
    const json_t *community_name, *contact;
    Str who, phone;
} Sheet;

static Str word(const Sheet *s, const char *language, const char *key)
{
    return world_word(s->c->world, language, "poster", key);
}

static Fail load(Sheet *s, const Stmt *what, Str id)
{
    CallCtx *c = s->c;
    Fail f = FAIL_NONE;
    DbRows *place = db_run(c->db, c->arena, what, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if (place->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    s->place = db_text(place, 0, 0);
    s->name = db_text(place, 0, 1);
    DbRows *officer = db_send(c->db, c->arena, &officer_of, ARGS(TXT(c->community), TXT(s->place)));
    DbRows *settings = db_send(c->db, c->arena, &community_of, ARGS(TXT(c->community)));
    f = db_sync(c->db);
    if (f.err != OK) return f;
    for (int i = 0; i < settings->rows; i++)
        *(str_is(db_text(settings, i, 0), "name") ? &s->community_name : &s->contact) =
            json_read(c->arena, db_text(settings, i, 1), &f);
    if (officer->rows > 0) s->who = db_text(officer, 0, 0);
    s->phone = officer->rows > 0 && db_text(officer, 0, 1).n > 0 ? db_text(officer, 0, 1)
                                                                 : json_text(s->contact, "phone");
    return FAIL_NONE;
}

static Str own_name(const Sheet *s)
{
    Str name = json_text(s->community_name, s->language);
    return name.n > 0 ? name : json_text(s->community_name, "zh");
}

static json_t *document(const Sheet *s, Str modules, int side)
{
    Arena *a = s->c->arena;
    const char *second = strcmp(s->language, "zh") == 0 ? "bo" : "zh";
    json_t *d = json_new_object(a), *poster = json_new_object(a), *lines = json_new_array(a);
    json_put_text(d, "language", str_c(s->language));
    json_put_int(d, "made_at", s->c->now);
    json_put_text(d, "title", word(s, s->language, "title"));
    json_put_text(d, "foot", own_name(s));
    json_put_text(poster, "second", word(s, second, "title"));
    json_put_text(poster, "place", arena_fmt(a, "%.*s %.*s", STR_ARG(own_name(s)), STR_ARG(s->name)));
    json_put_text(poster, "modules", modules);
    json_put_int(poster, "side", side);
    for (int i = 0; i < 2; i++) {
        Str say = word(s, i == 0 ? s->language : second, "scan");
        json_array_append_new(lines, json_stringn(say.p, say.n));
    }
    json_put(poster, "lines", lines);
    if (s->who.n > 0)
        json_put_text(poster, "who",
                      arena_fmt(a, "%.*s  %.*s", STR_ARG(word(s, s->language, "officer")), STR_ARG(s->who)));
    json_put_text(poster, "phone", s->phone);
    json_put(d, "poster", poster);
    return d;
}

static Fail draw(CallCtx *c, const Stmt *what, const char *kind)
{
    static const Field language = { .name = "language", .type = F_ENUM, .values = LANGUAGES };
    Sheet s = { .c = c };
    DbVal v;
    Str pdf, base = call_base_url(c);
    int side = 0;
    Fail f = call_value(c, &language, &v);
    if (f.err == OK && base.n == 0) f = fail(ERR_CONFLICT, "public_url");
    if (f.err != OK) return f;
    s.language = v.s.n > 0 ? arena_c(c->arena, v.s) : "zh";
    f = load(&s, what, call_arg(c, 0));
    if (f.err != OK) return f;
    Str url = arena_fmt(c->arena, "%.*s/c/%.*s/#/report/at.%s.%.*s", STR_ARG(base), STR_ARG(c->community), kind,
                        STR_ARG(call_arg(c, 0)));
    Str modules = qr_modules(c->arena, url, &side);
    f = paper_make(c->arena, NULL, document(&s, modules, side), &pdf);
    if (f.err != OK) return f;
    c->reply.type = "application/pdf";
    c->reply.body = pdf;
    return f;
}

static Fail run_grid(CallCtx *c)
{
    return draw(c, &grid_of, "grid");
}

static Fail run_point(CallCtx *c)
{
    return draw(c, &point_of, "point");
}

static const Call calls[] = {
    { .name = "grid", .route = "GET /grids/{code}/poster.pdf", .may = STAFF, .on = ON_READER, .per_minute = 30,
      .type = "application/pdf", .run = run_grid },
    { .name = "point", .route = "GET /points/{id}/poster.pdf", .may = STAFF, .on = ON_READER, .per_minute = 30,
      .type = "application/pdf", .run = run_point },
    { 0 },
};

extern const char poster_schema[], poster_zh[], poster_bo[], poster_en[];
const Module module_poster = {
    .name = "poster", .plural = "posters", .calls = calls, .statements = statements, .schema = poster_schema,
    .words_zh = poster_zh, .words_bo = poster_bo, .words_en = poster_en,
};
