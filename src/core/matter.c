/* A matter's row and relations, to and from the store; small helpers for fold. */
#include "core/internal.h"

/* What a relation is worth when there are too many: who only once had the matter goes first, who must be able to see it
 * or answer for it goes last. */
static int worth(Relations is)
{
    if (is & (REPORTER | HANDLER | PARTY)) return 3;
    if (is & VERIFIER) return 2;
    return is & FOLLOWER ? 1 : 0;
}

static void drop_relation(Matter *m, int i)
{
    memmove(&m->relations[i], &m->relations[i + 1], sizeof(Relation) * (size_t)(m->n_relations - 1 - i));
    m->n_relations--;
}

/* Sorted by person, as the table gives them: an order that came from memory would differ after a restart. */
static void insert_relation(Matter *m, Str person, Relations is)
{
    int at = m->n_relations;
    while (at > 0 && str_cmp(m->relations[at - 1].person, person) > 0)
        at--;
    memmove(&m->relations[at + 1], &m->relations[at], sizeof(Relation) * (size_t)(m->n_relations - at));
    m->relations[at] = (Relation){ .person = person, .is = is };
    m->n_relations++;
}

void matter_relate(Matter *m, Str person, Relations add, Relations take)
{
    if (person.n == 0) return;
    for (int i = 0; i < m->n_relations; i++)
        if (str_eq(m->relations[i].person, person)) {
            m->relations[i].is = (m->relations[i].is & ~take) | add;
            return;
        }
    if (add == 0) return;
    if (m->n_relations == RELATIONS_MAX) {
        int least = 0;
        for (int i = 1; i < RELATIONS_MAX; i++)
            if (worth(m->relations[i].is) < worth(m->relations[least].is)) least = i;
        if (worth(m->relations[least].is) > worth(add)) return;
        drop_relation(m, least);
    }
    insert_relation(m, arena_str(m->arena, person), add);
}

void matter_relations_settle(Matter *m)
{
    for (int i = m->n_relations; i-- > 0;)
        if (m->relations[i].is == 0) drop_relation(m, i);
}

Relations matter_relations(const Matter *m, Str person)
{
    for (int i = 0; i < m->n_relations; i++)
        if (str_eq(m->relations[i].person, person)) return m->relations[i].is;
    return 0;
}

Str matter_person(const Matter *m, Relations is)
{
    for (int i = 0; i < m->n_relations; i++)
        if (m->relations[i].is & is) return m->relations[i].person;
    return (Str){ "", 0 };
}

/* A fold changes objects and lists in place, but never a text or a sealed value: those are shared. */
static json_t *copy_of(json_t *v)
{
    const char *name;
    json_t *one, *copy;
    size_t i;
    if (json_is_array(v)) {
        copy = json_array();
        json_array_foreach(v, i, one)
            json_array_append_new(copy, copy_of(one));
        return copy;
    }
    if (!json_is_object(v) || seal_is(v)) return json_incref(v);
    copy = json_object();
    json_object_foreach(v, name, one)
        json_object_set_new_nocheck(copy, name, copy_of(one));
    return copy;
}

Matter *matter_copy(Arena *a, const Matter *m)
{
    Matter *c = arena_new_of(a, Matter);
    *c = *m;
    c->arena = a;
    c->data = json_keep(a, m->data != NULL ? copy_of(m->data) : json_object());
    return c;
}

Stmt matter_load = { "ss", "ssslslsslllllls",
                     "SELECT community, id, kind, number, state, version, place, category, lon_e7, lat_e7, opened_at,"
                     " changed_at, due_at, closed_at, data FROM matter WHERE community = $1 AND id = $2" };
Stmt matter_load_relations = {
    "ss", "sl", "SELECT person, relations FROM relation WHERE community = $1 AND matter = $2 ORDER BY person"
};
Stmt matter_save = {
    "ssslslsslllllls", "",
    "INSERT INTO matter (community, id, kind, number, state, version, place, category, lon_e7, lat_e7, opened_at,"
    " changed_at, due_at, closed_at, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    " ON CONFLICT (community, id) DO UPDATE SET state = excluded.state, version = excluded.version,"
    " place = excluded.place, category = excluded.category, lon_e7 = excluded.lon_e7, lat_e7 = excluded.lat_e7,"
    " changed_at = excluded.changed_at, due_at = excluded.due_at, closed_at = excluded.closed_at, data = excluded.data",
    .many = true
};
Stmt matter_save_relation = {
    "sssl", "",
    "INSERT INTO relation (community, matter, person, relations) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community, matter, person) DO UPDATE SET relations = excluded.relations", .many = true
};
Stmt matter_drop_relation = { "sss", "",
                              "DELETE FROM relation WHERE community = $1 AND matter = $2 AND person = $3" };

DbRows *matter_send_load(Db *db, Arena *a, Str community, Str id)
{
    return db_send(db, a, &matter_load, ARGS(TXT(community), TXT(id)));
}

DbRows *matter_send_relations(Db *db, Arena *a, Str community, Str id)
{
    return db_send(db, a, &matter_load_relations, ARGS(TXT(community), TXT(id)));
}

Str matter_data(const DbRows *r)
{
    return db_text(r, 0, 14);
}

Fail matter_without_data(Arena *a, const World *w, const DbRows *r, const DbRows *relations, Matter *m)
{
    if (r->rows == 0) return fail(ERR_NOT_FOUND, "not_found");
    *m = (Matter){ .community = db_text(r, 0, 0),
                   .id = db_text(r, 0, 1),
                   .kind = db_text(r, 0, 2),
                   .number = db_int(r, 0, 3),
                   .version = db_int(r, 0, 5),
                   .place = db_text(r, 0, 6),
                   .category = db_text(r, 0, 7),
                   .has_point = !db_null(r, 0, 8),
                   .lon_e7 = db_int(r, 0, 8),
                   .lat_e7 = db_int(r, 0, 9),
                   .opened_at = db_int(r, 0, 10),
                   .changed_at = db_int(r, 0, 11),
                   .due_at = db_int(r, 0, 12),
                   .closed_at = db_int(r, 0, 13),
                   .arena = a };
    const Module *module = world_module(w, m->kind);
    m->state = module != NULL ? module_state(module, db_text(r, 0, 4)) : -1;
    if (m->state < 0) return fail(ERR_INTERNAL, "matter_state");
    for (int i = 0; relations != NULL && i < relations->rows && i < RELATIONS_MAX; i++)
        insert_relation(m, db_text(relations, i, 0), (Relations)db_int(relations, i, 1));
    return FAIL_NONE;
}

Fail matter_from_rows(Arena *a, const World *w, const DbRows *r, const DbRows *relations, Matter *m)
{
    Fail f = matter_without_data(a, w, r, relations, m);
    if (f.err != OK) return f;
    m->data = raw_value(a, matter_data(r));
    return m->data != NULL ? FAIL_NONE : fail(ERR_INTERNAL, "matter_data");
}

void matter_send_save(Db *db, Arena *a, const World *w, const Matter *m)
{
    const Module *module = world_module(w, m->kind);
    db_send(db, a, &matter_save,
            ARGS(TXT(m->community), TXT(m->id), TXT(m->kind), NUM(m->number),
                 TXT(str_c(module->states[m->state].name)), NUM(m->version), TXT(m->place), TXT(m->category),
                 m->has_point ? NUM(m->lon_e7) : NUL, m->has_point ? NUM(m->lat_e7) : NUL, NUM(m->opened_at),
                 NUM(m->changed_at), NUM(m->due_at), NUM(m->closed_at), TXT(json_print(a, m->data))));
}

void matter_send_relation_changes(Db *db, Arena *a, const Relation *was, int n, const Matter *after)
{
    for (int i = 0; i < after->n_relations; i++) {
        const Relation *r = &after->relations[i];
        int k = 0;
        while (k < n && !str_eq(was[k].person, r->person))
            k++;
        if (k == n || was[k].is != r->is)
            db_send(db, a, &matter_save_relation,
                    ARGS(TXT(after->community), TXT(after->id), TXT(r->person), NUM((int64_t)r->is)));
    }
    for (int i = 0; i < n; i++)
        if (matter_relations(after, was[i].person) == 0)
            db_send(db, a, &matter_drop_relation, ARGS(TXT(after->community), TXT(after->id), TXT(was[i].person)));
}
