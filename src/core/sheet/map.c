/* Which column is which field. */
#include "core/sheet/map.h"

/* What offices write above a column, beside the field's own words: for one action, or for all. The first target that
 * the action has counts. */
static const struct {
    const char *heading, *target, *of;
} usual[] = {
    { "名字", "name", "person.register" },
    { "居民姓名", "name", "person.register" },
    { "住户姓名", "name", "person.register" },
    { "户主", "name", "person.register" },
    { "户主姓名", "name", "person.register" },
    { "语言", "language", "person.register" },
    { "常用语言", "language", "person.register" },
    { "楼栋", "name", "building.add" },
    { "楼栋名称", "name", "building.add" },
    { "楼栋号", "name", "building.add" },
    { "楼号", "name", "building.add" },
    { "楼宇名称", "name", "building.add" },
    { "栋", "name", "building.add" },
    { "幢", "name", "building.add" },
    { "栋号", "name", "building.add" },
    { "幢号", "name", "building.add" },
    { "小区", "address", "building.add" },
    { "小区名称", "address", "building.add" },
    { "坐落", "address", "building.add" },
    { "地址", "address", "building.add" },
    { "详细地址", "address", "building.add" },
    { "楼层", "floors", "building.add" },
    { "楼层数", "floors", "building.add" },
    { "总层数", "floors", "building.add" },
    { "地上层数", "floors", "building.add" },
    { "单元数", "units.count", "building.add" },
    { "单元数量", "units.count", "building.add" },
    { "单元总数", "units.count", "building.add" },
    { "单元号", "units", "building.add" },
    { "单元名称", "units", "building.add" },
    { "坐标", "point", NULL },
    { "经纬度", "point", NULL },
    { "楼栋名称", "building", "household.add" },
    { "楼栋号", "building", "household.add" },
    { "楼号", "building", "household.add" },
    { "栋", "building", "household.add" },
    { "幢", "building", "household.add" },
    { "座", "building", "household.add" },
    { "楼", "building", "household.add" },
    { "栋号", "building", "household.add" },
    { "幢号", "building", "household.add" },
    { "小区", "building.estate", "household.add" },
    { "小区名称", "building.estate", "household.add" },
    { "单元号", "unit", "household.add" },
    { "层", "floor", "household.add" },
    { "层数", "floor", "household.add" },
    { "所在楼层", "floor", "household.add" },
    { "所在层", "floor", "household.add" },
    { "房间号", "door", "household.add" },
    { "房间", "door", "household.add" },
    { "房屋编号", "door", "household.add" },
    { "室号", "door", "household.add" },
    { "室", "door", "household.add" },
    { "住址", "door", "household.add" },
    { "家庭住址", "door", "household.add" },
    { "居住地址", "door", "household.add" },
    { "房屋地址", "door", "household.add" },
    { "详细地址", "door", "household.add" },
    { "地址", "door", "household.add" },
    { "联系电话", "phone", NULL },
    { "电话", "phone", NULL },
    { "电话号码", "phone", NULL },
    { "手机", "phone", NULL },
    { "手机号", "phone", NULL },
    { "手机号码", "phone", NULL },
    { "联系方式", "phone", NULL },
    { "联系号码", "phone", NULL },
    { "移动电话", "phone", NULL },
    { "本人电话", "phone", NULL },
    { "来电号码", "phone", NULL },
    { "反映内容", "text", NULL },
    { "问题描述", "text", NULL },
    { "事项内容", "text", NULL },
    { "诉求内容", "text", NULL },
    { "情况描述", "text", NULL },
    { "内容", "text", NULL },
    { "事由", "text", NULL },
    { "反映问题", "text", NULL },
    { "问题", "text", NULL },
    { "主要内容", "text", NULL },
    { "描述", "text", NULL },
    { "反映人", "caller", NULL },
    { "来电人", "caller", NULL },
    { "诉求人", "caller", NULL },
    { "联系人", "caller", NULL },
    { "姓名", "caller", NULL },
    { "姓名", "name", NULL },
    { "名称", "name", NULL },
    { "楼名", "name", NULL },
    { "地址", "near", NULL },
    { "地点", "near", NULL },
    { "事发地址", "near", NULL },
    { "事发地点", "near", NULL },
    { "位置", "near", NULL },
    { "详细地址", "near", NULL },
    { "地址", "address", NULL },
    { "网格", "place", NULL },
    { "网格编号", "place", NULL },
    { "网格编码", "place", NULL },
    { "所属网格", "place", NULL },
    { "所在网格", "place", NULL },
    { "网格名称", "place", NULL },
    { "时间", "original_at", NULL },
    { "登记时间", "original_at", NULL },
    { "受理时间", "original_at", NULL },
    { "反映时间", "original_at", NULL },
    { "来电时间", "original_at", NULL },
    { "日期", "original_at", NULL },
    { "登记日期", "original_at", NULL },
    { "上报时间", "original_at", NULL },
    { "类别", "category", NULL },
    { "事项类别", "category", NULL },
    { "问题类别", "category", NULL },
    { "类型", "category", NULL },
    { "分类", "category", NULL },
    { "状态", "status", NULL },
    { "办理情况", "status", NULL },
    { "办理状态", "status", NULL },
    { "是否办结", "status", NULL },
    { "处理结果", "result", NULL },
    { "办理结果", "result", NULL },
    { "结果", "result", NULL },
    { "来源", "source", NULL },
    { "渠道", "source", NULL },
    { "工单号", "external_number", NULL },
    { "工单编号", "external_number", NULL },
    { "编号", "external_number", NULL },
    { "经度", "point.lon", NULL },
    { "纬度", "point.lat", NULL },
    { "longitude", "point.lon", NULL },
    { "latitude", "point.lat", NULL },
    { "lon", "point.lon", NULL },
    { "lat", "point.lat", NULL },
    { "层数", "floors", NULL },
    { "楼层", "floor", NULL },
    { "单元", "unit", NULL },
    { "门牌", "door", NULL },
    { "门牌号", "door", NULL },
    { "房号", "door", NULL },
    { "户号", "door", NULL },
    { "ཁ་པར", "phone", NULL },
    { "མིང", "name", NULL },
    { "གནས་ཚུལ", "text", NULL },
    { "དུས་ཚོད", "original_at", NULL },
    { "telephone", "phone", NULL },
    { "address", "near", NULL },
    { "description", "text", NULL },
    { "date", "original_at", NULL },
    { "number", "external_number", NULL },
    /* as Open311 names them, also in our own requests.csv */
    { "service_request_id", "external_number", NULL },
    { "service_code", "category", NULL },
    { "service_name", "category", NULL },
    { "requested_datetime", "original_at", NULL },
    { "status_notes", "result", NULL },
    { "address_string", "near", NULL },
    { "long", "point.lon", NULL },
};

const char *const map_languages[MAP_LANGUAGES] = { "zh", "bo", "en" };

/* ---- targets ---- */

static bool takes_text(const Field *f)
{
    FieldType t = f->type;
    return t == F_TEXT || t == F_INT || t == F_BOOL || t == F_ENUM || t == F_ID || t == F_PERSON || t == F_PLACE ||
           t == F_TIME || t == F_DATE || t == F_PHONE;
}

/* A list of names, one text in each record. */
static bool takes_names(const Field *f)
{
    return f->type == F_LIST && f->fields[0].type == F_TEXT && f->fields[1].name == NULL;
}

static int add_parts(const SheetMap *m, const Field *f, const char *const *parts, int n_parts, MapTarget *out, int n)
{
    for (int i = 0; i < n_parts; i++)
        out[n++] = (MapTarget){ arena_fmt(m->arena, "%s.%s", f->name, parts[i]), f, parts[i] };
    return n;
}

int map_targets(const SheetMap *m, MapTarget *out)
{
    static const char *const of_point[] = { "lon", "lat", "accuracy" }, *const of_names[] = { "count" },
                             *const of_id[] = { "estate" };
    int n = 0;
    for (const Field *f = m->action->fields; f != NULL && f->name != NULL && n + 4 < MAP_TARGETS_MAX; f++) {
        if (takes_text(f) || takes_names(f) || f->type == F_POINT) out[n++] = (MapTarget){ str_c(f->name), f, NULL };
        if (f->type == F_POINT) n = add_parts(m, f, of_point, COUNT(of_point), out, n);
        if (takes_names(f)) n = add_parts(m, f, of_names, COUNT(of_names), out, n);
        if (f->type == F_ID && map_kind(m, f) != NULL) n = add_parts(m, f, of_id, COUNT(of_id), out, n);
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
    if (t->part != NULL || t->field->type == F_POINT) return false; /* 位置 is a text more often than a coordinate */
    const char *key = arena_fmt(m->arena, "field.%s", t->field->name).p;
    for (int l = 0; l < MAP_LANGUAGES; l++)
        if (str_eq(heading, heading_plain(m->arena, world_word(m->world, map_languages[l], m->module->name, key))))
            return true;
    return false;
}

/* Index of the target that this heading names, or -1: by its own word, or also by what is usual. */
static int match(const SheetMap *m, const MapTarget *all, int n, const bool *taken, Str heading, bool usually)
{
    const char *of = arena_fmt(m->arena, "%s.%s", m->module->name, m->action->name).p;
    if (heading.n == 0) return -1;
    for (int i = 0; i < n; i++)
        if (!taken[i] && is_word_of(m, &all[i], heading)) return i;
    for (int u = 0; usually && u < COUNT(usual); u++) {
        if (usual[u].of != NULL && strcmp(usual[u].of, of) != 0) continue;
        if (!str_eq(heading, plain_c(m, usual[u].heading))) continue;
        for (int i = 0; i < n; i++)
            if (!taken[i] && str_is(all[i].name, usual[u].target)) return i;
    }
    return -1;
}

/* A column that is called what the field is called comes before one that is only usual: 姓名 before 户主. */
void map_propose(SheetMap *m, const Sheet *s)
{
    MapTarget all[MAP_TARGETS_MAX];
    bool taken[MAP_TARGETS_MAX] = { false };
    int n = map_targets(m, all);
    memset(m->mapped, 0, sizeof m->mapped);
    for (int pass = 0; pass < 2; pass++)
        for (int c = 0; c < s->n_columns; c++) {
            if (s->refused[c] || m->mapped[c]) continue;
            int i = match(m, all, n, taken, heading_plain(m->arena, s->headings[c]), pass > 0);
            Str last = s->headings[c];
            while (i < 0 && str_find(last, S(" ")) >= 0) { /* two lines: "办理 时间" */
                (void)str_cut(&last, ' ');
                i = match(m, all, n, taken, heading_plain(m->arena, last), pass > 0);
            }
            if (i < 0) continue;
            taken[i] = m->mapped[c] = true;
            m->targets[c] = all[i];
        }
}
