/* The state tables of persons: written from events alone, the same live and in replay. Secrets (sessions, passwords)
 * are no state: what an event ends there, it ends once, when it happens. */
#include "core/person/person.h"

static Stmt file_put = {
    "sssssss", "",
    "INSERT INTO person (community, person, state, language, name, phone, roles) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (community, person) DO UPDATE SET state = excluded.state, language = excluded.language,"
    " name = excluded.name, phone = excluded.phone, roles = excluded.roles"
};
static Stmt lookup_drop = { "ss", "", "DELETE FROM person_lookup WHERE community = $1 AND person = $2" };
static Stmt lookup_add = { "sss", "",
                           "INSERT INTO person_lookup (community, kind, hash, person) VALUES ($1, 'phone', $2, $3)" };
static Stmt directory_drop = { "ss", "", "DELETE FROM directory WHERE community = $1 AND person = $2" };
static Stmt directory_add = { "sss", "",
                              "INSERT INTO directory (community, phone_hash, person) VALUES ($1, $2, $3)" };
static Stmt role_put = { "ssssll", "",
                         "INSERT INTO role (community, person, role, place, starts_at, ends_at)"
                         " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (community, person, role, place)"
                         " DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at" };
static Stmt role_drop = { "ssss", "",
                          "DELETE FROM role WHERE community = $1 AND person = $2 AND role = $3 AND place = $4" };
static Stmt roles_drop = { "ss", "", "DELETE FROM role WHERE community = $1 AND person = $2" };
static Stmt card_put = { "ssss", "",
                         "INSERT INTO card (community, person, name, duty_phone) VALUES ($1, $2, $3, $4)"
                         " ON CONFLICT (community, person) DO UPDATE SET name = excluded.name,"
                         " duty_phone = excluded.duty_phone" };
static Stmt card_drop = { "ss", "", "DELETE FROM card WHERE community = $1 AND person = $2" };
static Stmt device_put = { "ssssl", "",
                           "INSERT INTO device (community, person, device, name, bound_at) VALUES ($1, $2, $3, $4, $5)"
                           " ON CONFLICT (community, person) DO UPDATE SET device = excluded.device,"
                           " name = excluded.name, bound_at = excluded.bound_at" };
static Stmt device_drop = { "ss", "", "DELETE FROM device WHERE community = $1 AND person = $2" };
static Stmt timeline_clear = { "ss", "", "UPDATE timeline SET data = '{}' WHERE community = $1 AND matter = $2" };
/* secrets */
static Stmt credential_drop = { "ss", "", "DELETE FROM credential WHERE community = $1 AND person = $2" };
static Stmt sessions_drop = { "ss", "", "DELETE FROM session WHERE community = $1 AND person = $2" };
static Stmt codes_drop = { "ss", "", "DELETE FROM signin_code WHERE community = $1 AND person = $2" };

static void run(Apply *a, const Stmt *s, const Event *e)
{
    db_send(a->db, a->arena, s, ARGS(TXT(e->community), TXT(e->matter)));
}

static Str sealed_text(Apply *a, const Matter *m, const char *name)
{
    const json_t *v = json_object_get(m->data, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

static void put_file(Apply *a, const Matter *m, const Event *e)
{
    const char *state = module_person.states[m->state].name;
    const json_t *roles = json_object_get(m->data, "roles");
    db_send(a->db, a->arena, &file_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(str_c(state)), TXT(json_text(m->data, "language")),
                 TXT(sealed_text(a, m, "name")), TXT(sealed_text(a, m, "phone")),
                 TXT(roles != NULL ? json_print(a->arena, roles) : S("[]"))));
}

/* Look-ups hold hashes. In replay after an erasure the number cannot be opened any more: no row, and none is missing,
 * for the erasure would take it away anyway. */
void person_apply_file(Apply *a, const Matter *m, const Event *e)
{
    put_file(a, m, e);
    const json_t *sealed = json_object_get(e->data, "phone");
    if (sealed == NULL) return;
    if (e->matter_version > 1) {
        run(a, &lookup_drop, e);
        run(a, &directory_drop, e);
    }
    Str phone = a->open(a, e, sealed);
    if (phone.n == 0) return;
    db_send(a->db, a->arena, &lookup_add,
            ARGS(TXT(e->community), TXT(a->lookup(a, e->community, phone)), TXT(e->matter)));
    db_send(a->db, a->arena, &directory_add,
            ARGS(TXT(e->community), TXT(a->lookup(a, S(""), phone)), TXT(e->matter)));
}

void person_apply_grant(Apply *a, const Matter *m, const Event *e)
{
    put_file(a, m, e);
    db_send(a->db, a->arena, &role_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "role")), TXT(json_text(e->data, "at")),
                 NUM(json_int(e->data, "from")), NUM(json_int(e->data, "until"))));
}

void person_apply_revoke(Apply *a, const Matter *m, const Event *e)
{
    put_file(a, m, e);
    db_send(a->db, a->arena, &role_drop,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "role")), TXT(json_text(e->data, "at"))));
}

void person_apply_card(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    db_send(a->db, a->arena, &card_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "name")),
                 TXT(json_text(e->data, "duty_phone"))));
}

static void end_duties(Apply *a, const Matter *m, const Event *e)
{
    put_file(a, m, e);
    run(a, &roles_drop, e);
    run(a, &card_drop, e);
    run(a, &device_drop, e);
    if (a->replay) return;
    run(a, &sessions_drop, e);
    run(a, &codes_drop, e);
}

void person_apply_leave(Apply *a, const Matter *m, const Event *e)
{
    end_duties(a, m, e);
}

void person_apply_bind(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    db_send(a->db, a->arena, &device_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(json_text(e->data, "device")), TXT(json_text(e->data, "name")),
                 NUM(e->at)));
}

void person_apply_unbind(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    run(a, &device_drop, e);
}

void person_apply_erase(Apply *a, const Matter *m, const Event *e)
{
    end_duties(a, m, e);
    run(a, &lookup_drop, e);
    run(a, &directory_drop, e);
    person_drop_channels(a, e);
    person_drop_spoken(a, e);
    person_drop_filters(a, e);
    run(a, &timeline_clear, e);
    if (!a->replay) run(a, &credential_drop, e);
}

Stmt *const person_statements[] = { &file_put,       &lookup_drop, &lookup_add,    &directory_drop, &directory_add,
                                    &role_put,       &role_drop,   &roles_drop,    &card_put,       &card_drop,
                                    &device_put,     &device_drop, &timeline_clear, &credential_drop, &sessions_drop,
                                    &codes_drop,     NULL };
