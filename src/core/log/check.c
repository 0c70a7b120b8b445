/* verify: see log_tools.h. One pass over the events serves the chain, the proofs and the shadow of the state. */
#include "core/log/log.h"
#include "core/log/replay.h"
#include "core/proof/tree.h"
#include "base/json_raw.h"

typedef struct Check {
    const LogCheck *c;
    Verdict *out;
    Buf report;
    KeyCache *keys;
    Replay replay;
    /* of the community */
    Str community, saved_hash;
    int64_t seq, saved_seq;
    Hash hash;
    bool saved_seen, folds;
    int64_t total;
    Chain folded;
} Check;

static void say(Check *k, Str line)
{
    k->out->faults++;
    if (k->out->faults <= 100) buf_fmt(&k->report, "%.*s\n", STR_ARG(line));
    if (k->c->fault != NULL) k->c->fault(k->c->self, line);
}

static void say_compared(void *self, Str line)
{
    say(self, line);
}

static void found(Check *k, Arena *a, int64_t seq, const char *what)
{
    say(k, arena_fmt(a, "%.*s %lld: %s", STR_ARG(k->community), (long long)seq, what));
    k->folds = false;
}

/* ---- sealed values ---- */

static void prove(Check *k, Arena *a, int64_t seq, const json_t *v)
{
    if (seal_is(v)) {
        Key key;
        Str plain;
        if (!key_cache_get(k->keys, k->c->db, k->community, seal_subject(v), &key)) return; /* erased */
        k->out->values++;
        if (!seal_open(a, key, k->community, v, &plain)) found(k, a, seq, "a sealed value does not give its proof");
        return;
    }
    const char *name;
    json_t *one;
    json_object_foreach((json_t *)(uintptr_t)v, name, one)
        prove(k, a, seq, one);
    for (size_t i = 0; i < json_array_size(v); i++)
        prove(k, a, seq, json_array_get(v, i));
}

/* The same on an event's text, for those that are as they should be. False: look at the values. */
static bool proven(Check *k, Arena *a, Str v, int depth, int *values)
{
    Key key;
    SealedText sealed;
    bool object = raw_is(v, '{');
    if (!object && !raw_is(v, '[')) return true;
    if (depth == JSON_DEPTH_MAX) return false;
    if (object && seal_raw(v, &sealed)) {
        if (memchr(v.p, '\\', v.n) != NULL) return false;
        if (!key_cache_get(k->keys, k->c->db, k->community, sealed.of, &key)) return true; /* erased */
        ++*values;
        return seal_raw_proven(a, key, k->community, sealed);
    }
    Str inside = raw_inside(v), name, one;
    while (object ? raw_member(&inside, &name, &one) : raw_item(&inside, &one)) {
        if (object && str_is(name, "sealed")) return false; /* it may be one that is written otherwise */
        if (!proven(k, a, one, depth + 1, values)) return false;
    }
    return true;
}

/* ---- the chain ---- */

/* Most events are as they should be, and that is seen without making values of their JSON. */
static bool sound(Check *k, Arena *a, const DbRows *page, int i)
{
    Str stored = db_text(page, i, 6);
    EventRow row = { .community = k->community, .seq = db_int(page, i, 0), .id = db_text(page, i, 1),
                     .matter = db_text(page, i, 2), .type = db_text(page, i, 3), .at = db_int(page, i, 4) };
    Hash hash;
    if (row.seq != k->seq + 1 || row.seq == k->saved_seq || stored.n != HASH_BYTES) return false;
    if (!event_is_sound(k->c->world, db_text(page, i, 5), &row, hash_hex(a, k->hash), &hash)) return false;
    if (memcmp(hash.b, stored.p, HASH_BYTES) != 0) return false;
    int values = 0;
    if (k->keys != NULL && !proven(k, a, raw_get(db_text(page, i, 5), "data"), 0, &values)) return false;
    k->out->values += values;
    k->seq++;
    k->hash = hash;
    k->out->events++;
    return true;
}

/* Says what is wrong; also takes the events that `sound` does not know, of an older shape. */
static void check_event(Check *k, Arena *a, const DbRows *page, int i)
{
    int64_t seq = db_int(page, i, 0);
    Str bytes = db_text(page, i, 5), stored = db_text(page, i, 6);
    Event e;
    if (sound(k, a, page, i)) return;
    if (seq != k->seq + 1)
        found(k, a, seq, seq > k->seq + 1 ? "events are missing before this one" : "event is out of order");
    k->seq = seq;
    k->out->events++;
    if (event_parse(a, k->c->world, bytes, &e).err != OK) {
        found(k, a, seq, "event cannot be read");
        if (stored.n == HASH_BYTES) memcpy(k->hash.b, stored.p, HASH_BYTES);
        return;
    }
    if (stored.n != HASH_BYTES || memcmp(e.hash.b, stored.p, HASH_BYTES) != 0)
        found(k, a, seq, "bytes do not give the stored hash");
    if (!hash_eq(e.prev, k->hash)) found(k, a, seq, "does not follow the event before it");
    if (e.seq != seq || !str_eq(e.community, k->community) || !str_eq(e.id, db_text(page, i, 1)) ||
        !str_eq(e.matter, db_text(page, i, 2)) || !str_eq(e.stored_type, db_text(page, i, 3)) ||
        e.at != db_int(page, i, 4))
        found(k, a, seq, "columns say something else than the bytes");
    k->hash = e.hash;
    if (seq == k->saved_seq) {
        k->saved_seen = true;
        if (!str_eq(hash_hex(a, e.hash), k->saved_hash)) found(k, a, seq, "is not the event of the saved head");
    }
    if (k->keys != NULL) prove(k, a, seq, e.data);
}

/* The state is not compared any more, but other communities are looked at. */
static Fail not_folded(Check *k, Arena *a, Fail f, int64_t seq)
{
    replay_stop(&k->replay);
    db_begin(k->c->scratch);
    if (f.err != ERR_CONFLICT && f.err != ERR_INTERNAL) return f;
    found(k, a, seq, "this event or one soon after it cannot be folded");
    return FAIL_NONE;
}

static Fail fold_page(Check *k, Arena *a, const DbRows *page)
{
    Str *bytes = arena_array(a, Str, page->rows + 1);
    int bad = 0;
    for (int i = 0; i < page->rows; i++)
        bytes[i] = db_text(page, i, 5);
    int64_t first = k->folded.seq + 1;
    Fail f = replay_page(&k->replay, &k->folded, bytes, page->rows, &bad);
    return f.err == OK ? f : not_folded(k, a, f, first + bad);
}

static Fail check_chain(Check *k)
{
    Fail f = FAIL_NONE;
    int64_t from = INT64_MIN;
    for (int rows = REPLAY_PAGE; f.err == OK && rows == REPLAY_PAGE;) {
        Arena *a = arena_new();
        DbRows *page = db_query(k->c->db, a,
                                "SELECT seq, id, matter, type, at, bytes, hash FROM event"
                                " WHERE community = $1 AND seq > $2 ORDER BY seq LIMIT $3",
                                "sll", "lsssl" "bb", ARGS(TXT(k->community), NUM(from), NUM(REPLAY_PAGE)), &f);
        rows = f.err == OK ? page->rows : 0;
        for (int i = 0; i < rows; i++)
            check_event(k, a, page, i);
        if (rows > 0) from = db_int(page, rows - 1, 0);
        if (k->c->scratch != NULL && k->folds && rows > 0) f = fold_page(k, a, page);
        k->c->progress.say(k->c->progress.self, "events", k->out->events, k->total);
        arena_free(a);
    }
    if (f.err != OK || k->c->scratch == NULL || !k->folds) return f;
    f = replay_write(&k->replay);
    Arena *a = arena_new();
    if (f.err != OK) f = not_folded(k, a, f, k->folded.seq);
    arena_free(a);
    return f;
}

/* "community seq hash" lines */
static void saved_head(Str saved, Str community, int64_t *seq, Str *hash)
{
    *seq = 0;
    *hash = S("");
    while (saved.n > 0) {
        Str line = str_cut(&saved, '\n');
        Str name = str_cut(&line, ' '), number = str_cut(&line, ' ');
        if (!str_eq(name, community) || !str_to_i64(number, seq)) continue;
        *hash = str_trim(line);
        return;
    }
}

static Fail check_community(Check *k, Arena *a, const DbRows *heads, int i, Buf *lines, bool *whole)
{
    k->community = db_text(heads, i, 0);
    k->seq = 0;
    k->hash = (Hash){ { 0 } };
    k->saved_seen = false;
    k->folds = true;
    k->folded = (Chain){ .community = k->community };
    saved_head(k->c->saved, k->community, &k->saved_seq, &k->saved_hash);
    Fail f = check_chain(k);
    if (f.err != OK) return f;
    Str head = db_text(heads, i, 2);
    if (k->seq != db_int(heads, i, 1) || head.n != HASH_BYTES || memcmp(head.p, k->hash.b, HASH_BYTES) != 0)
        found(k, a, k->seq, "the head is not the last event");
    int64_t nodes, differ;
    f = tree_check(k->c->db, k->community, k->seq, &nodes, &differ);
    if (f.err == ERR_INTERNAL) f = FAIL_NONE; /* a gap in the chain: said above */
    else if (f.err == OK && differ > 0) found(k, a, k->seq, "the stored tree is not the log's");
    if (k->saved_seq > 0 && !k->saved_seen) found(k, a, k->saved_seq, "the saved head is gone: the log was cut");
    if (!k->folds) *whole = false;
    buf_fmt(lines, "%.*s %lld %s\n", STR_ARG(k->community), (long long)k->seq, hash_hex(a, k->hash).p);
    return f;
}

/* A community that had a chain must still have one; events have a head. */
static Fail check_gone(Check *k, Arena *a, const DbRows *heads, bool *whole)
{
    Fail f = FAIL_NONE;
    Map *known = map_new(a, heads->rows + 1);
    for (int i = 0; i < heads->rows; i++)
        map_put(known, db_text(heads, i, 0), known);
    for (Str rest = k->c->saved; rest.n > 0;) {
        Str line = str_cut(&rest, '\n');
        Str name = str_cut(&line, ' ');
        if (name.n == 0 || map_get(known, name) != NULL) continue;
        say(k, arena_fmt(a, "%.*s: the whole log is gone", STR_ARG(name)));
        *whole = false;
    }
    DbRows *logs = db_query(k->c->db, a, "SELECT DISTINCT community FROM event ORDER BY community", "", "s", NULL, &f);
    for (int i = 0; f.err == OK && i < logs->rows; i++) {
        if (map_get(known, db_text(logs, i, 0)) != NULL) continue;
        say(k, arena_fmt(a, "%.*s: events without a head", STR_ARG(db_text(logs, i, 0))));
        *whole = false;
    }
    return f;
}

/* ---- files ---- */

static bool check_blob(void *self, const DbVal *row, int cols)
{
    Check *k = self;
    (void)cols;
    for (int i = 2; i < 4; i++) {
        if (i == 3 && row[i].s.n == 0) continue; /* only pictures have a small one beside */
        Arena *a = arena_new();
        Str bytes, ignored;
        Hash name;
        bool named = row[i].s.n == 2 * HASH_BYTES && hex_to(a, row[i].s, &bytes);
        if (named) memcpy(name.b, bytes.p, HASH_BYTES);
        Fail f = named ? blob_get(k->c->blobs, a, name, &ignored) : fail(ERR_INTERNAL, "blob_damaged");
        k->out->files++;
        if (f.err != OK)
            say(k, arena_fmt(a, "%.*s %.*s: file %.*s %s", STR_ARG(row[0].s), STR_ARG(row[1].s), STR_ARG(row[i].s),
                             f.err == ERR_NOT_FOUND ? "is missing" : "is damaged"));
        arena_free(a);
    }
    return true;
}

/* A key that is there must be one that our key file wrapped, or what it sealed is lost without being erased. */
static bool check_key(void *self, const DbVal *row, int cols)
{
    Check *k = self;
    Key key;
    (void)cols;
    if (seal_unwrap(k->c->seals, row[0].s, row[1].s, row[2].s, &key)) return true;
    Arena *a = arena_new();
    say(k, arena_fmt(a, "%.*s: the key of %.*s is not wrapped by this key file", STR_ARG(row[0].s), STR_ARG(row[1].s)));
    arena_free(a);
    return true;
}

static Fail check_scratch(Check *k, Arena *a)
{
    const LogCheck *c = k->c;
    if (c->seals != NULL) k->keys = key_cache_new(a, c->seals, 4096);
    if (c->scratch == NULL) return FAIL_NONE;
    Indexes ignored; /* nobody looks for anything in it */
    db_begin(c->scratch);
    replay_init(&k->replay, a, c->world, c->seals, c->scratch, c->db);
    return schema_indexes_drop(c->scratch, a, &ignored);
}

Fail log_check(const LogCheck *c, Arena *a, Verdict *out)
{
    Fail f = FAIL_NONE;
    Buf lines = buf_new(a, 256);
    Check k = { .c = c, .out = out, .report = buf_new(a, 256) };
    bool whole = true;
    *out = (Verdict){ 0 };
    f = check_scratch(&k, a);
    if (f.err != OK) return f;
    DbRows *heads = db_query(c->db, a, "SELECT community, seq, hash FROM head ORDER BY community", "", "slb", NULL, &f);
    for (int i = 0; f.err == OK && i < heads->rows; i++)
        k.total += db_int(heads, i, 1);
    for (int i = 0; f.err == OK && i < heads->rows; i++)
        f = check_community(&k, a, heads, i, &lines, &whole);
    if (f.err == OK) f = check_gone(&k, a, heads, &whole);
    if (c->scratch != NULL) {
        if (f.err == OK && whole) f = db_commit(c->scratch);
        if (f.err != OK || !whole) replay_stop(&k.replay);
    }
    if (f.err == OK && c->scratch != NULL && !whole)
        say(&k, S("the state was not compared: first the log must be whole"));
    else if (f.err == OK && c->scratch != NULL)
        f = log_compare(a, c->world, c->db, c->scratch, say_compared, &k, &out->digest);
    if (f.err == OK && c->seals != NULL)
        f = db_each(c->db, "SELECT community, subject, wrapped FROM subject_key ORDER BY community, subject", "", "ssb",
                    NULL, check_key, &k);
    if (f.err == OK && c->blobs != NULL)
        f = db_each(c->db, "SELECT community, matter, hash, thumb FROM file ORDER BY community, matter, id", "", "ssss",
                    NULL, check_blob, &k);
    out->report = buf_str(&k.report);
    out->heads = buf_str(&lines);
    return f;
}

static void say_nothing(void *self, const char *what, int64_t done, int64_t of)
{
    (void)self;
    (void)what;
    (void)done;
    (void)of;
}

const Progress progress_none = { say_nothing, NULL };

Fail log_verify(Arena *a, const World *w, Db *db, Str saved, Verdict *out)
{
    LogCheck c = { .world = w, .db = db, .saved = saved, .progress = progress_none };
    return log_check(&c, a, out);
}
