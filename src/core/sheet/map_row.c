/* What a cell's text means as a value of a field. What cannot be read stays as it is, so that the action's own check
 * says what is wrong with it; what only the sheet can know is said here. */
#include "core/sheet/map.h"
#include "core/sheet/part.h"

#include <math.h>
#include <stdlib.h>

/* ---- values ---- */

/* What offices write for a value of an enum, beside its own words. */
static const struct {
    const char *field, *word, *value;
} usual_values[] = {
    { "status", "办结", "closed" }, { "status", "已办", "closed" },   { "status", "已完成", "closed" },
    { "status", "完成", "closed" }, { "status", "已处理", "closed" }, { "status", "是", "closed" },
    { "status", "否", "open" },     { "status", "未完成", "open" },   { "status", "办理中", "open" },
    { "status", "处理中", "open" }, { "status", "未处理", "open" },   { "status", "done", "closed" },
};

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
    Str plain = heading_plain(m->arena, s);
    for (const char *const *v = f->values; *v != NULL; v++) {
        const char *key = arena_fmt(m->arena, "value.%s.%s", f->name, *v).p;
        if (str_is(s, *v)) return text_of(m, s);
        for (int l = 0; l < MAP_LANGUAGES; l++)
            if (str_eq(plain, heading_plain(m->arena, world_word(m->world, map_languages[l], m->module->name, key))))
                return text_of(m, str_c(*v));
    }
    for (int i = 0; i < COUNT(usual_values); i++)
        if (strcmp(usual_values[i].field, f->name) == 0 && str_is(s, usual_values[i].word))
            return text_of(m, str_c(usual_values[i].value));
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

static json_t *phone_of(const SheetMap *m, Str s)
{
    int n = 0;
    return text_of(m, part_phone(m->arena, whole_number(m->arena, s), &n));
}

static json_t *int_of(const SheetMap *m, Str s)
{
    int64_t n;
    bool is = str_to_i64(whole_number(m->arena, s), &n) || part_number(m->arena, s, &n);
    return is ? json_keep(m->arena, json_integer(n)) : text_of(m, s);
}

/* [{"unit":"1"}, ...]; what is no such list stays text, and the action says that it wants one. */
static json_t *names_of(const SheetMap *m, const Field *f, const char *part, Str s)
{
    Str names[PART_LIST_MAX];
    int64_t count = 0;
    int most = f->max < PART_LIST_MAX ? (int)f->max : PART_LIST_MAX, n = 0;
    if (part == NULL)
        n = part_list(m->arena, s, names, most);
    else if (part_number(m->arena, s, &count) && count > 0 && count <= most)
        for (; n < count; n++)
            names[n] = arena_fmt(m->arena, "%d", n + 1);
    if (n <= 0) return text_of(m, s);
    json_t *list = json_new_array(m->arena);
    for (int i = 0; i < n; i++) {
        json_t *one = json_new_object(m->arena);
        json_put(one, f->fields[0].name, text_of(m, names[i]));
        json_array_append(list, one);
    }
    return list;
}

static json_t *degrees_of(const SheetMap *m, Str s)
{
    char *end = NULL;
    const char *text = arena_c(m->arena, s);
    double n = strtod(text, &end);
    bool fine = *end == 0 && s.n > 0 && strspn(text, "-.0123456789") == s.n;
    return fine ? json_keep(m->arena, json_real(n)) : text_of(m, s);
}

/* "91.118,29.645": longitude first, as maps of offices have it; the other way round is out of range here. */
static json_t *point_of(const SheetMap *m, Str s)
{
    Str both[3];
    if (part_list(m->arena, s, both, 2) != 2) return text_of(m, s);
    json_t *point = json_new_object(m->arena);
    json_put(point, "lon", degrees_of(m, both[0]));
    json_put(point, "lat", degrees_of(m, both[1]));
    return point;
}

static json_t *value_of(const SheetMap *m, int column, Str s)
{
    const MapTarget *t = &m->targets[column];
    Str plain = part_narrow(m->arena, s);
    Civil c;
    switch (t->field->type) {
    case F_INT: return int_of(m, plain);
    case F_BOOL: return bool_of(m, plain);
    case F_ENUM: return enum_of(m, t->field, s);
    case F_PHONE: return phone_of(m, plain);
    case F_LIST: return names_of(m, t->field, t->part, s);
    case F_POINT: return point_of(m, s);
    case F_TIME:
        if (!civil_of(plain, &c)) return text_of(m, s);
        return json_keep(m->arena, json_integer(time_from_civil(c, m->zone_minutes)));
    case F_DATE:
        if (!civil_of(plain, &c)) return text_of(m, s);
        return text_of(m, arena_fmt(m->arena, "%04d-%02d-%02d", c.year, c.month, c.day));
    case F_ID:
    case F_PLACE: return text_of(m, plain);
    default: return text_of(m, t->field->personal == NOT_PERSONAL ? part_digits(m->arena, s) : s);
    }
}

/* ---- a row ---- */

typedef struct RowIn {
    SheetMap *map;
    json_t *input;
    Errors *errors;
    Str estate, door; /* cells that say something of other fields too */
} RowIn;

static void wrong(RowIn *r, const char *code, const char *field)
{
    errors_add(r->errors, fail_field(ERR_INVALID, code, field, 0));
}

static void put_cell(RowIn *r, int column, Str s)
{
    bool guarded = s.n > 1 && s.p[0] == '\'' && strchr("=+-@", s.p[1]) != NULL; /* by us, in a list taken along */
    if (guarded) s = (Str){ s.p + 1, s.n - 1 };
    const MapTarget *t = &r->map->targets[column];
    json_t *point = json_object_get(r->input, t->field->name);
    if (t->field->type == F_POINT && t->part != NULL) {
        if (!json_is_object(point)) json_put(r->input, t->field->name, point = json_new_object(r->map->arena));
        json_put(point, t->part, degrees_of(r->map, part_narrow(r->map->arena, s)));
    } else if (t->field->type == F_ID && t->part != NULL) {
        r->estate = s;
    } else if (strcmp(t->field->name, "door") == 0 && map_target(r->map, S("building"), &(MapTarget){ 0 })) {
        r->door = s;
    } else {
        json_put(r->input, t->field->name, value_of(r->map, column, s));
    }
}

static bool called_alike(const RowIn *r, Str a, Str b)
{
    return str_eq(part_called(r->map->arena, a), part_called(r->map->arena, b));
}

/* A part of the door's cell: taken where no column of its own said it, else it must say the same. */
static bool take_part(RowIn *r, const char *field, Str said)
{
    Str own = json_text(r->input, field);
    if (said.n == 0) return true;
    if (own.n == 0) json_put(r->input, field, text_of(r->map, said));
    return own.n == 0 || called_alike(r, own, said);
}

static void put_door(RowIn *r)
{
    Arena *a = r->map->arena;
    Door d;
    Str unit = json_text(r->input, "unit"), one[1];
    if (part_list(a, unit, one, 1) == 1) json_put_text(r->input, "unit", unit = one[0]);
    if (r->door.n == 0) return;
    if (!part_door(a, r->door, json_text(r->input, "building").n > 0, &d)) {
        wrong(r, "door_unclear", "door");
        return;
    }
    bool pair = d.building.n == 0 && d.floor.n == 0 && d.unit.n > 0 && str_find(r->door, S("单元")) < 0;
    if (pair && unit.n > 0 && !called_alike(r, unit, d.unit)) { /* "5-1" behind a unit that is known: one door */
        d.unit = S("");
        d.door = part_narrow(a, r->door);
    }
    json_put_text(r->input, "door", d.door);
    int64_t floor;
    bool same = take_part(r, "unit", d.unit);
    same = take_part(r, "building", d.building) && same;
    if (d.floor.n > 0 && part_number(a, d.floor, &floor)) {
        const json_t *said = json_object_get(r->input, "floor");
        same = same && (said == NULL || json_int(r->input, "floor") == floor);
        if (said == NULL) json_put_int(r->input, "floor", floor);
    }
    if (!same) wrong(r, "says_otherwise", "door");
}

/* ---- names ---- */

const char *map_kind(const SheetMap *m, const Field *f)
{
    const char *kind = f->type == F_PLACE ? "grid" : f->type == F_ID ? f->name : NULL;
    const Module *module = kind != NULL ? world_module(m->world, str_c(kind)) : NULL;
    return module != NULL && module->called != NULL ? kind : NULL;
}

static Str name_key(const SheetMap *m, const char *kind, Str where, Str name)
{
    Str both = arena_fmt(m->arena, "%.*s%.*s", STR_ARG(where), STR_ARG(name));
    return arena_fmt(m->arena, "%s %.*s", kind, STR_ARG(part_called(m->arena, both)));
}

static void name_put(SheetMap *m, Str key, const MapNamed *one)
{
    MapNamed *known = map_get(m->named, key), *x = arena_new_of(m->arena, MapNamed);
    *x = *one;
    if (known != NULL && !str_eq(known->id, one->id)) *x = (MapNamed){ S(""), S(""), NULL };
    map_put(m->named, key, x);
}

void map_name(SheetMap *m, const char *kind, Str id, Str name, Str where, json_t *parts)
{
    MapNamed one = { id, name, parts };
    if (m->named == NULL) {
        m->named = map_new(m->arena, 256);
        m->ids = map_new(m->arena, 256);
    }
    MapNamed *by_id = arena_new_of(m->arena, MapNamed);
    *by_id = one;
    map_put(m->ids, id, by_id);
    name_put(m, name_key(m, kind, S(""), name), &one);
    if (where.n == 0) return;
    name_put(m, name_key(m, kind, where, name), &one);
    name_put(m, name_key(m, kind, where, S("")), &one);
}

Str map_name_of(const SheetMap *m, const Field *f, Str id)
{
    const MapNamed *one = m->ids != NULL && map_kind(m, f) != NULL ? map_get(m->ids, id) : NULL;
    return one != NULL ? one->name : id;
}

static void find_part(RowIn *r, const json_t *parts)
{
    Str unit = json_text(r->input, "unit");
    for (size_t i = 0; unit.n > 0 && i < json_array_size(parts); i++) {
        Str part = str_c(json_string_value(json_array_get(parts, i)));
        if (!called_alike(r, unit, part)) continue;
        json_put_text(r->input, "unit", part); /* `unit` is gone with it */
        return;
    }
}

static bool is_code(const Field *f, Str s)
{
    if (f->type == F_ID) return id_valid(s);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '-' && (s.p[i] < '0' || s.p[i] > '9')) return false;
    return true;
}

static void find_named(RowIn *r, const Field *f)
{
    const char *kind = map_kind(r->map, f);
    Str said = json_text(r->input, f->name);
    if (kind == NULL || said.n == 0) return;
    Str key = name_key(r->map, kind, f->type == F_ID ? r->estate : S(""), said);
    const MapNamed *one = r->map->named != NULL ? map_get(r->map->named, key) : NULL;
    if (one != NULL && one->id.n > 0) {
        json_put_text(r->input, f->name, one->id);
        find_part(r, one->parts);
    } else if (one != NULL) {
        wrong(r, "name_ambiguous", f->name);
    } else if (!is_code(f, said)) {
        wrong(r, "name_unknown", f->name);
    }
}

json_t *map_row(SheetMap *m, const Sheet *s, const SheetRow *row, Errors *errors)
{
    RowIn r = { .map = m, .input = json_new_object(m->arena), .errors = errors };
    for (int c = 0; c < s->n_columns && c < row->n_cells; c++)
        if (m->mapped[c] && row->cells[c].n > 0) put_cell(&r, c, row->cells[c]);
    if (json_object_size(r.input) == 0 && r.door.n == 0) return NULL;
    const char *name;
    json_t *value;
    json_object_foreach(m->fixed, name, value)
    {
        if (json_object_get(r.input, name) == NULL) json_put(r.input, name, value);
    }
    if (map_target(m, S("building"), &(MapTarget){ 0 })) put_door(&r);
    for (const Field *f = m->action->fields; f != NULL && f->name != NULL; f++)
        find_named(&r, f);
    return r.input;
}
