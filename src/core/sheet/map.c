/* Which column is which field, and what a cell's text means as a value of one. What cannot be read stays as it is, so
 * that the action's own check says what is wrong with it. */
#include "core/sheet/map.h"

#include <math.h>
#include <stdlib.h>

/* What offices write above a column, beside the field's own words. The first target that the action has counts. */
static const struct {
    const char *heading, *target;
} usual[] = {
    { "联系电话", "phone" },
    { "电话", "phone" },
    { "电话号码", "phone" },
    { "手机", "phone" },
    { "手机号", "phone" },
    { "手机号码", "phone" },
    { "联系方式", "phone" },
    { "来电号码", "phone" },
    { "反映内容", "text" },
    { "问题描述", "text" },
    { "事项内容", "text" },
    { "诉求内容", "text" },
    { "情况描述", "text" },
    { "内容", "text" },
    { "事由", "text" },
    { "反映问题", "text" },
    { "问题", "text" },
    { "主要内容", "text" },
    { "描述", "text" },
    { "反映人", "caller" },
    { "来电人", "caller" },
    { "诉求人", "caller" },
    { "联系人", "caller" },
    { "姓名", "caller" },
    { "姓名", "name" },
    { "名称", "name" },
    { "楼栋", "name" },
    { "楼名", "name" },
    { "小区名称", "name" },
    { "地址", "near" },
    { "地点", "near" },
    { "事发地址", "near" },
    { "事发地点", "near" },
    { "位置", "near" },
    { "详细地址", "near" },
    { "地址", "address" },
    { "网格", "place" },
    { "网格编号", "place" },
    { "网格编码", "place" },
    { "所属网格", "place" },
    { "时间", "original_at" },
    { "登记时间", "original_at" },
    { "受理时间", "original_at" },
    { "反映时间", "original_at" },
    { "来电时间", "original_at" },
    { "日期", "original_at" },
    { "登记日期", "original_at" },
    { "上报时间", "original_at" },
    { "类别", "category" },
    { "事项类别", "category" },
    { "问题类别", "category" },
    { "类型", "category" },
    { "分类", "category" },
    { "状态", "status" },
    { "办理情况", "status" },
    { "办理状态", "status" },
    { "是否办结", "status" },
    { "处理结果", "result" },
    { "办理结果", "result" },
    { "结果", "result" },
    { "来源", "source" },
    { "渠道", "source" },
    { "工单号", "external_number" },
    { "工单编号", "external_number" },
    { "编号", "external_number" },
    { "经度", "point.lon" },
    { "纬度", "point.lat" },
    { "longitude", "point.lon" },
    { "latitude", "point.lat" },
    { "lon", "point.lon" },
    { "lat", "point.lat" },
    { "层数", "floors" },
    { "楼层", "floor" },
    { "单元", "unit" },
    { "门牌", "door" },
    { "门牌号", "door" },
    { "房号", "door" },
    { "户号", "door" },
    { "ཁ་པར", "phone" },
    { "མིང", "name" },
    { "གནས་ཚུལ", "text" },
    { "དུས་ཚོད", "original_at" },
    { "telephone", "phone" },
    { "address", "near" },
    { "description", "text" },
    { "date", "original_at" },
    { "number", "external_number" },
};

/* Likewise for values of an enum. */
static const struct {
    const char *field, *word, *value;
} said[] = {
    { "status", "办结", "closed" }, { "status", "已办", "closed" },   { "status", "已完成", "closed" },
    { "status", "完成", "closed" }, { "status", "已处理", "closed" }, { "status", "是", "closed" },
    { "status", "否", "open" },     { "status", "未完成", "open" },   { "status", "办理中", "open" },
    { "status", "处理中", "open" }, { "status", "未处理", "open" },   { "status", "done", "closed" },
};

static const char *const languages[] = { "zh", "bo", "en" };

/* ---- targets ---- */

static bool takes_text(FieldType t)
{
    return t == F_TEXT || t == F_INT || t == F_BOOL || t == F_ENUM || t == F_ID || t == F_PERSON || t == F_PLACE ||
           t == F_TIME || t == F_DATE || t == F_PHONE;
}

int map_targets(const SheetMap *m, MapTarget *out)
{
    static const char *const of_point[] = { "lon", "lat", "accuracy" };
    int n = 0;
    for (const Field *f = m->action->fields; f != NULL && f->name != NULL && n + 3 < MAP_TARGETS_MAX; f++) {
        if (takes_text(f->type)) out[n++] = (MapTarget){ str_c(f->name), f, NULL };
        for (int i = 0; f->type == F_POINT && i < COUNT(of_point); i++)
            out[n++] = (MapTarget){ arena_fmt(m->arena, "%s.%s", f->name, of_point[i]), f, of_point[i] };
    }
    return n;
}

bool map_target(const SheetMap *m, Str name, MapTarget *out)
{
    MapTarget all[MAP_TARGETS_MAX];
    int n = map_targets(m, all);
    for (int i = 0; i < n; i++)
        if (str_eq(all[i].name, name)) {
            *out = all[i];
            return true;
        }
    return false;
}

/* ---- proposing ---- */

static Str plain_c(const SheetMap *m, const char *text)
{
    return heading_plain(m->arena, str_c(text));
}

static bool is_word_of(const SheetMap *m, const MapTarget *t, Str heading)
{
    if (str_eq(heading, heading_plain(m->arena, t->name))) return true;
    if (t->part != NULL) return false;
    const char *key = arena_fmt(m->arena, "field.%s", t->field->name).p;
    for (int l = 0; l < COUNT(languages); l++)
        if (str_eq(heading, heading_plain(m->arena, world_word(m->world, languages[l], m->module->name, key))))
            return true;
    return false;
}

/* Index of the target that this heading names, or -1. */
static int match(const SheetMap *m, const MapTarget *all, int n, const bool *taken, Str heading)
{
    if (heading.n == 0) return -1;
    for (int i = 0; i < n; i++)
        if (!taken[i] && is_word_of(m, &all[i], heading)) return i;
    for (int u = 0; u < COUNT(usual); u++) {
        if (!str_eq(heading, plain_c(m, usual[u].heading))) continue;
        for (int i = 0; i < n; i++)
            if (!taken[i] && str_is(all[i].name, usual[u].target)) return i;
    }
    return -1;
}

void map_propose(SheetMap *m, const Sheet *s)
{
    MapTarget all[MAP_TARGETS_MAX];
    bool taken[MAP_TARGETS_MAX] = { false };
    int n = map_targets(m, all);
    for (int c = 0; c < s->n_columns; c++) {
        m->mapped[c] = false;
        if (s->refused[c]) continue;
        int i = match(m, all, n, taken, heading_plain(m->arena, s->headings[c]));
        Str last = s->headings[c];
        while (i < 0 && str_find(last, S(" ")) >= 0) { /* two lines: "办理 时间" */
            (void)str_cut(&last, ' ');
            i = match(m, all, n, taken, heading_plain(m->arena, last));
        }
        if (i < 0) continue;
        taken[i] = m->mapped[c] = true;
        m->targets[c] = all[i];
    }
}

/* ---- values ---- */

static bool digits(Str *s, size_t most, int *out)
{
    size_t n = 0;
    for (*out = 0; n < most && n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        *out = *out * 10 + (s->p[n] - '0');
    *s = (Str){ s->p + n, s->n - n };
    return n > 0;
}

static bool skip_any(Str *s, const char *const *marks, int n)
{
    for (int i = 0; i < n; i++)
        if (str_starts(*s, str_c(marks[i]))) {
            size_t skip = strlen(marks[i]);
            *s = (Str){ s->p + skip, s->n - skip };
            return true;
        }
    return false;
}

/* "2026-07-02", "2026/7/2", "2026.7.2", "2026年7月2日", "20260702", each with a time behind it or not. */
static bool civil_of(Str s, Civil *c)
{
    static const char *const date_marks[] = { "-", "/", ".", "年", "月" }, *const day_marks[] = { "日", "号" },
                             *const between[] = { " ", "T" }, *const time_marks[] = { ":", "：", "时", "点", "分" },
                             *const second_marks[] = { "秒" };
    *c = (Civil){ 0 };
    if (!digits(&s, 4, &c->year) || c->year < 1900 || c->year > 2200) return false;
    bool marked = skip_any(&s, date_marks, COUNT(date_marks));
    if (!digits(&s, 2, &c->month) || skip_any(&s, date_marks, COUNT(date_marks)) != marked) return false;
    if (!digits(&s, 2, &c->day)) return false;
    (void)skip_any(&s, day_marks, COUNT(day_marks));
    while (skip_any(&s, between, COUNT(between))) {}
    if (s.n > 0 && (!digits(&s, 2, &c->hour) || !skip_any(&s, time_marks, COUNT(time_marks)))) return false;
    if (s.n > 0 && !digits(&s, 2, &c->minute)) return false;
    if (skip_any(&s, time_marks, COUNT(time_marks)) && s.n > 0 && !digits(&s, 2, &c->second)) return false;
    (void)skip_any(&s, second_marks, COUNT(second_marks));
    if (s.n > 0 || c->month < 1 || c->month > 12 || c->day < 1 || c->hour > 23 || c->minute > 59 || c->second > 59)
        return false;
    Civil again = time_civil(time_from_civil(*c, 0), 0); /* 30 February is no day */
    return again.month == c->month && again.day == c->day;
}

/* "1.3800138E+10" of a CSV that Excel saved, if no digit is lost; "13800138000.0". */
static Str whole_number(Arena *a, Str s)
{
    char *end = NULL;
    int64_t exponent = str_find(s, S("E+")), point = str_find(s, S("."));
    if (str_ends(s, S(".0"))) return (Str){ s.p, s.n - 2 };
    if (exponent < 0) return s;
    const char *text = arena_c(a, s);
    double n = strtod(text, &end);
    int64_t places = point < 0 ? 0 : exponent - point - 1;
    bool whole = *end == 0 && n > 0 && n < 1e15 && n == floor(n) && strtol(text + exponent + 2, NULL, 10) <= places + 3;
    return whole ? arena_fmt(a, "%.0f", n) : s;
}

static json_t *text_of(const SheetMap *m, Str s)
{
    return json_keep(m->arena, json_stringn(s.p, s.n));
}

static json_t *enum_of(const SheetMap *m, const Field *f, Str s)
{
    Str said_plain = heading_plain(m->arena, s);
    for (const char *const *v = f->values; *v != NULL; v++) {
        const char *key = arena_fmt(m->arena, "value.%s.%s", f->name, *v).p;
        if (str_is(s, *v)) return text_of(m, s);
        for (int l = 0; l < COUNT(languages); l++)
            if (str_eq(said_plain, heading_plain(m->arena, world_word(m->world, languages[l], m->module->name, key))))
                return text_of(m, str_c(*v));
    }
    for (int i = 0; i < COUNT(said); i++)
        if (strcmp(said[i].field, f->name) == 0 && str_is(s, said[i].word)) return text_of(m, str_c(said[i].value));
    return text_of(m, s);
}

static json_t *bool_of(const SheetMap *m, Str s)
{
    static const char *const yes[] = { "1", "是", "有", "对", "√", "yes", "true", "TRUE", "Yes", "ཡིན" },
                             *const no[] = { "0", "否", "无", "不是", "no", "false", "FALSE", "No", "མིན" };
    for (int i = 0; i < COUNT(yes); i++)
        if (str_is(s, yes[i])) return json_true();
    for (int i = 0; i < COUNT(no); i++)
        if (str_is(s, no[i])) return json_false();
    return text_of(m, s);
}

static json_t *value_of(const SheetMap *m, const Field *f, Str s)
{
    Civil c;
    int64_t n;
    switch (f->type) {
    case F_INT: return str_to_i64(whole_number(m->arena, s), &n) ? json_keep(m->arena, json_integer(n)) : text_of(m, s);
    case F_BOOL: return bool_of(m, s);
    case F_ENUM: return enum_of(m, f, s);
    case F_PHONE: return text_of(m, whole_number(m->arena, s));
    case F_TIME:
        if (!civil_of(s, &c)) return text_of(m, s);
        return json_keep(m->arena, json_integer(time_from_civil(c, m->zone_minutes)));
    case F_DATE:
        if (!civil_of(s, &c)) return text_of(m, s);
        return text_of(m, arena_fmt(m->arena, "%04d-%02d-%02d", c.year, c.month, c.day));
    default: return text_of(m, s);
    }
}

static void put_degrees(const SheetMap *m, json_t *input, const MapTarget *t, Str s)
{
    char *end = NULL;
    const char *text = arena_c(m->arena, s);
    double n = strtod(text, &end);
    json_t *point = json_object_get(input, t->field->name);
    if (point == NULL) json_put(input, t->field->name, point = json_new_object(m->arena));
    bool fine = *end == 0 && s.n > 0 && strspn(text, "-.0123456789") == s.n;
    json_put(point, t->part, fine ? json_keep(m->arena, json_real(n)) : text_of(m, s));
}

json_t *map_row(const SheetMap *m, const Sheet *s, const SheetRow *row)
{
    json_t *input = json_new_object(m->arena);
    for (int c = 0; c < s->n_columns && c < row->n_cells; c++) {
        const MapTarget *t = &m->targets[c];
        if (!m->mapped[c] || row->cells[c].n == 0) continue;
        if (t->part != NULL)
            put_degrees(m, input, t, row->cells[c]);
        else
            json_put(input, t->field->name, value_of(m, t->field, row->cells[c]));
    }
    if (json_object_size(input) == 0) return NULL;
    const char *name;
    json_t *value;
    json_object_foreach(m->fixed, name, value)
    {
        if (json_object_get(input, name) == NULL) json_put(input, name, value);
    }
    return input;
}
