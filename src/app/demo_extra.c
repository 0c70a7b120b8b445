/* demo: what a year of matters does not bring by itself. Work of today for every officer who can sign in, things
 * settled on the spot with pictures, voice notes, units called together, numbers of another system. Pictures are drawn,
 * voices are a machine's. */
#include "app/demo_inside.h"

#include "core/file.h"

extern const char demo_cover_before[], demo_cover_before_end[], demo_cover_after[], demo_cover_after_end[];
extern const char demo_drain_before[], demo_drain_before_end[], demo_drain_after[], demo_drain_after_end[];
extern const char demo_branch_before[], demo_branch_before_end[], demo_branch_after[], demo_branch_after_end[];
extern const char demo_say[], demo_say_end[], demo_note[], demo_note_end[];

enum { FLOOD, LEAK, LIGHT, ROAD }; /* places in demo.c's kinds */
enum { TODAY = 9, SPOTS = 12, VOICES = 2, WHISTLES = 3, LINKS = 6, MORE_MAX = 40, PICTURE_WIDTH = 640,
       PICTURE_HEIGHT = 480, FIRST_OFFICER = 5 };

typedef struct Scene {
    const char *category, *text, *near, *before, *before_end, *after, *after_end;
} Scene;
static const Scene scenes[] = {
    { "road", "井盖歪了，已扶正", "3栋前的路上", demo_cover_before, demo_cover_before_end, demo_cover_after,
      demo_cover_after_end },
    { "flood", "雨水口堵了，已把树叶和塑料袋清掉", "菜市场北口", demo_drain_before, demo_drain_before_end,
      demo_drain_after, demo_drain_after_end },
    { "rubbish", "断枝挡路，已挪到墙边等清运", "5栋后面", demo_branch_before, demo_branch_before_end,
      demo_branch_after, demo_branch_after_end },
};

void demo_point(const Town *t, int grid, double *lon, double *lat)
{
    *lon = t->west + 0.004 * (grid % 3) + 0.0021;
    *lat = t->south + 0.005 * (1 - grid / 3) + 0.0024;
}

/* The next `n` cases lie in the first community, the first one `first_h` hours ago, each `every_h` before the last. */
static Case *take(Demo *d, int *at, int n, Extra extra, int64_t first_h, int64_t every_h, int last)
{
    Case *first = &d->cases[*at];
    for (int i = 0; i < n; i++) {
        Case *c = &first[i];
        c->community = 0;
        c->grid = i % GRIDS;
        c->unit = -1;
        c->whistles = c->again = false;
        c->extra = extra;
        c->next = d->now - (first_h + every_h * i) * HOUR_MS;
        c->last = last;
        c->reporter = &d->people[0][STAFF_PER_COMMUNITY + demo_pick(d, RESIDENTS)];
    }
    *at += n;
    return first;
}

void demo_plan_extras(Demo *d)
{
    static const int today[] = { FLOOD, ROAD, LIGHT }, hours[] = { 7, 9, 30 }, called[] = { LEAK, LIGHT, ROAD };
    int at = 0;
    Case *c = take(d, &at, TODAY, EXTRA_NONE, 0, 0, ACCEPT + 1);
    for (int i = 0; i < TODAY; i++) {
        c[i].grid = i % 3;
        c[i].kind = today[i / 3];
        c[i].next = d->now - hours[i / 3] * HOUR_MS;
        if (i / 3 == 1) c[i].last = DISPATCH + 1;
    }
    take(d, &at, SPOTS, EXTRA_SPOT, 2, 7, CREATE + 1);
    c = take(d, &at, VOICES, EXTRA_VOICE, 8, 5, ACCEPT + 1);
    for (int i = 0; i < VOICES; i++)
        c[i].kind = LEAK;
    c = take(d, &at, WHISTLES, EXTRA_WHISTLE, 9, 3, ACCEPT + 1);
    for (int i = 0; i < WHISTLES; i++) {
        c[i].kind = called[i];
        c[i].unit = i; /* in demo.c's order: water, power, property */
    }
    take(d, &at, LINKS, EXTRA_LINK, 6, 9, DISPATCH + 1);
}

/* ---- files ---- */

typedef struct Laying {
    FileLaid file;
    Arena *arena;
} Laying;

static Fail lay_down(void *self, Db *db)
{
    Laying *l = self;
    return file_lay(&l->file, l->arena, db);
}

static Str lay(Demo *d, const Case *c, Str matter, const char *type, const char *from, const char *end, int seconds)
{
    bool picture = seconds == 0;
    Laying l = { .arena = d->arena,
                 .file = { .blobs = d->blobs,
                           .seals = d->admin->seals,
                           .community = str_c(demo_towns[c->community].code),
                           .matter = matter,
                           .type = type,
                           .bytes = { from, (size_t)(end - from) },
                           .seconds = seconds,
                           .width = picture ? PICTURE_WIDTH : 0,
                           .height = picture ? PICTURE_HEIGHT : 0,
                           .now = c->next } };
    Fail f = admin_call(d->admin, lay_down, &l);
    if (f.err != OK && d->fail.err == OK) d->fail = f;
    return l.file.id;
}

Str demo_voice(Demo *d, Case *c)
{
    return lay(d, c, c->id, "audio/mp4", demo_say, demo_say_end, 9);
}

/* ---- on the spot ---- */

static void settle(Demo *d, Case *c)
{
    const Scene *s = &scenes[d->settled++ % COUNT(scenes)];
    const Person *officer = &d->people[c->community][FIRST_OFFICER + c->grid];
    double lon, lat;
    demo_point(&demo_towns[c->community], c->grid, &lon, &lat);
    c->id = id_new(d->arena, c->next);
    Str before = lay(d, c, c->id, "image/jpeg", s->before, s->before_end, 0),
        after = lay(d, c, c->id, "image/jpeg", s->after, s->after_end, 0);
    const char *input = arena_fmt(d->arena,
                                  "{\"category\":\"%s\",\"text\":\"%s\",\"near\":\"%s\",\"point\":{\"lon\":%.5f,"
                                  "\"lat\":%.5f,\"accuracy\":9},\"before\":[\"%s\"],\"after\":[\"%s\"]}",
                                  s->category, s->text, s->near, lon, lat, before.p, after.p).p;
    if (d->fail.err != OK) return;
    const Command *done =
        demo_act(d, c->community, &officer->actor, "report.on_the_spot", c->id, -1, c->next, input);
    if (done->fail.err == OK && str_is(json_text(done->reply, "state"), "done")) d->drawn = true;
}

/* Whether one is drawn is chance; the demo goes on until there is one to look at. */
void demo_settle(Demo *d, Case *c)
{
    settle(d, c);
    for (int more = 0; d->settled >= SPOTS && !d->drawn && more < MORE_MAX && d->fail.err == OK; more++)
        settle(d, c);
}

/* ---- several units, another system ---- */

static void call_units(Demo *d, const Case *c)
{
    int first = (c->unit + 1) % UNITS, second = (c->unit + 2) % UNITS;
    const Str *units = d->units[c->community];
    const Actor *desk = &d->people[c->community][1].actor,
                *co = &d->people[c->community][STAFF_PER_COMMUNITY + RESIDENTS + first].actor;
    demo_act(d, c->community, desk, "report.whistle", c->id, demo_version(d, c), c->next,
             arena_fmt(d->arena, "{\"units\":[{\"unit\":\"%s\"},{\"unit\":\"%s\"}],\"text\":\"管线挨在一起，请一起到现场\"}",
                       units[first].p, units[second].p).p);
    demo_act(d, c->community, co, "report.sign_in", c->id, -1, c->next, "{\"text\":\"到了，先查我们这一段\"}");
    demo_act(d, c->community, &c->handler->actor, "report.note", c->id, -1, c->next,
             "{\"text\":\"已围起来，等另一家来人\"}");
}

void demo_add_systems(Demo *d, int community)
{
    demo_act(d, community, &d->people[community][0].actor, "system.add", S(""), -1, d->began,
             "{\"code\":\"12345\",\"name\":{\"zh\":\"12345 市民热线\",\"bo\":\"12345 ཁ་པར།\",\"en\":\"12345 hotline\"},"
             "\"reply\":\"card\",\"layout\":\"12345 {number}，我处编号 {our_number}，{date}：{text}\"}");
}

static void link_it(Demo *d, const Case *c)
{
    const char *input = arena_fmt(d->arena, "{\"system\":\"12345\",\"number\":\"54012620%04d\",\"deadline\":%lld}",
                                  (int)(c - d->cases) * 37 + 1000, (long long)(c->next + 3 * DAY_MS)).p;
    demo_act(d, c->community, &d->people[c->community][1].actor, "report.link", c->id, -1, c->next, input);
}

void demo_extra(Demo *d, Case *c)
{
    if (c->extra == EXTRA_LINK && c->step == REGISTER) link_it(d, c);
    if (c->extra == EXTRA_WHISTLE && c->step == ACCEPT) call_units(d, c);
    if (c->extra == EXTRA_VOICE && c->step == ACCEPT) {
        Str note = lay(d, c, c->id, "audio/mp4", demo_note, demo_note_end, 8);
        demo_act(d, c->community, &c->handler->actor, "report.note", c->id, -1, c->next,
                 arena_fmt(d->arena, "{\"text\":\"看过了，下午换接头\",\"voice\":[\"%s\"]}", note.p).p);
    }
}
