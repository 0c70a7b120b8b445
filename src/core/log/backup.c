/* backup: see backup.h. */
#include "core/log/backup.h"

#include "core/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_BYTES_MAX = 16 * 1024 * 1024, READ_BYTES = 256 * 1024 };

static Fail io_fail(const char *code)
{
    if (errno == ENOSPC || errno == EDQUOT) return fail(ERR_FULL, "disk_full");
    Fail f = fail(ERR_INTERNAL, code);
    f.log = strerrordesc_np(errno);
    return f;
}

/* ---- files ---- */

Fail file_sha256(Arena *a, const char *path, Str *hex)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) return io_fail("file_cannot_be_read");
    Hasher *h = hasher_new(a);
    char *buf = arena_alloc(a, READ_BYTES);
    size_t n;
    while ((n = fread(buf, 1, READ_BYTES, in)) > 0)
        hasher_add(h, (Str){ buf, n });
    bool failed = ferror(in) != 0;
    fclose(in);
    *hex = hash_hex(a, hasher_end(h));
    return failed ? io_fail("file_cannot_be_read") : FAIL_NONE;
}

static bool sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

static Fail file_write(Arena *a, const char *folder, const char *name, Str text)
{
    const char *part = arena_fmt(a, "%s/%s.part", folder, name).p, *path = arena_fmt(a, "%s/%s", folder, name).p;
    FILE *out = fopen(part, "we");
    if (out == NULL) return io_fail("file_cannot_be_written");
    bool ok = fwrite(text.p, 1, text.n, out) == text.n && fflush(out) == 0 && fsync(fileno(out)) == 0;
    ok = fclose(out) == 0 && ok;
    if (!ok || rename(part, path) != 0 || !sync_path(folder)) return io_fail("file_cannot_be_written");
    return FAIL_NONE;
}

static Fail file_read(Arena *a, const char *path, int64_t max, Str *text)
{
    FILE *in = fopen(path, "re");
    if (in == NULL) return errno == ENOENT ? fail(ERR_NOT_FOUND, "no_backup") : io_fail("file_cannot_be_read");
    struct stat st;
    size_t n = fstat(fileno(in), &st) == 0 && st.st_size <= max ? (size_t)st.st_size : 0;
    char *p = arena_alloc(a, n + 1);
    *text = (Str){ p, fread(p, 1, n, in) };
    fclose(in);
    return FAIL_NONE;
}

static void folder_remove(Arena *a, const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.') unlink(arena_fmt(a, "%s/%s", folder, e->d_name).p);
    if (d != NULL) closedir(d);
    rmdir(folder);
}

/* Stamps of backups before this one, and of any that were interrupted. */
static void sweep(Arena *a, const char *folder, Str keep)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        if (str_starts(str_c(e->d_name), S("db-")) && !str_eq(str_c(e->d_name), keep))
            folder_remove(a, arena_fmt(a, "%s/%s", folder, e->d_name).p);
    if (d != NULL) closedir(d);
}

/* ---- the manifest ---- */

static Str manifest_text(Arena *a, const Backup *b, Str stamp, Str sha256)
{
    Buf line = buf_new(a, 1024);
    Json j = json_to(&line);
    jw_open(&j, '{');
    jw_put_text(&j, "linli", S("backup"));
    jw_put_int(&j, "format", 1);
    jw_put_int(&j, "at", now_ms());
    jw_put_text(&j, "stamp", stamp);
    jw_put_text(&j, "sha256", sha256);
    jw_put_int(&j, "events", b->events);
    jw_put_text(&j, "heads", b->heads);
    jw_put_text(&j, "shape", log_shape(a, b->world));
    jw_put_text(&j, "digest", hash_hex(a, b->digest));
    jw_close(&j, '}');
    Hash own = hash_one(buf_str(&line));
    buf_fmt(&line, "\n%s\n", hash_hex(a, own).p);
    return buf_str(&line);
}

static Fail damaged(const char *log)
{
    Fail f = fail(ERR_CONFLICT, "backup_damaged");
    f.log = log;
    return f;
}

static bool is_stamp(Str s)
{
    if (!str_starts(s, S("db-")) || s.n > 40) return false;
    for (size_t i = 3; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == 'T' || s.p[i] == 'Z')) return false;
    return true;
}

Fail manifest_parse(Arena *a, Str text, Manifest *m)
{
    Fail f = FAIL_NONE;
    Str line = str_cut(&text, '\n'), own = str_cut(&text, '\n');
    if (text.n > 0 || !str_eq(hash_hex(a, hash_one(line)), own)) return damaged("the manifest is not what was written");
    json_t *j = json_read(a, line, &f);
    if (j == NULL || !str_is(json_text(j, "linli"), "backup")) return damaged("the manifest cannot be read");
    if (json_int(j, "format") != 1) return fail_field(ERR_CONFLICT, "format_unknown", "", 1);
    *m = (Manifest){ json_text(j, "stamp"), json_text(j, "sha256"), json_text(j, "shape"), json_text(j, "digest"),
                     json_text(j, "heads"), json_int(j, "at"), json_int(j, "events") };
    return is_stamp(m->stamp) ? FAIL_NONE : damaged("the manifest names no folder");
}

Fail manifest_read(Arena *a, const char *folder, Manifest *m)
{
    Str text = S("");
    Fail f = file_read(a, arena_fmt(a, "%s/manifest.json", folder).p, MANIFEST_BYTES_MAX, &text);
    return f.err == OK ? manifest_parse(a, text, m) : f;
}

/* ---- tables ---- */

typedef struct Copy {
    Db *to;
    Str sql;
    const char *in;
    Arena *page;
    Fail fail;
} Copy;

static bool copy_row(void *self, const DbVal *row, int cols)
{
    Copy *c = self;
    (void)cols;
    db_query(c->to, c->page, c->sql.p, c->in, "", row, &c->fail);
    if (arena_used(c->page) > 1024 * 1024) arena_reset(c->page);
    return c->fail.err == OK;
}

Fail table_copy(Arena *a, Db *from, Db *to, const Table *t)
{
    Buf sql = buf_new(a, 256);
    buf_fmt(&sql, "INSERT INTO %.*s (%.*s) VALUES (", STR_ARG(t->name), STR_ARG(t->columns));
    for (size_t i = 0; i < t->types.n; i++)
        buf_fmt(&sql, "%s$%zu", i > 0 ? ", " : "", i + 1);
    buf_char(&sql, ')');
    Copy c = { .to = to, .sql = buf_str(&sql), .in = arena_c(a, t->types), .page = arena_new(), .fail = FAIL_NONE };
    Fail f = db_each(from,
                     arena_fmt(a, "SELECT %.*s FROM %.*s ORDER BY %.*s", STR_ARG(t->columns), STR_ARG(t->name),
                               STR_ARG(t->key)).p,
                     "", c.in, NULL, copy_row, &c);
    arena_free(c.page);
    return f.err == OK ? c.fail : f;
}

/* PostgreSQL: every table but state, out of one snapshot into a new SQLite database. */
static Fail copy_tables(Backup *b, Arena *a, Db *from, const char *folder)
{
    Fail f = FAIL_NONE;
    DbConfig c = { .dir = folder };
    Db *to = db_open_bare(&c, &f);
    if (to == NULL) return f;
    f = schema_migrate(to, b->world->parts, b->world->n_parts);
    db_begin(to);
    for (int i = 0; f.err == OK && i < b->world->schema->n; i++) {
        const Table *t = &b->world->schema->tables[i];
        if (t->table_class == TABLE_STATE) continue;
        f = table_copy(a, from, to, t);
        b->progress.say(b->progress.self, "tables", i + 1, b->world->schema->n);
    }
    if (f.err == OK) f = db_commit(to);
    if (f.err != OK) db_rollback(to);
    db_close(to);
    return f;
}

/* ---- files that the data names ---- */

typedef struct BlobsNamed {
    Arena *arena;
    BlobFn *fn;
    void *self;
    Fail fail;
} BlobsNamed;

static bool name_one(BlobsNamed *n, Str hex)
{
    Arena *a = arena_new();
    Str bytes;
    Hash name;
    if (hex.n == 2 * HASH_BYTES && hex_to(a, hex, &bytes)) {
        memcpy(name.b, bytes.p, HASH_BYTES);
        n->fail = n->fn(n->self, name);
    } else {
        n->fail = fail_field(ERR_CONFLICT, "blob_missing", arena_c(n->arena, hex), 0);
    }
    arena_free(a);
    return n->fail.err == OK;
}

/* Only pictures have a small one beside. */
static bool name_both(BlobsNamed *n, Str hash, Str thumb)
{
    return name_one(n, hash) && (thumb.n == 0 || name_one(n, thumb));
}

static bool name_file(void *self, const DbVal *row, int cols)
{
    (void)cols;
    return name_both(self, row[0].s, row[1].s);
}

static bool name_upload(void *self, const DbVal *row, int cols)
{
    BlobsNamed *n = self;
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    (void)cols;
    json_t *file = row[0].s.n > 0 ? json_read(a, row[0].s, &f) : NULL;
    bool on = file == NULL || name_both(n, json_text(file, "hash"), json_text(file, "thumb"));
    arena_free(a);
    return on;
}

Fail blobs_named(Arena *a, Db *db, BlobFn *fn, void *self)
{
    BlobsNamed n = { .arena = a, .fn = fn, .self = self, .fail = FAIL_NONE };
    Fail f = db_each(db, "SELECT hash, thumb FROM file ORDER BY community, matter, id", "", "ss", NULL, name_file, &n);
    if (f.err == OK && n.fail.err == OK)
        f = db_each(db, "SELECT file FROM upload WHERE state = 'finished' ORDER BY community, id", "", "s", NULL,
                    name_upload, &n);
    return f.err == OK ? n.fail : f;
}

typedef struct BlobCopy {
    Backup *backup;
    Arena *arena;
    Blobs *from, *to;
    Db *live; /* to ask again whether a missing file is still wanted */
} BlobCopy;

/* Erased and swept while we copied: then nobody names it any more. */
static bool still_named(BlobCopy *c, Str hex)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(c->live, c->arena, "SELECT COUNT(*) FROM file WHERE hash = $1 OR thumb = $1", "s", "l",
                         ARGS(TXT(hex)), &f);
    return f.err != OK || db_int(r, 0, 0) > 0;
}

static Fail copy_blob(void *self, Hash name)
{
    BlobCopy *c = self;
    if (blob_exists(c->to, name)) {
        c->backup->blobs_kept++;
        return FAIL_NONE;
    }
    Arena *a = arena_new();
    Str bytes;
    Hash again;
    Fail f = blob_get(c->from, a, name, &bytes);
    if (f.err == OK) {
        f = blob_put(c->to, bytes, &again);
        c->backup->blobs_new++;
    } else if (f.err == ERR_NOT_FOUND || f.err == ERR_INTERNAL) {
        Str hex = hash_hex(a, name);
        bool missing = f.err == ERR_NOT_FOUND;
        if (missing && !still_named(c, hex))
            f = FAIL_NONE;
        else
            f = fail_field(ERR_CONFLICT, missing ? "blob_missing" : "blob_damaged", hex.p, 0);
    }
    c->backup->progress.say(c->backup->progress.self, "files", c->backup->blobs_new + c->backup->blobs_kept, 0);
    arena_free(a);
    return f;
}

/* ---- all of it ---- */

static Fail note_log(Backup *b, Arena *a, Db *db)
{
    Verdict v;
    LogCheck check = { .world = b->world, .db = db, .progress = b->progress };
    Fail f = log_check(&check, a, &v);
    if (f.err != OK) return f;
    b->events = v.events;
    b->heads = v.heads;
    if (v.faults > 0) return fail_field(ERR_CONFLICT, "log_not_whole", "", v.faults);
    return schema_digest(db, a, b->world->schema, S(""), &b->digest);
}

static Fail copy_all(Backup *b, Arena *a, Db *from, Db *live)
{
    Fail f = note_log(b, a, from);
    BlobCopy copy = { .backup = b, .arena = a, .live = live };
    if (f.err == OK) copy.from = blobs_open(a, b->data, &f);
    if (f.err == OK) copy.to = blobs_open(a, b->folder, &f);
    return f.err == OK ? blobs_named(a, from, copy_blob, &copy) : f;
}

static Fail copy_database(Backup *b, Arena *a, const char *folder)
{
    Fail f = FAIL_NONE;
    Db *live = db_open_bare(&b->live, &f), *from = NULL;
    if (live == NULL) return f;
    if (b->live.url != NULL) {
        from = db_open(&b->live, DB_READER, &f);
        if (from != NULL) db_begin(from);
        if (from != NULL) f = copy_tables(b, a, from, folder);
    } else {
        f = db_backup(live, arena_fmt(a, "%s/linli.db", folder).p);
        DbConfig c = { .dir = folder };
        if (f.err == OK) from = db_open(&c, DB_READER, &f);
        if (from != NULL) db_begin(from);
    }
    if (f.err == OK) f = copy_all(b, a, from, live);
    if (from != NULL) {
        db_rollback(from);
        db_close(from);
    }
    db_close(live);
    return f;
}

static Fail copy_erasures(const Backup *b, Arena *a, const char *folder)
{
    Str text = S("");
    Fail f = b->erasures != NULL ? file_read(a, b->erasures, INT32_MAX, &text) : FAIL_NONE;
    if (f.err == ERR_NOT_FOUND) f = FAIL_NONE;
    return f.err == OK ? file_write(a, folder, "erasures", text) : f;
}

static Str stamp_now(Arena *a)
{
    Str iso = time_iso(a, now_ms());
    Buf stamp = buf_new(a, 40);
    buf_c(&stamp, "db-");
    for (size_t i = 0; i < iso.n; i++)
        if (iso.p[i] != '-' && iso.p[i] != ':' && iso.p[i] != '.') buf_char(&stamp, iso.p[i]);
    return buf_str(&stamp);
}

static Fail make_locked(Backup *b, Arena *a)
{
    Str stamp = stamp_now(a), sha256 = S("");
    const char *folder = arena_fmt(a, "%s/%s", b->folder, stamp.p).p;
    if (mkdir(folder, 0700) != 0) return io_fail("folder_cannot_be_made");
    Fail f = copy_database(b, a, folder);
    const char *file = arena_fmt(a, "%s/linli.db", folder).p;
    if (f.err == OK) f = copy_erasures(b, a, folder);
    if (f.err == OK && (!sync_path(file) || !sync_path(folder))) f = io_fail("folder_cannot_be_synced");
    if (f.err == OK) f = file_sha256(a, file, &sha256);
    if (f.err == OK) f = file_write(a, b->folder, "manifest.json", manifest_text(a, b, stamp, sha256));
    if (f.err == OK)
        sweep(a, b->folder, stamp);
    else
        folder_remove(a, folder);
    return f;
}

Fail backup_make(Backup *b, Arena *a)
{
    if (mkdir(b->folder, 0700) != 0 && errno != EEXIST) return io_fail("folder_cannot_be_made");
    int lock = open(arena_fmt(a, "%s/lock", b->folder).p, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return io_fail("folder_cannot_be_written");
    Fail f = flock(lock, LOCK_EX | LOCK_NB) == 0 ? make_locked(b, a) : fail(ERR_CONFLICT, "backup_running");
    close(lock);
    return f;
}
