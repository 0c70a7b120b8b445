/* import: see log_tools.h. Lines come in one after the other; memory is that of a page of events and of one chain per
 * community. Everything happens in one transaction: a file that is not right leaves nothing. */
#include "core/log/log.h"
#include "core/log/replay.h"

#include <stdio.h>

enum { READ_BYTES = 256 * 1024 };

typedef struct Import {
    Arena *arena;
    const World *world;
    Seals *seals;
    Db *db;
    Replay replay;
    FILE *from;
    Progress progress;
    Imported *out;
    Hasher *hasher;
    json_t *header;
    int64_t events, keys; /* as the header says */
    Chain chain;
    Indexes indexes;      /* made again after the load */
    Map *done;            /* communities whose chain is over */
    Arena *page;
    Str *bytes;           /* of the page */
    int n;
    int64_t page_line;    /* line of its first event */
    LineKind last;
    bool ended;
    char *buf;            /* what was read and not yet taken */
    size_t at, filled, cap;
} Import;

static Fail at_line(const Import *im, Fail f, int64_t line)
{
    Fail said = fail_field(f.err == ERR_MALFORMED ? ERR_INVALID : f.err, f.code,
                           arena_fmt(im->arena, "line %lld", (long long)line).p, f.limit);
    said.log = f.log;
    return said;
}

/* ---- lines ---- */

/* One line without its end, borrowed until the next call. n 0 and p NULL: the file is over. */
static Fail take_line(Import *im, Str *line)
{
    size_t looked = im->at;
    for (;;) {
        char *end = memchr(im->buf + looked, '\n', im->filled - looked);
        if (end != NULL) {
            *line = (Str){ im->buf + im->at, (size_t)(end - im->buf) - im->at };
            im->at += line->n + 1;
            im->out->line++;
            return FAIL_NONE;
        }
        if (im->at > 0) memmove(im->buf, im->buf + im->at, im->filled - im->at);
        im->filled -= im->at;
        im->at = 0;
        looked = im->filled;
        if (im->filled == im->cap) return fail_field(ERR_INVALID, "line_too_long", "", EXPORT_LINE_MAX);
        size_t room = im->cap - im->filled < READ_BYTES ? im->cap - im->filled : READ_BYTES;
        size_t n = fread(im->buf + im->filled, 1, room, im->from);
        im->filled += n;
        if (n > 0) continue;
        if (ferror(im->from)) return fail(ERR_INTERNAL, "file_cannot_be_read");
        if (im->filled > 0) return fail(ERR_INVALID, "line_cut");
        *line = (Str){ NULL, 0 };
        return FAIL_NONE;
    }
}

/* ---- events ---- */

static Fail flush(Import *im)
{
    if (im->n == 0) return FAIL_NONE;
    int bad = 0;
    Fail f = replay_page(&im->replay, &im->chain, im->bytes, im->n, &bad);
    if (f.err != OK) f = at_line(im, f, im->page_line + (bad < im->n ? bad : 0));
    im->out->events += im->n;
    im->n = 0;
    arena_reset(im->page);
    im->bytes = arena_array(im->page, Str, REPLAY_PAGE);
    im->progress.say(im->progress.self, "events", im->out->events, im->events);
    return f;
}

static Fail end_chain(Import *im)
{
    Fail f = flush(im);
    if (f.err == OK) f = replay_write(&im->replay);
    if (f.err == OK && im->chain.seq > 0) f = replay_save_head(&im->replay, &im->chain);
    if (f.err != OK || im->chain.seq == 0) return f;
    map_put(im->done, im->chain.community, im);
    return FAIL_NONE;
}

/* Only what begins another chain is looked at before its page: the rest is replay's. */
static Str community_of(Arena *a, Str bytes)
{
    static const char before[] = "{\"v\":1,\"community\":\"";
    if (!str_starts(bytes, (Str){ before, sizeof before - 1 })) return S("");
    Str rest = { bytes.p + sizeof before - 1, bytes.n - (sizeof before - 1) };
    return arena_str(a, str_cut(&rest, '"'));
}

static Fail take_event(Import *im, Str bytes)
{
    if (im->last == LINE_HEADER || im->last == LINE_KEY) {
        if (im->out->keys != im->keys) return fail_field(ERR_INVALID, "keys_missing", "", im->keys);
    }
    Arena *a = arena_new();
    Str community = community_of(a, bytes);
    Fail f = FAIL_NONE;
    if (!str_eq(community, im->chain.community)) {
        f = end_chain(im);
        if (f.err == OK && map_get(im->done, community) != NULL) f = fail(ERR_CONFLICT, "community_repeated");
        im->chain = (Chain){ .community = arena_str(im->arena, community) };
    }
    arena_free(a);
    if (f.err != OK) return f;
    if (im->n == 0) im->page_line = im->out->line;
    im->bytes[im->n++] = arena_str(im->page, bytes);
    return im->n == REPLAY_PAGE ? flush(im) : FAIL_NONE;
}

static Fail take_key(Import *im, const ExportLine *line)
{
    Key key;
    if (im->last != LINE_HEADER && im->last != LINE_KEY) return fail(ERR_CONFLICT, "wrong_order");
    if (!seal_unwrap(im->seals, line->community, line->subject, line->wrapped, &key))
        return fail(ERR_CONFLICT, "other_key_file");
    key_cache_put(im->replay.self.keys, line->community, line->subject, key);
    im->out->keys++;
    db_send(im->replay.to, im->page, &seal_key_save,
            ARGS(TXT(line->community), TXT(line->subject), BYT(line->wrapped), NUM(line->at)));
    if (im->out->keys % REPLAY_PAGE != 0) return FAIL_NONE;
    Fail f = db_sync(im->replay.to);
    arena_reset(im->page);
    im->bytes = arena_array(im->page, Str, REPLAY_PAGE);
    im->progress.say(im->progress.self, "keys", im->out->keys, im->keys);
    return f;
}

/* ---- the end ---- */

static Fail check_heads(Import *im)
{
    const json_t *heads = json_object_get(im->header, "heads");
    if (heads != NULL && (int)json_array_size(heads) != map_count(im->done)) return fail(ERR_CONFLICT, "heads_differ");
    for (size_t i = 0; i < json_array_size(heads); i++) {
        const json_t *h = json_array_get(heads, i);
        Fail f = FAIL_NONE;
        DbRows *r = db_query(im->db, im->arena, "SELECT seq, hash FROM head WHERE community = $1", "s", "lb",
                             ARGS(TXT(json_text(h, "community"))), &f);
        if (f.err != OK) return f;
        if (r->rows != 1 || db_int(r, 0, 0) != json_int(h, "seq") ||
            !str_eq(hex_of(im->arena, db_text(r, 0, 1)), json_text(h, "hash")))
            return fail_field(ERR_CONFLICT, "heads_differ", "", json_int(h, "seq"));
    }
    return FAIL_NONE;
}

static Fail take_end(Import *im, const ExportLine *line, Hash so_far)
{
    if (im->out->keys != im->keys) return fail_field(ERR_INVALID, "keys_missing", "", im->keys);
    Fail f = end_chain(im);
    if (f.err != OK) return f;
    if (im->out->events != im->events || line->events != im->events)
        return fail_field(ERR_INVALID, "events_missing", "", im->events);
    if (!str_eq(hash_hex(im->arena, so_far), line->sha256)) return fail(ERR_INVALID, "file_changed");
    im->ended = true;
    return check_heads(im);
}

static Fail take(Import *im, Str text)
{
    Arena *a = arena_new();
    ExportLine line;
    Fail f = export_line_read(a, text, &line);
    if (f.err != OK) f = at_line(im, f, im->out->line);
    bool first = im->out->line == 1;
    if (f.err == OK && first != (line.kind == LINE_HEADER)) f = fail(ERR_INVALID, first ? "no_header" : "wrong_order");
    if (f.err == OK && im->ended) f = fail(ERR_INVALID, "lines_after_the_end");
    if (f.err == OK && line.kind == LINE_END) {
        f = take_end(im, &line, hasher_end(im->hasher));
    } else if (f.err == OK) {
        hasher_add(im->hasher, text);
        hasher_add(im->hasher, S("\n"));
        if (line.kind == LINE_HEADER) {
            im->header = json_keep(im->arena, json_deep_copy(line.json));
            im->events = line.events;
            im->keys = line.keys;
        } else {
            f = line.kind == LINE_KEY ? take_key(im, &line) : take_event(im, line.bytes);
        }
        im->last = line.kind;
    }
    arena_free(a);
    return f;
}

static Fail import_lines(Import *im)
{
    for (;;) {
        Str line;
        Fail f = take_line(im, &line);
        if (f.err != OK) return at_line(im, f, im->out->line + 1);
        if (line.p == NULL) break;
        f = take(im, line);
        if (f.err != OK) return f.field[0] != 0 ? f : at_line(im, f, im->out->line);
    }
    return im->ended ? FAIL_NONE : at_line(im, fail(ERR_INVALID, "end_missing"), im->out->line + 1);
}

static void said_index(void *self, int done, int of)
{
    Import *im = self;
    im->progress.say(im->progress.self, "indexes", done, of);
}

/* The digest is compared where the same tables with the same columns made it. */
static Fail check_digest(Import *im)
{
    Imported *out = im->out;
    Fail f = schema_digest(im->db, im->arena, im->world->schema, S(""), &out->digest);
    Str wanted = json_text(im->header, "digest");
    out->same_shape = wanted.n > 0 && str_eq(json_text(im->header, "shape"), log_shape(im->arena, im->world));
    if (f.err == OK && out->same_shape && !str_eq(wanted, hash_hex(im->arena, out->digest)))
        f = fail(ERR_CONFLICT, "digest_differs");
    return f;
}

Fail log_is_empty(Arena *a, Db *db)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(db, a,
                         "SELECT (SELECT COUNT(*) FROM head) + (SELECT COUNT(*) FROM (SELECT community FROM event"
                         " LIMIT 1) e) + (SELECT COUNT(*) FROM matter)", "", "l", NULL, &f);
    if (f.err == OK && db_int(r, 0, 0) != 0) f = fail(ERR_CONFLICT, "not_empty");
    return f;
}

Fail log_import(Arena *a, const World *w, Seals *seals, Db *db, void *from, Progress p, Imported *out)
{
    *out = (Imported){ 0 };
    Import im = { .arena = a, .world = w, .seals = seals, .db = db, .from = from, .progress = p, .out = out,
                  .hasher = hasher_new(a), .done = map_new(a, 64), .page = arena_new(), .cap = EXPORT_LINE_MAX };
    Fail f = log_is_empty(a, db);
    if (f.err == OK) {
        im.buf = arena_alloc(a, im.cap);
        im.bytes = arena_array(im.page, Str, REPLAY_PAGE);
        replay_init(&im.replay, a, w, seals, db, db);
        im.replay.keep = true;
        db_begin(db);
        f = schema_indexes_drop(db, a, &im.indexes);
        if (f.err == OK) f = import_lines(&im);
        if (f.err == OK) f = schema_indexes_make(db, &im.indexes, said_index, &im);
        if (f.err == OK) f = check_digest(&im);
        if (f.err == OK) f = db_commit(db);
        if (f.err != OK) replay_stop(&im.replay);
    }
    arena_free(im.page);
    return f;
}
