/* Uploads, from the first part to the picture that somebody may see, and what happens to whoever
 * cheats; on both engines. Blobs lie in a folder of their own; pictures are decoded by this
 * program's own child. */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "core_people.h"
#include "core_picture_support.h"

#include "core/file/inside.h"
#include "core/sheet/zip_out.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/stat.h>

typedef struct Desk { /* one community's files */
    People *p;
    Arena *arena;
    const char *dir;
    Blobs *blobs;
    Files *files;
    Later later;
    Actor *officer, *resident, *other;
    Str matter; /* a person's file: any matter does */
} Desk;

/* ---- a server that keeps every answer apart ---- */

typedef struct Pending { /* is the ticket */
    bool over;
    Fail fail;
    HttpReply reply;
} Pending;

static pthread_mutex_t desk_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t desk_answered = PTHREAD_COND_INITIALIZER;

static void desk_over(void *ticket, const HttpReply *reply, Fail f)
{
    pthread_mutex_lock(&desk_mutex);
    Pending *t = ticket;
    assert_false(t->over); /* exactly once */
    t->over = true;
    t->fail = f;
    if (reply) t->reply = *reply;
    pthread_cond_broadcast(&desk_answered);
    pthread_mutex_unlock(&desk_mutex);
}

static void desk_answer(void *server, void *ticket, HttpReply *reply)
{
    (void)server;
    desk_over(ticket, reply, FAIL_NONE);
}

static void desk_refuse(void *server, void *ticket, Fail f)
{
    (void)server;
    desk_over(ticket, NULL, f);
}

static void desk_on_writer(void *server, Fail (*run)(void *arg, Db *db), void (*done)(void *arg, Fail f), void *arg)
{
    static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;
    Desk *d = server;
    pthread_mutex_lock(&writer);
    people_on_writer(d->p, run, done, arg);
    pthread_mutex_unlock(&writer);
}

static void files_restart(Desk *d, FilesConfig c)
{
    Fail f = FAIL_NONE;
    if (d->files != NULL) files_stop(d->files);
    c.later = &d->later;
    d->files = files_start(d->arena, &c, &f);
    assert_non_null(d->files);
}

static Desk *desk_open(People *p)
{
    Fail f = FAIL_NONE;
    Desk *d = arena_new_of(p->arena, Desk);
    DbConfig folder = engine_lite(p->arena);
    d->p = p;
    d->arena = p->arena;
    d->dir = folder.dir;
    d->blobs = blobs_open(p->arena, d->dir, &f);
    assert_non_null(d->blobs);
    d->later = (Later){ d, desk_on_writer, desk_answer, desk_refuse };
    d->matter = people_add(p, "次仁卓玛", "13912345678", NULL, NULL);
    d->resident = people_actor(p, d->matter, RESIDENT, HERE);
    d->other = people_actor(p, people_add(p, "扎西", "13912345679", NULL, NULL), RESIDENT, HERE);
    d->officer = people_actor(p, people_add(p, "德吉", "13912345670", NULL, NULL), OFFICER, HERE);
    files_restart(d, (FilesConfig){ .threads = 2 });
    return d;
}

static void desk_close(Desk *d)
{
    files_stop(d->files);
    DbConfig folder = { .dir = d->dir };
    engine_lite_drop(&folder);
}

/* ---- calls ---- */

static const Call *row(const char *name)
{
    for (const Call *c = module_file.calls; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0) return c;
    fail_msg("no call %s", name);
    return NULL;
}

static void drop(void *arena)
{
    arena_free(arena);
}

/* Runs on the connection that its row says; does not wait for who was taken. Each request has an
 * arena of its own, which the pool may use at the same time as the next request. */
static void begin(Desk *d, const Actor *actor, const char *name, Str one, Str two, Str body, Pending *t)
{
    static Actor nobody = { .person = { "", 0 }, .community = { "", 0 }, .session = { "", 0 } };
    const Call *call = row(name);
    bool writer = call->on == ON_WRITER;
    Actor copy = actor ? *actor : nobody;
    Fail f = FAIL_NONE;
    *t = (Pending){ 0 };
    Arena *own = arena_new();
    arena_defer(d->arena, drop, own);
    CallCtx c = { .arena = own,
                  .world = d->p->world,
                  .later = &d->later,
                  .files = d->files,
                  .seals = d->p->seals,
                  .keys = d->p->keys,
                  .blobs = d->blobs,
                  .call = call,
                  .community = HERE,
                  .db = writer ? d->p->writer : d->p->reader,
                  .actor = &copy,
                  .args = { one, two },
                  .now = d->p->now };
    if (call->on == ON_READER && call->run != file_get && call->run != file_get_thumb) c.http = (HttpRequest *)t;
    if (call->raw) c.body = body;
    if (call->fields != NULL) {
        Errors errors = { .arena = own };
        json_t *in = json_read(own, body, &f);
        assert_non_null(in);
        c.input = fields_validate(own, call->fields, in, "", &errors);
        if (errors.n > 0) {
            *t = (Pending){ .over = true, .fail = errors.list[0] };
            return;
        }
    }
    if (writer) db_begin(c.db);
    f = call->run(&c);
    if (writer && f.err == OK)
        f = db_commit(c.db);
    else if (writer)
        db_rollback(c.db);
    if (!c.taken) desk_over(t, &c.reply, f);
}

static void wait_for(Pending *t)
{
    pthread_mutex_lock(&desk_mutex);
    while (!t->over)
        pthread_cond_wait(&desk_answered, &desk_mutex);
    pthread_mutex_unlock(&desk_mutex);
}

static Pending *call(Desk *d, const Actor *actor, const char *name, Str one, Str two, Str body)
{
    Pending *t = arena_new_of(d->arena, Pending);
    begin(d, actor, name, one, two, body, t);
    wait_for(t);
    return t;
}

static json_t *json_of(Desk *d, const Pending *t)
{
    Fail f = FAIL_NONE;
    if (t->fail.err != OK) fail_msg("refused: %s %s", t->fail.code, t->fail.field);
    json_t *v = json_read(d->arena, t->reply.body, &f);
    assert_non_null(v);
    return v;
}

#define refuses(t, e, c)                                                                                               \
    do {                                                                                                               \
        Fail refused_ = (t)->fail;                                                                                     \
        assert_int_equal(refused_.err, (e));                                                                           \
        assert_string_equal(refused_.code, (c));                                                                       \
    } while (0)

static Str new_id(Desk *d)
{
    return id_new(d->arena, d->p->now);
}

static Pending *make(Desk *d, const Actor *actor, Str id, Str matter, Str bytes)
{
    Str body = arena_fmt(d->arena, "{\"id\":\"%.*s\",\"matter\":\"%.*s\",\"size\":%zu,\"sha256\":\"%s\"}", STR_ARG(id),
                         STR_ARG(matter), bytes.n, hash_hex(d->arena, hash_one(bytes)).p);
    return call(d, actor, "make", S(""), S(""), body);
}

static Str part_of(Str bytes, int part)
{
    size_t at = (size_t)part * PART_BYTES;
    size_t left = bytes.n - at;
    return (Str){ bytes.p + at, left < PART_BYTES ? left : PART_BYTES };
}

static Pending *put(Desk *d, const Actor *actor, Str id, int part, Str bytes)
{
    return call(d, actor, "part", id, arena_fmt(d->arena, "%d", part), bytes);
}

static Pending *finish(Desk *d, const Actor *actor, Str id)
{
    return call(d, actor, "finish", id, S(""), S(""));
}

/* All parts of a new upload, not finished. */
static Str sent(Desk *d, const Actor *actor, Str matter, Str bytes)
{
    Str id = new_id(d);
    assert_int_equal(make(d, actor, id, matter, bytes)->fail.err, OK);
    for (int i = 0; (size_t)i * PART_BYTES < bytes.n; i++)
        assert_int_equal(put(d, actor, id, i, part_of(bytes, i))->fail.err, OK);
    return id;
}

static Str finished(Desk *d, const Actor *actor, Str matter, Str bytes)
{
    Str id = sent(d, actor, matter, bytes);
    json_of(d, finish(d, actor, id));
    return id;
}

/* What the runner and its event do with it. */
static Fail attach(Desk *d, Str matter, Str id, json_t **file)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_run(d->p->reader, d->arena, &file_upload_load, ARGS(TXT(HERE), TXT(id)), &f);
    assert_int_equal(f.err, OK);
    return file_attach(d->arena, r, matter, "image/", file);
}

static void apply(Desk *d, Str matter, const json_t *file, Audience audience, bool erase, bool replay)
{
    Apply a = { .arena = d->arena, .db = d->p->writer, .replay = replay };
    Event e = { .community = HERE, .matter = matter };
    Matter m = { .community = HERE, .id = matter };
    db_begin(d->p->writer);
    if (erase)
        file_erase(&a, &m, &e);
    else
        file_apply(&a, &m, &e, file, audience);
    assert_int_equal(db_commit(d->p->writer).err, OK);
}

static json_t *shown(Desk *d, Str matter, Str id, Audience audience)
{
    json_t *file = NULL;
    assert_int_equal(attach(d, matter, id, &file).err, OK);
    apply(d, matter, file, audience, false, false);
    return file;
}

static Hash hash_in(Desk *d, const json_t *file, const char *name)
{
    Hash h;
    assert_true(file_hash_of(d->arena, json_text(file, name), &h));
    return h;
}

static int sweep(Desk *d, int64_t now)
{
    FileSweep s = { .blobs = d->blobs, .community = HERE, .now = now };
    db_begin(d->p->writer);
    assert_int_equal(file_sweep(&s, d->p->writer).err, OK);
    assert_int_equal(db_commit(d->p->writer).err, OK);
    return s.swept;
}

static int64_t count(Desk *d, const char *table, const char *column, Str of)
{
    return people_count(
        d->p, arena_fmt(d->arena, "SELECT count(*) FROM %s WHERE community = $1 AND %s = $2", table, column).p, of);
}

/* Three parts, the last one short: noise behind the picture's end makes it long, as a polyglot
 * would. */
static Str three_parts(Desk *d)
{
    Str jpeg = with_exif(d->arena, jpeg_of(d->arena, 400, 300, (JpegKind){ 0 }), tiff_of(d->arena, 6, true));
    Pixels tail = noise(d->arena, 1000, 800, 3);
    return joined(d->arena, jpeg, (Str){ (const char *)tail.p, 2300000 });
}

static Str sent_as(Desk *d, const Actor *actor, const char *kind, Str bytes)
{
    Str id = new_id(d);
    Str body =
        arena_fmt(d->arena, "{\"id\":\"%.*s\",\"matter\":\"%.*s\",\"size\":%zu,\"sha256\":\"%s\",\"kind\":\"%s\"}",
                  STR_ARG(id), STR_ARG(d->matter), bytes.n, hash_hex(d->arena, hash_one(bytes)).p, kind);
    assert_int_equal(call(d, actor, "make", S(""), S(""), body)->fail.err, OK);
    assert_int_equal(put(d, actor, id, 0, bytes)->fail.err, OK);
    return id;
}

/* ---- does anything on the disk begin like a picture? ---- */

static int plain_found, files_seen;
static int look_at(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st, (void)walk;
    if (flag != FTW_F || strstr(path, "/blobs/") == NULL) return 0;
    static char text[1 << 16];
    FILE *f = fopen(path, "r");
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    files_seen++;
    Str s = { text, n };
    if (str_find(s, S("\xFF\xD8\xFF")) == 0 || str_find(s, S("SPYCAMERA")) >= 0 || str_find(s, S("JFIF")) >= 0)
        plain_found++;
    return 0;
}

/* ---- stories ---- */

static void picture_goes_all_the_way(People *p)
{
    Desk *d = desk_open(p);
    Str bytes = three_parts(d), id = new_id(d);
    json_t *v = json_of(d, make(d, d->resident, id, d->matter, bytes));
    assert_int_equal(json_int(v, "parts"), 3);
    assert_int_equal(json_int(v, "part_bytes"), PART_BYTES);
    assert_text(json_text(v, "state"), "open");
    assert_int_equal(json_array_size(json_object_get(v, "have")), 0);
    json_of(d, put(d, d->resident, id, 2, part_of(bytes, 2)));
    v = json_of(d, put(d, d->resident, id, 0, part_of(bytes, 0)));
    assert_int_equal(json_int(v, "part"), 0);
    v = json_of(d, call(d, d->resident, "look", id, S(""), S("")));
    assert_text(json_print(d->arena, json_object_get(v, "have")), "[0,2]");
    v = json_of(d, make(d, d->resident, id, d->matter, bytes)); /* again: the same, and what is there */
    assert_text(json_print(d->arena, json_object_get(v, "have")), "[0,2]");
    json_of(d, put(d, d->resident, id, 1, part_of(bytes, 1)));
    json_of(d, put(d, d->resident, id, 1, part_of(bytes, 1)));
    files_seen = plain_found = 0;
    nftw(d->dir, look_at, 8, FTW_PHYS);
    assert_int_equal(files_seen, 3);
    assert_int_equal(plain_found, 0);
    Pending *once = finish(d, d->resident, id), *twice = finish(d, d->resident, id);
    v = json_of(d, once);
    assert_true(str_eq(once->reply.body, twice->reply.body));
    assert_text(json_text(v, "type"), "image/jpeg");
    assert_int_equal(json_int(v, "width"), 300); /* it lay on its side */
    assert_int_equal(json_int(v, "height"), 400);
    v = json_of(d, call(d, d->resident, "look", id, S(""), S("")));
    assert_text(json_text(v, "state"), "finished");
    assert_int_equal(json_int(v, "width"), 300);
    files_seen = plain_found = 0;
    nftw(d->dir, look_at, 8, FTW_PHYS);
    assert_int_equal(files_seen, 2); /* the picture and its thumbnail: the parts are gone */
    assert_int_equal(plain_found, 0);
    json_t *file = shown(d, d->matter, id, TO_PUBLIC);
    assert_true(str_eq(json_text(file, "id"), id));
    Pending *main = call(d, NULL, "get", d->matter, id, S("")), *thumb = call(d, NULL, "thumb", d->matter, id, S(""));
    assert_int_equal(main->fail.err, OK);
    assert_int_equal(main->reply.status, 200);
    assert_string_equal(main->reply.type, "image/jpeg");
    assert_int_equal((int64_t)main->reply.body.n, json_int(file, "bytes"));
    assert_int_equal(picture_sniff(main->reply.body), PICTURE_JPEG);
    assert_true(str_find(main->reply.body, S("SPYCAMERA")) < 0);
    assert_int_equal(picture_sniff(thumb->reply.body), PICTURE_JPEG);
    assert_true(thumb->reply.body.n < main->reply.body.n);
    assert_string_equal(main->reply.headers[0].name, "ETag");
    assert_text(main->reply.headers[0].value, arena_fmt(d->arena, "\"%s\"", json_text(file, "hash").p).p);
    assert_text(main->reply.headers[1].value, "private, max-age=86400");
    assert_text(main->reply.headers[2].value, "inline");
    desk_close(d);
}

/* Read in the same cage; what comes out is text that no field for pictures takes. */
static void sheet_goes_through_the_cage(People *p)
{
    Desk *d = desk_open(p);
    Str gb = S("\xc1\xaa\xcf\xb5\xb5\xe7\xbb\xb0,\xc3\xf1\xd7\xe5\r\n08916300001,\xb2\xd8\r\n"); /* 联系电话,民族 */
    Str id = sent_as(d, d->officer, "sheet", gb);
    json_t *v = json_of(d, finish(d, d->officer, id)), *file = NULL;
    assert_text(json_text(v, "encoding"), "gb18030");
    assert_text(json_text(v, "type"), "text/csv");
    assert_int_equal(json_int(v, "rows"), 1);
    assert_int_equal(json_int(v, "columns"), 2);
    Fail f = attach(d, d->matter, id, &file);
    assert_int_equal(f.err, ERR_INVALID);
    assert_string_equal(f.code, "wrong_kind");
    refuses(finish(d, d->officer, sent_as(d, d->officer, "sheet", S("PK\x03\x04 and nothing more"))), ERR_INVALID,
            "sheet_broken");
    refuses(finish(d, d->officer, sent_as(d, d->officer, "sheet", S("\xD0\xCF\x11\xE0 an old one"))), ERR_INVALID,
            "not_a_sheet");
    Str body =
        arena_fmt(d->arena, "{\"id\":\"%.*s\",\"matter\":\"%.*s\",\"size\":1,\"sha256\":\"%s\",\"kind\":\"sheet\"}",
                  STR_ARG(new_id(d)), STR_ARG(d->matter), hash_hex(d->arena, hash_one(gb)).p);
    refuses(call(d, d->resident, "make", S(""), S(""), body), ERR_FORBIDDEN, "forbidden");
    desk_close(d);
}

static Str sample_blank(Desk *d, const char *mark)
{
    ZipOut z = zip_out_new(d->arena);
    zip_out_add(&z, S("[Content_Types].xml"), S("<Types/>"));
    zip_out_add(&z, S("xl/workbook.xml"), S("<workbook><sheets/></workbook>"));
    Str cell = arena_fmt(d->arena, "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>%s</t></is>"
                                   "</c></row></sheetData></worksheet>", mark);
    zip_out_add(&z, S("xl/worksheets/sheet1.xml"), cell);
    return zip_out_end(&z);
}

/* Looked at in the cage and kept to the byte; no field for pictures takes it. */
static void blank_goes_through_the_cage(People *p)
{
    Desk *d = desk_open(p);
    Fail f = FAIL_NONE;
    json_t *file = NULL;
    Str xlsx = sample_blank(d, "{{closed}}"), bytes;
    Str id = sent_as(d, d->officer, "blank", xlsx);
    json_t *v = json_of(d, finish(d, d->officer, id));
    assert_text(json_text(v, "type"), FILE_XLSX);
    assert_int_equal(json_int(v, "cells"), 1);
    assert_string_equal(attach(d, d->matter, id, &file).code, "wrong_kind");
    DbRows *r = db_run(d->p->reader, d->arena, &file_upload_load, ARGS(TXT(HERE), TXT(id)), &f);
    assert_int_equal(file_attach(d->arena, r, d->matter, FILE_XLSX, &file).err, OK);
    apply(d, d->matter, file, TO_HANDLERS, false, false);
    Arena *own = arena_new();
    CallCtx c = { .arena = own, .keys = d->p->keys, .blobs = d->blobs, .db = d->p->reader, .community = HERE };
    assert_int_equal(file_bytes(&c, d->matter, id, &bytes).err, OK);
    assert_true(str_eq(bytes, xlsx));
    assert_int_equal(file_bytes(&c, d->matter, new_id(d), &bytes).err, ERR_NOT_FOUND);
    arena_free(own);
    refuses(finish(d, d->officer, sent_as(d, d->officer, "blank", sample_blank(d, "no mark"))), ERR_INVALID,
            "nothing_to_fill");
    refuses(finish(d, d->officer, sent_as(d, d->officer, "blank", S("PK\x03\x04 and nothing more"))), ERR_INVALID,
            "sheet_broken");
    Str body =
        arena_fmt(d->arena, "{\"id\":\"%.*s\",\"matter\":\"%.*s\",\"size\":1,\"sha256\":\"%s\",\"kind\":\"blank\"}",
                  STR_ARG(new_id(d)), STR_ARG(d->matter), hash_hex(d->arena, hash_one(xlsx)).p);
    refuses(call(d, d->resident, "make", S(""), S(""), body), ERR_FORBIDDEN, "forbidden");
    desk_close(d);
}

static Str sample_voice(Desk *d)
{
    char bytes[8192];
    FILE *in = fopen(VOICE_SAMPLES "/note.ogg", "rb");
    assert_non_null(in);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    return arena_str(d->arena, (Str){ bytes, n });
}

/* Sealed and seen like a picture, without a thumbnail. */
static void voice_goes_through_the_cage(People *p)
{
    Desk *d = desk_open(p);
    Fail f = FAIL_NONE;
    json_t *file = NULL;
    Str id = sent_as(d, d->resident, "voice", sample_voice(d));
    json_t *v = json_of(d, finish(d, d->resident, id));
    assert_text(json_text(v, "type"), "audio/ogg");
    assert_int_equal(json_int(v, "seconds"), 2);
    DbRows *r = db_run(d->p->reader, d->arena, &file_upload_load, ARGS(TXT(HERE), TXT(id)), &f);
    assert_string_equal(file_attach(d->arena, r, d->matter, "image/", &file).code, "wrong_kind");
    assert_int_equal(file_attach(d->arena, r, d->matter, "audio/", &file).err, OK);
    apply(d, d->matter, file, TO_HANDLERS, false, false);
    Pending *t = call(d, d->officer, "get", d->matter, id, S(""));
    assert_int_equal(t->fail.err, OK);
    assert_string_equal(t->reply.type, "audio/ogg");
    assert_true(str_starts(t->reply.body, S("OggS")));
    refuses(call(d, d->officer, "thumb", d->matter, id, S("")), ERR_NOT_FOUND, "not_found");
    refuses(call(d, d->other, "get", d->matter, id, S("")), ERR_FORBIDDEN, "forbidden");
    refuses(finish(d, d->resident, sent_as(d, d->resident, "voice", S("OggS is not enough"))), ERR_INVALID,
            "voice_broken");
    refuses(finish(d, d->resident, sent_as(d, d->resident, "voice", S("an essay"))), ERR_INVALID, "not_a_voice");
    Str body =
        arena_fmt(d->arena, "{\"id\":\"%.*s\",\"matter\":\"%.*s\",\"size\":%d,\"sha256\":\"%s\",\"kind\":\"voice\"}",
                  STR_ARG(new_id(d)), STR_ARG(d->matter), VOICE_BYTES_MAX + 1, hash_hex(d->arena, hash_one(id)).p);
    refuses(call(d, d->resident, "make", S(""), S(""), body), ERR_INVALID, "too_large");
    desk_close(d);
}

static void upload_is_checked(People *p)
{
    Desk *d = desk_open(p);
    static const char *const bad[][2] = {
        { "{\"size\":0}", "too_small" },
        { "{\"size\":12582913}", "too_large" },
        { "{\"sha256\":\"zz\"}", "too_short" },
        { "{\"sha256\":\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"}", "bad_format" },
        { "{\"matter\":\"../../etc/passwd\"}", "bad_format" },
        { "{\"id\":\"1\"}", "bad_format" },
        { "{\"more\":1}", "unknown_field" },
    };
    for (int i = 0; i < COUNT(bad); i++) {
        Str good = arena_fmt(d->arena, "{\"id\":\"%s\",\"matter\":\"%s\",\"size\":5,\"sha256\":\"%s\"}", new_id(d).p,
                             d->matter.p, hash_hex(d->arena, hash_one(S("x"))).p);
        json_t *v = people_json(p, good.p);
        json_object_update(v, people_json(p, bad[i][0]));
        Pending *t = call(d, NULL, "make", S(""), S(""), json_print(d->arena, v));
        assert_int_equal(t->fail.err, ERR_INVALID);
        assert_string_equal(t->fail.code, bad[i][1]);
    }
    Str bytes = three_parts(d), id = new_id(d);
    json_of(d, make(d, d->resident, id, d->matter, bytes));
    refuses(make(d, d->resident, id, new_id(d), bytes), ERR_CONFLICT, "client_id_reused");
    refuses(make(d, d->resident, id, d->matter, S("other")), ERR_CONFLICT, "client_id_reused");
    refuses(make(d, d->other, id, d->matter, bytes), ERR_CONFLICT, "client_id_reused");
    refuses(make(d, NULL, id, d->matter, bytes), ERR_CONFLICT, "client_id_reused");
    static const char *const parts[] = { "3", "-1", "x", "", "99999999999999999999", "01x" };
    for (int i = 0; i < COUNT(parts); i++) {
        Pending *t = call(d, d->resident, "part", id, str_c(parts[i]), part_of(bytes, 0));
        refuses(t, ERR_INVALID, "part_out_of_range");
        assert_int_equal(t->fail.limit, 3);
    }
    refuses(put(d, d->resident, id, 0, S("")), ERR_INVALID, "wrong_part_size");
    refuses(put(d, d->resident, id, 0, (Str){ bytes.p, PART_BYTES - 1 }), ERR_INVALID, "wrong_part_size");
    refuses(put(d, d->resident, id, 0, (Str){ bytes.p, PART_BYTES + 1 }), ERR_INVALID, "wrong_part_size");
    Pending *last = put(d, d->resident, id, 2, part_of(bytes, 0));
    refuses(last, ERR_INVALID, "wrong_part_size");
    assert_int_equal(last->fail.limit, (int64_t)bytes.n - 2 * PART_BYTES);
    json_of(d, put(d, d->resident, id, 0, part_of(bytes, 0)));
    json_of(d, put(d, d->resident, id, 2, part_of(bytes, 2)));
    Pending *gap = finish(d, d->resident, id);
    refuses(gap, ERR_INVALID, "parts_missing");
    assert_string_equal(gap->fail.field, "part[1]");
    json_of(d, put(d, d->resident, id, 1, part_of(bytes, 0))); /* right size, wrong bytes */
    refuses(finish(d, d->resident, id), ERR_CONFLICT, "hash_mismatch");
    json_t *v = json_of(d, call(d, d->resident, "look", id, S(""), S("")));
    assert_text(json_print(d->arena, json_object_get(v, "have")), "[0,1,2]");
    assert_text(json_text(v, "state"), "open");
    json_of(d, put(d, d->resident, id, 1, part_of(bytes, 1))); /* mended */
    json_of(d, finish(d, d->resident, id));
    refuses(put(d, d->resident, id, 1, part_of(bytes, 1)), ERR_CONFLICT, "upload_finished");
    refuses(call(d, d->resident, "look", new_id(d), S(""), S("")), ERR_NOT_FOUND, "not_found");
    refuses(call(d, d->resident, "look", S("../x"), S(""), S("")), ERR_NOT_FOUND, "not_found");
    refuses(finish(d, d->resident, new_id(d)), ERR_NOT_FOUND, "not_found");
    desk_close(d);
}

static void upload_belongs_to_who_made_it(People *p)
{
    Desk *d = desk_open(p);
    Str bytes = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 });
    Str mine = sent(d, d->resident, d->matter, bytes);
    const Actor *others[] = { d->other, d->officer, NULL };
    for (int i = 0; i < COUNT(others); i++) {
        refuses(call(d, others[i], "look", mine, S(""), S("")), ERR_NOT_FOUND, "not_found");
        refuses(put(d, others[i], mine, 0, bytes), ERR_NOT_FOUND, "not_found");
        refuses(finish(d, others[i], mine), ERR_NOT_FOUND, "not_found");
    }
    Str unsigned_one = sent(d, NULL, d->matter, bytes); /* goes with its id, from any address and after signing in */
    json_of(d, call(d, d->resident, "look", unsigned_one, S(""), S("")));
    json_of(d, finish(d, NULL, unsigned_one));
    json_t *file = NULL;
    Str elsewhere = new_id(d);
    Fail f = attach(d, elsewhere, unsigned_one, &file);
    assert_string_equal(f.code, "file_missing"); /* another matter's upload is no upload */
    f = attach(d, d->matter, new_id(d), &file);
    assert_string_equal(f.code, "file_missing");
    f = attach(d, d->matter, mine, &file);
    assert_string_equal(f.code, "file_not_finished");
    desk_close(d);
}

static void hostile_pictures_are_refused_and_stay_open(People *p)
{
    Desk *d = desk_open(p);
    Str jpeg = jpeg_of(d->arena, 400, 300, (JpegKind){ 0 });
    refuses(finish(d, NULL, sent(d, NULL, d->matter, S("<svg onload=alert(1)>"))), ERR_INVALID, "not_a_picture");
    Str broken = sent(d, NULL, d->matter, cut(jpeg, jpeg.n / 2));
    refuses(finish(d, NULL, broken), ERR_INVALID, "picture_broken");
    refuses(finish(d, NULL, broken), ERR_INVALID, "picture_broken");
    Pending *bomb = finish(d, NULL, sent(d, NULL, d->matter, png_claiming(d->arena, 50000, 50000)));
    refuses(bomb, ERR_INVALID, "picture_too_large");
    assert_int_equal(bomb->fail.limit, PICTURE_PIXELS_MAX);
    json_t *v = json_of(d, call(d, NULL, "look", broken, S(""), S("")));
    assert_text(json_text(v, "state"), "open");
    files_restart(d, (FilesConfig){ .command = "picture-no-seccomp" });
    refuses(finish(d, NULL, sent(d, NULL, d->matter, jpeg)), ERR_INTERNAL, "picture_sandbox");
    files_restart(d, (FilesConfig){ .exe = "/no/such/program" });
    Pending *t = finish(d, NULL, sent(d, NULL, d->matter, jpeg));
    refuses(t, ERR_BUSY, "busy");
    assert_true(t->fail.retry_s > 0);
    desk_close(d);
}

static void too_many_uploads_are_refused(People *p)
{
    Desk *d = desk_open(p);
    int made = 0;
    Pending *t;
    while ((t = make(d, NULL, new_id(d), d->matter, S("x")))->fail.err == OK && made < 1000)
        made++;
    refuses(t, ERR_TOO_MANY, "too_many_uploads");
    assert_int_equal(made, 60);
    while ((t = make(d, NULL, new_id(d), new_id(d), S("x")))->fail.err == OK && made < 1000) /* any number of matters */
        made++;
    refuses(t, ERR_TOO_MANY, "too_many_uploads");
    assert_int_equal(made, 400);
    desk_close(d);
}

static void erased_matter_takes_nothing(People *p)
{
    Desk *d = desk_open(p);
    Fail f = FAIL_NONE;
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 }), matter = new_id(d);
    Str id = sent(d, NULL, matter, jpeg);
    /* the key goes while the picture is being decoded */
    FileJob job = { .arena = d->arena,
                    .seals = p->seals,
                    .community = HERE,
                    .upload = id,
                    .matter = matter,
                    .key = seal_new_key(),
                    .file = S("{}") };
    db_begin(p->writer);
    f = upload_save_finished(&job, p->writer);
    db_rollback(p->writer);
    assert_string_equal(f.code, "matter_erased");
    db_run(p->writer, d->arena, &seal_key_drop, ARGS(TXT(HERE), TXT(matter)), &f);
    refuses(put(d, NULL, id, 0, jpeg), ERR_NOT_FOUND, "matter_erased");
    refuses(finish(d, NULL, id), ERR_NOT_FOUND, "matter_erased");
    desk_close(d);
}

static void second_to_finish_answers_like_the_first(People *p)
{
    Desk *d = desk_open(p);
    Fail f = FAIL_NONE;
    Str id = finished(d, NULL, d->matter, jpeg_of(d->arena, 40, 30, (JpegKind){ 0 }));
    DbRows *r = db_run(p->reader, d->arena, &seal_key_load, ARGS(TXT(HERE), TXT(d->matter)), &f);
    FileJob job = { .arena = d->arena,
                    .seals = p->seals,
                    .community = HERE,
                    .upload = id,
                    .matter = d->matter,
                    .file = S("{\"hash\":\"mine\"}") };
    assert_true(seal_unwrap(p->seals, HERE, d->matter, db_text(r, 0, 0), &job.key));
    db_begin(p->writer);
    assert_int_equal(upload_save_finished(&job, p->writer).err, OK);
    assert_int_equal(db_commit(p->writer).err, OK);
    assert_true(str_find(job.file, S("mine")) < 0);
    assert_true(str_find(job.file, id) > 0);
    desk_close(d);
}

/* A child that waits at a gate: one upload in hand, one waiting, no room for a third. */
static const char *gate_of(Arena *a, pid_t parent)
{
    return arena_fmt(a, "/tmp/linli-gate-%d", (int)parent).p;
}

static void full_pool_says_busy(People *p)
{
    Desk *d = desk_open(p);
    const char *gate = gate_of(d->arena, getpid());
    unlink(gate);
    assert_int_equal(mkfifo(gate, 0600), 0);
    files_restart(d, (FilesConfig){ .threads = 1, .waiting_max = 1, .command = "picture-gate" });
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 }), ids[3];
    for (int i = 0; i < 3; i++)
        ids[i] = sent(d, NULL, d->matter, jpeg);
    Pending first, second, t;
    begin(d, NULL, "finish", ids[0], S(""), S(""), &first);
    int fd = open(gate, O_WRONLY); /* until the child has come to the gate: so the queue is empty again */
    assert_true(fd >= 0);
    begin(d, NULL, "finish", ids[0], S(""), S(""), &t);
    wait_for(&t);
    refuses(&t, ERR_BUSY, "busy"); /* this one is in hand already */
    begin(d, NULL, "finish", ids[1], S(""), S(""), &second);
    begin(d, NULL, "finish", ids[1], S(""), S(""), &t);
    wait_for(&t);
    refuses(&t, ERR_BUSY, "busy"); /* and this one is waiting */
    begin(d, NULL, "finish", ids[2], S(""), S(""), &t);
    wait_for(&t);
    refuses(&t, ERR_BUSY, "busy"); /* no room */
    assert_true(t.fail.retry_s > 0);
    assert_false(first.over || second.over);
    close(fd); /* the gate opens for the first, and once more for the second */
    wait_for(&first);
    fd = open(gate, O_WRONLY);
    close(fd);
    wait_for(&second);
    json_of(d, &first);
    json_of(d, &second);
    files_restart(d, (FilesConfig){ 0 });
    json_of(d, finish(d, NULL, ids[2]));
    unlink(gate);
    desk_close(d);
}

static void stopping_finishes_what_was_accepted(People *p)
{
    Desk *d = desk_open(p);
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 });
    Str ids[4];
    Pending t[4];
    for (int i = 0; i < 4; i++)
        ids[i] = sent(d, NULL, d->matter, jpeg);
    files_restart(d, (FilesConfig){ .threads = 1 });
    for (int i = 0; i < 4; i++)
        begin(d, NULL, "finish", ids[i], S(""), S(""), &t[i]);
    files_stop(d->files);
    for (int i = 0; i < 4; i++) {
        assert_true(t[i].over);
        json_of(d, &t[i]);
    }
    Pending late;
    Str more = sent(d, NULL, d->matter, jpeg);
    begin(d, NULL, "finish", more, S(""), S(""), &late);
    wait_for(&late);
    refuses(&late, ERR_BUSY, "busy");
    desk_close(d);
}

static void files_are_seen_by_audience(People *p)
{
    Desk *d = desk_open(p);
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 }), id = finished(d, d->resident, d->matter, jpeg);
    refuses(call(d, d->resident, "get", d->matter, id, S("")), ERR_NOT_FOUND, "not_found"); /* no action took it yet */
    shown(d, d->matter, id, TO_SELF);
    assert_int_equal(call(d, d->resident, "get", d->matter, id, S(""))->fail.err, OK);
    refuses(call(d, d->other, "get", d->matter, id, S("")), ERR_FORBIDDEN, "forbidden");
    refuses(call(d, d->officer, "thumb", d->matter, id, S("")), ERR_FORBIDDEN, "forbidden");
    refuses(call(d, NULL, "get", d->matter, id, S("")), ERR_SIGN_IN, "sign_in");
    refuses(call(d, d->other, "get", d->other->person, id, S("")), ERR_NOT_FOUND, "not_found"); /* not this matter's */
    refuses(call(d, NULL, "get", new_id(d), id, S("")), ERR_NOT_FOUND, "not_found");
    refuses(call(d, NULL, "get", S("x"), S("../../linli.db"), S("")), ERR_NOT_FOUND, "not_found");
    shown(d, d->matter, id, TO_HANDLERS); /* in a second event: whoever may see one of them */
    assert_int_equal(call(d, d->officer, "get", d->matter, id, S(""))->fail.err, OK);
    assert_int_equal(call(d, d->resident, "get", d->matter, id, S(""))->fail.err, OK);
    refuses(call(d, d->other, "get", d->matter, id, S("")), ERR_FORBIDDEN, "forbidden");
    assert_int_equal(count(d, "file", "matter", d->matter), 1);
    json_t *file = NULL;
    assert_int_equal(attach(d, d->matter, id, &file).err, OK);
    assert_int_equal(blob_remove(d->blobs, hash_in(d, file, "hash")).err, OK);
    refuses(call(d, d->resident, "get", d->matter, id, S("")), ERR_INTERNAL, "file_damaged");
    assert_int_equal(call(d, d->resident, "thumb", d->matter, id, S(""))->fail.err, OK);
    desk_close(d);
}

static void erasing_removes_files_and_blobs(People *p)
{
    Desk *d = desk_open(p);
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 });
    Str taken = finished(d, NULL, d->matter, jpeg), loose = finished(d, NULL, d->matter, jpeg);
    Str open = sent(d, NULL, d->matter, jpeg), elsewhere = finished(d, NULL, d->other->person, jpeg);
    json_t *one = shown(d, d->matter, taken, TO_PUBLIC), *two = NULL,
           *three = shown(d, d->other->person, elsewhere, TO_PUBLIC);
    assert_int_equal(attach(d, d->matter, loose, &two).err, OK);
    apply(d, d->matter, NULL, 0, true, true); /* a replay marks nothing */
    assert_int_equal(count(d, "file", "matter", d->matter), 0);
    assert_int_equal(sweep(d, p->now), 0);
    apply(d, d->matter, one, TO_PUBLIC, false, false);
    apply(d, d->matter, NULL, 0, true, false);
    assert_int_equal(count(d, "file", "matter", d->matter), 0);
    assert_true(blob_exists(d->blobs, hash_in(d, one, "hash"))); /* not before the commit */
    refuses(call(d, d->resident, "get", d->matter, taken, S("")), ERR_NOT_FOUND, "not_found");
    Fail f = attach(d, d->matter, loose, &two);
    assert_string_equal(f.code, "file_not_finished");
    refuses(put(d, NULL, open, 0, jpeg), ERR_CONFLICT, "upload_finished");
    int rounds = 0;
    while (sweep(d, p->now) > 0 && rounds < 10)
        rounds++;
    assert_true(rounds >= 2 && rounds < 10);
    static const char *const names[] = { "hash", "thumb" };
    for (int i = 0; i < 2; i++) {
        assert_false(blob_exists(d->blobs, hash_in(d, one, names[i])));
        assert_false(blob_exists(d->blobs, hash_in(d, two, names[i])));
        assert_true(blob_exists(d->blobs, hash_in(d, three, names[i])));
    }
    assert_int_equal(count(d, "upload", "matter", d->matter), 0);
    assert_int_equal(count(d, "upload_part", "upload", open), 0);
    assert_int_equal(call(d, NULL, "get", d->other->person, elsewhere, S(""))->fail.err, OK);
    desk_close(d);
}

static void sweeper_takes_what_is_old(People *p)
{
    Desk *d = desk_open(p);
    Str jpeg = jpeg_of(d->arena, 40, 30, (JpegKind){ 0 }), never = new_id(d);
    Str open = sent(d, NULL, never, jpeg), loose = finished(d, NULL, d->matter, jpeg);
    Str taken = finished(d, NULL, d->matter, jpeg);
    json_t *kept = shown(d, d->matter, taken, TO_PUBLIC), *lost = NULL;
    assert_int_equal(attach(d, d->matter, loose, &lost).err, OK);
    assert_int_equal(count(d, "subject_key", "subject", never), 1);
    assert_int_equal(sweep(d, p->now + 2 * DAY_MS), 0); /* not yet older than that */
    assert_int_equal(sweep(d, p->now + 2 * DAY_MS + 1), 1);
    assert_int_equal(count(d, "upload", "id", open), 0);
    assert_int_equal(count(d, "upload_part", "upload", open), 0);
    assert_int_equal(count(d, "subject_key", "subject", never), 0); /* a matter that never came to be */
    assert_int_equal(count(d, "subject_key", "subject", d->matter), 1);
    assert_int_equal(sweep(d, p->now + 7 * DAY_MS), 0);
    assert_int_equal(sweep(d, p->now + 7 * DAY_MS + 1), 2);
    assert_true(blob_exists(d->blobs, hash_in(d, lost, "hash"))); /* marked, and gone the next time */
    assert_int_equal(sweep(d, p->now + 8 * DAY_MS), 2);
    assert_false(blob_exists(d->blobs, hash_in(d, lost, "hash")));
    assert_false(blob_exists(d->blobs, hash_in(d, lost, "thumb")));
    assert_true(blob_exists(d->blobs, hash_in(d, kept, "hash")));
    assert_int_equal(call(d, NULL, "get", d->matter, taken, S(""))->fail.err, OK);
    assert_int_equal(sweep(d, p->now + 9 * DAY_MS), 0);
    desk_close(d);
}

/* ---- children ---- */

static int play_no_seccomp(void)
{
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
    if (c == NULL || seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
        seccomp_rule_add(c, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, 22)) != 0 ||
        seccomp_load(c) != 0)
        return 9;
    return picture_child_main();
}

static int play_gate(void)
{
    char c;
    Arena *a = arena_new();
    int fd = open(gate_of(a, getppid()), O_RDONLY);
    arena_free(a);
    if (fd < 0 || read(fd, &c, 1) != 0) return 9; /* until the other side closes */
    return picture_child_main();
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "picture") == 0) return picture_child_main();
    if (argc == 2 && strcmp(argv[1], "picture-no-seccomp") == 0) return play_no_seccomp();
    if (argc == 2 && strcmp(argv[1], "picture-gate") == 0) return play_gate();
    static const Story stories[] = {
        STORY(picture_goes_all_the_way),
        STORY(sheet_goes_through_the_cage),
        STORY(blank_goes_through_the_cage),
        STORY(voice_goes_through_the_cage),
        STORY(upload_is_checked),
        STORY(upload_belongs_to_who_made_it),
        STORY(hostile_pictures_are_refused_and_stay_open),
        STORY(too_many_uploads_are_refused),
        STORY(erased_matter_takes_nothing),
        STORY(second_to_finish_answers_like_the_first),
        STORY(full_pool_says_busy),
        STORY(stopping_finishes_what_was_accepted),
        STORY(files_are_seen_by_audience),
        STORY(erasing_removes_files_and_blobs),
        STORY(sweeper_takes_what_is_old),
    };
    return stories_run("files", stories, COUNT(stories));
}
