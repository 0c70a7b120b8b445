/* What somebody might type into a dispute's fields: ids and hashes that its own data holds, times that lie close. */
#include "sim.h"

#include <string.h>

static json_t *text(Sim *s, Str value)
{
    return json_keep(s->town.arena, json_stringn(value.p, value.n));
}

static json_t *dispute_data(Sim *s)
{
    Str text = sim_one_of(s, "SELECT data FROM matter WHERE community = $1 AND id = $2", s->matter);
    Fail f = FAIL_NONE;
    return text.n > 0 ? json_read(s->town.arena, text, &f) : NULL;
}

static json_t *own_row(Sim *s, const char *list)
{
    const json_t *rows = json_object_get(dispute_data(s), list);
    size_t n = json_array_size(rows);
    return n > 0 ? text(s, json_text(json_array_get(rows, (size_t)pick((int64_t)n)), "id")) : NULL;
}

static json_t *own_party(Sim *s)
{
    return own_row(s, "parties");
}

static json_t *own_session(Sim *s)
{
    return own_row(s, "sessions");
}

static json_t *own_offer(Sim *s)
{
    return own_row(s, "offers");
}

static json_t *own_promise(Sim *s)
{
    return own_row(s, "promises");
}

/* Each of its parties once; a field of their rows besides. */
static json_t *each_party(Sim *s, const char *field, json_t *(*value)(Sim *s, size_t i, size_t n))
{
    const json_t *parties = json_object_get(dispute_data(s), "parties");
    json_t *rows = json_new_array(s->town.arena);
    size_t n = json_array_size(parties);
    for (size_t i = 0; i < n; i++) {
        json_t *row = json_new_object(s->town.arena);
        json_put_text(row, "party", json_text(json_array_get(parties, i), "id"));
        if (field != NULL) json_put(row, field, value(s, i, n));
        json_array_append(rows, row);
    }
    return rows;
}

static json_t *party_word(Sim *s, size_t i, size_t n)
{
    (void)i;
    (void)n;
    return text(s, S("某"));
}

/* Now and then a hundredth too few. */
static json_t *party_share(Sim *s, size_t i, size_t n)
{
    int64_t each = 10000 / (int64_t)n, rest = 10000 - each * ((int64_t)n - 1);
    return json_keep(s->town.arena, json_integer(i + 1 < n ? each : rest - (pick(20) == 0)));
}

static json_t *who(Sim *s)
{
    return each_party(s, NULL, NULL);
}

static json_t *signatories(Sim *s)
{
    return each_party(s, "name", party_word);
}

static json_t *liability(Sim *s)
{
    return each_party(s, "share", party_share);
}

static json_t *edition(Sim *s)
{
    const json_t *agreement = json_object_get(dispute_data(s), "agreement");
    return json_keep(s->town.arena, json_integer(json_int(agreement, "edition")));
}

static json_t *signature(Sim *s)
{
    json_t *o = json_new_object(s->town.arena);
    json_put_text(o, "of", S("edition"));
    json_put_text(o, "hash", json_text(json_object_get(dispute_data(s), "agreement"), "hash"));
    return o;
}

static json_t *moment(Sim *s, int64_t at)
{
    return json_keep(s->town.arena, json_integer(at));
}

static json_t *lately(Sim *s)
{
    return moment(s, town_clock - pick(48) * HOUR_MS);
}

static json_t *session_from(Sim *s)
{
    return moment(s, town_clock);
}

static json_t *session_until(Sim *s)
{
    return moment(s, town_clock + (1 + pick(3)) * HOUR_MS);
}

static json_t *room(Sim *s)
{
    return text(s, arena_fmt(s->town.arena, "room %d", (int)pick(40)));
}

static json_t *one_mediator(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT person FROM role WHERE community = $1 AND role = 'mediator' AND $2 = $2"
                                 " ORDER BY person", S("")));
}

static json_t *surely(Sim *s)
{
    return json_keep(s->town.arena, json_boolean(pick(12) > 0));
}

static json_t *never(Sim *s)
{
    return json_keep(s->town.arena, json_null());
}

static json_t *somebody(Sim *s)
{
    return text(s, s->pool[pick(POOL)]->person);
}

/* Who has not signed yet. */
static json_t *unsigned_party(Sim *s)
{
    const json_t *agreement = json_object_get(dispute_data(s), "agreement");
    const json_t *rows = json_object_get(json_object_get(agreement, "text"), "signatories"),
                 *done = json_object_get(agreement, "signed");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        Str party = json_text(json_array_get(rows, i), "party");
        size_t k = 0;
        while (k < json_array_size(done) && !str_eq(json_text(json_array_get(done, k), "party"), party))
            k++;
        if (k == json_array_size(done)) return text(s, party);
    }
    return own_party(s);
}

static json_t *upward(Sim *s)
{
    return text(s, S("street"));
}

static json_t *first_step(Sim *s)
{
    return text(s, pick(4) > 0 ? S("applied") : S("confirmed"));
}

static json_t *for_good(Sim *s)
{
    return text(s, pick(4) > 0 ? S("back") : S("ended"));
}

static json_t *two_parties(Sim *s)
{
    Fail f = FAIL_NONE;
    return json_read(s->town.arena, S("[{\"kind\":\"person\",\"role\":\"harmed\",\"name\":\"甲\"},"
                                      "{\"kind\":\"organisation\",\"role\":\"builder\",\"name\":\"乙\"}]"), &f);
}

static json_t *a_photo(Sim *s)
{
    json_t *list = json_new_array(s->town.arena);
    json_array_append(list, text(s, town_photo(&s->town, s->id)));
    return list;
}

static const struct {
    const char *action, *field; /* "dispute.": any of them */
    json_t *(*make)(Sim *s);
} makers[] = {
    { "dispute.sign", "party", unsigned_party },
    { "dispute.", "party", own_party },
    { "dispute.link", "account", somebody },
    { "dispute.accept", "mediator", one_mediator },
    { "dispute.accept", "rights_told", surely },
    { "dispute.assign", "mediator", one_mediator },
    { "dispute.survey", "at", lately },
    { "dispute.evidence", "at", lately },
    { "dispute.contact", "at", lately },
    { "dispute.return_visit", "at", lately },
    { "dispute.recur", "at", lately },
    { "dispute.recur", "promise", never },
    { "dispute.survey", "who", who },
    { "dispute.invite", "who", who },
    { "dispute.invite", "room", room },
    { "dispute.invite", "from", session_from },
    { "dispute.invite", "until", session_until },
    { "dispute.hold", "session", own_session },
    { "dispute.cancel", "session", own_session },
    { "dispute.hold", "came", who },
    { "dispute.", "offer", own_offer },
    { "dispute.commit", "to", own_party },
    { "dispute.commit", "until", never },
    { "dispute.draft", "signatories", signatories },
    { "dispute.draft", "liability", liability },
    { "dispute.draft", "to", own_party },
    { "dispute.", "edition", edition },
    { "dispute.", "signature", signature },
    { "dispute.sign", "paper", a_photo },
    { "dispute.", "promise", own_promise },
    { "dispute.receive", "kept", surely },
    { "dispute.create", "own", never },
    { "dispute.create", "parties", two_parties },
    { "dispute.confirmation", "step", first_step },
    { "dispute.answer", "outcome", for_good },
    { "dispute.escalate", "to", upward },
};

json_t *sim_dispute_value(Sim *s, const char *action, const char *field)
{
    if (strncmp(action, "dispute.", 8) != 0) return NULL;
    for (int i = 0; i < COUNT(makers); i++)
        if (strcmp(makers[i].field, field) == 0 && (makers[i].action[8] == 0 || strcmp(makers[i].action, action) == 0))
            return makers[i].make(s);
    return NULL;
}
