/* A ledger of 5,000 old matters, 37 of them wrong, from the file to the matters and back; on both engines. */
#include "store_engine.h"

#include "../support/town.h"

#include "core/file/inside.h"
#include "core/job/job.h"
#include "core/query.h"
#include "core/sheet/map.h"

#include <iconv.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS = 5000, WRONG = 37, EVERY = 135, HEAD_ROW = 2 };

typedef struct Office {
    Town town;
    Actor *clerk, *other;
    Jobs *jobs;
    Blobs *blobs;
    DbConfig folder; /* of the blobs */
} Office;

static const char *engine = "sqlite";

static int open_office(void **state)
{
    static Office office;
    Office *o = &office;
    Fail f = FAIL_NONE;
    *o = (Office){ 0 };
    if (!town_open(&o->town, engine, 23) || !town_furnish(&o->town, 3)) return -1;
    o->clerk = town_person(&o->town, "文", CLERK, o->town.community);
    o->other = town_person(&o->town, "员", CLERK, o->town.community);
    o->jobs = jobs_new(o->town.arena, o->town.runner);
    o->folder = engine_lite(o->town.arena);
    o->blobs = blobs_open(o->town.arena, o->folder.dir, &f);
    *state = o;
    return f.err == OK ? 0 : -1;
}

static int close_office(void **state)
{
    Office *o = *state;
    Hash digest;
    int64_t events = 0;
    bool sound = town_sound(&o->town, &digest, &events);
    engine_lite_drop(&o->folder);
    town_close(&o->town);
    return sound && events > 5 ? 0 : -1;
}

/* ---- doing ---- */

static Str does(Office *o, const char *type, Str matter, const char *input)
{
    town_clock += MINUTE_MS;
    Command *c = town_do(&o->town, o->clerk, type, matter, -1, input);
    if (c->fail.err != OK) fail_msg("%s: %s at \"%s\"", type, c->fail.code, c->fail.field);
    jobs_look(o->jobs, o->town.community);
    return c->rows[0].matter;
}

static Fail run_call(void *self, Db *db)
{
    CallCtx *c = self;
    c->db = db;
    return c->call->run(c);
}

static Fail call(Office *o, const Actor *who, const char *name, Str job, const char *body, json_t **out)
{
    Arena *a = o->town.arena;
    Errors errors = { .arena = a };
    Fail f = FAIL_NONE;
    const Call *row = module_job.calls;
    while (strcmp(row->name, name) != 0)
        row++;
    CallCtx c = { .arena = a,
                  .world = o->town.world,
                  .seals = o->town.seals,
                  .keys = key_cache_new(a, o->town.seals, 4),
                  .blobs = o->blobs,
                  .call = row,
                  .community = o->town.community,
                  .actor = (Actor *)(uintptr_t)who,
                  .args = { job },
                  .now = town_clock };
    if (row->fields != NULL) {
        c.input = fields_validate(a, row->fields, json_read(a, str_c(body), &f), "", &errors);
        if (errors.n > 0) return errors.list[0];
    }
    f = runner_call(o->town.runner, run_call, &c);
    if (f.err == OK && out != NULL) *out = json_read(a, c.reply.body, &f);
    return f;
}

static json_t *answers(Office *o, const char *name, Str job, const char *body)
{
    json_t *out = NULL;
    Fail f = call(o, o->clerk, name, job, body, &out);
    if (f.err != OK) fail_msg("%s: %s at \"%s\"", name, f.code, f.field);
    return out;
}

static void refused(Fail f, const char *code)
{
    if (f.err == OK || strcmp(f.code, code) != 0) fail_msg("got %s, want %s", f.err == OK ? "done" : f.code, code);
}

/* What the pool does with an upload, without the pool: read, sealed with the job's key, noted as finished. */
typedef struct Filing {
    Office *o;
    Str job, upload, text;
    const Sheet *sheet;
} Filing;

static Fail file_it(void *self, Db *db)
{
    Filing *x = self;
    Town *t = &x->o->town;
    Staging s = { .c = &(CallCtx){ .arena = t->arena, .world = t->world, .seals = t->seals, .db = db,
                                   .community = t->community, .actor = x->o->clerk, .now = town_clock },
                  .job = x->job };
    Fail f = job_stage_key(&s);
    Hash name;
    if (f.err == OK)
        f = blob_put(x->o->blobs, seal_bytes(t->arena, s.key, file_main_domain(t->arena, x->upload), x->text), &name);
    if (f.err != OK) return f;
    Str file = arena_fmt(t->arena,
                         "{\"id\":\"%.*s\",\"hash\":\"%s\",\"thumb\":\"\",\"type\":\"text/csv\",\"encoding\":\"%s\"}",
                         STR_ARG(x->upload), hash_hex(t->arena, name).p, sheet_kind_name(x->sheet->kind));
    db_query(db, t->arena,
             "INSERT INTO upload (community, id, matter, owner, size, sha256, state, file, at, kind)"
             " VALUES ($1, $2, $3, $4, 1, '', 'finished', $5, 0, 'sheet')",
             "sssss", "", ARGS(TXT(t->community), TXT(x->upload), TXT(x->job), TXT(x->o->clerk->person), TXT(file)),
             &f);
    return f;
}

static Str filed(Office *o, Str job, Str bytes)
{
    Arena *a = o->town.arena;
    Filing x = { .o = o, .job = job, .upload = id_new(a, town_clock), .sheet = sheet_read(a, bytes) };
    if (x.sheet->status != SHEET_OK) fail_msg("sheet: %s", sheet_status_code(x.sheet->status));
    x.text = sheet_print(a, x.sheet);
    Fail f = runner_call(o->town.runner, file_it, &x);
    if (f.err != OK) fail_msg("upload: %s %s", f.code, db_last_error(o->town.db));
    return x.upload;
}

static json_t *take(Office *o, Str job, Str upload)
{
    return answers(o, "take_sheet", job, arena_fmt(o->town.arena, "{\"upload\":\"%.*s\"}", STR_ARG(upload)).p);
}

static Str open_job_of(Office *o, const char *action)
{
    return does(o, "job.open", S(""),
                arena_fmt(o->town.arena, "{\"action\":\"%s\",\"name\":\"台账\"}", action).p);
}

static Str open_job(Office *o)
{
    return open_job_of(o, "report.import");
}

/* ---- the ledger ---- */

static Str gb(Arena *a, Str utf8)
{
    iconv_t how = iconv_open("GB18030", "UTF-8");
    size_t left = utf8.n, room = utf8.n * 2 + 16;
    char *to = arena_alloc(a, room), *at = to, *from = (char *)(uintptr_t)utf8.p;
    assert_true(how != (iconv_t)-1);
    assert_true(iconv(how, &from, &left, &at, &room) != (size_t)-1);
    iconv_close(how);
    return (Str){ to, (size_t)(at - to) };
}

static const struct {
    const char *cells, *code, *field, *heading;
} wrong[] = {
    { "没有这一类,08916300001,灯坏了,藏,2024-05-06,办结", "not_one_of", "category", "类别" },
    { "light,打不通,灯坏了,藏,2024-05-06,办结", "bad_format", "phone", "联系电话（必填）" },
    { "light,08916300001,,藏,2024-05-06,办结", "required", "text", "反映内容" },
    { "light,08916300001,灯坏了,藏,2024-02-30,办结", "bad_format", "original_at", "登记时间" },
    { "light,08916300001,灯坏了,藏,2199-01-01,办结", "too_large", "original_at", "登记时间" },
    { "light,08916300001,灯坏了,藏,2024-05-06,也许", "not_one_of", "status", "是否办结" },
};

static bool is_wrong(int n)
{
    return n % EVERY == 0;
}

static Str ledger(Arena *a)
{
    Buf b = buf_new(a, 1 << 19);
    buf_c(&b, "某社区二〇二四年民情台账,,,,,\r\n类别,联系电话（必填）,反映内容,民族,登记时间,是否办结\r\n");
    for (int n = 1; n <= ROWS; n++) {
        if (is_wrong(n))
            buf_fmt(&b, "%s\r\n", wrong[n / EVERY % COUNT(wrong)].cells);
        else
            buf_fmt(&b, "%s,0891-63%05d,\"%d号院，灯坏了\n已说过\",藏,2024年%d月6日 9:30,%s\r\n", n % 2 ? "light" : "LEAK", n, n,
                    n % 12 + 1, n % 3 ? "办结" : "否");
    }
    return gb(a, buf_str(&b));
}

static int64_t count(Office *o, const char *sql)
{
    Fail f = FAIL_NONE;
    DbRows *r = db_query(o->town.db, o->town.arena, sql, "s", "l", ARGS(TXT(o->town.community)), &f);
    if (f.err != OK) fail_msg("%s", db_last_error(o->town.db));
    return db_int(r, 0, 0);
}

static void rounds(Office *o)
{
    for (Worked w = DID_SOME; w == DID_SOME;) {
        town_clock += SECOND_MS;
        w = jobs_round(o->jobs, town_clock);
        assert_int_not_equal(w, TRY_LATER);
    }
}

static bool page_limit(void *self, const char *name, Str *value)
{
    (void)self;
    if (strcmp(name, "limit") != 0) return false;
    *value = S("500");
    return true;
}

static json_t *asked(Office *o, const char *name, Str job)
{
    Str text = S("");
    const Query *q = module_job.queries;
    while (strcmp(q->name, name) != 0)
        q++;
    Reading r = { .arena = o->town.arena, .world = o->town.world, .db = o->town.db, .seals = o->town.seals,
                  .keys = key_cache_new(o->town.arena, o->town.seals, 8), .module = &module_job, .query = q,
                  .actor = o->clerk, .community = o->town.community, .args = { job }, .n_args = 1, .now = town_clock,
                  .param = page_limit };
    Fail f = query_answer(&r, &text);
    if (f.err != OK) fail_msg("%s: %s", name, f.code);
    return json_read(o->town.arena, text, &f);
}

static int64_t figure(Office *o, Str job, const char *name)
{
    return json_int(json_object_get(asked(o, "view", job), "data"), name);
}

typedef struct Wrong {
    int row;
    const char *code, *field, *heading;
    int64_t limit;
} Wrong;

static void assert_wrong(Office *o, Str job, const Wrong *rows, int n)
{
    const json_t *list = json_object_get(asked(o, "errors", job), "rows");
    if ((int)json_array_size(list) != n) fail_msg("%s", json_print(o->town.arena, list).p);
    for (int i = 0; i < n; i++) {
        const json_t *row = json_array_get(list, (size_t)i);
        const Wrong *w = &rows[i];
        if (json_int(row, "row") != w->row || !str_is(json_text(row, "code"), w->code) ||
            !str_is(json_text(row, "field"), w->field) || !str_is(json_text(row, "heading"), w->heading) ||
            json_int(row, "limit") != w->limit)
            fail_msg("row %d: %s", w->row, json_print(o->town.arena, row).p);
    }
}

static void assert_exact_errors(Office *o, Str job)
{
    const json_t *rows = json_object_get(asked(o, "errors", job), "rows");
    assert_int_equal(json_array_size(rows), WRONG);
    for (int i = 0; i < WRONG; i++) {
        const json_t *row = json_array_get(rows, (size_t)i);
        int n = (i + 1) * EVERY, k = n / EVERY % COUNT(wrong);
        assert_int_equal(json_int(row, "row"), n + HEAD_ROW); /* as the sheet counts */
        if (!str_is(json_text(row, "code"), wrong[k].code) || !str_is(json_text(row, "field"), wrong[k].field) ||
            !str_is(json_text(row, "heading"), wrong[k].heading))
            fail_msg("row %d: %s", n, json_print(o->town.arena, row).p);
    }
}

static const json_t *column(const json_t *answer, size_t i)
{
    return json_array_get(json_object_get(answer, "columns"), i);
}

static void test_ledger(void **state)
{
    Office *o = *state;
    Str job = open_job(o), upload = filed(o, job, ledger(o->town.arena));
    json_t *v = take(o, job, upload);
    static const char *const fields[] = { "category", "phone", "text", "", "original_at", "status" };
    for (size_t i = 0; i < COUNT(fields); i++)
        if (!str_is(json_text(column(v, i), "field"), fields[i]))
            fail_msg("column %zu: %s", i, json_print(o->town.arena, v).p);
    assert_true(json_bool(column(v, 3), "refused"));
    assert_true(str_is(json_text(v, "encoding"), "gb18030"));
    assert_int_equal(json_int(v, "rows"), ROWS);
    assert_int_equal(json_int(v, "head_row"), HEAD_ROW);
    assert_int_equal(json_array_size(json_object_get(v, "missing")), 0);
    const json_t *first = json_array_get(json_object_get(v, "preview"), 0);
    assert_int_equal(json_array_size(json_object_get(v, "preview")), 20);
    assert_int_equal(json_int(first, "row"), 3);
    assert_true(str_is(json_text(json_object_get(first, "input"), "status"), "closed"));
    assert_int_equal(json_int(json_object_get(first, "input"), "original_at"), INT64_C(1707183000000)); /* +08:00 */
    int64_t staged = 0;
    for (int calls = 0; staged < ROWS && calls < 10; calls++)
        staged = json_int(answers(o, "sheet_rows", job, NULL), "staged");
    assert_int_equal(staged, ROWS);
    assert_int_equal(json_int(answers(o, "sheet_rows", job, NULL), "total"), ROWS); /* again: nothing more */
    refused(call(o, o->clerk, "map_sheet", job, "{\"columns\":[]}", NULL), "rows_staged");
    does(o, "job.check", job, "{}");
    rounds(o);
    assert_int_equal(figure(o, job, "checked_bad"), WRONG);
    assert_exact_errors(o, job);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM report WHERE community = $1"), 0);
    does(o, "job.start", job, "{}");
    rounds(o);
    assert_int_equal(figure(o, job, "done"), ROWS - WRONG);
    assert_int_equal(figure(o, job, "refused"), WRONG);
    assert_exact_errors(o, job);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM report WHERE community = $1"), ROWS - WRONG);
    assert_int_equal(
        count(o, "SELECT COUNT(*) FROM matter WHERE community = $1 AND kind = 'report' AND state = 'closed'"),
        count(o, "SELECT COUNT(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 0"));
    does(o, "job.undo", job, "{}");
    rounds(o);
    assert_int_equal(figure(o, job, "undone"), ROWS - WRONG);
    assert_int_equal(
        count(o, "SELECT COUNT(*) FROM matter WHERE community = $1 AND kind = 'report' AND state <> 'withdrawn'"), 0);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM report WHERE community = $1 AND (text <> '' OR phone <> '')"), 0);
}

/* ---- sheets as offices have them ---- */

static Str sample(Office *o, const char *name)
{
    static char bytes[16 * 1024];
    FILE *f = fopen(arena_fmt(o->town.arena, LINLI_TEST_DATA "/office/%s.csv", name).p, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof bytes, f);
    assert_int_equal(fclose(f), 0);
    assert_in_range(n, 1, sizeof bytes - 1);
    return arena_str(o->town.arena, (Str){ bytes, n });
}

/* Taken, checked and done; what the preview said. */
static json_t *brought_in(Office *o, const char *action, const char *name, Str *job)
{
    *job = open_job_of(o, action);
    json_t *v = take(o, *job, filed(o, *job, sample(o, name)));
    int64_t rows = json_int(v, "rows");
    assert_int_equal(json_array_size(json_object_get(v, "missing")), 0);
    assert_int_equal(json_int(v, "head_row"), 2);
    assert_int_equal(json_int(answers(o, "sheet_rows", *job, NULL), "staged"), rows);
    does(o, "job.check", *job, "{}");
    rounds(o);
    int64_t bad = figure(o, *job, "checked_bad");
    does(o, "job.start", *job, "{}");
    rounds(o);
    assert_int_equal(figure(o, *job, "refused"), bad); /* the check said neither more nor less */
    assert_int_equal(figure(o, *job, "done"), rows - bad);
    return v;
}

static const Wrong wrong_houses[] = {
    { 5, "same_row", "name", "楼栋", 3 },
    { 6, "wrong_type", "units", "单元数", 0 },
    { 7, "required", "name", "楼栋", 0 },
}, wrong_doors[] = {
    { 5, "name_unknown", "building", "楼栋", 0 },
    { 6, "says_otherwise", "door", "房号", 0 },
    { 7, "same_row", "door", "房号", 3 },
    { 8, "no_such_unit", "unit", "单元", 0 },
    { 9, "name_ambiguous", "building", "楼栋", 0 }, /* two estates have a third house, and the cell says no estate */
    { 11, "door_unclear", "door", "房号", 0 },
}, wrong_people[] = {
    { 5, "same_row", "phone", "联系电话", 3 },
    { 6, "phone_taken", "phone", "联系电话", 0 },
    { 7, "required", "name", "姓名", 0 },
    { 8, "bad_format", "phone", "联系电话", 20 },
    { 9, "name_unknown", "place", "所属网格", 0 },
};

static void test_houses_and_doors(void **state)
{
    Office *o = *state;
    Str houses, doors;
    json_t *v = brought_in(o, "building.add", "buildings", &houses);
    assert_wrong(o, houses, wrong_houses, COUNT(wrong_houses));
    assert_int_equal(json_array_size(json_object_get(column(v, 6), "field")), 0); /* 备注: nobody asked for it */
    assert_int_equal(count(o, "SELECT COUNT(*) FROM building WHERE community = $1 AND floors = 5 AND name = '5号楼'"
                              " AND units = '[\"1\",\"2\"]'"), 1);
    v = brought_in(o, "household.add", "doors", &doors);
    assert_true(json_bool(column(v, 5), "refused"));
    const json_t *first = json_object_get(json_array_get(json_object_get(v, "preview"), 0), "input");
    assert_true(str_is(json_text(first, "building"), "3号楼")); /* people read names */
    assert_wrong(o, doors, wrong_doors, COUNT(wrong_doors));
    assert_int_equal(count(o, "SELECT COUNT(*) FROM household WHERE community = $1 AND unit = '2' AND door = '501'"
                              " AND floor = 5"), 1);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM household WHERE community = $1"
                              " AND (unit = '1' AND door = '101' OR unit = '2' AND door = '202')"), 2);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM household_member WHERE community = $1"), 0);
    json_t *wrong_rows = answers(o, "wrong_rows", doors, NULL);
    assert_int_equal(json_array_size(json_object_get(wrong_rows, "headings")), 5); /* without the refused one */
    const json_t *row = json_array_get(json_object_get(wrong_rows, "rows"), 0);
    assert_string_equal(json_string_value(json_array_get(json_object_get(row, "cells"), 1)), "9栋");
    does(o, "job.undo", houses, "{}"); /* while there are doors, only the house without any goes */
    rounds(o);
    assert_int_equal(figure(o, houses, "kept"), 2);
    does(o, "job.undo", doors, "{}");
    rounds(o);
    assert_int_equal(figure(o, doors, "undone"), 3);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM household WHERE community = $1 AND retired_at = 0"), 0);
}

static void test_residents(void **state)
{
    Office *o = *state;
    Str people;
    Fail f = FAIL_NONE;
    does(o, "person.register", S(""), "{\"name\":\"某人\",\"phone\":\"13900001009\"}");
    int64_t before = count(o, "SELECT COUNT(*) FROM person WHERE community = $1 AND state = 'active'");
    json_t *v = brought_in(o, "person.register", "residents", &people);
    static const char *const not_taken[] = { "身份证号", "民族", "婚姻状况", "年龄" };
    int refusals = 0;
    for (size_t i = 0; i < 8; i++)
        for (int k = 0; k < COUNT(not_taken); k++)
            refusals += str_is(json_text(column(v, i), "heading"), not_taken[k]) && json_bool(column(v, i), "refused");
    assert_int_equal(refusals, COUNT(not_taken));
    assert_int_equal(json_int(column(v, 4), "left"), 1); /* a second number in the cell, and that is said */
    assert_wrong(o, people, wrong_people, COUNT(wrong_people));
    assert_int_equal(count(o, "SELECT COUNT(*) FROM person WHERE community = $1 AND state = 'active'"), before + 3);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM role WHERE community = $1 AND role = 'resident'"), 0);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM household_member WHERE community = $1"), 0);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM access WHERE community = $1 AND what = 'job.sheet'"), 1);
    assert_int_equal(count(o, "SELECT COUNT(*) FROM matter WHERE community = $1 AND data LIKE '%139000010%'"), 0);
    DbRows *one = db_query(o->town.db, o->town.arena,
                           "SELECT m.id FROM matter m WHERE m.community = $1 AND m.kind = 'person'"
                           " AND m.place = '540102001001-02'", "s", "s", ARGS(TXT(o->town.community)), &f);
    assert_int_equal(one->rows, 1);
    does(o, "building.add", S(""), "{\"name\":\"一号楼\",\"point\":{\"lon\":91.101,\"lat\":29.645}}");
    DbRows *house = db_query(o->town.db, o->town.arena, "SELECT matter FROM building WHERE community = $1", "s", "s",
                             ARGS(TXT(o->town.community)), &f);
    const char *at_home =
        arena_fmt(o->town.arena, "{\"building\":\"%.*s\",\"door\":\"1\"}", STR_ARG(db_text(house, 0, 0))).p;
    Str door = does(o, "household.add", S(""), at_home);
    does(o, "household.invite", door,
         arena_fmt(o->town.arena, "{\"person\":\"%.*s\"}", STR_ARG(db_text(one, 0, 0))).p);
    does(o, "job.undo", people, "{}");
    rounds(o);
    assert_int_equal(figure(o, people, "undone"), 2);
    assert_int_equal(figure(o, people, "kept"), 1); /* whoever was invited since decides for themselves */
    assert_int_equal(count(o, "SELECT COUNT(*) FROM person WHERE community = $1 AND state = 'active'"), before + 1);
}

/* ---- mapping ---- */

static void test_mapping_is_remembered(void **state)
{
    Office *o = *state;
    Str sheet = S("号码,说了什么,宗教\n08916300001,井盖松了,无\n,,\n08916300002,又松了,无\n");
    Str job = open_job(o), upload = filed(o, job, sheet);
    json_t *v = take(o, job, upload);
    assert_int_equal(json_array_size(json_object_get(v, "missing")), 2); /* category, text */
    refused(call(o, o->clerk, "map_sheet", job, "{\"columns\":[{\"column\":2,\"field\":\"text\"}]}", NULL),
            "column_refused");
    refused(call(o, o->clerk, "map_sheet", job, "{\"columns\":[{\"column\":9,\"field\":\"text\"}]}", NULL),
            "too_large");
    refused(call(o, o->clerk, "map_sheet", job, "{\"columns\":[{\"column\":1,\"field\":\"nothing\"}]}", NULL),
            "not_one_of");
    refused(call(o, o->clerk, "map_sheet", job,
                 "{\"columns\":[{\"column\":0,\"field\":\"text\"},{\"column\":1,\"field\":\"text\"}]}", NULL),
            "repeated");
    refused(call(o, o->clerk, "map_sheet", job, "{\"columns\":[],\"fixed\":{\"phone\":\"08916300001\"}}", NULL),
            "not_one_of");
    refused(call(o, o->other, "look_sheet", job, NULL, NULL), "forbidden");
    v = answers(o, "map_sheet", job,
                "{\"columns\":[{\"column\":0,\"field\":\"phone\"},{\"column\":1,\"field\":\"text\"}],"
                "\"fixed\":{\"category\":\"road\",\"source\":\"井盖普查\"}}");
    assert_int_equal(json_array_size(json_object_get(v, "missing")), 0);
    assert_int_equal(json_int(v, "rows"), 2);
    Str next = open_job(o);
    v = take(o, next, filed(o, next, sheet)); /* the same headings another day */
    assert_true(json_bool(v, "remembered"));
    assert_true(str_is(json_text(column(v, 1), "field"), "text"));
    assert_true(str_is(json_text(json_object_get(v, "fixed"), "category"), "road"));
    answers(o, "sheet_rows", next, NULL);
    does(o, "job.start", next, "{}");
    rounds(o);
    assert_int_equal(figure(o, next, "done"), 2);
    assert_int_equal(
        count(o, "SELECT COUNT(*) FROM matter WHERE community = $1 AND kind = 'report' AND category = 'road'"), 2);
}

/* Dates, telephone numbers and words as offices type them. */
static void test_values(void **state)
{
    Office *o = *state;
    const Module *m = NULL;
    SheetMap map = { .arena = o->town.arena, .world = o->town.world, .zone_minutes = 480 };
    map.action = world_action(o->town.world, S("report.import"), &m);
    map.module = m;
    static const struct { const char *csv, *want;
    } rows[] = {
        { "电话,时间\n1.3800138E+10,2024/5/6\n", "{\"phone\":\"13800138000\",\"original_at\":1714924800000}" },
        { "电话,时间\n1.38E+10,20240506\n",
          "{\"phone\":\"1.38E+10\",\"original_at\":1714924800000}" }, /* digits are lost */
        { "电话,时间\n13800138000.0,2024.5.6 9:05\n", "{\"phone\":\"13800138000\",\"original_at\":1714957500000}" },
        { "经度,纬度\n91.118,29.645\n", "{\"point\":{\"lon\":91.118,\"lat\":29.645}}" },
        { "经度,纬度\n0x1p3,29.645\n", "{\"point\":{\"lon\":\"0x1p3\",\"lat\":29.645}}" },
        { "办理,,电话\n时间,结果,\n2024-05-06T09:05:07,已修,\n",
          "{\"original_at\":1714957507000,\"result\":\"已修\"}" },
        { "First raised,What was done\n2024年5月6日,mended\n",
          "{\"original_at\":1714924800000,\"result\":\"mended\"}" },
    };
    for (int i = 0; i < COUNT(rows); i++) {
        Sheet *s =
            sheet_parse(o->town.arena, sheet_print(o->town.arena, sheet_read(o->town.arena, str_c(rows[i].csv))));
        assert_non_null(s);
        map_propose(&map, s);
        Errors errors = { .arena = o->town.arena };
        Str got = json_print(o->town.arena, map_row(&map, s, &s->rows[0], &errors));
        assert_int_equal(errors.n, 0);
        if (!str_is(got, rows[i].want)) fail_msg("%d: %.*s", i, STR_ARG(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ledger, open_office, close_office),
        cmocka_unit_test_setup_teardown(test_houses_and_doors, open_office, close_office),
        cmocka_unit_test_setup_teardown(test_residents, open_office, close_office),
        cmocka_unit_test_setup_teardown(test_mapping_is_remembered, open_office, close_office),
        cmocka_unit_test_setup_teardown(test_values, open_office, close_office),
    };
    return engine_both(&engine, "job_sheet", tests, COUNT(tests), NULL, NULL);
}
