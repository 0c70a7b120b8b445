/* The open streams: who they are for, what they are sent, when they end. */
#include "core/internal.h"
#include "core/live/live.h"
#include "core/serve/serve.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    SLAB = 64,
    SLABS = LIVE_CLIENTS_MAX / SLAB,
    ROLES_KEPT = 16,
    UNITS_KEPT = 4,
    CODE_BYTES = 33,
    ID_BYTES = ID_CHARS + 1,
    TOKEN_TEXT_BYTES = 80,
    COMMUNITIES_FIRST = 64,
};

typedef struct KeptRole {
    Roles roles;
    char place[CODE_BYTES];
    int64_t from, until;
} KeptRole;

typedef struct Client { /* from a pool: slabs that live as long as the server */
    Live *live;
    struct Client *next_free;
    pthread_mutex_t mutex; /* all below: the loop asks and drops, a reader looks the session up again */
    uint32_t generation;
    bool used, over, told;
    bool bearer;
    char community[CODE_BYTES], home[CODE_BYTES], person[ID_BYTES], session[ID_BYTES], receipt[ID_BYTES];
    char token[TOKEN_TEXT_BYTES];
    int n_roles;
    KeptRole roles[ROLES_KEPT];
    int n_units;
    char units[UNITS_KEPT][ID_BYTES];
} Client;

typedef struct Known { /* how far one community's feed has come */
    Str community;
    int64_t seq;
} Known;

struct Live {
    pthread_mutex_t sending; /* http: held while something is handed to it, so that it can be taken away */
    HttpServer *http;
    pthread_mutex_t mutex; /* all below */
    Arena *arena;
    const World *world;
    Sessions *sessions;
    atomic_int open; /* clients taken: counted before the loop knows of them */
    Client *slabs[SLABS];
    int n_slabs;
    Client *free;
    Map *known;
};

typedef enum About { A_CHANGE, A_ONE, A_OVER } AboutKind;
typedef struct Message {
    HttpMessage http;
    Arena *arena;
    AboutKind kind;
    Matter *matter; /* A_CHANGE: community, id, place, relations */
    Audience audience;
    int64_t now;
    const Client *client; /* A_ONE */
    uint32_t generation;
} Message;

static void live_end(void *arg)
{
    Live *l = arg;
    for (int i = 0; i < l->n_slabs * SLAB; i++)
        pthread_mutex_destroy(&l->slabs[i / SLAB][i % SLAB].mutex);
    pthread_mutex_destroy(&l->mutex);
    pthread_mutex_destroy(&l->sending);
}

Live *live_new(Arena *a, const World *w, Sessions *sessions)
{
    Live *l = arena_new_of(a, Live);
    l->arena = a;
    l->world = w;
    l->sessions = sessions;
    l->known = map_new(a, COMMUNITIES_FIRST);
    pthread_mutex_init(&l->mutex, NULL);
    pthread_mutex_init(&l->sending, NULL);
    arena_defer(a, live_end, l);
    return l;
}

void live_attach(Live *l, HttpServer *http)
{
    pthread_mutex_lock(&l->sending);
    l->http = http;
    pthread_mutex_unlock(&l->sending);
}

/* ---- clients: a pool of slots that are never given back, so a pointer to one is always good ---- */

static Client *client_take(Live *l)
{
    pthread_mutex_lock(&l->mutex);
    if (l->free == NULL && l->n_slabs < SLABS) {
        Client *slab = arena_array(l->arena, Client, SLAB);
        for (int i = 0; i < SLAB; i++) {
            pthread_mutex_init(&slab[i].mutex, NULL);
            slab[i].live = l;
            slab[i].next_free = l->free;
            l->free = &slab[i];
        }
        l->slabs[l->n_slabs++] = slab;
    }
    Client *c = l->free;
    if (c != NULL) l->free = c->next_free;
    if (c != NULL) atomic_fetch_add(&l->open, 1);
    pthread_mutex_unlock(&l->mutex);
    return c;
}

void live_drop(void *client)
{
    Client *c = client;
    pthread_mutex_lock(&c->mutex);
    c->used = false;
    c->generation++;
    memset(c->token, 0, sizeof c->token);
    pthread_mutex_unlock(&c->mutex);
    pthread_mutex_lock(&c->live->mutex);
    c->next_free = c->live->free;
    c->live->free = c;
    atomic_fetch_sub(&c->live->open, 1);
    pthread_mutex_unlock(&c->live->mutex);
}

static void keep(char *out, size_t size, Str s)
{
    size_t n = s.n < size ? s.n : 0; /* what does not fit names nobody */
    if (n > 0) memcpy(out, s.p, n);
    out[n] = 0;
}

static void keep_roles(Client *c, const Actor *actor)
{
    c->n_roles = 0;
    for (int i = 0; i < actor->n_roles && c->n_roles < ROLES_KEPT; i++) {
        const RoleAt *r = &actor->roles[i];
        if (r->place.n >= CODE_BYTES) continue;
        KeptRole *k = &c->roles[c->n_roles++];
        *k = (KeptRole){ .roles = r->roles, .from = r->from, .until = r->until };
        keep(k->place, sizeof k->place, r->place);
    }
    c->n_units = actor->n_units < UNITS_KEPT ? actor->n_units : UNITS_KEPT;
    for (int i = 0; i < c->n_units; i++)
        keep(c->units[i], sizeof c->units[i], actor->units[i]);
}

static void client_fill(Client *c, Str community, const Actor *actor, Str token, bool bearer)
{
    pthread_mutex_lock(&c->mutex);
    c->used = true;
    c->over = c->told = false;
    c->bearer = bearer;
    keep(c->community, sizeof c->community, community);
    keep(c->home, sizeof c->home, actor->community);
    keep(c->person, sizeof c->person, actor->person);
    keep(c->session, sizeof c->session, actor->session);
    keep(c->receipt, sizeof c->receipt, actor->receipt);
    keep(c->token, sizeof c->token, token);
    keep_roles(c, actor);
    pthread_mutex_unlock(&c->mutex);
}

static Actor client_actor(const Client *c, RoleAt *roles, Str *units)
{
    for (int i = 0; i < c->n_units; i++)
        units[i] = str_c(c->units[i]);
    for (int i = 0; i < c->n_roles; i++)
        roles[i] = (RoleAt){ c->roles[i].roles, str_c(c->roles[i].place), c->roles[i].from, c->roles[i].until };
    return (Actor){ .person = str_c(c->person),
                    .community = str_c(c->home),
                    .session = str_c(c->session),
                    .receipt = str_c(c->receipt),
                    .units = units,
                    .n_units = c->n_units,
                    .roles = roles,
                    .n_roles = c->n_roles };
}

/* ---- who gets what ---- */

bool live_concerns(const Actor *actor, const Matter *m, Audience audience, int64_t now)
{
    bool staff = (actor_roles_at(actor, m->place, now) & (STAFF | AUDITOR)) != 0;
    if (!staff && actor_relations(actor, m) == 0) return false; /* public news is not everybody's news */
    return audience_may(audience_of(actor, m, now), audience);
}

bool live_wants(void *client, const void *about)
{
    Client *c = client;
    const Message *m = about;
    bool wants = false;
    pthread_mutex_lock(&c->mutex);
    if (m->kind == A_OVER) {
        wants = c->over && !c->told;
        c->told |= wants;
    } else if (m->kind == A_ONE) {
        wants = c == m->client && c->generation == m->generation && !c->over;
    } else if (!c->over && str_is(m->matter->community, c->community)) {
        RoleAt roles[ROLES_KEPT];
        Str units[UNITS_KEPT];
        Actor actor = client_actor(c, roles, units);
        wants = live_concerns(&actor, m->matter, m->audience, m->now);
    }
    pthread_mutex_unlock(&c->mutex);
    return wants;
}

/* ---- frames ---- */

void live_frame(Buf *out, const LiveRow *row)
{
    Str rest = row->type, kind = str_cut(&rest, '.');
    buf_fmt(out, "id: %lld\nevent: change\ndata: ", (long long)row->seq);
    Json j = json_to(out);
    jw_open(&j, '{');
    jw_put_text(&j, "kind", kind);
    jw_put_text(&j, "matter", row->matter);
    jw_put_text(&j, "type", row->type);
    jw_put_text(&j, "state", row->state);
    jw_put_text(&j, "place", row->place);
    jw_put_int(&j, "at", row->at);
    jw_put_int(&j, "version", row->version);
    jw_close(&j, '}');
    buf_c(out, "\n\n");
}

static void message_release(HttpMessage *m)
{
    arena_free(((Message *)(void *)m)->arena);
}

static Message *message_new(AboutKind kind)
{
    Arena *a = arena_new();
    Message *m = arena_new_of(a, Message);
    *m = (Message){ .arena = a, .kind = kind };
    m->http.about = m;
    m->http.release = message_release;
    return m;
}

/* Hands it to the loops; without a server there is nobody to hear it. */
static void message_send(Live *l, Message *m)
{
    pthread_mutex_lock(&l->sending);
    if (l->http != NULL)
        http_broadcast(l->http, &m->http);
    else
        arena_free(m->arena);
    pthread_mutex_unlock(&l->sending);
}

static Matter *matter_about(Arena *a, const Matter *m)
{
    Matter *out = arena_new_of(a, Matter);
    out->community = arena_str(a, m->community);
    out->id = arena_str(a, m->id);
    out->place = arena_str(a, m->place);
    out->n_relations = m->n_relations;
    for (int i = 0; i < m->n_relations; i++)
        out->relations[i] = (Relation){ arena_str(a, m->relations[i].person), m->relations[i].is };
    return out;
}

static void known_set(Live *l, Str community, int64_t seq)
{
    pthread_mutex_lock(&l->mutex);
    Known *k = map_get(l->known, community);
    if (k == NULL) {
        k = arena_new_of(l->arena, Known);
        k->community = arena_str(l->arena, community);
        map_put(l->known, k->community, k);
    }
    if (seq > k->seq) k->seq = seq;
    pthread_mutex_unlock(&l->mutex);
}

int64_t live_seq(Live *l, Str community)
{
    pthread_mutex_lock(&l->mutex);
    const Known *k = map_get(l->known, community);
    int64_t seq = k != NULL ? k->seq : 0;
    pthread_mutex_unlock(&l->mutex);
    return seq;
}

static void publish_one(Live *l, const Event *e)
{
    Message *m = message_new(A_CHANGE);
    m->matter = matter_about(m->arena, e->after);
    m->audience = e->audience;
    m->now = e->at;
    Buf out = buf_new(m->arena, 512);
    const Module *module = world_module(l->world, e->after->kind);
    LiveRow row = { .seq = e->seq, .matter = e->matter, .type = e->type, .place = e->after->place, .at = e->at,
                    .version = e->matter_version, .audience = e->audience };
    row.state = str_c(module->states[e->to].name);
    live_frame(&out, &row);
    m->http.text = buf_str(&out);
    message_send(l, m);
}

void live_publish(Live *l, const Event *events, int n)
{
    if (n > 0) known_set(l, events[n - 1].community, events[n - 1].seq); /* first: live_open looks afterwards */
    for (int i = 0; i < n && atomic_load(&l->open) > 0; i++)
        if (events[i].after != NULL) publish_one(l, &events[i]);
}

/* ---- opening ---- */

static Stmt head_seq = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
static Stmt changes = {
    "slsl", "lssssllll",
    "SELECT t.seq, t.matter, t.type, t.state, t.place, t.at, t.matter_version, t.audience,"
    " COALESCE(r.relations, 0) FROM timeline t LEFT JOIN relation r ON r.community = t.community"
    " AND r.matter = t.matter AND r.person = $3"
    " WHERE t.community = $1 AND t.seq > $2 ORDER BY t.seq LIMIT $4"
};
Stmt *const live_statements[] = { &live_seen_set, &head_seq, &changes, NULL };

typedef struct Opening {
    Db *db;
    Str community;
    const Actor *actor;
    int64_t now;
    int64_t seq; /* covered so far */
} Opening;

static bool row_concerns(Arena *a, const Opening *o, const LiveRow *row, Relations is)
{
    Matter *m = arena_new_of(a, Matter);
    m->community = o->community;
    m->id = row->matter;
    m->place = row->place;
    m->n_relations = is != 0 && o->actor->person.n > 0;
    m->relations[0] = (Relation){ o->actor->person, is };
    return live_concerns(o->actor, m, row->audience, o->now);
}

/* Frames of what came after o->seq; a `reset` if that is too much, or if the client's past is not ours. */
static Fail missed(Arena *a, Opening *o, int64_t head, Buf *out)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(o->db, a, &changes,
                       ARGS(TXT(o->community), NUM(o->seq), TXT(o->actor->person), NUM(LIVE_RESUME_MAX + 1)), &f);
    if (f.err != OK) return f;
    if (r->rows > LIVE_RESUME_MAX || o->seq > head) {
        buf_fmt(out, "id: %lld\nevent: reset\ndata: {}\n\n", (long long)head);
        o->seq = head;
        return FAIL_NONE;
    }
    for (int i = 0; i < r->rows; i++) {
        LiveRow row = { db_int(r, i, 0), db_text(r, i, 1), db_text(r, i, 2), db_text(r, i, 3), db_text(r, i, 4),
                        db_int(r, i, 5), db_int(r, i, 6), (Audience)db_int(r, i, 7) };
        if (row_concerns(a, o, &row, (Relations)db_int(r, i, 8))) live_frame(out, &row);
        o->seq = row.seq;
    }
    return FAIL_NONE;
}

static Fail last_seen(CallCtx *c, int64_t *last)
{
    Str text = c->http != NULL ? http_header(c->http, "Last-Event-ID") : S("");
    if (text.n == 0) call_param(c, "last", &text);
    *last = -1;
    if (text.n > 0 && (!str_to_i64(text, last) || *last < 0))
        return fail_field(ERR_INVALID, "bad_format", "Last-Event-ID", 0);
    return FAIL_NONE;
}

static Fail head_of(CallCtx *c, int64_t *head)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &head_seq, ARGS(TXT(c->community)), &f);
    *head = f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
    return f;
}

/* What was committed after our look and published before the loop knew of this stream is sent to it alone. It may get
 * a frame twice: the id tells. */
static void send_between(Live *l, Opening *o, const Client *client, uint32_t generation)
{
    Message *m = message_new(A_ONE);
    Buf out = buf_new(m->arena, 512);
    Fail f = missed(m->arena, o, live_seq(l, o->community), &out);
    m->http.text = f.err == OK ? buf_str(&out) : S("event: reset\ndata: {}\n\n");
    m->client = client;
    m->generation = generation;
    if (m->http.text.n > 0)
        message_send(l, m);
    else
        arena_free(m->arena);
}

static Actor *actor_keep(Arena *a, const Actor *actor)
{
    Actor *out = arena_new_of(a, Actor);
    RoleAt *roles = arena_array(a, RoleAt, actor->n_roles + 1);
    for (int i = 0; i < actor->n_roles; i++) {
        roles[i] = actor->roles[i];
        roles[i].place = arena_str(a, actor->roles[i].place);
    }
    Str *units = arena_array(a, Str, actor->n_units + 1);
    for (int i = 0; i < actor->n_units; i++)
        units[i] = arena_str(a, actor->units[i]);
    *out = (Actor){ .person = arena_str(a, actor->person), .community = arena_str(a, actor->community),
                    .units = units, .n_units = actor->n_units,
                    .receipt = arena_str(a, actor->receipt), .roles = roles, .n_roles = actor->n_roles };
    return out;
}

Fail live_open(CallCtx *c)
{
    Live *l = c->server != NULL ? server_live(c->server) : NULL;
    if (l == NULL || c->http == NULL) return fail(ERR_BUSY, "busy");
    if (c->actor->person.n == 0 && c->actor->receipt.n == 0) return fail(ERR_SIGN_IN, "sign_in");
    int64_t last, head;
    Fail f = last_seen(c, &last);
    if (f.err == OK) f = head_of(c, &head);
    if (f.err != OK) return f;
    Opening o = { c->db, c->community, c->actor, c->now, last >= 0 ? last : head };
    Buf first = buf_new(c->arena, 512);
    buf_c(&first, "retry: 3000\n\n");
    if (last >= 0) f = missed(c->arena, &o, head, &first);
    if (f.err != OK) return f;
    if (o.seq < head) o.seq = head;
    buf_fmt(&first, "id: %lld\nevent: hello\ndata: {}\n\n", (long long)o.seq); /* from here it can resume */
    Client *client = client_take(l);
    if (client == NULL) return fail(ERR_BUSY, "busy");
    bool bearer;
    Str token = session_token(c->http, &bearer);
    client_fill(client, c->community, c->actor, c->actor->person.n > 0 ? token : S(""), bearer);
    uint32_t generation = client->generation; /* ours alone until the stream is open */
    Arena *a = arena_new();
    o.community = arena_str(a, c->community);
    o.actor = actor_keep(a, c->actor);
    HttpRequest *rq = c->http;
    c->taken = true;
    server_streaming(c->server, rq);
    http_stream(rq, buf_str(&first), client); /* ends the request and its arena */
    if (live_seq(l, o.community) > o.seq) send_between(l, &o, client, generation);
    arena_free(a);
    return FAIL_NONE;
}

/* ---- sessions that ended ---- */

static void check_one(Live *l, Client *c, Arena *a, Db *db, int64_t now)
{
    pthread_mutex_lock(&c->mutex);
    bool ask = c->used && !c->over && c->token[0] != 0;
    uint32_t generation = c->generation;
    bool bearer = c->bearer;
    Str token = ask ? arena_str(a, str_c(c->token)) : S("");
    Str community = arena_str(a, str_c(c->community));
    pthread_mutex_unlock(&c->mutex);
    if (!ask) return;
    Fail f = FAIL_NONE;
    Actor *actor = session_cached(l->sessions, a, token, bearer, now);
    if (actor == NULL) actor = session_actor(l->sessions, a, db, token, bearer, now, &f);
    if (f.err != OK) return; /* unknown is not over: asked again at the next round */
    if (actor != NULL) actor_within(a, actor, community);
    pthread_mutex_lock(&c->mutex);
    if (c->generation == generation) {
        c->over = actor == NULL;
        if (actor != NULL) keep_roles(c, actor);
    }
    pthread_mutex_unlock(&c->mutex);
}

void live_check(Live *l, Db *db, int64_t now)
{
    if (atomic_load(&l->open) == 0) return;
    pthread_mutex_lock(&l->mutex);
    int n = l->n_slabs;
    pthread_mutex_unlock(&l->mutex);
    Arena *a = arena_new();
    for (int i = 0; i < n * SLAB; i++) {
        check_one(l, &l->slabs[i / SLAB][i % SLAB], a, db, now);
        arena_reset(a);
    }
    arena_free(a);
    Message *m = message_new(A_OVER);
    m->http.text = S("event: end\ndata: {}\n\n");
    m->http.last = true;
    message_send(l, m);
}
