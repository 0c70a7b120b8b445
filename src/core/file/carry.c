/* A file on its way to another community: opened with the sender's key, sealed again with that of the matter over
 * there, and laid down as an upload that its action takes. The second time it finds what the first one laid down. */
#include "core/file/inside.h"

#include "base/log.h"

static Stmt carried_add = { "ssslssl", "",
                            "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file, at, kind)"
                            " VALUES ($1, $2, $3, '', $4, $5, 'finished', $6, $7, 'picture')"
                            " ON CONFLICT (community, id) DO NOTHING" };
Stmt *const carry_statements[] = { &carried_add, NULL };

Fail file_key_of(const Seals *seals, Arena *a, Db *db, Str community, Str matter, int64_t now, Key *key)
{
    Str wrapped = seal_wrap(seals, a, community, matter, seal_new_key());
    db_send(db, a, &seal_key_save, ARGS(TXT(community), TXT(matter), BYT(wrapped), NUM(now)));
    DbRows *r = db_send(db, a, &seal_key_load, ARGS(TXT(community), TXT(matter)));
    Fail f = db_sync(db);
    if (f.err != OK) return f;
    bool fits = r->rows > 0 && seal_unwrap(seals, community, matter, db_text(r, 0, 0), key);
    return fits ? FAIL_NONE : fail(ERR_INTERNAL, "key_does_not_open");
}

void file_send_finished(Db *db, Arena *a, Str community, Str matter, const json_t *file, int64_t now)
{
    db_send(db, a, &carried_add,
            ARGS(TXT(community), TXT(json_text(file, "id")), TXT(matter), NUM(json_int(file, "bytes")), TXT(S("")),
                 TXT(json_print(a, file)), NUM(now)));
}

static Fail again(const FileCarry *c, Arena *a, const Key *from, const Key *to, Str hex, Str domain, Str domain_there,
                  Str *name)
{
    Hash was, is;
    Str sealed, plain;
    if (!file_hash_of(a, hex, &was)) return fail(ERR_NOT_FOUND, "file_missing");
    Fail f = blob_get(c->blobs, a, was, &sealed);
    if (f.err == OK && !seal_open_bytes(a, *from, domain, sealed, &plain)) f = fail(ERR_NOT_FOUND, "file_missing");
    if (f.err == OK) f = blob_put(c->blobs, seal_bytes(a, *to, domain_there, plain), &is);
    if (f.err == OK) *name = hash_hex(a, is);
    return f;
}

/* A file whose bytes are gone, or whose key, stays behind: the matter is worth more than its picture. */
Fail file_carry(FileCarry *c, Arena *a, Db *db)
{
    Key from, to;
    Str main, thumb, was = json_text(c->file, "id");
    c->id = S("");
    if (c->blobs == NULL || !key_cache_get(c->keys, db, c->from, c->from_matter, &from)) return FAIL_NONE;
    Str id = id_from_hash(a, S("message file"), arena_fmt(a, "%.*s %.*s", STR_ARG(c->message), STR_ARG(was)));
    Fail f = file_key_of(c->seals, a, db, c->to, c->to_matter, c->now, &to);
    if (f.err != OK) return f;
    f = again(c, a, &from, &to, json_text(c->file, "hash"), file_main_domain(a, was), file_main_domain(a, id), &main);
    if (f.err == OK && json_text(c->file, "thumb").n > 0)
        f = again(c, a, &from, &to, json_text(c->file, "thumb"), file_thumb_domain(a, was), file_thumb_domain(a, id),
                  &thumb);
    if (f.err == ERR_NOT_FOUND || f.err == ERR_INTERNAL) {
        log_line(LOG_WARN, "message", "outcome=file_stays code=%s", f.code != NULL ? f.code : "none");
        return FAIL_NONE;
    }
    if (f.err != OK) return f;
    json_t *file = json_keep(a, json_deep_copy(c->file));
    json_put_text(file, "id", id);
    json_put_text(file, "hash", main);
    if (json_text(c->file, "thumb").n > 0) json_put_text(file, "thumb", thumb);
    file_send_finished(db, a, c->to, c->to_matter, file, c->now);
    f = db_sync(db);
    if (f.err == OK) c->id = id;
    return f;
}

Fail file_lay(FileLaid *l, Arena *a, Db *db)
{
    Key key;
    Hash main = { 0 }, thumb = { 0 };
    bool picture = l->width > 0;
    Str id = id_new(a, l->now);
    l->id = S("");
    Fail f = file_key_of(l->seals, a, db, l->community, l->matter, l->now, &key);
    if (f.err == OK) f = blob_put(l->blobs, seal_bytes(a, key, file_main_domain(a, id), l->bytes), &main);
    if (f.err == OK && picture) f = blob_put(l->blobs, seal_bytes(a, key, file_thumb_domain(a, id), l->bytes), &thumb);
    if (f.err != OK) return f;
    json_t *file = json_new_object(a);
    json_put_text(file, "id", id);
    json_put_text(file, "hash", hash_hex(a, main));
    json_put_text(file, "thumb", picture ? hash_hex(a, thumb) : S(""));
    json_put_text(file, "type", str_c(l->type));
    json_put_int(file, "bytes", (int64_t)l->bytes.n);
    json_put_text(file, "sha256", hash_hex(a, hash_one(l->bytes)));
    if (picture) json_put_int(file, "width", l->width);
    if (picture) json_put_int(file, "height", l->height);
    if (!picture) json_put_int(file, "seconds", l->seconds);
    file_send_finished(db, a, l->community, l->matter, file, l->now);
    f = db_sync(db);
    if (f.err == OK) l->id = id;
    return f;
}
