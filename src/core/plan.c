/* plan: one row of a command on its way from input to event. Pure but for plan_send and plan_write. */
#include "core/file.h"
#include "core/internal.h"

static Fail moved(Arena *a, Fail f, Str to)
{
    Str path = f.field[0] != 0 ? arena_fmt(a, "%.*s.%s", STR_ARG(to), f.field) : to;
    Fail there = fail_field(f.err, f.code, path.p, f.limit);
    there.log = f.log;
    memcpy(there.about, f.about, sizeof there.about);
    return there;
}

/* A reaction's refusal names the reaction: whoever acted never asked for it. */
void plan_fault(Plan *plan, Fail f)
{
    Command *c = plan->command;
    Errors *e = &c->errors;
    e->arena = c->arena;
    if (plan->depth > 0)
        f = moved(c->arena, f, action_type(c->arena, plan->module, plan->action));
    else if (c->many)
        f = moved(c->arena, f, arena_fmt(c->arena, "rows[%d]", plan->row));
    if (e->n == e->cap) {
        int cap = e->cap == 0 ? 4 : e->cap * 2;
        Fail *list = arena_array(e->arena, Fail, cap);
        if (e->n > 0) memcpy(list, e->list, sizeof(Fail) * (size_t)e->n);
        e->list = list;
        e->cap = cap;
    }
    e->list[e->n++] = f;
    if (c->fail.err == OK) c->fail = f;
}

static void need_subject(Plan *plan, Str subject)
{
    if (subject.n == 0) return;
    for (int i = 0; i < plan->n_subjects; i++)
        if (str_eq(plan->subjects[i], subject)) return;
    assert(plan->n_subjects < SUBJECTS_MAX);
    plan->subjects[plan->n_subjects++] = subject;
}

static Str subject_of(const Plan *plan, const Field *f, const json_t *record)
{
    if (f->personal == OF_ACTOR && plan->actor->person.n > 0 && !plan->actor->system) return plan->actor->person;
    if (f->personal == OF_PERSON_FIELD) {
        Str person = json_text(record, f->of);
        if (person.n == 0) person = json_text(plan->input, f->of);
        if (person.n > 0) return person;
    }
    return plan->matter; /* a text, photo or number that nobody's account owns belongs to the matter */
}

static void collect_subjects(Plan *plan, const Field *fields, const json_t *record)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        const json_t *v = json_object_get(record, f->name);
        if (f->search) need_subject(plan, plan->matter);
        if (v == NULL) continue;
        if (f->personal != NOT_PERSONAL) need_subject(plan, subject_of(plan, f, record));
        if (f->type == F_RECORD) collect_subjects(plan, f->fields, v);
        if (f->type == F_LIST)
            for (size_t i = 0; i < json_array_size(v); i++)
                collect_subjects(plan, f->fields, json_array_get(v, i));
    }
}

bool plan_check(Planner *p, Plan *plan)
{
    (void)p;
    Errors errors = { .arena = plan->arena };
    json_t *in = plan->input != NULL ? plan->input : json_new_object(plan->arena);
    plan->input = fields_validate(plan->arena, plan->action->fields, in, "", &errors);
    for (int i = 0; i < errors.n; i++)
        plan_fault(plan, errors.list[i]);
    if (errors.n > 0) return false;
    if (!id_valid(plan->matter)) {
        plan_fault(plan, fail_field(ERR_INVALID, "bad_format", "id", ID_CHARS));
        return false;
    }
    collect_subjects(plan, plan->action->fields, plan->input);
    if (plan->n_subjects > 3) return plan_fault(plan, fail(ERR_INVALID, "too_many_persons")), false;
    return true;
}

/* ---- load ---- */

static void send_read(Planner *p, Plan *plan, int i, const Read *read)
{
    const json_t *value = NULL;
    Str key = S("");
    if (strcmp(read->key, "matter") == 0)
        key = plan->matter;
    else if (strcmp(read->key, "actor") == 0)
        key = plan->actor->person;
    else if (read->key[0] != 0)
        value = json_object_get(plan->input, read->key);
    size_t n = read->each ? json_array_size(value) : 1;
    plan->reads[i] = arena_array(plan->arena, DbRows *, n + 1);
    for (size_t k = 0; k < n; k++) {
        const json_t *one = read->each ? json_array_get(value, k) : value;
        if (json_is_string(one)) key = (Str){ json_string_value(one), json_string_length(one) };
        if (read->lookup && key.n > 0) key = seal_lookup(p->seals, plan->arena, plan->community, key);
        DbVal args[2] = { TXT(plan->community), TXT(key) };
        plan->reads[i][plan->n_reads[i]++] = db_send(p->db, plan->arena, &read->stmt, args);
    }
}

static void send_files(Planner *p, Plan *plan)
{
    for (const Field *f = plan->action->fields; f != NULL && f->name != NULL; f++) {
        if (f->type != F_FILES) continue;
        const json_t *ids = json_object_get(plan->input, f->name);
        for (size_t i = 0; i < json_array_size(ids) && plan->n_files < FILES_MAX; i++) {
            const json_t *id = json_array_get(ids, i);
            Str text = { json_string_value(id), json_string_length(id) };
            plan->file_rows[plan->n_files++] =
                db_send(p->db, plan->arena, &file_upload_load, ARGS(TXT(plan->community), TXT(text)));
        }
    }
}

void plan_send(Planner *p, Plan *plan, const Matter *known)
{
    if (known == NULL) {
        plan->matter_rows = matter_send_load(p->db, plan->arena, plan->community, plan->matter);
        if (plan->action->from & ~(States)NEW)
            plan->relation_rows = matter_send_relations(p->db, plan->arena, plan->community, plan->matter);
    }
    for (int i = 0; i < plan->n_subjects; i++) {
        Key key;
        if (!key_cache_get(p->keys, NULL, plan->community, plan->subjects[i], &key))
            plan->key_rows[i] =
                db_send(p->db, plan->arena, &seal_key_load, ARGS(TXT(plan->community), TXT(plan->subjects[i])));
    }
    int i = 0;
    for (const Read *r = plan->action->reads; r != NULL && r->name != NULL; r++)
        send_read(p, plan, i++, r);
    send_files(p, plan);
}

/* ---- decide ---- */

static DbRows *join_rows(Arena *a, DbRows **list, int n)
{
    if (n == 1) return list[0];
    DbRows *all = arena_new_of(a, DbRows);
    int rows = 0;
    for (int i = 0; i < n; i++) {
        rows += list[i]->rows;
        if (list[i]->cols > 0) all->cols = list[i]->cols;
    }
    all->vals = arena_array(a, DbVal, (rows + 1) * (all->cols + 1));
    for (int i = 0; i < n; i++) {
        if (list[i]->rows == 0) continue;
        memcpy(&all->vals[all->rows * all->cols], list[i]->vals,
               sizeof(DbVal) * (size_t)(list[i]->rows * list[i]->cols));
        all->rows += list[i]->rows;
    }
    return all;
}

static Fail attach_files(Plan *plan, json_t *data)
{
    int k = 0;
    for (const Field *f = plan->action->fields; f != NULL && f->name != NULL; f++) {
        json_t *ids = f->type == F_FILES ? json_object_get(data, f->name) : NULL;
        if (ids == NULL) continue;
        json_t *files = json_new_array(plan->arena);
        for (size_t i = 0; i < json_array_size(ids) && k < FILES_MAX; i++) {
            json_t *file = NULL;
            const char *type = f->values != NULL ? f->values[0] : "image/";
            Fail bad = file_attach(plan->arena, plan->file_rows[k++], plan->matter, type, &file);
            if (bad.err != OK) {
                Str path = arena_fmt(plan->arena, "%s[%zu]", f->name, i);
                return fail_field(bad.err, bad.code, path.p, bad.limit);
            }
            json_array_append(files, file);
        }
        json_put(data, f->name, files);
    }
    return FAIL_NONE;
}

static Key plan_key(Planner *p, Plan *plan, Str subject)
{
    Key key;
    for (int i = 0; i < plan->n_subjects; i++) {
        if (!str_eq(plan->subjects[i], subject)) continue;
        if (key_cache_get(p->keys, NULL, plan->community, subject, &key)) return key;
        key = seal_new_key();
        plan->new_key[i] = true;
        key_cache_put(p->keys, plan->community, subject, key);
        return key;
    }
    assert(false && "subject was not collected");
    return seal_new_key();
}

static void seal_fields(Planner *p, Plan *plan, const Field *fields, json_t *record)
{
    for (const Field *f = fields; f != NULL && f->name != NULL; f++) {
        json_t *v = json_object_get(record, f->name);
        if (v == NULL || json_is_null(v)) continue;
        if (f->personal != NOT_PERSONAL && !seal_is(v)) {
            Str subject = subject_of(plan, f, record);
            Str plain = json_is_string(v) ? (Str){ json_string_value(v), json_string_length(v) }
                                          : json_print(plan->arena, v);
            json_put(record, f->name,
                     seal_value(plan->arena, plan_key(p, plan, subject), plan->community, subject, plain));
        } else if (f->type == F_RECORD) {
            seal_fields(p, plan, f->fields, v);
        } else if (f->type == F_LIST) {
            for (size_t i = 0; i < json_array_size(v); i++)
                seal_fields(p, plan, f->fields, json_array_get(v, i));
        }
    }
}

/* Also keys that only the search index or an old sealed text needs: cached now, while we may still read. A key that is
 * there and does not open (another key file) is no reason to make a new one: nobody could ever read what it seals. */
static Fail cache_keys(Planner *p, Plan *plan)
{
    for (int i = 0; i < plan->n_subjects; i++) {
        const DbRows *r = plan->key_rows[i];
        Key key;
        if (r == NULL || r->rows == 0) continue;
        if (!seal_unwrap(p->seals, plan->community, plan->subjects[i], db_text(r, 0, 0), &key))
            return fail(ERR_INTERNAL, "key_does_not_open");
        key_cache_put(p->keys, plan->community, plan->subjects[i], key);
    }
    return FAIL_NONE;
}

/* Where a new matter will be is known after decide (check_place); before, the role must be held somewhere at least. */
static Fail check_may(const Plan *plan, const Matter *m, int64_t now)
{
    const Action *x = plan->action;
    if (plan->actor->system) return (x->may & SYSTEM) ? FAIL_NONE : fail(ERR_FORBIDDEN, "forbidden");
    if (plan->actor->by != NULL && !x->for_another) return fail(ERR_FORBIDDEN, "not_for_another");
    bool creating = (x->from & NEW) != 0 && m->state < 0;
    bool may = creating ? (x->may & actor_roles(plan->actor, now)) != 0
                        : rights_may(x->may, x->who, x->unless, plan->actor, m, m->place, now);
    if (!may) {
        bool nobody = plan->actor->person.n == 0 && plan->actor->receipt.n == 0;
        if (!creating && (actor_relations(plan->actor, m) & x->unless))
            return fail(ERR_FORBIDDEN, "excluded_by_relation");
        return nobody ? fail(ERR_SIGN_IN, "sign_in") : fail(ERR_FORBIDDEN, "forbidden");
    }
    if (actor_on_both_sides(plan->actor, m)) return fail(ERR_FORBIDDEN, "excluded_by_relation");
    if (x->strong && !plan->actor->strong) return fail(ERR_FORBIDDEN, "second_factor");
    return FAIL_NONE;
}

/* Rights hang on places: whoever makes a matter, or moves one, needs the role where it will then be. */
static Fail check_place(const Plan *plan, const Matter *m, const json_t *data, int64_t now)
{
    Str place = json_text(data, "place");
    bool creating = m->state < 0;
    if (place.n > 0 && !place_within(place, plan->community))
        return fail_field(ERR_INVALID, "outside_community", "place", 0);
    if (plan->actor->system || (!creating && (place.n == 0 || str_eq(place, m->place)))) return FAIL_NONE;
    if (place.n == 0) place = plan->community;
    if (plan->action->may & actor_roles_at(plan->actor, place, now)) return FAIL_NONE;
    return fail_field(ERR_FORBIDDEN, "forbidden", "place", 0);
}

static Fail check_state(const Plan *plan, const Matter *m)
{
    const Action *x = plan->action;
    if (m->state < 0) return (x->from & NEW) ? FAIL_NONE : fail(ERR_NOT_FOUND, "not_found");
    if (!(x->from & ST(m->state)))
        return (x->from & NEW) && (x->from & ~(States)NEW) == 0 ? fail_field(ERR_CONFLICT, "already_exists", "id", 0)
                                                                 : fail(ERR_CONFLICT, "wrong_state");
    if (x->mode == STRICT && !plan->actor->system) {
        if (plan->version < 0) return fail_field(ERR_INVALID, "required", "version", m->version);
        if (plan->version != m->version) return fail_field(ERR_CONFLICT, "stale_version", "version", m->version);
    }
    return FAIL_NONE;
}

static int only_state(States to, int same)
{
    if (to & SAME) return same;
    return __builtin_ctz(to);
}

/* What the call's rows before this one made is not in the tables yet, where decide would find it. */
static Fail check_same(const Plan *plan)
{
    const char *const *same = plan->action->same;
    for (int i = 0; same != NULL && i < plan->n_earlier; i++) {
        bool alike = true, says = false;
        int n = 0;
        for (; same[n] != NULL; n++) {
            Str one = json_text(plan->input, same[n]);
            says |= one.n > 0;
            alike = alike && str_eq(one, json_text(plan->earlier_inputs[i], same[n]));
        }
        if (alike && says) return fail_field(ERR_CONFLICT, "same_row", same[n - 1], i + 1);
    }
    return FAIL_NONE;
}

static Fail run_decide(Planner *p, Plan *plan, Head *head, const Matter *m, Event *e)
{
    const Action *x = plan->action;
    States choices = x->to & ~(States)SAME;
    bool several = (choices & (choices - 1)) != 0;
    Decide d = { .arena = plan->arena,
                 .world = p->world,
                 .module = plan->module,
                 .action = x,
                 .actor = plan->actor,
                 .matter = m,
                 .roles = actor_roles_at(plan->actor, m->state < 0 ? plan->community : m->place, e->at),
                 .input = plan->input,
                 .now = e->at,
                 .places = head->places,
                 .calendar = head->calendar,
                 .earlier = plan->earlier,
                 .earlier_inputs = plan->earlier_inputs,
                 .n_earlier = plan->n_earlier,
                 .new_id = e->id,
                 .to = several ? -1 : only_state(x->to, m->state) };
    for (int i = 0; x->reads != NULL && x->reads[i].name != NULL; i++)
        d.reads[i] = join_rows(plan->arena, plan->reads[i], plan->n_reads[i]);
    d.data = json_keep(plan->arena, json_deep_copy(plan->input));
    Fail f = attach_files(plan, d.data);
    if (f.err == OK) f = check_same(plan);
    if (f.err == OK && x->decide != NULL) f = x->decide(&d);
    if (f.err == OK) f = check_place(plan, m, d.data, e->at);
    if (f.err != OK) return f;
    bool legal = d.to >= 0 && ((choices & ST(d.to)) != 0 || ((x->to & SAME) && d.to == m->state));
    assert(legal && "decide chose a state that its row does not name");
    if (!legal) return fail(ERR_INTERNAL, "illegal_state");
    Audience most = x->audience | (x->audience & TO_PARTIES ? ALL_SIDES : 0);
    assert((d.audience & ~most) == 0 && "decide widened the audience of its row");
    if ((d.audience & ~most) != 0) return fail(ERR_INTERNAL, "illegal_audience");
    if (d.audience != 0) e->audience = d.audience;
    e->to = d.to;
    e->data = d.data;
    e->tell = d.tell;
    return FAIL_NONE;
}

static bool is_by_due(Unit u)
{
    return u == AT_DUE || u == BEFORE_DUE_HOURS || u == AFTER_DUE_HOURS || u == BEFORE_DUE_PERCENT;
}

/* 0: not at all */
static int64_t clock_start(const Clock *c, const Calendar *calendar, int64_t due, int64_t now)
{
    if (!is_by_due(c->unit)) return clock_due(calendar, now, c->after, c->unit, NULL, NULL);
    if (due == 0) return 0;
    if (c->unit == BEFORE_DUE_PERCENT) return due > now ? due - (due - now) * c->after / 100 : 0;
    return due + (c->unit == AFTER_DUE_HOURS ? c->after : c->unit == BEFORE_DUE_HOURS ? -c->after : 0) * HOUR_MS;
}

/* Clocks run while the matter is in their states: entering starts, leaving stops, a moved due time moves them. What
 * comes back late fires at once: a firing's id comes from clock and due time, and that of the past may be used up. The
 * version keeps apart what happens in one moment, as when the machine's clock was set back. */
static json_t *clock_changes(Plan *plan, const Head *head, const Matter *before, const Matter *after, const Event *e)
{
    json_t *changes = json_new_object(plan->arena);
    if (plan->command->clock != NULL && plan->depth == 0)
        json_object_set_new(changes, plan->command->clock, json_null());
    for (const Clock *c = plan->module->clocks; c != NULL && c->name != NULL; c++) {
        bool was = before->state >= 0 && (c->states & ST(before->state));
        bool is = (c->states & ST(after->state)) != 0;
        bool by_due = is_by_due(c->unit);
        bool moved = by_due && before->due_at != after->due_at;
        bool entered = before->state != after->state && !by_due;
        if (was && !is) json_object_set_new(changes, c->name, json_null());
        if (!is || (was && !moved && !entered)) continue;
        int64_t due = clock_start(c, head->calendar, after->due_at, e->at);
        bool back = !was && before->state >= 0 && !moved;
        if (due > 0 && due < e->at && back) due = e->at - after->version;
        if (due > 0)
            json_put_int(changes, c->name, due);
        else if (was)
            json_object_set_new(changes, c->name, json_null());
    }
    return json_object_size(changes) > 0 ? changes : NULL;
}

static bool names(const json_t *list, Str person)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_is(person, json_string_value(json_array_get(list, i)))) return true;
    return false;
}

/* What is for fewer than the row says is news for them alone. */
static bool hears(const Plan *plan, Relations is)
{
    Audience sees = is & ALL_SIDES;
    if (plan->event.audience == plan->action->audience) return true;
    if (is & PARTY) sees |= TO_PARTIES;
    else if (is & (HANDLER | CO_HANDLER)) sees |= TO_MEDIATOR | TO_HANDLERS;
    return audience_may(sees, plan->event.audience);
}

/* Whom decide named, then who is something to the matter; nobody twice, whoever did it not at all. Who had it done for
 * them is told in any case. */
static json_t *told(Plan *plan, const Matter *m, const json_t *named)
{
    json_t *list = json_new_array(plan->arena);
    Str self = actor_self(plan->actor)->person, person_for = plan->actor->by != NULL ? plan->actor->person : S("");
    if (person_for.n > 0) json_array_append_new(list, json_stringn(person_for.p, person_for.n));
    for (size_t i = 0; i < json_array_size(named); i++) {
        json_t *v = json_array_get(named, i);
        Str person = { json_string_value(v), json_string_length(v) };
        if (!str_eq(person, self) && !names(list, person)) json_array_append(list, v);
    }
    for (int i = 0; i < m->n_relations; i++) {
        const Relation *r = &m->relations[i];
        if (!(r->is & plan->action->tell) || !hears(plan, r->is)) continue;
        if (!str_eq(r->person, self) && !names(list, r->person))
            json_array_append_new(list, json_stringn(r->person.p, r->person.n));
    }
    return json_array_size(list) > 0 ? list : NULL;
}

static int64_t next_number(Planner *p, Plan *plan, Head *head)
{
    if (!plan->module->numbered || plan->before->state >= 0) return 0;
    for (int i = 0; i < p->world->n_modules; i++) {
        Counter *c = &head->counters[i];
        if (c->module == NULL) *c = (Counter){ plan->module->name, 0 };
        if (strcmp(c->module, plan->module->name) == 0) return ++c->n;
    }
    return 0;
}

static Fail find_matter(Planner *p, Plan *plan, const Matter *known)
{
    if (known != NULL) {
        plan->before = known;
        return FAIL_NONE;
    }
    Matter *m = arena_new_of(plan->arena, Matter);
    if (plan->matter_rows->rows == 0) {
        *m = (Matter){ .community = plan->community, .id = plan->matter, .state = -1, .arena = plan->arena,
                       .place = plan->community, .kind = str_c(plan->module->name) };
    } else {
        Fail f = matter_from_rows(plan->arena, p->world, plan->matter_rows, plan->relation_rows, m);
        if (f.err != OK) return f;
        if (!str_is(m->kind, plan->module->name))
            return plan->action->from & NEW ? fail_field(ERR_CONFLICT, "already_exists", "id", 0)
                                            : fail(ERR_NOT_FOUND, "not_found");
    }
    plan->before = m;
    return FAIL_NONE;
}

/* What lay on a phone for so long was meant for a matter that was open. */
static Fail check_late(const Plan *plan, const Matter *m, int64_t now)
{
    const Command *c = plan->command;
    bool old = c->late && plan->depth == 0 && c->claimed_at > 0 && c->claimed_at < now - LATE_DAYS * DAY_MS;
    return old && m->closed_at > 0 ? fail(ERR_CONFLICT, "closed_meanwhile") : FAIL_NONE;
}

Fail plan_decide(Planner *p, Plan *plan, Head *head, const Matter *known, int64_t now)
{
    const Action *x = plan->action;
    Command *c = plan->command;
    Fail f = find_matter(p, plan, known);
    if (f.err == OK && plan->before->state < 0 && !(x->from & NEW)) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err == OK) f = check_may(plan, plan->before, now);
    if (f.err == OK) f = check_late(plan, plan->before, now);
    if (f.err == OK) f = check_state(plan, plan->before);
    if (f.err != OK) return f;
    Event *e = &plan->event;
    *e = (Event){ .community = plan->community, .action = x, .type = action_type(plan->arena, plan->module, x),
                  .version = x->version > 0 ? x->version : 1, .matter = plan->matter, .at = now,
                  .claimed_at = plan->depth == 0 ? c->claimed_at : 0,
                  .actor = plan->actor->system ? S("system") : plan->actor->person,
                  .matter_version = plan->before->version + 1, .audience = x->audience,
                  .id = id_new(plan->arena, now) };
    if (!plan->actor->system && plan->actor->person.n > 0 && !str_eq(plan->actor->community, plan->community))
        e->actor_community = plan->actor->community;
    if (plan->actor->by != NULL) e->by = plan->actor->by->person;
    f = run_decide(p, plan, head, plan->before, e);
    if (f.err == OK) f = cache_keys(p, plan);
    if (f.err != OK) return f;
    seal_fields(p, plan, x->fields, e->data);
    e->number = next_number(p, plan, head);
    plan->after = matter_copy(plan->arena, plan->before);
    event_fold(p->world, plan->after, e);
    e->clocks = clock_changes(plan, head, plan->before, plan->after, e);
    e->tell = told(plan, plan->after, e->tell);
    if (plan->depth == 0 && c->n_events == 0 && c->client_id.n > 0) {
        e->client_id = c->client_id;
        e->body_hash = c->body_hash;
        e->rows = c->n_rows;
    }
    e->seq = head->seq + 1;
    e->prev = head->hash;
    f = event_print(plan->arena, e, p->world);
    if (f.err != OK) return f;
    head->seq = e->seq;
    head->hash = e->hash;
    head->at = e->at;
    return FAIL_NONE;
}

/* ---- write ---- */

Stmt log_event_add = { "slssslbb", "",
                          "INSERT INTO event (community, seq, id, matter, type, at, bytes, hash)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", .many = true };
Stmt *const plan_statements[] = { &log_event_add, &seal_key_load,    &seal_key_save,
                                  &seal_key_drop, &file_upload_load, NULL };

void plan_write(Planner *p, Plan *plan)
{
    const Event *e = &plan->event;
    Arena *a = plan->arena;
    for (int i = 0; i < plan->n_subjects; i++) {
        Key key;
        if (!plan->new_key[i] || !key_cache_get(p->keys, NULL, plan->community, plan->subjects[i], &key)) continue;
        Str wrapped = seal_wrap(p->seals, a, plan->community, plan->subjects[i], key);
        db_send(p->db, a, &seal_key_save, ARGS(TXT(plan->community), TXT(plan->subjects[i]), BYT(wrapped), NUM(e->at)));
    }
    db_send(p->db, a, &log_event_add,
            ARGS(TXT(e->community), NUM(e->seq), TXT(e->id), TXT(e->matter), TXT(e->type), NUM(e->at),
                 BYT(e->bytes), BYT(((Str){ (const char *)e->hash.b, HASH_BYTES }))));
    Apply apply;
    ApplySelf self = { p->seals, p->keys, NULL };
    apply_init(&apply, &self, a, p->db, false);
    event_apply(p->world, &apply, plan->before->state < 0 ? NULL : plan->before, plan->after, e);
    if (e->action->erases)
        db_send(p->db, a, &seal_key_drop, ARGS(TXT(e->community), TXT(e->matter)));
}
