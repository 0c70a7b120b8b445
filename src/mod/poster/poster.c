/* poster: sheets with a QR code for a grid or a named point: one for the wall, one of cards for doors, one for what is
 * going to happen there. See README.md. */
#include "core/module.h"
#include "core/paper/paper.h"
#include "core/person/person.h"
#include "core/proof/head.h"

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
    Str title, where, when; /* of an event, as typed; "" on other sheets */
    Str head;               /* of the log as it is now; "" while it has none */
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

static const char *second_of(const Sheet *s)
{
    return strcmp(s->language, "zh") == 0 ? "bo" : "zh";
}

static json_t *begin(const Sheet *s, Str title)
{
    json_t *d = json_new_object(s->c->arena);
    json_put_text(d, "language", str_c(s->language));
    json_put_int(d, "made_at", s->c->now);
    json_put_text(d, "title", title);
    json_put_text(d, "foot", own_name(s));
    return d;
}

static Str whole_place(const Sheet *s)
{
    return arena_fmt(s->c->arena, "%.*s %.*s", STR_ARG(own_name(s)), STR_ARG(s->name));
}

/* On the wall hangs what nobody can take back: whoever passes by may hold it against the log of a later day. */
static void put_head(const Sheet *s, json_t *poster)
{
    Arena *a = s->c->arena;
    int side = 0;
    Str url = arena_fmt(a, "%.*s/c/%.*s/#/proof/%.*s", STR_ARG(call_base_url(s->c)), STR_ARG(s->c->community),
                        STR_ARG(s->head));
    if (s->head.n == 0) return;
    json_t *head = json_new_object(a), *lines = json_new_array(a);
    json_put_text(head, "modules", qr_modules(a, url, &side));
    json_put_int(head, "side", side);
    for (int i = 0; i < 2; i++) {
        Str say = word(s, i == 0 ? s->language : second_of(s), "head");
        json_array_append_new(lines, json_stringn(say.p, say.n));
    }
    Str key = verifier_key_print(a, s->c->seals, s->c->community);
    Str both = arena_fmt(a, "%.*s  %.*s", STR_ARG(key), STR_ARG(s->head));
    json_array_append_new(lines, json_stringn(both.p, both.n));
    json_put(head, "lines", lines);
    json_put(poster, "head", head);
}

static json_t *poster(const Sheet *s, Str modules, int side)
{
    Arena *a = s->c->arena;
    const char *second = second_of(s);
    bool event = s->title.n > 0;
    json_t *d = begin(s, event ? s->title : word(s, s->language, "title"));
    json_t *poster = json_new_object(a), *lines = json_new_array(a);
    if (!event) json_put_text(poster, "second", word(s, second, "title"));
    json_put_text(poster, "place", s->where.n > 0 ? s->where : whole_place(s));
    json_put_text(poster, "time", s->when);
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
    put_head(s, poster);
    json_put(d, "poster", poster);
    return d;
}

static void line(const Sheet *s, json_t *lines, const char *language, Str text, int size, bool bold)
{
    json_t *one = json_new_object(s->c->arena);
    json_put_text(one, "language", str_c(language));
    json_put_text(one, "text", text);
    json_put_int(one, "size", size);
    json_put_bool(one, "bold", bold);
    json_array_append(lines, one);
}

/* In both languages alike: a door belongs to who lives behind it, whichever they read. */
static json_t *cards(const Sheet *s, Str modules, int side)
{
    Arena *a = s->c->arena;
    const char *second = second_of(s);
    json_t *d = begin(s, word(s, s->language, "card")), *card = json_new_object(a);
    json_t *above = json_new_array(a), *below = json_new_array(a);
    line(s, above, s->language, word(s, s->language, "card"), 19, true);
    line(s, above, second, word(s, second, "card"), 15, true);
    line(s, above, s->language, whole_place(s), 12, false);
    line(s, below, s->language, word(s, s->language, "scan_short"), 11, false);
    line(s, below, second, word(s, second, "scan_short"), 11, false);
    if (s->who.n > 0)
        line(s, below, s->language,
             arena_fmt(a, "%.*s %.*s", STR_ARG(word(s, s->language, "officer")), STR_ARG(s->who)), 15, true);
    line(s, below, s->language, s->phone, 24, true);
    json_put_text(card, "modules", modules);
    json_put_int(card, "side", side);
    json_put(card, "above", above);
    json_put(card, "below", below);
    json_put(d, "card", card);
    return d;
}

typedef json_t *LayOut(const Sheet *s, Str modules, int side);

static Fail ask(Sheet *s)
{
    CallCtx *c = s->c;
    Str named = json_text(c->input, "language");
    s->title = json_text(c->input, "title");
    s->where = json_text(c->input, "where");
    s->when = json_text(c->input, "when");
    Fail f = call_language(c, &s->language);
    if (named.n > 0) s->language = arena_c(c->arena, named);
    return f;
}

/* A log that is being filled has none to show yet, and the sheet is wanted all the same. */
static Fail load_head(Sheet *s)
{
    SignedHead head;
    CallCtx *c = s->c;
    Fail f = head_now(c->arena, c->db, c->seals, c->community, c->now, &head);
    if (f.err == OK) s->head = head_print(c->arena, &head);
    return f.err == ERR_NOT_FOUND || f.err == ERR_BUSY ? FAIL_NONE : f;
}

static Fail draw(CallCtx *c, const Stmt *what, const char *kind, LayOut *lay_out)
{
    Sheet s = { .c = c };
    Str pdf, base = call_base_url(c);
    int side = 0;
    Fail f = ask(&s);
    if (f.err == OK && base.n == 0) f = fail(ERR_CONFLICT, "public_url");
    if (f.err == OK) f = load(&s, what, call_arg(c, 0));
    if (f.err == OK && lay_out == poster) f = load_head(&s);
    if (f.err != OK) return f;
    Str url = arena_fmt(c->arena, "%.*s/c/%.*s/#/report/at.%s.%.*s", STR_ARG(base), STR_ARG(c->community), kind,
                        STR_ARG(call_arg(c, 0)));
    Str modules = qr_modules(c->arena, url, &side);
    f = paper_make(c->arena, NULL, lay_out(&s, modules, side), &pdf);
    if (f.err != OK) return f;
    c->reply.type = "application/pdf";
    c->reply.body = pdf;
    return f;
}

static Fail run_grid(CallCtx *c)
{
    return draw(c, &grid_of, "grid", poster);
}

static Fail run_point(CallCtx *c)
{
    return draw(c, &point_of, "point", poster);
}

static Fail run_cards(CallCtx *c)
{
    return draw(c, &grid_of, "grid", cards);
}

/* What is typed in is printed and nothing more: an event is no matter of its own here. */
static const Field event_fields[] = {
    { .name = "title", .type = F_TEXT, .required = true, .min = 2, .max = 40 },
    { .name = "where", .type = F_TEXT, .max = 40 }, /* left out: the grid or the point */
    { .name = "when", .type = F_TEXT, .max = 40 },
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { 0 },
};

static const Call calls[] = {
    { .name = "grid", .route = "GET /grids/{code}/poster.pdf", .may = STAFF, .on = ON_READER, .per_minute = 30,
      .type = "application/pdf", .run = run_grid },
    { .name = "point", .route = "GET /points/{id}/poster.pdf", .may = STAFF, .on = ON_READER, .per_minute = 30,
      .type = "application/pdf", .run = run_point },
    { .name = "cards", .route = "GET /grids/{code}/cards.pdf", .may = STAFF, .on = ON_READER, .per_minute = 30,
      .type = "application/pdf", .run = run_cards },
    { .name = "grid_event", .route = "POST /grids/{code}/event.pdf", .may = STAFF, .fields = event_fields,
      .on = ON_READER, .body_max = 4096, .per_minute = 30, .type = "application/pdf", .run = run_grid },
    { .name = "point_event", .route = "POST /points/{id}/event.pdf", .may = STAFF, .fields = event_fields,
      .on = ON_READER, .body_max = 4096, .per_minute = 30, .type = "application/pdf", .run = run_point },
    { 0 },
};

extern const char poster_schema[], poster_zh[], poster_bo[], poster_en[];
const Module module_poster = {
    .name = "poster", .plural = "posters", .calls = calls, .statements = statements, .schema = poster_schema,
    .words_zh = poster_zh, .words_bo = poster_bo, .words_en = poster_en,
};
