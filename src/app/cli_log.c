/* cli_log: what an operator does with the event log. docs/OPERATIONS.md says when. */
#include "app/admin.h"
#include "app/cli.h"

#include "core/log/backup.h"
#include "core/clock.h"
#include "core/proof/head.h"
#include "core/proof/receipt.h"
#include "core/proof/stamp.h"
#include "mod/figure/figure.h"
#include "mod/figure/oracle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SAVED_HEADS_MAX = 16 * 1024 * 1024, PROGRESS_MS = 1000 };

/* ---- progress ---- */

typedef struct ProgressLine {
    const char *command;
    int64_t next_ms;
} ProgressLine;

static void print_progress(void *self, const char *what, int64_t done, int64_t of)
{
    ProgressLine *l = self;
    int64_t now = mono_ms();
    if (now < l->next_ms) return;
    l->next_ms = now + PROGRESS_MS;
    if (of > 0)
        fprintf(stderr, "linli %s: %s %lld of %lld\n", l->command, what, (long long)done, (long long)of);
    else
        fprintf(stderr, "linli %s: %s %lld\n", l->command, what, (long long)done);
}

Progress progress_on_stderr(Arena *a, const char *command)
{
    ProgressLine *l = arena_new_of(a, ProgressLine);
    *l = (ProgressLine){ command, mono_ms() + PROGRESS_MS };
    return (Progress){ print_progress, l };
}

/* ---- what they share ---- */

static Fail refused(const char *code, const char *field, const char *log)
{
    Fail f = fail_field(ERR_CONFLICT, code, field, 0);
    f.log = log;
    return f;
}

static int finish(Arena *a, const Config *c, Fail f)
{
    fflush(stdout);
    if (f.err != OK && f.code != NULL) fprintf(stderr, "linli %s: %s\n", c->command, fail_text(a, &f).p);
    arena_free(a);
    return f.err == OK ? 0 : 1;
}

/* A reader of its own beside whoever writes; nothing is made where there is nothing. */
static Db *open_reader(Home *h, bool keys, Fail *f)
{
    const Config *c = h->config;
    if (c->url == NULL && access(home_path(h, "linli.db"), F_OK) != 0) {
        *f = refused("no_data", "--data", "there is no linli.db in this folder");
        return NULL;
    }
    if (keys) *f = home_keys(h);
    DbConfig db = config_db(c);
    return f->err == OK ? db_open(&db, DB_READER, f) : NULL;
}

static Fail read_text(Arena *a, const char *path, Str *text)
{
    FILE *in = fopen(path, "re");
    struct stat st;
    if (in == NULL) return refused("file_cannot_be_read", path, strerrordesc_np(errno));
    bool file = fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
    size_t n = !file ? RECEIPT_FILE_MAX + 1 : st.st_size < SAVED_HEADS_MAX ? (size_t)st.st_size : 0;
    char *p = arena_alloc(a, n + 1);
    *text = (Str){ p, fread(p, 1, n, in) };
    fclose(in);
    return FAIL_NONE;
}

/* Beside, synced, renamed: a file of that name is whole. */
static FILE *part_open(Arena *a, const char *path, Fail *f)
{
    int fd = open(arena_fmt(a, "%s.part", path).p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL) *f = refused("file_cannot_be_written", path, strerrordesc_np(errno));
    return out;
}

static Fail part_close(Arena *a, FILE *out, const char *path, Fail f)
{
    const char *part = arena_fmt(a, "%s.part", path).p;
    bool ok = f.err == OK && fflush(out) == 0 && fsync(fileno(out)) == 0;
    ok = fclose(out) == 0 && ok;
    if (ok && rename(part, path) == 0) return FAIL_NONE;
    int os = errno;
    unlink(part);
    return f.err != OK ? f : refused("file_cannot_be_written", path, strerrordesc_np(os));
}

/* ---- verify ---- */

typedef struct Scratch {
    const char *dir;
    Db *db;
} Scratch;

/* Where the state is made again: SQLite in a folder of its own, for either engine, so that verify writes nothing to
 * what it looks at. */
static Fail scratch_open(Home *h, Scratch *s)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = (char *)(uintptr_t)arena_fmt(h->arena, "%s/linli-verify.XXXXXX", tmp != NULL ? tmp : "/tmp").p;
    Fail f = FAIL_NONE;
    if (mkdtemp(dir) == NULL) return refused("no_scratch_folder", "TMPDIR", strerrordesc_np(errno));
    s->dir = dir;
    DbConfig c = { .dir = dir, .unsynced = true };
    Db *bare = db_open_bare(&c, &f);
    if (bare == NULL) return f;
    f = schema_migrate(bare, h->world->parts, h->world->n_parts);
    db_close(bare);
    if (f.err == OK) s->db = db_open(&c, DB_WRITER, &f);
    return f;
}

static void scratch_close(Arena *a, Scratch *s)
{
    static const char *const names[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    if (s->db != NULL) db_close(s->db);
    for (int i = 0; s->dir != NULL && i < COUNT(names); i++)
        unlink(arena_fmt(a, "%s/%s", s->dir, names[i]).p);
    if (s->dir != NULL) rmdir(s->dir);
}

static void print_fault(void *self, Str line)
{
    (void)self;
    printf("%.*s\n", STR_ARG(line));
}

static Fail save_heads(Arena *a, const Config *c, const Verdict *v)
{
    Fail f = FAIL_NONE;
    if (c->output == NULL || v->faults > 0) return f;
    FILE *out = part_open(a, c->output, &f);
    if (out == NULL) return f;
    fwrite(v->heads.p, 1, v->heads.n, out);
    return part_close(a, out, c->output, f);
}

static Fail verify(Home *h, Arena *a, Scratch *scratch)
{
    const Config *c = h->config;
    Fail f = FAIL_NONE;
    Verdict v;
    LogCheck check = { .world = h->world, .saved = S(""), .progress = progress_on_stderr(a, c->command),
                       .fault = print_fault };
    if (c->head != NULL) f = read_text(a, c->head, &check.saved);
    if (f.err == OK) check.db = open_reader(h, !c->chain, &f);
    if (f.err == OK && !c->chain) {
        f = scratch_open(h, scratch);
        check.seals = h->seals;
        check.scratch = scratch->db;
        if (f.err == OK && access(home_path(h, "blobs"), F_OK) == 0) check.blobs = blobs_open(a, c->data, &f);
    }
    if (check.db != NULL) db_begin(check.db);
    if (f.err == OK) f = log_check(&check, a, &v);
    if (check.db != NULL) {
        db_rollback(check.db);
        db_close(check.db);
    }
    if (f.err != OK) return f;
    printf("%lld events, %lld sealed values, %lld files: %d faults\n", (long long)v.events, (long long)v.values,
           (long long)v.files, v.faults);
    if (check.scratch != NULL && v.faults == 0) printf("digest %s\n", hash_hex(a, v.digest).p);
    f = save_heads(a, c, &v);
    return v.faults > 0 ? (Fail){ .err = ERR_CONFLICT } : f;
}

/* Whether it is one; when it begins is for each community to say. */
static Fail month_option(const char *text, const char *option, Str *month)
{
    Month m;
    *month = text != NULL ? str_c(text) : S("");
    Fail f = text != NULL ? month_read(*month, 0, &m) : FAIL_NONE;
    return f.err == OK ? f : fail_field(f.err, f.code, option, 0);
}

static Fail verify_figures(Home *h, Arena *a)
{
    const Config *c = h->config;
    FiguresVerdict v = { 0 };
    FiguresCheck check = { .world = h->world, .now = now_ms(), .fault = print_fault };
    Fail f = month_option(c->input, "--from", &check.from);
    if (f.err == OK) f = month_option(c->until, "--until", &check.until);
    if (f.err == OK) check.db = open_reader(h, false, &f);
    if (f.err != OK) return f;
    db_begin(check.db);
    f = figures_check(&check, a, &v);
    db_rollback(check.db);
    db_close(check.db);
    if (f.err != OK) return f;
    printf("%lld events, %lld reports, %lld monthly figures: %d faults\n", (long long)v.events, (long long)v.matters,
           (long long)v.figures, v.faults);
    return v.faults > 0 ? (Fail){ .err = ERR_CONFLICT } : f;
}

static Fail verify_one_receipt(Arena *a, const Config *c, Str text)
{
    ReceiptFile r;
    Fail f = receipt_file_check(a, text, str_c(c->verifier), &r);
    if (f.err != OK) return f;
    printf("event %lld of %lld in the log of %.*s, signed %s\n", (long long)r.receipt.seq, (long long)r.receipt.size,
           STR_ARG(r.receipt.community), time_iso(a, r.receipt.at).p);
    if (r.event.n > 0) printf("what it says is what was written, %d sealed values opened\n", r.openings);
    return f;
}

/* --head: the earlier line as it was kept, from the notice board or from the published list. */
static Fail verify_consistency(Arena *a, const Config *c, Str text)
{
    Consistency x;
    Str kept = S("");
    Fail f = c->head != NULL ? read_text(a, c->head, &kept) : FAIL_NONE;
    if (f.err == OK) f = consistency_check(a, text, str_c(c->verifier), kept, &x);
    if (f.err != OK) return f;
    printf("the log of %.*s with %lld events still holds the %lld of before, unaltered\n", STR_ARG(x.to.community),
           (long long)x.to.size, (long long)x.from.size);
    if (c->head == NULL) printf("the earlier head is the proof's own: compare it with the one that was kept\n");
    return f;
}

static Fail verify_paper(Arena *a, const Config *c, Str text)
{
    Stamp s;
    Fail f = stamp_check(a, text, str_c(c->verifier), &s);
    if (f.err != OK) return f;
    printf("every byte of this paper is as it was issued%s %s by %.*s\n", c->verifier == NULL ? ", it says" : "",
           time_iso(a, s.at).p, STR_ARG(s.community));
    return f;
}

/* What somebody was handed: a receipt, a proof that the log only grew, a paper. It needs neither our data nor our key
 * file; with the published key, nor our word. */
static int verify_handed(Arena *a, const Config *c)
{
    Str text = S("");
    Fail f = read_text(a, strcmp(c->receipt, "-") == 0 ? "/dev/stdin" : c->receipt, &text);
    bool grew = str_starts(str_trim(text), S("{")) && str_find(text, S("\"path\"")) >= 0;
    if (f.err == OK && str_starts(text, S("%PDF")))
        f = verify_paper(a, c, text);
    else if (f.err == OK)
        f = grew ? verify_consistency(a, c, text) : verify_one_receipt(a, c, text);
    if (f.err == OK && c->verifier == NULL)
        printf("checked without the published key: give it with --verifier\n");
    return finish(a, c, f);
}

int cli_verify(const Config *c)
{
    Arena *a = arena_new();
    if (c->receipt != NULL) return verify_handed(a, c);
    Home h;
    Scratch scratch = { 0 };
    Fail f = home_world(&h, a, c);
    if (f.err == OK) f = c->figures ? verify_figures(&h, a) : verify(&h, a, &scratch);
    scratch_close(a, &scratch);
    return finish(a, c, f);
}

/* ---- rebuild: a row of the administration, since a server may hold the folder ---- */

static Fail swap(void *self, Db *db)
{
    (void)db;
    return rebuild_swap(self);
}

Fail admin_rebuild(Admin *a)
{
    Fail f = FAIL_NONE;
    Rebuilt done = { 0 };
    Rebuild *r = rebuild_begin(a->arena, a->world, a->seals, &a->store, a->progress, &f);
    if (r == NULL) return f;
    f = rebuild_make(r, &done);
    if (f.err == OK) f = rebuild_catch_up(r); /* the most of what came meanwhile, before anybody has to wait */
    if (f.err == OK) f = admin_alone(a, swap, r);
    rebuild_end(r);
    if (f.err != OK) return f;
    buf_fmt(a->out, "live digest %s\n", hash_hex(a->arena, done.live).p);
    buf_fmt(a->out, "made digest %s\n", hash_hex(a->arena, done.again).p);
    buf_fmt(a->out, "%lld events in %lld ms, %lld events/s\n", (long long)done.events, (long long)done.ms,
            (long long)(done.events * 1000 / (done.ms > 0 ? done.ms : 1)));
    buf_c(a->out, hash_eq(done.live, done.again) ? "swapped: the state is the same\n"
                                                 : "swapped: the live state was not what the log gives, now it is\n");
    return FAIL_NONE;
}

/* ---- export, import ---- */

int cli_export(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Exported done;
    Fail f = home_world(&h, a, c);
    if (f.err == OK && c->output == NULL) f = fail_field(ERR_INVALID, "required", "--to", 0);
    Db *db = f.err == OK ? open_reader(&h, false, &f) : NULL;
    FILE *out = f.err == OK ? part_open(a, c->output, &f) : NULL;
    if (f.err == OK) {
        db_begin(db);
        f = log_export(a, h.world, db, out, progress_on_stderr(a, c->command), &done);
        db_rollback(db);
    }
    if (out != NULL) f = part_close(a, out, c->output, f);
    if (db != NULL) db_close(db);
    if (f.err == OK)
        printf("%lld events, %lld keys\ndigest %s\n", (long long)done.events, (long long)done.keys,
               hash_hex(a, done.digest).p);
    return finish(a, c, f);
}

static Fail import(Home *h, Arena *a, FILE *in, Imported *done)
{
    const Config *c = h->config;
    bool has_key = access(c->key, F_OK) == 0;
    int64_t began = mono_ms();
    *done = (Imported){ 0 };
    Fail f = home_lock(h);
    if (f.err == OK) f = home_open(h);
    if (f.err == OK && !h->fresh) f = refused("not_empty", "--data", "import wants an empty system");
    DbConfig live = config_db(c);
    Fill fill;
    if (f.err == OK) f = fill_begin(&fill, a, h->world, &live);
    if (f.err != OK) return f;
    f = log_import(a, h->world, h->seals, fill.db, in, progress_on_stderr(a, c->command), done);
    f = fill_end(&fill, a, f);
    if (f.err != OK && !has_key) unlink(c->key); /* made for nothing; the next try may bring the right one */
    int64_t ms = mono_ms() - began;
    if (f.err == OK)
        printf("%lld events, %lld keys in %lld ms, %lld events/s\n%sdigest %s\n", (long long)done->events,
               (long long)done->keys, (long long)ms, (long long)(done->events * 1000 / (ms > 0 ? ms : 1)),
               done->same_shape ? "" : "made by a version with other tables: its digest was not compared\n",
               hash_hex(a, done->digest).p);
    return f;
}

int cli_import(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Imported done;
    Fail f = home_world(&h, a, c);
    if (f.err == OK && c->input == NULL) f = fail_field(ERR_INVALID, "required", "--from", 0);
    FILE *in = f.err == OK ? fopen(c->input, "re") : NULL;
    if (f.err == OK && in == NULL) f = refused("file_cannot_be_read", "--from", strerrordesc_np(errno));
    if (f.err == OK) f = import(&h, a, in, &done);
    if (in != NULL) fclose(in);
    home_close(&h);
    return finish(a, c, f);
}

/* ---- backup, restore ---- */

static void print_backup(Arena *a, const char *what, const Backup *b)
{
    printf("%s: %lld events, %lld files copied, %lld there already\n%.*sdigest %s\n", what, (long long)b->events,
           (long long)b->blobs_new, (long long)b->blobs_kept, STR_ARG(b->heads), hash_hex(a, b->digest).p);
}

int cli_backup(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Fail f = home_world(&h, a, c);
    Backup b = { .world = h.world, .live = config_db(c), .data = c->data, .erasures = h.erasures, .folder = c->output,
                 .progress = progress_on_stderr(a, c->command) };
    if (f.err == OK && c->output == NULL) f = fail_field(ERR_INVALID, "required", "--to", 0);
    if (f.err == OK && c->url == NULL && access(home_path(&h, "linli.db"), F_OK) != 0)
        f = refused("no_data", "--data", "there is no linli.db in this folder");
    if (f.err == OK) f = backup_make(&b, a);
    if (f.err == OK) print_backup(a, "backup", &b);
    return finish(a, c, f);
}

static bool is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    if (d == NULL) return errno == ENOENT;
    int n = 0;
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n <= 2; /* . and .. */
}

/* All happens in NEW.part, which becomes NEW when everything is proven. */
static Fail restore(Home *h, Arena *a, Backup *b, Config *part)
{
    static const char *const old[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    const Config *c = h->config;
    Fail f = home_keys(h);
    if (f.err != OK) return f;
    *part = *c;
    part->data = arena_fmt(a, "%s.part", c->data).p;
    if (mkdir(part->data, 0700) != 0 && errno != EEXIST)
        return refused("no_folder", "--data", strerrordesc_np(errno));
    /* of a restore that was interrupted; its files are kept, they have names by hash */
    for (int i = 0; i < COUNT(old); i++)
        unlink(arena_fmt(a, "%s/%s", part->data, old[i]).p);
    b->live = config_db(part);
    b->data = part->data;
    b->seals = h->seals;
    Db *bare = db_open_bare(&b->live, &f);
    if (bare == NULL) return f;
    f = schema_migrate(bare, h->world->parts, h->world->n_parts);
    db_close(bare);
    if (f.err == OK) f = backup_restore(b, a);
    if (f.err != OK) {
        for (int i = 0; i < COUNT(old); i++)
            unlink(arena_fmt(a, "%s/%s", part->data, old[i]).p);
        return f;
    }
    return rename(part->data, c->data) == 0 ? f : refused("no_folder", "--data", strerrordesc_np(errno));
}

int cli_restore(const Config *c)
{
    Arena *a = arena_new();
    Home h;
    Config part;
    Fail f = home_world(&h, a, c);
    Backup b = { .world = h.world, .folder = c->input, .erasures = c->erasures != NULL ? c->erasures : h.erasures,
                 .progress = progress_on_stderr(a, c->command) };
    if (c->erasures != NULL && strcmp(c->erasures, "none") == 0) b.erasures = NULL;
    if (f.err == OK && c->input == NULL) f = fail_field(ERR_INVALID, "required", "--from", 0);
    if (f.err == OK && !is_empty(c->data)) f = refused("not_empty", "--data", "restore wants an empty folder");
    if (f.err == OK && b.erasures != NULL && access(b.erasures, R_OK) != 0)
        f = refused("erasures_missing", b.erasures,
                    "give --erasures FILE, or none if nothing was erased since the backup");
    if (f.err == OK) f = restore(&h, a, &b, &part);
    if (f.err == OK) {
        print_backup(a, "restored", &b);
        printf("%lld erasures made again, %lld tokens taken back again\n", (long long)b.erased, (long long)b.revoked);
    }
    return finish(a, c, f);
}
