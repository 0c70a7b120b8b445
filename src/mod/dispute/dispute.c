/* dispute: a quarrel between parties, and how it is brought to an end that holds. See README.md. */
#include "mod/dispute/dispute.h"

static const State states[] = {
    { "applied", true }, { "mediating", true }, { "signing", true },   { "effective", true },
    { "kept", false },   { "ended", false },    { "escalated", true }, { 0 },
};

enum { TEXT_MAX = 2000, NOTE_MAX = 1000, FACTS_MAX = 3000, PHOTOS_MAX = 9, PAGES_MAX = 9 };

static const char *const LANGUAGES[] = { "zh", "bo", "en", NULL };
static const char *const APPLICATIONS[] = { "oral", "written", "office", "referred", NULL };
static const char *const PARTY_KINDS[] = { "person", "organisation", NULL };
static const char *const PARTY_ROLES[] = { "harmed",    "owner",    "builder", "designer",
                                           "neighbour", "property", "other",   NULL };
static const char *const OTHERS[] = { "police", "unit", "street", "witness", "expert", "relative", "other", NULL };
static const char *const SURVEYS[] = { "before", "damage", "joint", "after", NULL };
static const char *const EVIDENCE[] = { "photo", "contract", "repair_record", "statement", "document", "other", NULL };
static const char *const HOWS[] = { "phone", "message", "letter", "visit", "on_site", NULL };
static const char *const RESULTS[] = { "reached", "no_answer", "promised", "denied", "came", "other", NULL };
static const char *const DUTIES[] = { "repair", "pay", "stop", "restore", "apologise", "other", NULL };
static const char *const SESSION_KINDS[] = { "separate", "round_table", NULL };
static const char *const STEPS[] = { "applied", "confirmed", "refused", "declined", NULL };
static const char *const VISIT_RESULTS[] = { "kept", "under_way", "not_begun", "unhappy", NULL };
static const char *const UPWARDS[] = { "street", "department", "police", "arbitration", "court", NULL };
static const char *const OUTCOMES[] = { "back", "ended", NULL };
static const char *const ENDS[] = { "not_agreed", "withdrawn", "otherwise_settled", "court", NULL };

#define PERSONAL .personal = OF_MATTER
#define SAY(is_required)                                                                                               \
    {                                                                                                                  \
        .name = "text", .type = F_TEXT, .required = (is_required), .max = TEXT_MAX, PERSONAL                           \
    }
#define PHOTOS                                                                                                         \
    {                                                                                                                  \
        .name = "photos", .type = F_FILES, .max = PHOTOS_MAX                                                           \
    }
#define NAMED_PARTY(is_required)                                                                                       \
    {                                                                                                                  \
        .name = "party", .type = F_ID, .required = (is_required)                                                       \
    }
#define AMOUNT                                                                                                         \
    {                                                                                                                  \
        .name = "amount_fen", .type = F_INT, .max = FEN_MAX                                                            \
    }
#define FEN_MAX INT64_C(100000000000) /* a thousand million yuan */

static const Field party[] = {
    { .name = "kind", .type = F_ENUM, .required = true, .values = PARTY_KINDS },
    { .name = "role", .type = F_ENUM, .required = true, .values = PARTY_ROLES },
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60, PERSONAL },
    { .name = "phone", .type = F_PHONE, PERSONAL, .seen = TO_MEDIATOR },
    { .name = "agent", .type = F_TEXT, .max = 60, PERSONAL }, /* who speaks for an organisation, or for somebody */ {
      0 },
};
#define PARTIES                                                                                                        \
    {                                                                                                                  \
        .name = "parties", .type = F_LIST, .required = true, .min = 1, .max = PARTIES_MAX, .fields = party             \
    }
static const Field create[] = {
    { .name = "subject", .type = F_TEXT, .required = true, .min = 2, .max = 200, PERSONAL },
    { .name = "application", .type = F_ENUM, .required = true, .values = APPLICATIONS },
    { .name = "own", .type = F_BOOL }, /* whoever writes it down is the first party, whatever post they hold */ {
      .name = "place", .type = F_PLACE, .max = 24 },
    { .name = "point", .type = F_POINT },
    PARTIES,
    { 0 },
};
static const Field more_parties[] = { PARTIES, { 0 } };
static const Field linking[] = {
    NAMED_PARTY(true),
    { .name = "account", .type = F_PERSON, .required = true },
    { 0 },
};
static const Field acceptance[] = {
    { .name = "mediator", .type = F_PERSON, .required = true },
    { .name = "helper", .type = F_PERSON },
    { .name = "rights_told", .type = F_BOOL, .required = true },
    { 0 },
};
static const Field assignment[] = {
    { .name = "mediator", .type = F_PERSON, .required = true },
    { .name = "helper", .type = F_PERSON },
    { 0 },
};
static const Field consenting[] = {
    NAMED_PARTY(true),
    { .name = "agrees", .type = F_BOOL, .required = true },
    SAY(false),
    { 0 },
};
static const Field someone[] = { NAMED_PARTY(true), { 0 } };
static const Field another[] = {
    { .name = "whom", .type = F_ENUM, .required = true, .values = OTHERS },
    { .name = "name", .type = F_TEXT, .max = 60, PERSONAL },
    { 0 },
};
static const Field survey[] = {
    { .name = "stage", .type = F_ENUM, .required = true, .values = SURVEYS },
    { .name = "at", .type = F_TIME, .required = true },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    { .name = "who", .type = F_LIST, .max = PARTIES_MAX, .fields = someone },
    PHOTOS,
    { 0 },
};
static const Field evidence[] = {
    { .name = "sort", .type = F_ENUM, .required = true, .values = EVIDENCE },
    NAMED_PARTY(false),
    { .name = "at", .type = F_TIME },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    PHOTOS,
    { 0 },
};
static const Field contact[] = {
    NAMED_PARTY(false),
    { .name = "whom", .type = F_ENUM, .values = OTHERS },
    { .name = "how", .type = F_ENUM, .required = true, .values = HOWS },
    { .name = "result", .type = F_ENUM, .required = true, .values = RESULTS },
    { .name = "at", .type = F_TIME },
    SAY(false),
    PHOTOS,
    { 0 },
};
static const Field note[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    PHOTOS,
    { 0 },
};
static const Field commitment[] = {
    NAMED_PARTY(true),
    { .name = "to", .type = F_ID },
    { .name = "what", .type = F_ENUM, .required = true, .values = DUTIES },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    AMOUNT,
    { .name = "by", .type = F_TIME, .required = true },
    { .name = "recurrence", .type = F_BOOL }, /* should it happen again, the same party bears it */ { .name = "until",
      .type = F_TIME },      /* the clause holds so long; left out: without end */ { .name = "paper", .type = F_FILES,
      .max = PAGES_MAX },
    { 0 },
};
static const Field invitation[] = {
    { .name = "kind", .type = F_ENUM, .required = true, .values = SESSION_KINDS },
    { .name = "room", .type = F_TEXT, .required = true, .min = 1, .max = 40 },
    { .name = "from", .type = F_TIME, .required = true },
    { .name = "until", .type = F_TIME, .required = true },
    { .name = "who", .type = F_LIST, .required = true, .min = 1, .max = PARTIES_MAX, .fields = someone },
    { .name = "others", .type = F_LIST, .max = 8, .fields = another },
    { 0 },
};
static const Field record[] = {
    { .name = "session", .type = F_ID, .required = true },
    { .name = "came", .type = F_LIST, .required = true, .max = PARTIES_MAX, .fields = someone },
    { .name = "others_came", .type = F_LIST, .max = 8, .fields = another },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = FACTS_MAX, PERSONAL },
    PHOTOS,
    { 0 },
};
static const Field cancelling[] = { { .name = "session", .type = F_ID, .required = true }, SAY(false), { 0 } };
static const Field offer[] = {
    NAMED_PARTY(true),
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    AMOUNT,
    { .name = "private", .type = F_BOOL }, /* for the mediator's ears alone */ { 0 },
};
static const Field offer_answer[] = {
    { .name = "offer", .type = F_ID, .required = true },
    NAMED_PARTY(true),
    { .name = "accepted", .type = F_BOOL, .required = true },
    SAY(false),
    { 0 },
};

/* Article 29: the parties, the facts and issues and what each is liable for, what is agreed, how and by when it is
 * performed. */
static const Field signatory[] = {
    NAMED_PARTY(true),
    { .name = "name", .type = F_TEXT, .required = true, .min = 1, .max = 60, PERSONAL },
    { .name = "details", .type = F_TEXT, .max = 200, PERSONAL },
    { 0 },
};
static const Field liable[] = {
    NAMED_PARTY(true),
    { .name = "duty", .type = F_TEXT, .min = 2, .max = 500, PERSONAL },
    AMOUNT,
    { .name = "share", .type = F_INT, .min = 1, .max = SHARES_WHOLE }, /* of 10,000 */ { 0 },
};
static const Field performance[] = {
    NAMED_PARTY(true),
    { .name = "to", .type = F_ID },
    { .name = "what", .type = F_ENUM, .required = true, .values = DUTIES },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = 500, PERSONAL },
    AMOUNT,
    { .name = "by", .type = F_TIME, .required = true },
    { 0 },
};
static const Field draft[] = {
    { .name = "language", .type = F_ENUM, .required = true, .values = LANGUAGES },
    { .name = "signatories", .type = F_LIST, .required = true, .min = 2, .max = PARTIES_MAX, .fields = signatory },
    { .name = "facts", .type = F_TEXT, .required = true, .min = 2, .max = FACTS_MAX, PERSONAL },
    { .name = "issues", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    { .name = "liability", .type = F_LIST, .required = true, .min = 1, .max = PARTIES_MAX, .fields = liable },
    { .name = "terms", .type = F_TEXT, .required = true, .min = 2, .max = FACTS_MAX, PERSONAL },
    { .name = "performance", .type = F_LIST, .required = true, .min = 1, .max = PERFORMANCE_MAX, .fields = performance
      },
    { 0 },
};
#define EDITION                                                                                                        \
    {                                                                                                                  \
        .name = "edition", .type = F_INT, .required = true, .min = 1, .max = 1000                                      \
    }
#define SIGNATURE                                                                                                      \
    {                                                                                                                  \
        .name = "signature", .type = F_SIGNATURE, .required = true, .of = "edition"                                    \
    }
static const Field signing[] = {
    NAMED_PARTY(true),
    EDITION,
    SIGNATURE,
    { .name = "drawn", .type = F_FILES, .max = 1 },
    { .name = "paper", .type = F_FILES, .max = PAGES_MAX },
    { 0 },
};
static const Field sealing[] = { EDITION, SIGNATURE, { 0 } };
static const Field confirmation[] = {
    { .name = "step", .type = F_ENUM, .required = true, .values = STEPS },
    { .name = "court", .type = F_TEXT, .max = 60 },
    SAY(false),
    PHOTOS,
    { 0 },
};
static const Field performing[] = {
    { .name = "promise", .type = F_ID, .required = true }, SAY(false), AMOUNT, PHOTOS, { 0 },
};
static const Field receiving[] = {
    { .name = "promise", .type = F_ID, .required = true },
    { .name = "kept", .type = F_BOOL, .required = true },
    SAY(false),
    PHOTOS,
    { 0 },
};
static const Field visit[] = {
    { .name = "result", .type = F_ENUM, .required = true, .values = VISIT_RESULTS },
    { .name = "at", .type = F_TIME },
    SAY(false),
    { .name = "next_visit_at", .type = F_TIME },
    PHOTOS,
    { 0 },
};
static const Field recurrence[] = {
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    { .name = "promise", .type = F_ID },
    { .name = "at", .type = F_TIME },
    PHOTOS,
    { 0 },
};
static const Field escalation[] = {
    { .name = "to", .type = F_ENUM, .required = true, .values = UPWARDS },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    { .name = "answer_by", .type = F_TIME, .required = true },
    { 0 },
};
static const Field answering[] = {
    { .name = "outcome", .type = F_ENUM, .required = true, .values = OUTCOMES },
    { .name = "text", .type = F_TEXT, .required = true, .min = 2, .max = TEXT_MAX, PERSONAL },
    { 0 },
};
static const Field ending[] = {
    { .name = "why", .type = F_ENUM, .required = true, .values = ENDS },
    SAY(false),
    { 0 },
};
static const Field nothing[] = { { 0 } };

/* ---- actions ---- */

/* Who mediates it, helps, or mediates here; never one of its parties. */
#define BY_MEDIATOR .may = MEDIATOR, .who = HANDLER | CO_HANDLER, .unless = PARTY
#define BY_ALL .may = MEDIATOR, .who = HANDLER | CO_HANDLER | PARTY
#define TABLE (TO_PARTIES | TO_MEDIATOR)
#define AT_TABLE (ST(MEDIATING) | ST(SIGNING))
#define AFTER (ST(EFFECTIVE) | ST(KEPT))
#define ROUTE(name) .route = "POST /disputes/{id}/" name

static const Action actions[] = {
    { .name = "create", .route = "POST /disputes", .may = SIGNED_IN & ~(Roles)PROGRAM, .from = NEW, .to = ST(APPLIED),
      .fields = create, .decide = dispute_create_decide, .fold = dispute_create_fold, .apply = dispute_apply,
      .audience = TABLE },
    { .name = "accept", ROUTE("accept"), BY_MEDIATOR, .from = ST(APPLIED), .to = ST(MEDIATING), .fields = acceptance,
      .reads = dispute_assign_reads, .decide = dispute_accept_decide, .fold = dispute_accept_fold, .apply =
      dispute_apply, .audience = TABLE, .tell = PARTY | HANDLER | CO_HANDLER },
    { .name = "assign", ROUTE("assign"), BY_MEDIATOR, .from = OPEN & ~ST(APPLIED), .to = SAME, .fields = assignment,
      .reads = dispute_assign_reads, .decide = dispute_assign_decide, .fold = dispute_assign_fold, .apply =
      dispute_apply, .audience = TABLE, .tell = PARTY | HANDLER | CO_HANDLER },
    { .name = "add_party", ROUTE("add_party"), BY_MEDIATOR, .from = ST(APPLIED) | ST(MEDIATING), .to = SAME, .fields =
      more_parties, .decide = dispute_add_party_decide, .fold = dispute_add_party_fold, .apply = dispute_apply,
      .audience = TABLE },
    { .name = "link", ROUTE("link"), BY_MEDIATOR, .from = OPEN, .to = SAME, .fields = linking, .reads =
      dispute_link_reads, .decide = dispute_link_decide, .fold = dispute_link_fold, .apply = dispute_apply, .audience
      = TABLE, .tell = PARTY },
    { .name = "consent", ROUTE("consent"), BY_ALL, .from = ST(APPLIED) | ST(MEDIATING), .to = SAME, .fields =
      consenting, .decide = dispute_consent_decide, .fold = dispute_consent_fold, .apply = dispute_apply, .audience =
      TABLE, .tell = HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "survey", ROUTE("survey"), BY_MEDIATOR, .from = OPEN, .to = SAME, .fields = survey, .decide =
      dispute_at_decide, .apply = dispute_apply, .audience = TABLE, .mode = COMMUTES },
    { .name = "evidence", ROUTE("evidence"), BY_ALL, .from = OPEN, .to = SAME, .fields = evidence, .decide =
      dispute_evidence_decide, .apply = dispute_apply, .audience = TABLE, .tell = HANDLER | CO_HANDLER, .mode =
      COMMUTES },
    { .name = "contact", ROUTE("contact"), BY_MEDIATOR, .from = OPEN, .to = SAME, .fields = contact, .decide =
      dispute_contact_decide, .apply = dispute_contact_apply, .audience = TABLE, .mode = COMMUTES },
    { .name = "note", ROUTE("note"), BY_MEDIATOR, .from = OPEN | ST(KEPT), .to = SAME, .fields = note, .apply =
      dispute_apply, .audience = TO_MEDIATOR, .mode = COMMUTES },
    { .name = "commit", ROUTE("commit"), BY_ALL, .from = AT_TABLE | ST(EFFECTIVE), .to = SAME, .fields = commitment,
      .decide = dispute_commit_decide, .fold = dispute_commit_fold, .apply = dispute_apply, .audience = TABLE, .tell =
      PARTY | HANDLER | CO_HANDLER },
    { .name = "invite", ROUTE("invite"), BY_MEDIATOR, .from = AT_TABLE, .to = SAME, .fields = invitation, .reads =
      dispute_invite_reads, .decide = dispute_invite_decide, .fold = dispute_invite_fold, .apply =
      dispute_session_apply, .audience = TABLE, .tell = HANDLER | CO_HANDLER },
    { .name = "hold", ROUTE("hold"), BY_MEDIATOR, .from = OPEN, .to = SAME, .fields = record, .decide =
      dispute_hold_decide, .fold = dispute_hold_fold, .apply = dispute_session_apply, .audience = TABLE },
    { .name = "cancel", ROUTE("cancel"), BY_MEDIATOR, .from = OPEN, .to = SAME, .fields = cancelling, .decide =
      dispute_cancel_decide, .fold = dispute_cancel_fold, .apply = dispute_session_apply, .audience = TABLE, .tell =
      PARTY },
    { .name = "offer", ROUTE("offer"), BY_ALL, .from = AT_TABLE, .to = SAME, .fields = offer, .decide =
      dispute_offer_decide, .fold = dispute_offer_fold, .apply = dispute_apply, .audience = TABLE, .tell = PARTY |
      HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "answer_offer", ROUTE("answer_offer"), BY_ALL, .from = AT_TABLE, .to = SAME, .fields = offer_answer,
      .decide = dispute_answer_offer_decide, .fold = dispute_answer_offer_fold, .apply = dispute_apply, .audience =
      TABLE, .tell = PARTY | HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "draft", ROUTE("draft"), BY_MEDIATOR, .from = AT_TABLE, .to = ST(SIGNING), .fields = draft, .decide =
      dispute_draft_decide, .fold = dispute_draft_fold, .apply = dispute_draft_apply, .audience = TABLE, .tell = PARTY
      },
    { .name = "sign", ROUTE("sign"), BY_ALL, .from = ST(SIGNING), .to = SAME, .fields = signing, .decide =
      dispute_sign_decide, .fold = dispute_sign_fold, .apply = dispute_seal_apply, .audience = TABLE, .tell = HANDLER
      | CO_HANDLER, .mode = COMMUTES },
    { .name = "seal", ROUTE("seal"), .may = MEDIATOR, .who = HANDLER, .unless = PARTY, .from = ST(SIGNING), .to =
      ST(EFFECTIVE), .fields = sealing, .decide = dispute_seal_decide, .fold = dispute_seal_fold, .apply =
      dispute_seal_apply, .audience = TABLE, .tell = PARTY | CO_HANDLER },
    { .name = "confirmation", ROUTE("confirmation"), BY_MEDIATOR, .from = AFTER, .to = SAME, .fields = confirmation,
      .decide = dispute_confirmation_decide, .fold = dispute_confirmation_fold, .apply = dispute_apply, .audience =
      TABLE, .tell = PARTY },
    { .name = "perform", ROUTE("perform"), BY_ALL, .from = AT_TABLE | ST(EFFECTIVE), .to = SAME, .fields = performing,
      .decide = dispute_perform_decide, .fold = dispute_perform_fold, .apply = dispute_apply, .audience = TABLE, .tell
      = PARTY | HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "receive", ROUTE("receive"), BY_ALL, .from = AT_TABLE | ST(EFFECTIVE), .to = SAME, .fields = receiving,
      .decide = dispute_receive_decide, .fold = dispute_receive_fold, .apply = dispute_apply, .audience = TABLE, .tell
      = PARTY | HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "return_visit", ROUTE("return_visit"), BY_MEDIATOR, .from = ST(MEDIATING) | AFTER, .to = SAME |
      ST(KEPT), .fields = visit, .decide = dispute_return_visit_decide, .fold = dispute_return_visit_fold, .apply =
      dispute_apply, .audience = TABLE, .tell = HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "recur", ROUTE("recur"), BY_ALL, .from = ST(MEDIATING) | AFTER, .to = ST(MEDIATING), .fields =
      recurrence, .decide = dispute_recur_decide, .fold = dispute_recur_fold, .apply = dispute_apply, .audience =
      TABLE, .tell = PARTY | HANDLER | CO_HANDLER, .mode = COMMUTES },
    { .name = "escalate", ROUTE("escalate"), BY_MEDIATOR, .from = AT_TABLE | ST(EFFECTIVE), .to = ST(ESCALATED),
      .fields = escalation, .decide = dispute_escalate_decide, .fold = dispute_escalate_fold, .apply = dispute_apply,
      .audience = TABLE, .tell = PARTY | HANDLER | CO_HANDLER },
    { .name = "answer", ROUTE("answer"), BY_MEDIATOR, .from = ST(ESCALATED), .to = ST(MEDIATING) | ST(ENDED), .fields
      = answering, .decide = dispute_answer_decide, .fold = dispute_answer_fold, .apply = dispute_apply, .audience =
      TABLE, .tell = PARTY | HANDLER | CO_HANDLER },
    { .name = "end", ROUTE("end"), BY_ALL, .from = ST(APPLIED) | AT_TABLE, .to = ST(ENDED), .fields = ending, .decide
      = dispute_end_decide, .fold = dispute_end_fold, .apply = dispute_apply, .audience = TABLE, .tell = PARTY |
      HANDLER | CO_HANDLER },
    { .name = "erase", ROUTE("erase"), .may = ADMIN, .from = ST(KEPT) | ST(ENDED), .to = SAME, .fields = nothing,
      .fold = dispute_erase_fold, .apply = dispute_apply, .audience = TABLE, .erases = true },
    /* the system's own */
    { .name = "remind", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = nothing, .apply = dispute_apply, .audience
      = TABLE, .tell = HANDLER | CO_HANDLER },
    { .name = "fall_due", .may = SYSTEM, .from = OPEN, .to = SAME, .fields = nothing, .decide =
      dispute_fall_due_decide, .fold = dispute_fall_due_fold, .apply = dispute_apply, .audience = TABLE, .tell = PARTY
      | HANDLER | CO_HANDLER },
    { 0 },
};

/* One for all that is due: the matter's due time is the next of them, and moves on when it has passed. */
static const Clock clocks[] = {
    { .name = "remind", .states = OPEN, .after = 25, .unit = BEFORE_DUE_PERCENT, .then = "remind" },
    { .name = "due", .states = OPEN, .unit = AT_DUE, .then = "fall_due" },
    { 0 },
};

static const Call calls[] = {
    { .name = "agreement_pdf", .route = "GET /disputes/{id}/agreement.pdf", .may = SIGNED_IN, .on = ON_READER,
      .per_minute = 30, .type = "application/pdf", .run = dispute_agreement_run },
    { .name = "application_pdf", .route = "GET /disputes/{id}/application.pdf", .may = SIGNED_IN, .on = ON_READER,
      .per_minute = 30, .type = "application/pdf", .run = dispute_application_run },
    { .name = "dossier_pdf", .route = "GET /disputes/{id}/dossier.pdf", .may = SIGNED_IN, .on = ON_READER, .per_minute
      = 10, .type = "application/pdf", .run = dispute_dossier_run },
    { 0 },
};

static Stmt *const *const more_statements[] = { dispute_paper_statements, NULL };

extern const char dispute_schema[], dispute_zh[], dispute_bo[], dispute_en[];
const Module module_dispute = {
    .name = "dispute",
    .plural = "disputes",
    .numbered = true,
    .states = states,
    .actions = actions,
    .queries = dispute_queries,
    .calls = calls,
    .clocks = clocks,
    .statements = dispute_statements,
    .more_statements = more_statements,
    .schema = dispute_schema,
    .words_zh = dispute_zh,
    .words_bo = dispute_bo,
    .words_en = dispute_en,
};
