/* Downloads: by audience, like the event that a file came with. */
#include "core/file/inside.h"

#include "base/log.h"

Stmt file_find = { "sss", "sssl",
                   "SELECT hash, thumb, type, audience FROM file WHERE community = $1"
                   " AND matter = $2 AND id = $3" };

enum { HASH, THUMB, TYPE, AUDIENCE }; /* columns of file_find */

/* May this actor see it? Then *file is its row. */
static Fail find(CallCtx *c, DbRows **file)
{
    Arena *a = c->arena;
    Str matter = c->args[0], id = c->args[1];
    if (!id_valid(matter) || !id_valid(id)) return fail(ERR_NOT_FOUND, "not_found");
    *file = db_send(c->db, a, &file_find, ARGS(TXT(c->community), TXT(matter), TXT(id)));
    DbRows *row = matter_send_load(c->db, a, c->community, matter);
    DbRows *relations = matter_send_relations(c->db, a, c->community, matter);
    Matter *m = arena_new_of(a, Matter);
    Fail f = db_sync(c->db);
    if (f.err == OK) f = matter_from_rows(a, c->world, row, relations, m);
    if (f.err == OK && (*file)->rows == 0) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err != OK) return f;
    if (audience_may(audience_of(c->actor, m, c->now), (Audience)db_int(*file, 0, AUDIENCE))) return FAIL_NONE;
    return c->actor->person.n == 0 ? fail(ERR_SIGN_IN, "sign_in") : fail(ERR_FORBIDDEN, "forbidden");
}

/* A row without its blob, or a blob that does not open, is damage: somebody has to look. */
static Fail damaged(const char *reason)
{
    log_line(LOG_ERROR, "file_damaged", "reason=%s", reason);
    return fail(ERR_INTERNAL, "file_damaged");
}

static Fail open_blob(CallCtx *c, Str matter, Str hex, Str domain, Str *plain)
{
    Key key;
    Hash name;
    Str sealed;
    if (!file_hash_of(c->arena, hex, &name)) return damaged("name");
    if (!key_cache_get(c->keys, c->db, c->community, matter, &key)) return fail(ERR_NOT_FOUND, "matter_erased");
    Fail f = blob_get(c->blobs, c->arena, name, &sealed);
    if (f.err == ERR_NOT_FOUND) return damaged("gone");
    if (f.err != OK) return f;
    return seal_open_bytes(c->arena, key, domain, sealed, plain) ? FAIL_NONE : damaged("sealed");
}

Fail file_bytes(CallCtx *c, Str matter, Str file, Str *bytes)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(c->db, c->arena, &file_find, ARGS(TXT(c->community), TXT(matter), TXT(file)), &f);
    if (f.err == OK && r->rows == 0) f = fail(ERR_NOT_FOUND, "not_found");
    return f.err == OK ? open_blob(c, matter, db_text(r, 0, HASH), file_main_domain(c->arena, file), bytes) : f;
}

static Fail get(CallCtx *c, bool thumb)
{
    Arena *a = c->arena;
    DbRows *file = NULL;
    Fail f = find(c, &file);
    if (f.err != OK) return f;
    Str hex = db_text(file, 0, thumb ? THUMB : HASH);
    if (hex.n == 0) return fail(ERR_NOT_FOUND, "not_found"); /* a voice note has no thumbnail */
    Str tag = arena_fmt(a, "\"%.*s\"", STR_ARG(hex));
    http_reply_header(&c->reply, "ETag", tag);
    http_reply_header(&c->reply, "Cache-Control", S("private, max-age=86400"));
    if (c->http != NULL && str_find(http_header(c->http, "If-None-Match"), tag) >= 0) {
        c->reply.status = 304;
        return FAIL_NONE;
    }
    Str plain, id = c->args[1];
    f = open_blob(c, c->args[0], hex, thumb ? file_thumb_domain(a, id) : file_main_domain(a, id), &plain);
    if (f.err != OK) {
        c->reply = (HttpReply){ 0 };
        return f;
    }
    c->reply.status = 200;
    c->reply.type = thumb ? picture_mime(PICTURE_JPEG) : arena_c(a, db_text(file, 0, TYPE));
    c->reply.body = plain;
    http_reply_header(&c->reply, "Content-Disposition", S("inline"));
    return FAIL_NONE;
}

Fail file_get(CallCtx *c)
{
    return get(c, false);
}

Fail file_get_thumb(CallCtx *c)
{
    return get(c, true);
}
