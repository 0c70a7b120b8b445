/* Who may do and see what. Nothing here knows a module. */
#include "core/place.h"
#include "core/run.h"

static const char *const ROLES[ROLES_N] = { "resident", "volunteer", "officer",  "team",  "dispatcher", "mediator",
                                            "clerk",    "overseer",  "admin",    "auditor", "program" };
static const char *const RELATIONS[RELATIONS_N] = { "reporter", "handler", "handled", "verifier", "party", "follower",
                                                   "co_handler" };

const Actor actor_system = { .system = true, .person = { "", 0 }, .community = { "", 0 } };

const char *role_name(int bit)
{
    assert(bit >= 0 && bit < ROLES_N);
    return ROLES[bit];
}

Roles role_by_name(Str name)
{
    for (int i = 0; i < ROLES_N; i++)
        if (str_is(name, ROLES[i])) return (Roles)1 << i;
    return 0;
}

const char *relation_name(int bit)
{
    assert(bit >= 0 && bit < RELATIONS_N);
    return RELATIONS[bit];
}

bool place_within(Str place, Str container)
{
    return str_starts(place, container);
}

static bool role_holds(const RoleAt *r, int64_t now)
{
    return (r->from == 0 || r->from <= now) && (r->until == 0 || now < r->until);
}

Roles actor_roles_at(const Actor *a, Str place, int64_t now)
{
    if (a->system) return SYSTEM;
    Roles roles = ANYONE;
    for (int i = 0; i < a->n_roles; i++)
        if (role_holds(&a->roles[i], now) && place_within(place, a->roles[i].place)) roles |= a->roles[i].roles;
    if (a->person.n > 0) roles |= RESIDENT; /* whoever has signed in is at least that */
    return roles;
}

Roles actor_roles(const Actor *a, int64_t now)
{
    if (a->system) return SYSTEM;
    Roles roles = a->person.n > 0 ? (Roles)(ANYONE | RESIDENT) : (Roles)ANYONE;
    for (int i = 0; i < a->n_roles; i++)
        if (role_holds(&a->roles[i], now)) roles |= a->roles[i].roles;
    return roles;
}

const Actor *actor_self(const Actor *a)
{
    return a->by != NULL ? a->by : a;
}

static Relations plain_relations(const Actor *a, const Matter *m)
{
    Relations is = matter_relations(m, a->person);
    for (int i = 0; i < a->n_units; i++)
        is |= matter_relations(m, a->units[i]);
    return is;
}

bool actor_on_both_sides(const Actor *a, const Matter *m)
{
    return a->by != NULL && (plain_relations(a->by, m) & (HANDLER | HANDLED | CO_HANDLER | VERIFIER)) != 0;
}

Actor *actor_acting(Arena *a, const Actor *by, Str person)
{
    Actor *acting = arena_new_of(a, Actor);
    *acting = (Actor){ .person = person, .community = by->community, .session = by->session, .by = by };
    return acting;
}

Relations actor_relations(const Actor *a, const Matter *m)
{
    Relations is = 0;
    if (a->by != NULL) return matter_relations(m, a->person) & (REPORTER | FOLLOWER);
    if (a->person.n > 0) {
        is = plain_relations(a, m);
        if (str_eq(a->person, m->id)) is |= SELF;
    }
    if (a->receipt.n > 0) is |= str_eq(a->receipt, m->id) ? (Relations)REPORTER : matter_relations(m, a->receipt);
    return is;
}

bool rights_may(Roles may, Relations who, Relations unless, const Actor *actor, const Matter *m, Str place,
                int64_t now)
{
    if (m == NULL) { /* before loading: could this actor ever? */
        Roles anywhere = place.n > 0 ? actor_roles_at(actor, place, now) : actor_roles(actor, now);
        return (may & anywhere) != 0 || (who != 0 && (actor->person.n > 0 || actor->receipt.n > 0));
    }
    Relations is = actor_relations(actor, m);
    if ((unless & is) != 0) return false;
    return (may & actor_roles_at(actor, m->place, now)) != 0 || (who & is) != 0;
}

/* Nobody mediates their own case, whatever role they hold. */
static Audience sides_of(Relations is, Roles roles)
{
    Audience sees = is & ALL_SIDES;
    bool mediates = (roles & MEDIATOR) != 0 || (is & (HANDLER | CO_HANDLER)) != 0;
    if (mediates && !(is & PARTY)) sees |= TO_MEDIATOR;
    return sees;
}

Audience audience_of(const Actor *a, const Matter *m, int64_t now)
{
    if (a->system) return ~(Audience)0;
    Audience sees = TO_PUBLIC;
    Relations is = actor_relations(a, m);
    Roles roles = actor_roles_at(a, m->place, now);
    if (is & REPORTER) sees |= TO_REPORTER;
    if (is & (HANDLER | VERIFIER | CO_HANDLER)) sees |= TO_HANDLERS;
    if (is & FOLLOWER) sees |= TO_FOLLOWERS;
    if (is & PARTY) sees |= TO_PARTIES;
    if (is & SELF) sees |= TO_SELF;
    if (roles & STAFF) sees |= TO_HANDLERS;
    return sees | sides_of(is, roles);
}

bool audience_may(Audience viewer, Audience of_thing)
{
    return ((viewer | TO_PUBLIC) & of_thing) != 0;
}
