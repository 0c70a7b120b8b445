/* A database filled beside the live one: see log.h. */
#include "core/log/log.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder_of(Arena *a, const DbConfig *live)
{
    return arena_fmt(a, "%s/import.part", live->dir).p;
}

void fill_sweep(Arena *a, const DbConfig *live)
{
    static const char *const names[] = { "linli.db", "linli.db-journal", "linli.db-wal", "linli.db-shm" };
    if (live->url != NULL) return;
    for (int i = 0; i < COUNT(names); i++)
        unlink(arena_fmt(a, "%s/%s", folder_of(a, live), names[i]).p);
    rmdir(folder_of(a, live));
}

Fail fill_begin(Fill *x, Arena *a, const World *w, const DbConfig *live)
{
    Fail f = FAIL_NONE;
    *x = (Fill){ .live = *live, .config = *live };
    if (live->url == NULL) {
        fill_sweep(a, live);
        x->config.dir = folder_of(a, live);
        x->config.unsynced = true;
        if (mkdir(x->config.dir, 0700) != 0) {
            f = fail_field(ERR_CONFLICT, "no_folder", "--data", 0);
            f.log = strerrordesc_np(errno);
            return f;
        }
        Db *bare = db_open_bare(&x->config, &f);
        if (bare != NULL) f = schema_migrate(bare, w->parts, w->n_parts);
        if (bare != NULL) db_close(bare);
    }
    if (f.err == OK) x->db = db_open(&x->config, DB_WRITER, &f);
    return f.err == OK ? f : fill_end(x, a, f);
}

Fail fill_end(Fill *x, Arena *a, Fail f)
{
    if (x->db != NULL) db_close(x->db);
    x->db = NULL;
    if (x->live.url != NULL) return f;
    if (f.err == OK) f = db_publish(&x->config, &x->live);
    fill_sweep(a, &x->live);
    return f;
}
