/* Downloads: by audience, like the event that a file came with. */
#include "core/file/inside.h"

static const char FIND[] = "SELECT hash, thumb, type, audience FROM file WHERE community = $1 AND matter = $2 AND id = $3";

static Fail get(CallCtx *c, bool thumb)
{
    Arena *a = c->arena;
    if (!id_valid(c->args[0]) || !id_valid(c->args[1])) return fail(ERR_NOT_FOUND, "not_found");
    Fail f = FAIL_NONE;
    DbRows *file = db_query(c->db, a, FIND, "sss", "sssl", ARGS(TXT(c->community), TXT(c->args[0]), TXT(c->args[1])), &f);
    if (f.err != OK) return f;
    DbRows *row = matter_send_load(c->db, a, c->community, c->args[0]);
    DbRows *relations = matter_send_relations(c->db, a, c->community, c->args[0]);
    f = db_sync(c->db);
    Matter *m = arena_new_of(a, Matter);
    if (f.err == OK) f = matter_from_rows(a, c->world, row, relations, m);
    if (f.err == OK && file->rows == 0) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err != OK) return f;
    if (!audience_may(audience_of(c->actor, m, c->now), (Audience)db_int(file, 0, 3)))
        return c->actor->person.n == 0 ? fail(ERR_SIGN_IN, "sign_in") : fail(ERR_FORBIDDEN, "forbidden");
    Str hex = db_text(file, 0, thumb ? 1 : 0), raw, sealed, plain;
    Hash name;
    Key key;
    if (!hex_to(a, hex, &raw) || raw.n != HASH_BYTES) return fail(ERR_INTERNAL, "file_hash");
    memcpy(name.b, raw.p, HASH_BYTES);
    if (!key_cache_get(c->keys, c->db, c->community, c->args[0], &key)) return fail(ERR_NOT_FOUND, "matter_erased");
    f = blob_get(c->blobs, a, name, &sealed);
    if (f.err != OK) return f;
    if (!seal_open_bytes(a, key, thumb ? S("thumb") : S("file"), sealed, &plain)) return fail(ERR_INTERNAL, "file_damaged");
    c->reply.status = 200;
    c->reply.type = thumb || str_is(db_text(file, 0, 2), "image/jpeg") ? "image/jpeg" : "image/png";
    c->reply.body = plain;
    http_reply_header(&c->reply, "Content-Disposition", S("inline"));
    http_reply_header(&c->reply, "Cache-Control", S("private, max-age=86400"));
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
