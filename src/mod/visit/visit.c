/* visit: a door that somebody is to visit, and what was said there. Actions, states, clock; see README.md. */
#include "mod/visit/visit.h"

static const State states[] = { { "planned", true }, { "done", false }, { "ended", false }, { 0 } };

enum { TEXT_MAX = 1000, PROMISE_MAX = 300, PHOTOS_MAX = 9, DAYS_MAX = 366 };

static const char *const PURPOSES[] = { "preventive", "return", "help", "safety", "other", NULL };
static const char *const RESULTS[] = { "met", "nobody", NULL };
static const char *const LEFT[] = { "nothing", "card", "note", "leaflet", "told_neighbour", NULL };
static const char *const KEPT[] = { "kept", "not_yet", "not_kept", NULL };
static const char *const FROM[] = { "officer", "household", "other", NULL };
static const char *const AUDIO[] = { "audio/", NULL };

/* What is written at a door is for those who live behind it, too. */
#define BOTH (TO_HANDLERS | TO_PARTIES)
#define SAY .personal = OF_MATTER, .seen = BOTH

#define TARGET                                                                                                         \
    { .name = "purpose", .type = F_ENUM, .required = true, .values = PURPOSES },                                       \
    { .name = "household", .type = F_ID },                                                                             \
    { .name = "building", .type = F_ID },                                                                              \
    { .name = "spot", .type = F_ID },                                                                                  \
    { .name = "about", .type = F_ID }, /* the matter that asked for it, such as a closed report */                     \
    { .name = "place", .type = F_PLACE, .max = 24 },                                                                   \
    { .name = "point", .type = F_POINT },                                                                              \
    { .name = "near", .type = F_TEXT, .max = 100, SAY },                                                               \
    { .name = "round", .type = F_TEXT, .max = 40 },                                                                    \
    { .name = "checklist", .type = F_TEXT, .max = 20 },                                                                \
    { .name = "every_days", .type = F_INT, .min = 1, .max = DAYS_MAX }
#define SHOWN                                                                                                          \
    { .name = "photos", .type = F_FILES, .max = PHOTOS_MAX, .seen = BOTH },                                            \
    { .name = "voice", .type = F_FILES, .max = 1, .values = AUDIO, .seen = BOTH }
#define AT_DOOR                                                                                                        \
    { .name = "at", .type = F_TIME },                                                                                  \
    { .name = "text", .type = F_TEXT, .max = TEXT_MAX, SAY },                                                          \
    SHOWN,                                                                                                             \
    { .name = "left", .type = F_ENUM, .values = LEFT },                                                                \
    { .name = "next_at", .type = F_TIME }
#define WHEN_MET                                                                                                       \
    { .name = "checklist_version", .type = F_INT, .min = 1, .max = INT32_MAX },                                        \
    { .name = "answers", .type = F_FORM, .max = 8000, .of = "checklist", SAY },                                        \
    { .name = "kept", .type = F_ENUM, .values = KEPT },                                                                \
    { .name = "promise", .type = F_TEXT, .min = 2, .max = PROMISE_MAX, SAY },                                          \
    { .name = "promise_by", .type = F_TIME },                                                                          \
    { .name = "promise_from", .type = F_ENUM, .values = FROM }
#define NOTE { .name = "note", .type = F_TEXT, .max = 500, SAY }
#define REASON { .name = "reason", .type = F_TEXT, .required = true, .min = 2, .max = 500, SAY }

static const Field plan[] = {
    TARGET, NOTE, { .name = "to", .type = F_PERSON }, { .name = "due_at", .type = F_TIME }, { 0 },
};
static const Field called[] = {
    TARGET, { .name = "result", .type = F_ENUM, .required = true, .values = RESULTS }, AT_DOOR, WHEN_MET, { 0 },
};
static const Field met[] = { AT_DOOR, { .name = "checklist", .type = F_TEXT, .max = 20 }, WHEN_MET, { 0 } };
static const Field nobody[] = { AT_DOOR, { 0 } };
static const Field correction[] = {
    { .name = "entry", .type = F_INT, .required = true, .min = 1, .max = INT32_MAX }, /* data.entry of which */
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, SAY },
    { 0 },
};
static const Field note[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, SAY }, SHOWN, { 0 },
};
static const Field assignment[] = { { .name = "to", .type = F_PERSON, .required = true }, NOTE, { 0 } };
static const Field change[] = {
    { .name = "round", .type = F_TEXT, .max = 40 },
    { .name = "checklist", .type = F_TEXT, .max = 20 },
    { .name = "every_days", .type = F_INT, .min = 1, .max = DAYS_MAX },
    { .name = "due_at", .type = F_TIME },
    NOTE,
    { 0 },
};
static const Field ending[] = { REASON, { 0 } };
static const Field successor[] = {
    { .name = "from", .type = F_PERSON, .required = true },
    { .name = "to", .type = F_PERSON, .required = true },
    { 0 },
};
static const Field member[] = { { .name = "person", .type = F_PERSON, .required = true }, { 0 } };
static const Field nothing[] = { { 0 } };

enum { PLANNERS = OFFICER | DISPATCHER | CLERK | OVERSEER | MEDIATOR, AT_THE_DOOR = OFFICER | TEAM };
#define ROUTE(name) .route = "POST /visits/{id}/" name
/* Nobody writes down a visit to their own home. */
#define BY_VISITOR .may = AT_THE_DOOR, .who = HANDLER, .unless = PARTY

static const Action actions[] = {
    { .name = "plan", .route = "POST /visits", .may = PLANNERS, .from = NEW, .to = ST(PLANNED), .fields = plan,
      .reads = visit_plan_reads, .decide = visit_plan_decide, .fold = visit_plan_fold, .apply = visit_apply,
      .audience = BOTH, .tell = HANDLER, .many = true },
    { .name = "called", .route = "POST /visits/called", .may = AT_THE_DOOR, .from = NEW, .to = ST(PLANNED) | ST(DONE),
      .fields = called, .reads = visit_plan_reads, .decide = visit_called_decide, .fold = visit_called_fold,
      .apply = visit_apply, .audience = BOTH },
    { .name = "met", ROUTE("met"), BY_VISITOR, .from = ST(PLANNED) | ST(DONE), .to = ST(PLANNED) | ST(DONE),
      .fields = met, .reads = visit_met_reads, .decide = visit_met_decide, .fold = visit_met_fold,
      .apply = visit_apply, .audience = BOTH, .tell = PARTY, .mode = COMMUTES },
    { .name = "nobody", ROUTE("nobody"), BY_VISITOR, .from = ST(PLANNED) | ST(DONE), .to = ST(PLANNED) | ST(DONE),
      .fields = nobody, .decide = visit_nobody_decide, .fold = visit_nobody_fold, .apply = visit_apply,
      .audience = BOTH, .tell = PARTY, .mode = COMMUTES },
    { .name = "correct", ROUTE("correct"), .who = PARTY, .from = ST(PLANNED) | ST(DONE) | ST(ENDED), .to = SAME,
      .fields = correction, .decide = visit_correct_decide, .fold = visit_correct_fold,
      .apply = visit_apply, .audience = BOTH, .tell = HANDLER, .mode = COMMUTES, .for_another = true },
    { .name = "note", ROUTE("note"), .may = PLANNERS, .who = HANDLER | PARTY, .from = ST(PLANNED) | ST(DONE),
      .to = SAME, .fields = note, .apply = visit_apply, .audience = BOTH, .tell = HANDLER | PARTY, .mode = COMMUTES },
    { .name = "assign", ROUTE("assign"), .may = PLANNERS, .from = ST(PLANNED), .to = SAME, .fields = assignment,
      .reads = visit_assign_reads, .decide = visit_assign_decide, .fold = visit_assign_fold, .apply = visit_apply,
      .audience = BOTH, .tell = HANDLER },
    { .name = "change", ROUTE("change"), .may = PLANNERS, .who = HANDLER, .from = ST(PLANNED), .to = SAME,
      .fields = change, .reads = visit_change_reads, .decide = visit_change_decide, .fold = visit_change_fold,
      .apply = visit_apply, .audience = BOTH, .tell = HANDLER },
    { .name = "end", ROUTE("end"), .may = PLANNERS, .who = HANDLER, .from = ST(PLANNED), .to = ST(ENDED),
      .fields = ending, .fold = visit_end_fold, .apply = visit_apply, .audience = BOTH, .tell = HANDLER },
    { .name = "erase", ROUTE("erase"), .may = ADMIN, .from = ST(DONE) | ST(ENDED), .to = SAME, .fields = nothing,
      .fold = visit_erase_fold, .apply = visit_apply, .audience = BOTH, .erases = true },
    /* the system's own: the clock, and reactions to persons and households */
    { .name = "fall_due", .may = SYSTEM, .from = ST(PLANNED), .to = SAME, .fields = nothing,
      .decide = visit_fall_due_decide, .fold = visit_fall_due_fold, .apply = visit_apply, .audience = TO_HANDLERS },
    { .name = "inherit", .may = SYSTEM, .from = ST(PLANNED), .to = SAME, .fields = successor,
      .decide = visit_inherit_decide, .fold = visit_inherit_fold, .apply = visit_apply, .audience = BOTH,
      .tell = HANDLER },
    { .name = "let_in", .may = SYSTEM, .from = ST(PLANNED), .to = SAME, .fields = member,
      .decide = visit_let_in_decide, .fold = visit_let_in_fold, .apply = visit_apply, .audience = BOTH },
    { .name = "part", .may = SYSTEM, .from = ST(PLANNED) | ST(DONE) | ST(ENDED), .to = SAME | ST(ENDED),
      .fields = member, .decide = visit_part_decide, .fold = visit_part_fold, .apply = visit_apply, .audience = BOTH },
    { .name = "lapse", .may = SYSTEM, .from = ST(PLANNED), .to = ST(ENDED), .fields = nothing, .fold = visit_end_fold,
      .apply = visit_apply, .audience = BOTH },
    { 0 },
};

static const Clock clocks[] = { { "due", ST(PLANNED), 0, AT_DUE, "fall_due" }, { 0 } };

extern const char visit_schema[], visit_zh[], visit_bo[], visit_en[];
const Module module_visit = {
    .name = "visit", .plural = "visits", .states = states, .actions = actions, .queries = visit_queries,
    .clocks = clocks, .statements = visit_statements, .schema = visit_schema,
    .words_zh = visit_zh, .words_bo = visit_bo, .words_en = visit_en,
};
