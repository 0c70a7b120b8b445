/* Uploads: parts in any order, resumable; finishing hands the upload to the pool that decodes. */
#include "core/file/inside.h"

#include "core/sheet/blank.h"

/* What it shall become, and who reads it in the cage. */
static const char *const KINDS[] = { "picture", "sheet", "voice", "blank", NULL };
static const CageKind READERS[] = { CAGE_PICTURE, CAGE_SHEET, CAGE_VOICE, CAGE_BLANK };

const Field upload_fields[] = {
    { .name = "id", .type = F_ID, .required = true },
    { .name = "matter", .type = F_ID, .required = true },
    { .name = "size", .type = F_INT, .required = true, .min = 1, .max = FILE_BYTES_MAX },
    { .name = "sha256", .type = F_TEXT, .required = true, .min = 64, .max = 64 },
    { .name = "kind", .type = F_ENUM, .values = KINDS }, /* left out: a picture */
    { 0 },
};

enum {
    UPLOADS_PER_MATTER_MAX = 60,
    OPEN_MAX = 400, /* of a community at once: with 12 MB each they shall not fill its disk */
    RETRY_S = 2,
};

Stmt upload_load = { "ss", "ssslsss",
                     "SELECT matter, owner, sha256, size, state, file, kind FROM upload"
                     " WHERE community = $1 AND id = $2" };
Stmt upload_add = { "sssslsls", "",
                    "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file,"
                    " at, kind) VALUES ($1, $2, $3, $4, $5, $6, 'open', '', $7, $8)" };
Stmt upload_count = { "ss", "l", "SELECT count(*) FROM upload WHERE community = $1 AND matter = $2" };
Stmt upload_count_open = { "s", "l", "SELECT count(*) FROM upload WHERE community = $1 AND state = 'open'" };
Stmt upload_part_add = { "ssl", "",
                         "INSERT INTO upload_part (community, upload, part) VALUES ($1, $2, $3)"
                         " ON CONFLICT (community, upload, part) DO NOTHING" };
Stmt upload_parts_load = { "ss", "l",
                           "SELECT part FROM upload_part WHERE community = $1 AND upload = $2"
                           " ORDER BY part" };
Stmt upload_finished = { "sss", "",
                         "UPDATE upload SET state = 'finished', file = $3 WHERE community = $1"
                         " AND id = $2 AND state = 'open'" };

enum { MATTER, OWNER, SHA256, SIZE, STATE, FILE_JSON, KIND }; /* columns of upload_load */

int64_t upload_parts_of(int64_t size)
{
    return (size + PART_BYTES - 1) / PART_BYTES;
}

int64_t upload_part_bytes(int64_t size, int64_t part)
{
    int64_t left = size - part * PART_BYTES;
    return left < PART_BYTES ? left : PART_BYTES;
}

static Fail busy(void)
{
    Fail f = fail(ERR_BUSY, "busy");
    f.retry_s = RETRY_S;
    return f;
}

/* The upload of this id if this actor may go on with it. */
static Fail find(CallCtx *c, Str id, DbRows **upload)
{
    if (!id_valid(id)) return fail(ERR_NOT_FOUND, "not_found");
    Fail f = FAIL_NONE;
    *upload = db_run(c->db, c->arena, &upload_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if ((*upload)->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    Str owner = db_text(*upload, 0, OWNER);
    bool may = owner.n == 0 || str_eq(owner, c->actor->person);
    return may ? FAIL_NONE : fail(ERR_NOT_FOUND, "not_found");
}

/* From the store, not from a cache: it may have been destroyed a moment ago. */
static Fail key_load(const Seals *s, Arena *a, Db *db, Str community, Str matter, Key *key)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(db, a, &seal_key_load, ARGS(TXT(community), TXT(matter)), &f);
    if (f.err != OK) return f;
    if (r->rows == 0) return fail(ERR_NOT_FOUND, "matter_erased");
    bool ok = seal_unwrap(s, community, matter, db_text(r, 0, 0), key);
    return ok ? FAIL_NONE : fail(ERR_INTERNAL, "key_damaged");
}

/* Two first uploads of a matter may race on two servers: the one that comes second changes nothing.
 */
static Fail key_make(CallCtx *c, Str matter)
{
    Key key = seal_new_key();
    Str wrapped = seal_wrap(c->seals, c->arena, c->community, matter, key);
    Fail f = FAIL_NONE;
    db_run(c->db, c->arena, &seal_key_save, ARGS(TXT(c->community), TXT(matter), BYT(wrapped), NUM(c->now)), &f);
    return f;
}

static CageKind kind_of(Str name)
{
    int k = 0;
    while (KINDS[k] != NULL && !str_is(name, KINDS[k]))
        k++;
    return KINDS[k] != NULL ? READERS[k] : CAGE_PICTURE;
}

static void put_file(Json *j, const json_t *file)
{
    static const char *const figures[] = { "width", "height", "rows", "columns", "seconds", "cells" };
    jw_put_text(j, "type", json_text(file, "type"));
    if (json_text(file, "encoding").n > 0) jw_put_text(j, "encoding", json_text(file, "encoding"));
    for (int i = 0; i < COUNT(figures); i++)
        if (json_object_get(file, figures[i]) != NULL) jw_put_int(j, figures[i], json_int(file, figures[i]));
}

Str upload_answer(Arena *a, const json_t *file)
{
    Buf b = buf_new(a, 256);
    Json j = json_to(&b);
    jw_open(&j, '{');
    jw_put_text(&j, "id", json_text(file, "id"));
    jw_put_text(&j, "state", S("finished"));
    put_file(&j, file);
    jw_close(&j, '}');
    return buf_str(&b);
}

static json_t *finished_file(Arena *a, const DbRows *upload)
{
    Fail f = FAIL_NONE;
    if (!str_is(db_text(upload, 0, STATE), "finished")) return NULL;
    return json_read(a, db_text(upload, 0, FILE_JSON), &f);
}

static Fail answer(CallCtx *c, Str id, Str state, int64_t size, const json_t *file)
{
    Fail f = FAIL_NONE;
    DbRows *have = db_run(c->db, c->arena, &upload_parts_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    Buf b = buf_new(c->arena, 256);
    Json j = json_to(&b);
    jw_open(&j, '{');
    jw_put_text(&j, "id", id);
    jw_put_text(&j, "state", state);
    jw_put_int(&j, "parts", upload_parts_of(size));
    jw_put_int(&j, "part_bytes", PART_BYTES);
    jw_key(&j, "have");
    jw_open(&j, '[');
    for (int i = 0; i < have->rows; i++)
        jw_int(&j, db_int(have, i, 0));
    jw_close(&j, ']');
    if (file != NULL) put_file(&j, file);
    jw_close(&j, '}');
    call_json(c, buf_str(&b));
    return FAIL_NONE;
}

/* ---- POST /uploads: on the writer ---- */

static Fail too_many(CallCtx *c, Str matter)
{
    DbRows *of_matter = db_send(c->db, c->arena, &upload_count, ARGS(TXT(c->community), TXT(matter)));
    DbRows *open = db_send(c->db, c->arena, &upload_count_open, ARGS(TXT(c->community)));
    Fail f = db_sync(c->db);
    if (f.err != OK) return f;
    if (db_int(of_matter, 0, 0) >= UPLOADS_PER_MATTER_MAX)
        return fail_field(ERR_TOO_MANY, "too_many_uploads", "matter", UPLOADS_PER_MATTER_MAX);
    if (db_int(open, 0, 0) >= OPEN_MAX) return fail_field(ERR_TOO_MANY, "too_many_uploads", "", OPEN_MAX);
    return FAIL_NONE;
}

/* Sheets and blanks are the office's; voice notes are short. */
static Fail kind_check(const CallCtx *c, Str kind, int64_t size)
{
    bool office = str_is(kind, "sheet") || str_is(kind, "blank");
    if (office && !(actor_roles(c->actor, c->now) & (STAFF | PROGRAM)))
        return c->actor->person.n == 0 ? fail(ERR_SIGN_IN, "sign_in") : fail(ERR_FORBIDDEN, "forbidden");
    if (str_is(kind, "voice") && size > VOICE_BYTES_MAX)
        return fail_field(ERR_INVALID, "too_large", "size", VOICE_BYTES_MAX);
    if (str_is(kind, "blank") && size > BLANK_BYTES_MAX)
        return fail_field(ERR_INVALID, "too_large", "size", BLANK_BYTES_MAX);
    return FAIL_NONE;
}

Fail upload_make(CallCtx *c)
{
    Str id = json_text(c->input, "id"), matter = json_text(c->input, "matter"), raw;
    if (!hex_to(c->arena, json_text(c->input, "sha256"), &raw))
        return fail_field(ERR_INVALID, "bad_format", "sha256", 64);
    Str sha256 = hex_of(c->arena, raw); /* in lower case */
    Str kind = json_text(c->input, "kind").n > 0 ? json_text(c->input, "kind") : S("picture");
    int64_t size = json_int(c->input, "size");
    Fail f = kind_check(c, kind, size);
    if (f.err != OK) return f;
    DbRows *old = db_run(c->db, c->arena, &upload_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if (old->rows > 0) {
        bool same = str_eq(db_text(old, 0, MATTER), matter) && str_eq(db_text(old, 0, OWNER), c->actor->person) &&
                    str_eq(db_text(old, 0, SHA256), sha256) && db_int(old, 0, SIZE) == size &&
                    str_eq(db_text(old, 0, KIND), kind);
        if (!same) return fail_field(ERR_CONFLICT, "client_id_reused", "id", 0);
        return answer(c, id, db_text(old, 0, STATE), size, finished_file(c->arena, old));
    }
    f = too_many(c, matter);
    if (f.err == OK) f = key_make(c, matter);
    if (f.err == OK)
        db_run(
            c->db, c->arena, &upload_add,
            ARGS(TXT(c->community), TXT(id), TXT(matter), TXT(c->actor->person), NUM(size), TXT(sha256), NUM(c->now),
                 TXT(kind)),
            &f);
    return f.err == OK ? answer(c, id, S("open"), size, NULL) : f;
}

/* ---- PUT /uploads/{id}/{part}: written on a reader's thread, noted by the writer ---- */

typedef struct PartJob {
    const Later *later;
    HttpRequest *http;
    Arena *arena;
    Str community, upload;
    int64_t part;
} PartJob;

static Fail part_note(void *arg, Db *db)
{
    PartJob *j = arg;
    Fail f = FAIL_NONE;
    db_run(db, j->arena, &upload_part_add, ARGS(TXT(j->community), TXT(j->upload), NUM(j->part)), &f);
    return f;
}

static void part_done(void *arg, Fail f)
{
    PartJob *j = arg;
    if (f.err != OK) {
        j->later->refuse(j->later->server, j->http, f);
        return;
    }
    HttpReply reply = { .status = 200,
                        .type = "application/json",
                        .body = arena_fmt(j->arena, "{\"id\":\"%.*s\",\"part\":%lld}", STR_ARG(j->upload),
                                          (long long)j->part) };
    j->later->answer(j->later->server, j->http, &reply);
}

static Fail part_check(const CallCtx *c, const DbRows *upload, int64_t *part)
{
    int64_t size = db_int(upload, 0, SIZE), parts = upload_parts_of(size);
    if (!str_is(db_text(upload, 0, STATE), "open")) return fail(ERR_CONFLICT, "upload_finished");
    if (!str_to_i64(c->args[1], part) || *part < 0 || *part >= parts)
        return fail_field(ERR_INVALID, "part_out_of_range", "part", parts);
    int64_t want = upload_part_bytes(size, *part);
    if ((int64_t)c->body.n != want) return fail_field(ERR_INVALID, "wrong_part_size", "part", want);
    return FAIL_NONE;
}

Fail upload_part(CallCtx *c)
{
    DbRows *upload = NULL;
    Str id = c->args[0];
    int64_t part = 0;
    Key key;
    Fail f = find(c, id, &upload);
    if (f.err == OK) f = part_check(c, upload, &part);
    if (f.err == OK) f = key_load(c->seals, c->arena, c->db, c->community, db_text(upload, 0, MATTER), &key);
    if (f.err == OK)
        f = blob_part_put(c->blobs, id, (int)part,
                          seal_bytes(c->arena, key, file_part_domain(c->arena, id, part), c->body));
    if (f.err != OK) return f;
    if (c->later == NULL) return busy();
    PartJob *j = arena_new_of(c->arena, PartJob);
    *j = (PartJob){ c->later, c->http, c->arena, c->community, id, part };
    const Later *later = c->later;
    c->taken = true;
    later->on_writer(later->server, part_note, part_done, j);
    return FAIL_NONE;
}

/* ---- GET /uploads/{id} ---- */

Fail upload_look(CallCtx *c)
{
    DbRows *upload = NULL;
    Fail f = find(c, c->args[0], &upload);
    if (f.err != OK) return f;
    return answer(c, c->args[0], db_text(upload, 0, STATE), db_int(upload, 0, SIZE), finished_file(c->arena, upload));
}

/* ---- POST /uploads/{id}/finish: checked on a reader, done by the pool, noted by the writer ----
 */

static Fail parts_check(CallCtx *c, Str id, int64_t parts)
{
    Fail f = FAIL_NONE;
    DbRows *have = db_run(c->db, c->arena, &upload_parts_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    for (int64_t i = 0; i < parts; i++)
        if (i >= have->rows || db_int(have, (int)i, 0) != i)
            return fail_field(ERR_INVALID, "parts_missing", arena_fmt(c->arena, "part[%lld]", (long long)i).p, parts);
    return FAIL_NONE;
}

Fail upload_finish(CallCtx *c)
{
    DbRows *upload = NULL;
    Str id = c->args[0];
    Fail f = find(c, id, &upload);
    if (f.err != OK) return f;
    json_t *file = finished_file(c->arena, upload);
    if (file != NULL) {
        call_json(c, upload_answer(c->arena, file));
        return FAIL_NONE;
    }
    FileJob *job = arena_new_of(c->arena, FileJob);
    *job = (FileJob){ .http = c->http,
                      .arena = c->arena,
                      .blobs = c->blobs,
                      .seals = c->seals,
                      .community = c->community,
                      .upload = id,
                      .matter = db_text(upload, 0, MATTER),
                      .sha256 = db_text(upload, 0, SHA256),
                      .size = db_int(upload, 0, SIZE),
                      .kind = kind_of(db_text(upload, 0, KIND)) };
    f = parts_check(c, id, upload_parts_of(job->size));
    if (f.err == OK) f = key_load(c->seals, c->arena, c->db, c->community, job->matter, &job->key);
    if (f.err != OK) return f;
    if (c->files == NULL) return busy();
    c->taken = true;
    f = files_add(c->files, job);
    if (f.err != OK) c->taken = false; /* it stays ours */
    return f;
}

/* The first to finish counts: whoever comes second answers with what the first one made. */
Fail upload_save_finished(void *file_job, Db *db)
{
    FileJob *job = file_job;
    Key now;
    Fail f = key_load(job->seals, job->arena, db, job->community, job->matter, &now);
    if (f.err != OK) return f;
    if (memcmp(now.b, job->key.b, sizeof now.b) != 0) return fail(ERR_NOT_FOUND, "matter_erased");
    DbVal args[3] = { TXT(job->community), TXT(job->upload), TXT(job->file) };
    DbRows *saved = db_send(db, job->arena, &upload_finished, args);
    DbRows *row = db_send(db, job->arena, &upload_load, args);
    f = db_sync(db);
    if (f.err != OK || saved->changed > 0) return f;
    if (row->rows == 0 || !str_is(db_text(row, 0, STATE), "finished")) return fail(ERR_NOT_FOUND, "not_found");
    job->file = db_text(row, 0, FILE_JSON);
    return FAIL_NONE;
}
