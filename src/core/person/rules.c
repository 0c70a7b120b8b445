/* What may happen to a person's file, and what it then says. Pure. */
#include "core/person/person.h"

enum { LEAVES_MAX = MANY_MAX }; /* open matters that pass on in one action */

/* Given by dispatchers too; everything else is an admin's to give. */
static const Roles BY_DISPATCHER = RESIDENT | VOLUNTEER;
/* A dispatcher may let these go. */
static const Roles LET_GO_BY_DISPATCHER = RESIDENT | VOLUNTEER | OFFICER | TEAM | MEDIATOR;

static Roles roles_at(const Decide *d, Str place)
{
    return actor_roles_at(d->actor, place, d->now);
}

/* Nobody gives or takes a role above or outside of the own place. */
static bool may_give(const Decide *d, Roles role, Str place)
{
    if (d->actor->system) return true;
    Roles mine = roles_at(d, place);
    return (mine & ADMIN) != 0 || ((mine & DISPATCHER) != 0 && (role & BY_DISPATCHER) != 0);
}

static bool may_let_go(const Decide *d, Roles role, Str place)
{
    return may_give(d, role, place) ||
           ((roles_at(d, place) & DISPATCHER) != 0 && (role & LET_GO_BY_DISPATCHER) != 0);
}

static const json_t *held_roles(const Matter *m)
{
    return json_object_get(m->data, "roles");
}

static bool is_role(const json_t *row, Str role, Str place)
{
    return str_eq(json_text(row, "role"), role) && str_eq(json_text(row, "place"), place);
}

static bool term_holds(int64_t from, int64_t until, int64_t now)
{
    return from <= now && (until == 0 || now < until);
}

static bool holds_any(const Matter *m, Roles which, int64_t now)
{
    const json_t *rows = held_roles(m);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (role_by_name(json_text(row, "role")) & which &&
            term_holds(json_int(row, "from"), json_int(row, "until"), now))
            return true;
    }
    return false;
}

/* Somebody else must go on being admin of the whole community, or nobody could ever give a role again. */
static Fail keep_an_admin(const Decide *d, const DbRows *admins)
{
    if (d->actor->system || !holds_any(d->matter, ADMIN, d->now)) return FAIL_NONE;
    for (int i = 0; admins != NULL && i < admins->rows; i++) {
        bool other = !str_eq(db_text(admins, i, 0), d->matter->id);
        bool whole = place_within(d->matter->community, db_text(admins, i, 1));
        if (other && whole && term_holds(db_int(admins, i, 2), db_int(admins, i, 3), d->now)) return FAIL_NONE;
    }
    return fail(ERR_CONFLICT, "last_admin");
}

/* ---- register, update ---- */

static Fail phone_is_free(const Decide *d)
{
    const DbRows *owner = d->reads[0];
    if (json_text(d->input, "phone").n == 0 || owner == NULL) return FAIL_NONE;
    for (int i = 0; i < owner->rows; i++)
        if (!str_eq(db_text(owner, i, 0), d->matter->id)) return fail_field(ERR_CONFLICT, "phone_taken", "phone", 0);
    return FAIL_NONE;
}

Fail person_decide_register(Decide *d)
{
    Fail f = phone_is_free(d);
    if (json_text(d->data, "language").n == 0) json_put_text(d->data, "language", S("zh"));
    return f;
}

void person_fold_register(Matter *m, const Event *e)
{
    json_put(m->data, "name", json_object_get(e->data, "name"));
    if (json_object_get(e->data, "phone") != NULL) json_put(m->data, "phone", json_object_get(e->data, "phone"));
    json_put_text(m->data, "language", json_text(e->data, "language"));
    json_put(m->data, "roles", json_new_array(m->arena));
    matter_relate(m, m->id, FOLLOWER, 0); /* hears of what others do to the file */
}

Fail person_decide_update(Decide *d)
{
    if (json_object_size(d->input) == 0) return fail_field(ERR_INVALID, "required", "name", 0);
    return phone_is_free(d);
}

void person_fold_update(Matter *m, const Event *e)
{
    static const char *const kept[] = { "name", "phone", "language" };
    for (int i = 0; i < COUNT(kept); i++) {
        json_t *v = json_object_get(e->data, kept[i]);
        if (v != NULL) json_put(m->data, kept[i], v);
    }
}

/* ---- roles ---- */

/* The event names the role's place `at`: `place` in an event moves the matter itself. */
static void place_to_at(Decide *d)
{
    json_put_text(d->data, "at", json_text(d->input, "place"));
    json_object_del(d->data, "place");
}

Fail person_decide_grant(Decide *d)
{
    Str name = json_text(d->input, "role"), place = json_text(d->input, "place");
    Roles role = role_by_name(name);
    int64_t from = json_int(d->input, "from"), until = json_int(d->input, "until");
    if (!place_within(place, d->matter->community)) return fail_field(ERR_INVALID, "outside_community", "place", 0);
    if (!may_give(d, role, place)) return fail_field(ERR_FORBIDDEN, "above_own_role", "role", 0);
    if (role == TEAM && until == 0) return fail_field(ERR_INVALID, "required", "until", 0);
    int64_t least = from > d->now ? from : d->now;
    if (until != 0 && until <= least) return fail_field(ERR_INVALID, "too_small", "until", least);
    const json_t *rows = held_roles(d->matter);
    size_t others = 0;
    for (size_t i = 0; i < json_array_size(rows); i++)
        others += !is_role(json_array_get(rows, i), name, place);
    if (others >= PERSON_ROLES_MAX) return fail_field(ERR_CONFLICT, "too_many_roles", "role", PERSON_ROLES_MAX);
    place_to_at(d);
    return FAIL_NONE;
}

static void take_role(Matter *m, Str role, Str place)
{
    json_t *rows = json_object_get(m->data, "roles");
    for (size_t i = json_array_size(rows); i-- > 0;)
        if (is_role(json_array_get(rows, i), role, place)) json_array_remove(rows, i);
}

void person_fold_grant(Matter *m, const Event *e)
{
    Str role = json_text(e->data, "role"), place = json_text(e->data, "at");
    take_role(m, role, place);
    json_t *row = json_new_object(m->arena);
    json_put_text(row, "role", role);
    json_put_text(row, "place", place);
    json_put_int(row, "from", json_int(e->data, "from"));
    json_put_int(row, "until", json_int(e->data, "until"));
    json_array_append(json_object_get(m->data, "roles"), row);
}

Fail person_decide_revoke(Decide *d)
{
    Str name = json_text(d->input, "role"), place = json_text(d->input, "place");
    Roles role = role_by_name(name);
    if (!may_give(d, role, place)) return fail_field(ERR_FORBIDDEN, "above_own_role", "role", 0);
    const json_t *rows = held_roles(d->matter);
    bool held = false;
    for (size_t i = 0; i < json_array_size(rows); i++)
        held = held || is_role(json_array_get(rows, i), name, place);
    if (!held) return fail_field(ERR_CONFLICT, "no_such_role", "role", 0);
    place_to_at(d);
    return role == ADMIN ? keep_an_admin(d, d->reads[0]) : FAIL_NONE;
}

void person_fold_revoke(Matter *m, const Event *e)
{
    take_role(m, json_text(e->data, "role"), json_text(e->data, "at"));
}

/* ---- duty card ---- */

Fail person_decide_card(Decide *d)
{
    return holds_any(d->matter, STAFF, d->now) ? FAIL_NONE : fail(ERR_CONFLICT, "not_staff");
}

void person_fold_card(Matter *m, const Event *e)
{
    json_t *card = json_new_object(m->arena);
    json_put_text(card, "name", json_text(e->data, "name"));
    json_put_text(card, "duty_phone", json_text(e->data, "duty_phone"));
    json_put(m->data, "card", card);
}

/* ---- leave, rejoin ---- */

/* The same refusal for an unknown person, one who left and one without duties. */
static bool can_succeed(const Decide *d, const DbRows *rows)
{
    for (int i = 0; rows != NULL && i < rows->rows; i++)
        if (str_is(db_text(rows, i, 0), "active") && (role_by_name(db_text(rows, i, 1)) & STAFF) != 0 &&
            term_holds(db_int(rows, i, 3), db_int(rows, i, 4), d->now))
            return true;
    return false;
}

static Fail check_successor(const Decide *d, const DbRows *rows)
{
    bool other = !str_eq(json_text(d->input, "successor"), d->matter->id);
    return other && can_succeed(d, rows) ? FAIL_NONE : fail_field(ERR_INVALID, "successor_not_staff", "successor", 0);
}

static int64_t count_of(const DbRows *rows)
{
    return rows != NULL && rows->rows > 0 ? db_int(rows, 0, 0) : 0;
}

Fail person_decide_leave(Decide *d)
{
    Str successor = json_text(d->input, "successor");
    int64_t open = count_of(d->reads[0]);
    const json_t *rows = held_roles(d->matter);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!may_let_go(d, role_by_name(json_text(row, "role")), json_text(row, "place")))
            return fail(ERR_FORBIDDEN, "above_own_role");
    }
    if (successor.n == 0 && open > 0) return fail_field(ERR_INVALID, "required", "successor", open);
    if (open > LEAVES_MAX) return fail_field(ERR_CONFLICT, "too_many_open_matters", "successor", LEAVES_MAX);
    Fail f = successor.n > 0 ? check_successor(d, d->reads[1]) : FAIL_NONE;
    return f.err == OK ? keep_an_admin(d, d->reads[2]) : f;
}

/* Before a leave with more open matters than pass on in one action, or when somebody is away for long: a part passes on
 * each time, until none is left. */
Fail person_decide_hand_over(Decide *d)
{
    if (count_of(d->reads[0]) == 0) return fail(ERR_CONFLICT, "nothing_open");
    return check_successor(d, d->reads[1]);
}

void person_fold_leave(Matter *m, const Event *e)
{
    json_put(m->data, "roles", json_new_array(m->arena));
    json_object_del(m->data, "card");
    json_object_del(m->data, "device");
    json_put_int(m->data, "left_at", e->at);
    if (json_text(e->data, "successor").n > 0) json_put_text(m->data, "successor", json_text(e->data, "successor"));
}

void person_fold_rejoin(Matter *m, const Event *e)
{
    (void)e;
    json_object_del(m->data, "left_at");
    json_object_del(m->data, "successor");
}

/* ---- bound phone ---- */

Fail person_decide_bind(Decide *d)
{
    Str device = json_text(d->input, "device"), bytes;
    if (!base64url_to(d->arena, device, &bytes) || bytes.n != HASH_BYTES)
        return fail_field(ERR_INVALID, "bad_format", "device", 43);
    if (json_object_get(d->matter->data, "device") != NULL) return fail(ERR_CONFLICT, "device_bound");
    return FAIL_NONE;
}

void person_fold_bind(Matter *m, const Event *e)
{
    json_t *device = json_new_object(m->arena);
    json_put_text(device, "device", json_text(e->data, "device"));
    json_put_text(device, "name", json_text(e->data, "name"));
    json_put_int(device, "at", e->at);
    json_put(m->data, "device", device);
}

/* A lost phone. A dispatcher does it for those whom a dispatcher may let go, an admin for all. */
Fail person_decide_unbind(Decide *d)
{
    const json_t *rows = held_roles(d->matter);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (!may_let_go(d, role_by_name(json_text(row, "role")), json_text(row, "place")))
            return fail(ERR_FORBIDDEN, "above_own_role");
    }
    return json_object_get(d->matter->data, "device") != NULL ? FAIL_NONE : fail(ERR_CONFLICT, "no_device_bound");
}

void person_fold_unbind(Matter *m, const Event *e)
{
    (void)e;
    json_object_del(m->data, "device");
}

/* ---- erase ---- */

Fail person_decide_erase(Decide *d)
{
    int64_t open = count_of(d->reads[0]);
    if (open > 0)
        return fail_field(ERR_CONFLICT, "has_open_matters", "", open); /* leave first: they need a successor */
    return keep_an_admin(d, d->reads[1]);
}

/* Written down by mistake, as a sheet with a wrong column is: gone like an erased one, as long as nobody had to do with
 * it. Whoever signed in, holds a role or stands in a matter decides for themselves (erase). */
Fail person_decide_withdraw(Decide *d)
{
    bool touched = d->matter->version != 1 || count_of(d->reads[0]) > 0;
    return touched ? fail_field(ERR_CONFLICT, "changed_since", "version", d->matter->version) : FAIL_NONE;
}

void person_fold_erase(Matter *m, const Event *e)
{
    json_object_clear(m->data);
    json_put_int(m->data, "erased_at", e->at);
    matter_relate(m, m->id, 0, FOLLOWER);
}
