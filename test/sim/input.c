/* Input made from the fields themselves: types and bounds say what a value may be. Only where a value means something
 * to another row (a code, a shape, who is asked) a maker of its own gives one that has a chance. */
#include "sim.h"

#include "core/file.h"
#include "core/internal.h"

#include <stdio.h>
#include <string.h>

static const char *const WORDS[] = { "桥洞积水", "路灯不亮，晚上看不见", "ཆུ་ཟགས་བཞིན་འདུག", "the lamp is out",
                                     "甲乙", "三号楼二单元门口垃圾没有清运，味道很大" };

int64_t pick(int64_t n)
{
    return (int64_t)(town_random() % (uint64_t)n);
}

Str sim_one_of(Sim *s, const char *sql, Str key)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena, sql, "ss", "s", ARGS(TXT(s->town.community), TXT(key)), &f);
    if (f.err != OK) printf("%s: %s\n", sql, db_last_error(s->town.db));
    return f.err == OK && r->rows > 0 ? db_text(r, (int)pick(r->rows), 0) : S("");
}

bool sim_in_pool(const Sim *s, Str person)
{
    for (int i = 0; i < POOL; i++)
        if (str_eq(s->pool[i]->person, person)) return true;
    return false;
}

/* ---- makers ---- */

static json_t *text(Sim *s, Str value)
{
    return json_keep(s->town.arena, json_stringn(value.p, value.n));
}

static json_t *parsed(Sim *s, Str json)
{
    Fail f = FAIL_NONE;
    return json_read(s->town.arena, json, &f);
}

static json_t *category_code(Sim *s)
{
    static const char *const codes[] = { "flood", "leak", "light", "road", "quarrel", "rubbish", "help", "nothing" };
    return text(s, str_c(codes[pick(COUNT(codes))]));
}

/* An existing one keeps its code; a new one takes one of a few, so that some are taken. */
static json_t *own_code(Sim *s)
{
    Str code = s->matter.n > 0
                   ? sim_one_of(s, "SELECT code FROM category WHERE community = $1 AND id = $2", s->matter)
                   : arena_fmt(s->town.arena, "kind_%d", (int)pick(200));
    return text(s, code);
}

static json_t *form(Sim *s)
{
    return parsed(s, S("[{\"name\":\"depth_cm\",\"type\":\"int\",\"min\":0,\"max\":300}]"));
}

static json_t *grid_code(Sim *s)
{
    return text(s, arena_fmt(s->town.arena, "%.*s-%02d", STR_ARG(s->town.community), (int)pick(99) + 1));
}

static json_t *geometry(Sim *s)
{
    double west = 91.10 + 0.004 * (double)pick(10), south = 29.64 + 0.01 * (double)pick(10);
    if (pick(12) == 0) return parsed(s, S("{\"type\":\"Point\",\"coordinates\":[91.1,29.6]}"));
    return parsed(
        s, arena_fmt(s->town.arena,
                     "{\"type\":\"Polygon\",\"coordinates\":[[[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],[%.4f,%.4f],"
                     "[%.4f,%.4f]]]}",
                     west, south, west + 0.004, south, west + 0.004, south + 0.01, west, south + 0.01, west, south));
}

static json_t *boundary(Sim *s)
{
    return parsed(s, S("{\"type\":\"Polygon\",\"coordinates\":[[[90,29],[92,29],[92,31],[90,31],[90,29]]]}"));
}

static json_t *division_code(Sim *s)
{
    static const char *const codes[] = { "540102", "540102001", "540102001001", "540102002" };
    return text(s, str_c(codes[pick(COUNT(codes))]));
}

static json_t *widths(Sim *s)
{
    return parsed(s, pick(3) ? S("{\"county\":6,\"street\":3,\"community\":3,\"grid\":2}")
                             : S("{\"county\":6,\"street\":3,\"community\":3,\"grid\":3}"));
}

static json_t *calendar(Sim *s)
{
    return parsed(
        s, arena_fmt(
               s->town.arena,
               "{\"opens_minute\":%d,\"closes_minute\":1080,\"days\":[{\"date\":\"2026-10-%02d\",\"working\":false}]}",
               480 + 30 * (int)pick(4), (int)pick(31) + 1));
}

static json_t *device(Sim *s)
{
    uint8_t bytes[32];
    for (int i = 0; i < COUNT(bytes); i++)
        bytes[i] = (uint8_t)pick(256);
    return text(s, base64url_of(s->town.arena, (Str){ (const char *)bytes, sizeof bytes }));
}

static json_t *building(Sim *s)
{
    return text(
        s, sim_one_of(s, "SELECT matter FROM building WHERE community = $1 AND $2 = $2 ORDER BY matter DESC LIMIT 8",
                      S("")));
}

static json_t *unit(Sim *s)
{
    return text(s, arena_fmt(s->town.arena, "%d", (int)pick(4) + 1));
}

static json_t *url(Sim *s)
{
    return text(s, arena_fmt(s->town.arena, "https://hook%d.example.org/in", (int)pick(100)));
}

static json_t *job_action(Sim *s)
{
    return text(s, S("household.add"));
}

static json_t *topic(Sim *s)
{
    static const char *const topics[] = { "*", "report", "report.close", "grid" };
    return text(s, str_c(topics[pick(COUNT(topics))]));
}

static json_t *endpoint(Sim *s)
{
    return text(s, arena_fmt(s->town.arena, "https://push%d.example.org/send/%d", (int)pick(3), (int)pick(5)));
}

static json_t *browser_key(Sim *s)
{
    return text(s, S("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"));
}

static json_t *browser_secret(Sim *s)
{
    return text(s, S("BTBZMqHH6r4Tts7J_aSIgg"));
}

static json_t *own_browser(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT id FROM person_channel WHERE community = $1 AND person = $2 AND kind = 'push'",
                              s->matter));
}

static json_t *own_filter(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT id FROM person_filter WHERE community = $1 AND person = $2", s->matter));
}

static json_t *successor(Sim *s)
{
    return text(s, s->pool[pick(8)]->person);
}

static json_t *staff(Sim *s)
{
    return text(s, sim_one_of(s,
                              "SELECT person FROM role WHERE community = $1 AND role IN ('officer', 'team', 'mediator')"
                              " AND $2 = $2 ORDER BY person DESC LIMIT 24",
                              S("")));
}

static Str some_unit(Sim *s)
{
    return sim_one_of(
        s, "SELECT id FROM unit WHERE community = $1 AND state = 'active' AND $2 = $2 ORDER BY id DESC LIMIT 6", S(""));
}

static json_t *unit_id(Sim *s)
{
    return text(s, some_unit(s));
}

static json_t *handler(Sim *s)
{
    Str id = pick(2) ? some_unit(s) : S("");
    return id.n > 0 ? text(s, id) : staff(s);
}

static json_t *own_co_unit(Sim *s)
{
    return text(s,
                sim_one_of(s,
                           "SELECT person FROM relation WHERE community = $1 AND matter = $2 AND (relations & 64) <> 0"
                           " ORDER BY person",
                           s->matter));
}

static json_t *member(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT person FROM membership WHERE community = $1 AND body = $2 ORDER BY person",
                              s->matter));
}

static json_t *open_report(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT id FROM matter WHERE community = $1 AND kind = $2 AND closed_at = 0"
                                 " ORDER BY changed_at DESC, id DESC LIMIT 12", S("report")));
}

static json_t *photos(Sim *s)
{
    json_t *list = json_new_array(s->town.arena);
    for (int64_t n = 1 + pick(2); n > 0; n--)
        json_array_append(list, text(s, town_photo(&s->town, s->id)));
    return list;
}

static json_t *blank(Sim *s)
{
    json_t *list = json_new_array(s->town.arena);
    json_array_append(list, text(s, town_file(&s->town, s->id, FILE_XLSX)));
    return list;
}

static json_t *voice(Sim *s)
{
    json_t *list = json_new_array(s->town.arena);
    json_array_append(list, text(s, town_file(&s->town, s->id, "audio/ogg")));
    return list;
}

static json_t *figure_name(Sim *s)
{
    static const char *const names[] = { "closed", "closed.before", "raised.year@540102001001-02#light", "month",
                                         "happiness" };
    return text(s, str_c(names[pick(COUNT(names))]));
}

static json_t *held_role(Sim *s)
{
    return text(s,
                sim_one_of(s, "SELECT role FROM role WHERE community = $1 AND person = $2 ORDER BY role, place LIMIT 1",
                           s->matter));
}

static json_t *held_place(Sim *s)
{
    return text(
        s, sim_one_of(s, "SELECT place FROM role WHERE community = $1 AND person = $2 ORDER BY role, place LIMIT 1",
                      s->matter));
}

static json_t *system_code(Sim *s)
{
    Str code = s->matter.n > 0 ? sim_one_of(s, "SELECT code FROM system WHERE community = $1 AND id = $2", s->matter)
                               : arena_fmt(s->town.arena, "sys_%d", (int)pick(300));
    return text(s, code);
}

static json_t *some_system(Sim *s)
{
    return text(s,
                sim_one_of(s, "SELECT code FROM system WHERE community = $1 AND $2 = $2 ORDER BY retired, code LIMIT 8",
                           S("")));
}

static json_t *layout(Sim *s)
{
    return text(s, S("{number} {state}: {text}"));
}

static json_t *webhook(Sim *s)
{
    Str id = sim_one_of(
        s, "SELECT id FROM webhook WHERE community = $1 AND retired_at = 0 AND $2 = $2 ORDER BY id DESC LIMIT 8",
        S(""));
    return id.n > 0 ? text(s, id) : NULL;
}

static json_t *own_link(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT id FROM report_link WHERE community = $1 AND matter = $2 ORDER BY id LIMIT 8",
                              s->matter));
}

static json_t *sister(Sim *s)
{
    return text(s, pick(2) ? S("540102001") : S("540102001002"));
}

static const struct {
    const char *action, *field; /* action "": any */
    json_t *(*make)(Sim *s);
} makers[] = {
    { "unit.dissolve", "successor", unit_id },
    { "unit.add", "superior", unit_id },
    { "unit.change", "superior", unit_id },
    { "unit.remove", "person", member },
    { "unit.roster", "person", member },
    { "report.whistle", "lead", unit_id },
    { "report.whistle", "unit", unit_id },
    { "report.sign_in", "unit", own_co_unit },
    { "report.sign_off", "unit", own_co_unit },
    { "", "into", open_report },
    { "report.on_the_spot", "before", photos },
    { "report.on_the_spot", "after", photos },
    { "report.create", "voice", voice },
    { "template.add", "file", blank },
    { "template.change", "file", blank },
    { "template.add", "figure", figure_name },
    { "template.change", "figure", figure_name },
    { "", "category", category_code },
    { "category.add", "code", own_code },
    { "category.change", "code", own_code },
    { "category.add", "form", form },
    { "category.change", "form", form },
    { "grid.draw", "code", grid_code },
    { "", "geometry", geometry },
    { "", "boundary", boundary },
    { "division.add", "code", division_code },
    { "", "widths", widths },
    { "", "calendar", calendar },
    { "", "device", device },
    { "", "building", building },
    { "building.add", "unit", unit },
    { "building.change", "unit", unit },
    { "household.add", "unit", unit },
    { "", "successor", successor },
    { "", "to", handler },
    { "job.open", "action", job_action },
    { "system.add", "code", system_code },
    { "system.change", "code", system_code },
    { "", "system", some_system },
    { "", "layout", layout },
    { "", "webhook", webhook },
    { "", "link", own_link },
    { "report.hand_over", "community", sister },
    { "", "url", url },
    { "", "topic", topic },
    { "", "endpoint", endpoint },
    { "", "p256dh", browser_key },
    { "", "auth", browser_secret },
    { "person.drop_push", "channel", own_browser },
    { "person.drop_filter", "filter", own_filter },
    { "person.revoke", "role", held_role },
    { "person.revoke", "place", held_place },
};

/* ---- by type ---- */

static json_t *record(Sim *s, const char *type, const Field *fields);

static Str words(Sim *s, const Field *f)
{
    for (int tries = 0; tries < 12; tries++) {
        Str w = str_c(WORDS[pick(COUNT(WORDS))]);
        int64_t chars = utf8_count(w);
        if (chars >= f->min && chars <= f->max) return w;
    }
    Buf b = buf_new(s->town.arena, (int)f->min + 1);
    for (int64_t i = 0; i < (f->min > 0 ? f->min : 1); i++)
        buf_char(&b, (char)('a' + pick(26)));
    return buf_str(&b);
}

static json_t *somebody(Sim *s)
{
    Str person = S("");
    if (s->matter.n > 0 && pick(4) > 0)
        person = sim_one_of(
            s, "SELECT person FROM relation WHERE community = $1 AND matter = $2 ORDER BY person LIMIT 12", s->matter);
    if (person.n == 0 && pick(3) > 0)
        person = sim_one_of(s, "SELECT person FROM person WHERE community = $1 AND state = 'active' AND $2 = $2"
                               " ORDER BY person DESC LIMIT 24", S(""));
    return text(s, person.n > 0 ? person : s->pool[pick(POOL)]->person);
}

/* In the middle of a grid that is there, or wherever the first ones were. */
static json_t *point(Sim *s)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(s->town.db, s->town.arena,
                         "SELECT west, south, east, north FROM grid WHERE community = $1 AND retired_at = 0"
                         " ORDER BY code LIMIT 12", "s", "llll", ARGS(TXT(s->town.community)), &f);
    if (f.err == OK && r->rows > 0 && pick(2)) {
        int i = (int)pick(r->rows);
        double lon = (double)(db_int(r, i, 0) + db_int(r, i, 2)) / 2e7;
        double lat = (double)(db_int(r, i, 1) + db_int(r, i, 3)) / 2e7;
        return parsed(s, arena_fmt(s->town.arena, "{\"lon\":%.5f,\"lat\":%.5f}", lon, lat));
    }
    return parsed(s, arena_fmt(s->town.arena, "{\"lon\":%.4f,\"lat\":%.4f}", 91.10 + 0.0001 * (double)pick(250),
                               29.64 + 0.0001 * (double)pick(110)));
}

static json_t *list(Sim *s, const char *type, const Field *f)
{
    json_t *rows = json_new_array(s->town.arena);
    int64_t n = f->min + pick(3);
    for (int64_t i = 0; i < n && i < f->max; i++)
        json_array_append(rows, record(s, type, f->fields));
    return rows;
}

static json_t *value(Sim *s, const char *type, const Field *f)
{
    Arena *a = s->town.arena;
    int n = 0;
    switch (f->type) {
    case F_TEXT: return text(s, words(s, f));
    case F_INT: return json_keep(a, json_integer(f->min + pick(f->max - f->min < 1000 ? f->max - f->min + 1 : 1000)));
    case F_BOOL: return json_keep(a, json_boolean(pick(2)));
    case F_ENUM:
        while (f->values[n] != NULL)
            n++;
        return text(s, str_c(f->values[pick(n)]));
    case F_PERSON: return somebody(s);
    case F_PLACE:
        return text(s, pick(2) ? s->town.community
                               : arena_fmt(a, "%.*s-%02d", STR_ARG(s->town.community), (int)pick(6) + 1));
    case F_POINT: return point(s);
    case F_TIME: return json_keep(a, json_integer(town_clock + (pick(60) + 1) * DAY_MS));
    case F_DATE: return text(s, arena_fmt(a, "2026-%02d-%02d", (int)pick(12) + 1, (int)pick(28) + 1));
    case F_PHONE: return text(s, arena_fmt(a, "138 %08d", (int)pick(4000)));
    case F_RECORD: return record(s, type, f->fields);
    case F_LIST: return list(s, type, f);
    case F_ID: return text(s, id_new(a, town_clock));
    case F_FORM: return json_new_object(a);
    /* no upload goes before these actions here: core_file_test has them */
    case F_FILES:
    case F_NONE:
    case F_SIGNATURE:
    case F_JSON:
    case F_DEGREES:
    case F_SECRET: break;
    }
    return NULL;
}

static json_t *record(Sim *s, const char *type, const Field *fields)
{
    json_t *o = json_new_object(s->town.arena);
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        if (!f->required && pick(3) == 0) continue;
        if (f->required && pick(200) == 0) continue; /* somebody forgot it */
        json_t *v = sim_dispute_value(s, type, f->name);
        if (v == NULL) v = sim_visit_value(s, type, f->name);
        for (int i = 0; i < COUNT(makers) && v == NULL; i++)
            if (strcmp(makers[i].field, f->name) == 0 &&
                (makers[i].action[0] == 0 || strcmp(makers[i].action, type) == 0))
                v = makers[i].make(s);
        if (v == NULL) v = value(s, type, f);
        if (v != NULL) json_put(o, f->name, v);
    }
    return o;
}

json_t *sim_input(Sim *s, const Module *m, const Action *x)
{
    return record(s, action_type(s->town.arena, m, x).p, x->fields);
}

/* ---- what an action could be about ---- */

#define DOORS(state)                                                                                                   \
    "SELECT v.household FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id JOIN household_member" \
    " p ON p.community = v.community AND p.household = v.household WHERE v.community = $1 AND m.state = 'planned'"     \
    " AND p.state = '" state "' AND $2 = $2 ORDER BY v.household DESC LIMIT 8"
static const struct {
    const char *action, *sql;
} targets[] = {
    { "visit.correct", "SELECT v.id FROM visit v JOIN relation r ON r.community = v.community AND r.matter = v.id"
                       " WHERE v.community = $1 AND v.last_at > 0 AND (r.relations & 16) <> 0 AND $2 = $2"
                       " ORDER BY v.id DESC LIMIT 12" },
    { "household.join", "SELECT v.household FROM visit v JOIN household h ON h.community = v.community"
                        " AND h.matter = v.household WHERE v.community = $1 AND h.retired_at = 0 AND $2 = $2"
                        " ORDER BY v.id DESC LIMIT 12" },
    { "household.admit", DOORS("asked") },
    { "household.confirm", DOORS("invited") },
    { "household.leave", DOORS("member") },
    { "household.retire", "SELECT v.household FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id"
                          " WHERE v.community = $1 AND v.household <> '' AND m.state = 'planned' AND $2 = $2"
                          " ORDER BY v.id DESC LIMIT 4" },
    { "person.leave", "SELECT person FROM relation WHERE community = $1 AND (relations & 2) <> 0 AND $2 = $2 ORDER BY "
                      "matter DESC, person LIMIT 24" },
    { "person.hand_over", "SELECT person FROM relation WHERE community = $1 AND (relations & 2) <> 0 AND $2 = $2 ORDER "
                          "BY matter DESC, person LIMIT 24" },
    { "person.drop_push", "SELECT person FROM person_channel WHERE community = $1 AND kind = 'push' AND $2 = $2 ORDER "
                          "BY since DESC LIMIT 24" },
    { "person.drop_filter", "SELECT person FROM person_filter WHERE community = $1 AND $2 = $2 ORDER BY kept_at DESC "
                            "LIMIT 24" },
    { "person.card", "SELECT person FROM role WHERE community = $1 AND $2 = $2 ORDER BY person DESC LIMIT 24" },
    { "person.revoke", "SELECT person FROM role WHERE community = $1 AND $2 = $2 ORDER BY person DESC LIMIT 24" },
    { "dispute.sign", "SELECT a.matter FROM dispute_agreement a JOIN matter m ON m.community = a.community"
                      " AND m.id = a.matter WHERE a.community = $1 AND a.state = 'draft' AND m.state = 'signing'"
                      " AND a.signed < a.signers AND $2 = $2 ORDER BY a.signers - a.signed, a.matter DESC LIMIT 1" },
    { "dispute.recur", "SELECT id FROM matter WHERE community = $1 AND kind = 'dispute' AND state = 'mediating'"
                       " AND $2 = $2 ORDER BY id DESC LIMIT 12" },
    { "dispute.escalate", "SELECT id FROM matter WHERE community = $1 AND kind = 'dispute' AND state = 'mediating'"
                          " AND $2 = $2 ORDER BY id DESC LIMIT 12" },
    { "dispute.draft", "SELECT d.id FROM dispute d JOIN matter m ON m.community = d.community AND m.id = d.id"
                       " WHERE d.community = $1 AND d.parties > 1 AND m.state = 'mediating' AND $2 = $2"
                       " ORDER BY d.parties, d.id DESC LIMIT 8" },
    { "dispute.seal", "SELECT a.matter FROM dispute_agreement a JOIN matter m ON m.community = a.community"
                      " AND m.id = a.matter WHERE a.community = $1 AND a.state = 'draft' AND m.state = 'signing'"
                      " AND a.signed = a.signers AND $2 = $2 ORDER BY a.matter DESC LIMIT 4" },
    { "report.refuse",
      "SELECT l.matter FROM report_link l JOIN matter m ON m.community = l.community AND m.id = l.matter"
      " WHERE l.community = $1 AND m.state IN ('collected', 'registered') AND $2 = $2 ORDER BY l.id DESC"
      " LIMIT 24" },
    { "report.gist",
      "SELECT matter FROM report_voice WHERE community = $1 AND $2 = $2 ORDER BY gist_at, matter DESC LIMIT 24" },
    { "report.unlink", "SELECT matter FROM report_link WHERE community = $1 AND $2 = $2 ORDER BY id DESC LIMIT 24" },
    { "report.replied", "SELECT matter FROM report_link WHERE community = $1 AND state = 'waiting' AND $2 = $2 ORDER "
                        "BY id DESC LIMIT 24" },
    { "report.sign_in",
      "SELECT r.matter FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"
      " WHERE r.community = $1 AND (r.relations & 64) <> 0 AND m.state IN ('registered', 'dispatched', 'handling')"
      " AND $2 = $2 ORDER BY r.matter DESC LIMIT 24" },
    { "report.sign_off",
      "SELECT t.matter FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter"
      " WHERE t.community = $1 AND t.type = 'report.sign_in' AND m.state IN ('registered', 'dispatched', 'handling')"
      " AND $2 = $2 ORDER BY t.matter DESC LIMIT 8" },
    { "report.withdraw_import",
      "SELECT t.matter FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter"
      " WHERE t.community = $1 AND t.type = 'report.import' AND m.version = 1 AND $2 = $2"
      " ORDER BY t.matter DESC LIMIT 8" },
    { "household.retire",
      "SELECT v.household FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id"
      " WHERE v.community = $1 AND v.household <> '' AND m.state = 'planned' AND $2 = $2"
      " ORDER BY v.household DESC LIMIT 8" },
    { "person.unbind_device",
      "SELECT person FROM device WHERE community = $1 AND $2 = $2 ORDER BY person DESC LIMIT 24" },
};

Str sim_target(Sim *s, const Module *m, const Action *x)
{
    Str type = action_type(s->town.arena, m, x);
    for (int i = 0; i < COUNT(targets); i++)
        if (str_is(type, targets[i].action) && pick(4) > 0) return sim_one_of(s, targets[i].sql, S(""));
    Buf sql = buf_new(s->town.arena, 256);
    buf_c(&sql, "SELECT id FROM matter WHERE community = $1 AND kind = $2");
    bool fits = pick(5) > 0; /* one in five is out of place */
    if (fits) {
        buf_c(&sql, " AND state IN (''");
        for (int i = 0; m->states[i].name != NULL; i++)
            if (x->from & ST(i)) buf_fmt(&sql, ", '%s'", m->states[i].name);
        buf_c(&sql, ")");
    }
    buf_c(&sql, " ORDER BY changed_at DESC, id DESC LIMIT 12");
    return sim_one_of(s, buf_str(&sql).p, str_c(m->name));
}
