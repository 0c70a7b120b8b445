/* city --to FILE --key KEYFILE [--matters N] [--days N] [--side N] [--seed N] [--until MS] [--community CODE]:
 * see city.h; --side N: N rows of N grids. Neither file may be there yet. `linli import --data DIR --key KEYFILE --from FILE` takes them. */
#include "city.h"

#include "app/world.h"
#include "base/log.h"

#include <stdlib.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20, RESIDENTS_MIN = 200, RESIDENTS_MAX = 20000, MATTERS_EACH = 40 };

typedef struct Options {
    const char *to, *key, *community;
    int64_t matters, seed, until, days, side;
} Options;

int64_t city_clock;
static uint64_t state;

void city_must(bool ok, const char *what, const Fail *f)
{
    if (ok) return;
    fprintf(stderr, "city: %s: %s %s %s\n", what, f != NULL && f->code != NULL ? f->code : "failed",
            f != NULL ? f->field : "", f != NULL && f->log != NULL ? f->log : "");
    exit(1);
}

uint64_t city_random(void)
{
    uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64, public domain algorithm by S. Vigna */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

int64_t city_pick(int64_t n)
{
    return (int64_t)((city_random() >> 1) % (uint64_t)n);
}

static int64_t clock_now(void *self)
{
    (void)self;
    return city_clock;
}

static void clock_random(void *self, void *out, size_t n)
{
    (void)self;
    for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
        uint64_t r = city_random();
        memcpy((char *)out + at, &r, n - at < sizeof r ? n - at : sizeof r);
    }
}

/* ---- the archive ---- */

static void put_line(FILE *to, Str line)
{
    bool fine = fwrite(line.p, 1, line.n, to) == line.n && fputc('\n', to) != EOF;
    city_must(fine, "the archive cannot be written", NULL);
}

void archive_key(Archive *x, Arena *a, Str community, Str subject, Str wrapped, int64_t at)
{
    put_line(x->keys,
             arena_fmt(a, "{\"key\":{\"community\":\"%.*s\",\"subject\":\"%.*s\",\"wrapped\":\"%s\",\"at\":%lld}}",
                       STR_ARG(community), STR_ARG(subject), base64url_of(a, wrapped).p, (long long)at));
    x->n_keys++;
}

void archive_event(Archive *x, Str bytes)
{
    put_line(x->events, bytes);
    x->n_events++;
}

static FILE *part(Arena *a, const char *to, const char *what)
{
    const char *path = arena_fmt(a, "%s.%s", to, what).p;
    FILE *f = fopen(path, "w+xe");
    city_must(f != NULL, path, NULL);
    unlink(path); /* gone with the process */
    return f;
}

static void copy(FILE *from, FILE *to, Hasher *h, char *buf)
{
    rewind(from);
    for (size_t n; (n = fread(buf, 1, COPY_BYTES, from)) > 0;) {
        hasher_add(h, (Str){ buf, n });
        city_must(fwrite(buf, 1, n, to) == n, "the archive cannot be written", NULL);
    }
    city_must(!ferror(from), "the archive's parts cannot be read", NULL);
}

/* Header, keys, events, end: as core/log/export.c writes them. No digest: no state was made. */
static void archive_close(Archive *x, Arena *a, const char *to)
{
    FILE *out = fopen(to, "wxe");
    city_must(out != NULL, to, NULL);
    Hasher *h = hasher_new(a);
    Str head = arena_fmt(a, "{\"linli\":\"export\",\"format\":1,\"at\":%lld,\"events\":%lld,\"keys\":%lld}\n",
                         (long long)city_clock, (long long)x->n_events, (long long)x->n_keys);
    hasher_add(h, head);
    city_must(fwrite(head.p, 1, head.n, out) == head.n, to, NULL);
    char *buf = arena_alloc(a, COPY_BYTES);
    copy(x->keys, out, h, buf);
    copy(x->events, out, h, buf);
    put_line(out, arena_fmt(a, "{\"end\":{\"events\":%lld,\"keys\":%lld,\"sha256\":\"%s\"}}", (long long)x->n_events,
                            (long long)x->n_keys, hash_hex(a, hasher_end(h)).p));
    city_must(fclose(out) == 0, "the archive cannot be written", NULL);
    fclose(x->keys);
    fclose(x->events);
}

/* ---- the store for settings and people ---- */

static void committed(void *self, const Event *events, int n)
{
    for (int i = 0; i < n; i++)
        archive_event(self, events[i].bytes);
}

typedef struct KeyRows {
    City *city;
    Arena *arena;
} KeyRows;

static bool key_row(void *self, const DbVal *row, int cols)
{
    KeyRows *k = self;
    (void)cols;
    archive_key(k->city->archive, k->arena, row[0].s, row[1].s, row[2].s, row[3].i);
    return true;
}

static void open_store(City *c, const char *dir)
{
    Fail f = FAIL_NONE;
    DbConfig config = { .dir = dir };
    Db *bare = db_open_bare(&config, &f);
    city_must(bare != NULL, "the store", &f);
    f = schema_migrate(bare, c->world->parts, c->world->n_parts);
    db_close(bare);
    if (f.err == OK) c->db = db_open(&config, DB_WRITER, &f);
    city_must(f.err == OK, "the store", &f);
    c->runner = runner_new(c->arena, c->world, c->db, c->seals, (RunnerHooks){ c->archive, committed });
}

static void close_store(City *c, const char *dir)
{
    static const char *const files[] = { "linli.db", "linli.db-wal", "linli.db-shm" };
    runner_forget(c->runner);
    db_close(c->db);
    for (int i = 0; i < COUNT(files); i++)
        unlink(arena_fmt(c->arena, "%s/%s", dir, files[i]).p);
    rmdir(dir);
}

static void make(City *c, const Options *o)
{
    char dir[] = "/dev/shm/linli-city.XXXXXX", other[] = "/tmp/linli-city.XXXXXX";
    const char *made = access("/dev/shm", W_OK) == 0 ? mkdtemp(dir) : mkdtemp(other);
    city_must(made != NULL, "a folder", NULL);
    open_store(c, made);
    city_furnish(c);
    KeyRows keys = { c, c->arena };
    Fail f = db_each(c->db, "SELECT community, subject, wrapped, at FROM subject_key ORDER BY community, subject", "",
                     "ssbl", NULL, key_row, &keys);
    city_must(f.err == OK, "keys", &f);
    city_live(c, o->matters);
    close_store(c, made);
    archive_close(c->archive, c->arena, o->to);
}

static void read_options(int argc, char **argv, Options *o)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        Str name = str_c(argv[i]), value = str_c(argv[i + 1]);
        bool ok = true;
        if (str_is(name, "--to"))
            o->to = value.p;
        else if (str_is(name, "--key"))
            o->key = value.p;
        else if (str_is(name, "--community"))
            o->community = value.p;
        else if (str_is(name, "--matters"))
            ok = str_to_i64(value, &o->matters) && o->matters > 0;
        else if (str_is(name, "--days"))
            ok = str_to_i64(value, &o->days) && o->days > 0 && o->days <= CITY_DAYS_MAX;
        else if (str_is(name, "--side"))
            ok = str_to_i64(value, &o->side) && o->side > 0 && o->side <= CITY_SIDE_MAX;
        else if (str_is(name, "--seed"))
            ok = str_to_i64(value, &o->seed);
        else
            ok = str_is(name, "--until") && str_to_i64(value, &o->until) && o->until > 0;
        city_must(ok, argv[i], NULL);
    }
    city_must(argc % 2 == 1 && o->to != NULL && o->key != NULL,
              "usage: city --to FILE --key FILE [--matters N] [--days N] [--side N] [--seed N] [--until MS] [--community CODE]",
              NULL);
}

int main(int argc, char **argv)
{
    /* until: 2026-11-25 18:00 in Lhasa */
    Options o = { .community = "540102", .matters = 1000, .seed = 1, .days = CITY_DAYS, .side = CITY_SIDE,
                  .until = INT64_C(1795600800000) };
    read_options(argc, argv, &o);
    Arena *a = arena_new();
    Str report = S("");
    Fail f = FAIL_NONE;
    Archive archive = { .keys = part(a, o.to, "keys"), .events = part(a, o.to, "events") };
    City c = { .arena = a, .archive = &archive, .community = str_c(o.community), .until = o.until,
               .side = (int)o.side, .n_grids = (int)(o.side * o.side) };
    c.began = o.until - o.days * DAY_MS;
    c.n_residents = (int)(o.matters / MATTERS_EACH);
    if (c.n_residents < RESIDENTS_MIN) c.n_residents = RESIDENTS_MIN;
    if (c.n_residents > RESIDENTS_MAX) c.n_residents = RESIDENTS_MAX;
    city_clock = c.began - 5 * DAY_MS; /* time to furnish */
    state = (uint64_t)o.seed;
    seam_set((Seam){ .now_ms = clock_now, .random = clock_random });
    log_level_set(LOG_WARN);
    c.world = world_new(a, world_modules, world_reactions, &report);
    city_must(report.n == 0, "the table", NULL);
    c.seals = seals_open(a, o.key, true, &f);
    city_must(c.seals != NULL && f.err == OK, o.key, &f);
    make(&c, &o);
    arena_free(a);
    return 0;
}
