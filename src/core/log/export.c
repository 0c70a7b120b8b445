/* export: see log_tools.h. Also the reading of one line, which import and the fuzz target share. */
#include "core/log/log.h"

#include "core/internal.h"

#include <stdio.h>

typedef struct Out {
    FILE *to;
    Hasher *hasher;
    Exported *done;
    Progress progress;
    int64_t total;
    bool failed;
} Out;

static void line_out(Out *o, Str line)
{
    if (o->hasher != NULL) {
        hasher_add(o->hasher, line);
        hasher_add(o->hasher, S("\n"));
    }
    if (fwrite(line.p, 1, line.n, o->to) != line.n || fputc('\n', o->to) == EOF) o->failed = true;
}

static bool key_out(void *self, const DbVal *row, int cols)
{
    Out *o = self;
    Arena *a = arena_new();
    Buf line = buf_new(a, 256);
    Json j = json_to(&line);
    (void)cols;
    jw_open(&j, '{');
    jw_key(&j, "key");
    jw_open(&j, '{');
    jw_put_text(&j, "community", row[0].s);
    jw_put_text(&j, "subject", row[1].s);
    jw_put_text(&j, "wrapped", base64url_of(a, row[2].s));
    jw_put_int(&j, "at", row[3].i);
    jw_close(&j, '}');
    jw_close(&j, '}');
    line_out(o, buf_str(&line));
    o->done->keys++;
    arena_free(a);
    return !o->failed;
}

static bool event_out(void *self, const DbVal *row, int cols)
{
    Out *o = self;
    (void)cols;
    line_out(o, row[0].s);
    o->done->events++;
    o->progress.say(o->progress.self, "events", o->done->events, o->total);
    return !o->failed;
}

static Fail counts(Db *db, Arena *a, int64_t *keys)
{
    Fail f = FAIL_NONE;
    DbRows *n = db_query(db, a, "SELECT COUNT(*) FROM subject_key", "", "l", NULL, &f);
    if (f.err == OK) *keys = db_int(n, 0, 0);
    return f;
}

static Str header(Arena *a, const World *w, const DbRows *heads, int64_t events, int64_t keys, Hash digest)
{
    Buf line = buf_new(a, 1024);
    Json j = json_to(&line);
    jw_open(&j, '{');
    jw_put_text(&j, "linli", S("export"));
    jw_put_int(&j, "format", EXPORT_FORMAT);
    jw_put_int(&j, "at", now_ms());
    jw_put_int(&j, "events", events);
    jw_put_int(&j, "keys", keys);
    jw_put_text(&j, "shape", log_shape(a, w));
    jw_put_text(&j, "digest", hash_hex(a, digest));
    jw_key(&j, "heads");
    jw_open(&j, '[');
    for (int i = 0; i < heads->rows; i++) {
        jw_open(&j, '{');
        jw_put_text(&j, "community", db_text(heads, i, 0));
        jw_put_int(&j, "seq", db_int(heads, i, 1));
        jw_put_text(&j, "hash", hex_of(a, db_text(heads, i, 2)));
        jw_close(&j, '}');
    }
    jw_close(&j, ']');
    jw_close(&j, '}');
    return buf_str(&line);
}

static Str ending(Arena *a, const Exported *done, Hash hash)
{
    return arena_fmt(a, "{\"end\":{\"events\":%lld,\"keys\":%lld,\"sha256\":\"%s\"}}", (long long)done->events,
                     (long long)done->keys, hash_hex(a, hash).p);
}

Fail log_export(Arena *a, const World *w, Db *db, void *to, Progress p, Exported *out)
{
    Fail f = FAIL_NONE;
    int64_t keys = 0;
    *out = (Exported){ 0 };
    Out o = { .to = to, .hasher = hasher_new(a), .done = out, .progress = p };
    DbRows *heads = db_query(db, a, "SELECT community, seq, hash FROM head ORDER BY community", "", "slb", NULL, &f);
    for (int i = 0; f.err == OK && i < heads->rows; i++)
        o.total += db_int(heads, i, 1);
    if (f.err == OK) f = counts(db, a, &keys);
    if (f.err == OK) f = schema_digest(db, a, w->schema, S(""), &out->digest);
    if (f.err != OK) return f;
    line_out(&o, header(a, w, heads, o.total, keys, out->digest));
    f = db_each(db, "SELECT community, subject, wrapped, at FROM subject_key ORDER BY community, subject", "", "ssbl",
                NULL, key_out, &o);
    for (int i = 0; f.err == OK && i < heads->rows; i++)
        f = db_each(db, "SELECT bytes FROM event WHERE community = $1 ORDER BY seq", "s", "b",
                    ARGS(TXT(db_text(heads, i, 0))), event_out, &o);
    if (f.err != OK) return f;
    if (out->events != o.total) return fail_field(ERR_CONFLICT, "log_not_whole", "", o.total);
    Hash hash = hasher_end(o.hasher);
    o.hasher = NULL;
    line_out(&o, ending(a, out, hash));
    if (fflush(o.to) != 0 || o.failed) return fail(ERR_FULL, "file_cannot_be_written");
    return FAIL_NONE;
}

/* ---- one line ---- */

static Fail read_key(Arena *a, const json_t *key, ExportLine *out)
{
    out->kind = LINE_KEY;
    out->community = json_text(key, "community");
    out->subject = json_text(key, "subject");
    out->at = json_int(key, "at");
    bool fine = out->community.n > 0 && out->subject.n > 0 && json_text(key, "wrapped").n > 0 &&
                base64url_to(a, json_text(key, "wrapped"), &out->wrapped);
    return fine ? FAIL_NONE : fail(ERR_INVALID, "key_line");
}

static Fail read_end(const json_t *end, ExportLine *out)
{
    out->kind = LINE_END;
    out->events = json_int(end, "events");
    out->keys = json_int(end, "keys");
    out->sha256 = json_text(end, "sha256");
    return out->sha256.n == 2 * HASH_BYTES ? FAIL_NONE : fail(ERR_INVALID, "end_line");
}

Fail export_line_read(Arena *a, Str line, ExportLine *out)
{
    Fail f = FAIL_NONE;
    *out = (ExportLine){ 0 };
    if (str_starts(line, S("{\"v\":"))) { /* an event's first member; event_parse reads the rest */
        out->kind = LINE_EVENT;
        out->bytes = line;
        return FAIL_NONE;
    }
    json_t *j = json_read(a, line, &f);
    if (j == NULL) return f;
    const json_t *key = json_object_get(j, "key"), *end = json_object_get(j, "end");
    if (json_is_object(key)) return read_key(a, key, out);
    if (json_is_object(end)) return read_end(end, out);
    if (!str_is(json_text(j, "linli"), "export")) return fail(ERR_INVALID, "line_unknown");
    if (json_int(j, "format") != EXPORT_FORMAT) return fail_field(ERR_INVALID, "format_unknown", "", EXPORT_FORMAT);
    out->kind = LINE_HEADER;
    out->json = j;
    out->events = json_int(j, "events");
    out->keys = json_int(j, "keys");
    return FAIL_NONE;
}
