/* The city before its first report: what an office enters in its first days, by the actions that it would use. */
#include "city.h"

#include "core/person/person.h"

enum { BATCH = 100, GRIDS_AT_ONCE = 150 };
static const double WEST = 91.05, SOUTH = 29.62, WIDE = 0.006, HIGH = 0.005; /* degrees; a grid is about 580 by 555 m */

static Command *command(City *c, Arena *a, const char *type, Str matter, json_t *in)
{
    Command *x = arena_new_of(a, Command);
    *x = (Command){ .arena = a, .community = c->community, .actor = &c->admin.actor, .n_rows = 1, .now = city_clock };
    x->action = world_action(c->world, str_c(type), &x->module);
    x->rows = arena_new_of(a, CommandRow);
    x->rows[0] =
        (CommandRow){ .matter = matter.n > 0 ? matter : id_new(a, city_clock), .version = -1, .input = in };
    return x;
}

static Str keep(City *c, Str s)
{
    return arena_str(c->arena, s);
}

static void run(City *c, Command **list, int n)
{
    runner_run(c->runner, list, n);
    for (int i = 0; i < n; i++)
        city_must(list[i]->fail.err == OK, list[i]->action->name, &list[i]->fail);
    city_clock += SECOND_MS;
}

static Str act(City *c, const char *type, Str matter, Str input)
{
    Arena *a = arena_new();
    Fail f = FAIL_NONE;
    json_t *in = json_read(a, input, &f);
    city_must(in != NULL, type, &f);
    Command *x = command(c, a, type, matter, in);
    run(c, &x, 1);
    Str id = keep(c, x->rows[0].matter);
    arena_free(a);
    return id;
}

/* Some weekdays that are holidays in every year that is covered. */
static void put_days(const City *c, Buf *b)
{
    static const char *const days[] = { "01-01", "05-01", "10-01", "10-02", "10-03" };
    int first = time_civil(city_clock, 480).year, last = time_civil(c->until, 480).year + 1;
    buf_fmt(b, "\"covers_from\":\"%d-01-01\",\"covers_until\":\"%d-12-31\",\"days\":[", first, last);
    for (int year = first; year <= last; year++)
        for (int i = 0; i < COUNT(days); i++)
            buf_fmt(b, "%s{\"date\":\"%d-%s\",\"working\":false}", year + i > first ? "," : "", year, days[i]);
    buf_c(b, "]");
}

static void furnish_settings(City *c, Arena *a)
{
    Buf b = buf_new(a, 2048);
    buf_c(&b, "{\"name\":{\"zh\":\"云边新城\",\"bo\":\"སྤྲིན་མཐའི་གྲོང་གསར།\",\"en\":\"Cloudside\"},"
              "\"contact\":{\"phone\":\"089160000001\"},"
              "\"widths\":{\"county\":6,\"street\":3,\"community\":3,\"grid\":3},"
              "\"center\":{\"lon\":91.14,\"lat\":29.695},\"calendar\":{");
    put_days(c, &b);
    buf_c(&b, "}}");
    act(c, "setting.set", S(""), buf_str(&b));
    for (int i = 0; i < CITY_CATEGORIES; i++)
        act(c, "category.add", S(""),
            arena_fmt(a,
                      "{\"code\":\"%s\",\"icon\":\"%s\",\"name\":{\"zh\":\"%s\",\"bo\":\"%s\",\"en\":\"%s\"},"
                      "\"limit\":%d,\"unit\":\"%s\",\"default_role\":\"officer\",\"coarsen_m\":%d,\"position\":%d}",
                      city_category(i), city_category(i), city_title(i), city_title(i), city_category(i),
                      i == 0 ? 12 : 2 + i % 4, i % 4 == 0 ? "hours" : "working_days", i == 4 || i == 6 ? 500 : 100, i));
}

Str city_grid_code(Arena *a, Str community, int grid)
{
    return arena_fmt(a, "%.*s-%03d", STR_ARG(community), grid + 1);
}

void city_point(const City *c, int grid, double *lon, double *lat)
{
    double u = (double)(city_random() >> 11) * 0x1p-53, v = (double)(city_random() >> 11) * 0x1p-53;
    bool busy = city_pick(3) == 0;
    *lon = WEST + WIDE * (grid % c->side + 0.01 + 0.98 * (busy ? 0.2 + 0.15 * u * u : u));
    *lat = SOUTH + HIGH * (grid / c->side + 0.01 + 0.98 * (busy ? 0.6 + 0.15 * v * v : v));
}

static void furnish_grids(City *c, Str *ids)
{
    for (int first = 0; first < c->n_grids; first += GRIDS_AT_ONCE) {
        Arena *a = arena_new();
        int n = c->n_grids - first < GRIDS_AT_ONCE ? c->n_grids - first : GRIDS_AT_ONCE;
        Command *x = command(c, a, "grid.draw", S(""), NULL);
        x->many = true;
        x->n_rows = n;
        x->rows = arena_array(a, CommandRow, n);
        for (int i = 0; i < n; i++) {
            int grid = first + i;
            double w = WEST + WIDE * (grid % c->side), s = SOUTH + HIGH * (grid / c->side);
            Fail f = FAIL_NONE;
            Str text = arena_fmt(a,
                                 "{\"code\":\"%s\",\"name\":\"第%d网格\",\"geometry\":{\"type\":\"Polygon\","
                                 "\"coordinates\":[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f]]]}}",
                                 city_grid_code(a, c->community, grid).p, grid + 1, w, s, w + WIDE, s, w + WIDE,
                                 s + HIGH, w, s + HIGH, w, s);
            ids[grid] = id_new(c->arena, city_clock);
            x->rows[i] = (CommandRow){ .matter = ids[grid], .version = -1, .input = json_read(a, text, &f) };
        }
        run(c, &x, 1);
        arena_free(a);
    }
}

static void set_actor(City *c, CityPerson *p, Str id, Roles roles, Str place)
{
    p->role = (RoleAt){ .roles = roles, .place = place };
    p->actor = (Actor){ .person = id, .community = c->community, .roles = &p->role, .n_roles = roles != 0,
                        .strong = true };
}

static Str name_of(Arena *a)
{
    static const char *const first[] = { "扎西", "达娃", "巴桑", "米玛", "索朗", "边巴", "卓玛", "旺堆", "德吉", "白玛",
                                         "央金", "格桑", "仓决", "普布", "曲珍", "次仁" };
    static const char *const second[] = { "顿珠", "次仁", "卓嘎", "旺姆", "多吉", "平措", "拉姆", "尼玛" };
    return arena_fmt(a, "%s%s", first[city_pick(COUNT(first))], second[city_pick(COUNT(second))]);
}

/* With a role each; ids are known before, so that one batch does many. */
static void add_people(City *c, CityPerson *list, int n, const char *role, bool grids, int64_t phone)
{
    for (int first = 0; first < n; first += BATCH) {
        Arena *a = arena_new();
        Command *commands[2 * BATCH];
        int m = 0;
        for (int i = first; i < n && i < first + BATCH; i++) {
            Str place = grids ? city_grid_code(c->arena, c->community, i) : c->community;
            Command *two[PERSON_BOOTSTRAP_COMMANDS];
            PersonFirst who = { .name = name_of(a), .phone = arena_fmt(a, "%lld", (long long)(phone + i)),
                                .role = str_c(role), .place = place };
            person_bootstrap(a, c->world, c->community, &who, city_clock, two);
            set_actor(c, &list[i], keep(c, two[0]->rows[0].matter), role_by_name(str_c(role)), place);
            commands[m++] = two[0];
            if (strcmp(role, "resident") != 0) commands[m++] = two[1];
        }
        run(c, commands, m);
        arena_free(a);
    }
}

static void furnish_units(City *c, Arena *a)
{
    static const char *const names[CITY_UNITS] = { "供水站", "供电所", "市政养护队", "警务室" };
    static const char *const kinds[CITY_UNITS] = { "utility", "utility", "property", "police" };
    for (int i = 0; i < CITY_UNITS; i++) {
        Buf takes = buf_new(a, 128);
        for (int k = 0; k < CITY_CATEGORIES; k++)
            if (city_unit_takes(i, k))
                buf_fmt(&takes, "%s{\"category\":\"%s\"}", takes.n > 0 ? "," : "", city_category(k));
        c->units[i] = act(c, "unit.add", S(""),
                          arena_fmt(a,
                                    "{\"name\":{\"zh\":\"%s\"},\"kind\":\"%s\",\"phone\":\"08916000%04d\","
                                    "\"areas\":[{\"place\":\"%.*s\"}],\"categories\":[%.*s]}",
                                    names[i], kinds[i], i, STR_ARG(c->community), STR_ARG(buf_str(&takes))));
        act(c, "unit.join", c->units[i], arena_fmt(a, "{\"person\":\"%.*s\"}", STR_ARG(c->members[i].actor.person)));
        c->members[i].actor.units = &c->units[i];
        c->members[i].actor.n_units = 1;
    }
}

void city_furnish(City *c)
{
    static const char *const desk[CITY_DESK] = { "dispatcher", "dispatcher", "clerk", "clerk", "overseer", "overseer" };
    Arena *a = arena_new();
    Str *grids = arena_array(a, Str, c->n_grids);
    c->officers = arena_array(c->arena, CityPerson, c->n_grids);
    c->desk = arena_array(c->arena, CityPerson, CITY_DESK);
    c->residents = arena_array(c->arena, CityPerson, c->n_residents);
    add_people(c, &c->admin, 1, "admin", false, INT64_C(13800000099));
    furnish_settings(c, a);
    furnish_grids(c, grids);
    for (int i = 0; i < CITY_DESK; i++)
        add_people(c, &c->desk[i], 1, desk[i], false, INT64_C(13800000000) + i);
    add_people(c, c->officers, c->n_grids, "officer", true, INT64_C(13810000000));
    for (int i = 0; i < c->n_grids; i++)
        act(c, "grid.assign_officer", grids[i],
            arena_fmt(a, "{\"person\":\"%.*s\"}", STR_ARG(c->officers[i].actor.person)));
    add_people(c, c->members, CITY_UNITS, "resident", false, INT64_C(13820000000));
    furnish_units(c, a);
    add_people(c, c->residents, c->n_residents, "resident", false, INT64_C(13900000000));
    arena_free(a);
}
