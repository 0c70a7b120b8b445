/* GET /sync: what a person may see, then what changed of it. Rights are asked of each matter as it is now, by the same
 * function that answers its view. */
#include "core/sync/sync.h"

#include "core/access/glance.h"
#include "core/internal.h"

enum { CHAIN_CHARS = 16, CURSOR_BYTES_MAX = 400, PART_STATES = STATES_MAX, BODIES_MAX = ACTOR_UNITS_MAX + 1 };

static Stmt head_now = { "s", "lb", "SELECT seq, hash FROM head WHERE community = $1" };
static Stmt chain_at = { "sl", "b", "SELECT hash FROM event WHERE community = $1 AND seq = $2" };
/* Open ones of a kind and state, in the order of matter_by_state. The last column: are we anything to it? */
static Stmt open_ones = {
    "ssslsllsssssssss", "lssl",
    "SELECT m.due_at, m.id, m.place, COALESCE((SELECT max(CASE WHEN (r.relations & $7) <> 0 THEN CAST(1 AS bigint)"
    " ELSE CAST(0 AS bigint) END) FROM relation r WHERE r.community = m.community AND r.matter = m.id"
    " AND r.person IN ($8, $9, $10, $11, $12, $13, $14, $15, $16)), 0)"
    " FROM matter m WHERE m.community = $1 AND m.kind = $2 AND m.state = $3 AND (m.due_at, m.id) > ($4, $5)"
    " ORDER BY m.due_at, m.id LIMIT $6"
};
static Stmt changed_since = {
    "sll", "lss", "SELECT seq, matter, type FROM timeline WHERE community = $1 AND seq > $2 ORDER BY seq LIMIT $3"
};
/* Where it was before, and did we do anything on it: whoever may have kept it is told that it is gone. */
static Stmt places_before = {
    "sss", "sl",
    "SELECT place, max(CASE WHEN actor = $3 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) FROM timeline"
    " WHERE community = $1 AND matter = $2 GROUP BY place"
};
Stmt *const delta_statements[] = { &head_now, &chain_at, &open_ones, &changed_since, &places_before, NULL };

typedef struct Delta {
    CallCtx *call;
    Cursor cursor;
    Str rights;
    bool again, more;
    int shown_max, shown;
    Buf rows, gone, stale;
    Map *seen; /* what this answer has spoken of already */
} Delta;

/* ---- the cursor ---- */

Str cursor_print(Arena *a, const Cursor *c)
{
    Buf b = buf_new(a, 160);
    Json j = json_to(&b);
    jw_open(&j, '[');
    jw_int(&j, c->begun);
    jw_int(&j, c->seq);
    jw_text(&j, c->chain);
    jw_text(&j, c->rights);
    jw_bool(&j, c->live);
    jw_int(&j, c->part);
    jw_int(&j, c->due_at);
    jw_text(&j, c->id);
    jw_close(&j, ']');
    return base64url_of(a, buf_str(&b));
}

static bool int_at(const json_t *list, size_t i, int64_t max, int64_t *out)
{
    const json_t *v = json_array_get(list, i);
    if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > max) return false;
    *out = json_integer_value(v);
    return true;
}

static bool text_at(const json_t *list, size_t i, size_t max, Str *out)
{
    const json_t *v = json_array_get(list, i);
    if (!json_is_string(v) || json_string_length(v) > max) return false;
    *out = (Str){ json_string_value(v), json_string_length(v) };
    return true;
}

bool cursor_parse(Arena *a, Str text, Cursor *c)
{
    Str bytes;
    Fail f = FAIL_NONE;
    *c = (Cursor){ .chain = S(""), .rights = S(""), .id = S("") };
    json_t *list = text.n < CURSOR_BYTES_MAX && base64url_to(a, text, &bytes) ? json_read(a, bytes, &f) : NULL;
    if (!json_is_array(list) || json_array_size(list) != 8 || !json_is_boolean(json_array_get(list, 4))) return false;
    c->live = json_is_true(json_array_get(list, 4));
    return int_at(list, 0, INT64_MAX, &c->begun) && int_at(list, 1, INT64_MAX, &c->seq) &&
           text_at(list, 2, CHAIN_CHARS, &c->chain) && text_at(list, 3, CHAIN_CHARS, &c->rights) &&
           int_at(list, 5, MODULES_MAX * PART_STATES, &c->part) && int_at(list, 6, INT64_MAX, &c->due_at) &&
           text_at(list, 7, ID_CHARS, &c->id);
}

static bool role_holds_at(const RoleAt *r, int64_t now)
{
    return (r->from == 0 || r->from <= now) && (r->until == 0 || now < r->until);
}

/* Other roles, places or units: what the phone has was picked for somebody else. */
static Str rights_of(Arena *a, const Actor *actor, int64_t now)
{
    Buf b = buf_new(a, 256);
    buf_add(&b, actor->person);
    for (int i = 0; i < actor->n_roles; i++)
        if (role_holds_at(&actor->roles[i], now))
            buf_fmt(&b, "\n%u %.*s", (unsigned)actor->roles[i].roles, STR_ARG(actor->roles[i].place));
    for (int i = 0; i < actor->n_units; i++)
        buf_fmt(&b, "\n%.*s", STR_ARG(actor->units[i]));
    return (Str){ hash_hex(a, hash_one(buf_str(&b))).p, CHAIN_CHARS };
}

static Str chain_of(Arena *a, const DbRows *r, int col)
{
    Str hash = r->rows > 0 ? db_text(r, 0, col) : S("");
    return hash.n == HASH_BYTES ? (Str){ hex_of(a, hash).p, CHAIN_CHARS } : S("");
}

/* Is this cursor one of ours, of this chain, of these rights, and not too old? */
static Fail cursor_holds(Delta *d, int64_t head, bool *holds)
{
    CallCtx *c = d->call;
    Fail f = FAIL_NONE;
    Cursor *u = &d->cursor;
    *holds = str_eq(u->rights, d->rights) && u->seq <= head && u->begun <= c->now &&
             u->begun > c->now - SYNC_AGAIN_DAYS * DAY_MS;
    if (!*holds || u->seq == 0) return f;
    DbRows *r = db_run(c->db, c->arena, &chain_at, ARGS(TXT(c->community), NUM(u->seq)), &f);
    *holds = f.err == OK && u->chain.n > 0 && str_eq(chain_of(c->arena, r, 0), u->chain);
    return f;
}

static Fail begin(Delta *d)
{
    CallCtx *c = d->call;
    Fail f = FAIL_NONE;
    Str text = S("");
    DbRows *head = db_run(c->db, c->arena, &head_now, ARGS(TXT(c->community)), &f);
    if (f.err != OK) return f;
    int64_t seq = head->rows > 0 ? db_int(head, 0, 0) : 0;
    bool holds = false;
    d->rights = rights_of(c->arena, c->actor, c->now);
    if (call_param(c, "cursor", &text) && text.n > 0) {
        if (!cursor_parse(c->arena, text, &d->cursor)) return fail_field(ERR_INVALID, "bad_format", "cursor", 0);
        f = cursor_holds(d, seq, &holds);
        if (f.err != OK) return f;
    }
    if (holds) return f;
    d->again = true;
    d->cursor =
        (Cursor){ .begun = c->now, .seq = seq, .chain = chain_of(c->arena, head, 1), .rights = d->rights, .id = S("") };
    return f;
}

/* ---- what is carried ---- */

static const Query *carried_of(const Module *m)
{
    for (const Query *q = m != NULL ? m->queries : NULL; q != NULL && q->name != NULL; q++)
        if (q->carried) return q;
    return NULL;
}

static bool within_roles(const Delta *d, const Query *q, Str place)
{
    return (q->may & actor_roles_at(d->call->actor, place, d->call->now)) != 0;
}

/* The whole view, as GET of the matter itself would answer it; false: it is not theirs to see. */
static Fail show(Delta *d, const Module *m, const Query *q, Str id, bool *shown)
{
    CallCtx *c = d->call;
    Str json = S("");
    Reading r = { .arena = c->arena,
                  .world = c->world,
                  .db = c->db,
                  .seals = c->seals,
                  .keys = c->keys,
                  .module = m,
                  .query = q,
                  .actor = c->actor,
                  .community = c->community,
                  .n_args = 1,
                  .now = c->now };
    r.args[0] = id;
    Fail f = view_answer(&r, &json);
    *shown = f.err == OK;
    if (f.err == ERR_FORBIDDEN || f.err == ERR_NOT_FOUND || f.err == ERR_SIGN_IN) return FAIL_NONE;
    if (f.err == OK) f = glances_note(c->glances, &r, NULL);
    if (f.err != OK) return f;
    if (d->shown++ > 0) buf_char(&d->rows, ',');
    buf_add(&d->rows, json);
    return f;
}

static void put_name(Buf *b, Str name)
{
    buf_fmt(b, "%s\"%.*s\"", b->n > 0 ? "," : "", STR_ARG(name));
}

/* ---- the picture: open matters, kind by kind and state by state ---- */

static Fail picture_part(Delta *d, const Module *m, const Query *q, const char *state, int *looked)
{
    CallCtx *c = d->call;
    Fail f = FAIL_NONE;
    int left = SYNC_LOOKED_MAX - *looked;
    DbVal args[7 + BODIES_MAX] = { TXT(c->community), TXT(str_c(m->name)), TXT(str_c(state)),   NUM(d->cursor.due_at),
                                   TXT(d->cursor.id), NUM(left + 1),       NUM((int64_t)q->who) };
    args[7] = TXT(c->actor->person);
    for (int i = 0; i < ACTOR_UNITS_MAX; i++)
        args[8 + i] = TXT(i < c->actor->n_units ? c->actor->units[i] : c->actor->person);
    DbRows *r = db_run(c->db, c->arena, &open_ones, args, &f);
    if (f.err != OK) return f;
    for (int i = 0; i < r->rows; i++) {
        d->more = i == left || d->shown == d->shown_max;
        if (d->more) return f;
        bool shown = false;
        d->cursor.due_at = db_int(r, i, 0);
        d->cursor.id = db_text(r, i, 1);
        ++*looked;
        if (within_roles(d, q, db_text(r, i, 2)) || db_int(r, i, 3) != 0) f = show(d, m, q, d->cursor.id, &shown);
        if (f.err != OK) return f;
    }
    return f;
}

static Fail picture(Delta *d)
{
    const World *w = d->call->world;
    Fail f = FAIL_NONE;
    int looked = 0;
    for (; d->cursor.part < w->n_modules * PART_STATES; d->cursor.part++) {
        const Module *m = w->modules[d->cursor.part / PART_STATES];
        const Query *q = carried_of(m);
        int state = (int)(d->cursor.part % PART_STATES), n = 0;
        while (q != NULL && m->states[n].name != NULL)
            n++;
        if (state >= n || !m->states[state].open) continue;
        f = picture_part(d, m, q, m->states[state].name, &looked);
        if (f.err != OK || d->more) return f;
        d->cursor.due_at = 0;
        d->cursor.id = S("");
    }
    d->cursor.live = true;
    d->cursor.part = 0;
    d->cursor.due_at = 0;
    d->cursor.id = S("");
    d->more = true; /* what happened while it was painted */
    return f;
}

/* ---- changes ---- */

static Fail tell_gone(Delta *d, const Query *q, Str id)
{
    CallCtx *c = d->call;
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &places_before, ARGS(TXT(c->community), TXT(id), TXT(c->actor->person)), &f);
    bool had = false;
    for (int i = 0; f.err == OK && i < r->rows; i++)
        had |= db_int(r, i, 1) != 0 || within_roles(d, q, db_text(r, i, 0));
    if (had) put_name(&d->gone, id);
    return f;
}

/* Lists beside the matters (categories, grids, units) are asked for by their own routes: here only which may be old. */
static void tell_stale(Delta *d, Str kind, const Module *m)
{
    bool may = false;
    for (const Query *q = m != NULL ? m->queries : NULL; q != NULL && q->name != NULL; q++)
        may |= !q->logged && rights_may(q->may, 0, 0, d->call->actor, NULL, S(""), d->call->now);
    if (may && map_get(d->seen, kind) == NULL) put_name(&d->stale, kind);
    map_put(d->seen, kind, d);
}

static Fail change(Delta *d, Str id, Str type)
{
    Str rest = type, kind = str_cut(&rest, '.');
    const Module *m = world_module(d->call->world, kind);
    const Query *q = carried_of(m);
    if (q == NULL) {
        tell_stale(d, kind, m);
        return FAIL_NONE;
    }
    if (map_get(d->seen, id) != NULL) return FAIL_NONE;
    map_put(d->seen, id, d);
    bool shown = false;
    Fail f = show(d, m, q, id, &shown);
    return f.err == OK && !shown ? tell_gone(d, q, id) : f;
}

static Fail changes(Delta *d)
{
    CallCtx *c = d->call;
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &changed_since,
                       ARGS(TXT(c->community), NUM(d->cursor.seq), NUM(SYNC_LOOKED_MAX + 1)), &f);
    if (f.err != OK) return f;
    int64_t seq = d->cursor.seq;
    for (int i = 0; i < r->rows; i++) {
        d->more = i == SYNC_LOOKED_MAX || d->shown == d->shown_max;
        if (d->more) break;
        f = change(d, db_text(r, i, 1), db_text(r, i, 2));
        if (f.err != OK) return f;
        d->cursor.seq = db_int(r, i, 0);
    }
    if (seq == d->cursor.seq) return f;
    DbRows *chain = db_run(c->db, c->arena, &chain_at, ARGS(TXT(c->community), NUM(d->cursor.seq)), &f);
    d->cursor.chain = chain_of(c->arena, chain, 0);
    return f;
}

static Fail read_limit(CallCtx *c, int *limit)
{
    static const Field field = { .name = "limit", .type = F_INT, .min = 1, .max = SYNC_SHOWN_MAX };
    DbVal v;
    Fail f = call_value(c, &field, &v);
    *limit = f.err == OK && v.type == 'l' ? (int)v.i : SYNC_SHOWN;
    return f;
}

Fail delta_run(CallCtx *c)
{
    Delta d = { .call = c,
                .rows = buf_new(c->arena, 64 * 1024),
                .gone = buf_new(c->arena, 256),
                .stale = buf_new(c->arena, 64),
                .seen = map_new(c->arena, SYNC_LOOKED_MAX) };
    Fail f = read_limit(c, &d.shown_max);
    if (f.err == OK) f = begin(&d);
    if (f.err == OK) f = d.cursor.live ? changes(&d) : picture(&d);
    if (f.err != OK) return f;
    Buf out = buf_new(c->arena, d.rows.n + 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_int(&j, "now", c->now);
    jw_put_bool(&j, "again", d.again);
    jw_put_raw(&j, "rows", arena_fmt(c->arena, "[%.*s]", STR_ARG(buf_str(&d.rows))));
    jw_put_raw(&j, "gone", arena_fmt(c->arena, "[%.*s]", STR_ARG(buf_str(&d.gone))));
    jw_put_raw(&j, "stale", arena_fmt(c->arena, "[%.*s]", STR_ARG(buf_str(&d.stale))));
    jw_put_text(&j, "cursor", cursor_print(c->arena, &d.cursor));
    jw_put_bool(&j, "more", d.more);
    jw_close(&j, '}');
    call_json(c, buf_str(&out));
    return FAIL_NONE;
}
