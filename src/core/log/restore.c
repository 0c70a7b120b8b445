/* restore: see backup.h. The log comes in through the same fold as everything else, so the heads and the state are
 * proven on the way, and what was erased after the backup was made is erased again before anybody can read it. */
#include "core/log/backup.h"
#include "core/log/erasures.h"
#include "core/log/replay.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 256 * 1024 };

typedef struct Restore {
    Backup *b;
    Arena *arena;
    Manifest manifest;
    Db *from, *to;
    Replay replay;
    Blobs *blobs_from, *blobs_to;
} Restore;

/* Who was signed in then need not be now, an unused code may have been used since, and the parts of an unfinished
 * upload are not in a backup. */
static const char *const left_out[] = { "session", "signin_code", "upload_part" };

static bool is_copied(const Table *t)
{
    if (t->table_class == TABLE_STATE || str_is(t->name, "event") || str_is(t->name, "head")) return false;
    for (int i = 0; i < COUNT(left_out); i++)
        if (str_is(t->name, left_out[i])) return false;
    return true;
}

static Fail refused(const char *code, const char *log)
{
    Fail f = fail(ERR_CONFLICT, code);
    f.log = log;
    return f;
}

/* ---- the backup's database: a copy of it, so that migrating touches no backup ---- */

static Fail copy_file(Arena *a, const char *from, const char *to)
{
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    char *buf = arena_alloc(a, COPY_BYTES);
    size_t n = 0;
    bool ok = in != NULL && out != NULL;
    while (ok && (n = fread(buf, 1, COPY_BYTES, in)) > 0)
        ok = fwrite(buf, 1, n, out) == n;
    bool full = !ok && (errno == ENOSPC || errno == EDQUOT);
    ok = ok && !ferror(in);
    if (in != NULL) fclose(in);
    if (out != NULL) ok = fclose(out) == 0 && ok;
    return ok ? FAIL_NONE : full ? fail(ERR_FULL, "disk_full") : refused("backup_damaged", "its database is not there");
}

static Fail open_from(Restore *r, const char *folder)
{
    Arena *a = r->arena;
    Str sha256;
    const char *copy = arena_fmt(a, "%s/linli.db", folder).p;
    Fail f = copy_file(a, arena_fmt(a, "%s/%.*s/linli.db", r->b->folder, STR_ARG(r->manifest.stamp)).p, copy);
    if (f.err == OK) f = file_sha256(a, copy, &sha256);
    if (f.err == OK && !str_eq(sha256, r->manifest.sha256))
        f = refused("backup_damaged", "the database is not what the manifest says");
    DbConfig c = { .dir = folder };
    Db *bare = f.err == OK ? db_open_bare(&c, &f) : NULL;
    if (bare != NULL) {
        f = schema_migrate(bare, r->b->world->parts, r->b->world->n_parts);
        db_close(bare);
    }
    if (f.err == OK) r->from = db_open(&c, DB_READER, &f);
    return f;
}

static Fail check_key(Restore *r)
{
    Fail f = FAIL_NONE;
    Key key;
    DbRows *one = db_query(r->from, r->arena, "SELECT community, subject, wrapped FROM subject_key LIMIT 1", "", "ssb",
                           NULL, &f);
    if (f.err != OK || one->rows == 0) return f;
    bool ours = seal_unwrap(r->b->seals, db_text(one, 0, 0), db_text(one, 0, 1), db_text(one, 0, 2), &key);
    return ours ? FAIL_NONE : refused("other_key_file", "this key file did not wrap the backup's keys");
}

/* ---- log and state ---- */

static Fail copy_tables(Restore *r)
{
    Fail f = FAIL_NONE;
    const Schema *s = r->b->world->schema;
    for (int i = 0; f.err == OK && i < s->n; i++)
        if (is_copied(&s->tables[i])) f = table_copy(r->arena, r->from, r->to, &s->tables[i]);
    if (f.err == OK) db_query(r->to, r->arena, "DELETE FROM upload WHERE state = 'open'", "", "", NULL, &f);
    return f;
}

static void said(void *self, int64_t events)
{
    Restore *r = self;
    r->b->progress.say(r->b->progress.self, "events", events, r->manifest.events);
}

static Fail replay_all(Restore *r)
{
    Fail f = FAIL_NONE;
    Arena *a = r->arena;
    Buf heads = buf_new(a, 256);
    DbRows *list = db_query(r->from, a, "SELECT community FROM head ORDER BY community", "", "s", NULL, &f);
    for (int i = 0; f.err == OK && i < list->rows; i++) {
        Chain chain = { .community = db_text(list, i, 0) };
        f = replay_from(&r->replay, r->from, &chain, false, said, r);
        if (f.err == OK) f = replay_save_head(&r->replay, &chain);
        buf_fmt(&heads, "%.*s %lld %s\n", STR_ARG(chain.community), (long long)chain.seq, hash_hex(a, chain.hash).p);
    }
    r->b->events = r->replay.events;
    r->b->heads = buf_str(&heads);
    if (f.err == OK && !str_eq(buf_str(&heads), r->manifest.heads))
        f = refused("heads_differ", "the log is not the one that the manifest names");
    if (f.err == OK) f = schema_digest(r->to, a, r->b->world->schema, S(""), &r->b->digest);
    bool same_shape = str_eq(r->manifest.shape, log_shape(a, r->b->world));
    if (f.err == OK && same_shape && !str_eq(hash_hex(a, r->b->digest), r->manifest.digest))
        f = refused("digest_differs", "the log gives another state than the one that was backed up");
    return f;
}

/* ---- erased since ---- */

static Fail chain_load(Restore *r, Arena *a, Str community, Chain *c)
{
    Fail f = FAIL_NONE;
    DbRows *head = db_query(r->to, a, "SELECT seq, hash FROM head WHERE community = $1", "s", "lb",
                            ARGS(TXT(community)), &f);
    *c = (Chain){ .community = community };
    if (f.err != OK || head->rows == 0) return f;
    c->seq = db_int(head, 0, 0);
    if (db_text(head, 0, 1).n == HASH_BYTES) memcpy(c->hash.b, db_text(head, 0, 1).p, HASH_BYTES);
    return f;
}

/* It was decided when it happened and is not asked for again: only the event is made, at the chain's new end. */
static Fail erase_event(Restore *r, Arena *a, const Erasure *e, const Matter *m, Chain *chain)
{
    const Action *x = world_action(r->b->world, e->type, NULL);
    if (x == NULL || !x->erases) return fail(ERR_CONFLICT, "erasure_unknown");
    Event v = { .community = e->community, .seq = chain->seq + 1, .prev = chain->hash, .action = x, .type = e->type,
                .id = id_from_hash(a, S("erased again"), e->event), .version = x->version > 0 ? x->version : 1,
                .matter = e->matter, .at = now_ms(), .actor = S("system"), .matter_version = m->version + 1,
                .audience = x->audience, .data = json_new_object(a),
                .to = (x->to & SAME) ? m->state : __builtin_ctz(x->to) };
    Fail f = event_print(a, &v, r->b->world);
    int bad;
    if (f.err == OK) f = replay_page(&r->replay, chain, &v.bytes, 1, &bad);
    if (f.err == OK) f = replay_write(&r->replay);
    if (f.err == OK) f = replay_save_head(&r->replay, chain);
    return f;
}

static Fail erase_again(Restore *r, Arena *a, const Erasure *e)
{
    Fail f = FAIL_NONE;
    DbVal place[2] = { TXT(e->community), NUM(e->seq) };
    DbRows *there = db_query(r->to, a, "SELECT id FROM event WHERE community = $1 AND seq = $2", "sl", "s", place, &f);
    if (f.err != OK || (there->rows == 1 && str_eq(db_text(there, 0, 0), e->event))) return f; /* the backup knows it */
    DbRows *row = matter_send_load(r->to, a, e->community, e->matter);
    DbRows *relations = matter_send_relations(r->to, a, e->community, e->matter);
    f = db_sync(r->to);
    Chain chain;
    Matter m;
    if (f.err == OK && row->rows > 0) {
        f = matter_from_rows(a, r->b->world, row, relations, &m);
        if (f.err == OK) f = chain_load(r, a, e->community, &chain);
        if (f.err == OK) f = erase_event(r, a, e, &m, &chain);
        r->b->erased++;
    }
    db_send(r->to, a, &seal_key_drop, ARGS(TXT(e->community), TXT(e->matter)));
    return f.err == OK ? db_sync(r->to) : f;
}

static Fail revoke_again(Restore *r, const Erasure *e)
{
    Fail f = FAIL_NONE;
    DbRows *gone = db_query(r->to, r->arena, "DELETE FROM token WHERE community = $1 AND id = $2", "ss", "",
                            ARGS(TXT(e->community), TXT(e->matter)), &f);
    if (f.err == OK) r->b->revoked += gone->changed;
    return f;
}

static Fail erase_all(Restore *r)
{
    Erasure *list = NULL;
    int n = 0, revoked = 0;
    if (r->b->erasures == NULL) return FAIL_NONE;
    Fail f = erasures_load(r->arena, r->b->erasures, &list, &n, &revoked);
    r->replay.first = true;
    for (int i = 0; f.err == OK && i < n; i++) {
        Arena *a = arena_new();
        f = erase_again(r, a, &list[i]);
        arena_free(a);
    }
    for (int i = n; f.err == OK && i < n + revoked; i++)
        f = revoke_again(r, &list[i]);
    return f;
}

/* ---- files ---- */

static Fail take_blob(void *self, Hash name)
{
    Restore *r = self;
    Arena *a = arena_new();
    Str bytes;
    Hash again;
    Fail f = FAIL_NONE;
    if (blob_exists(r->blobs_to, name)) { /* of a restore that was interrupted, or named twice */
        f = blob_get(r->blobs_to, a, name, &bytes);
        r->b->blobs_kept++;
    } else {
        f = blob_get(r->blobs_from, a, name, &bytes);
        if (f.err == OK) f = blob_put(r->blobs_to, bytes, &again);
        r->b->blobs_new++;
    }
    if (f.err == ERR_NOT_FOUND || (f.err == ERR_INTERNAL && str_is(str_c(f.code), "blob_damaged")))
        f = fail_field(ERR_CONFLICT, f.err == ERR_NOT_FOUND ? "blob_missing" : "blob_damaged", hash_hex(a, name).p, 0);
    r->b->progress.say(r->b->progress.self, "files", r->b->blobs_new + r->b->blobs_kept, 0);
    arena_free(a);
    return f;
}

static Fail fill(Restore *r)
{
    Fail f = FAIL_NONE;
    Backup *b = r->b;
    r->to = db_open(&b->live, DB_WRITER, &f);
    if (f.err != OK) return f;
    f = log_is_empty(r->arena, r->to);
    if (f.err != OK) return f;
    replay_init(&r->replay, r->arena, b->world, b->seals, r->to, r->to);
    r->replay.keep = true;
    db_begin(r->to);
    f = copy_tables(r);
    if (f.err == OK) f = replay_all(r);
    if (f.err == OK) f = erase_all(r);
    if (f.err == OK) r->blobs_from = blobs_open(r->arena, b->folder, &f);
    if (f.err == OK) r->blobs_to = blobs_open(r->arena, b->data, &f);
    if (f.err == OK) f = blobs_named(r->arena, r->to, take_blob, r);
    if (f.err == OK) f = db_commit(r->to);
    if (f.err != OK) replay_stop(&r->replay);
    return f;
}

static void drop_copy(Arena *a, const char *folder)
{
    static const char *const names[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    for (int i = 0; i < COUNT(names); i++)
        unlink(arena_fmt(a, "%s/%s", folder, names[i]).p);
    rmdir(folder);
}

Fail backup_restore(Backup *b, Arena *a)
{
    Restore r = { .b = b, .arena = a };
    const char *folder = arena_fmt(a, "%s/from", b->data).p;
    Fail f = manifest_read(a, b->folder, &r.manifest);
    if (f.err != OK) return f;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return refused("no_folder", "the data folder cannot be written");
    f = open_from(&r, folder);
    if (f.err == OK) f = check_key(&r);
    if (f.err == OK) f = fill(&r);
    if (r.to != NULL) db_close(r.to);
    if (r.from != NULL) db_close(r.from);
    drop_copy(a, folder);
    return f;
}
