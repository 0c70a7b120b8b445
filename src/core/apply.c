/* The state writes of one event: the same live and in replay, so that a rebuild gives the same digest. */
#include "core/file.h"
#include "core/internal.h"
#include "core/outbox.h"

static Stmt timeline_add = {
    "sslslllslslss", "",
    "INSERT INTO timeline (community, matter, seq, type, version, at, claimed_at, actor, audience, state,"
    " matter_version, place, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)", .many = true
};
static Stmt command_add = { "ssssll", "",
                            "INSERT INTO command (community, client_id, actor, body_hash, seq, events)"
                            " VALUES ($1, $2, $3, $4, $5, $6)", .many = true };
static Stmt clock_set = { "ssssl", "",
                          "INSERT INTO clock (community, matter, name, kind, due_at) VALUES ($1, $2, $3, $4, $5)"
                          " ON CONFLICT (community, matter, name) DO UPDATE SET due_at = excluded.due_at" };
static Stmt clock_stop = { "sss", "", "DELETE FROM clock WHERE community = $1 AND matter = $2 AND name = $3" };
/* Who is told is a person, or a unit: then all its members are, but for the one who acted. */
static Stmt notice_add = {
    "sslssls", "",
    "INSERT INTO notice (community, person, seq, matter, type, at)"
    " SELECT CAST($1 AS text), w.person, CAST($3 AS bigint), CAST($4 AS text), CAST($5 AS text), CAST($6 AS bigint)"
    " FROM (SELECT b.person FROM membership b WHERE b.community = $1 AND b.body = $2 UNION ALL SELECT CAST($2 AS text)"
    " WHERE NOT EXISTS (SELECT 1 FROM membership c WHERE c.community = $1 AND c.body = $2)) w"
    " WHERE w.person <> $7 ON CONFLICT (community, person, seq) DO NOTHING"
};
/* What somebody did for another: the log's `by`, for whoever looks it up. */
static Stmt acted_add = { "slssssl", "",
                          "INSERT INTO acted (community, seq, person, by_person, matter, type, at)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7)", .many = true };
static Stmt counter_set = { "ssl", "",
                            "INSERT INTO counter (community, name, n) VALUES ($1, $2, $3)"
                            " ON CONFLICT (community, name) DO UPDATE SET n = excluded.n" };
/* Full text is the only double SQL. SQLite's table is keyed by rowid: see db_search_row. */
static Stmt search_drop = { "ssl", "", "DELETE FROM search WHERE community = $1 AND matter = $2 AND rowid = $3",
                            "DELETE FROM search WHERE community = $1 AND matter = $2 AND $3 = $3" };
static Stmt search_add = { "sssl", "", "INSERT OR REPLACE INTO search (community, matter, tokens, rowid)"
                                   " VALUES ($1, $2, $3, $4)",
                           "INSERT INTO search (community, matter, tokens)"
                           " SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS text) WHERE $4 = $4" };

static Stmt receipt_add = { "sss", "", "INSERT INTO receipt (community, code_hash, matter) VALUES ($1, $2, $3)",
                            .many = true };

Stmt *const apply_statements[] = { &timeline_add, &command_add, &clock_set,  &clock_stop,  &notice_add, &acted_add,
                                   &counter_set,  &search_drop, &search_add, &receipt_add, NULL };

static Str open_sealed(Apply *a, const Event *e, const json_t *sealed)
{
    const ApplySelf *self = a->self;
    Str plain = S("");
    Key key;
    if (!seal_is(sealed) || !key_cache_get(self->keys, self->key_db, e->community, seal_subject(sealed), &key))
        return S("");
    if (!seal_open(a->arena, key, e->community, sealed, &plain)) plain = S("");
    return plain;
}

static Str look_up(Apply *a, Str community, Str plain)
{
    const ApplySelf *self = a->self;
    return seal_lookup(self->seals, a->arena, community, plain);
}

void apply_init(Apply *a, ApplySelf *self, Arena *arena, Db *db, bool replay)
{
    *a = (Apply){ .arena = arena, .db = db, .open = open_sealed, .lookup = look_up, .self = self, .replay = replay };
}

Str apply_tokens(Apply *a, Str text)
{
    const ApplySelf *self = a->self;
    return search_tokens(a->arena, self->seals, text, false);
}

Str apply_receipt(Apply *a, const Event *e)
{
    const ApplySelf *self = a->self;
    return seal_receipt(self->seals, a->arena, e->community, e->matter);
}

static Str value_text(Apply *a, const Event *e, const json_t *v)
{
    if (v == NULL) return S("");
    if (seal_is(v)) return a->open(a, e, v);
    return json_is_string(v) ? (Str){ json_string_value(v), json_string_length(v) } : S("");
}

static const ApplySelf *self_of(const Apply *a)
{
    return a->self;
}

void apply_row(Apply *a, const Matter *m, RowFn *row)
{
    Held *h = self_of(a)->held;
    if (h == NULL) {
        row(a, m);
        return;
    }
    for (int i = 0; i < h->n_rows; i++)
        if (h->rows[i] == row) return;
    assert(h->n_rows < HELD_ROWS_MAX);
    h->rows[h->n_rows++] = row;
}

static void send_words(Apply *a, const Matter *m, bool stored, Str tokens)
{
    int64_t rowid = db_search_row(m->community, m->kind, m->number, m->id);
    if (stored) db_send(a->db, a->arena, &search_drop, ARGS(TXT(m->community), TXT(m->id), NUM(rowid)));
    if (tokens.n > 0)
        db_send(a->db, a->arena, &search_add, ARGS(TXT(m->community), TXT(m->id), TXT(tokens), NUM(rowid)));
}

static Str words_of(const World *w, Apply *a, const Module *module, const Matter *m, const Event *e)
{
    Buf text = buf_new(a->arena, 256);
    const char *name;
    json_t *value;
    json_object_foreach(m->data, name, value) {
        const Field *f = module_field(w, module, str_c(name));
        if (f == NULL || !f->search) continue;
        buf_add(&text, value_text(a, e, value));
        buf_char(&text, '\n');
    }
    return search_tokens_of(a->arena, apply_tokens(a, buf_str(&text)), m->number);
}

/* A matter's index row holds the words of every searchable field as the matter now has it. */
static void apply_search(const World *w, Apply *a, const Module *module, bool stored, const Matter *after,
                         const Event *e)
{
    Held *h = self_of(a)->held;
    bool touched = e->action->erases;
    for (const Field *f = e->action->fields; f != NULL && f->name != NULL; f++)
        touched |= f->search;
    if (!touched) return;
    Str tokens = e->action->erases ? S("") : words_of(w, a, module, after, e);
    if (h == NULL) {
        send_words(a, after, stored, tokens);
        return;
    }
    h->words = true;
    h->tokens = arena_str(after->arena, tokens);
}

/* ---- clocks ---- */

static void send_clock(Apply *a, const Matter *m, HeldClock c)
{
    if (c.runs)
        db_send(a->db, a->arena, &clock_set,
                ARGS(TXT(m->community), TXT(m->id), TXT(c.name), TXT(m->kind), NUM(c.due_at)));
    else
        db_send(a->db, a->arena, &clock_stop, ARGS(TXT(m->community), TXT(m->id), TXT(c.name)));
}

static void hold_clock(Held *h, Arena *a, HeldClock c)
{
    for (int i = 0; i < h->n_clocks; i++)
        if (str_eq(h->clocks[i].name, c.name)) {
            h->clocks[i].due_at = c.due_at;
            h->clocks[i].runs = c.runs;
            return;
        }
    if (h->n_clocks == h->clocks_cap) {
        int cap = h->clocks_cap > 0 ? 2 * h->clocks_cap : 4;
        HeldClock *more = arena_array(a, HeldClock, cap);
        if (h->n_clocks > 0) memcpy(more, h->clocks, sizeof *more * (size_t)h->n_clocks);
        h->clocks = more;
        h->clocks_cap = cap;
    }
    h->clocks[h->n_clocks++] = (HeldClock){ arena_str(a, c.name), c.due_at, c.runs };
}

static void apply_clocks(Apply *a, const Matter *after, const Event *e)
{
    Held *h = self_of(a)->held;
    const char *name;
    json_t *due;
    json_object_foreach(e->clocks, name, due) {
        HeldClock c = { str_c(name), json_integer_value(due), json_is_integer(due) };
        if (h == NULL)
            send_clock(a, after, c);
        else
            hold_clock(h, after->arena, c);
    }
}

/* ---- what a replay holds back ---- */

void held_send_rows(Apply *a, const Matter *m, Held *h)
{
    for (int i = 0; i < h->n_rows; i++)
        h->rows[i](a, m);
    h->n_rows = 0;
}

void held_send(const World *w, Apply *a, const Matter *m, Held *h, bool stored, const Relation *was, int n)
{
    matter_send_save(a->db, a->arena, w, m);
    matter_send_relation_changes(a->db, a->arena, was, n, m);
    held_send_rows(a, m, h);
    for (int i = 0; i < h->n_clocks; i++)
        if (stored || h->clocks[i].runs) send_clock(a, m, h->clocks[i]);
    if (h->words) send_words(a, m, stored, h->tokens);
    *h = (Held){ .clocks = h->clocks, .clocks_cap = h->clocks_cap };
}

static void send_counter(Apply *a, Str community, Counter c)
{
    db_send(a->db, a->arena, &counter_set, ARGS(TXT(community), TXT(str_c(c.module)), NUM(c.n)));
}

static void apply_number(const World *w, Apply *a, const Module *module, const Event *e)
{
    Counter *counters = self_of(a)->counters, given = { module->name, e->number };
    if (e->number <= 0) return;
    if (counters == NULL) {
        send_counter(a, e->community, given);
        return;
    }
    for (int i = 0; i < w->n_modules; i++)
        if (w->modules[i] == module) counters[i] = given;
}

void counters_send(Apply *a, Str community, Counter *counters)
{
    for (int i = 0; i < MODULES_MAX; i++) {
        if (counters[i].n > 0) send_counter(a, community, counters[i]);
        counters[i].n = 0;
    }
}

static void apply_files(Apply *a, const Matter *after, const Event *e)
{
    for (const Field *f = e->action->fields; f != NULL && f->name != NULL; f++) {
        if (f->type != F_FILES) continue;
        const json_t *list = json_object_get(e->data, f->name);
        for (size_t i = 0; i < json_array_size(list); i++)
            file_apply(a, after, e, json_array_get(list, i), f->seen != 0 ? f->seen : e->audience);
    }
}

/* Not told of it. */
static Str who_did(const Event *e)
{
    return e->by.n > 0 ? e->by : e->actor;
}

void event_apply(const World *w, Apply *a, const Matter *before, const Matter *after, const Event *e)
{
    const Module *module = NULL;
    world_action(w, e->type, &module);
    if (self_of(a)->held == NULL) {
        matter_send_save(a->db, a->arena, w, after);
        matter_send_relation_changes(a->db, a->arena, before != NULL ? before->relations : NULL,
                                     before != NULL ? before->n_relations : 0, after);
    }
    db_send(a->db, a->arena, &timeline_add,
            ARGS(TXT(e->community), TXT(e->matter), NUM(e->seq), TXT(e->type), NUM(e->version), NUM(e->at),
                 NUM(e->claimed_at), TXT(e->actor), NUM((int64_t)e->audience),
                 TXT(str_c(module->states[e->to].name)), NUM(e->matter_version), TXT(after->place),
                 TXT(json_print(a->arena, e->data))));
    if (e->client_id.n > 0)
        db_send(
            a->db, a->arena, &command_add,
            ARGS(TXT(e->community), TXT(e->client_id), TXT(e->actor), TXT(e->body_hash), NUM(e->seq), NUM(e->rows)));
    if (before == NULL &&
        (e->actor.n == 0 || e->action->receipt)) /* without an account: followed by its receipt code */
        db_send(a->db, a->arena, &receipt_add,
                ARGS(TXT(e->community), TXT(a->lookup(a, e->community, apply_receipt(a, e))), TXT(e->matter)));
    apply_number(w, a, module, e);
    for (size_t i = 0; i < json_array_size(e->tell); i++)
        db_send(a->db, a->arena, &notice_add,
                ARGS(TXT(e->community), TXT(str_c(json_string_value(json_array_get(e->tell, i)))), NUM(e->seq),
                     TXT(e->matter), TXT(e->type), NUM(e->at), TXT(who_did(e))));
    if (e->by.n > 0)
        db_send(a->db, a->arena, &acted_add,
                ARGS(TXT(e->community), NUM(e->seq), TXT(e->actor), TXT(e->by), TXT(e->matter), TXT(e->type),
                     NUM(e->at)));
    apply_clocks(a, after, e);
    apply_search(w, a, module, before != NULL, after, e);
    apply_files(a, after, e);
    if (e->action->erases) file_erase(a, after, e);
    if (!a->replay) outbox_fill(w, a, after, e); /* before the module: a new subscription does not hear of itself */
    if (e->action->apply != NULL) e->action->apply(a, after, e);
}
