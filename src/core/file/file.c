/* file: rows of the module, and the runner's side: from upload to event to state. */
#include "core/file/inside.h"

Stmt file_upload_load = { "ss", "sss", "SELECT file, matter, state FROM upload WHERE community = $1 AND id = $2" };
static Stmt file_add = { "sssssslll", "",
                         "INSERT INTO file (community, matter, id, hash, thumb, type, width, height, audience)"
                         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (community, matter, id)"
                         " DO UPDATE SET audience = file.audience | excluded.audience" };
static Stmt files_mark = { "ss", "",
                           "INSERT INTO blob_drop (community, hash) SELECT community, hash FROM file"
                           " WHERE community = $1 AND matter = $2 AND 1 = 1 ON CONFLICT (community, hash) DO NOTHING" };
static Stmt thumbs_mark = { "ss", "",
                            "INSERT INTO blob_drop (community, hash) SELECT community, thumb FROM file"
                            " WHERE community = $1 AND matter = $2 AND 1 = 1 ON CONFLICT (community, hash) DO NOTHING" };
static Stmt files_drop = { "ss", "", "DELETE FROM file WHERE community = $1 AND matter = $2" };
static Stmt uploads_drop = { "ss", "", "DELETE FROM upload WHERE community = $1 AND matter = $2" };
static Stmt sweep_blobs = { "s", "s", "SELECT hash FROM blob_drop WHERE community = $1 ORDER BY hash LIMIT 100" };
static Stmt sweep_used = { "ss", "s",
                           "SELECT id FROM file WHERE community = $1 AND (hash = $2 OR thumb = $2) LIMIT 1" };
static Stmt sweep_done = { "ss", "", "DELETE FROM blob_drop WHERE community = $1 AND hash = $2" };
static Stmt sweep_old = { "sl", "sss",
                          "SELECT id, file, matter FROM upload WHERE community = $1 AND at < $2 ORDER BY at LIMIT 100" };
static Stmt sweep_upload = { "ss", "", "DELETE FROM upload WHERE community = $1 AND id = $2" };
static Stmt sweep_parts = { "ss", "", "DELETE FROM upload_part WHERE community = $1 AND upload = $2" };
static Stmt blob_mark = { "ss", "",
                          "INSERT INTO blob_drop (community, hash) VALUES ($1, $2)"
                          " ON CONFLICT (community, hash) DO NOTHING" };

Fail file_attach(Arena *a, const DbRows *upload, Str matter, json_t **out)
{
    if (upload == NULL || upload->rows == 0 || !str_eq(db_text(upload, 0, 1), matter))
        return fail(ERR_INVALID, "file_missing");
    if (!str_is(db_text(upload, 0, 2), "finished")) return fail(ERR_INVALID, "file_not_finished");
    Fail f = FAIL_NONE;
    *out = json_read(a, db_text(upload, 0, 0), &f);
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
    if (!a->replay) { /* the sweeper's list is work, not state */
        db_send(a->db, a->arena, &files_mark, args);
        db_send(a->db, a->arena, &thumbs_mark, args);
        db_send(a->db, a->arena, &uploads_drop, args);
    }
    db_send(a->db, a->arena, &files_drop, args);
}

/* ---- the sweeper ---- */

enum { OPEN_DAYS = 2, FINISHED_DAYS = 7 };

static bool hash_of(Arena *a, Str hex, Hash *h)
{
    Str bytes;
    if (!hex_to(a, hex, &bytes) || bytes.n != HASH_BYTES) return false;
    memcpy(h->b, bytes.p, HASH_BYTES);
    return true;
}

static Fail sweep_marked(FileSweep *s, Arena *a, Db *db)
{
    Fail f = FAIL_NONE;
    DbRows *list = db_run(db, a, &sweep_blobs, ARGS(TXT(s->community)), &f);
    for (int i = 0; f.err == OK && i < list->rows; i++) {
        Str hex = db_text(list, i, 0);
        Hash name;
        DbRows *used = db_run(db, a, &sweep_used, ARGS(TXT(s->community), TXT(hex)), &f);
        if (f.err == OK && used->rows == 0 && hash_of(a, hex, &name) && blob_exists(s->blobs, name))
            f = blob_remove(s->blobs, name);
        if (f.err == OK) db_run(db, a, &sweep_done, ARGS(TXT(s->community), TXT(hex)), &f);
        s->swept++;
    }
    return f;
}

/* A finished upload that an action took leaves its row only; one that none took leaves its blobs to the list too. */
static Fail sweep_uploads(FileSweep *s, Arena *a, Db *db, int64_t before)
{
    Fail f = FAIL_NONE;
    DbRows *old = db_run(db, a, &sweep_old, ARGS(TXT(s->community), NUM(before)), &f);
    for (int i = 0; f.err == OK && i < old->rows; i++) {
        DbVal one[2] = { TXT(s->community), TXT(db_text(old, i, 0)) };
        Fail ignored = FAIL_NONE;
        json_t *file = db_text(old, i, 1).n > 0 ? json_read(a, db_text(old, i, 1), &ignored) : NULL;
        if (file != NULL) {
            db_send(db, a, &blob_mark, ARGS(TXT(s->community), TXT(json_text(file, "hash"))));
            db_send(db, a, &blob_mark, ARGS(TXT(s->community), TXT(json_text(file, "thumb"))));
        }
        db_send(db, a, &sweep_parts, one);
        db_send(db, a, &sweep_upload, one);
        f = db_sync(db);
        blob_parts_drop(s->blobs, db_text(old, i, 0));
        s->swept++;
    }
    return f;
}

Fail file_sweep(void *file_sweep, Db *db)
{
    FileSweep *s = file_sweep;
    Arena *a = arena_new();
    s->swept = 0;
    Fail f = sweep_uploads(s, a, db, s->now - FINISHED_DAYS * DAY_MS);
    if (f.err == OK) f = sweep_marked(s, a, db);
    arena_free(a);
    return f;
}

/* ---- rows ---- */

static Stmt *const statements[] = { &file_upload_load, &file_add,    &files_mark, &thumbs_mark,  &files_drop,
                                    &uploads_drop,     &sweep_blobs, &sweep_used, &sweep_done,   &sweep_old,
                                    &sweep_upload,     &sweep_parts, &blob_mark,  NULL };

#define EVERYBODY (SIGNED_IN | ANYONE)
static const Call calls[] = {
    { .name = "make", .route = "POST /uploads", .may = EVERYBODY, .fields = upload_fields, .on = ON_WRITER,
      .per_minute = 60, .run = upload_make },
    { .name = "part", .route = "PUT /uploads/{id}/{part}", .may = EVERYBODY, .on = ON_WRITER, .body_max = PART_BYTES,
      .per_minute = 240, .raw = true, .run = upload_part },
    { .name = "look", .route = "GET /uploads/{id}", .may = EVERYBODY, .on = ON_READER, .run = upload_look },
    { .name = "finish", .route = "POST /uploads/{id}/finish", .may = EVERYBODY, .on = ON_READER, .per_minute = 60,
      .run = upload_finish },
    { .name = "get", .route = "GET /files/{matter}/{file}", .may = EVERYBODY, .on = ON_READER, .run = file_get },
    { .name = "thumb", .route = "GET /files/{matter}/{file}/thumb", .may = EVERYBODY, .on = ON_READER,
      .run = file_get_thumb },
    { 0 },
};

extern const char file_schema[], file_zh[], file_bo[], file_en[];
static Stmt *all_statements[COUNT(statements) + 16];

/* One list out of the two files' lists. */
__attribute__((constructor)) static void join_statements(void)
{
    int n = 0;
    for (Stmt *const *s = statements; *s != NULL; s++)
        all_statements[n++] = *s;
    for (Stmt *const *s = upload_statements; *s != NULL && n < COUNT(all_statements) - 1; s++)
        all_statements[n++] = *s;
}

const Module module_file = { .name = "file", .plural = "files", .calls = calls, .statements = all_statements,
                             .schema = file_schema, .words_zh = file_zh, .words_bo = file_bo, .words_en = file_en };
