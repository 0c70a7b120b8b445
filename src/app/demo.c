/* demo: see demo.h. Every name is invented. */
#include "app/demo_inside.h"

#include "core/person/person.h"

#include <stdio.h>

#define PASSWORD "linli-demo-2026"
const Town demo_towns[COMMUNITIES] = {
    { "540102001001", "雪莲社区", "གངས་མེ་ཏོག་སྡེ་ཁུལ།", "Snow Lotus", 91.100, 29.640 },
    { "540102001002", "河坝林社区", "ཆུ་རགས་ཚལ་སྡེ་ཁུལ།", "Riverside Grove", 91.100, 29.628 },
    { "540102001003", "团结新村社区", "མཐུན་སྒྲིལ་གྲོང་གསར་སྡེ་ཁུལ།", "New Concord Village", 91.100, 29.616 },
};

typedef struct Kind {
    const char *code, *icon, *zh, *bo, *en;
    int limit;
    const char *unit;
    const char *texts[4];
} Kind;
static const Kind kinds[] = {
    { "flood", "flood", "积水内涝", "ཆུ་ལོག", "Flooding", 2, "hours",
      { "桥洞积水约三十厘米，车过不去", "雨水口被树叶盖住，水排不下去", "单元门口积水，老人出不来", "菜市场北口一下雨就积水" } },
    { "leak", "leak", "漏水", "ཆུ་ཟགས་པ།", "Leak", 2, "working_days",
      { "楼上漏水，天花板湿了一片", "邻居重建后我家墙面漏水", "水管接头一直滴水", "屋顶防水坏了，雨天接盆" } },
    { "light", "light", "路灯", "ལམ་སྒྲོན།", "Street light", 3, "working_days",
      { "巷口两盏路灯不亮", "路灯白天亮晚上灭", "楼道声控灯坏了", "灯杆歪了" } },
    { "road", "road", "道路井盖", "ལམ་དང་ས་དོང་ཁེབས།", "Road, manhole", 24, "hours",
      { "井盖松动，车一过就响", "路面有个坑，骑车容易摔", "台阶断了一块", "护栏撞弯了" } },
    { "quarrel", "quarrel", "邻里纠纷", "ཁྱིམ་མཚེས་འགལ་ཟླ།", "Quarrel", 5, "working_days",
      { "邻居装修太晚，影响休息", "门口堆放杂物挡路", "停车占了别人的位置", "两家为排水沟起了争执" } },
    { "rubbish", "rubbish", "垃圾卫生", "གད་སྙིགས།", "Rubbish", 24, "hours",
      { "垃圾点三天没有清运", "沟里有塑料袋和树叶", "建筑垃圾堆在路边", "公厕需要打扫" } },
    { "help", "help", "需要帮忙", "རོགས་རམ་དགོས།", "Help wanted", 8, "working_hours",
      { "独居老人想请人上门理发", "帮忙搬一下煤气罐", "想找人教孩子写作业", "轮椅借用几天" } },
    { "other", "other", "其他", "གཞན་དག", "Other", 3, "working_days",
      { "咨询以工代赈怎么报名", "健身器材坏了", "公告栏的字看不清", "想在院里加一张长椅" } },
};

typedef struct UnitKind {
    const char *kind, *zh, *bo, *en, *member;
    const char *takes[3];
} UnitKind;
static const UnitKind units[UNITS] = {
    { "utility", "供水站", "ཆུ་མཁོ་ས་ཚིགས།", "Water station", "仁青", { "flood", "leak", NULL } },
    { "utility", "供电所", "གློག་མཁོ་ས་ཚིགས།", "Power station", "顿珠", { "light", NULL } },
    { "property", "物业服务部", "ཁང་ཁྱིམ་ཞབས་ཞུ་ཁང་།", "Property manager", "次旦", { "rubbish", "road", NULL } },
    { "police", "警务室", "ཉེན་རྟོག་ཁང་།", "Police room", "洛桑", { "quarrel", NULL } },
};

int64_t demo_pick(Demo *d, int64_t n)
{
    d->random = d->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((d->random >> 33) % (uint64_t)n);
}

Command *demo_act(Demo *d, int community, const Actor *actor, const char *type, Str matter, int64_t version, int64_t at,
                  const char *input)
{
    Arena *a = d->arena;
    Command *c = arena_new_of(a, Command);
    *c =
        (Command){ .arena = a, .community = str_c(demo_towns[community].code), .actor = actor, .n_rows = 1, .now = at };
    c->action = world_action(d->admin->world, str_c(type), &c->module);
    c->rows = arena_new_of(a, CommandRow);
    c->rows[0] = (CommandRow){ .matter = matter.n > 0 ? matter : id_new(a, at), .version = version,
                               .input = json_read(a, str_c(input), &d->fail) };
    assert(c->action != NULL && c->rows[0].input != NULL);
    Fail f = admin_command(d->admin, c);
    if (f.err != OK && d->fail.err == OK) d->fail = f;
    return c;
}

static Person *add_person(Demo *d, int community, const char *name, const char *role, Str place, int64_t at)
{
    Person *p = &d->people[community][d->n_people[community]++];
    Command *commands[PERSON_BOOTSTRAP_COMMANDS];
    p->name = name;
    p->phone = arena_fmt(d->arena, "139%02d%03d%03d", community, d->n_people[community], d->n_people[community] * 7);
    PersonFirst who = { .name = str_c(name), .phone = p->phone, .role = str_c(role), .place = place };
    person_bootstrap(d->arena, d->admin->world, str_c(demo_towns[community].code), &who, at, commands);
    for (int i = 0; i < PERSON_BOOTSTRAP_COMMANDS && d->fail.err == OK; i++)
        d->fail = admin_command(d->admin, commands[i]);
    p->role = (RoleAt){ .roles = role_by_name(str_c(role)), .place = place };
    p->actor = (Actor){ .person = commands[0]->rows[0].matter, .community = str_c(demo_towns[community].code),
                        .roles = &p->role, .n_roles = 1, .strong = true };
    return p;
}

static void add_card(Demo *d, int community, const Person *admin, const Person *p, int n)
{
    Arena *a = d->arena;
    Command *look = demo_act(d, community, &admin->actor, "person.card", p->actor.person, 2, d->began,
                        arena_fmt(a, "{\"name\":\"%s\",\"duty_phone\":\"0891600%d%02d\"}", p->name, community, n).p);
    (void)look;
}

static Str grid_code(Demo *d, int community, int grid)
{
    return arena_fmt(d->arena, "%s-%02d", demo_towns[community].code, grid + 1);
}

static void add_settings(Demo *d, int community)
{
    const Town *t = &demo_towns[community];
    demo_act(d, community, &actor_system, "setting.set", S(""), -1, d->began,
        arena_fmt(d->arena,
                  "{\"name\":{\"zh\":\"%s\",\"bo\":\"%s\",\"en\":\"%s\"},\"contact\":{\"phone\":\"089160000%02d\"},"
                  "\"center\":{\"lon\":%.4f,\"lat\":%.4f}}",
                  t->zh, t->bo, t->en, community + 1, t->west + 0.006, t->south + 0.005)
            .p);
}

static void add_rows(Demo *d, int community, const Person *admin)
{
    Arena *a = d->arena;
    const Town *t = &demo_towns[community];
    for (int i = 0; i < COUNT(kinds) && d->fail.err == OK; i++) {
        const Kind *k = &kinds[i];
        demo_act(d, community, &admin->actor, "category.add", S(""), -1, d->began,
            arena_fmt(a, "{\"code\":\"%s\",\"icon\":\"%s\",\"name\":{\"zh\":\"%s\",\"bo\":\"%s\",\"en\":\"%s\"},"
                      "\"limit\":%d,\"unit\":\"%s\",\"default_role\":\"officer\",\"coarsen_m\":%d,\"position\":%d}",
                      k->code, k->icon, k->zh, k->bo, k->en, k->limit, k->unit, i == 4 || i == 6 ? 500 : 100, i).p);
    }
    for (int i = 0; i < GRIDS && d->fail.err == OK; i++) {
        double w = t->west + 0.004 * (i % 3), s = t->south + 0.005 * (1 - i / 3);
        Command *drawn = demo_act(d, community, &admin->actor, "grid.draw", S(""), -1, d->began,
            arena_fmt(a, "{\"code\":\"%s\",\"name\":\"第%d网格\",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
                      "[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]}}", grid_code(d, community, i).p,
                      i + 1, w, s, w + 0.004, s, w + 0.004, s + 0.005, w, s + 0.005, w, s).p);
        d->grids[community][i] = drawn->rows[0].matter;
    }
}

static void add_people(Demo *d, int community)
{
    static const char *const officers[] = { "扎西顿珠", "达娃", "巴桑", "米玛次仁", "索朗", "边巴" };
    static const char *const residents[] = { "央金", "李梅", "格桑", "王秀兰", "仓决", "普布", "张建", "曲珍" };
    Str whole = str_c(demo_towns[community].code);
    Person *admin = add_person(d, community, "平措", "admin", whole, d->began);
    add_rows(d, community, admin);
    static const char *const desk_names[] = { "卓玛", "旺堆", "德吉", "白玛" };
    static const char *const desk_roles[] = { "dispatcher", "clerk", "overseer", "mediator" };
    for (int i = 0; i < 4 && d->fail.err == OK; i++)
        add_card(d, community, admin, add_person(d, community, desk_names[i], desk_roles[i], whole, d->began), i);
    for (int i = 0; i < GRIDS && d->fail.err == OK; i++)
        add_card(d, community, admin,
                 add_person(d, community, officers[i], "officer", grid_code(d, community, i), d->began), 10 + i);
    for (int i = 0; i < GRIDS && d->fail.err == OK; i++)
        demo_act(d, community, &admin->actor, "grid.assign_officer", d->grids[community][i], -1, d->began,
            arena_fmt(d->arena, "{\"person\":\"%s\"}", d->people[community][5 + i].actor.person.p).p);
    for (int i = 0; i < RESIDENTS && d->fail.err == OK; i++)
        add_person(d, community, residents[i], "resident", whole, d->began);
}

/* Each with one member, who stands after the residents. */
static void add_units(Demo *d, int community)
{
    Arena *a = d->arena;
    const Person *admin = &d->people[community][0];
    for (int i = 0; i < UNITS && d->fail.err == OK; i++) {
        const UnitKind *k = &units[i];
        Buf takes = buf_new(a, 64);
        for (int n = 0; k->takes[n] != NULL; n++)
            buf_fmt(&takes, "%s{\"category\":\"%s\"}", n > 0 ? "," : "", k->takes[n]);
        Command *made = demo_act(
            d, community, &admin->actor, "unit.add", S(""), -1, d->began,
            arena_fmt(a,
                      "{\"name\":{\"zh\":\"%s\",\"bo\":\"%s\",\"en\":\"%s\"},\"kind\":\"%s\","
                      "\"phone\":\"0891600%d%02d\",\"areas\":[{\"place\":\"%s\"}],\"categories\":[%s]}",
                      k->zh, k->bo, k->en, k->kind, community, 30 + i, demo_towns[community].code, buf_str(&takes).p)
                .p);
        d->units[community][i] = made->rows[0].matter;
        Person *p = add_person(d, community, k->member, "resident", str_c(demo_towns[community].code), d->began);
        demo_act(d, community, &admin->actor, "unit.join", made->rows[0].matter, -1, d->began,
            arena_fmt(a, "{\"person\":\"%s\"}", p->actor.person.p).p);
        p->actor.units = &d->units[community][i];
        p->actor.n_units = 1;
        p->unit = k->zh;
    }
}

/* ---- a year of matters ---- */

static void plan_cases(Demo *d)
{
    for (int i = 0; i < DEMO_MATTERS; i++) {
        Case *c = &d->cases[i];
        int64_t days_ago =
            i < DEMO_MATTERS / 6 ? demo_pick(d, 4) : demo_pick(d, DAYS); /* lists of today have life, too */
        c->community = demo_pick(d, 10) < 6 ? 0 : (int)demo_pick(d, 2) + 1;
        c->kind = (int)demo_pick(d, COUNT(kinds));
        c->next = d->now - days_ago * DAY_MS - demo_pick(d, 20 * 60) * MINUTE_MS;
        c->last = days_ago > 12 ? STEPS - (demo_pick(d, 3) == 0) : (int)demo_pick(d, STEPS + 1);
        if (c->last < 1) c->last = 1;
        c->reporter = &d->people[c->community][STAFF_PER_COMMUNITY + demo_pick(d, RESIDENTS)];
        c->again = demo_pick(d, 9) == 0;
        c->unit = c->grid = -1;
        for (int u = 0; i % 3 == 1 && u < UNITS; u++)
            for (int n = 0; units[u].takes[n] != NULL; n++)
                if (strcmp(units[u].takes[n], kinds[c->kind].code) == 0) c->unit = u;
        c->whistles = c->unit >= 0 && i % 5 == 2;
    }
    demo_plan_extras(d);
}

static int64_t delay(Demo *d, int step)
{
    static const int minutes[STEPS] = { 0, 50, 40, 90, 900, 600, 300, 700 };
    return (minutes[step] / 3 + demo_pick(d, minutes[step] + 1)) * MINUTE_MS;
}

/* which: 1 dispatcher, 2 clerk, 3 overseer, 5.. officers */
static const Person *staff(const Demo *d, const Case *c, int which)
{
    return &d->people[c->community][which];
}

static void report_it(Demo *d, Case *c)
{
    const Town *t = &demo_towns[c->community];
    const Kind *k = &kinds[c->kind];
    double lon = t->west + 0.00025 + 0.0001 * (double)demo_pick(d, 116),
           lat = t->south + 0.00025 + 0.0001 * (double)demo_pick(d, 96);
    if (c->grid >= 0) demo_point(t, c->grid, &lon, &lat);
    int grid = (int)((lon - t->west) / 0.004) + (lat < t->south + 0.005 ? 3 : 0);
    static const Actor nobody = { .person = { "", 0 }, .community = { "", 0 } };
    bool anonymous = demo_pick(d, 5) == 0 && c->extra == EXTRA_NONE;
    const char *voice = "";
    if (c->extra == EXTRA_VOICE) {
        c->id = id_new(d->arena, c->next);
        voice = arena_fmt(d->arena, "\"voice\":[\"%s\"],\"floor\":\"3 楼\",\"door\":\"301\",", demo_voice(d, c).p).p;
    }
    c->handler = c->unit >= 0 ? staff(d, c, STAFF_PER_COMMUNITY + RESIDENTS + c->unit) : staff(d, c, 5 + grid);
    Command *made =
        demo_act(d, c->community, anonymous ? &nobody : &c->reporter->actor, "report.create", c->id, -1, c->next,
                 arena_fmt(d->arena,
                           "{%s\"category\":\"%s\",\"text\":\"%s\",\"point\":{\"lon\":%.5f,\"lat\":%.5f},"
                           "\"near\":\"%d栋附近\",\"language\":\"zh\"}",
                           voice, k->code, k->texts[demo_pick(d, 4)], lon, lat, (int)demo_pick(d, 30) + 1)
                     .p);
    c->id = made->rows[0].matter;
    if (anonymous) c->reporter = NULL;
}

static const char *step_of(Demo *d, Case *c, const Actor **actor, const char **input)
{
    *input = "{}";
    switch (c->step) {
    case REGISTER:
        *actor = &staff(d, c, 1)->actor;
        *input =
            arena_fmt(d->arena, "{\"category\":\"%s\",\"public_title\":\"%s\"}", kinds[c->kind].code, kinds[c->kind].zh)
                .p;
        return "report.register";
    case DISPATCH:
        *actor = &staff(d, c, 1)->actor;
        *input = arena_fmt(d->arena, "{\"to\":\"%s\"}",
                           c->unit >= 0 ? d->units[c->community][c->unit].p : c->handler->actor.person.p).p;
        return "report.dispatch";
    case ACCEPT:
        *actor = &c->handler->actor;
        *input = arena_fmt(d->arena, "{\"promised_at\":%lld}", (long long)(c->next + 20 * HOUR_MS)).p;
        return "report.accept";
    case FINISH:
        *actor = &c->handler->actor;
        *input = "{\"text\":\"到现场看过，已经处理好\"}";
        return "report.finish";
    case VERIFY: *actor = &staff(d, c, 3)->actor; return "report.verify";
    case CLOSE: *actor = &staff(d, c, 2)->actor; return "report.close";
    default:
        *actor = &c->reporter->actor;
        *input = c->again ? "{\"solved\":false,\"text\":\"还没有好\"}"
                          : arena_fmt(d->arena, "{\"solved\":true,\"score\":%d}", 4 + (int)demo_pick(d, 2)).p;
        return "report.rate";
    }
}

int64_t demo_version(Demo *d, const Case *c)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(d->admin->db, d->arena, "SELECT version FROM matter WHERE community = $1 AND id = $2", "ss",
                         "l", ARGS(TXT(str_c(demo_towns[c->community].code)), TXT(c->id)), &f);
    return f.err == OK && r->rows > 0 ? db_int(r, 0, 0) : 0;
}

/* One matter, two units: the dispatcher calls the other one, who signs in, acts and signs off. */
static void whistle(Demo *d, Case *c)
{
    int other = (c->unit + 1) % UNITS;
    const Actor *desk = &staff(d, c, 1)->actor, *co = &staff(d, c, STAFF_PER_COMMUNITY + RESIDENTS + other)->actor;
    const char *call = arena_fmt(d->arena, "{\"units\":[{\"unit\":\"%s\"}],\"text\":\"请一起到现场\"}",
                                 d->units[c->community][other].p).p;
    const char *types[] = { "report.whistle", "report.sign_in", "report.note", "report.sign_off" };
    const char *inputs[] = { call, "{}", "{\"text\":\"现场配合，已处理我方部分\"}", "{}" };
    c->whistles = false;
    for (int i = 0; i < COUNT(types); i++)
        demo_act(d, c->community, i == 0 ? desk : co, types[i], c->id, demo_version(d, c),
                 c->next - (4 - i) * MINUTE_MS, inputs[i]);
}

static void one_step(Demo *d, Case *c)
{
    const Actor *actor = NULL;
    const char *input;
    if (c->step == CREATE && c->extra == EXTRA_SPOT) {
        demo_settle(d, c);
    } else if (c->step == CREATE) {
        report_it(d, c);
    } else if (c->step == RATE && c->reporter == NULL) {
        c->last = c->step; /* who did not sign in has the receipt, not we */
        return;
    } else {
        if (c->step == FINISH && c->whistles) whistle(d, c);
        const char *type = step_of(d, c, &actor, &input);
        demo_act(d, c->community, actor, type, c->id, demo_version(d, c), c->next, input);
    }
    if (c->extra != EXTRA_NONE) demo_extra(d, c);
    c->step++;
    if (c->step == STEPS && c->again) { /* it goes back to the one who had it, and through the end once more */
        c->again = false;
        c->step = FINISH;
    }
    if (c->step < STEPS) c->next += delay(d, c->step);
}

static void live_a_year(Demo *d)
{
    for (;;) {
        Case *first = NULL;
        for (int i = 0; i < DEMO_MATTERS; i++) {
            Case *c = &d->cases[i];
            if (c->step < c->last && c->next <= d->now && (first == NULL || c->next < first->next)) first = c;
        }
        int64_t quarrel = demo_dispute_next(d), at = first != NULL ? first->next : 0;
        if (quarrel != 0 && (first == NULL || quarrel < at)) at = quarrel;
        int64_t visit = demo_visit_next(d);
        if (visit != 0 && (at == 0 || visit < at)) at = visit;
        if (at == 0 || d->fail.err != OK) return;
        int64_t due = runner_next_due(d->admin->runner);
        if (due != 0 && due <= at) {
            runner_fire(d->admin->runner, due, 50);
            if (runner_next_due(d->admin->runner) > due) continue;
        }
        if (at == quarrel)
            demo_dispute_step(d);
        else if (at == visit)
            demo_visit_step(d);
        else
            one_step(d, first);
    }
}

/* ---- who can sign in ---- */

typedef struct PasswordsFor {
    Demo *demo;
    Str hash;
} PasswordsFor;

static Fail set_passwords(void *self, Db *db)
{
    PasswordsFor *p = self;
    Fail f = FAIL_NONE;
    for (int c = 0; c < COMMUNITIES; c++)
        for (int i = 0; i < p->demo->n_people[c] && f.err == OK; i++)
            f = account_set_password(db, p->demo->arena, str_c(demo_towns[c].code), p->demo->people[c][i].actor.person,
                                     p->hash, p->demo->began);
    return f;
}

static Fail say_who(Demo *d, const char *dir)
{
    /* the last but one belong to units */
    static const int shown[] = { 1, 2, 3, 4, 5, 6, 7, 11, 12, 19, 20, 0 };
    Buf json = buf_new(d->arena, 1024);
    buf_c(d->admin->out, "demo: sign in with a phone number and the password " PASSWORD "\n");
    for (int i = 0; i < COUNT(shown); i++) {
        const Person *p = &d->people[0][shown[i]];
        const char *role = role_name(__builtin_ctz(p->role.roles));
        buf_fmt(d->admin->out, "  %-11s %s  %s %s\n", role, p->phone.p, p->name, p->unit != NULL ? p->unit : "");
        buf_fmt(&json,
                "%s{\"role\":\"%s\",\"phone\":\"%s\",\"password\":\"" PASSWORD "\",\"name\":\"%s\",\"place\":\"%s\","
                "\"unit\":\"%s\"}",
                i > 0 ? ",\n " : "[", role, p->phone.p, p->name, p->role.place.p, p->unit != NULL ? p->unit : "");
    }
    buf_c(&json, "]\n");
    FILE *file = fopen(arena_fmt(d->arena, "%s/demo-users.json", dir).p, "w");
    bool fine = file != NULL && fwrite(json.p, 1, json.n, file) == json.n;
    if (file != NULL) fine &= fclose(file) == 0;
    return fine ? FAIL_NONE : fail(ERR_INTERNAL, "demo_users_file");
}

Fail demo_build(Admin *a, const char *dir)
{
    Demo *d = arena_new_of(a->arena, Demo);
    d->admin = a;
    d->arena = a->arena;
    d->now = now_ms();
    d->began = d->now - (DAYS + 30) * DAY_MS;
    d->random = 20260702;
    d->blobs = blobs_open(a->arena, dir, &d->fail);
    for (int i = 0; i < COMMUNITIES && d->fail.err == OK; i++) {
        add_settings(d, i);
        add_people(d, i);
        add_units(d, i);
        demo_add_systems(d, i);
    }
    plan_cases(d);
    if (d->fail.err == OK) live_a_year(d);
    PasswordsFor p = { .demo = d };
    if (d->fail.err == OK) d->fail = password_hash(a->arena, S(PASSWORD), &p.hash);
    if (d->fail.err == OK) d->fail = admin_call(a, set_passwords, &p);
    return d->fail.err == OK ? say_who(d, dir) : d->fail;
}
