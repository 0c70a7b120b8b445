/* What somebody might type into the fields of a visit and of a checklist: doors and codes that there are, times that
 * lie close. */
#include "sim.h"

#include <string.h>

static json_t *text(Sim *s, Str value)
{
    return value.n > 0 ? json_keep(s->town.arena, json_stringn(value.p, value.n)) : NULL;
}

static json_t *never(Sim *s)
{
    return json_keep(s->town.arena, json_null());
}

static json_t *list_code(Sim *s)
{
    Str code = s->matter.n > 0
                   ? sim_one_of(s, "SELECT code FROM checklist WHERE community = $1 AND id = $2", s->matter)
                   : arena_fmt(s->town.arena, "list_%d", (int)pick(200));
    return text(s, code);
}

static json_t *list_form(Sim *s)
{
    Fail f = FAIL_NONE;
    return json_read(s->town.arena,
                     pick(2) ? S("[{\"name\":\"damage\",\"type\":\"bool\"}]")
                             : S("[{\"name\":\"floors\",\"type\":\"int\",\"min\":0,\"max\":300}]"),
                     &f);
}

static json_t *some_list(Sim *s)
{
    Str code = pick(2) ? sim_one_of(s, "SELECT code FROM checklist WHERE community = $1 AND retired = 0 AND $2 = $2"
                                       " ORDER BY code LIMIT 12", S(""))
                       : S("");
    return code.n > 0 ? text(s, code) : never(s);
}

/* Where people live, if anywhere: what is written there is for them to read. */
static json_t *door(Sim *s)
{
    Str id = S("");
    if (pick(2))
        id = sim_one_of(s, "SELECT h.matter FROM household h JOIN household_member p ON p.community = h.community"
                           " AND p.household = h.matter WHERE h.community = $1 AND h.retired_at = 0 AND $2 = $2"
                           " ORDER BY h.matter DESC LIMIT 12", S(""));
    if (id.n == 0 && pick(4))
        id = sim_one_of(s, "SELECT matter FROM household WHERE community = $1 AND retired_at = 0 AND $2 = $2"
                           " ORDER BY matter DESC LIMIT 12", S(""));
    return id.n > 0 ? text(s, id) : never(s);
}

static json_t *some_matter(Sim *s)
{
    Str id = pick(3) ? S("") : sim_one_of(s, "SELECT id FROM matter WHERE community = $1 AND kind = $2"
                                             " ORDER BY changed_at DESC, id DESC LIMIT 12", S("report"));
    return id.n > 0 ? text(s, id) : never(s);
}

static json_t *visitor(Sim *s)
{
    return text(s, sim_one_of(s, "SELECT person FROM role WHERE community = $1 AND role IN ('officer', 'team')"
                                 " AND $2 = $2 ORDER BY person DESC LIMIT 24", S("")));
}

static json_t *lately(Sim *s)
{
    return json_keep(s->town.arena, json_integer(town_clock - pick(48) * HOUR_MS));
}

static json_t *soon(Sim *s)
{
    return json_keep(s->town.arena, json_integer(town_clock + (1 + pick(200)) * HOUR_MS));
}

static json_t *first(Sim *s)
{
    return json_keep(s->town.arena, json_integer(1 + (pick(9) == 0)));
}

static json_t *maybe_kept(Sim *s)
{
    static const char *const said[] = { "kept", "not_yet", "not_kept" };
    return pick(2) ? never(s) : text(s, str_c(said[pick(COUNT(said))]));
}

static const struct {
    const char *action, *field; /* "visit.": any of them */
    json_t *(*make)(Sim *s);
} makers[] = {
    { "checklist.", "code", list_code },
    { "checklist.", "form", list_form },
    { "visit.", "household", door },
    { "visit.", "building", never },
    { "visit.", "spot", never },
    { "visit.", "about", some_matter },
    { "visit.", "to", visitor },
    { "visit.", "checklist", some_list },
    { "visit.", "checklist_version", never },
    { "visit.", "answers", never },
    { "visit.", "at", lately },
    { "visit.", "kept", maybe_kept },
    { "visit.", "due_at", soon },
    { "visit.", "next_at", soon },
    { "visit.correct", "entry", first },
};

json_t *sim_visit_value(Sim *s, const char *action, const char *field)
{
    for (int i = 0; i < COUNT(makers); i++) {
        size_t n = strlen(makers[i].action);
        bool this_one = makers[i].action[n - 1] == '.' ? strncmp(action, makers[i].action, n) == 0
                                                        : strcmp(action, makers[i].action) == 0;
        if (this_one && strcmp(makers[i].field, field) == 0) return makers[i].make(s);
    }
    return NULL;
}
