/* file: rows of the module, the runner's side from upload to event to state, and the sweeper. */
#include "core/file/inside.h"

Stmt file_upload_load = { "ss", "sss", "SELECT file, matter, state FROM upload WHERE community = $1 AND id = $2" };
static Stmt file_add = { "sssssslll", "",
                         "INSERT INTO file (community, matter, id, hash, thumb, type, width, height,"
                         " audience) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                         " ON CONFLICT (community, matter, id)"
                         " DO UPDATE SET audience = file.audience | excluded.audience" };
static Stmt files_mark = { "ss", "",
                           "INSERT INTO blob_drop (community, hash) SELECT community, hash FROM file"
                           " WHERE community = $1 AND matter = $2"
                           " ON CONFLICT (community, hash) DO NOTHING" };
static Stmt thumbs_mark = { "ss", "",
                            "INSERT INTO blob_drop (community, hash) SELECT community, thumb"
                            " FROM file WHERE community = $1 AND matter = $2 AND thumb <> ''"
                            " ON CONFLICT (community, hash) DO NOTHING" };
static Stmt files_drop = { "ss", "", "DELETE FROM file WHERE community = $1 AND matter = $2" };
static Stmt uploads_erase = { "ss", "",
                              "UPDATE upload SET state = 'erased' WHERE community = $1"
                              " AND matter = $2" };
static Stmt sweep_blobs = { "s", "s",
                            "SELECT hash FROM blob_drop WHERE community = $1 ORDER BY hash"
                            " LIMIT 100" };
static Stmt sweep_used = { "ss", "s",
                           "SELECT id FROM file WHERE community = $1 AND hash = $2 UNION ALL"
                           " SELECT id FROM file WHERE community = $1 AND thumb = $2" };
static Stmt sweep_done = { "ss", "", "DELETE FROM blob_drop WHERE community = $1 AND hash = $2" };
static Stmt sweep_old = { "sls", "sss",
                          "SELECT id, file, matter FROM upload WHERE community = $1 AND at < $2"
                          " AND state = $3 ORDER BY at LIMIT 100" };
static Stmt sweep_upload = { "ss", "", "DELETE FROM upload WHERE community = $1 AND id = $2" };
static Stmt sweep_parts = { "ss", "", "DELETE FROM upload_part WHERE community = $1 AND upload = $2" };
static Stmt sweep_key = { "ss", "",
                          "DELETE FROM subject_key WHERE community = $1 AND subject = $2"
                          " AND NOT EXISTS (SELECT 1 FROM matter WHERE community = $1 AND id = $2)"
                          " AND NOT EXISTS (SELECT 1 FROM upload WHERE community = $1"
                          " AND matter = $2)" };
static Stmt blob_mark = { "ss", "",
                          "INSERT INTO blob_drop (community, hash) VALUES ($1, $2)"
                          " ON CONFLICT (community, hash) DO NOTHING" };

Str file_part_domain(Arena *a, Str upload, int64_t part)
{
    return arena_fmt(a, "part %.*s %lld", STR_ARG(upload), (long long)part);
}

Str file_main_domain(Arena *a, Str file)
{
    return arena_fmt(a, "file %.*s", STR_ARG(file));
}

Str file_thumb_domain(Arena *a, Str file)
{
    return arena_fmt(a, "thumb %.*s", STR_ARG(file));
}

bool file_hash_of(Arena *a, Str hex, Hash *h)
{
    Str bytes;
    if (!hex_to(a, hex, &bytes) || bytes.n != HASH_BYTES) return false;
    memcpy(h->b, bytes.p, HASH_BYTES);
    return true;
}

/* ---- the runner's side ---- */

Fail file_attach(Arena *a, const DbRows *upload, Str matter, const char *type, json_t **out)
{
    if (upload == NULL || upload->rows == 0 || !str_eq(db_text(upload, 0, 1), matter))
        return fail(ERR_INVALID, "file_missing");
    if (!str_is(db_text(upload, 0, 2), "finished")) return fail(ERR_INVALID, "file_not_finished");
    Fail f = FAIL_NONE;
    *out = json_read(a, db_text(upload, 0, 0), &f);
    if (f.err == OK && !str_starts(json_text(*out, "type"), str_c(type))) f = fail(ERR_INVALID, "wrong_kind");
    return f;
}

void file_apply(Apply *a, const Matter *m, const Event *e, const json_t *file, Audience audience)
{
    (void)m;
    db_send(a->db, a->arena, &file_add,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(file, "id")), TXT(json_text(file, "hash")),
                 TXT(json_text(file, "thumb")), TXT(json_text(file, "type")), NUM(json_int(file, "width")),
                 NUM(json_int(file, "height")), NUM((int64_t)audience)));
}

void file_erase(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    DbVal args[2] = { TXT(e->community), TXT(e->matter) };
    if (!a->replay) { /* the sweeper's lists are work, not state */
        db_send(a->db, a->arena, &files_mark, args);
        db_send(a->db, a->arena, &thumbs_mark, args);
        db_send(a->db, a->arena, &uploads_erase, args);
    }
    db_send(a->db, a->arena, &files_drop, args);
}

/* ---- the sweeper ---- */

enum { OPEN_DAYS = 2, FINISHED_DAYS = 7 };

/* Read at the start, so these marks are committed: what this call marks is the next one's. Whatever
 * is named by a file after all stays. A blob that is gone already is fine. */
static Fail sweep_marked(FileSweep *s, Arena *a, Db *db)
{
    Fail f = FAIL_NONE;
    DbRows *list = db_run(db, a, &sweep_blobs, ARGS(TXT(s->community)), &f);
    for (int i = 0; f.err == OK && i < list->rows; i++) {
        Str hex = db_text(list, i, 0);
        Hash name;
        DbVal args[2] = { TXT(s->community), TXT(hex) };
        DbRows *used = db_run(db, a, &sweep_used, args, &f);
        if (f.err == OK && used->rows == 0 && file_hash_of(a, hex, &name)) {
            f = blob_remove(s->blobs, name);
            if (f.err == ERR_NOT_FOUND) f = FAIL_NONE;
        }
        if (f.err == OK) db_run(db, a, &sweep_done, args, &f);
        s->swept++;
    }
    return f;
}

/* Uploads of one state. What an action took has its row in `file`, and its blobs stay. A matter
 * that never came to be leaves no key behind. */
static Fail sweep_uploads(FileSweep *s, Arena *a, Db *db, const char *state, int64_t before)
{
    Fail f = FAIL_NONE;
    DbRows *old = db_run(db, a, &sweep_old, ARGS(TXT(s->community), NUM(before), TXT(str_c(state))), &f);
    for (int i = 0; f.err == OK && i < old->rows; i++) {
        Str id = db_text(old, i, 0), text = db_text(old, i, 1), matter = db_text(old, i, 2);
        DbRows *taken = db_run(db, a, &file_find, ARGS(TXT(s->community), TXT(matter), TXT(id)), &f);
        if (f.err != OK) break;
        Fail ignored = FAIL_NONE;
        json_t *file = taken->rows == 0 && text.n > 0 ? json_read(a, text, &ignored) : NULL;
        if (file != NULL) {
            db_send(db, a, &blob_mark, ARGS(TXT(s->community), TXT(json_text(file, "hash"))));
            if (json_text(file, "thumb").n > 0)
                db_send(db, a, &blob_mark, ARGS(TXT(s->community), TXT(json_text(file, "thumb"))));
        }
        db_send(db, a, &sweep_parts, ARGS(TXT(s->community), TXT(id)));
        db_send(db, a, &sweep_upload, ARGS(TXT(s->community), TXT(id)));
        db_send(db, a, &sweep_key, ARGS(TXT(s->community), TXT(matter)));
        f = db_sync(db);
        if (f.err == OK) blob_parts_drop(s->blobs, id);
        s->swept++;
    }
    return f;
}

Fail file_sweep(void *file_sweep, Db *db)
{
    FileSweep *s = file_sweep;
    Arena *a = arena_new();
    s->swept = 0;
    Fail f = sweep_marked(s, a, db);
    if (f.err == OK) f = sweep_uploads(s, a, db, "erased", INT64_MAX);
    if (f.err == OK) f = sweep_uploads(s, a, db, "open", s->now - OPEN_DAYS * DAY_MS);
    if (f.err == OK) f = sweep_uploads(s, a, db, "finished", s->now - FINISHED_DAYS * DAY_MS);
    arena_free(a);
    return f;
}

/* ---- rows ---- */

static Stmt *const statements[] = {
    &file_upload_load, &file_add,          &files_mark,      &thumbs_mark, &files_drop,   &uploads_erase,
    &sweep_blobs,      &sweep_used,        &sweep_done,      &sweep_old,   &sweep_upload, &sweep_parts,
    &sweep_key,        &blob_mark,         &upload_load,     &upload_add,  &upload_count, &upload_count_open,
    &upload_part_add,  &upload_parts_load, &upload_finished, &file_find,   NULL,
};

#define EVERYBODY (SIGNED_IN | ANYONE)
static const Call calls[] = {
    { .name = "make",
      .route = "POST /uploads",
      .may = EVERYBODY,
      .fields = upload_fields,
      .on = ON_WRITER,
      .per_minute = 60,
      .run = upload_make,
      .answer = "id:s state:s parts:l part_bytes:l have[l]" },
    { .name = "part",
      .route = "PUT /uploads/{id}/{part}",
      .may = EVERYBODY,
      .on = ON_READER,
      .body_max = PART_BYTES,
      .per_minute = 240,
      .raw = true,
      .run = upload_part,
      .answer = "" },
    { .name = "look", .route = "GET /uploads/{id}", .may = EVERYBODY, .on = ON_READER, .run = upload_look,
      .answer = "id:s state:s parts:l? part_bytes:l? have[l]? *" },
    { .name = "finish",
      .route = "POST /uploads/{id}/finish",
      .may = EVERYBODY,
      .on = ON_READER,
      .per_minute = 60,
      .run = upload_finish,
      .answer = "id:s state:s type:s encoding:s? width:l? height:l? seconds:l? *" },
    { .name = "get", .route = "GET /files/{matter}/{file}", .may = EVERYBODY, .on = ON_READER, .type = "image/*",
      .for_another = true,
      .run = file_get },
    { .name = "thumb",
      .route = "GET /files/{matter}/{file}/thumb",
      .may = EVERYBODY,
      .on = ON_READER,
      .type = "image/*",
      .for_another = true,
      .run = file_get_thumb },
    { 0 },
};

static Stmt *const *const more_statements[] = { carry_statements, NULL };

extern const char file_schema[], file_zh[], file_bo[], file_en[];

const Module module_file = { .name = "file",
                             .plural = "files",
                             .calls = calls,
                             .statements = statements,
                             .more_statements = more_statements,
                             .schema = file_schema,
                             .words_zh = file_zh,
                             .words_bo = file_bo,
                             .words_en = file_en };
