/* proof: whoever took part in a matter takes home what proves that it stands in the log. Whose day: somebody who was
 * promised something. Never: what others said, or may see. */
#include "core/access/glance.h"
#include "core/internal.h"
#include "core/proof/head.h"
#include "core/proof/proof.h"
#include "core/proof/receipt.h"

static Stmt head_load = { "s", "l", "SELECT seq FROM head WHERE community = $1" };
static Stmt kind_load = { "ss", "s", "SELECT kind FROM matter WHERE community = $1 AND id = $2" };
static Stmt event_load = { "sl", "bb", "SELECT bytes, hash FROM event WHERE community = $1 AND seq = $2" };
static Stmt *const proof_statements[] = { &head_load, &kind_load, &event_load, NULL };
static Stmt *const *const more_statements[] = { tree_statements, head_statements, NULL };

static Fail head_of(const CallCtx *c, int64_t *size)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &head_load, ARGS(TXT(c->community)), &f);
    *size = f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
    return f.err == OK && *size == 0 ? fail(ERR_NOT_FOUND, "not_found") : f;
}

static void reply_text(CallCtx *c, Str text)
{
    c->reply.type = "text/plain; charset=utf-8";
    c->reply.body = text;
}

Fail checkpoint_now(Arena *a, Db *db, const Seals *s, Str community, int64_t size, int64_t now, Str *note)
{
    Hash root;
    Fail f = tree_root(db, community, size, &root);
    if (f.err == OK) *note = checkpoint_note(a, s, community, size, now, root);
    return f;
}

static Fail checkpoint_run(CallCtx *c)
{
    int64_t size;
    Str note;
    Fail f = head_of(c, &size);
    if (f.err == OK) f = checkpoint_now(c->arena, c->db, c->seals, c->community, size, c->now, &note);
    if (f.err == OK) reply_text(c, note);
    return f;
}

static Fail key_run(CallCtx *c)
{
    reply_text(c, arena_fmt(c->arena, "%s\n", verifier_key_print(c->arena, c->seals, c->community).p));
    return FAIL_NONE;
}

/* ---- of a matter ---- */

typedef struct Seen {
    const json_t *entry; /* of the timeline, as this reader sees it */
    bool own;            /* they have to do with the matter: what they see is theirs to take along */
} Seen;

/* The event they ask for (0: the last one that they see), by the same function that answers the matter's view. */
static Fail see(CallCtx *c, Str id, int64_t seq, Seen *out)
{
    Fail f = FAIL_NONE;
    Str json = S("");
    DbRows *kind = id_valid(id) ? db_run(c->db, c->arena, &kind_load, ARGS(TXT(c->community), TXT(id)), &f) : NULL;
    if (f.err != OK) return f;
    const Module *m = kind != NULL && kind->rows > 0 ? world_module(c->world, db_text(kind, 0, 0)) : NULL;
    const Query *q = m != NULL ? m->queries : NULL;
    while (q != NULL && q->name != NULL && !q->view)
        q++;
    if (q == NULL || q->name == NULL) return fail(ERR_NOT_FOUND, "not_found");
    Reading r = { .arena = c->arena, .world = c->world, .db = c->db, .seals = c->seals, .keys = c->keys, .module = m,
                  .query = q, .actor = c->actor, .community = c->community, .n_args = 1, .now = c->now };
    r.args[0] = id;
    f = view_answer(&r, &json);
    const json_t *view = f.err == OK ? json_read(c->arena, json, &f) : NULL;
    const json_t *timeline = json_object_get(view, "timeline");
    for (size_t i = json_array_size(timeline); f.err == OK && i-- > 0 && out->entry == NULL;)
        if (seq == 0 || json_int(json_array_get(timeline, i), "seq") == seq) out->entry = json_array_get(timeline, i);
    out->own = json_array_size(json_object_get(view, "me")) > 0 && r.opened_of.n == 0;
    return f.err == OK && out->entry == NULL ? fail(ERR_NOT_FOUND, "not_found") : f;
}

/* Is all that the event holds before this reader's eyes? Then its bytes may be too. A file is named by its hash there,
 * which is nobody's business. */
static bool all_shown(const json_t *held, const json_t *shown)
{
    const char *name;
    json_t *one;
    if (seal_is(held)) return json_is_string(shown) || json_is_object(shown);
    if (json_is_object(held) && json_object_get(held, "sha256") != NULL) return false;
    json_object_foreach((json_t *)(uintptr_t)held, name, one)
        if (!all_shown(one, json_object_get(shown, name))) return false;
    for (size_t i = 0; i < json_array_size(held); i++)
        if (!all_shown(json_array_get(held, i), json_array_get(shown, i))) return false;
    return shown != NULL;
}

static void put_opening(CallCtx *c, json_t *list, const json_t *sealed, const json_t *shown)
{
    Key key;
    Str salt, plain;
    if (json_array_size(list) == RECEIPT_OPENINGS_MAX) return;
    if (!key_cache_get(c->keys, c->db, c->community, seal_subject(sealed), &key)) return;
    if (!seal_open_salted(c->arena, key, c->community, sealed, &salt, &plain)) return;
    if (json_is_string(shown) && !str_eq(plain, str_c(json_string_value(shown)))) return; /* masked */
    json_t *one = json_new_object(c->arena);
    json_put_text(one, "salt", base64url_of(c->arena, salt));
    json_put_text(one, "value", plain);
    json_array_append(list, one);
}

static void put_openings(CallCtx *c, json_t *list, const json_t *held, const json_t *shown)
{
    const char *name;
    json_t *one;
    if (seal_is(held)) {
        put_opening(c, list, held, shown);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)held, name, one)
        put_openings(c, list, one, json_object_get(shown, name));
    for (size_t i = 0; i < json_array_size(held); i++)
        put_openings(c, list, json_array_get(held, i), json_array_get(shown, i));
}

static Fail event_of(CallCtx *c, int64_t seq, Receipt *r, Str *bytes)
{
    Fail f = FAIL_NONE;
    DbRows *e = db_run(c->db, c->arena, &event_load, ARGS(TXT(c->community), NUM(seq)), &f);
    if (f.err == OK && (e->rows != 1 || db_text(e, 0, 1).n != HASH_BYTES)) f = fail(ERR_INTERNAL, "chain_gap");
    if (f.err != OK) return f;
    *bytes = db_text(e, 0, 0);
    memcpy(r->event.b, db_text(e, 0, 1).p, HASH_BYTES);
    return f;
}

static json_t *file_of(CallCtx *c, const Receipt *r, const Seen *seen, Str bytes)
{
    Arena *a = c->arena;
    Fail f = FAIL_NONE;
    json_t *file = json_new_object(a), *list = json_new_array(a);
    const json_t *event = json_read(a, bytes, &f), *held = json_object_get(event, "data"),
                 *shown = json_object_get(seen->entry, "data");
    json_put_text(file, "receipt", receipt_print(a, r));
    json_put_text(file, "key", verifier_key_print(a, c->seals, c->community));
    json_put_int(file, "at", json_int(seen->entry, "at"));
    json_put_text(file, "type", json_text(seen->entry, "type"));
    if (!seen->own || json_object_get(seen->entry, "actor") == NULL || !all_shown(held, shown)) return file;
    json_put_text(file, "event", bytes);
    put_openings(c, list, held, shown);
    if (json_array_size(list) > 0) json_put(file, "openings", list);
    return file;
}

static Fail matter_run(CallCtx *c)
{
    static const Field seq = { .name = "seq", .type = F_INT, .min = 1, .max = INT64_C(1) << 52 };
    DbVal v;
    Seen seen = { 0 };
    Str bytes;
    Hash root;
    Receipt r = { .community = c->community, .at = c->now };
    Fail f = call_value(c, &seq, &v);
    if (f.err == OK) f = see(c, call_arg(c, 0), v.type == 'l' ? v.i : 0, &seen);
    if (f.err == OK) f = head_of(c, &r.size);
    if (f.err == OK) r.seq = json_int(seen.entry, "seq");
    if (f.err == OK) f = event_of(c, r.seq, &r, &bytes);
    if (f.err == OK) f = tree_path(c->db, c->community, r.seq, r.size, &r.path);
    if (f.err != OK) return f;
    if (!tree_root_of(r.event, r.seq, r.size, &r.path, &root)) return fail(ERR_INTERNAL, "tree_path");
    receipt_sign(c->arena, c->seals, &r, root);
    call_json(c, json_print(c->arena, file_of(c, &r, &seen, bytes)));
    return f;
}

/* ---- the log over time ---- */

static const Field one_seq = { .name = "from", .type = F_INT, .required = true, .min = 1, .max = INT64_C(1) << 52 };

/* Both heads are signed as they stand in the log now: whoever kept the earlier one sees whether it is the same
 * still. */
static Fail consistency_run(CallCtx *c)
{
    static const Field to_seq = { .name = "to", .type = F_INT, .min = 1, .max = INT64_C(1) << 52 };
    Arena *a = c->arena;
    DbVal from_v, to_v;
    SignedHead from = { .community = c->community, .at = c->now }, to = from;
    TreePath path;
    int64_t last = 0;
    Fail f = call_value(c, &one_seq, &from_v);
    if (f.err == OK) f = call_value(c, &to_seq, &to_v);
    if (f.err == OK) f = head_of(c, &last);
    if (f.err != OK) return f;
    from.size = from_v.i;
    to.size = to_v.type == 'l' && to_v.i > 0 ? to_v.i : last;
    if (to.size > last) return fail_field(ERR_INVALID, "too_large", "to", last);
    if (from.size > to.size) return fail_field(ERR_INVALID, "too_large", "from", to.size);
    f = tree_root(c->db, c->community, from.size, &from.root);
    if (f.err == OK) f = tree_root(c->db, c->community, to.size, &to.root);
    if (f.err == OK) f = tree_consistency(c->db, c->community, from.size, to.size, &path);
    if (f.err != OK) return f;
    head_sign(a, c->seals, &from);
    head_sign(a, c->seals, &to);
    json_t *out = json_new_object(a);
    json_put_text(out, "from", head_print(a, &from));
    json_put_text(out, "to", head_print(a, &to));
    json_put_text(out, "path", base64url_of(a, (Str){ (const char *)path.hash, sizeof(Hash) * (size_t)path.n }));
    json_put_text(out, "key", verifier_key_print(a, c->seals, c->community));
    call_json(c, json_print(a, out));
    return f;
}

/* One line for each day that is over (UTC), the latest first: whoever saves them sees it if the past is rewritten. */
static Fail heads_run(CallCtx *c)
{
    static const Field days = { .name = "days", .type = F_INT, .min = 1, .max = HEADS_MAX };
    enum { DAYS = 30 };
    DbVal v;
    SignedHead h;
    Fail f = call_value(c, &days, &v);
    if (f.err != OK) return f;
    int64_t n = v.type == 'l' && v.i > 0 ? v.i : DAYS, at = c->now - c->now % DAY_MS;
    Buf b = buf_new(c->arena, 4096);
    f = head_now(c->arena, c->db, c->seals, c->community, c->now, &h);
    for (; f.err == OK && n >= 0; n--, at -= DAY_MS) {
        buf_fmt(&b, "%s\n", head_print(c->arena, &h).p);
        f = head_as_of(c->arena, c->db, c->seals, c->community, at, &h);
    }
    if (f.err == ERR_NOT_FOUND && b.n > 0) f = FAIL_NONE; /* the log began after that */
    if (f.err == OK) reply_text(c, buf_str(&b));
    return f;
}

static const Call calls[] = {
    { .name = "checkpoint", .route = "GET /proof/checkpoint", .may = ANYONE, .on = ON_READER, .per_minute = 60,
      .type = "text/plain", .run = checkpoint_run },
    { .name = "key", .route = "GET /proof/key", .may = ANYONE, .on = ON_READER, .per_minute = 60, .type = "text/plain",
      .run = key_run },
    { .name = "consistency", .route = "GET /proof/consistency", .may = ANYONE, .on = ON_READER, .per_minute = 60,
      .run = consistency_run },
    { .name = "heads", .route = "GET /proof/heads", .may = ANYONE, .on = ON_READER, .per_minute = 10,
      .type = "text/plain", .run = heads_run },
    { .name = "matter", .route = "GET /proof/matters/{id}", .may = ANYONE, .on = ON_READER, .per_minute = 60,
      .run = matter_run },
    { 0 },
};

extern const char proof_schema[], proof_zh[], proof_bo[], proof_en[];
const Module module_proof = {
    .name = "proof", .plural = "proofs", .calls = calls, .statements = proof_statements,
    .more_statements = more_statements, .schema = proof_schema, .words_zh = proof_zh, .words_bo = proof_bo,
    .words_en = proof_en,
};
