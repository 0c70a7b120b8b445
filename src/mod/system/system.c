/* system: another system that knows our matters under numbers of its own, and how an answer goes back to it.
 * Whose day: the clerk's, who types nothing twice. Never: a password, or anything of the person who asked. */
#include "core/module.h"

enum { ACTIVE, RETIRED };
static const State states[] = { { "active", true }, { "retired", false }, { 0 } };

enum { LAYOUT_MAX = 2000 };
static const char *const REPLIES[] = { "webhook", "file", "csv", "card", NULL };
/* What a layout may name. */
static const char *const PLACES[] = { "number", "our_number", "state", "text", "date", NULL };

static const Field names[] = {
    { .name = "zh", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "bo", .type = F_TEXT, .max = 120 },
    { .name = "en", .type = F_TEXT, .max = 80 },
    { 0 },
};
static const Field fields[] = {
    { .name = "code", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "name", .type = F_RECORD, .required = true, .fields = names },
    { .name = "reply", .type = F_ENUM, .required = true, .values = REPLIES },
    { .name = "webhook", .type = F_ID },
    { .name = "layout", .type = F_TEXT, .max = LAYOUT_MAX },
    { 0 },
};
static const Field no_fields[] = { { 0 } };

static Read reads[] = {
    { .name = "same", .key = "code",
      .stmt = { "ss", "s", "SELECT id FROM system WHERE community = $1 AND code = $2" } },
    { .name = "webhook", .key = "webhook", .shared = true,
      .stmt = { "ss", "s", "SELECT id FROM webhook WHERE community = $1 AND id = $2 AND retired_at = 0" } },
    { 0 },
};
enum { READ_SAME, READ_WEBHOOK };

static bool code_clean(Str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_')) return false;
    return s.n > 0;
}

/* Every brace begins or ends a name that there is. */
static bool layout_clean(Str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '}') return false;
        if (s.p[i] != '{') continue;
        Str rest = { s.p + i + 1, s.n - i - 1 };
        int64_t end = str_find(rest, S("}"));
        const char *const *p = PLACES;
        while (*p != NULL && !(end >= 0 && str_is((Str){ rest.p, (size_t)end }, *p)))
            p++;
        if (*p == NULL) return false;
        i += (size_t)end + 1;
    }
    return true;
}

static Fail decide(Decide *d)
{
    const DbRows *same = d->reads[READ_SAME];
    Str code = json_text(d->input, "code"), reply = json_text(d->input, "reply"),
        layout = json_text(d->input, "layout");
    bool by_webhook = str_is(reply, "webhook");
    if (!code_clean(code)) return fail_field(ERR_INVALID, "bad_format", "code", 0);
    if (same->rows > 0 && !str_eq(db_text(same, 0, 0), d->matter->id))
        return fail_field(ERR_CONFLICT, "already_exists", "code", 0);
    if (d->matter->state >= 0 && !str_eq(json_text(d->matter->data, "code"), code))
        return fail_field(ERR_CONFLICT, "code_is_fixed", "code", 0);
    if (by_webhook && json_text(d->input, "webhook").n == 0) return fail_field(ERR_INVALID, "required", "webhook", 0);
    if (by_webhook && d->reads[READ_WEBHOOK]->rows == 0) return fail_field(ERR_INVALID, "not_one_of", "webhook", 0);
    if (!by_webhook && layout.n == 0) return fail_field(ERR_INVALID, "required", "layout", 0);
    if (layout.n > 0 && !layout_clean(layout)) return fail_field(ERR_INVALID, "bad_format", "layout", 0);
    return FAIL_NONE;
}

static void fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    m->data = json_new_object(m->arena); /* a change names the whole */
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
}

static Stmt save = { "sssssssl", "",
                     "INSERT INTO system (community, code, id, name, reply, webhook, layout, retired)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                     " ON CONFLICT (community, code) DO UPDATE SET name = excluded.name, reply = excluded.reply,"
                     " webhook = excluded.webhook, layout = excluded.layout, retired = excluded.retired" };
static Stmt *const statements[] = { &save, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(json_text(d, "code")), TXT(m->id),
                 TXT(json_print(a->arena, json_object_get(d, "name"))), TXT(json_text(d, "reply")),
                 TXT(json_text(d, "webhook")), TXT(json_text(d, "layout")), NUM(m->state == RETIRED)));
}

static const Action actions[] = {
    { .name = "add", .route = "POST /systems", .may = ADMIN, .from = NEW, .to = ST(ACTIVE), .fields = fields,
      .reads = reads, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS, .alone = true },
    { .name = "change", .route = "POST /systems/{id}/change", .may = ADMIN, .from = ST(ACTIVE), .to = SAME,
      .fields = fields, .reads = reads, .decide = decide, .fold = fold, .apply = apply, .audience = TO_HANDLERS,
      .alone = true },
    { .name = "retire", .route = "POST /systems/{id}/retire", .may = ADMIN, .from = ST(ACTIVE), .to = ST(RETIRED),
      .fields = no_fields, .apply = apply, .audience = TO_HANDLERS, .alone = true },
    { 0 },
};

static const Query queries[] = {
    { .name = "list", .route = "GET /systems", .may = STAFF | PROGRAM, .scope = SCOPE_NONE,
      .sql = "SELECT s.code, s.id, s.name, s.reply, s.webhook, s.layout, m.version FROM system s"
             " JOIN matter m ON m.community = s.community AND m.id = s.id WHERE s.community = $1 AND s.retired = 0",
      .columns = "code:s id:s name:j reply:s webhook:s layout:s version:l", .order = "s.code:s" },
    { 0 },
};

extern const char system_schema[], system_zh[], system_bo[], system_en[];
const Module module_system = {
    .name = "system", .plural = "systems", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = system_schema,
    .words_zh = system_zh, .words_bo = system_bo, .words_en = system_en,
};
