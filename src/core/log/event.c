/* An event's bytes: canonical JSON, written here and nowhere else, hashed with a domain prefix and the previous hash
 * inside. The stored bytes are the ones hashed. */
#include "base/json_raw.h"
#include "core/internal.h"

enum { EVENT_FORMAT = 1 };
static const char DOMAIN_PREFIX[] = "linli event 1\n";

Hash event_bytes_hash(Str bytes)
{
    return hash_sha256((Str[]){ { DOMAIN_PREFIX, sizeof DOMAIN_PREFIX - 1 }, bytes }, 2);
}

Fail event_print(Arena *a, Event *e, const World *w)
{
    const Module *m = NULL;
    world_action(w, e->type, &m);
    Buf out = buf_new(a, 512);
    Json j = json_to(&out);
    jw_open(&j, '{');
    jw_put_int(&j, "v", EVENT_FORMAT);
    jw_put_text(&j, "community", e->community);
    jw_put_int(&j, "seq", e->seq);
    jw_put_text(&j, "prev", hash_hex(a, e->prev));
    jw_put_text(&j, "id", e->id);
    jw_put_text(&j, "type", e->type);
    jw_put_int(&j, "shape", e->version);
    jw_put_text(&j, "matter", e->matter);
    if (e->number > 0) jw_put_int(&j, "number", e->number);
    jw_put_int(&j, "version", e->matter_version);
    jw_put_text(&j, "state", str_c(m->states[e->to].name));
    jw_put_int(&j, "at", e->at);
    if (e->claimed_at != 0) jw_put_int(&j, "claimed_at", e->claimed_at);
    jw_put_text(&j, "actor", e->actor);
    if (e->actor_community.n > 0) jw_put_text(&j, "actor_community", e->actor_community);
    if (e->by.n > 0) jw_put_text(&j, "by", e->by);
    if (e->client_id.n > 0) {
        jw_put_text(&j, "client_id", e->client_id);
        jw_put_text(&j, "body", e->body_hash);
        jw_put_int(&j, "rows", e->rows);
    }
    jw_put_int(&j, "audience", (int64_t)e->audience);
    if (e->clocks != NULL) jw_put_raw(&j, "clocks", json_print(a, e->clocks));
    if (e->tell != NULL) jw_put_raw(&j, "tell", json_print(a, e->tell));
    jw_put_raw(&j, "data", json_print(a, e->data));
    jw_close(&j, '}');
    e->bytes = buf_str(&out);
    if (e->bytes.n > EVENT_BYTES_MAX) return fail_field(ERR_TOO_LARGE, "event_too_large", "", EVENT_BYTES_MAX);
    e->hash = event_bytes_hash(e->bytes);
    return FAIL_NONE;
}

static bool hash_from_hex(Arena *a, Str hex, Hash *h)
{
    Str bytes;
    if (hex.n != 2 * HASH_BYTES || !hex_to(a, hex, &bytes)) return false;
    memcpy(h->b, bytes.p, HASH_BYTES);
    return true;
}

static Fail event_of(Arena *a, const World *w, json_t *j, Str bytes, Event *e)
{
    if (j == NULL) return fail(ERR_INTERNAL, "event_json");
    if (json_int(j, "v") != EVENT_FORMAT) return fail(ERR_INTERNAL, "event_format");
    *e = (Event){ .community = json_text(j, "community"),
                  .seq = json_int(j, "seq"),
                  .id = json_text(j, "id"),
                  .type = json_text(j, "type"),
                  .version = (int)json_int(j, "shape"),
                  .matter = json_text(j, "matter"),
                  .number = json_int(j, "number"),
                  .matter_version = json_int(j, "version"),
                  .at = json_int(j, "at"),
                  .claimed_at = json_int(j, "claimed_at"),
                  .actor = json_text(j, "actor"),
                  .actor_community = json_text(j, "actor_community"),
                  .by = json_text(j, "by"),
                  .client_id = json_text(j, "client_id"),
                  .body_hash = json_text(j, "body"),
                  .rows = json_int(j, "rows"),
                  .audience = (Audience)json_int(j, "audience"),
                  .clocks = json_object_get(j, "clocks"),
                  .tell = json_object_get(j, "tell"),
                  .data = json_object_get(j, "data"),
                  .bytes = bytes };
    e->stored_type = e->type;
    Fail f = event_upcast(a, w, e);
    if (f.err != OK) return f;
    const Module *m = NULL;
    e->action = world_action(w, e->type, &m);
    e->to = m != NULL ? module_state(m, json_text(j, "state")) : -1;
    if (!hash_from_hex(a, json_text(j, "prev"), &e->prev) || !json_is_object(e->data))
        return fail(ERR_INTERNAL, "event_shape");
    if (e->action == NULL || e->to < 0) return fail(ERR_INTERNAL, "event_type_unknown");
    const char *fault = event_data_fault(e->action->fields, e->data);
    if (fault != NULL) return fail_field(ERR_INTERNAL, "event_data", fault, 0);
    e->hash = event_bytes_hash(bytes);
    return FAIL_NONE;
}

Fail event_parse(Arena *a, const World *w, Str bytes, Event *e)
{
    Fail f = FAIL_NONE;
    return event_of(a, w, json_read(a, bytes, &f), bytes, e);
}

Fail event_parse_own(Arena *a, const World *w, Str bytes, Event *e)
{
    return event_of(a, w, raw_value(a, bytes), bytes, e);
}

/* ---- the quick look of verify ---- */

typedef struct Member {
    const char *name;
    char kind; /* 's' text, 'l' whole number, 'j' anything */
    bool optional;
} Member;
enum { M_V, M_COMMUNITY, M_SEQ, M_PREV, M_ID, M_TYPE, M_SHAPE, M_MATTER, M_NUMBER, M_VERSION, M_STATE, M_AT, M_CLAIMED,
       M_ACTOR, M_ACTOR_IN, M_BY, M_CLIENT, M_BODY, M_ROWS, M_AUDIENCE, M_CLOCKS, M_TELL, M_DATA, MEMBERS_N };
static const Member members[MEMBERS_N] = {
    /* as event_print writes them */
    { "v", 'l', false },         { "community", 's', false }, { "seq", 'l', false },
    { "prev", 's', false },      { "id", 's', false },        { "type", 's', false },
    { "shape", 'l', false },     { "matter", 's', false },    { "number", 'l', true },
    { "version", 'l', false },   { "state", 's', false },     { "at", 'l', false },
    { "claimed_at", 'l', true }, { "actor", 's', false },     { "actor_community", 's', true },
    { "by", 's', true },         { "client_id", 's', true },  { "body", 's', true },
    { "rows", 'l', true },       { "audience", 'l', false },  { "clocks", 'j', true },
    { "tell", 'j', true },       { "data", 'j', false },
};

/* Plain text and plain numbers only: what would need more than a look is for event_parse. */
static bool plain(Str value, char kind)
{
    int64_t n;
    if (kind == 'l') {
        bool minus = raw_is(value, '-'), zero = value.n > (size_t)minus && value.p[minus] == '0';
        return str_to_i64(value, &n) && (!zero || value.n == 1); /* JSON has no 07 and we print no -0 */
    }
    if (kind == 's') return value.n >= 2 && raw_is(value, '"') && memchr(value.p, '\\', value.n) == NULL;
    return true;
}

/* Members in our own order, each once; what is inside of data is not looked at. */
static bool take_members(Str bytes, Str values[MEMBERS_N])
{
    Str inside = raw_inside(bytes), key;
    int at = 0;
    if (!raw_is(bytes, '{') || !str_ends(bytes, S("}}"))) return false;
    for (int i = 0; i < MEMBERS_N; i++)
        values[i] = S("");
    while (at < MEMBERS_N) {
        static const Str data = S_INIT("\"data\":{");
        if (at > M_AUDIENCE && str_starts(inside, data)) {
            values[M_DATA] = (Str){ inside.p + data.n - 1, inside.n - data.n + 1 };
            return true;
        }
        Str value;
        if (!raw_member(&inside, &key, &value) || inside.n == 0) return false;
        if (value.p[-1] != ':' || value.p[value.n] != ',') return false;
        while (at < M_DATA && !str_is(key, members[at].name) && members[at].optional)
            at++;
        if (at >= M_DATA || !str_is(key, members[at].name) || !plain(value, members[at].kind)) return false;
        values[at++] = value;
    }
    return false;
}

static bool says(Str value, Str text)
{
    return value.n == text.n + 2 && value.p[0] == '"' && memcmp(value.p + 1, text.p, text.n) == 0;
}

static bool counts(Str value, int64_t n)
{
    int64_t is;
    return str_to_i64(value, &is) && is == n;
}

bool event_is_sound(const World *w, Str bytes, const EventRow *row, Str prev_hex, Hash *hash)
{
    Str v[MEMBERS_N];
    const Module *m = NULL;
    const Action *x = world_action(w, row->type, &m);
    if (x == NULL || !take_members(bytes, v)) return false;
    bool columns = says(v[M_COMMUNITY], row->community) && counts(v[M_SEQ], row->seq) && says(v[M_ID], row->id) &&
                   says(v[M_TYPE], row->type) && says(v[M_MATTER], row->matter) && counts(v[M_AT], row->at);
    if (!columns || !counts(v[M_V], EVENT_FORMAT) || !counts(v[M_SHAPE], x->version > 0 ? x->version : 1)) return false;
    if (v[M_STATE].n < 2 || module_state(m, (Str){ v[M_STATE].p + 1, v[M_STATE].n - 2 }) < 0) return false;
    if (!says(v[M_PREV], prev_hex)) return false;
    *hash = event_bytes_hash(bytes);
    return true;
}

/* Core's own part of the fold comes first, so that a module sees the matter as it now is. */
void event_fold(const World *w, Matter *m, const Event *e)
{
    const Module *module = NULL;
    world_action(w, e->type, &module);
    bool was_open = m->state >= 0 && module->states[m->state].open;
    if (m->state < 0) {
        m->kind = str_c(module->name);
        m->number = e->number;
        m->opened_at = e->at;
        m->place = m->community;
        m->category = S("");
    }
    m->state = e->to;
    m->version = e->matter_version;
    m->changed_at = e->at;
    bool open = module->states[m->state].open;
    if (was_open && !open) m->closed_at = e->at;
    if (open) m->closed_at = 0;
    Str place = json_text(e->data, "place"), category = json_text(e->data, "category");
    if (place.n > 0) m->place = arena_str(m->arena, place);
    if (category.n > 0) m->category = arena_str(m->arena, category);
    const json_t *point = json_object_get(e->data, "point");
    if (json_is_object(point) && !seal_is(point)) {
        m->has_point = true;
        m->lon_e7 = json_int(point, "lon_e7");
        m->lat_e7 = json_int(point, "lat_e7");
    }
    if (e->action->fold != NULL) e->action->fold(m, e);
    matter_relations_settle(m);
}
