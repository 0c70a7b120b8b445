/* The pool that finishes uploads: joining and hashing 12 MB and waiting for the child that decodes
 * take a second, which neither the writer nor a reader has to spare. A job that waits is only
 * names: the bytes are read when its turn has come. */
#include "core/file/inside.h"

#include "base/log.h"
#include "core/file/voice.h"
#include "core/sheet/blank.h"

#include <pthread.h>

enum { THREADS_DEFAULT = 2, THREADS_MAX = 8, WAITING_DEFAULT = 16, RETRY_S = 2 };

typedef struct Seat { /* a thread, and the upload that it has in hand */
    Files *files;
    pthread_t thread;
    char upload[ID_CHARS + 1]; /* a copy: the job may be gone before the seat is free */
    Str community;             /* likewise */
    char community_text[64];
} Seat;

struct Files {
    FilesConfig config;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    Seat seats[THREADS_MAX];
    int n_seats, waiting;
    bool stopping;
    FileJob *first, *last;
};

/* ---- one upload ---- */

/* All parts are there: opened one by one, because each was sealed as it came. */
static Fail join(const FileJob *job, Arena *a, Str *bytes)
{
    Str all;
    int64_t parts = upload_parts_of(job->size);
    Fail f = blob_parts_join(job->blobs, a, job->upload, (int)parts, &all);
    if (f.err != OK) return f;
    int64_t more = ((int64_t)all.n - job->size) / parts; /* what sealing adds to each part */
    Buf b = buf_new(a, (size_t)job->size + 1);
    for (int64_t i = 0; i < parts; i++) {
        Str sealed = { all.p, (size_t)(upload_part_bytes(job->size, i) + more) }, plain;
        Arena *own = arena_new();
        bool ok = more > 0 && sealed.n <= all.n &&
                  seal_open_bytes(own, job->key, file_part_domain(own, job->upload, i), sealed, &plain);
        if (ok) buf_add(&b, plain);
        arena_free(own);
        if (!ok) return fail(ERR_INTERNAL, "part_damaged");
        all = (Str){ all.p + sealed.n, all.n - sealed.n };
    }
    *bytes = buf_str(&b);
    bool same = (int64_t)bytes->n == job->size && str_eq(hash_hex(a, hash_one(*bytes)), job->sha256);
    return same ? FAIL_NONE : fail_field(ERR_CONFLICT, "hash_mismatch", "sha256", 0);
}

Fail file_picture_refusal(PictureStatus status)
{
    switch (status) {
    case PICTURE_NOT: return fail(ERR_INVALID, "not_a_picture");
    case PICTURE_TOO_LARGE: return fail_field(ERR_INVALID, "picture_too_large", "", PICTURE_PIXELS_MAX);
    case PICTURE_SANDBOX: return fail(ERR_INTERNAL, "picture_sandbox");
    case PICTURE_NO_CHILD: return fail(ERR_BUSY, "busy");
    default: return fail(ERR_INVALID, "picture_broken");
    }
}

static Fail put_blobs(FileJob *job, Str main, Str thumb)
{
    Arena *a = job->arena;
    Fail f = blob_put(job->blobs, seal_bytes(a, job->key, file_main_domain(a, job->upload), main), &job->main);
    if (f.err == OK && thumb.n > 0) {
        job->has_thumb = true;
        f = blob_put(job->blobs, seal_bytes(a, job->key, file_thumb_domain(a, job->upload), thumb), &job->thumb);
        Fail ignored = f.err != OK ? blob_remove(job->blobs, job->main) : FAIL_NONE;
        (void)ignored;
    }
    job->stored = f.err == OK;
    return f;
}

/* What is said of every file. */
static json_t *described(const FileJob *job, Str main, const char *type)
{
    json_t *file = json_new_object(job->arena);
    json_put_text(file, "id", job->upload);
    json_put_text(file, "hash", hash_hex(job->arena, job->main));
    json_put_text(file, "thumb", job->has_thumb ? hash_hex(job->arena, job->thumb) : S(""));
    json_put_text(file, "type", str_c(type));
    json_put_int(file, "bytes", (int64_t)main.n);
    json_put_text(file, "sha256", hash_hex(job->arena, hash_one(main)));
    return file;
}

Fail file_store_picture(FileJob *job, const Picture *p)
{
    Fail f = put_blobs(job, p->main, p->thumb);
    if (f.err != OK) return f;
    json_t *file = described(job, p->main, picture_mime(p->type));
    json_put_int(file, "width", p->width);
    json_put_int(file, "height", p->height);
    job->file = json_print(job->arena, file);
    return FAIL_NONE;
}

static Fail store_sheet(FileJob *job, const SheetFile *s)
{
    Fail f = put_blobs(job, s->text, S(""));
    if (f.err != OK) return f;
    json_t *file = described(job, s->text, "text/csv");
    json_put_text(file, "encoding", str_c(sheet_kind_name(s->kind)));
    json_put_int(file, "rows", s->n_rows);
    json_put_int(file, "columns", s->n_columns);
    job->file = json_print(job->arena, file);
    return FAIL_NONE;
}

/* Kept as it came: it is filled in month after month. The cage has looked at it, and looks again each time. */
static Fail store_blank(FileJob *job, Str xlsx, Str names)
{
    int64_t cells = 0;
    for (size_t i = 0; i < names.n; i++)
        cells += names.p[i] == '\n';
    if (cells == 0) return fail(ERR_INVALID, "nothing_to_fill");
    Fail f = put_blobs(job, xlsx, S(""));
    if (f.err != OK) return f;
    json_t *file = described(job, xlsx, FILE_XLSX);
    json_put_int(file, "cells", cells);
    job->file = json_print(job->arena, file);
    return FAIL_NONE;
}

static Fail store_voice(FileJob *job, const Voice *v)
{
    Fail f = put_blobs(job, v->bytes, S(""));
    if (f.err != OK) return f;
    json_t *file = described(job, v->bytes, voice_mime(v->type));
    json_put_int(file, "seconds", (v->ms + 999) / 1000);
    job->file = json_print(job->arena, file);
    return FAIL_NONE;
}

/* Names nobody kept: the upload failed, or somebody else was first. If the commit's outcome is not
 * known, the row may name them after all, and they stay. */
void file_let_go(FileJob *job, Fail outcome)
{
    Str own = hash_hex(job->arena, job->main);
    if (!job->stored || outcome.err == ERR_BUSY) return;
    if (outcome.err == OK && str_find(job->file, own) >= 0) return;
    Fail main = blob_remove(job->blobs, job->main);
    Fail thumb = job->has_thumb ? blob_remove(job->blobs, job->thumb) : FAIL_NONE;
    if (main.err != OK || thumb.err != OK) log_line(LOG_WARN, "blob_left", "reason=%s", "not_removed");
}

/* On the writer's thread, or the pool's if there is nothing to write. */
static void done(void *arg, Fail f)
{
    FileJob *job = arg;
    file_let_go(job, f);
    Fail bad = FAIL_NONE;
    json_t *file = f.err == OK ? json_read(job->arena, job->file, &bad) : NULL;
    if (f.err == OK) f = bad;
    if (f.err != OK) {
        job->later->refuse(job->later->server, job->http, f);
        return;
    }
    blob_parts_drop(job->blobs, job->upload);
    HttpReply reply = { .status = 200, .type = "application/json", .body = upload_answer(job->arena, file) };
    job->later->answer(job->later->server, job->http, &reply);
}

/* ---- threads and queue ---- */

static void seat_take(Seat *s, const FileJob *job)
{
    assert(job->upload.n == ID_CHARS);
    memcpy(s->upload, job->upload.p, ID_CHARS);
    size_t n = job->community.n;
    assert(n < sizeof s->community_text);
    memcpy(s->community_text, job->community.p, n);
    s->community = (Str){ s->community_text, n };
}

static void seat_leave(Seat *s)
{
    pthread_mutex_lock(&s->files->mutex);
    s->upload[0] = '\0';
    pthread_mutex_unlock(&s->files->mutex);
}

static Fail sheet_refusal(SheetStatus status)
{
    static const int64_t limits[SHEET_STATUS_N] = { [SHEET_TOO_LARGE] = SHEET_TEXT_BYTES_MAX,
                                                    [SHEET_TOO_MANY_ROWS] = SHEET_ROWS_MAX,
                                                    [SHEET_TOO_MANY_COLUMNS] = SHEET_COLUMNS_MAX };
    Err err = status == SHEET_SANDBOX ? ERR_INTERNAL : status == SHEET_NO_CHILD ? ERR_BUSY : ERR_INVALID;
    return fail_field(err, sheet_status_code(status), "", limits[status]);
}

static Fail voice_refusal(VoiceStatus status)
{
    switch (status) {
    case VOICE_NOT: return fail(ERR_INVALID, "not_a_voice");
    case VOICE_TOO_LONG: return fail_field(ERR_INVALID, "voice_too_long", "", VOICE_SECONDS_MAX);
    case VOICE_SANDBOX: return fail(ERR_INTERNAL, "picture_sandbox");
    case VOICE_NO_CHILD: return fail(ERR_BUSY, "busy");
    default: return fail(ERR_INVALID, "voice_broken");
    }
}

/* In the cage, and what came of it into the folder of blobs. */
static Fail read_and_store(FileJob *job, const FilesConfig *c, Arena *own, Str bytes)
{
    if (job->kind == CAGE_SHEET) {
        SheetFile s = sheet_run(own, c->exe, c->command, bytes, CAGE_WALL_MS);
        return s.status == SHEET_OK ? store_sheet(job, &s) : sheet_refusal(s.status);
    }
    if (job->kind == CAGE_BLANK) {
        Str names;
        SheetStatus s = blank_run(own, c->exe, bytes, S(""), &names);
        return s == SHEET_OK ? store_blank(job, bytes, names) : sheet_refusal(s);
    }
    if (job->kind == CAGE_VOICE) {
        Voice v = voice_run(own, c->exe, c->command, bytes, CAGE_WALL_MS);
        return v.status == VOICE_OK ? store_voice(job, &v) : voice_refusal(v.status);
    }
    Picture p = picture_run(own, c->exe, c->command, bytes, PICTURE_WALL_MS);
    return p.status == PICTURE_OK ? file_store_picture(job, &p) : file_picture_refusal(p.status);
}

static void work(Seat *s, FileJob *job)
{
    const FilesConfig *c = &s->files->config;
    if (job->came != NULL) {
        came_work(job->came, c);
        seat_leave(s);
        job->came->then(job->came, job->came->fail);
        return;
    }
    Arena *own = arena_new();
    Str bytes;
    Fail f = join(job, own, &bytes);
    if (f.err == OK) {
        f = read_and_store(job, c, own, bytes);
        if (f.err == ERR_BUSY) f.retry_s = RETRY_S;
    }
    arena_free(own);
    seat_leave(s); /* before the answer: who hears it may ask again at once */
    if (f.err != OK)
        done(job, f);
    else
        job->later->on_writer(job->later->server, upload_save_finished, done, job);
}

static FileJob *next_job(Seat *s)
{
    Files *f = s->files;
    pthread_mutex_lock(&f->mutex);
    while (f->first == NULL && !f->stopping)
        pthread_cond_wait(&f->wake, &f->mutex);
    FileJob *job = f->first;
    if (job != NULL) {
        f->first = job->next;
        if (f->first == NULL) f->last = NULL;
        f->waiting--;
        seat_take(s, job);
    }
    pthread_mutex_unlock(&f->mutex);
    return job;
}

static void *run(void *arg)
{
    Seat *s = arg;
    for (FileJob *job; (job = next_job(s)) != NULL;)
        work(s, job);
    return NULL;
}

Files *files_start(Arena *a, const FilesConfig *c, Fail *fail_out)
{
    Files *f = arena_new_of(a, Files);
    f->config = *c;
    if (f->config.waiting_max == 0) f->config.waiting_max = WAITING_DEFAULT;
    if (f->config.exe == NULL) f->config.exe = "/proc/self/exe";
    if (f->config.command == NULL) f->config.command = "picture";
    int n = c->threads > 0 ? c->threads : THREADS_DEFAULT;
    assert(n <= THREADS_MAX);
    pthread_mutex_init(&f->mutex, NULL);
    pthread_cond_init(&f->wake, NULL);
    for (; f->n_seats < n; f->n_seats++) {
        Seat *s = &f->seats[f->n_seats];
        s->files = f;
        if (pthread_create(&s->thread, NULL, run, s) != 0) {
            files_stop(f);
            *fail_out = fail(ERR_INTERNAL, "thread");
            return NULL;
        }
    }
    *fail_out = FAIL_NONE;
    return f;
}

/* Is this upload waiting or in hand? The mutex is held. */
static bool known(const Files *f, const FileJob *job)
{
    for (const FileJob *w = f->first; w != NULL; w = w->next)
        if (str_eq(w->upload, job->upload) && str_eq(w->community, job->community)) return true;
    for (int i = 0; i < f->n_seats; i++)
        if (str_is(job->upload, f->seats[i].upload) && str_eq(f->seats[i].community, job->community)) return true;
    return false;
}

Fail files_add(Files *f, FileJob *job)
{
    job->later = f->config.later;
    job->next = NULL;
    pthread_mutex_lock(&f->mutex);
    bool taken = !f->stopping && f->waiting < f->config.waiting_max && !known(f, job);
    if (taken) {
        if (f->last != NULL)
            f->last->next = job;
        else
            f->first = job;
        f->last = job;
        f->waiting++;
        pthread_cond_signal(&f->wake);
    }
    pthread_mutex_unlock(&f->mutex);
    if (taken) return FAIL_NONE;
    Fail busy = fail(ERR_BUSY, "busy");
    busy.retry_s = RETRY_S;
    return busy;
}

void files_stop(Files *f)
{
    pthread_mutex_lock(&f->mutex);
    f->stopping = true;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->mutex);
    for (int i = 0; i < f->n_seats; i++)
        pthread_join(f->seats[i].thread, NULL);
    f->n_seats = 0;
}
