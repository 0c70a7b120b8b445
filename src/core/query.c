/* Lists: the row's SQL, the scope, the filters that were asked for, the cursor, the page. */
#include "core/query.h"

#include "core/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARGS_MAX = 60 };
enum { ROW_BYTES = 768 }; /* a guess at what a row comes to; the buffer grows */
enum { WORDS_COMMON = 3000, WORDS_TRIED = 3 };
enum { SCOPE_PLACES_MAX = 18 }; /* a person's role rows (PERSON_ROLES_MAX), with two arguments each */

typedef struct Shape { /* what a row's columns and order text mean; parsed once at start */
    Column columns[COLUMNS_MAX];
    int n_columns;
    char out[COLUMNS_MAX + 1];
    QueryOrder order, found; /* found: of hits, if the row has an order for them */
    Stmt base[3];            /* first page unfiltered; a later one with each filter; one of hits in their own order */
} Shape;

typedef enum ScopeUsed { BY_RANGE, BY_ROLES, BY_RELATION, BY_NOTHING } ScopeUsed;

typedef struct Sql {
    Buf text;
    char in[ARGS_MAX + 1];
    DbVal args[ARGS_MAX];
    int n;
    bool pg;
    bool common; /* so many matters have these words that the list's own order finds a page of them sooner */
    bool few;    /* so few that they lead: matters are looked up by them, and then sorted */
    int match;   /* number of the words' argument where they lead; 0: they do not */
    bool found;  /* hits in an order of their own: what was reached, in match, match + 1, match + 2 */
    SearchReach reach;
    DbVal given[QUERY_FILTERS_MAX + 1]; /* the filters' values, in their order; type 0: not asked for */
    Str by; /* "r.changed_at" if a filter names it: lists in that order are read by r's columns; else "" */
} Sql;

static int sql_arg(Sql *s, DbVal v)
{
    assert(s->n < ARGS_MAX);
    s->in[s->n] = v.type;
    s->args[s->n++] = v;
    s->in[s->n] = 0;
    return s->n;
}

static char engine_type(char kind)
{
    return kind == 'l' || kind == 'f' || kind == 'b' ? 'l' : 's';
}

/* ---- composing ---- */

/* Codes nest by prefix; ':' is the byte after '9' and '-' sorts before the digits. Who holds the whole community needs
 * no test, and a grid has nothing below it: both let the list be read off an index in its own order. */
static void put_place(Sql *s, Str place)
{
    Str community = s->args[0].s;
    if (str_starts(community, place)) {
        buf_c(&s->text, "1 = 1");
    } else if (str_find(place, S("-")) >= 0) {
        buf_fmt(&s->text, "m.place = $%d", sql_arg(s, TXT(place)));
    } else {
        Str end = arena_fmt(s->text.arena, "%.*s:", STR_ARG(place));
        int from = sql_arg(s, TXT(place)), to = sql_arg(s, TXT(end));
        buf_fmt(&s->text, "(m.place >= $%d AND m.place < $%d)", from, to);
    }
}

/* Who the actor is: their own id, then the units that they belong to. */
static void put_mine(Sql *s, const Actor *actor)
{
    buf_fmt(&s->text, "$%d", sql_arg(s, TXT(actor->person)));
    for (int i = 0; i < actor->n_units && i < ACTOR_UNITS_MAX; i++)
        buf_fmt(&s->text, ", $%d", sql_arg(s, TXT(actor->units[i])));
}

static void put_within(Sql *s, const Query *q, const Actor *actor, ScopeUsed used, int64_t now)
{
    if (used == BY_RANGE) {
        put_place(s, actor->roles[0].place);
    } else if (used == BY_ROLES) {
        buf_c(&s->text, "(");
        int n = 0;
        for (int i = 0; i < actor->n_roles && n < SCOPE_PLACES_MAX; i++) {
            const RoleAt *r = &actor->roles[i];
            if (!(r->roles & q->may) || (r->from != 0 && r->from > now) || (r->until != 0 && now >= r->until)) continue;
            if (n++ > 0) buf_c(&s->text, " OR ");
            put_place(s, r->place);
        }
        buf_c(&s->text, n > 0 ? ")" : "1 = 0)");
    } else if (used == BY_RELATION) {
        buf_c(&s->text, "m.id IN (SELECT rel.matter FROM relation rel WHERE rel.community = $1 AND rel.person IN (");
        put_mine(s, actor);
        buf_fmt(&s->text, ") AND (rel.relations & $%d) <> 0)", sql_arg(s, NUM((int64_t)q->who)));
    } else {
        buf_c(&s->text, "1 = 1");
    }
}

static void put_scope(Sql *s, const Query *q, const Actor *actor, ScopeUsed used, int64_t now)
{
    put_within(s, q, actor, used, now);
    if (q->unless == 0 || used == BY_NOTHING) return;
    buf_c(&s->text,
          " AND m.id NOT IN (SELECT own.matter FROM relation own WHERE own.community = $1 AND own.person IN (");
    put_mine(s, actor);
    buf_fmt(&s->text, ") AND (own.relations & $%d) <> 0)", sql_arg(s, NUM((int64_t)q->unless)));
}

/* Which way the actor is let in: by place if a role gives it, else by relation. */
static ScopeUsed scope_of(const Query *q, const Actor *actor, int64_t now, int *range)
{
    if (q->scope == SCOPE_NONE || q->scope == SCOPE_SELF) return BY_NOTHING;
    if (q->scope == SCOPE_MINE) return BY_RELATION;
    int n = 0;
    for (int i = 0; i < actor->n_roles; i++) {
        const RoleAt *r = &actor->roles[i];
        if (!(r->roles & q->may) || (r->from != 0 && r->from > now) || (r->until != 0 && now >= r->until)) continue;
        *range = i;
        n++;
    }
    if (n == 0 && q->who != 0) return BY_RELATION;
    return n == 1 ? BY_RANGE : BY_ROLES;
}

/* "{in cell}": the value of that filter, which must be required. */
static void put_given(Sql *s, const Query *q, Str name)
{
    for (int i = 0; q->filters != NULL && q->filters[i].param.name != NULL; i++)
        if (str_is(name, q->filters[i].param.name)) buf_fmt(&s->text, "$%d", sql_arg(s, s->given[i]));
}

#define FROM_MATTER " FROM matter m"

/* CROSS JOIN is the order of reading to SQLite. */
static void put_words(Sql *s, const Query *q)
{
    for (int i = 0; !s->found && q->filters[i].sql != NULL; i++)
        if (q->filters[i].param.search && s->given[i].type != 0) s->match = sql_arg(s, s->given[i]);
    if (s->found)
        buf_c(&s->text, " FROM search w CROSS JOIN matter m");
    else
        buf_fmt(&s->text, " FROM (SELECT matter FROM search WHERE search MATCH $%d AND community = $1) w"
                          " CROSS JOIN matter m", s->match);
}

static void put_text(Sql *s, const Query *q, const Actor *actor, ScopeUsed used, const Str *args, int n_args,
                     int64_t now)
{
    for (int i = 0; i < n_args; i++)
        sql_arg(s, TXT(args[i]));
    if (s->found) {
        s->match = sql_arg(s, TXT(s->reach.match));
        sql_arg(s, NUM(s->reach.down_to));
        sql_arg(s, NUM(s->reach.below));
    }
    const char *from = s->few || (s->found && !s->pg) ? strstr(q->sql, FROM_MATTER) : NULL;
    for (const char *p = q->sql; *p != 0;) {
        size_t plain = strcspn(p, "{");
        if (from != NULL && p <= from && from < p + plain) plain = (size_t)(from - p);
        buf_add(&s->text, (Str){ p, plain });
        p += plain;
        if (p == from) {
            put_words(s, q);
            p += sizeof FROM_MATTER - 1;
            continue;
        }
        if (strncmp(p, "{scope}", 7) == 0) {
            put_scope(s, q, actor, used, now);
            p += 7;
        } else if (strncmp(p, "{self}", 6) == 0) {
            buf_fmt(&s->text, "$%d", sql_arg(s, TXT(actor != NULL ? actor->person : S(""))));
            p += 6;
        } else if (strncmp(p, "{mine}", 6) == 0) {
            put_mine(s, actor);
            p += 6;
        } else if (strncmp(p, "{now}", 5) == 0) {
            buf_fmt(&s->text, "$%d", sql_arg(s, NUM(now)));
            p += 5;
        } else if (strncmp(p, "{in ", 4) == 0) {
            put_given(s, q, (Str){ p + 4, strcspn(p + 4, "}") });
            p += strcspn(p, "}") + 1;
        } else if (*p != 0) {
            buf_char(&s->text, *p++);
        }
    }
}

/* Of a filter's text what is for this value: see Filter in action.h. */
static Str filter_text(Sql *s, const Filter *f, DbVal v)
{
    Str text = str_c(f->sql);
    if (str_starts(text, S("{by "))) {
        s->by = str_cut(&text, '}');
        str_cut(&s->by, ' ');
    }
    int64_t at = str_find(text, S("{else}"));
    if (at < 0) return text;
    Str otherwise = { text.p + at + 6, text.n - (size_t)at - 6 };
    return v.i != 0 ? (Str){ text.p, (size_t)at } : otherwise;
}

static void put_filter(Sql *s, const Filter *f, DbVal v)
{
    Str text = filter_text(s, f, v);
    if (text.n == 0) return; /* its value stands elsewhere */
    bool leads = s->match != 0 && strcmp(f->sql, "{match}") == 0;
    if (leads && s->found)
        buf_fmt(&s->text,
                s->pg ? " AND m.id IN (SELECT matter FROM search WHERE community = $1"
                        " AND to_tsvector('simple', tokens) @@ to_tsquery('simple', $%d))"
                        " AND m.number >= $%d AND m.number < $%d"
                      : " AND m.id = w.matter AND w.search MATCH $%d AND w.community = $1"
                        " AND w.rowid >= $%d AND w.rowid < $%d",
                s->match, s->match + 1, s->match + 2);
    else if (leads)
        buf_c(&s->text, " AND m.id = w.matter");
    if (leads) return;
    bool bound = memchr(text.p, '$', text.n) != NULL || strcmp(f->sql, "{match}") == 0;
    int n = bound ? sql_arg(s, v) : 0;
    buf_c(&s->text, " AND ");
    if (strcmp(f->sql, "{match}") == 0) { /* full text is the only double SQL */
        buf_fmt(&s->text,
                s->pg ? "m.id IN (SELECT matter FROM search WHERE community = $1"
                        " AND to_tsvector('simple', tokens) @@ to_tsquery('simple', $%d))"
                : s->common ? "EXISTS (SELECT 1 FROM search"
                              " WHERE rowid = search_row(m.community, m.kind, m.number, m.id) AND search MATCH $%d"
                              " AND community = $1)"
                            : "m.id IN (SELECT matter FROM search WHERE search MATCH $%d AND community = $1)",
                n);
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        buf_char(&s->text, text.p[i]);
        if (text.p[i] == '$') buf_i64(&s->text, n);
    }
}

static void put_group(Sql *s, const Query *q)
{
    if (q->group != NULL) buf_fmt(&s->text, " GROUP BY %s ORDER BY %s", q->group, q->group);
}

/* "m.changed_at", or the column of that name in the table that a filter names. */
static void put_order(Sql *s, const QueryOrder *order, int i, const char *before)
{
    const char *name = order->name[i], *first = strchr(order->name[0], '.');
    Str table = s->by, column = s->by;
    str_cut(&column, '.');
    bool other = column.n > 0 && first != NULL && str_is(column, first + 1) && strchr(name, '.') != NULL;
    buf_c(&s->text, before);
    if (other) buf_add(&s->text, str_cut(&table, '.'));
    buf_c(&s->text, other ? strchr(name, '.') : name);
}

static const QueryOrder *order_of(const Shape *sh, const Sql *s)
{
    return s->found ? &sh->found : &sh->order;
}

static void put_page(Sql *s, const Shape *sh, const DbVal *cursor, int limit)
{
    const QueryOrder *order = order_of(sh, s);
    bool walked = s->found && !s->pg; /* rows stand in that order */
    if (order->n > 0 && cursor != NULL && !s->found) {
        buf_c(&s->text, " AND (");
        for (int i = 0; i < order->n; i++)
            put_order(s, order, i, i > 0 ? ", " : "");
        buf_c(&s->text, order->descending ? ") < (" : ") > (");
        for (int i = 0; i < order->n; i++)
            buf_fmt(&s->text, "%s$%d", i > 0 ? ", " : "", sql_arg(s, cursor[i]));
        buf_c(&s->text, ")");
    }
    if (walked) buf_c(&s->text, " ORDER BY w.rowid DESC");
    for (int i = 0; !walked && i < order->n; i++) {
        put_order(s, order, i, i > 0 ? ", " : " ORDER BY ");
        if (order->descending) buf_c(&s->text, " DESC");
    }
    buf_fmt(&s->text, " LIMIT $%d", sql_arg(s, NUM(limit)));
}

/* ---- at start ---- */

static int count_holes(const char *route)
{
    int n = 0;
    for (const char *p = route; *p != 0; p++)
        n += *p == '{';
    return n;
}

typedef enum Variant { FIRST_PAGE, FILTERED, FOUND } Variant;

static Sql start_text(const World *w, const Query *q, const Shape *sh, ScopeUsed used, Variant v, bool pg)
{
    bool filtered = v != FIRST_PAGE;
    static const RoleAt none = { 0, { "0", 1 }, 0, 0 }; /* not the whole: the text that has the range */
    const Actor nobody = { .person = S(""), .roles = &none, .n_roles = 1 };
    Sql s = { .text = buf_new(w->arena, 512), .pg = pg, .found = v == FOUND };
    Str args[PATH_ARGS_MAX] = { { "", 0 }, { "", 0 }, { "", 0 } };
    DbVal cursor[ORDER_MAX];
    for (int i = 0; q->filters != NULL && q->filters[i].sql != NULL; i++) {
        FieldType t = q->filters[i].param.type;
        /* a word that both engines take as a match expression */
        s.given[i] = t == F_INT || t == F_TIME || t == F_BOOL || t == F_DEGREES ? NUM(0) : TXT(S(""));
    }
    sql_arg(&s, TXT(S("")));
    put_text(&s, q, &nobody, used, args, count_holes(q->route), 0);
    for (int i = 0; filtered && q->filters != NULL && q->filters[i].sql != NULL; i++)
        put_filter(&s, &q->filters[i], s.given[i]);
    const QueryOrder *order = order_of(sh, &s);
    for (int i = 0; i < order->n; i++)
        cursor[i] = sh->out[order->column[i]] == 'l' ? NUM(0) : TXT(S(""));
    put_group(&s, q);
    put_page(&s, sh, filtered && order->n > 0 ? cursor : NULL, 1);
    return s;
}

static void register_text(const World *w, const Query *q, const Shape *sh, ScopeUsed used, Variant v, Stmt *st)
{
    Sql s = start_text(w, q, sh, used, v, false), pg = start_text(w, q, sh, used, v, true);
    *st = (Stmt){ .in = arena_c(w->arena, str_c(s.in)), .out = arena_c(w->arena, str_c(sh->out)),
                  .sql = arena_c(w->arena, buf_str(&s.text)), .sql_pg = arena_c(w->arena, buf_str(&pg.text)) };
    db_register(st);
}

typedef struct Shaped {
    const Query *query;
    Shape *shape;
} Shaped;
static Shaped shapes[512]; /* filled once at start, before any thread */
static int n_shapes;

static const Shape *shape_of(const Query *q)
{
    for (int i = 0; i < n_shapes; i++)
        if (shapes[i].query == q) return shapes[i].shape;
    return NULL;
}

/* Every variant that can be composed begins as one of these texts, so drift fails at boot: first page and last. */
void query_register(World *w, const Query *q)
{
    if (q->view || q->sql == NULL || shape_of(q) != NULL) return;
    Shape *sh = arena_new_of(w->arena, Shape);
    sh->n_columns = query_columns(q, sh->columns);
    for (int i = 0; i < sh->n_columns; i++)
        sh->out[i] = engine_type(sh->columns[i].kind);
    if (!query_order(q->order, sh->columns, sh->n_columns, &sh->order) ||
        !query_order(q->found, sh->columns, sh->n_columns, &sh->found))
        assert(false && "the table check has let this through");
    ScopeUsed used = q->scope == SCOPE_PLACE ? BY_RANGE : q->scope == SCOPE_MINE ? BY_RELATION : BY_NOTHING;
    register_text(w, q, sh, used, FIRST_PAGE, &sh->base[0]);
    register_text(w, q, sh, used, FILTERED, &sh->base[1]);
    if (q->found != NULL) register_text(w, q, sh, used, FOUND, &sh->base[2]);
    assert(n_shapes < COUNT(shapes));
    shapes[n_shapes++] = (Shaped){ q, sh };
}

/* ---- answering ---- */

Str reading_open(Reading *r, SealedText sealed)
{
    return key_cache_open(r->keys, r->db, r->arena, r->community, sealed);
}

static void put_sealed(Reading *r, Json *j, Str text, bool masked)
{
    SealedText sealed;
    Str plain = seal_raw(text, &sealed) ? reading_open(r, sealed) : raw_text(r->arena, text);
    if (plain.n == 0)
        jw_null(j);
    else
        jw_text(j, masked ? mask_text(r->arena, plain) : plain);
}

static void put_value(Reading *r, Json *j, char kind, const DbVal *v)
{
    if (v->type == 'n') {
        jw_null(j);
        return;
    }
    switch (kind) {
    case 'l': jw_int(j, v->i); break;
    case 'b': jw_bool(j, v->i != 0); break;
    case 'f': jw_e7(j, v->i); break;
    case 'j': jw_raw(j, v->s.n > 0 ? v->s : S("null")); break;
    case 'x': put_sealed(r, j, v->s, false); break;
    case 'p': put_sealed(r, j, v->s, true); break;
    default: jw_text(j, v->s); break;
    }
}

static void put_row(Reading *r, const Shape *sh, Buf *out, const DbRows *rows, int row)
{
    buf_char(out, '{');
    for (int i = 0; i < sh->n_columns; i++) {
        Str key = sh->columns[i].key;
        Json j = json_to(out);
        buf_add(out, i > 0 ? key : (Str){ key.p + 1, key.n - 1 });
        put_value(r, &j, sh->columns[i].kind, &rows->vals[row * rows->cols + i]);
    }
    buf_char(out, '}');
}

/* `q` with search words is not compared but matched; its value becomes the engine's match expression. */
static Fail filter_value(Reading *r, const Filter *f, Str text, DbVal *v)
{
    Fail bad = param_validate(r->arena, &f->param, text, v);
    if (bad.err != OK || !f->param.search) return bad;
    Str match = search_match(r->arena, r->seals, v->s, db_is_postgres(r->db), r->community);
    if (match.n == 0) return fail_field(ERR_INVALID, "nothing_to_search", f->param.name, 0);
    *v = TXT(match);
    return FAIL_NONE;
}

static Fail read_filters(Reading *r, Sql *s)
{
    const Filter *list = r->query->filters;
    for (int i = 0; list != NULL && list[i].sql != NULL; i++) {
        const Filter *f = &list[i];
        Str text;
        if (r->param == NULL || !r->param(r->self, f->param.name, &text) || text.n == 0) {
            if (f->param.required) return fail_field(ERR_INVALID, "required", f->param.name, 0);
            continue;
        }
        if (i == QUERY_FILTERS_MAX) return fail_field(ERR_INVALID, "too_many", f->param.name, QUERY_FILTERS_MAX);
        Fail bad = filter_value(r, f, text, &s->given[i]);
        if (bad.err != OK) return bad;
    }
    return FAIL_NONE;
}

/* SQLite knows how often a word is only by counting; PostgreSQL keeps figures. */
static Fail look_at_words(Reading *r, Sql *s, Str match)
{
    Fail f = FAIL_NONE;
    int quotes = 0; /* two for each word: many words cost more to try row by row */
    for (size_t k = 0; k < match.n; k++)
        quotes += match.p[k] == '"';
    DbRows *n = db_query(r->db, r->arena,
                         "SELECT count(*) FROM (SELECT rowid FROM search WHERE search MATCH $1 LIMIT $2)", "sl", "l",
                         ARGS(TXT(match), NUM(WORDS_COMMON)), &f);
    if (f.err != OK) return f;
    s->common = db_int(n, 0, 0) == WORDS_COMMON && quotes <= 2 * WORDS_TRIED;
    s->few = !s->common;
    return f;
}

/* How the words are looked for, if there are any: hits in their own order, as far as this stage reaches, or else. */
static Fail plan_words(Reading *r, const Shape *sh, Sql *s, int stage, const Str *after)
{
    const Filter *list = r->query->filters;
    Str match = S("");
    for (int i = 0; list != NULL && list[i].sql != NULL; i++)
        if (list[i].param.search && s->given[i].type != 0) match = s->given[i].s;
    s->found = match.n > 0 && sh->found.n > 0;
    if (!s->found) return match.n > 0 && !s->pg ? look_at_words(r, s, match) : FAIL_NONE;
    DbVal cursor[ORDER_MAX] = { NUM(SEARCH_NUMBERS) };
    Fail f = after->n > 0 ? cursor_read(r->arena, sh->out, &sh->found, *after, cursor) : FAIL_NONE;
    if (f.err != OK) return f;
    return search_reach(r->db, r->arena, (SearchIn){ r->community, str_c(r->module->name), match, cursor[0].i }, stage,
                        &s->reach);
}

static Fail compose(Reading *r, const Shape *sh, Sql *s, int limit, int stage)
{
    const Query *q = r->query;
    int range = 0;
    ScopeUsed used = scope_of(q, r->actor, r->now, &range);
    Actor actor = *r->actor;
    if (used == BY_RANGE) {
        actor.roles = &r->actor->roles[range];
        actor.n_roles = 1;
    }
    Str after = S("");
    if (r->param == NULL || !r->param(r->self, "after", &after)) after = S("");
    Fail f = read_filters(r, s);
    if (f.err == OK) f = plan_words(r, sh, s, stage, &after);
    if (f.err != OK) return f;
    sql_arg(s, TXT(r->community));
    put_text(s, q, &actor, used, r->args, r->n_args, r->now);
    for (int i = 0; q->filters != NULL && q->filters[i].sql != NULL; i++)
        if (s->given[i].type != 0) put_filter(s, &q->filters[i], s->given[i]);
    DbVal cursor[ORDER_MAX];
    bool paged = sh->order.n > 0 && after.n > 0 && !s->found;
    if (paged) f = cursor_read(r->arena, sh->out, &sh->order, after, cursor);
    if (f.err != OK) return f;
    put_group(s, q);
    put_page(s, sh, paged ? cursor : NULL, q->one ? 1 : limit + 1);
    return FAIL_NONE;
}

static Fail log_rows(Reading *r, const Shape *sh, const DbRows *rows, int n)
{
    int subject = -1, id = -1;
    for (int i = 0; i < sh->n_columns; i++) {
        if (strcmp(sh->columns[i].name, "person") == 0) subject = i;
        if (strcmp(sh->columns[i].name, "id") == 0) id = i;
    }
    assert((subject >= 0 || id >= 0) && "a logged query says whose data it opens: column person or id");
    for (int i = 0; i < n; i++) {
        Str whose = db_text(rows, i, subject >= 0 ? subject : id);
        Str matter = id >= 0 ? db_text(rows, i, id) : whose;
        /* one look at one person's rows */
        if (id < 0 && i > 0 && str_eq(whose, db_text(rows, i - 1, subject))) continue;
        Fail f = query_log_access(r, whose.n > 0 ? whose : matter, matter);
        if (f.err != OK) return f;
    }
    return FAIL_NONE;
}

/* The text says what is asked for, its arguments by whom and of what: together they are the key. */
static Str kept_key(Reading *r, const Sql *s, Str text)
{
    Buf key = buf_new(r->arena, text.n + 256);
    buf_add(&key, text);
    for (int i = 0; i < s->n; i++) {
        buf_char(&key, '\0');
        buf_char(&key, s->args[i].type);
        if (s->args[i].type == 'l')
            buf_i64(&key, s->args[i].i);
        else
            buf_add(&key, s->args[i].s);
    }
    return buf_str(&key);
}

static const DbRows *rows_of(Reading *r, const Shape *sh, Sql *s, Fail *f)
{
    Str text = buf_str(&s->text);
    if (!r->query->kept || r->kept == NULL) return db_query(r->db, r->arena, text.p, s->in, sh->out, s->args, f);
    Str key = kept_key(r, s, text);
    const DbRows *rows;
    if (kept_get(r->kept, key, r->mark, &rows, 1)) return rows;
    rows = db_query(r->db, r->arena, text.p, s->in, sh->out, s->args, f);
    if (f->err == OK) kept_put(r->kept, key, r->mark, &rows, 1);
    return rows;
}

/* Hits are looked for further and further down, until there is a page of them or the reach ends. */
static Fail load_page(Reading *r, const Shape *sh, Sql *s, int limit, const DbRows **rows)
{
    Fail f = FAIL_NONE;
    for (int stage = 0; f.err == OK; stage++) {
        *s = (Sql){ .text = buf_new(r->arena, 512), .pg = db_is_postgres(r->db) };
        f = compose(r, sh, s, limit, stage);
        if (f.err == OK) *rows = rows_of(r, sh, s, &f);
        if (f.err != OK || !s->found || (*rows)->rows > limit || s->reach.ends) break;
    }
    return f;
}

/* `n` of the rows go out. Where the reach ended before there was a page, the next one goes on from there. */
static void put_next(Reading *r, const Shape *sh, const Sql *s, const DbRows *rows, int n, Buf *out)
{
    Str cursor = S("");
    if (sh->order.n > 0 && rows->rows > n)
        cursor = cursor_text(r->arena, order_of(sh, s), rows, n - 1);
    else if (s->found && s->reach.looked_to > 0)
        cursor = base64url_of(r->arena, arena_fmt(r->arena, "[%lld]", (long long)s->reach.looked_to));
    if (cursor.n > 0)
        buf_fmt(out, "\"%.*s\"}", STR_ARG(cursor));
    else
        buf_c(out, "null}");
}

Fail query_answer(Reading *r, Str *json)
{
    const Query *q = r->query;
    if (q->view) return view_answer(r, json);
    const Shape *sh = shape_of(q);
    assert(sh != NULL);
    Sql s;
    int limit = 0;
    const DbRows *rows = NULL;
    Fail f = query_limit(r, &limit);
    if (f.err == OK) f = load_page(r, sh, &s, limit, &rows);
    if (f.err != OK) return f;
    Buf out = buf_new(r->arena, (size_t)rows->rows * ROW_BYTES + 64);
    if (q->one && rows->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    int n = q->one ? 1 : rows->rows < limit ? rows->rows : limit;
    if (q->one) {
        put_row(r, sh, &out, rows, 0);
    } else {
        buf_c(&out, "{\"rows\":[");
        for (int i = 0; i < n; i++) {
            if (i > 0) buf_char(&out, ',');
            put_row(r, sh, &out, rows, i);
        }
        buf_c(&out, "],\"next\":");
        put_next(r, sh, &s, rows, n, &out);
    }
    *json = buf_str(&out);
    return q->logged ? log_rows(r, sh, rows, n) : FAIL_NONE;
}
