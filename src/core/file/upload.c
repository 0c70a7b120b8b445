/* Uploads: parts in any order, resumable; finishing hands the picture to the pool that decodes. */
#include "core/file/inside.h"

const Field upload_fields[] = {
    { .name = "id", .type = F_ID, .required = true },
    { .name = "matter", .type = F_ID, .required = true },
    { .name = "size", .type = F_INT, .required = true, .min = 1, .max = FILE_BYTES_MAX },
    { .name = "sha256", .type = F_TEXT, .required = true, .min = 64, .max = 64 },
    { 0 },
};

enum { UPLOADS_PER_MATTER_MAX = 60 };

static Stmt load = { "ss", "ssslsss",
                     "SELECT matter, owner, sha256, size, state, file, id FROM upload WHERE community = $1 AND id = $2" };
static Stmt add = { "sssslsl", "",
                    "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file, at)"
                    " VALUES ($1, $2, $3, $4, $5, $6, 'open', '', $7)" };
static Stmt how_many = { "ss", "l", "SELECT count(*) FROM upload WHERE community = $1 AND matter = $2" };
static Stmt part_add = { "ssl", "",
                         "INSERT INTO upload_part (community, upload, part) VALUES ($1, $2, $3)"
                         " ON CONFLICT (community, upload, part) DO NOTHING" };
static Stmt parts_load = { "ss", "l", "SELECT part FROM upload_part WHERE community = $1 AND upload = $2 ORDER BY part" };
static Stmt finished = { "sss", "", "UPDATE upload SET state = 'finished', file = $3 WHERE community = $1 AND id = $2" };
Stmt *const upload_statements[] = { &load, &add, &how_many, &part_add, &parts_load, &finished, NULL };

static int64_t parts_of(int64_t size)
{
    return (size + PART_BYTES - 1) / PART_BYTES;
}

/* The upload of this id if this actor may go on with it. */
static Fail find(CallCtx *c, Str id, DbRows **upload)
{
    if (!id_valid(id)) return fail(ERR_NOT_FOUND, "not_found");
    Fail f = FAIL_NONE;
    *upload = db_run(c->db, c->arena, &load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if ((*upload)->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    Str owner = db_text(*upload, 0, 1);
    return owner.n == 0 || str_eq(owner, c->actor->person) ? FAIL_NONE : fail(ERR_NOT_FOUND, "not_found");
}

static Fail key_of(CallCtx *c, Str matter, bool make, Key *key)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &seal_key_load, ARGS(TXT(c->community), TXT(matter)), &f);
    if (f.err != OK) return f;
    if (r->rows > 0)
        return seal_unwrap(c->seals, c->community, matter, db_text(r, 0, 0), key) ? FAIL_NONE : fail(ERR_INTERNAL, "key_damaged");
    if (!make) return fail(ERR_NOT_FOUND, "matter_erased");
    *key = seal_new_key();
    Str wrapped = seal_wrap(c->seals, c->arena, c->community, matter, *key);
    db_run(c->db, c->arena, &seal_key_save, ARGS(TXT(c->community), TXT(matter), BYT(wrapped), NUM(c->now)), &f);
    return f;
}

static Fail answer(CallCtx *c, Str id, Str state, int64_t size, const json_t *file)
{
    Fail f = FAIL_NONE;
    DbRows *have = db_run(c->db, c->arena, &parts_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    Buf b = buf_new(c->arena, 256);
    Json j = json_to(&b);
    jw_open(&j, '{');
    jw_put_text(&j, "id", id);
    jw_put_text(&j, "state", state);
    jw_put_int(&j, "parts", parts_of(size));
    jw_put_int(&j, "part_bytes", PART_BYTES);
    jw_key(&j, "have");
    jw_open(&j, '[');
    for (int i = 0; i < have->rows; i++)
        jw_int(&j, db_int(have, i, 0));
    jw_close(&j, ']');
    if (file != NULL) {
        jw_put_text(&j, "type", json_text(file, "type"));
        jw_put_int(&j, "width", json_int(file, "width"));
        jw_put_int(&j, "height", json_int(file, "height"));
    }
    jw_close(&j, '}');
    call_json(c, buf_str(&b));
    return FAIL_NONE;
}

Fail upload_make(CallCtx *c)
{
    Str id = json_text(c->input, "id"), matter = json_text(c->input, "matter"), sha = json_text(c->input, "sha256"), raw;
    int64_t size = json_int(c->input, "size");
    if (!hex_to(c->arena, sha, &raw)) return fail_field(ERR_INVALID, "bad_format", "sha256", 64);
    Fail f = FAIL_NONE;
    DbRows *old = db_run(c->db, c->arena, &load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    if (old->rows > 0) {
        bool same = str_eq(db_text(old, 0, 0), matter) && str_eq(db_text(old, 0, 1), c->actor->person) &&
                    str_eq(db_text(old, 0, 2), sha) && db_int(old, 0, 3) == size;
        return same ? answer(c, id, db_text(old, 0, 4), size, NULL) : fail_field(ERR_CONFLICT, "client_id_reused", "id", 0);
    }
    DbRows *n = db_run(c->db, c->arena, &how_many, ARGS(TXT(c->community), TXT(matter)), &f);
    if (f.err == OK && db_int(n, 0, 0) >= UPLOADS_PER_MATTER_MAX)
        f = fail_field(ERR_TOO_MANY, "too_many_uploads", "matter", UPLOADS_PER_MATTER_MAX);
    Key key;
    if (f.err == OK) f = key_of(c, matter, true, &key);
    if (f.err == OK)
        db_run(c->db, c->arena, &add,
               ARGS(TXT(c->community), TXT(id), TXT(matter), TXT(c->actor->person), NUM(size), TXT(sha), NUM(c->now)), &f);
    return f.err == OK ? answer(c, id, S("open"), size, NULL) : f;
}

static Str part_domain(Arena *a, Str upload, int64_t part)
{
    return arena_fmt(a, "part %.*s %lld", STR_ARG(upload), (long long)part);
}

Fail upload_part(CallCtx *c)
{
    DbRows *upload = NULL;
    Str id = c->args[0];
    int64_t part, size;
    Fail f = find(c, id, &upload);
    if (f.err != OK) return f;
    size = db_int(upload, 0, 3);
    int64_t parts = parts_of(size);
    if (!str_is(db_text(upload, 0, 4), "open")) return fail(ERR_CONFLICT, "upload_finished");
    if (!str_to_i64(c->args[1], &part) || part < 0 || part >= parts)
        return fail_field(ERR_INVALID, "part_out_of_range", "part", parts);
    int64_t want = part == parts - 1 ? size - part * PART_BYTES : PART_BYTES;
    if ((int64_t)c->body.n != want) return fail_field(ERR_INVALID, "wrong_part_size", "part", want);
    Key key;
    f = key_of(c, db_text(upload, 0, 0), false, &key);
    if (f.err == OK) f = blob_part_put(c->blobs, id, (int)part, seal_bytes(c->arena, key, part_domain(c->arena, id, part), c->body));
    if (f.err == OK) db_run(c->db, c->arena, &part_add, ARGS(TXT(c->community), TXT(id), NUM(part)), &f);
    if (f.err != OK) return f;
    call_json(c, arena_fmt(c->arena, "{\"id\":\"%.*s\",\"part\":%lld}", STR_ARG(id), (long long)part));
    return FAIL_NONE;
}

static json_t *finished_file(CallCtx *c, const DbRows *upload)
{
    Fail f = FAIL_NONE;
    return str_is(db_text(upload, 0, 4), "finished") ? json_read(c->arena, db_text(upload, 0, 5), &f) : NULL;
}

Fail upload_look(CallCtx *c)
{
    DbRows *upload = NULL;
    Fail f = find(c, c->args[0], &upload);
    if (f.err != OK) return f;
    return answer(c, c->args[0], db_text(upload, 0, 4), db_int(upload, 0, 3), finished_file(c, upload));
}

/* All parts are there: opened one by one, because each was sealed as it came. */
static Fail join(CallCtx *c, const DbRows *upload, Key key, Str *bytes)
{
    Str id = c->args[0], all;
    int64_t size = db_int(upload, 0, 3), parts = parts_of(size);
    Fail f = FAIL_NONE;
    DbRows *have = db_run(c->db, c->arena, &parts_load, ARGS(TXT(c->community), TXT(id)), &f);
    if (f.err != OK) return f;
    for (int64_t i = 0; i < parts; i++)
        if (i >= have->rows || db_int(have, (int)i, 0) != i)
            return fail_field(ERR_INVALID, "parts_missing", arena_fmt(c->arena, "part[%lld]", (long long)i).p, parts);
    f = blob_parts_join(c->blobs, c->arena, id, (int)parts, &all);
    if (f.err != OK) return f;
    int64_t extra = ((int64_t)all.n - size) / parts; /* what sealing adds to each part */
    Buf b = buf_new(c->arena, (size_t)size + 1);
    for (int64_t i = 0; i < parts; i++) {
        int64_t plain_n = i == parts - 1 ? size - i * PART_BYTES : PART_BYTES;
        Str sealed = { all.p, (size_t)(plain_n + extra) }, plain;
        if (sealed.n > all.n || !seal_open_bytes(c->arena, key, part_domain(c->arena, id, i), sealed, &plain))
            return fail(ERR_INTERNAL, "part_damaged");
        buf_add(&b, plain);
        all = (Str){ all.p + sealed.n, all.n - sealed.n };
    }
    *bytes = buf_str(&b);
    return str_eq(hash_hex(c->arena, hash_one(*bytes)), db_text(upload, 0, 2)) ? FAIL_NONE
                                                                              : fail(ERR_CONFLICT, "hash_mismatch");
}

Fail upload_finish(CallCtx *c)
{
    DbRows *upload = NULL;
    Key key;
    Str bytes;
    Fail f = find(c, c->args[0], &upload);
    if (f.err != OK) return f;
    json_t *file = finished_file(c, upload);
    if (file != NULL) return answer(c, c->args[0], S("finished"), db_int(upload, 0, 3), file);
    f = key_of(c, db_text(upload, 0, 0), false, &key);
    if (f.err == OK) f = join(c, upload, key, &bytes);
    if (f.err != OK) return f;
    FileJob *job = arena_new_of(c->arena, FileJob);
    *job = (FileJob){ .http = c->http, .arena = c->arena, .blobs = c->blobs, .community = c->community,
                      .upload = c->args[0], .key = key, .bytes = bytes };
    c->taken = true;
    if (files_add(job)) return FAIL_NONE;
    c->taken = false;
    Fail busy = fail(ERR_BUSY, "busy");
    busy.retry_s = 2;
    return busy;
}

Fail upload_save_finished(void *file_job, Db *db)
{
    FileJob *job = file_job;
    Fail f = FAIL_NONE;
    db_run(db, job->arena, &finished, ARGS(TXT(job->community), TXT(job->upload), TXT(job->file)), &f);
    return f;
}
