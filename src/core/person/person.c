/* person: on file, with roles at places, a duty card, a bound phone; gone when they leave, unreadable when they erase.
 */
#include "core/person/person.h"

extern const char person_schema[], person_zh[], person_bo[], person_en[];

static const State states[] = { [PERSON_ACTIVE] = { "active" }, { "left" }, { "erased" }, { 0 } };

enum { KEEPERS = DISPATCHER | CLERK | ADMIN, PERSONS = SIGNED_IN & ~PROGRAM };

static const char *const languages[] = { "zh", "bo", "en", NULL };
static const char *const roles[] = { "resident", "volunteer", "officer",  "team",  "dispatcher", "mediator",
                                     "clerk",    "overseer",  "admin",    "auditor", NULL };
static const char *const token_roles[] = { "program", "volunteer", "resident", NULL };
static const char *const state_names[] = { "active", "left", NULL };

/* ---- fields ---- */

static const Field on_file[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60, .personal = OF_MATTER, .search = true },
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER },
    { .name = "language", .type = F_ENUM, .values = languages },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { 0 },
};
static const Field changed[] = {
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60, .personal = OF_MATTER, .search = true },
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER },
    { .name = "language", .type = F_ENUM, .values = languages },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { 0 },
};
static const Field granted[] = {
    { .name = "role", .type = F_ENUM, .required = true, .values = roles },
    { .name = "place", .type = F_PLACE, .required = true, .passing = true, .max = 24 },
    { .name = "from", .type = F_TIME },
    { .name = "until", .type = F_TIME },
    { 0 },
};
static const Field revoked[] = {
    { .name = "role", .type = F_ENUM, .required = true, .values = roles },
    { .name = "place", .type = F_PLACE, .required = true, .passing = true, .max = 24 },
    { 0 },
};
/* What hangs on the wall of the community anyway: a duty name and a duty number, never a private one. */
static const Field card[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "duty_phone", .type = F_PHONE },
    { 0 },
};
static const Field handing_over[] = { { .name = "successor", .type = F_PERSON, .required = true }, { 0 } };
static const Field lost[] = {
    { .name = "reason", .type = F_TEXT, .required = true, .min = 2, .max = 200, .personal = OF_MATTER },
    { 0 },
};
static const Field leaving[] = { { .name = "successor", .type = F_PERSON }, { 0 } };
static const Field device[] = {
    { .name = "device", .type = F_TEXT, .required = true, .min = 43, .max = 43 }, /* base64url of SHA-256 */
    { .name = "name", .type = F_TEXT, .min = 1, .max = 60 },
    { 0 },
};
static const Field nothing[] = { { 0 } };
static const char *const same_phone[] = { "phone", NULL };

/* ---- reads (not const: the store numbers statements) ---- */

#define PHONE_OWNER                                                                                             \
    { "ss", "s", "SELECT person FROM person_lookup WHERE community = $1 AND kind = 'phone' AND hash = $2" }
#define ADMINS                                                                                                  \
    { "s", "ssll", "SELECT person, place, starts_at, ends_at FROM role WHERE community = $1 AND role = 'admin'" }
/* 2 is HANDLER */
#define OPEN_MATTERS                                                                                            \
    { "ss", "l",                                                                                                \
      "SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter"          \
      " WHERE r.community = $1 AND r.person = $2 AND (r.relations & 2) <> 0 AND m.closed_at = 0" }

static Read phone_reads[] = { { .name = "phone_owner", .stmt = PHONE_OWNER, .key = "phone", .lookup = true }, { 0 } };
static Read update_reads[] = { { .name = "phone_owner", .stmt = PHONE_OWNER, .key = "phone", .lookup = true }, { 0 } };
static Read revoke_reads[] = { { .name = "admins", .stmt = ADMINS, .key = "", .shared = true }, { 0 } };
static Read leave_reads[] = {
    { .name = "open_matters", .stmt = OPEN_MATTERS, .key = "matter" },
    { .name = "successor",
      .stmt = { "ss", "sssll",
                "SELECT p.state, r.role, r.place, r.starts_at, r.ends_at FROM person p"
                " JOIN role r ON r.community = p.community AND r.person = p.person"
                " WHERE p.community = $1 AND p.person = $2" },
      .key = "successor" },
    { .name = "admins", .stmt = ADMINS, .key = "", .shared = true },
    { 0 },
};
/* 32 is FOLLOWER: everybody follows their own file. */
static Read withdraw_reads[] = {
    { .name = "known_to",
      .stmt = { "ss", "l",
                "SELECT (SELECT count(*) FROM relation r WHERE r.community = $1 AND r.person = $2 AND r.matter <> $2)"
                " + (SELECT count(*) FROM session s WHERE s.community = $1 AND s.person = $2)" },
      .key = "matter" },
    { 0 },
};
static Read erase_reads[] = {
    { .name = "open_matters", .stmt = OPEN_MATTERS, .key = "matter" },
    { .name = "admins", .stmt = ADMINS, .key = "", .shared = true },
    { 0 },
};

/* ---- actions ---- */

static const Action actions[] = {
    { .name = "register",
      .route = "POST /people",
      .may = KEEPERS | SYSTEM,
      .from = NEW,
      .to = ST(PERSON_ACTIVE),
      .fields = on_file,
      .reads = phone_reads,
      .decide = person_decide_register,
      .fold = person_fold_register,
      .apply = person_apply_file,
      .audience = TO_SELF,
      .mode = COMMUTES,
      .many = true,
      .same = same_phone,
      .reverse = "withdraw" },
    { .name = "update",
      .route = "POST /people/{id}/update",
      .may = KEEPERS,
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = changed,
      .reads = update_reads,
      .decide = person_decide_update,
      .fold = person_fold_update,
      .apply = person_apply_file,
      .audience = TO_SELF,
      .tell = FOLLOWER,
      .mode = STRICT },
    { .name = "grant",
      .route = "POST /people/{id}/grant",
      .may = ADMIN | DISPATCHER | SYSTEM,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = granted,
      .decide = person_decide_grant,
      .fold = person_fold_grant,
      .apply = person_apply_grant,
      .audience = TO_SELF | TO_HANDLERS,
      .tell = FOLLOWER,
      .mode = COMMUTES,
      .alone = true },
    { .name = "revoke",
      .route = "POST /people/{id}/revoke",
      .may = ADMIN | DISPATCHER | SYSTEM,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = revoked,
      .reads = revoke_reads,
      .decide = person_decide_revoke,
      .fold = person_fold_revoke,
      .apply = person_apply_revoke,
      .audience = TO_SELF | TO_HANDLERS,
      .tell = FOLLOWER,
      .mode = COMMUTES,
      .alone = true },
    { .name = "card",
      .route = "POST /people/{id}/card",
      .may = KEEPERS | SYSTEM,
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = card,
      .decide = person_decide_card,
      .fold = person_fold_card,
      .apply = person_apply_card,
      .audience = TO_SELF | TO_HANDLERS,
      .mode = COMMUTES },
    { .name = "leave",
      .route = "POST /people/{id}/leave",
      .may = ADMIN | DISPATCHER | SYSTEM,
      .from = ST(PERSON_ACTIVE),
      .to = ST(PERSON_LEFT),
      .fields = leaving,
      .reads = leave_reads,
      .decide = person_decide_leave,
      .fold = person_fold_leave,
      .apply = person_apply_leave,
      .audience = TO_SELF | TO_HANDLERS,
      .tell = FOLLOWER,
      .mode = COMMUTES,
      .alone = true },
    { .name = "hand_over",
      .route = "POST /people/{id}/hand_over",
      .may = ADMIN | DISPATCHER | SYSTEM,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = handing_over,
      .reads = leave_reads,
      .decide = person_decide_hand_over,
      .audience = TO_SELF | TO_HANDLERS,
      .tell = FOLLOWER,
      .mode = COMMUTES },
    { .name = "rejoin",
      .route = "POST /people/{id}/rejoin",
      .may = KEEPERS,
      .from = ST(PERSON_LEFT),
      .to = ST(PERSON_ACTIVE),
      .fields = nothing,
      .fold = person_fold_rejoin,
      .apply = person_apply_file,
      .audience = TO_SELF | TO_HANDLERS,
      .tell = FOLLOWER,
      .mode = COMMUTES },
    { .name = "bind_device",
      .route = "POST /people/{id}/bind_device",
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = device,
      .decide = person_decide_bind,
      .fold = person_fold_bind,
      .apply = person_apply_bind,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "unbind_device",
      .route = "POST /people/{id}/unbind_device",
      .may = ADMIN | DISPATCHER,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = lost,
      .decide = person_decide_unbind,
      .fold = person_fold_unbind,
      .apply = person_apply_unbind,
      .audience = TO_SELF,
      .tell = FOLLOWER,
      .mode = COMMUTES },
    { .name = "set_mail",
      .route = "POST /people/{id}/mail",
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_mail_fields,
      .decide = person_decide_mail,
      .fold = person_fold_mail,
      .apply = person_apply_mail,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "add_push",
      .route = "POST /people/{id}/push",
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_push_fields,
      .decide = person_decide_add_push,
      .fold = person_fold_add_push,
      .apply = person_apply_add_push,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "drop_push",
      .route = "POST /people/{id}/push/drop",
      .may = SYSTEM,
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_drop_push_fields,
      .decide = person_decide_drop_push,
      .fold = person_fold_drop_push,
      .apply = person_apply_drop_push,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "set_sms",
      .route = "POST /people/{id}/sms",
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_sms_fields,
      .decide = person_decide_sms,
      .fold = person_fold_sms,
      .apply = person_apply_sms,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "set_webhook",
      .route = "POST /people/{id}/webhook",
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = person_webhook_fields,
      .decide = person_decide_webhook,
      .fold = person_fold_webhook,
      .apply = person_apply_webhook,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "order_channels",
      .route = "POST /people/{id}/channels",
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_order_fields,
      .decide = person_decide_order,
      .fold = person_fold_order,
      .apply = person_apply_order,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "set_quiet",
      .route = "POST /people/{id}/quiet",
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = SAME,
      .fields = person_quiet_fields,
      .decide = person_decide_quiet,
      .fold = person_fold_quiet,
      .apply = person_apply_quiet,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "set_spoken",
      .route = "POST /people/{id}/spoken",
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = person_spoken_fields,
      .decide = person_decide_spoken,
      .fold = person_fold_spoken,
      .apply = person_apply_spoken,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "keep_filter",
      .route = "POST /people/{id}/filters",
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = person_keep_filter_fields,
      .decide = person_decide_keep_filter,
      .fold = person_fold_keep_filter,
      .apply = person_apply_keep_filter,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "drop_filter",
      .route = "POST /people/{id}/filters/drop",
      .who = SELF,
      .from = ST(PERSON_ACTIVE),
      .to = SAME,
      .fields = person_drop_filter_fields,
      .decide = person_decide_drop_filter,
      .fold = person_fold_drop_filter,
      .apply = person_apply_drop_filter,
      .audience = TO_SELF,
      .mode = COMMUTES },
    { .name = "withdraw",
      .route = "POST /people/{id}/withdraw",
      .may = KEEPERS,
      .from = ST(PERSON_ACTIVE),
      .to = ST(PERSON_ERASED),
      .fields = nothing,
      .reads = withdraw_reads,
      .decide = person_decide_withdraw,
      .fold = person_fold_erase,
      .apply = person_apply_erase,
      .audience = TO_SELF,
      .mode = COMMUTES,
      .erases = true },
    { .name = "erase",
      .route = "POST /people/{id}/erase",
      .may = ADMIN | SYSTEM,
      .who = SELF,
      .from = ST(PERSON_ACTIVE) | ST(PERSON_LEFT),
      .to = ST(PERSON_ERASED),
      .fields = nothing,
      .reads = erase_reads,
      .decide = person_decide_erase,
      .fold = person_fold_erase,
      .apply = person_apply_erase,
      .audience = TO_SELF,
      .mode = COMMUTES,
      .alone = true,
      .erases = true },
    { 0 },
};

/* ---- queries ---- */

static const Filter list_filters[] = {
    { { .name = "q", .type = F_TEXT, .min = 1, .max = 60, .search = true }, "{match}" },
    { { .name = "state", .type = F_ENUM, .values = state_names }, "p.state = $" },
    { { .name = "place", .type = F_PLACE, .max = 24 }, "substr(m.place, 1, length($)) = $" },
    { { .name = "role", .type = F_ENUM, .values = roles },
      "EXISTS (SELECT 1 FROM role r WHERE r.community = m.community AND r.person = m.id AND r.role = $)" },
    { .sql = NULL },
};
static const char *const what_file[] = { "name", "phone", NULL };

/* 1 REPORTER, 2 HANDLER, 8 VERIFIER, 64 CO_HANDLER */
#define IS(bits)                                                                                                       \
    "CASE WHEN (rel.relations & " bits ") <> 0 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END"

static const Query queries[] = {
    { .name = "list", .route = "GET /people", .may = KEEPERS, .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, p.state, p.name, p.phone, p.language, m.place, m.opened_at, m.changed_at FROM matter m"
             " JOIN person p ON p.community = m.community AND p.person = m.id"
             " WHERE m.community = $1 AND m.kind = 'person' AND p.state <> 'erased' AND {scope}",
      .columns = "id:s state:s name:p phone:p language:s place:s opened_at:l changed_at:l",
      .filters = list_filters, .order = "m.changed_at:l DESC, m.id:s DESC" },
    { .name = "file", .route = "GET /people/{id}", .may = KEEPERS, .scope = SCOPE_PLACE,
      .sql = "SELECT m.id, p.state, p.name, p.phone, p.language, m.place, m.version, m.opened_at, m.changed_at,"
             " p.roles, c.name, c.duty_phone, d.name"
             " FROM matter m JOIN person p ON p.community = m.community AND p.person = m.id"
             " LEFT JOIN card c ON c.community = m.community AND c.person = m.id"
             " LEFT JOIN device d ON d.community = m.community AND d.person = m.id"
             " WHERE m.community = $1 AND m.kind = 'person' AND m.id = $2 AND {scope}",
      .columns = "id:s state:s name:x phone:p language:s place:s version:l opened_at:l changed_at:l roles:j card_name:s"
                 " duty_phone:s device_name:s",
      .one = true, .logged = true, .logged_what = what_file },
    { .name = "matters", .route = "GET /people/{id}/matters", .may = KEEPERS, .scope = SCOPE_PLACE,
      .sql = "SELECT rel.person, rel.matter, m.kind, m.number, m.state, m.place, m.category, " IS("1") ", "
             IS("66") ", " IS("8") ", (SELECT count(*) FROM file f WHERE f.community = $1 AND f.matter = m.id),"
             " m.opened_at, m.closed_at"
             " FROM relation rel JOIN matter m ON m.community = rel.community AND m.id = rel.matter"
             " WHERE rel.community = $1 AND m.community = $1 AND rel.person = $2 AND m.number > 0 AND {scope}",
      .columns = "person:s matter:s kind:s number:l state:s place:s category:s reported:b handles:b verified:b files:l"
                 " opened_at:l closed_at:l",
      .order = "m.opened_at:l DESC, rel.matter:s DESC", .logged = true },
    { .name = "looks", .route = "GET /people/{id}/access", .may = KEEPERS | AUDITOR, .scope = SCOPE_PLACE,
      .sql = "SELECT a.subject, a.at, a.reader, c.name, a.what, a.matter FROM access a"
             " JOIN matter m ON m.community = a.community AND m.id = a.subject AND m.kind = 'person'"
             " LEFT JOIN card c ON c.community = a.community AND c.person = a.reader"
             " WHERE a.community = $1 AND m.community = $1 AND a.subject = $2 AND {scope}",
      .columns = "person:s at:l reader:s name:s what:s matter:s",
      .order = "a.at:l DESC, a.reader:s DESC, a.what:s DESC", .logged = true },
    { .name = "me", .route = "GET /me", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT p.person, p.state, p.name, p.phone, p.language, m.place, m.version, p.roles, c.name, c.duty_phone,"
             " d.device, d.name, e.address, e.used, q.from_minute, q.until_minute FROM person p"
             " JOIN matter m ON m.community = p.community AND m.id = p.person"
             " LEFT JOIN card c ON c.community = p.community AND c.person = p.person"
             " LEFT JOIN device d ON d.community = p.community AND d.person = p.person"
             " LEFT JOIN person_channel e ON e.community = p.community AND e.person = p.person AND e.kind = 'mail'"
             " LEFT JOIN person_quiet q ON q.community = p.community AND q.person = p.person"
             " WHERE p.community = $1 AND p.person = {self}",
      .columns = "id:s state:s name:x phone:x language:s place:s version:l roles:j card_name:s duty_phone:s device:s"
                 " device_name:s mail:x by_mail:b quiet_from:l quiet_until:l",
      .one = true },
    { .name = "channels", .route = "GET /me/channels", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT c.rank, c.kind, c.id, c.used, c.address, c.label, c.since FROM person_channel c"
             " WHERE c.community = $1 AND c.person = {self}",
      .columns = "rank:l kind:s id:s used:b address:x label:x since:l", .order = "c.rank:l, c.id:s" },
    { .name = "spoken", .route = "GET /me/spoken", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT s.language FROM person_spoken s WHERE s.community = $1 AND s.person = {self}",
      .columns = "language:s", .order = "s.language:s" },
    { .name = "filters", .route = "GET /me/filters", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT f.id, f.title, f.query, f.kept_at FROM person_filter f WHERE f.community = $1"
             " AND f.person = {self}",
      .columns = "id:s title:x query:x kept_at:l", .order = "f.id:s" },
    { .name = "access", .route = "GET /me/access", .may = PERSONS, .scope = SCOPE_SELF,
      .sql = "SELECT a.at, a.id, a.reader, c.name, a.what, a.matter FROM access a"
             " LEFT JOIN card c ON c.community = a.community AND c.person = a.reader"
             " WHERE a.community = $1 AND a.subject = {self}",
      .columns = "at:l id:s reader:s name:s what:s matter:s", .order = "a.at:l DESC, a.id:s DESC" },
    { 0 },
};

/* ---- calls: sessions, passwords, codes, tokens; see docs/API.md ---- */

static const Field sign_in[] = {
    { .name = "phone", .type = F_PHONE },
    { .name = "password", .type = F_SECRET, .min = 1, .max = 128 },
    { .name = "code", .type = F_SECRET, .min = CODE_CHARS, .max = 64 },
    { .name = "device", .type = F_SECRET, .min = 16, .max = 128 },
    { 0 },
};
static const Field second[] = { { .name = "code", .type = F_SECRET, .required = true, .min = 6, .max = 12 }, { 0 } };
static const Field enrol[] = { { .name = "code", .type = F_SECRET, .min = 6, .max = 12 }, { 0 } };
static const Field password[] = {
    { .name = "old", .type = F_SECRET, .min = 1, .max = 128 },
    { .name = "new", .type = F_SECRET, .required = true, .min = 8, .max = 128 },
    { 0 },
};
static const Field phone[] = { { .name = "phone", .type = F_PHONE, .required = true }, { 0 } };
static const char *const reasons[] = { "asked", "call_back", "visit", "emergency", "correct", NULL };
static const Field why[] = { { .name = "why", .type = F_ENUM, .required = true, .values = reasons }, { 0 } };
static const Field token[] = {
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60 },
    { .name = "role", .type = F_ENUM, .required = true, .values = token_roles },
    { .name = "place", .type = F_PLACE, .required = true, .max = 24 },
    { .name = "days", .type = F_INT, .required = true, .min = 1, .max = 366 },
    { .name = "per_hour", .type = F_INT, .min = 1, .max = 100000 }, /* reports through Open311; left out: 120 */
    { 0 },
};

static const Field renewed[] = {
    { .name = "days", .type = F_INT, .required = true, .min = 1, .max = 366 },
    { 0 },
};

static const Call calls[] = {
    { .name = "sign_in", .route = "POST /sessions", .may = ANYONE | SIGNED_IN, .fields = sign_in, .body_max = 4096,
      .per_minute = 30, .run = signin_start,
      .answer = "person:s community:s csrf:s needs_totp:b totp_enrolled:b has_password:b" },
    { .name = "second_factor", .route = "POST /sessions/totp", .may = PERSONS, .fields = second, .body_max = 4096,
      .per_minute = 30, .run = signin_totp,
      .answer = "csrf:s? *" },
    { .name = "who_am_i", .route = "GET /session", .may = ANYONE | SIGNED_IN, .run = signin_whoami,
      .answer = "person:n community:s? name:s? state:s? roles[role:s place:s until:t]? language:s? csrf:s? "
                "strong:b? needs_totp:b? totp_enrolled:b? has_password:b?" },
    { .name = "sign_out", .route = "DELETE /session", .may = PERSONS, .run = signin_out,
      .answer = "" },
    { .name = "sign_out_everywhere", .route = "DELETE /sessions", .may = PERSONS, .run = signin_out_all,
      .answer = "" },
    { .name = "set_password", .route = "POST /password", .may = PERSONS, .fields = password, .body_max = 4096,
      .per_minute = 10, .run = account_password,
      .answer = "" },
    { .name = "enrol_totp", .route = "POST /totp", .may = PERSONS, .fields = enrol, .body_max = 4096, .per_minute = 10,
      .run = account_totp,
      .answer = "secret:s? uri:s? svg:s? strong:b?" },
    { .name = "reset_totp", .route = "DELETE /people/{id}/totp", .may = ADMIN, .strong = true,
      .run = account_totp_reset,
      .answer = "" },
    { .name = "hand_out_code", .route = "POST /people/{id}/codes", .may = KEEPERS, .fields = nothing, .per_minute = 60,
      .run = account_code,
      .answer = "code:s expires_at:t url:s svg:s" },
    { .name = "find", .route = "POST /people/find", .may = KEEPERS | MEDIATOR, .fields = phone, .per_minute = 60,
      .run = account_find,
      .answer = "person:n" },
    { .name = "phone", .route = "POST /people/{id}/phone", .may = KEEPERS, .fields = why, .on = ON_WRITER,
      .per_minute = 60, .run = own_phone,
      .answer = "phone:j *" },
    { .name = "handlers", .route = "GET /people/handlers", .may = DISPATCHER | OVERSEER | ADMIN, .run = own_handlers,
      .answer = "rows[person:s name:s phone:s roles[s] places[s] open:l *] next:n" },
    { .name = "tokens", .route = "GET /tokens", .may = ADMIN, .strong = true, .run = account_token_list,
      .answer = "rows[id:s name:s role:s place:s created_by:s created_at:t expires_at:t per_hour:l] next:n" },
    { .name = "add_token", .route = "POST /tokens", .may = ADMIN, .strong = true, .fields = token,
      .run = account_token_add,
      .answer = "id:s token:s expires_at:t" },
    { .name = "renew_token", .route = "POST /tokens/{id}/renew", .may = ADMIN, .strong = true, .fields = renewed,
      .run = account_token_renew,
      .answer = "id:s token:s expires_at:t" },
    { .name = "drop_token", .route = "DELETE /tokens/{id}", .may = ADMIN, .strong = true, .run = account_token_drop,
      .answer = "" },
    { .name = "export", .route = "GET /me/export", .may = PERSONS, .per_minute = 6, .run = own_export,
      .answer = "at:t person:s community:s state:s language:s place:s registered_at:t sessions[created_at:t "
                "last_seen:t expires_at:t agent:s] matters[id:s kind:s number:l state:s place:s category:s "
                "opened_at:t closed_at:t is[s] *] access[at:t reader:s what:s matter:s] more:b *" },
    { 0 },
};

static Stmt *const *const more_statements[] = { session_statements, standing_statements, signin_statements,
                                                account_statements, code_statements,     own_statements,
                                                channel_statements, spoken_statements, filter_statements,  NULL };

const Module module_person = {
    .name = "person",
    .plural = "people",
    .states = states,
    .actions = actions,
    .queries = queries,
    .calls = calls,
    .statements = person_statements,
    .more_statements = more_statements,
    .schema = person_schema,
    .words_zh = person_zh,
    .words_bo = person_bo,
    .words_en = person_en,
};

/* ---- the first of them ---- */

static Command *system_command(Arena *a, const World *w, Str community, const char *action, Str person, int64_t now)
{
    Command *c = arena_new_of(a, Command);
    *c = (Command){ .arena = a, .community = community, .module = world_module(w, S("person")), .actor = &actor_system,
                    .now = now, .n_rows = 1 };
    c->action = module_action(c->module, str_c(action));
    c->rows = arena_new_of(a, CommandRow);
    *c->rows = (CommandRow){ .matter = person, .version = -1, .input = json_new_object(a) };
    return c;
}

void person_bootstrap(Arena *a, const World *w, Str community, const PersonFirst *who, int64_t now,
                      Command *commands[PERSON_BOOTSTRAP_COMMANDS])
{
    Str person = id_new(a, now);
    commands[0] = system_command(a, w, community, "register", person, now);
    json_t *in = commands[0]->rows[0].input;
    json_put_text(in, "name", who->name);
    if (who->phone.n > 0) json_put_text(in, "phone", who->phone);
    json_put_text(in, "language", str_c(who->language != NULL ? who->language : "zh"));
    commands[1] = system_command(a, w, community, "grant", person, now);
    in = commands[1]->rows[0].input;
    json_put_text(in, "role", who->role);
    json_put_text(in, "place", who->place.n > 0 ? who->place : community);
}
