/* run: the one write path. Commands go in, events come out durable.
 *
 * A batch is one transaction: begin, load everything in one pipeline, decide and fold in memory (reactions likewise,
 * at most four rounds), write in one pipeline, commit. Refusals come before writes. If a write fails, the batch is
 * rolled back and its commands run one by one, so a poisoned command never takes its neighbours down. */
#ifndef LINLI_RUN_H
#define LINLI_RUN_H

#include "core/world.h"

typedef struct CommandRow {
    Str matter;      /* existing, or the id that a creating action gives */
    int64_t version; /* seen by the person; -1: not given */
    json_t *input;   /* raw members; validated by run */
} CommandRow;

typedef struct Command {
    Arena *arena;        /* everything here and every result lives in it */
    Str community;
    const Module *module;
    const Action *action;
    const Actor *actor;
    Str client_id;       /* "" : made by the server, not repeatable */
    Str body_hash;       /* hex; "" with client_id "" */
    int64_t claimed_at;  /* 0: none */
    int64_t now;         /* 0: the clock's, taken when the batch starts */
    CommandRow *rows;
    int n_rows;          /* 1 unless many */
    bool many;
    const char *clock;   /* the clock that fired, if one did */
    bool late;           /* waited on a phone: however long ago it was claimed to be */
    bool dry;            /* decides and writes nothing: errors as if it had; no reply */
    /* results */
    Fail fail;
    Errors errors;       /* more than one thing wrong: paths begin with rows[i] when many */
    bool repeated;       /* the answer of an earlier, identical command */
    json_t *reply;       /* {"id","number","state","version","seq","at"} or {"rows":[...]} */
    Event *events;       /* what this command did, reactions included; for live and tests */
    int n_events;
    /* internal */
    void *plan; /* its rows as they were checked */
    struct Command *next;
} Command;

/* Parses an HTTP or CLI body into a command's rows: {"id","version","claimed_at",...} or {"rows":[...]}. */
Fail command_read(Command *c, Str matter_from_path, Str body, Str idempotency_key) MUST_USE;

typedef struct Runner Runner; /* the writer's state: connection, head cache, key cache */
typedef struct Seals Seals;   /* core/seal.h */

extern Stmt communities_all; /* -> "s": every community that has a chain, by code */

typedef struct RunnerHooks { /* after commit, on the writer's thread, before anybody is answered */
    void *self;
    void (*committed)(void *self, const Event *events, int n);
} RunnerHooks;

Runner *runner_new(Arena *a, const World *w, Db *db, Seals *seals, RunnerHooks hooks);
/* Runs commands, in order, in as few batches as conflicts allow; fills each one's results. Never fails as a whole. */
void runner_run(Runner *r, Command **commands, int n);
/* A call or logged query on the writer: fn runs inside a transaction of its own. */
Fail runner_call(Runner *r, Fail (*fn)(void *self, Db *db), void *self) MUST_USE;
/* An event is never earlier than the one before it in its community by less than this: a clock that was set back by an
 * hour gives events of the same moment for an hour. A clock that was further off counts as it is, with a warning. */
enum { CLOCK_BACK_MS_MAX = 2 * 3600 * 1000 };
/* Fires clocks that are due at `now`, at most `max`; returns how many fired. One that cannot be done does not hold up
 * those behind it. (fire.c) */
int runner_fire(Runner *r, int64_t now, int max);
int64_t runner_next_due(Runner *r); /* ms, 0: none */
Db *runner_db(Runner *r);
void runner_forget(Runner *r); /* drops all cached heads, keys, places */
const Places *runner_places(Runner *r, Str community);

/* ---- events (event.c) ---- */
enum { EVENT_BYTES_MAX = 64 * 1024 };
/* bytes = canonical JSON with format version; hash = SHA-256("linli event 1\n" + bytes). Fails over 64 KB. */
Fail event_print(Arena *a, Event *e, const World *w) MUST_USE;
Hash event_bytes_hash(Str bytes); /* what the chain and its tree know of it */
/* Parses stored bytes; checks format version. Upcasts old data shapes. */
Fail event_parse(Arena *a, const World *w, Str bytes, Event *e) MUST_USE;
/* The fold of one event on a matter: core's part, then the module's. Same code live and in replay. */
void event_fold(const World *w, Matter *m, const Event *e);
/* Sends every state write of one event: matter, relations, timeline, clocks, search, notices, module tables. */
void event_apply(const World *w, Apply *a, const Matter *before, const Matter *after, const Event *e);
/* Matter rows to and from the store. */
DbRows *matter_send_load(Db *db, Arena *a, Str community, Str id);
DbRows *matter_send_relations(Db *db, Arena *a, Str community, Str id);
Fail matter_from_rows(Arena *a, const World *w, const DbRows *matter, const DbRows *relations, Matter *m) MUST_USE;
/* For who only shows it: m->data stays NULL, matter_data is its text. */
Fail matter_without_data(Arena *a, const World *w, const DbRows *matter, const DbRows *relations, Matter *m) MUST_USE;
Str matter_data(const DbRows *matter);
Matter *matter_copy(Arena *a, const Matter *m);

/* ---- rights (rights.c) ---- */
/* May the actor do this row to this matter (NULL: not loaded yet, role check only)? */
bool rights_may(Roles may, Relations who, Relations unless, const Actor *actor, const Matter *m, Str place,
                int64_t now);
Relations actor_relations(const Actor *a, const Matter *m);
/* Somebody who has, had or confirmed the matter says nothing about it in another's name. */
bool actor_on_both_sides(const Actor *a, const Matter *m);
/* The actor that `by` is while acting for this person, whose say-so acting_holds() must have found. */
Actor *actor_acting(Arena *a, const Actor *by, Str person);
Fail acting_check(Db *db, Arena *a, Str community, Str by, Str person, int64_t now) MUST_USE; /* ERR_FORBIDDEN: no */
/* What an actor counts as when reading this matter. */
Audience audience_of(const Actor *a, const Matter *m, int64_t now);
bool audience_may(Audience viewer, Audience of_thing);

#endif
