/* What the core's files share among themselves; modules include core/module.h instead. */
#ifndef LINLI_CORE_INTERNAL_H
#define LINLI_CORE_INTERNAL_H

#include "core/clock.h"
#include "core/place.h"
#include "core/run.h"
#include "core/search.h"
#include "core/seal.h"

/* Each file's statements; ends with NULL. Registered by world_new. */
extern Stmt *const apply_statements[], *const plan_statements[], *const run_statements[], *const view_statements[],
    *const fire_statements[], *const glance_statements[], *const acting_statements[];
extern Stmt matter_load, matter_load_relations, matter_save, matter_save_relation, matter_drop_relation; /* matter.c */


/* ---- watch.c: where the writer's house-keeping has something to do. Its thread only. ---- */
typedef struct Watch {
    Str community;
    bool look; /* something may wait there */
    struct Watch *next;
} Watch;

typedef struct Watches {
    Arena *arena;
    Map *by_community;
    Watch *first;
} Watches;

Watches *watches_new(Arena *a, Db *db); /* all communities that there are, to be looked at once */
void watch_look(Watches *w, Str community);

void matter_relations_settle(Matter *m); /* after the fold: who is nothing to the matter has no row */
extern Stmt log_event_add, log_head_save;                        /* plan.c, run.c: replay adds to a log as well */

void matter_send_save(Db *db, Arena *a, const World *w, const Matter *m);
/* `was`: the relations that the store has, n of them. */
void matter_send_relation_changes(Db *db, Arena *a, const Relation *was, int n, const Matter *after);

/* ---- table.c, check.c ---- */
void world_check(const World *w, Buf *report); /* every fault one line */
const Field *module_field(const World *w, const Module *m, Str name); /* of any action of the module, by name */
const char *const *world_languages(void);      /* "zh","bo","en",NULL */
bool world_has_word(const World *w, int language, const Module *m, const char *key);
/* Does any reaction start on this event type? */
const json_t *world_words(const World *w, int language, int module); /* may be NULL */

/* ---- query.c: what a query row's texts mean; false or -1: they cannot be read ---- */
enum { COLUMNS_MAX = 40, ORDER_MAX = 3, QUERY_FILTERS_MAX = 12, QUERY_LIMIT_DEFAULT = 20, QUERY_LIMIT_MAX = 100 };
typedef struct Column {
    char name[40];
    char member[48]; /* ,"name": names are plain letters */
    Str key;         /* that text */
    char kind; /* action.h, Query.columns */
} Column;
typedef struct QueryOrder {
    int column[ORDER_MAX];     /* index among the columns */
    char name[ORDER_MAX][48];  /* as SQL names it: "m.changed_at" */
    int n;
    bool descending;           /* all of them run the same way */
} QueryOrder;
int query_columns(const Query *q, Column *columns); /* room for COLUMNS_MAX */
bool query_order(const char *order, const Column *columns, int n_columns, QueryOrder *out);
/* A page ends with the values of the columns that order it; `types` of all columns. ERR_INVALID at `after`. */
Str cursor_text(Arena *a, const QueryOrder *order, const DbRows *rows, int row);
Fail cursor_read(Arena *a, const char *types, const QueryOrder *order, Str text, DbVal *cursor) MUST_USE;
int query_limit_max(const Query *q);
int query_limit_default(const Query *q);
void query_register(World *w, const Query *q); /* composes and registers its statements */

/* ---- words.c: which word names what a row has ---- */
typedef enum WordOf { WORD_FIELD, WORD_COLUMN } WordOf;
/* Key under GET /words/{lang}: the module's own "column.NAME" or "field.NAME", else the one that all modules share,
 * "model.column.NAME". Without any: what the module should have. */
Str word_of(const World *w, const Module *m, WordOf of, const char *name);
/* Where the words of an enum's values begin: "report.value.unit.", for the states of the kind "report.state.". */
Str word_of_values(const World *w, const Module *m, const Field *f);
bool world_has_key(const World *w, int language, Str key); /* "report.field.text" */
bool world_reacts(const World *w, Str type);
Str action_type(Arena *a, const Module *m, const Action *act); /* "report.dispatch" */

/* ---- event.c ---- */
/* As event_parse, for bytes of our own log: whether they are is told by the chain of hashes. Bytes from a file go
 * through event_parse. */
Fail event_parse_own(Arena *a, const World *w, Str bytes, Event *e) MUST_USE;
typedef struct EventRow { /* columns of table event */
    Str community, id, matter, type;
    int64_t seq, at;
} EventRow;
/* True only if event_parse would take these bytes (but for what is inside data, clocks and tell, which is not looked
 * at), they are of today's shape, follow prev_hex and say what the columns say; then *hash is theirs. False proves
 * nothing: event_parse tells. */
bool event_is_sound(const World *w, Str bytes, const EventRow *row, Str prev_hex, Hash *hash);

/* ---- upcast.c ---- */
Fail event_upcast(Arena *a, const World *w, Event *e) MUST_USE; /* type, version and data of today */
void upcast_check(const World *w, Buf *report);

/* ---- shape.c ---- */
/* The member of an event's data that is missing, or is not as its field is stored; "" if data is no object; NULL: none.
 * Folds rely on it: what stands in a log need not have come from a server. */
const char *event_data_fault(const Field *fields, const json_t *data);

/* ---- apply.c ---- */
/* What is written of a matter by its last event only: held back in a replay, until it lets go of the matter. */
enum { HELD_ROWS_MAX = 2 };
typedef struct HeldClock {
    Str name;
    int64_t due_at;
    bool runs;
} HeldClock;
typedef struct Held {
    RowFn *rows[HELD_ROWS_MAX];
    HeldClock *clocks; /* in the matter's arena, like `tokens` */
    int n_rows, n_clocks, clocks_cap;
    bool words; /* the words that it is found by have changed: now `tokens` */
    Str tokens;
} Held;

typedef struct Counter {
    const char *module;
    int64_t n;
} Counter;

typedef struct ApplySelf { /* Apply.self */
    const Seals *seals;
    KeyCache *keys;
    Db *key_db; /* replay: keys are loaded from here; live: NULL, plan has loaded them */
    Held *held;        /* replay: of the event's matter; live: NULL, all is sent at once */
    Counter *counters; /* replay: MODULES_MAX of them, the numbers given last; 0 none */
} ApplySelf;
/* Sends what was held back, and the matter itself. `stored`: the store has rows of it, its relations are was[0..n). */
void held_send(const World *w, Apply *a, const Matter *m, Held *h, bool stored, const Relation *was, int n);
void held_send_rows(Apply *a, const Matter *m, Held *h); /* only those of apply_row, as the matter is now */
void counters_send(Apply *a, Str community, Counter *counters);
void apply_init(Apply *a, ApplySelf *self, Arena *arena, Db *db, bool replay);
Str apply_tokens(Apply *a, Str text);
Str apply_receipt(Apply *a, const Event *e); /* the receipt code of an anonymous report's matter */

/* ---- plan.c: one row of a command, from load to event ---- */
enum { SUBJECTS_MAX = 4, FILES_MAX = 32, REACTION_DEPTH_MAX = 3 };

typedef struct Plan {
    Command *command;
    Arena *arena;
    Str community;
    int row;              /* index in the command's rows; for messages */
    const Module *module;
    const Action *action;
    const Actor *actor;
    Str matter;
    int64_t version;      /* -1: not given */
    json_t *input;
    int depth;            /* 0 asked for, 1..3 reactions */
    Str subjects[SUBJECTS_MAX]; /* whose keys this row needs */
    DbRows *key_rows[SUBJECTS_MAX]; /* NULL: was in the cache */
    bool new_key[SUBJECTS_MAX];
    int n_subjects;
    DbRows *matter_rows, *relation_rows;
    DbRows **reads[READS_MAX]; /* per read: one answer per key */
    int n_reads[READS_MAX];
    DbRows *file_rows[FILES_MAX];
    int n_files;
    const Event *const *earlier; /* of the command's rows before this one */
    const json_t *const *earlier_inputs;
    int n_earlier;
    const Matter *before;
    Matter *after;
    Event event;
    struct Plan *next;
} Plan;

typedef struct Head { /* one community's chain, as the writer knows it */
    Str community;
    bool fresh;    /* no row in the store yet */
    int64_t seq;
    Hash hash;
    int64_t at;    /* of the last event */
    Counter counters[MODULES_MAX];
    Places *places;
    Calendar *calendar;
} Head;

typedef struct Planner { /* what a batch lends to its plans */
    const World *world;
    Db *db;
    Seals *seals;
    KeyCache *keys;
} Planner;

/* Validates; false with the command's errors filled if the input cannot be right. */
bool plan_check(Planner *p, Plan *plan);
const Planner *runner_planner(const Runner *r);
/* Sends what decide will read. `known`: the matter as this command already has it, or NULL. */
void plan_send(Planner *p, Plan *plan, const Matter *known);
/* conflict.c: takes what a checked command acts on and depends on; false if another one has some of it. */
bool command_take_keys(Arena *a, Map *taken, const Command *c);
/* After the sync: rights, state, version, decide, seal, fold, clocks, bytes. Moves head on. */
Fail plan_decide(Planner *p, Plan *plan, Head *head, const Matter *known, int64_t now);
/* Sends the event and its state. */
void plan_write(Planner *p, Plan *plan);
void plan_fault(Plan *plan, Fail f); /* into the command's errors, with the row's path */

#endif
