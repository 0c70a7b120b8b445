/* outbox: what leaves the house. A row per event and target is written in the event's own transaction, so that no crash
 * loses one; a thread of its own sends it after the commit, again and again with growing pauses.
 *
 * Two kinds of rows. For a program: a webhook that the community has subscribed, filtered through audience_may(); what
 * could not be sent in the end stays visible as a dead letter until somebody decides. For a person whom the event
 * tells: one row, which goes along that person's own order of channels (table person_channel). When one refuses or
 * stays silent, or this server has no such channel, the row moves on to the next, and after the last it becomes a line
 * on the phone list of the officers there (kind `call`). See docs/decisions/telling.md.
 *
 * At least once: a receiver knows a repeat by the event's id.
 *
 * A lane is what fails together: one webhook, the mail server, a push service. In a lane one parcel is under way at a
 * time, and after a failure the lane waits, so that one dead receiver holds up nobody else and is not hammered. */
#ifndef LINLI_OUTBOX_H
#define LINLI_OUTBOX_H

#include "core/module.h"

#include <stdatomic.h>

enum {
    RETRIES_LISTED_MAX = 16,
    PARCEL_CODE_MAX = 24,
    OUTBOX_KEEP_DAYS = 7, /* delivered rows; dead ones stay until they are dropped or retried */
    PUSH_ID_CHARS = 32,
    PUSH_LANES = 8, /* a push service is one of so many lanes, by its host */
    PUSHES_MAX = 8, /* of one person */
    /* of telling persons, unless the setting `telling` says otherwise */
    TELL_WAIT_MS = 60 * 1000,           /* so long in the app alone, before anything leaves */
    TELL_URGENT_MS = 2 * 3600 * 1000,   /* a matter with so short a limit in plain hours is an emergency */
    TELL_QUIET_FROM = 22 * 60,
    TELL_QUIET_UNTIL = 7 * 60,
    TELL_CALL_AFTER_MS = 10 * 60 * 1000, /* an emergency for somebody without any channel: then they are called */
    TELL_CALL_DAYS = 7,                  /* nobody is rung about what is older */
    TELL_TRIES = 3,                      /* on each channel but the last one */
    TELL_TRIES_LAST = 6,                 /* on the last one: about nine hours */
};

extern const Module module_webhook;

typedef enum Outcome {
    DELIVERED,
    FAILED,    /* again later; the lane waits too */
    REFUSED,   /* this one will never go (unknown mailbox) */
    POSTPONED, /* not now: quiet hours. until due_at */
} Outcome;

/* How something leaves. */
typedef enum Way { BY_WEBHOOK, BY_PUSH, BY_MAIL, BY_SMS, BY_PHONE, WAYS_N } Way;
const char *way_name(Way w);

/* How what is sent to a webhook is written: as linli's own (JSON, signed), or as a group's robot wants it. */
typedef enum Template { FOR_PROGRAMS, FOR_WECOM, FOR_DINGTALK, TEMPLATES_N } Template;
extern const char *const template_names[]; /* ends with NULL */

typedef struct PushTo { /* one browser of a person */
    Str id, endpoint, p256dh, auth;
    bool gone; /* out: the push service has forgotten it (404, 410) */
} PushTo;

typedef struct Parcel {
    Arena *arena; /* its own */
    Str community, id, lane, target, event;
    int64_t seq;
    int attempts; /* before this one */
    int64_t now;  /* ms, when it was handed over */
    Way way;
    bool person;   /* target is one */
    bool last;     /* their last channel */
    bool urgent;
    int64_t rank;
    int lane_failures; /* in a row, before this one */
    /* webhook */
    Str url, secret, body, token;
    Template template;
    /* mail and text message */
    Str to, subject, text;
    /* push: body is what is sealed for each */
    PushTo pushes[PUSHES_MAX];
    int n_pushes;
    /* phone list: what it is about, and why nobody could be reached */
    Str matter, place, why;
    int64_t number;
    int64_t told_at; /* when the event was that they are told of, ms */
    /* out */
    Outcome outcome;
    bool unsent;                /* decided without asking anybody */
    int64_t due_at;             /* POSTPONED */
    char code[PARCEL_CODE_MAX]; /* "http_500", "timeout": no address, no personal data */
    struct Parcel *next;
} Parcel;

/* How a parcel leaves; src/port/deliver. Blocks for at most about ten seconds, on a thread of the outbox; gives up when
 * *ending is set. Sets outcome and code. */
typedef struct Channel {
    void (*send)(void *self, Parcel *p, const atomic_bool *ending); /* NULL: there is no such channel */
    void *self;
} Channel;

typedef struct OutboxConfig {
    Channel by[WAYS_N]; /* BY_PHONE is the outbox's own */
    /* Pauses after the first, second ... failure; after the last one it is dead. */
    int64_t retry_ms[RETRIES_LISTED_MAX];
    int n_retries;          /* 0: 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, 12 h, 24 h */
    const char *public_url; /* where a message says to look */
    Str push_key;           /* what browsers subscribe with, base64url; "": no push */
} OutboxConfig;

/* ---- inside core ---- */
/* Sends the inserts for one event; live only, before the module's own writes. */
void outbox_fill(const World *w, Apply *a, const Matter *after, const Event *e);
/* Pause after `failures` failures in a row, with up to a fifth more or less; -1: no more. Pure but for the seam. */
int64_t outbox_pause(const OutboxConfig *c, int failures);
/* The same for this parcel after one more failure: a person's row tries a channel less often, for there is another. */
int64_t parcel_pause(const OutboxConfig *c, const Parcel *p);
int64_t outbox_lasts_ms(const OutboxConfig *c); /* all pauses together */

typedef struct Outbox Outbox;
typedef struct OutboxCounts { /* any thread adds */
    atomic_llong delivered, failed, died;
    atomic_llong waiting, dead; /* levels */
} OutboxCounts;
typedef struct OutboxStart {
    const OutboxConfig *config;
    const World *world;
    Seals *seals;
    DbConfig db;
    void *server; /* of write and submit */
    Fail (*write)(void *server, Fail (*fn)(void *self, Db *db), void *self);
    Fail (*submit)(void *server, Command *command);
    OutboxCounts *counts;
} OutboxStart;
Outbox *outbox_start(Arena *a, const OutboxStart *s, Fail *f) MUST_USE;
/* What is under way is finished or given up within two seconds; its rows say how it went, or wait. */
void outbox_stop(Outbox *o);
/* Any thread, also the writer's: something may wait in this community. */
void outbox_news(Outbox *o, Str community);

/* ---- syntax.c, quiet.c: pure ---- */
/* "*", a kind of matter ("report"), or a type of event ("report.close"). */
bool webhook_topic_valid(Str s);
/* http or https, a host, printable ASCII, no credentials and no fragment. Where it leads is asked at every connection
 * (src/port/deliver), not here: names change. */
bool webhook_url_valid(Str url);
bool push_endpoint_valid(Str url); /* the same, with a path */
Str push_id(Arena *a, Str endpoint);
Str push_lane(Arena *a, Str endpoint);
/* One mailbox as it can stand in a mail's head and in SMTP as it is: a part of RFC 5321's, nothing quoted. */
bool mailbox_valid(Str s);
/* 0: it is not quiet now; else when it ends, ms. Minutes from midnight in that zone; the same twice: never quiet. */
int64_t quiet_ends_at(int64_t now, int zone_minutes, int64_t from_minute, int64_t until_minute);

/* A robot's address without its query: what stands there ("key", "access_token") lets whoever knows it speak in the
 * group, and is a secret of its own field. */
bool robot_url_valid(Str url);

/* ---- parcel.c, tell.c ---- */
typedef struct Packing { /* what it takes to make parcels */
    const World *world;
    const OutboxConfig *config;
    Db *db;
    KeyCache *keys;
} Packing;
/* The next one of a lane: *due_at is when (0: nothing waits). A parcel only if it is due; its outcome is something else
 * than FAILED already when nobody has to be asked: whom it was for is gone, has seen it, sleeps, or has no such
 * channel. */
Parcel *parcel_next(const Packing *with, Str community, Str lane, int64_t now, int64_t *due_at, Fail *f) MUST_USE;
/* The rest is tell.c's, for persons. */
Fail tell_fill(const Packing *with, Parcel *p, const DbRows *event) MUST_USE;
/* Sends what becomes of a person's row: along to the next channel, at the end to the phone list. */
void tell_send_move(Db *db, Arena *a, const Parcel *p, int64_t now);
/* Sends all rows of a lane that is down along, but for those that have nowhere to go. */
void tell_send_lane_on(Db *db, Arena *a, const Parcel *p, int64_t now);
/* A line on the phone list; the lines of browsers that are gone. On a carrier's thread. */
void tell_call(const OutboxStart *with, Parcel *p);
void tell_drop_gone(const OutboxStart *with, Parcel *p);
/* The webhook's parts of a parcel (parcel.c); false if there is none. */
Str parcel_opened(const Packing *with, Arena *a, Str community, Str sealed);
/* The body of a robot's message: one link under one line, in that language. */
Str robot_body(const Packing *with, const Parcel *p, const char *language);
bool parcel_fill_webhook(const Packing *with, Parcel *p, const DbRows *webhook, const DbRows *event);
extern Stmt parcel_webhook;
extern Stmt *const fill_statements[], *const parcel_statements[], *const tell_statements[], *const deliver_statements[];

#endif
