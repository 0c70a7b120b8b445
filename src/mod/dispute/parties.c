/* Who is party to it, on which side; who mediates, and who may not. */
#include "mod/dispute/dispute.h"

#include "core/place.h"

/* An account: a person, or a unit whose members act for it. */
Read dispute_link_reads[] = {
    { .name = "account",
      .key = "account",
      .stmt = { "ss", "s",
                "SELECT person FROM person WHERE community = $1 AND person = $2 AND state = 'active' UNION ALL"
                " SELECT id FROM unit WHERE community = $1 AND id = $2 AND state = 'active'" } },
    { .name = "members",
      .key = "account",
      .stmt = { "ss", "s", "SELECT person FROM membership WHERE community = $1 AND body = $2" } },
    { 0 },
};
enum { LINK_ACCOUNT, LINK_MEMBERS };

#define POSTS                                                                                                          \
    {                                                                                                                  \
        "ss", "ssll", "SELECT role, place, starts_at, ends_at FROM role WHERE community = $1 AND person = $2"          \
    }
#define BODIES                                                                                                         \
    {                                                                                                                  \
        "ss", "s", "SELECT body FROM membership WHERE community = $1 AND person = $2"                                  \
    }
Read dispute_assign_reads[] = {
    { .name = "mediator_posts", .key = "mediator", .stmt = POSTS },
    { .name = "mediator_bodies", .key = "mediator", .stmt = BODIES },
    { .name = "helper_posts", .key = "helper", .stmt = POSTS },
    { .name = "helper_bodies", .key = "helper", .stmt = BODIES },
    { 0 },
};
enum { MEDIATOR_POSTS, MEDIATOR_BODIES, HELPER_POSTS, HELPER_BODIES };

/* ---- helpers of all files ---- */

json_t *dispute_row(const Matter *m, const char *list, Str id)
{
    const json_t *rows = json_object_get(m->data, list);
    for (size_t i = 0; i < json_array_size(rows); i++)
        if (str_eq(json_text(json_array_get(rows, i), "id"), id)) return json_array_get(rows, i);
    return NULL;
}

bool dispute_mediates(const Decide *d)
{
    Relations is = actor_relations(d->actor, d->matter);
    return !(is & PARTY) && ((d->roles & MEDIATOR) != 0 || (is & (HANDLER | CO_HANDLER)) != 0);
}

Fail dispute_known_party(const Decide *d, Str party, const char *field)
{
    if (dispute_row(d->matter, "parties", party) != NULL) return FAIL_NONE;
    return fail_field(ERR_INVALID, "not_one_of", field, 0);
}

Fail dispute_speaks_for(const Decide *d, Str party, const char *field)
{
    Fail f = dispute_known_party(d, party, field);
    if (f.err != OK || dispute_mediates(d)) return f;
    Relations is = actor_relations(d->actor, d->matter);
    if (is & dispute_side(d->matter, party)) return FAIL_NONE;
    return fail_field(ERR_FORBIDDEN, "not_your_side", field, 0);
}

Audience dispute_side(const Matter *m, Str party)
{
    const json_t *row = dispute_row(m, "parties", party);
    return row != NULL ? SIDE(json_int(row, "side")) : 0;
}

void dispute_append(Matter *m, const char *list, json_t *row)
{
    json_t *rows = json_object_get(m->data, list);
    if (rows == NULL) json_put(m->data, list, rows = json_new_array(m->arena));
    json_array_append(rows, row);
}

void dispute_take(json_t *to, const json_t *from, const char *names)
{
    Str rest = str_c(names);
    while (rest.n > 0) {
        char name[40] = { 0 };
        Str one = str_cut(&rest, ' ');
        assert(one.n < sizeof name);
        memcpy(name, one.p, one.n);
        json_t *v = json_object_get(from, name);
        if (v != NULL) json_put(to, name, v);
    }
}

Fail dispute_not_later(const Decide *d, const char *field)
{
    return json_int(d->input, field) > d->now ? fail_field(ERR_INVALID, "too_large", field, d->now) : FAIL_NONE;
}

/* ---- parties ---- */

/* Each gets an id and a side of its own. */
static Fail number_parties(Decide *d)
{
    json_t *rows = json_object_get(d->data, "parties");
    size_t before = json_array_size(json_object_get(d->matter->data, "parties"));
    if (before + json_array_size(rows) > PARTIES_MAX)
        return fail_field(ERR_INVALID, "too_many", "parties", PARTIES_MAX);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);
        json_put_text(row, "id",
                      id_from_hash(d->arena, S("party"), arena_fmt(d->arena, "%.*s %zu", STR_ARG(d->new_id), i)));
        json_put_int(row, "side", (int64_t)(before + i));
    }
    return FAIL_NONE;
}

static void put_place(Decide *d, Str *place)
{
    const json_t *point = json_object_get(d->input, "point");
    *place = json_text(d->input, "place");
    if (place->n == 0 && point != NULL && d->places != NULL)
        *place = places_grid_at(d->places, json_int(point, "lon_e7"), json_int(point, "lat_e7"));
    if (place->n == 0) *place = d->matter->community;
    json_put_text(d->data, "place", *place);
}

/* Written down by the office, or asked for by a resident, who is then the first party. */
Fail dispute_create_decide(Decide *d)
{
    Str place;
    put_place(d, &place);
    bool own = json_bool(d->input, "own");
    Roles post = own ? 0 : actor_roles_at(d->actor, place, d->now) & (MEDIATOR | OFFICER);
    if (!post) json_put_text(json_array_get(json_object_get(d->data, "parties"), 0), "account", d->actor->person);
    if (post) json_put_bool(d->data, "mediates", (post & MEDIATOR) != 0);
    return number_parties(d);
}

static void fold_parties(Matter *m, const Event *e)
{
    const json_t *rows = json_object_get(e->data, "parties");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_keep(m->arena, json_copy(json_array_get(rows, i)));
        Str account = json_text(row, "account");
        if (account.n > 0) matter_relate(m, account, PARTY | SIDE(json_int(row, "side")), 0);
        dispute_append(m, "parties", row);
    }
}

void dispute_create_fold(Matter *m, const Event *e)
{
    m->data = json_new_object(m->arena);
    dispute_take(m->data, e->data, "subject application");
    fold_parties(m, e);
    if (json_object_get(e->data, "mediates") == NULL) return;
    bool mediates = json_bool(e->data, "mediates");
    json_put_text(m->data, mediates ? "mediator" : "helper", e->actor);
    matter_relate(m, e->actor, mediates ? HANDLER : CO_HANDLER, 0);
}

Fail dispute_add_party_decide(Decide *d)
{
    return number_parties(d);
}

void dispute_add_party_fold(Matter *m, const Event *e)
{
    fold_parties(m, e);
}

/* Whoever mediates stands on no side, nor belongs to a body that does. */
Fail dispute_link_decide(Decide *d)
{
    Str account = json_text(d->input, "account");
    const DbRows *members = d->reads[LINK_MEMBERS];
    Fail f = dispute_known_party(d, json_text(d->input, "party"), "party");
    if (f.err != OK) return f;
    if (d->reads[LINK_ACCOUNT]->rows == 0) return fail_field(ERR_INVALID, "not_one_of", "account", 0);
    Relations is = matter_relations(d->matter, account);
    for (int i = 0; i < members->rows; i++)
        is |= matter_relations(d->matter, db_text(members, i, 0)) & (HANDLER | CO_HANDLER);
    if (is & (HANDLER | CO_HANDLER)) return fail_field(ERR_CONFLICT, "own_case", "account", 0);
    if (is & PARTY) return fail_field(ERR_CONFLICT, "has_it_already", "account", 0);
    return f;
}

void dispute_link_fold(Matter *m, const Event *e)
{
    json_t *row = dispute_row(m, "parties", json_text(e->data, "party"));
    Relations as = PARTY | SIDE(json_int(row, "side"));
    matter_relate(m, json_text(row, "account"), 0, as);
    matter_relate(m, json_text(e->data, "account"), as, 0);
    json_put_text(row, "account", json_text(e->data, "account"));
}

/* ---- who mediates ---- */

static Fail may_mediate(const Decide *d, const char *field, const DbRows *posts, const DbRows *bodies)
{
    Str person = json_text(d->input, field);
    bool holds = false;
    if (person.n == 0) return FAIL_NONE;
    Relations is = matter_relations(d->matter, person);
    for (int i = 0; i < bodies->rows; i++)
        is |= matter_relations(d->matter, db_text(bodies, i, 0));
    if (is & PARTY) return fail_field(ERR_CONFLICT, "own_case", field, 0);
    for (int i = 0; i < posts->rows; i++)
        holds |= (role_by_name(db_text(posts, i, 0)) & (MEDIATOR | OFFICER)) != 0 &&
                 place_within(d->matter->place, db_text(posts, i, 1)) &&
                 (db_int(posts, i, 2) == 0 || db_int(posts, i, 2) <= d->now) &&
                 (db_int(posts, i, 3) == 0 || d->now < db_int(posts, i, 3));
    return holds ? FAIL_NONE : fail_field(ERR_INVALID, "not_in_charge_there", field, 0);
}

Fail dispute_assign_decide(Decide *d)
{
    Fail f = may_mediate(d, "mediator", d->reads[MEDIATOR_POSTS], d->reads[MEDIATOR_BODIES]);
    if (f.err == OK) f = may_mediate(d, "helper", d->reads[HELPER_POSTS], d->reads[HELPER_BODIES]);
    if (f.err == OK && str_eq(json_text(d->input, "mediator"), json_text(d->input, "helper")))
        f = fail_field(ERR_INVALID, "twice", "helper", 0);
    return f;
}

/* Nothing begins before the parties were told that it is free, voluntary and theirs to end. */
Fail dispute_accept_decide(Decide *d)
{
    if (!json_bool(d->input, "rights_told")) return fail_field(ERR_INVALID, "required", "rights_told", 0);
    return dispute_assign_decide(d);
}

void dispute_assign_fold(Matter *m, const Event *e)
{
    for (int i = 0; i < m->n_relations; i++)
        matter_relate(m, m->relations[i].person, 0, HANDLER | CO_HANDLER);
    json_object_del(m->data, "helper");
    dispute_take(m->data, e->data, "mediator helper");
    matter_relate(m, json_text(m->data, "mediator"), HANDLER, 0);
    matter_relate(m, json_text(m->data, "helper"), CO_HANDLER, 0);
}

void dispute_accept_fold(Matter *m, const Event *e)
{
    dispute_assign_fold(m, e);
    json_put_int(m->data, "rights_told_at", e->at);
}

/* ---- consent ---- */

Fail dispute_consent_decide(Decide *d)
{
    return dispute_speaks_for(d, json_text(d->input, "party"), "party");
}

void dispute_consent_fold(Matter *m, const Event *e)
{
    json_t *row = dispute_row(m, "parties", json_text(e->data, "party"));
    json_put_text(row, "consent", json_bool(e->data, "agrees") ? S("yes") : S("no"));
}
