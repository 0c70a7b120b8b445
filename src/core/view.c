/* The view of one matter, for every kind: what it is, who has it, what happened, and what this reader may do now. All
 * of it filtered by audience in one place. */
#include "core/query.h"

#include "core/internal.h"

enum { TIMELINE_SHOWN_MAX = 300 };

static Stmt timeline_load = {
    "ssl", "lsllslslss",
    "SELECT t.seq, t.type, t.at, t.claimed_at, t.actor, t.audience, t.state, t.matter_version, t.data,"
    " COALESCE(x.by_person, '') FROM timeline t LEFT JOIN acted x ON x.community = t.community AND x.seq = t.seq"
    " WHERE t.community = $1 AND t.matter = $2 ORDER BY t.seq LIMIT $3"
};
static Stmt cards_load = { "ss", "sss",
                           "SELECT c.person, c.name, c.duty_phone FROM card c WHERE c.community = $1 AND c.person IN"
                           " (SELECT person FROM relation WHERE community = $1 AND matter = $2"
                           " UNION ALL SELECT actor FROM timeline WHERE community = $1 AND matter = $2)" };
static Stmt access_add = { "sslssss", "",
                           "INSERT INTO access (community, subject, at, id, reader, what, matter)"
                           " VALUES ($1, $2, $3, $4, $5, $6, $7)" };
Stmt *const view_statements[] = { &timeline_load, &cards_load, &access_add, NULL };

Fail query_log_access(Reading *r, Str subject, Str matter)
{
    Str reader = actor_self(r->actor)->person;
    if (str_eq(subject, reader)) return FAIL_NONE; /* one's own data */
    db_send(r->db, r->arena, &access_add,
            ARGS(TXT(r->community), TXT(subject), NUM(r->now), TXT(id_new(r->arena, r->now)), TXT(reader),
                 TXT(arena_fmt(r->arena, "%s.%s", r->module->name, r->query->name)), TXT(matter)));
    return db_sync(r->db);
}

typedef struct View {
    Reading *r;
    const Matter *m;
    Audience viewer;
    Relations me;
    const DbRows *cards;
    int opened; /* sealed values that this reader now sees */
} View;

/* A person's own number is masked for all but that person; the logged contact query opens it. */
static void put_opened(View *v, Json *j, const Field *f, SealedText value)
{
    Str plain = reading_open(v->r, value);
    bool own = str_eq(value.of, v->r->actor->person) || (v->me & (REPORTER | SELF)) != 0;
    bool mask = !own && f != NULL && (f->type == F_PHONE || f->personal == OF_ACTOR || f->personal == OF_PERSON_FIELD);
    v->opened += plain.n > 0;
    if (plain.n == 0)
        jw_null(j);
    else if (f != NULL && f->type != F_TEXT && f->type != F_PHONE && plain.p[0] == '{')
        jw_raw(j, plain);
    else
        jw_text(j, mask ? mask_text(v->r->arena, plain) : plain);
}

static void put_any(View *v, Json *j, const Field *f, Str value);

static const Field *field_by_name(const Field *fields, Str name)
{
    for (const Field *g = fields; g != NULL && g->name != NULL; g++)
        if (str_is(name, g->name)) return g;
    return NULL;
}

static void put_object(View *v, Json *j, const Field *f, Str value)
{
    Str inside = raw_inside(value), name, inner;
    jw_open(j, '{');
    while (raw_member(&inside, &name, &inner)) {
        const Field *g = field_by_name(f != NULL ? f->fields : NULL, name);
        if (g != NULL && g->seen != 0 && !audience_may(v->viewer, g->seen)) continue;
        jw_raw_key(j, name);
        put_any(v, j, g, inner);
    }
    jw_close(j, '}');
}

/* Hashes of sealed files are nobody's business; that of the file itself is for whoever may have it. */
static void put_file(Json *j, Str file)
{
    static const char *const shown[] = { "id", "type", "width", "height", "seconds", "sha256" };
    jw_open(j, '{');
    for (int i = 0; i < COUNT(shown); i++) {
        Str value = raw_get(file, shown[i]);
        if (value.n > 0) jw_put_raw(j, shown[i], value);
    }
    jw_close(j, '}');
}

/* A row that fold keeps in the matter's data may say who alone may see it, as the event did that it came from. */
static bool is_hidden(const View *v, Str row)
{
    int64_t only;
    return raw_is(row, '{') && str_to_i64(raw_get(row, "seen_by"), &only) && !audience_may(v->viewer, (Audience)only);
}

static void put_any(View *v, Json *j, const Field *f, Str value)
{
    SealedText sealed;
    if (raw_is(value, '[')) {
        Str inside = raw_inside(value), one;
        jw_open(j, '[');
        while (raw_item(&inside, &one))
            if (is_hidden(v, one))
                continue;
            else if (f != NULL && f->type == F_FILES)
                put_file(j, one);
            else
                put_any(v, j, f, one);
        jw_close(j, ']');
    } else if (!raw_is(value, '{')) {
        jw_raw(j, value);
    } else if (seal_raw(value, &sealed)) {
        put_opened(v, j, f, sealed);
    } else {
        put_object(v, j, f, value);
    }
}

/* Others follow it only: figures and answers are for them, names and the exact place are not. */
static bool is_involved(const View *v)
{
    return audience_may(v->viewer, TO_INVOLVED | TO_PARTIES | TO_MEDIATOR | TO_SELF);
}

static bool is_plain(Str value)
{
    SealedText sealed;
    return !raw_is(value, '"') && !raw_is(value, '[') && (!raw_is(value, '{') || seal_raw(value, &sealed));
}

/* Members of the matter's data: each by its field's audience; what fold made itself is for all who are involved. */
static void put_data(View *v, Json *j, const Field *fields, Str data)
{
    Str inside = raw_inside(data), name, value;
    jw_open(j, '{');
    while (raw_member(&inside, &name, &value)) {
        const Field *f = fields != NULL ? field_by_name(fields, name) : module_field(v->r->world, v->r->module, name);
        if (f != NULL && f->seen != 0 && !audience_may(v->viewer, f->seen)) continue;
        if (fields == NULL && f == NULL && !is_plain(value) && !is_involved(v)) continue;
        jw_raw_key(j, name);
        put_any(v, j, f, value);
    }
    jw_close(j, '}');
}

static void put_card(View *v, Json *j, Str person)
{
    for (int i = 0; i < v->cards->rows; i++)
        if (str_eq(db_text(v->cards, i, 0), person)) {
            jw_put_text(j, "name", db_text(v->cards, i, 1));
            jw_put_text(j, "phone", db_text(v->cards, i, 2));
            return;
        }
}

static void put_relations(Json *j, const char *key, Relations is)
{
    jw_key(j, key);
    jw_open(j, '[');
    for (int b = 0; b < RELATIONS_N; b++)
        if (is & (Relations)1 << b) jw_text(j, str_c(relation_name(b)));
    if (is & SELF) jw_text(j, S("self"));
    jw_close(j, ']');
}

/* Staff who have or had it are named with their duty card; a reporter is not, except to staff. */
static void put_people(View *v, Json *j)
{
    jw_key(j, "people");
    jw_open(j, '[');
    for (int i = 0; i < v->m->n_relations; i++) {
        const Relation *p = &v->m->relations[i];
        bool staff = (p->is & (HANDLER | HANDLED | VERIFIER)) != 0;
        bool me = str_eq(p->person, v->r->actor->person);
        if (p->is == 0 || (!staff && !me && !audience_may(v->viewer, TO_HANDLERS))) continue;
        if (p->is == HANDLED && !audience_may(v->viewer, TO_HANDLERS)) continue;
        jw_open(j, '{');
        jw_put_text(j, "person", p->person);
        put_relations(j, "is", p->is);
        put_card(v, j, p->person);
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void put_actions(View *v, Json *j)
{
    jw_key(j, "actions");
    jw_open(j, '[');
    for (const Action *x = v->r->module->actions; x->name != NULL; x++) {
        if (x->route == NULL || (x->from & NEW) || !(x->from & ST(v->m->state))) continue;
        if (x->strong && !v->r->actor->strong) continue;
        if (v->r->actor->by != NULL && !x->for_another) continue;
        if (rights_may(x->may, x->who, x->unless, v->r->actor, v->m, v->m->place, v->r->now) &&
            !actor_on_both_sides(v->r->actor, v->m))
            jw_text(j, str_c(x->name));
    }
    jw_close(j, ']');
}

static bool shows_actor(View *v, Str actor)
{
    if (actor.n == 0 || str_is(actor, "system") || str_eq(actor, v->r->actor->person)) return true;
    return audience_may(v->viewer, TO_HANDLERS) ||
           (matter_relations(v->m, actor) & (HANDLER | HANDLED | VERIFIER)) != 0;
}

static void put_timeline(View *v, Json *j, const DbRows *t)
{
    jw_key(j, "timeline");
    jw_open(j, '[');
    for (int i = 0; i < t->rows; i++) {
        if (!audience_may(v->viewer, (Audience)db_int(t, i, 5))) continue;
        const Action *x = world_action(v->r->world, db_text(t, i, 1), NULL);
        static const Field no_fields[] = { { 0 } };
        jw_open(j, '{');
        jw_put_int(j, "seq", db_int(t, i, 0));
        jw_put_text(j, "type", db_text(t, i, 1));
        jw_put_int(j, "at", db_int(t, i, 2));
        if (db_int(t, i, 3) != 0) jw_put_int(j, "claimed_at", db_int(t, i, 3));
        if (shows_actor(v, db_text(t, i, 4))) {
            jw_put_text(j, "actor", db_text(t, i, 4));
            put_card(v, j, db_text(t, i, 4));
            if (db_text(t, i, 9).n > 0) jw_put_text(j, "by", db_text(t, i, 9)); /* who did it for them */
        }
        jw_put_text(j, "state", db_text(t, i, 6));
        jw_put_int(j, "version", db_int(t, i, 7));
        jw_key(j, "data");
        put_data(v, j, x != NULL && x->fields != NULL ? x->fields : no_fields, db_text(t, i, 8));
        jw_close(j, '}');
    }
    jw_close(j, ']');
}

static void put_head(View *v, Json *j)
{
    const Matter *m = v->m;
    jw_put_text(j, "id", m->id);
    jw_put_text(j, "kind", m->kind);
    if (m->number > 0) jw_put_int(j, "number", m->number);
    jw_put_text(j, "state", str_c(v->r->module->states[m->state].name));
    jw_put_int(j, "version", m->version);
    jw_put_text(j, "place", m->place);
    jw_put_text(j, "category", m->category);
    if (m->has_point && is_involved(v)) {
        jw_key(j, "lon");
        jw_e7(j, m->lon_e7);
        jw_key(j, "lat");
        jw_e7(j, m->lat_e7);
    }
    jw_put_int(j, "opened_at", m->opened_at);
    jw_put_int(j, "changed_at", m->changed_at);
    jw_put_int(j, "due_at", m->due_at);
    jw_put_int(j, "closed_at", m->closed_at);
}

/* Every look at a person's data is logged; that of whoever works on the matter stands in its timeline already. */
static Str opened_of(const View *v)
{
    static const Relations own =
        REPORTER | HANDLER | HANDLED | CO_HANDLER | VERIFIER | PARTY | FOLLOWER | SELF;
    if (v->opened != 0 && v->r->actor->by != NULL) return v->r->actor->person;
    if (v->opened == 0 || (v->me & own) || v->r->actor->person.n == 0) return S("");
    Str reporter = matter_person(v->m, REPORTER);
    return reporter.n > 0 ? reporter : v->m->id;
}

typedef enum Loaded { MATTER, RELATIONS, TIMELINE, CARDS, LOADED_N } Loaded;

/* Of one snapshot. Rows alone are kept, as they lie in the store: who may see what of them is decided anew for each
 * reader, below. */
static Fail load(Reading *r, const DbRows **rows)
{
    Db *db = r->db;
    Buf key = buf_new(r->arena, 128);
    buf_c(&key, "view ");
    buf_add(&key, r->community);
    buf_add(&key, r->args[0]);
    if (r->kept != NULL && kept_get(r->kept, buf_str(&key), r->mark, rows, LOADED_N)) return FAIL_NONE;
    if (r->kept != NULL) db_begin(db); /* whoever keeps nothing has begun already */
    rows[MATTER] = matter_send_load(db, r->arena, r->community, r->args[0]);
    rows[RELATIONS] = matter_send_relations(db, r->arena, r->community, r->args[0]);
    rows[TIMELINE] =
        db_send(db, r->arena, &timeline_load, ARGS(TXT(r->community), TXT(r->args[0]), NUM(TIMELINE_SHOWN_MAX)));
    rows[CARDS] = db_send(db, r->arena, &cards_load, ARGS(TXT(r->community), TXT(r->args[0])));
    Fail f = db_sync(db);
    if (r->kept != NULL) db_rollback(db);
    if (r->kept != NULL && f.err == OK) kept_put(r->kept, buf_str(&key), r->mark, rows, LOADED_N);
    return f;
}

Fail view_answer(Reading *r, Str *json)
{
    const DbRows *rows[LOADED_N];
    if (!id_valid(r->args[0])) return fail(ERR_NOT_FOUND, "not_found");
    Fail f = load(r, rows);
    Matter *m = arena_new_of(r->arena, Matter);
    if (f.err == OK) f = matter_without_data(r->arena, r->world, rows[MATTER], rows[RELATIONS], m);
    if (f.err == OK && !str_is(m->kind, r->module->name)) f = fail(ERR_NOT_FOUND, "not_found");
    if (f.err != OK) return f;
    if (!rights_may(r->query->may, r->query->who, 0, r->actor, m, m->place, r->now))
        return r->actor->person.n == 0 && r->actor->receipt.n == 0 ? fail(ERR_SIGN_IN, "sign_in")
                                                                   : fail(ERR_FORBIDDEN, "forbidden");
    View v = { r, m, audience_of(r->actor, m, r->now), actor_relations(r->actor, m), rows[CARDS], 0 };
    Buf out = buf_new(r->arena, 8192);
    Json j = json_to(&out);
    jw_open(&j, '{');
    put_head(&v, &j);
    jw_key(&j, "data");
    put_data(&v, &j, NULL, matter_data(rows[MATTER]));
    put_people(&v, &j);
    put_relations(&j, "me", v.me);
    put_actions(&v, &j);
    put_timeline(&v, &j, rows[TIMELINE]);
    jw_close(&j, '}');
    r->opened_of = opened_of(&v);
    *json = buf_str(&out);
    return FAIL_NONE;
}
