/* How a person wants to be told: by which ways, in which order, and when not. The rows of person_channel are what the
 * outbox goes along (core/outbox/tell.c); in the app everybody is told in any case. Pure but for apply. */
#include "core/outbox.h"
#include "core/person/person.h"

enum { PUSH_MAX = 8, ENDPOINT_MAX = 1000, P256DH_BYTES = 65, AUTH_BYTES = 16, MINUTES_OF_DAY = 24 * 60 };

/* In the order in which they are tried unless the person says otherwise. */
static const char *const KINDS[] = { "push", "mail", "webhook", "sms", NULL };
enum { KINDS_N = COUNT(KINDS) - 1 };

/* ---- fields ---- */

const Field person_mail_fields[] = {
    { .name = "mail", .type = F_TEXT, .min = 0, .max = 254, .personal = OF_MATTER },
    { .name = "by_mail", .type = F_BOOL, .required = true },
    { 0 },
};
/* What a browser's PushSubscription says (Push API, RFC 8030, RFC 8291): keys as base64url. */
const Field person_push_fields[] = {
    { .name = "endpoint", .type = F_TEXT, .required = true, .min = 12, .max = ENDPOINT_MAX, .personal = OF_MATTER },
    { .name = "p256dh", .type = F_TEXT, .required = true, .min = 87, .max = 88, .personal = OF_MATTER },
    { .name = "auth", .type = F_TEXT, .required = true, .min = 22, .max = 24, .personal = OF_MATTER },
    { .name = "label", .type = F_TEXT, .min = 1, .max = 60, .personal = OF_MATTER },
    { 0 },
};
const Field person_drop_push_fields[] = {
    { .name = "channel", .type = F_TEXT, .required = true, .min = PUSH_ID_CHARS, .max = PUSH_ID_CHARS },
    { 0 },
};
const Field person_sms_fields[] = {
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER },
    { .name = "by_sms", .type = F_BOOL, .required = true },
    { 0 },
};
const Field person_webhook_fields[] = {
    { .name = "webhook", .type = F_ID },
    { .name = "by_webhook", .type = F_BOOL, .required = true },
    { 0 },
};
static const Field kind_fields[] = { { .name = "kind", .type = F_ENUM, .required = true, .values = KINDS }, { 0 } };
const Field person_order_fields[] = {
    { .name = "order", .type = F_LIST, .required = true, .min = 1, .max = KINDS_N, .fields = kind_fields },
    { 0 },
};
/* Minutes from midnight in the community's zone; the same twice: never quiet. Both left out: as the community has it.
 */
const Field person_quiet_fields[] = {
    { .name = "quiet_from", .type = F_INT, .min = 0, .max = MINUTES_OF_DAY - 1 },
    { .name = "quiet_until", .type = F_INT, .min = 0, .max = MINUTES_OF_DAY - 1 },
    { 0 },
};

/* ---- mail ---- */

Fail person_decide_mail(Decide *d)
{
    Str address = json_text(d->input, "mail");
    bool has = json_object_get(d->matter->data, "mail") != NULL;
    if (address.n > 0 && !mailbox_valid(address)) return fail_field(ERR_INVALID, "bad_format", "mail", 0);
    if (json_bool(d->input, "by_mail") && address.n == 0 && (!has || json_object_get(d->input, "mail") != NULL))
        return fail_field(ERR_INVALID, "required", "mail", 0);
    if (address.n == 0 && json_object_get(d->input, "mail") != NULL) { /* "": taken away */
        json_object_del(d->data, "mail");
        json_put_bool(d->data, "no_mail", true);
    }
    return FAIL_NONE;
}

void person_fold_mail(Matter *m, const Event *e)
{
    json_t *address = json_object_get(e->data, "mail");
    if (address != NULL) json_put(m->data, "mail", address);
    if (json_bool(e->data, "no_mail")) json_object_del(m->data, "mail");
    json_put_bool(m->data, "by_mail", json_bool(e->data, "by_mail"));
}

/* ---- text messages, and a webhook that an admin has made ---- */

Fail person_decide_sms(Decide *d)
{
    bool has = json_object_get(d->matter->data, "sms") != NULL || json_object_get(d->input, "phone") != NULL;
    return json_bool(d->input, "by_sms") && !has ? fail_field(ERR_INVALID, "required", "phone", 0) : FAIL_NONE;
}

void person_fold_sms(Matter *m, const Event *e)
{
    json_t *phone = json_object_get(e->data, "phone");
    if (phone != NULL) json_put(m->data, "sms", phone);
    json_put_bool(m->data, "by_sms", json_bool(e->data, "by_sms"));
}

/* For those who work here: their team's group. Whether it is still there is asked when something leaves. */
Fail person_decide_webhook(Decide *d)
{
    bool has = json_text(d->matter->data, "webhook").n > 0 || json_text(d->input, "webhook").n > 0;
    if (!(actor_roles(d->actor, d->now) & STAFF)) return fail(ERR_FORBIDDEN, "forbidden");
    return json_bool(d->input, "by_webhook") && !has ? fail_field(ERR_INVALID, "required", "webhook", 0) : FAIL_NONE;
}

void person_fold_webhook(Matter *m, const Event *e)
{
    json_t *webhook = json_object_get(e->data, "webhook");
    if (webhook != NULL) json_put(m->data, "webhook", webhook);
    json_put_bool(m->data, "by_webhook", json_bool(e->data, "by_webhook"));
}

/* ---- push: one row for each browser ---- */

static bool bytes_are(Decide *d, Str text, size_t n, Str *bytes)
{
    while (text.n > 0 && text.p[text.n - 1] == '=') /* some browsers pad */
        text.n--;
    return base64url_to(d->arena, text, bytes) && bytes->n == n;
}

static int push_at(const json_t *list, Str id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_text(json_array_get(list, i), "channel"), id)) return (int)i;
    return -1;
}

/* The same browser again replaces its row: the id is of the address, which nobody can guess. */
Fail person_decide_add_push(Decide *d)
{
    const json_t *list = json_object_get(d->matter->data, "push");
    Str endpoint = json_text(d->input, "endpoint"), bytes;
    if (!push_endpoint_valid(endpoint)) return fail_field(ERR_INVALID, "bad_format", "endpoint", 0);
    if (!bytes_are(d, json_text(d->input, "p256dh"), P256DH_BYTES, &bytes) || bytes.p[0] != 4) /* SEC 1: uncompressed */
        return fail_field(ERR_INVALID, "bad_format", "p256dh", 0);
    if (!bytes_are(d, json_text(d->input, "auth"), AUTH_BYTES, &bytes))
        return fail_field(ERR_INVALID, "bad_format", "auth", 0);
    Str id = push_id(d->arena, endpoint);
    if (push_at(list, id) < 0 && json_array_size(list) >= PUSH_MAX)
        return fail_field(ERR_CONFLICT, "too_many", "", PUSH_MAX);
    json_put_text(d->data, "channel", id);
    json_put_text(d->data, "lane", push_lane(d->arena, endpoint));
    return FAIL_NONE;
}

static json_t *push_without(Matter *m, Str id)
{
    json_t *list = json_new_array(m->arena), *was = json_object_get(m->data, "push");
    for (size_t i = 0; i < json_array_size(was); i++)
        if (!str_eq(json_text(json_array_get(was, i), "channel"), id)) json_array_append(list, json_array_get(was, i));
    json_put(m->data, "push", list);
    return list;
}

void person_fold_add_push(Matter *m, const Event *e)
{
    json_array_append(push_without(m, json_text(e->data, "channel")), e->data);
}

Fail person_decide_drop_push(Decide *d)
{
    bool there = push_at(json_object_get(d->matter->data, "push"), json_text(d->input, "channel")) >= 0;
    return there ? FAIL_NONE : fail_field(ERR_CONFLICT, "no_such_channel", "channel", 0);
}

void person_fold_drop_push(Matter *m, const Event *e)
{
    push_without(m, json_text(e->data, "channel"));
}

/* ---- order and quiet hours ---- */

static int kind_index(Str kind)
{
    for (int i = 0; i < KINDS_N; i++)
        if (str_is(kind, KINDS[i])) return i;
    return -1;
}

/* Those that were not named come after, in the usual order. */
Fail person_decide_order(Decide *d)
{
    const json_t *named = json_object_get(d->input, "order");
    json_t *all = json_new_array(d->arena);
    bool used[KINDS_N] = { false };
    for (size_t i = 0; i < json_array_size(named) + KINDS_N; i++) {
        bool given = i < json_array_size(named);
        size_t usual = i - json_array_size(named);
        int k = given ? kind_index(json_text(json_array_get(named, i), "kind")) : (int)usual;
        if (used[k] && given)
            return fail_field(ERR_INVALID, "repeated", arena_fmt(d->arena, "order[%zu].kind", i).p, 0);
        if (used[k]) continue;
        used[k] = true;
        json_t *row = json_new_object(d->arena);
        json_put_text(row, "kind", str_c(KINDS[k]));
        json_array_append(all, row);
    }
    json_put(d->data, "order", all);
    return FAIL_NONE;
}

void person_fold_order(Matter *m, const Event *e)
{
    json_put(m->data, "order", json_object_get(e->data, "order"));
}

Fail person_decide_quiet(Decide *d)
{
    bool from = json_object_get(d->input, "quiet_from") != NULL;
    bool until = json_object_get(d->input, "quiet_until") != NULL;
    return from == until ? FAIL_NONE
                         : fail_field(ERR_INVALID, "required", from ? "quiet_until" : "quiet_from", 0);
}

void person_fold_quiet(Matter *m, const Event *e)
{
    if (json_object_get(e->data, "quiet_from") != NULL)
        json_put(m->data, "quiet", e->data);
    else
        json_object_del(m->data, "quiet");
}

/* ---- the tables ---- */

static Stmt channel_put = {
    "ssslslsssssl", "",
    "INSERT INTO person_channel (community, person, kind, rank, id, used, lane, address, p256dh, auth, label, since)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (community, person, kind, id) DO UPDATE"
    " SET rank = excluded.rank, used = excluded.used, lane = excluded.lane, address = excluded.address,"
    " p256dh = excluded.p256dh, auth = excluded.auth, label = excluded.label, since = excluded.since"
};
static Stmt channel_drop = { "ssss", "",
                             "DELETE FROM person_channel"
                             " WHERE community = $1 AND person = $2 AND kind = $3 AND id = $4" };
static Stmt channel_rank = { "sssl", "",
                             "UPDATE person_channel SET rank = $4"
                             " WHERE community = $1 AND person = $2 AND kind = $3" };
static Stmt channels_of_kind_drop = { "sss", "",
                                      "DELETE FROM person_channel WHERE community = $1 AND person = $2 AND kind = $3" };
static Stmt channels_drop = { "ss", "", "DELETE FROM person_channel WHERE community = $1 AND person = $2" };
static Stmt quiet_put = { "ssll", "",
                          "INSERT INTO person_quiet (community, person, from_minute, until_minute)"
                          " VALUES ($1, $2, $3, $4) ON CONFLICT (community, person) DO UPDATE SET"
                          " from_minute = excluded.from_minute, until_minute = excluded.until_minute" };
static Stmt quiet_drop = { "ss", "", "DELETE FROM person_quiet WHERE community = $1 AND person = $2" };
Stmt *const channel_statements[] = { &channel_put,   &channel_drop, &channel_rank, &channels_of_kind_drop,
                                     &channels_drop, &quiet_put,    &quiet_drop,   NULL };

static int64_t rank_of(const Matter *m, const char *kind)
{
    const json_t *order = json_object_get(m->data, "order");
    for (size_t i = 0; i < json_array_size(order); i++)
        if (str_is(json_text(json_array_get(order, i), "kind"), kind)) return (int64_t)i + 1;
    return kind_index(str_c(kind)) + 1;
}

typedef struct ChannelRow {
    const char *kind;
    Str id, lane, address, p256dh, auth, label;
    bool used;
} ChannelRow;

static void put(Apply *a, const Matter *m, const Event *e, const ChannelRow *r)
{
    db_send(a->db, a->arena, &channel_put,
            ARGS(TXT(e->community), TXT(e->matter), TXT(str_c(r->kind)), NUM(rank_of(m, r->kind)), TXT(r->id),
                 NUM(r->used), TXT(r->lane), TXT(r->address), TXT(r->p256dh), TXT(r->auth), TXT(r->label),
                 NUM(e->at)));
}

static Str sealed_text(Apply *a, const json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);
    return v != NULL ? json_print(a->arena, v) : S("");
}

void person_apply_mail(Apply *a, const Matter *m, const Event *e)
{
    ChannelRow row = { .kind = "mail", .lane = S("mail"), .address = sealed_text(a, m->data, "mail"),
                       .used = json_bool(m->data, "by_mail") };
    if (row.address.n > 0)
        put(a, m, e, &row);
    else
        db_send(a->db, a->arena, &channel_drop, ARGS(TXT(e->community), TXT(e->matter), TXT(S("mail")), TXT(S(""))));
}

void person_apply_sms(Apply *a, const Matter *m, const Event *e)
{
    ChannelRow row = { .kind = "sms", .lane = S("sms"), .address = sealed_text(a, m->data, "sms"),
                       .used = json_bool(m->data, "by_sms") };
    if (row.address.n > 0) put(a, m, e, &row);
}

void person_apply_webhook(Apply *a, const Matter *m, const Event *e)
{
    Str id = json_text(m->data, "webhook");
    ChannelRow row = { .kind = "webhook", .id = id, .lane = id, .used = json_bool(m->data, "by_webhook") };
    db_send(a->db, a->arena, &channels_of_kind_drop, ARGS(TXT(e->community), TXT(e->matter), TXT(S("webhook"))));
    if (id.n > 0) put(a, m, e, &row);
}

void person_apply_add_push(Apply *a, const Matter *m, const Event *e)
{
    ChannelRow row = { .kind = "push", .id = json_text(e->data, "channel"), .lane = json_text(e->data, "lane"),
                       .address = sealed_text(a, e->data, "endpoint"), .p256dh = sealed_text(a, e->data, "p256dh"),
                       .auth = sealed_text(a, e->data, "auth"), .label = sealed_text(a, e->data, "label"),
                       .used = true };
    put(a, m, e, &row);
}

void person_apply_drop_push(Apply *a, const Matter *m, const Event *e)
{
    (void)m;
    db_send(a->db, a->arena, &channel_drop,
            ARGS(TXT(e->community), TXT(e->matter), TXT(S("push")), TXT(json_text(e->data, "channel"))));
}

void person_apply_order(Apply *a, const Matter *m, const Event *e)
{
    for (int i = 0; i < KINDS_N; i++)
        db_send(a->db, a->arena, &channel_rank,
                ARGS(TXT(e->community), TXT(e->matter), TXT(str_c(KINDS[i])), NUM(rank_of(m, KINDS[i]))));
}

void person_apply_quiet(Apply *a, const Matter *m, const Event *e)
{
    const json_t *quiet = json_object_get(m->data, "quiet");
    if (quiet == NULL)
        db_send(a->db, a->arena, &quiet_drop, ARGS(TXT(e->community), TXT(e->matter)));
    else
        db_send(a->db, a->arena, &quiet_put,
                ARGS(TXT(e->community), TXT(e->matter), NUM(json_int(quiet, "quiet_from")),
                     NUM(json_int(quiet, "quiet_until"))));
}

void person_drop_channels(Apply *a, const Event *e)
{
    db_send(a->db, a->arena, &channels_drop, ARGS(TXT(e->community), TXT(e->matter)));
    db_send(a->db, a->arena, &quiet_drop, ARGS(TXT(e->community), TXT(e->matter)));
}
