/* report: anything that somebody asked for and somebody must bring to an end, from the photo to the answer.
 * Whose day: the resident's who wants it solved, the officer's who goes there, the dispatcher's who keeps it moving.
 * Never: shown as solved because the one who did it says so. Done, verified and satisfied are three facts. */
#include "mod/report/external.h"

static const State states[] = {
    { "collected", true }, { "registered", true }, { "dispatched", true }, { "handling", true },  { "done", true },
    { "verified", true },  { "closed", false },    { "refused", false },   { "withdrawn", false },
    { "merged", false },   { 0 },
};

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };
enum { TEXT_MAX = 2000, NOTE_MAX = 1000, PHOTOS_MAX = 9 };

#define PHOTOS(audience) { .name = "photos", .type = F_FILES, .max = PHOTOS_MAX, .seen = (audience) }
/* Indoors: a door as the building's list has it, and on which floor. */
#define INDOORS                                                                                                        \
    { .name = "door", .type = F_TEXT, .max = 40, .personal = OF_MATTER, .seen = TO_INVOLVED },                         \
    { .name = "floor", .type = F_TEXT, .max = 20, .personal = OF_MATTER, .seen = TO_INVOLVED }
/* Of who called: their number and name lie under the matter's key, for the one who writes them down does not own them.
 */
#define CALLER                                                                                                         \
    { .name = "caller", .type = F_TEXT, .max = 40, .personal = OF_MATTER, .seen = TO_INVOLVED },                       \
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER, .seen = TO_INVOLVED }
static const char *const AUDIO[] = { "audio/", NULL };
#define VOICE(audience) { .name = "voice", .type = F_FILES, .max = 1, .values = AUDIO, .seen = (audience) }
#define REASON                                                                                                         \
    { .name = "reason", .type = F_TEXT, .required = true, .min = 2, .max = NOTE_MAX, .personal = OF_MATTER }

static const Field create[] = {
    { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .max = TEXT_MAX, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    { .name = "phone", .type = F_PHONE, .personal = OF_ACTOR, .seen = TO_INVOLVED },
    { .name = "point", .type = F_POINT },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    INDOORS,
    PHOTOS(TO_INVOLVED),
    VOICE(TO_INVOLVED),
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { .name = "form", .type = F_FORM, .max = 8000, .of = "category", .personal = OF_MATTER, .seen = TO_INVOLVED },
    { 0 },
};
static const char *const CHANNELS[] = { "phone", "window", "letter", "visit", NULL };
static const Field create_for[] = {
    { .name = "channel", .type = F_ENUM, .required = true, .values = CHANNELS },
    { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER,
      .seen = TO_INVOLVED, .search = true },
    CALLER,
    { .name = "point", .type = F_POINT },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    INDOORS,
    PHOTOS(TO_INVOLVED),
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { .name = "public_title", .type = F_TEXT, .max = 60, .search = true },
    { 0 },
};
static const char *const STATUSES[] = { "open", "closed", NULL };
static const Field import[] = {
    { .name = "category", .type = F_TEXT, .required = true, .min = 1, .max = 60 }, /* code or name */
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER,
      .seen = TO_INVOLVED, .search = true },
    CALLER,
    { .name = "point", .type = F_POINT },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    INDOORS,
    { .name = "source", .type = F_TEXT, .max = 40 },
    { .name = "external_number", .type = F_TEXT, .max = 60 },
    { .name = "original_at", .type = F_TIME }, /* when it was first raised, as the sheet says */
    { .name = "status", .type = F_ENUM, .values = STATUSES },
    { .name = "result", .type = F_TEXT, .max = TEXT_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field registration[] = {
    { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "public_title", .type = F_TEXT, .max = 60, .search = true },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { 0 },
};
static const Field refusal[] = { REASON, { 0 } };
static const Field dispatch[] = {
    { .name = "to", .type = F_PERSON, .required = true },
    { .name = "note", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
static const Field reassignment[] = { { .name = "to", .type = F_PERSON, .required = true }, REASON, { 0 } };
static const Field acceptance[] = { { .name = "promised_at", .type = F_TIME }, { 0 } };
static const Field result[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER },
    { .name = "why_not", .type = F_TEXT, .min = 2, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    PHOTOS(TO_INVOLVED),
    { 0 },
};
static const Field note[] = {
    { .name = "text", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER },
    PHOTOS(TO_INVOLVED),
    VOICE(TO_INVOLVED),
    { 0 },
};
static const Field redo[] = { REASON, PHOTOS(TO_INVOLVED), { 0 } };
static const Field rating[] = {
    { .name = "solved", .type = F_BOOL, .required = true },
    { .name = "score", .type = F_INT, .min = 1, .max = 5 },
    { .name = "text", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field extension[] = { { .name = "until", .type = F_TIME, .required = true }, REASON, { 0 } };
static const Field approval[] = {
    { .name = "until", .type = F_TIME }, /* left out: as asked */
    { .name = "reason", .type = F_TEXT, .min = 2, .max = NOTE_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field say[] = { { .name = "text", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER }, { 0 } };
static const Field decision[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field successor[] = {
    { .name = "from", .type = F_PERSON, .required = true },
    { .name = "to", .type = F_PERSON, .required = true },
    { 0 },
};
static const Field co_unit[] = { { .name = "unit", .type = F_ID, .required = true }, { 0 } };
static const Field whistle[] = {
    { .name = "lead", .type = F_ID }, /* left out: who has it */
    { .name = "units", .type = F_LIST, .required = true, .min = 1, .max = 12, .fields = co_unit },
    { .name = "text", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
static const Field for_unit[] = {
    { .name = "unit", .type = F_ID }, /* left out: the actor's own */
    { .name = "text", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
static const Field on_the_spot[] = {
    { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER,
      .seen = TO_INVOLVED, .search = true },
    { .name = "point", .type = F_POINT },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    { .name = "before", .type = F_FILES, .required = true, .min = 1, .max = PHOTOS_MAX, .seen = TO_INVOLVED },
    { .name = "after", .type = F_FILES, .required = true, .min = 1, .max = PHOTOS_MAX, .seen = TO_INVOLVED },
    { 0 },
};
static const Field merging[] = {
    { .name = "into", .type = F_ID, .required = true },
    { .name = "note", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
static const Field joining[] = { { .name = "into", .type = F_ID, .required = true }, { 0 } };
static const Field someone[] = { { .name = "person", .type = F_ID, .required = true }, { 0 } };
static const Field absorbed[] = {
    { .name = "from", .type = F_ID, .required = true },
    { .name = "people", .type = F_LIST, .max = RELATIONS_MAX + 1, .fields = someone },
    { .name = "me_too", .type = F_BOOL },
    { 0 },
};
static const Field released[] = { { .name = "from", .type = F_ID, .required = true }, { 0 } };
/* Of another system: its number, and when it wants an answer. */
#define NUMBERED                                                                                                       \
    { .name = "system", .type = F_TEXT, .required = true, .min = 2, .max = 20 },                                       \
    { .name = "number", .type = F_TEXT, .required = true, .min = 1, .max = 60 },                                       \
    { .name = "deadline", .type = F_TIME }
static const Field link_fields[] = { NUMBERED, { 0 } };
static const Field link_named[] = { { .name = "link", .type = F_ID, .required = true }, { 0 } };
static const Field unlinking[] = { { .name = "link", .type = F_ID, .required = true }, REASON, { 0 } };
static const Field linked[] = {
    NUMBERED,
    { .name = "category", .type = F_TEXT, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, .personal = OF_MATTER,
      .seen = TO_INVOLVED, .search = true },
    CALLER,
    { .name = "point", .type = F_POINT },
    { .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    INDOORS,
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { .name = "public_title", .type = F_TEXT, .max = 60, .search = true },
    /* whatever else they said, as they said it: kept, and asked of nobody again */
    { .name = "given", .type = F_JSON, .max = 4000, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
/* From a program that people outside of linli report with: what they said, and who they are, is the matter's. */
enum { TOLD_MAX = 4000, ADDRESS_MAX = 200, TELLER_MAX = 100 };
static const Field told[] = {
    { .name = "category", .type = F_TEXT, .required = true, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .max = TOLD_MAX, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    { .name = "caller", .type = F_TEXT, .max = TELLER_MAX, .personal = OF_MATTER, .seen = TO_INVOLVED },
    { .name = "phone", .type = F_PHONE, .personal = OF_MATTER, .seen = TO_INVOLVED },
    { .name = "point", .type = F_POINT },
    { .name = "near", .type = F_TEXT, .max = ADDRESS_MAX, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    PHOTOS(TO_INVOLVED),
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { .name = "form", .type = F_FORM, .max = 8000, .of = "category", .personal = OF_MATTER, .seen = TO_INVOLVED },
    { .name = "given", .type = F_JSON, .max = 4000, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { 0 },
};
static const Field reply_text[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = NOTE_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field handing[] = {
    { .name = "community", .type = F_PLACE, .required = true, .max = 20 },
    REASON,
    { 0 },
};
static const Field passed[] = { { .name = "community", .type = F_PLACE, .required = true, .max = 20 }, { 0 } };
static const Field taking[] = {
    { .name = "from", .type = F_PLACE, .required = true, .max = 20 },
    { .name = "from_matter", .type = F_ID, .required = true },
    { .name = "from_number", .type = F_INT, .min = 0, .max = INT64_MAX },
    { .name = "path", .type = F_LIST, .required = true, .min = 1, .max = 8, .fields = passed },
    { .name = "due_at", .type = F_TIME },
    { .name = "why", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER, .seen = TO_HANDLERS },
    { .name = "category", .type = F_TEXT, .min = 2, .max = 20 },
    { .name = "text", .type = F_TEXT, .max = TEXT_MAX, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    { .name = "point", .type = F_POINT },
    { .name = "near", .type = F_TEXT, .max = 100, .personal = OF_MATTER, .seen = TO_INVOLVED, .search = true },
    INDOORS,
    PHOTOS(TO_INVOLVED),
    VOICE(TO_INVOLVED),
    { .name = "language", .type = F_ENUM, .values = LANGUAGES },
    { 0 },
};
static const Field arrival[] = {
    { .name = "there", .type = F_ID, .required = true },
    { .name = "number", .type = F_INT, .min = 0, .max = INT64_MAX },
    { 0 },
};
static const Field failed_arrival[] = {
    { .name = "code", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { 0 },
};
static const Field coming_back[] = {
    { .name = "from", .type = F_PLACE, .required = true, .max = 20 },
    { .name = "number", .type = F_INT, .min = 0, .max = INT64_MAX },
    { .name = "reason", .type = F_TEXT, .max = NOTE_MAX, .personal = OF_MATTER },
    { 0 },
};
static const Field answer_back[] = {
    { .name = "from", .type = F_PLACE, .required = true, .max = 20 },
    { .name = "number", .type = F_INT, .min = 0, .max = INT64_MAX },
    { .name = "text", .type = F_TEXT, .max = TEXT_MAX, .personal = OF_MATTER },
    PHOTOS(TO_INVOLVED),
    { 0 },
};
static const Field nothing[] = { { 0 } };

/* Who keeps reports moving at a desk. */
#define DESK (DISPATCHER | CLERK)
#define ENDED (ST(CLOSED) | ST(REFUSED) | ST(WITHDRAWN) | ST(MERGED))

static const Action actions[] = {
    { .name = "create", .route = "POST /reports", .may = SIGNED_IN | ANYONE, .from = NEW, .to = ST(COLLECTED),
      .fields = create, .reads = category_read, .decide = create_decide, .fold = create_fold, .apply = report_apply,
      .audience = TO_INVOLVED, .body_max = 32 * 1024, .for_another = true },
    { .name = "create_for", .route = "POST /reports/for_caller", .may = DESK | OFFICER, .from = NEW,
      .to = ST(REGISTERED),
      .fields = create_for, .reads = caller_reads, .decide = create_for_decide, .fold = create_for_fold,
      .apply = report_apply, .audience = TO_INVOLVED, .tell = REPORTER, .receipt = true },
    { .name = "import", .route = "POST /reports/import", .may = DESK, .from = NEW, .to = ST(COLLECTED) | ST(CLOSED),
      .fields = import, .reads = import_reads, .decide = import_decide, .fold = import_fold, .apply = report_apply,
      .audience = TO_HANDLERS, .many = true, .reverse = "withdraw_import", .body_max = 1024 * 1024 },
    { .name = "withdraw_import", .route = "POST /reports/{id}/withdraw_import", .may = DESK,
      .from = ST(COLLECTED) | ST(CLOSED), .to = ST(WITHDRAWN), .fields = nothing, .decide = withdraw_import_decide,
      .fold = withdraw_import_fold, .apply = report_apply, .audience = TO_HANDLERS, .erases = true },
    { .name = "register", .route = "POST /reports/{id}/register", .may = DESK | OFFICER, .from = ST(COLLECTED),
      .to = ST(REGISTERED), .fields = registration, .reads = category_read, .decide = register_decide,
      .fold = register_fold, .apply = report_apply, .audience = PROGRESS, .tell = REPORTER, .many = true },
    { .name = "refuse", .route = "POST /reports/{id}/refuse", .may = DESK, .from = ST(COLLECTED) | ST(REGISTERED),
      .to = ST(REFUSED), .fields = refusal, .reads = reply_reads, .decide = reply_decide,
      .fold = refuse_fold, .apply = reply_apply, .audience = PROGRESS,
      .tell = REPORTER | FOLLOWER },
    { .name = "dispatch", .route = "POST /reports/{id}/dispatch", .may = DESK, .from = ST(REGISTERED),
      .to = ST(DISPATCHED), .fields = dispatch, .reads = handler_read, .decide = dispatch_decide,
      .fold = dispatch_fold, .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | HANDLER, .many = true },
    { .name = "accept", .route = "POST /reports/{id}/accept", .who = HANDLER, .from = ST(DISPATCHED),
      .to = ST(HANDLING),
      .fields = acceptance, .reads = duty_reads, .decide = accept_decide, .fold = accept_fold, .apply = report_apply,
      .audience = PROGRESS, .tell = REPORTER | FOLLOWER },
    { .name = "return", .route = "POST /reports/{id}/return", .who = HANDLER, .from = ST(DISPATCHED) | ST(HANDLING),
      .to = ST(REGISTERED), .fields = refusal, .reads = up_reads, .decide = return_decide, .fold = return_fold,
      .apply = return_apply, .audience = TO_HANDLERS },
    { .name = "reassign", .route = "POST /reports/{id}/reassign", .may = DESK, .from = ST(DISPATCHED) | ST(HANDLING),
      .to = ST(DISPATCHED), .fields = reassignment, .reads = handler_read, .decide = dispatch_decide,
      .fold = dispatch_fold, .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | HANDLER | HANDLED },
    { .name = "finish", .route = "POST /reports/{id}/finish", .who = HANDLER, .from = ST(HANDLING), .to = ST(DONE),
      .fields = result, .decide = finish_decide, .fold = finish_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = REPORTER | FOLLOWER },
    { .name = "verify", .route = "POST /reports/{id}/verify", .may = DESK | OFFICER | OVERSEER,
      .unless = HANDLED | CO_HANDLER | REPORTER, .from = ST(DONE), .to = ST(VERIFIED), .fields = note,
      .decide = verify_decide, .fold = verify_fold,
      .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | HANDLER | FOLLOWER },
    { .name = "redo", .route = "POST /reports/{id}/redo", .may = DESK | OFFICER | OVERSEER,
      .unless = HANDLED | CO_HANDLER, .from = ST(DONE), .to = ST(HANDLING), .fields = redo, .reads = up_reads,
      .decide = redo_decide, .fold = redo_fold, .apply = report_apply,
      .audience = TO_INVOLVED, .tell = HANDLER },
    { .name = "close", .route = "POST /reports/{id}/close", .may = DESK, .from = ST(VERIFIED), .to = ST(CLOSED),
      .fields = nothing, .reads = reply_reads, .decide = reply_decide, .apply = reply_apply,
      .audience = PROGRESS, .tell = REPORTER | FOLLOWER, .many = true },
    { .name = "rate", .route = "POST /reports/{id}/rate", .who = REPORTER, .from = ST(DONE) | ST(VERIFIED) | ST(CLOSED),
      .to = SAME | ST(HANDLING), .fields = rating, .reads = up_reads, .decide = rate_decide, .fold = rate_fold,
      .apply = report_apply,
      .audience = TO_INVOLVED, .tell = HANDLER, .mode = COMMUTES, .for_another = true },
    { .name = "reopen", .route = "POST /reports/{id}/reopen", .may = DESK, .who = REPORTER,
      .from = ST(CLOSED) | ST(REFUSED), .to = ST(COLLECTED) | ST(HANDLING), .fields = refusal,
      .reads = up_reads, .decide = reopen_decide, .fold = reopen_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = REPORTER | HANDLER | FOLLOWER, .for_another = true },
    { .name = "whistle", .route = "POST /reports/{id}/whistle", .may = DESK | OVERSEER, .from = AT_WORK,
      .to = SAME | ST(DISPATCHED), .fields = whistle, .reads = whistle_reads, .decide = whistle_decide,
      .fold = whistle_fold, .apply = report_apply, .audience = TO_INVOLVED, .tell = REPORTER | HANDLER | CO_HANDLER },
    { .name = "sign_in", .route = "POST /reports/{id}/sign_in", .who = CO_HANDLER, .from = AT_WORK, .to = SAME,
      .fields = for_unit, .reads = duty_reads, .decide = sign_in_decide, .fold = sign_in_fold, .apply = report_apply,
      .audience = TO_HANDLERS, .tell = HANDLER, .mode = COMMUTES },
    { .name = "sign_off", .route = "POST /reports/{id}/sign_off", .who = CO_HANDLER, .from = AT_WORK, .to = SAME,
      .fields = for_unit, .decide = sign_off_decide, .fold = sign_off_fold, .apply = report_apply,
      .audience = TO_HANDLERS, .tell = HANDLER, .mode = COMMUTES },
    { .name = "ask_extension", .route = "POST /reports/{id}/ask_extension", .who = HANDLER,
      .from = ST(DISPATCHED) | ST(HANDLING), .to = SAME, .fields = extension, .decide = ask_extension_decide,
      .fold = ask_extension_fold, .apply = report_apply, .audience = TO_HANDLERS },
    { .name = "extend", .route = "POST /reports/{id}/extend", .may = DISPATCHER | OVERSEER, .unless = HANDLER,
      .from = AT_WORK, .to = SAME, .fields = approval, .decide = extend_decide, .fold = extend_fold,
      .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | HANDLER },
    { .name = "deny_extension", .route = "POST /reports/{id}/deny_extension", .may = DISPATCHER | OVERSEER,
      .unless = HANDLER, .from = AT_WORK, .to = SAME, .fields = refusal, .decide = deny_extension_decide,
      .fold = deny_extension_fold, .apply = report_apply, .audience = TO_HANDLERS, .tell = HANDLER },
    { .name = "pause", .route = "POST /reports/{id}/pause", .may = DESK, .unless = HANDLER, .from = AT_WORK, .to = SAME,
      .fields = refusal, .decide = pause_decide, .fold = pause_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = REPORTER | HANDLER },
    { .name = "resume", .route = "POST /reports/{id}/resume", .may = DESK, .who = HANDLER, .from = AT_WORK, .to = SAME,
      .fields = nothing, .decide = resume_decide, .fold = resume_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = REPORTER | HANDLER },
    { .name = "supervise", .route = "POST /reports/{id}/supervise", .may = OVERSEER | SYSTEM, .from = OPEN, .to = SAME,
      .fields = say, .reads = up_reads, .decide = supervise_decide, .fold = supervise_fold, .apply = report_apply,
      .audience = TO_HANDLERS, .tell = HANDLER, .mode = COMMUTES },
    { .name = "answer", .route = "POST /reports/{id}/answer", .may = OVERSEER, .from = OPEN, .to = SAME,
      .fields = decision, .decide = answer_decide, .fold = answer_fold, .apply = report_apply, .audience = TO_HANDLERS,
      .tell = HANDLER },
    { .name = "note", .route = "POST /reports/{id}/note", .may = DESK | OFFICER | OVERSEER,
      .who = REPORTER | HANDLER | CO_HANDLER, .from = OPEN | ST(CLOSED) | ST(REFUSED), .to = SAME, .fields = note,
      .apply = report_apply,
      .audience = TO_INVOLVED, .tell = REPORTER | HANDLER, .mode = COMMUTES, .for_another = true },
    { .name = "gist", .route = "POST /reports/{id}/gist", .may = DESK | OFFICER | OVERSEER, .who = HANDLER | CO_HANDLER,
      .from = OPEN | ST(CLOSED), .to = SAME, .fields = gist_fields, .decide = gist_decide, .fold = gist_fold,
      .apply = report_apply, .audience = TO_INVOLVED, .tell = HANDLER, .mode = COMMUTES },
    { .name = "urge", .route = "POST /reports/{id}/urge", .may = DESK, .who = REPORTER, .from = OPEN, .to = SAME,
      .fields = nothing, .fold = urge_fold, .apply = report_apply, .audience = TO_INVOLVED, .tell = HANDLER,
      .mode = COMMUTES, .for_another = true },
    { .name = "on_the_spot", .route = "POST /reports/on_the_spot", .may = OFFICER, .from = NEW,
      .to = ST(CLOSED) | ST(DONE),
      .fields = on_the_spot, .reads = spot_reads, .decide = spot_decide, .fold = spot_fold, .apply = report_apply,
      .audience = TO_INVOLVED, .body_max = 32 * 1024 },
    { .name = "merge", .route = "POST /reports/{id}/merge", .may = DESK, .from = ST(COLLECTED) | AT_WORK,
      .to = ST(MERGED), .fields = merging, .reads = merge_reads, .decide = merge_decide, .fold = merge_fold,
      .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | FOLLOWER | HANDLED },
    { .name = "split", .route = "POST /reports/{id}/split", .may = DESK, .from = ST(MERGED),
      .to = ST(COLLECTED) | ST(REGISTERED), .fields = refusal, .decide = split_decide, .fold = split_fold,
      .apply = report_apply, .audience = TO_INVOLVED, .tell = REPORTER | FOLLOWER },
    { .name = "me_too", .route = "POST /reports/me_too", .may = SIGNED_IN | ANYONE, .from = NEW, .to = ST(MERGED),
      .fields = joining, .reads = me_too_reads, .decide = me_too_decide, .fold = me_too_fold, .apply = report_apply,
      .audience = TO_INVOLVED, .mode = COMMUTES, .body_max = 4 * 1024, .for_another = true },
    { .name = "withdraw", .route = "POST /reports/{id}/withdraw", .who = REPORTER,
      .from = ST(COLLECTED) | ST(REGISTERED), .to = ST(WITHDRAWN), .fields = nothing,
      .reads = reply_reads, .decide = reply_decide, .fold = refuse_fold,
      .apply = reply_apply, .audience = TO_INVOLVED, .mode = COMMUTES, .for_another = true },
    { .name = "erase", .route = "POST /reports/{id}/erase", .may = ADMIN, .who = REPORTER,
      .from = ST(CLOSED) | ST(REFUSED) | ST(WITHDRAWN) | ST(MERGED), .to = SAME, .fields = nothing, .fold = erase_fold,
      .apply = erase_apply, .audience = TO_HANDLERS, .erases = true },
    /* the system's own: clocks and reactions */
    { .name = "remind", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = nothing, .reads = up_reads,
      .decide = remind_decide, .fold = remind_fold, .apply = report_apply, .audience = TO_HANDLERS, .tell = HANDLER },
    { .name = "escalate", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = nothing, .reads = up_reads,
      .decide = escalate_decide, .fold = escalate_fold, .apply = report_apply, .audience = TO_INVOLVED,
      .tell = HANDLER | REPORTER },
    { .name = "absorb", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = absorbed, .decide = absorb_decide,
      .fold = absorb_fold, .apply = report_apply, .audience = TO_HANDLERS },
    { .name = "release", .may = SYSTEM, .from = OPEN | ST(CLOSED) | ST(REFUSED) | ST(WITHDRAWN) | ST(MERGED),
      .to = SAME,
      .fields = released, .fold = release_fold, .apply = report_apply, .audience = TO_HANDLERS },
    { .name = "inherit", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = successor, .decide = inherit_decide,
      .fold = inherit_fold, .apply = report_apply, .audience = TO_INVOLVED, .tell = REPORTER | HANDLER },
    /* other systems and other communities: external.c, handover.c */
    { .name = "create_linked", .route = "POST /reports/linked", .may = DESK | PROGRAM, .from = NEW,
      .to = ST(COLLECTED) | ST(REGISTERED), .fields = linked, .reads = linked_reads, .decide = linked_decide,
      .fold = linked_fold, .apply = link_apply, .audience = TO_INVOLVED },
    { .name = "create_by_program", .route = "POST /reports/by_program", .may = DESK | PROGRAM, .from = NEW,
      .to = ST(COLLECTED), .fields = told, .reads = category_read, .decide = by_program_decide,
      .fold = by_program_fold, .apply = report_apply, .audience = TO_INVOLVED },
    { .name = "link", .route = "POST /reports/{id}/link", .may = DESK | PROGRAM, .from = OPEN | ENDED, .to = SAME,
      .fields = link_fields, .reads = link_reads, .decide = link_decide, .fold = link_fold, .apply = link_apply,
      .audience = TO_HANDLERS, .tell = HANDLER, .mode = COMMUTES },
    { .name = "unlink", .route = "POST /reports/{id}/unlink", .may = DESK, .from = OPEN | ENDED, .to = SAME,
      .fields = unlinking, .decide = unlink_decide, .fold = unlink_fold, .apply = unlink_apply,
      .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "mark_reply", .route = "POST /reports/{id}/mark_reply", .may = DESK | OFFICER, .from = OPEN, .to = SAME,
      .fields = reply_text, .fold = mark_reply_fold, .apply = report_apply, .audience = TO_INVOLVED },
    { .name = "replied", .route = "POST /reports/{id}/replied", .may = DESK, .from = ENDED, .to = SAME,
      .fields = link_named, .reads = replied_reads, .decide = replied_decide, .fold = replied_fold,
      .apply = replied_apply, .audience = TO_HANDLERS, .mode = COMMUTES },
    { .name = "hand_over", .route = "POST /reports/{id}/hand_over", .may = DISPATCHER, .from = ST(COLLECTED) | AT_WORK,
      .to = SAME, .fields = handing, .reads = hand_over_reads, .decide = hand_over_decide, .fold = hand_over_fold,
      .apply = report_apply, .audience = PROGRESS, .tell = REPORTER | HANDLER },
    { .name = "take_over", .may = SYSTEM, .from = NEW, .to = ST(COLLECTED), .fields = taking, .reads = take_over_reads,
      .decide = take_over_decide, .fold = take_over_fold, .apply = report_apply, .audience = TO_INVOLVED },
    { .name = "arrived", .may = SYSTEM, .from = OPEN | ENDED, .to = SAME, .fields = arrival, .fold = arrived_fold,
      .apply = report_apply, .audience = TO_HANDLERS },
    { .name = "not_arrived", .may = SYSTEM, .from = OPEN | ENDED, .to = SAME, .fields = failed_arrival,
      .decide = not_arrived_decide, .fold = not_arrived_fold, .apply = report_apply, .audience = TO_HANDLERS },
    { .name = "come_back", .may = SYSTEM, .from = OPEN | ENDED, .to = SAME, .fields = coming_back,
      .decide = come_back_decide, .fold = come_back_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = HANDLER },
    { .name = "answered", .may = SYSTEM, .from = OPEN | ENDED, .to = SAME | ST(DONE), .fields = answer_back,
      .decide = answered_decide, .fold = answered_fold, .apply = report_apply, .audience = PROGRESS,
      .tell = REPORTER | HANDLER },
    { 0 },
};

/* Each fires once for a due time: what it does moves neither state nor due time, so that nothing goes round in circles.
 */
static const Clock clocks[] = {
    { .name = "remind", .states = ST(COLLECTED) | AT_WORK, .after = 25, .unit = BEFORE_DUE_PERCENT, .then = "remind" },
    { .name = "supervise", .states = ST(COLLECTED) | AT_WORK, .unit = AT_DUE, .then = "supervise" },
    { .name = "escalate", .states = ST(COLLECTED) | AT_WORK, .after = 24, .unit = AFTER_DUE_HOURS, .then = "escalate" },
    { 0 },
};

static Stmt *const *const more_statements[] = { report_facts_statements, many_statements, same_statements,
                                               pairs_statements, link_statements, share_statements, gist_statements,
                                               NULL };

extern const char report_schema[], report_zh[], report_bo[], report_en[];
const Module module_report = {
    .name = "report", .plural = "reports", .numbered = true, .states = states, .actions = actions,
    .queries = report_queries, .calls = report_calls, .clocks = clocks, .statements = report_statements,
    .more_statements = more_statements, .schema = report_schema,
    .words_zh = report_zh, .words_bo = report_bo, .words_en = report_en,
};
