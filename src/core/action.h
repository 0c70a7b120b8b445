/* action: the table that everything hangs on.
 *
 * An action is one thing a person may do to one kind of matter, written as one row of data. The rows are the
 * API, the permission matrix, the state machine, the validation, the OpenAPI document, the default forms, the
 * audit and docs/ACTIONS.md. Nothing of this is written a second time.
 *
 * A module is one kind of matter: states, actions, queries, calls, clocks, words. decide and fold are pure;
 * what they need is handed to them, what they decided is in the event. */
#ifndef LINLI_ACTION_H
#define LINLI_ACTION_H

#include "base/json.h"
#include "store/db.h"

/* ---- who ----------------------------------------------------------------------------------------- */
typedef uint32_t Roles;
enum {
    RESIDENT = 1 << 0,
    VOLUNTEER = 1 << 1,
    OFFICER = 1 << 2,
    TEAM = 1 << 3, /* work-team member: dated term */
    DISPATCHER = 1 << 4,
    MEDIATOR = 1 << 5,
    CLERK = 1 << 6,
    OVERSEER = 1 << 7,
    ADMIN = 1 << 8,
    AUDITOR = 1 << 9,
    PROGRAM = 1 << 10,
    ROLES_N = 11,
    ANYONE = 1 << 11, /* also without signing in */
    SYSTEM = 1 << 12, /* clocks and reactions; never a person */
    SIGNED_IN = (1 << ROLES_N) - 1,
    STAFF = OFFICER | TEAM | DISPATCHER | MEDIATOR | CLERK | OVERSEER | ADMIN,
};
const char *role_name(int bit);       /* 0 .. ROLES_N - 1: "resident", ... */
Roles role_by_name(Str name);         /* 0 if there is none */

/* What a person is to one matter. Rows of the state table `relation`, except SELF. */
typedef uint32_t Relations;
enum {
    REPORTER = 1 << 0, /* raised it; also whoever holds its receipt code */
    HANDLER = 1 << 1,  /* has it now */
    HANDLED = 1 << 2,  /* has it now or ever had it */
    VERIFIER = 1 << 3, /* confirmed that it is done */
    PARTY = 1 << 4,
    FOLLOWER = 1 << 5,
    CO_HANDLER = 1 << 6, /* works on it beside the handler */
    RELATIONS_N = 7,
    SELF = 1 << 7, /* the matter is this person's own file */
};
/* Which of the parties, 0 to SIDES_MAX - 1: as a relation, who stands on that side; as an audience, what is for that
 * side alone and hidden from the other ones. */
enum { SIDES_MAX = 8 };
#define SIDE(n) (UINT32_C(1) << (8 + (n)))
#define ALL_SIDES (UINT32_C(0xff) << 8)
const char *relation_name(int bit);

/* Who may see an event, a file, a field. One function filters all channels: audience_may(). */
typedef uint32_t Audience;
enum {
    TO_PUBLIC = 1 << 0,
    TO_REPORTER = 1 << 1,
    TO_HANDLERS = 1 << 2, /* staff at the matter's place, and who handles it */
    TO_PARTIES = 1 << 3,
    TO_MEDIATOR = 1 << 4, /* who mediates it, or may here; never one of its parties */
    TO_SELF = 1 << 5,
    TO_FOLLOWERS = 1 << 6, /* who only wants to know how it goes on: no names, no exact place */
    TO_INVOLVED = TO_REPORTER | TO_HANDLERS,
};

/* ---- fields: validation, form, OpenAPI, sealing --------------------------------------------------- */
typedef enum FieldType {
    F_NONE,
    F_TEXT,      /* max: code points; personal text is sealed */
    F_INT,       /* min, max */
    F_BOOL,
    F_ENUM,      /* values */
    F_ID,        /* UUID */
    F_PERSON,    /* UUID of a person of this community */
    F_PLACE,     /* place code: digits, dashes; max characters */
    F_POINT,     /* {"lon":91.1,"lat":29.6,"accuracy":12}; in events lon_e7, lat_e7, accuracy_m */
    F_TIME,      /* int64 ms UTC, or RFC 3339; stored as int64 */
    F_DATE,      /* "2026-07-11" */
    F_PHONE,     /* 5 to 20 digits, leading + allowed; blanks and dashes are dropped */
    F_FILES,     /* list of upload ids, max of them; in events {id, hash, thumb, type, width, height} */
    F_RECORD,    /* fields */
    F_LIST,      /* of records with `fields`; min and max rows */
    F_FORM,      /* a category's own fields, by schema id and version: validated by form_validate */
    F_SIGNATURE, /* {"of": field, "hash": sha256 of the text signed} */
    F_JSON,      /* any JSON; max bytes when printed (GeoJSON) */
    F_DEGREES,   /* query strings: decimal degrees from -max to max (0: 180), bound as e7 int64 */
    F_SECRET,    /* a password or code; only in calls, never in an event */
} FieldType;

typedef enum Personal { NOT_PERSONAL, OF_MATTER, OF_ACTOR, OF_PERSON_FIELD } Personal;

typedef struct Field {
    const char *name;
    FieldType type;
    bool required;
    int64_t min, max;
    const char *const *values;   /* F_ENUM: ends with NULL; F_FILES: the type taken, {"audio/"}; NULL: pictures */
    const struct Field *fields;  /* F_RECORD, F_LIST: ends with {0} */
    const char *of;              /* F_SIGNATURE: the field signed; F_FORM: the field that names the schema;
                                  * OF_PERSON_FIELD: field with the person's id */
    Personal personal;           /* sealed with this subject's key */
    Audience seen;               /* who may read it; 0: as the action's audience */
    bool search;                 /* its words go into the search index */
    bool passing;                /* required, and yet decide takes it off: the event may stand without it */
} Field;

/* ---- matter and event ------------------------------------------------------------------------------ */
/* `person` may also be a unit, whose members are then what it is, or a matter whose receipt code counts here as well.
 */
typedef struct Relation {
    Str person;
    Relations is;
} Relation;

enum { RELATIONS_MAX = 64 };

typedef struct Matter {
    Str community, id;
    Str kind;           /* module name */
    int64_t number;     /* counts up per community and kind; 0 for kinds that are not numbered */
    int state;          /* index into the module's states; -1: does not exist yet */
    int64_t version;    /* number of events so far */
    Str place;          /* grid code, or the community's; rights hang on it */
    Str category;
    int64_t lon_e7, lat_e7;
    bool has_point;
    int64_t opened_at, changed_at;
    int64_t due_at, closed_at; /* 0: none */
    json_t *data;       /* the module's own fields; personal ones as sealed objects */
    Relation relations[RELATIONS_MAX];
    int n_relations;
    Arena *arena;
} Matter;

/* For fold: adds or takes what `person` is to the matter. Refusing nothing: beyond RELATIONS_MAX whoever matters least
 * makes room (only once had it, then follows, then verified), which may be the newcomer. */
void matter_relate(Matter *m, Str person, Relations add, Relations take);
Relations matter_relations(const Matter *m, Str person);
Str matter_person(const Matter *m, Relations is); /* first such person, or "" */

typedef struct Action Action;
typedef struct Module Module;

typedef struct Event {
    Str community;
    int64_t seq;
    Str id;
    const Action *action; /* NULL if a later version of the program retired it */
    Str type;             /* "report.dispatch" */
    Str stored_type;      /* the same, unless the log says it under an older name (Upcast) */
    int version;          /* of the data's shape */
    Str matter;
    int64_t at, claimed_at;
    Str actor;            /* person id, "" anonymous, "system" */
    Str actor_community;  /* "" if the same */
    Str by;               /* person id: who did it for the actor (docs/decisions/acting.md); "": the actor did */
    int to;               /* state after */
    int64_t matter_version;
    int64_t number;
    Audience audience;
    json_t *data;         /* personal fields sealed */
    json_t *clocks;       /* {"name": due ms} started, null stopped; may be NULL */
    json_t *tell;         /* person ids told; may be NULL */
    Str client_id, body_hash; /* "" on all but the command's first event */
    int64_t rows;         /* how many events the command made; on its first event */
    Hash prev, hash;
    Str bytes;            /* exactly what was hashed */
    const Matter *after;  /* live only: the matter as this event left it; NULL when read from the log */
} Event;

/* ---- decide, fold, apply ---------------------------------------------------------------------------- */
typedef struct RoleAt {
    Roles roles;
    Str place;      /* division, community or grid code; holds for every place whose code begins with it */
    int64_t from, until; /* 0: open */
} RoleAt;

enum { ACTOR_UNITS_MAX = 8 };
typedef struct Actor {
    Str person;     /* "" when not signed in */
    Str community;  /* where the account lives */
    Str session;    /* id, for the log and sign-out; never the token */
    const RoleAt *roles;
    int n_roles;
    const Str *units; /* bodies that they belong to (table membership) */
    int n_units;
    bool strong;    /* second factor given in this session */
    bool system;
    Str receipt;    /* matter that a receipt code opens, "" if none */
    /* Who acts for this person here, as they themselves are; NULL: the person does. Then the person has no role but
     * that of a resident, and is nothing to a matter but what residents are: actor_acting(). */
    const struct Actor *by;
} Actor;

extern const Actor actor_system; /* who acts when a clock, a reaction or the command line does */

Roles actor_roles_at(const Actor *a, Str place, int64_t now); /* includes ANYONE always */
Roles actor_roles(const Actor *a, int64_t now);               /* anywhere */
const Actor *actor_self(const Actor *a);                      /* who sits there: `by`, if somebody acts for another */

/* A read is loaded before decide: (community, key). No two commands of a batch may share a key, be it of a read or the
 * id of a matter that one of them acts on, unless `shared`: settings that only `alone` actions change. So key a read by
 * the id of the matter that it depends on, or by the value that must stay unique. A read without key is `shared`. */
/* Not const where it stands: the store numbers its statement. */
typedef struct Read {
    const char *name;
    Stmt stmt;        /* $1 community, $2 key */
    const char *key;  /* input field, or "matter", "actor", or "" for no key ($1 only) */
    bool each;        /* the field is a list: one query per element, rows joined */
    bool shared;
    bool lookup;      /* the key is bound as its seal_lookup: tables hold no phone numbers */
} Read;

enum { READS_MAX = 6 };

typedef struct Places Places; /* core/place.h: immutable picture of one community's grids */
typedef struct Calendar Calendar; /* core/clock.h */

typedef struct Decide {
    Arena *arena;
    const struct World *world; /* of rows that name other rows; NULL in tests of decide alone */
    const Module *module;
    const Action *action;
    const Actor *actor;
    Roles roles;             /* the actor's at the matter's place */
    const Matter *matter;    /* before; for a creating action: id, community, state -1 */
    json_t *input;           /* validated and normalised; personal fields still readable */
    int64_t now;
    DbRows *reads[READS_MAX]; /* in the order of action->reads */
    const Places *places;
    const Calendar *calendar;
    Str new_id;              /* fresh for this event, repeatable in replayed simulations */
    const Event *const *earlier; /* many: what the call's rows before this one decided; `reads` do not show it */
    const json_t *const *earlier_inputs; /* of the same rows: in their events what is personal is sealed by now */
    int n_earlier;
    /* out */
    json_t *data;            /* of the event; starts as `input`; decide may add and take */
    json_t *tell;            /* ids of persons told besides `action->tell`; NULL: nobody */
    int to;                  /* must be set when action->to names several states */
    Audience audience;       /* fewer than the action's, or sides of its parties; 0: the action's. Of whom `tell` names,
                              * only those who may see it are told */
} Decide;

typedef Fail DecideFn(Decide *d);
/* Changes m by e. State, version, times, place (data.place), point (data.point) and category (data.category) are
 * already set by core. */
typedef void FoldFn(Matter *m, const Event *e);
/* Writes the module's own state tables: sends statements, never reads, never syncs. Text goes into a->arena. A row that
 * says what the matter now is goes through apply_row: a replay writes it once for many events. */
typedef struct Apply {
    Arena *arena;
    Db *db;
    /* Opens a sealed member of the event ("" if its key is gone), for HMAC look-ups and search. */
    Str (*open)(struct Apply *a, const Event *e, const json_t *sealed);
    Str (*lookup)(struct Apply *a, Str community, Str plain); /* hex HMAC of a value for look-up tables */
    void *self;
    bool replay; /* rebuild: same writes */
} Apply;
typedef void ApplyFn(Apply *a, const Matter *m, const Event *e);
/* Of the matter alone: the same whichever event led to it, and nothing else in an apply reads or writes that row. */
typedef void RowFn(Apply *a, const Matter *m);
void apply_row(Apply *a, const Matter *m, RowFn *row); /* now, or when the replay lets go of the matter */

/* ---- rows -------------------------------------------------------------------------------------------- */
typedef uint32_t States;
#define ST(state) (UINT32_C(1) << (state))
enum { STATES_MAX = 16 };
#define SAME (UINT32_C(1) << 31) /* to: the state stays */
#define NEW (UINT32_C(1) << 30)  /* from: the action creates the matter */

typedef struct State {
    const char *name;   /* "registered"; words: state.registered, and resident.registered for residents' screens */
    bool open;          /* counts as unfinished */
} State;

typedef enum Mode { STRICT, COMMUTES } Mode;
enum { MANY_MAX = 500, CLAIMED_DAYS = 60, LATE_DAYS = 30 };

struct Action {
    const char *name;     /* event type is module.name */
    const char *route;    /* "POST /reports/{id}/dispatch"; NULL: only clocks and reactions may do it */
    Roles may;            /* roles held at a place that contains the matter's */
    Relations who;        /* or: any of these relations to the matter */
    Relations unless;     /* but never with one of these */
    bool strong;          /* needs a session with a second factor */
    States from, to;
    const Field *fields;  /* ends with {0} */
    const Read *reads;    /* ends with {0} */
    DecideFn *decide;     /* NULL: allowed whenever the table allows it */
    FoldFn *fold;         /* NULL: core's own changes only */
    ApplyFn *apply;
    Audience audience;    /* of the event in timeline, feed, export */
    Relations tell;       /* whom to notify by relation to the matter */
    Mode mode;            /* STRICT needs `version`; COMMUTES does not */
    bool many;            /* takes {"rows":[...]}: at most MANY_MAX, all or nothing; decide looks at `earlier` */
    const char *const *same; /* many: fields that no two rows share together, be they of one call or of one job
                              * (same_row); text, ends with NULL */
    bool alone;           /* changes settings that others read: a batch of its own */
    bool erases;          /* destroys the key of the matter's id: what it sealed is gone everywhere */
    bool receipt;         /* creating: always with a receipt code, for whoever it was written down for */
    int version;          /* of the event's data; 0 means 1 */
    const char *reverse;  /* action that undoes it, for jobs; NULL */
    bool for_another;     /* who acts for a person may do it too, in their name */
    int claimed_days;     /* how long ago a phone without signal may have done it; 0: CLAIMED_DAYS */
    int anonymous_per_hour; /* limit per address for actors not signed in; 0: 30 */
    int64_t body_max;     /* bytes; 0: 64 KB */
};

/* A list or a view. {scope} in sql is replaced in one place by what the actor may see. */
typedef enum Scope {
    SCOPE_NONE,   /* same for all who may */
    SCOPE_PLACE,  /* m.place lies within a place where the actor holds one of `may` */
    SCOPE_MINE,   /* m is related to the actor by one of `who` */
    SCOPE_SELF,   /* rows whose person is the actor: $2 is the person */
} Scope;

typedef struct Filter {
    Field param;        /* name in the query string, type and bounds */
    const char *sql;    /* "m.state = $": the parameter's number is put after each $. "{match}" with a param that is
                         * `search`: full text, for either engine. "a{else}b" with a bool: a when it is true.
                         * "{by r.changed_at}a": a list in the order of changed_at is then read by r's columns of the
                         * same names, which hold the same and have an index with what a asks. "": the value stands in
                         * the query's own text, as {in NAME}; the parameter is required then */
} Filter;

typedef struct Query {
    const char *name, *route;
    Roles may;
    Relations who;
    Relations unless;     /* lists leave out what the actor is one of these to */
    bool strong;
    Scope scope;
    const char *sql;      /* "SELECT ... FROM matter m WHERE m.community = $1 AND {scope}"; without ORDER BY */
    const char *columns; /* "id:s number:l state:s at:l data:j text:x": s text, l integer, f e7 degrees, b bool, j JSON,
                          * x sealed object (opened for who may see it, else null), p sealed and masked. A number named
                          * at, since, until or *_at is a time in ms UTC */
    const Filter *filters; /* ends with {0} */
    const char *order;    /* "m.changed_at:l DESC, m.id:s DESC": the cursor's columns; NULL: one row or unordered */
    const char *found;    /* order of hits where a filter searches: "m.number:l DESC", of a numbered kind; else NULL */
    const char *group;    /* columns counted by, after all filters: one row for each; with `order` NULL */
    int limit_max;        /* rows per page; 0: 100 */
    bool one;             /* a single object; 404 if there is no row */
    bool kept;            /* reads state tables alone: its rows may serve again until the community's next event */
    bool view;            /* core/view.c: the matter with its timeline, files and what the actor may do now */
    bool carried;         /* a view that phones keep for when there is no signal: GET /sync brings it */
    bool for_another;     /* who acts for a person may ask it as they */
    bool logged;          /* opens personal data: writes the access log before the reply (runs on the writer) */
    const char *const *logged_what; /* unused unless logged: names of what was read */
} Query;

/* What is neither an event nor a list: sign-in, uploads, feeds. */
typedef enum Where {
    ON_READER,
    ON_WRITER, /* inside a transaction of its own */
    ON_LOOP,
    ON_RUNNER, /* on the writer, outside of any: it gives commands to CallCtx.runner */
} Where;
typedef struct CallCtx CallCtx; /* core/serve/call.h */
typedef struct HttpRequest HttpRequest; /* http/http.h */
typedef struct HttpReply HttpReply;
typedef struct Call {
    const char *name, *route;
    Roles may;
    bool strong;
    const Field *fields;  /* of the JSON body; NULL: none */
    Where on;
    int64_t body_max;     /* 0: 64 KB */
    int per_minute;       /* limit per address, 0: 600 */
    int heavy;            /* one may do the work of so many requests: an account may send so many fewer; 0: of one */
    bool raw;             /* the body is not JSON (file parts) */
    bool for_another;     /* who acts for a person may do it as they */
    const char *type;     /* media type of the answer; NULL: application/json */
    /* Members of a JSON answer, for programs: "person:n roles[role:s until:t] have[l] center{lon:f lat:f}? *".
     * s text, l integer, t time, b bool, f number, n text or null, j any, o any object; ? may be left out, * others
     * too. "": the answer has no body. */
    const char *answer;
    Fail (*run)(CallCtx *c);
    /* How a protocol of others words a refusal of this row, whoever made it: changes the problem details that stand in
     * *r. NULL: they stay. */
    void (*refuse)(HttpRequest *rq, Arena *a, const Fail *f, HttpReply *r);
} Call;

/* ---- clocks: state, delay, action ----------------------------------------------------------------------- */
typedef enum Unit {
    HOURS,
    WORKING_HOURS,
    WORKING_DAYS,
    BEFORE_DUE_HOURS,
    AT_DUE,
    AFTER_DUE_HOURS,
    BEFORE_DUE_PERCENT, /* of the time that is left when the due time is set */
    CALENDAR_DAYS,      /* as the Civil Code counts them */
} Unit;
typedef struct Clock {
    const char *name;
    States states; /* runs while the matter is in one of these */
    int after;
    Unit unit;
    const char *then; /* action of the same module, done by SYSTEM */
} Clock;

/* ---- upcasts: what older programs wrote, said in today's terms --------------------------------------------
 * Names and shapes are never reused. A changed meaning is a new version of the action, and a row here that brings the
 * data of the version before to it; a retired event is a row that says what it is now. Rows are only ever appended:
 * every log ever written must rebuild (test/log). */
typedef struct Upcast {
    const char *type;    /* as it stands in the log: "report.dispatch" */
    int version;         /* of its data there */
    const char *becomes; /* event type of today; NULL: the same */
    int as;              /* version that it is then; 0: version + 1 */
    void (*data)(Arena *a, json_t *data); /* in place, pure; NULL: the data stays */
} Upcast;

struct Module {
    const char *name;        /* kind of matter: "report" */
    const char *plural;      /* first path segment: "reports" */
    bool numbered;
    const State *states;     /* ends with {0} */
    const Action *actions;   /* each list ends with {0} */
    const Query *queries;
    const Call *calls;
    const Clock *clocks;
    const Upcast *upcasts;   /* of events of this module, retired ones too */
    Stmt *const *statements; /* used by apply and calls; ends with NULL */
    Stmt *const *const *more_statements; /* lists of the module's other files; ends with NULL */
    /* Where people say a name and a field wants an id or code, as in sheets: $1 community -> "ssss": id or code,
     * name, what may stand before it, names of its parts as a JSON list ("": none). NULL: it has no name */
    Stmt *called;
    const char *schema;      /* text of schema.sql */
    const char *words_zh, *words_bo, *words_en; /* JSON text, embedded */
};

/* ---- reactions: modules joined without knowing each other (src/app/reactions.c) ------------------------- */
typedef struct Reaction {
    const char *on;   /* event type */
    const char *act;  /* action done by SYSTEM in the same transaction */
    Stmt each;        /* ($1 community, $2 matter of the event) -> "s": matters to act on, at most MANY_MAX */
    const char *at;   /* or, instead of `each`: the member of the event's data that names the one matter */
    /* Input for one matter; NULL skips it. */
    json_t *(*input)(Arena *a, const Event *e, Str matter);
} Reaction;

#endif
