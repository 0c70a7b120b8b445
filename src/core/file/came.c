/* Pictures that came whole: looked at one after the other in the cage, sealed, stored, laid down in one transaction. */
#include "core/file/inside.h"

#include "core/serve/serve.h"

typedef struct Laying {
    FileCame *c;
    Key key;
    FileJob jobs[CAME_MAX]; /* what the pool's own steps want of each */
} Laying;

static Fail key_take(void *self, Db *db)
{
    Laying *l = self;
    const FileCame *c = l->c;
    return file_key_of(c->seals, c->arena, db, c->community, c->matter, c->now, &l->key);
}

static Fail lay(void *self, Db *db)
{
    Laying *l = self;
    const FileCame *c = l->c;
    Fail f = FAIL_NONE;
    for (int i = 0; i < c->n && f.err == OK; i++) {
        const json_t *file = json_read(c->arena, l->jobs[i].file, &f);
        if (f.err == OK) file_send_finished(db, c->arena, c->community, c->matter, file, c->now);
    }
    return f.err == OK ? db_sync(db) : f;
}

static Fail store_one(Laying *l, int i, const FilesConfig *config)
{
    FileCame *c = l->c;
    Arena *own = arena_new();
    Picture p = picture_run(own, config->exe, config->command, c->bytes[i], PICTURE_WALL_MS);
    Fail f = p.status == PICTURE_OK ? FAIL_NONE : file_picture_refusal(p.status);
    FileJob *job = &l->jobs[i];
    *job = (FileJob){ .arena = c->arena, .blobs = c->blobs, .seals = c->seals, .community = c->community,
                      .upload = c->ids[i], .matter = c->matter, .key = l->key };
    if (f.err == OK) f = file_store_picture(job, &p);
    arena_free(own);
    if (f.err == ERR_INVALID) f = fail_field(ERR_INVALID, f.code, "media", f.limit);
    return f;
}

void came_work(FileCame *c, const FilesConfig *config)
{
    Laying *l = arena_new_of(c->arena, Laying);
    l->c = c;
    Fail f = serve_call(c->server, key_take, l);
    for (int i = 0; i < c->n && f.err == OK; i++)
        f = store_one(l, i, config);
    if (f.err == OK) f = serve_call(c->server, lay, l);
    for (int i = 0; i < c->n && f.err != OK; i++)
        file_let_go(&l->jobs[i], f);
    c->fail = f;
}

Fail files_come(Files *f, FileCame *c)
{
    FileJob *job = arena_new_of(c->arena, FileJob);
    for (int i = 0; i < c->n; i++)
        c->ids[i] = id_new(c->arena, c->now);
    *job = (FileJob){ .arena = c->arena, .community = c->community, .upload = c->ids[0], .came = c };
    return files_add(f, job);
}
