/* trial: see README.md. */
#include "core/module.h"

enum { OPEN, DONE };
static const State states[] = { { "open", true }, { "done", false }, { 0 } };
enum { KEEPERS = OFFICER | DISPATCHER | CLERK | ADMIN };

static const char *const SIZES[] = { "small", "middle", "large", NULL };
static const char *const AUDIO[] = { "audio/", NULL };
static const Field detail[] = {
    { .name = "floor", .type = F_INT, .min = -3, .max = 60 },
    { .name = "door", .type = F_TEXT, .required = true, .min = 1, .max = 20 },
    { 0 },
};
static const Field part[] = {
    { .name = "what", .type = F_TEXT, .required = true, .min = 2, .max = 40 },
    { .name = "count", .type = F_INT, .required = true, .min = 1, .max = 999 },
    { 0 },
};
#define FACTS                                                                                                          \
    { .name = "title", .type = F_TEXT, .required = true, .min = 2, .max = 40 },                                        \
    { .name = "size", .type = F_ENUM, .required = true, .values = SIZES },                                             \
    { .name = "amount", .type = F_INT, .required = true, .min = 0, .max = 100000 },                                    \
    { .name = "urgent", .type = F_BOOL },                                                                              \
    { .name = "day", .type = F_DATE },                                                                                 \
    { .name = "from", .type = F_TIME },                                                                                \
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER },                                                       \
    { .name = "owner", .type = F_PERSON },                                                                             \
    { .name = "building", .type = F_ID },                                                                              \
    { .name = "detail", .type = F_RECORD, .fields = detail },                                                          \
    { .name = "parts", .type = F_LIST, .max = 4, .fields = part }
static const Field add_fields[] = {
    FACTS,
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "point", .type = F_POINT },
    { .name = "photos", .type = F_FILES, .max = 3 },
    { .name = "voice", .type = F_FILES, .max = 1, .values = AUDIO },
    { .name = "text", .type = F_TEXT, .max = 1000, .personal = OF_MATTER },
    { .name = "signature", .type = F_SIGNATURE, .of = "text" },
    { 0 },
};
static const Field change_fields[] = { FACTS, { 0 } };
static const Field note_fields[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = 1000, .personal = OF_MATTER },
    { .name = "photos", .type = F_FILES, .max = 3 },
    { 0 },
};

static void fold(Matter *m, const Event *e)
{
    const char *key;
    json_t *value;
    json_object_foreach(e->data, key, value) json_put(m->data, key, value);
}

static Stmt save = { "ssssll", "",
                     "INSERT INTO trial (community, id, title, size, amount, urgent) VALUES ($1, $2, $3, $4, $5, $6)"
                     " ON CONFLICT (community, id) DO UPDATE SET title = excluded.title, size = excluded.size,"
                     " amount = excluded.amount, urgent = excluded.urgent" };
static Stmt *const statements[] = { &save, NULL };

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(d, "title")), TXT(json_text(d, "size")),
                 NUM(json_int(d, "amount")), NUM(json_bool(d, "urgent"))));
}

static const Action actions[] = {
    { .name = "add", .route = "POST /trials", .may = KEEPERS, .from = NEW, .to = ST(OPEN), .fields = add_fields,
      .fold = fold, .apply = apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "change", .route = "POST /trials/{id}/change", .may = KEEPERS, .from = ST(OPEN), .to = SAME,
      .fields = change_fields, .fold = fold, .apply = apply, .audience = TO_HANDLERS, .mode = STRICT },
    { .name = "note", .route = "POST /trials/{id}/note", .may = KEEPERS, .from = ST(OPEN) | ST(DONE), .to = SAME,
      .fields = note_fields, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "finish", .route = "POST /trials/{id}/finish", .may = KEEPERS, .from = ST(OPEN), .to = ST(DONE),
      .audience = TO_HANDLERS, .mode = STRICT },
    { 0 },
};
static const Filter filters[] = {
    { { .name = "size", .type = F_ENUM, .values = SIZES }, "t.size = $" },
    { .sql = NULL },
};
static const Query queries[] = {
    { .name = "view", .route = "GET /trials/{id}", .may = KEEPERS, .view = true, .carried = true },
    { .name = "list", .route = "GET /trials", .may = KEEPERS, .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, t.title, t.size, t.amount, t.urgent, m.state, m.version, m.place, m.opened_at FROM trial t"
             " JOIN matter m ON m.community = t.community AND m.id = t.id WHERE t.community = $1 AND m.community = $1"
             " AND m.kind = 'trial' AND {scope}",
      .columns = "id:s title:s size:s amount:l urgent:b state:s version:l place:s opened_at:l", .filters = filters,
      .order = "m.opened_at:l DESC, m.id:s DESC" },
    { 0 },
};

extern const char trial_schema[], trial_zh[], trial_bo[], trial_en[];
const Module module_trial = {
    .name = "trial", .plural = "trials", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = trial_schema, .words_zh = trial_zh, .words_bo = trial_bo, .words_en = trial_en,
};
