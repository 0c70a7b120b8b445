/* shift: what one dispatcher leaves to the next. See README.md. */
#include "core/module.h"

enum { WRITTEN, TAKEN, WITHDRAWN };
static const State states[] = { { "written", true }, { "taken", false }, { "withdrawn", false }, { 0 } };

enum { LINKED_MAX = 60, NOTE_TEXT_MAX = 4000, WATCH_MAX = 2000, ADDED_MAX = 1000, SHIFT_MS_MAX = 2 * 24 * 3600 * 1000 };

/* Why a matter goes with the note: as the drafted list found it, or because the author says so. */
static const char *const WHY[] = { "overdue", "due", "waiting", "watch", NULL };

#define DESK (DISPATCHER | CLERK)

static const Field linked[] = {
    { .name = "matter", .type = F_ID, .required = true },
    { .name = "why", .type = F_ENUM, .required = true, .values = WHY },
    { 0 },
};
static const Field note[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = NOTE_TEXT_MAX, .personal = OF_MATTER },
    { .name = "watch", .type = F_TEXT, .max = WATCH_MAX, .personal = OF_MATTER },
    { .name = "from", .type = F_TIME },
    { .name = "until", .type = F_TIME },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "matters", .type = F_LIST, .max = LINKED_MAX, .fields = linked },
    { 0 },
};
static const Field addition[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = ADDED_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field taking[] = { { .name = "text", .type = F_TEXT, .max = ADDED_MAX, .personal = OF_MATTER }, { 0 } };
static const Field nothing[] = { { 0 } };

/* A shift ends after it begins and is no week; each matter goes with it once. */
static Fail write_decide(Decide *d)
{
    const json_t *list = json_object_get(d->input, "matters");
    int64_t from = json_int(d->input, "from"), until = json_int(d->input, "until");
    if (from != 0 && until != 0 && until <= from) return fail_field(ERR_INVALID, "too_small", "until", from);
    if (from != 0 && until - from > SHIFT_MS_MAX)
        return fail_field(ERR_INVALID, "too_large", "until", from + SHIFT_MS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t k = 0; k < i; k++)
            if (str_eq(json_text(json_array_get(list, i), "matter"), json_text(json_array_get(list, k), "matter")))
                return fail_field(ERR_INVALID, "repeated", arena_fmt(d->arena, "matters[%zu].matter", i).p, 0);
    return FAIL_NONE;
}

static void write_fold(Matter *m, const Event *e)
{
    static const char *const kept[] = { "text", "watch", "from", "until", "matters" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
    json_put_text(m->data, "author", e->actor);
    matter_relate(m, e->actor, REPORTER, 0);
}

static void add_fold(Matter *m, const Event *e)
{
    (void)e;
    json_put_int(m->data, "added", json_int(m->data, "added") + 1);
}

static void take_fold(Matter *m, const Event *e)
{
    json_put_text(m->data, "taken_by", e->actor);
    json_put_int(m->data, "taken_at", e->at);
    matter_relate(m, e->actor, HANDLER | HANDLED, 0);
}

/* ---- the tables ---- */

static Stmt save = { "sssssllllsl", "",
                     "INSERT INTO shift (community, id, author, text, watch, from_at, until_at, matters, added,"
                     " taken_by, taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                     " ON CONFLICT (community, id) DO UPDATE SET added = excluded.added,"
                     " taken_by = excluded.taken_by, taken_at = excluded.taken_at" };
static Stmt save_matter = { "sslss", "",
                            "INSERT INTO shift_matter (community, shift, n, matter, why) VALUES ($1, $2, $3, $4, $5)"
                            " ON CONFLICT (community, shift, n) DO NOTHING" };
static Stmt *const statements[] = { &save, &save_matter, NULL };

static Str sealed_text(Apply *a, const Matter *m, const char *name)
{
    const json_t *v = json_object_get(m->data, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

static void apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *d = m->data;
    db_send(a->db, a->arena, &save,
            ARGS(TXT(e->community), TXT(m->id), TXT(json_text(d, "author")), TXT(sealed_text(a, m, "text")),
                 TXT(sealed_text(a, m, "watch")), NUM(json_int(d, "from")), NUM(json_int(d, "until")),
                 NUM((int64_t)json_array_size(json_object_get(d, "matters"))), NUM(json_int(d, "added")),
                 TXT(json_text(d, "taken_by")), NUM(json_int(d, "taken_at"))));
}

static void write_apply(Apply *a, const Matter *m, const Event *e)
{
    const json_t *list = json_object_get(e->data, "matters");
    apply(a, m, e);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        db_send(a->db, a->arena, &save_matter,
                ARGS(TXT(e->community), TXT(m->id), NUM((int64_t)i), TXT(json_text(one, "matter")),
                     TXT(json_text(one, "why"))));
    }
}

static const Action actions[] = {
    { .name = "write", .route = "POST /shifts", .may = DESK, .from = NEW, .to = ST(WRITTEN), .fields = note,
      .decide = write_decide, .fold = write_fold, .apply = write_apply, .audience = TO_HANDLERS },
    { .name = "add", .route = "POST /shifts/{id}/add", .may = DESK, .from = ST(WRITTEN) | ST(TAKEN), .to = SAME,
      .fields = addition, .fold = add_fold, .apply = apply, .audience = TO_HANDLERS, .tell = HANDLER,
      .mode = COMMUTES },
    { .name = "take", .route = "POST /shifts/{id}/take", .may = DESK, .unless = REPORTER, .from = ST(WRITTEN),
      .to = ST(TAKEN), .fields = taking, .fold = take_fold, .apply = apply, .audience = TO_HANDLERS,
      .tell = REPORTER },
    { .name = "withdraw", .route = "POST /shifts/{id}/withdraw", .who = REPORTER, .from = ST(WRITTEN),
      .to = ST(WITHDRAWN), .fields = nothing, .apply = apply, .audience = TO_HANDLERS },
    { 0 },
};

/* ---- queries ---- */

static const char *const STATE_NAMES[] = { "written", "taken", "withdrawn", NULL };
static const Filter list_filters[] = {
    { { .name = "state", .type = F_ENUM, .values = STATE_NAMES }, "m.state = $" },
    { { 0 }, NULL },
};
#define READERS (DESK | OVERSEER)

static const Query queries[] = {
    { .name = "list", .route = "GET /shifts", .may = READERS, .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, m.state, m.version, m.place, m.opened_at, m.changed_at, h.author, COALESCE(c.name, ''),"
             " h.text, h.watch, h.from_at, h.until_at, h.matters, h.added, h.taken_by, COALESCE(t.name, ''),"
             " h.taken_at FROM matter m JOIN shift h ON h.community = m.community AND h.id = m.id"
             " LEFT JOIN card c ON c.community = h.community AND c.person = h.author"
             " LEFT JOIN card t ON t.community = h.community AND t.person = h.taken_by"
             " WHERE m.community = $1 AND m.kind = 'shift' AND {scope}",
      .columns = "id:s state:s version:l place:s opened_at:l changed_at:l author:s author_name:s text:x watch:x from:l"
                 " until:l matters:l added:l taken_by:s taken_name:s taken_at:l",
      .filters = list_filters, .order = "m.changed_at:l DESC, m.id:s DESC" },
    { .name = "view", .route = "GET /shifts/{id}", .may = READERS, .who = REPORTER | HANDLER, .view = true },
    /* Scope is the matters' own: a note opens nothing that its reader may not see. */
    { .name = "matters", .route = "GET /shifts/{id}/matters", .may = READERS, .scope = SCOPE_PLACE,
      .sql = "SELECT s.n, s.why, m.id, m.number, m.state, m.version, m.place, m.category, m.due_at, m.closed_at,"
             " r.text, r.public_title, r.handler FROM shift_matter s"
             " JOIN matter m ON m.community = s.community AND m.id = s.matter"
             " JOIN report r ON r.community = m.community AND r.id = m.id"
             " WHERE s.community = $1 AND m.community = $1 AND s.shift = $2 AND {scope}",
      .columns = "n:l why:s id:s number:l state:s version:l place:s category:s due_at:l closed_at:l text:x"
                 " public_title:s handler:s",
      .order = "s.n:l", .limit_max = LINKED_MAX },
    { 0 },
};

extern const char shift_schema[], shift_zh[], shift_bo[], shift_en[];
const Module module_shift = {
    .name = "shift", .plural = "shifts", .states = states, .actions = actions, .queries = queries,
    .statements = statements, .schema = shift_schema, .words_zh = shift_zh, .words_bo = shift_bo,
    .words_en = shift_en,
};
