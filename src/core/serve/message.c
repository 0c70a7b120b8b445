#include "core/serve/message.h"

#include "base/log.h"
#include "core/file.h"
#include "core/internal.h"
#include "core/outbox.h"

static Stmt message_next = { "s", "sslll",
                             "SELECT id, target, seq, due_at, attempts FROM outbox"
                             " WHERE community = $1 AND lane = 'community'"
                             " AND state = 'waiting' ORDER BY due_at, seq, id LIMIT 1" };
static Stmt message_event = { "sl", "ss", "SELECT matter, data FROM timeline WHERE community = $1 AND seq = $2" };
static Stmt message_head = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
static Stmt message_mark = { "sssls", "",
                             "UPDATE outbox SET state = $3, attempts = attempts + 1, tried_at = $4, error = $5"
                             " WHERE community = $1 AND id = $2 AND state = 'waiting'" };
static Stmt message_again = { "ssslls", "",
                              "UPDATE outbox SET state = $3, attempts = attempts + 1, due_at = $4, tried_at = $5,"
                              " error = $6 WHERE community = $1 AND id = $2 AND state = 'waiting'" };
Stmt *const message_statements[] = { &message_next, &message_event, &message_head, &message_mark,
                                     &message_again, NULL };

typedef struct Carry { /* one message on its way */
    Messages *messages;
    Arena *arena;
    Str from, id, to, matter; /* matter: the sender's */
    const json_t *data, *message;
    const Module *module; /* over there */
    const Action *action;
    Str there;            /* the matter over there */
    json_t *input;
    int64_t now;
    int attempts;         /* before this one */
    Fail refused;         /* why it cannot be done over there */
    int64_t number;
} Carry;

void messages_look(Messages *m, Str community)
{
    if (m != NULL && m->watches != NULL) watch_look(m->watches, community);
}

Messages *messages_new(Arena *a, Runner *r, Blobs *blobs)
{
    Messages *m = arena_new_of(a, Messages);
    *m = (Messages){ .arena = a, .runner = r, .blobs = blobs, .steps_left = -1 };
    bool any = world_module(runner_planner(r)->world, S("webhook")) != NULL; /* worlds of tests may do without */
    if (any) m->watches = watches_new(a, runner_db(r));
    return m;
}

/* A planned crash between two steps. */
static bool stops(Carry *c)
{
    if (c->messages->steps_left < 0) return false;
    return c->messages->steps_left-- == 0;
}

/* ---- what is carried ---- */

static bool open_member(Carry *c, const json_t *v, const char *as)
{
    const Planner *p = runner_planner(c->messages->runner);
    Key key;
    Str plain = S("");
    if (!seal_is(v)) {
        json_put(c->input, as, (json_t *)(uintptr_t)v);
        return true;
    }
    if (!key_cache_get(p->keys, p->db, c->from, seal_subject(v), &key) ||
        !seal_open(c->arena, key, c->from, v, &plain))
        return false;
    json_put_text(c->input, as, plain);
    return true;
}

/* What was erased since does not cross. */
static void open_input(Carry *c)
{
    const char *name;
    json_t *v;
    c->input = json_new_object(c->arena);
    json_object_foreach(json_object_get(c->message, "input"), name, v) open_member(c, v, name);
    json_object_foreach(json_object_get(c->message, "take"), name, v)
    {
        const json_t *own = json_object_get(c->data, name);
        if (own != NULL && json_is_string(v)) open_member(c, own, json_string_value(v));
    }
}

static Fail load(Carry *c, int64_t seq)
{
    Fail f = FAIL_NONE;
    const Planner *p = runner_planner(c->messages->runner);
    DbRows *e = db_send(p->db, c->arena, &message_event, ARGS(TXT(c->from), NUM(seq)));
    DbRows *head = db_send(p->db, c->arena, &message_head, ARGS(TXT(c->to)));
    f = db_sync(p->db);
    if (f.err != OK) return f;
    if (e->rows == 0) return fail(ERR_NOT_FOUND, "event_missing");
    c->matter = db_text(e, 0, 0);
    c->data = json_read(c->arena, db_text(e, 0, 1), &f);
    int64_t index = 0;
    Str digits = { c->id.p + c->id.n, 0 };
    while (digits.n < c->id.n && digits.p[-1] != '.') {
        digits.p--;
        digits.n++;
    }
    if (f.err != OK || !str_to_i64(digits, &index) || index < 0) return fail(ERR_NOT_FOUND, "message_unreadable");
    c->message = json_array_get(json_object_get(c->data, "messages"), (size_t)index);
    c->action = world_action(p->world, json_text(c->message, "act"), &c->module);
    if (c->action == NULL || !(c->action->may & SYSTEM)) return fail(ERR_NOT_FOUND, "message_unreadable");
    if (head->rows == 0) c->refused = fail(ERR_NOT_FOUND, "no_such_community"); /* never a chain by mistake */
    c->there = json_text(c->message, "matter");
    if (c->there.n == 0) c->there = id_from_hash(c->arena, S("message matter"), c->id);
    open_input(c);
    return FAIL_NONE;
}

/* ---- the four steps ---- */

static Fail carry_files_run(void *self, Db *db)
{
    Carry *c = self;
    Fail f = FAIL_NONE;
    const Planner *p = runner_planner(c->messages->runner);
    for (const Field *x = c->action->fields; x != NULL && x->name != NULL; x++) {
        const json_t *files = x->type == F_FILES ? json_object_get(c->input, x->name) : NULL;
        if (files == NULL) continue;
        json_t *ids = json_new_array(c->arena);
        for (size_t i = 0; f.err == OK && i < json_array_size(files); i++) {
            FileCarry one = { .blobs = c->messages->blobs, .seals = p->seals, .keys = p->keys, .from = c->from,
                              .from_matter = c->matter, .to = c->to, .to_matter = c->there,
                              .file = json_array_get(files, i), .message = c->id, .now = c->now };
            f = file_carry(&one, c->arena, db);
            if (f.err == OK && one.id.n > 0) json_array_append_new(ids, json_stringn(one.id.p, one.id.n));
        }
        if (json_array_size(ids) > 0)
            json_put(c->input, x->name, ids);
        else
            json_object_del(c->input, x->name);
    }
    return f;
}

static Command *command_of(Carry *c, Str community, const char *step, Str type, Str matter, json_t *input)
{
    const World *w = runner_planner(c->messages->runner)->world;
    Command *made = arena_new_of(c->arena, Command);
    CommandRow *row = arena_new_of(c->arena, CommandRow);
    Str what = arena_fmt(c->arena, "%.*s %s", STR_ARG(c->id), step);
    *row = (CommandRow){ .matter = matter, .version = -1, .input = input };
    *made = (Command){ .arena = c->arena, .community = community, .actor = &actor_system,
                       .client_id = id_from_hash(c->arena, S("message"), what),
                       .body_hash = hash_hex(c->arena, hash_one(what)), .rows = row, .n_rows = 1 };
    made->action = world_action(w, type, &made->module);
    return made;
}

static bool store_is_away(Fail f)
{
    return f.err == ERR_FULL || f.err == ERR_BUSY || f.err == ERR_INTERNAL;
}

static Fail do_there(Carry *c)
{
    if (c->refused.err != OK) return FAIL_NONE;
    Command *made = command_of(c, c->to, "act", json_text(c->message, "act"), c->there, c->input);
    runner_run(c->messages->runner, &made, 1);
    if (store_is_away(made->fail)) return made->fail;
    c->refused = made->fail;
    c->number = json_int(made->reply, "number");
    return FAIL_NONE;
}

static Fail say_back(Carry *c)
{
    bool well = c->refused.err == OK;
    Str type = json_text(c->message, well ? "then" : "otherwise");
    json_t *in = json_new_object(c->arena);
    if (type.n == 0) return FAIL_NONE;
    if (well) {
        json_put_text(in, "there", c->there);
        if (c->number > 0) json_put_int(in, "number", c->number);
    } else {
        json_put_text(in, "code", str_c(c->refused.code));
    }
    Command *made = command_of(c, c->from, well ? "then" : "otherwise", type, c->matter, in);
    if (made->action == NULL) return FAIL_NONE;
    runner_run(c->messages->runner, &made, 1);
    if (store_is_away(made->fail)) return made->fail;
    if (made->fail.err != OK) c->refused = made->fail;
    return FAIL_NONE;
}

static Fail mark_run(void *self, Db *db)
{
    Carry *c = self;
    bool told = c->refused.err == OK || json_text(c->message, "otherwise").n > 0;
    db_send(db, c->arena, &message_mark,
            ARGS(TXT(c->from), TXT(c->id), TXT(told ? S("delivered") : S("dead")), NUM(c->now),
                 TXT(str_c(c->refused.code))));
    return db_sync(db);
}

static Fail carry(Carry *c, int64_t seq)
{
    Runner *r = c->messages->runner;
    Fail f = load(c, seq);
    if (f.err == ERR_NOT_FOUND) { /* nobody can ever read it: it stays to be seen */
        c->refused = f;
        return runner_call(r, mark_run, c);
    }
    if (f.err == OK && c->refused.err == OK) f = runner_call(r, carry_files_run, c);
    if (f.err != OK || stops(c)) return f;
    f = do_there(c);
    if (f.err != OK || stops(c)) return f;
    f = say_back(c);
    if (f.err != OK || stops(c)) return f;
    f = runner_call(r, mark_run, c);
    log_line(c->refused.err == OK ? LOG_INFO : LOG_WARN, "message", "act=%s code=%s", c->action->name,
             c->refused.code != NULL ? c->refused.code : "ok");
    return f;
}

/* What cannot be carried although the store is there waits longer each time and is a dead letter in the end, like all
 * that leaves: it must not stand in the way of the others for ever. */
static Fail again_run(void *self, Db *db)
{
    static const OutboxConfig usual = { 0 };
    Carry *c = self;
    int64_t pause = outbox_pause(&usual, c->attempts + 1);
    bool dead = pause < 0;
    db_send(db, c->arena, &message_again,
            ARGS(TXT(c->from), TXT(c->id), TXT(dead ? S("dead") : S("waiting")), NUM(dead ? 0 : c->now + pause),
                 NUM(c->now), TXT(str_c(c->refused.code))));
    return db_sync(db);
}

/* The next message of one community. */
static Carried look(Messages *m, Watch *w, Arena *a, int64_t now)
{
    Fail f = FAIL_NONE;
    DbRows *next = db_run(runner_db(m->runner), a, &message_next, ARGS(TXT(w->community)), &f);
    w->look = f.err != OK || next->rows > 0;
    if (!w->look) return NOTHING_WAITS;
    bool tried = f.err == OK && db_int(next, 0, 4) > 0; /* if not, it waits for nothing: the clock was set back */
    if (tried && db_int(next, 0, 3) > now) return CARRY_LATER;
    if (f.err == OK) {
        Carry c = { .messages = m, .arena = a, .from = w->community, .id = db_text(next, 0, 0),
                    .to = db_text(next, 0, 1), .now = now, .attempts = (int)db_int(next, 0, 4) };
        f = carry(&c, db_int(next, 0, 2));
        messages_look(m, c.to); /* it may have an answer of its own */
        if (f.err == OK) return CARRIED;
        c.refused = f;
        if (f.err == ERR_INTERNAL) {
            Fail noted = runner_call(m->runner, again_run, &c);
            if (noted.err != OK) f = noted;
        }
    }
    log_line(LOG_WARN, "message", "outcome=later code=%s", f.code != NULL ? f.code : "none");
    return CARRY_LATER;
}

Carried messages_round(Messages *m, int64_t now)
{
    Carried all = NOTHING_WAITS;
    if (m == NULL || m->watches == NULL) return all;
    for (Watch *w = m->watches->first; w != NULL && all != CARRIED; w = w->next) {
        if (!w->look) continue;
        Arena *a = arena_new();
        Carried one = look(m, w, a, now);
        if (one != NOTHING_WAITS) all = one;
        arena_free(a);
    }
    return all;
}
