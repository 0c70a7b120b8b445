/* outbox: what leaves the house. A row per event and target is written in the event's own transaction, so that no crash
 * loses one; a thread of its own sends it after the commit, again and again with growing pauses, and what could not be
 * sent in the end stays visible as a dead letter until somebody decides.
 *
 * Whom a row is for is decided from rows: the webhooks that a community has subscribed, through audience_may(), and the
 * persons whom the event tells, if they asked for mail. At least once: a receiver knows a repeat by the event's id.
 *
 * A lane is what fails together: one webhook, or the mail server. In a lane one parcel is under way at a time, and
 * after a failure the lane waits, so that one dead receiver holds up nobody else and is not hammered. */
#ifndef LINLI_OUTBOX_H
#define LINLI_OUTBOX_H

#include "core/module.h"

#include <stdatomic.h>

enum {
    RETRIES_LISTED_MAX = 16,
    PARCEL_CODE_MAX = 24,
    OUTBOX_KEEP_DAYS = 7, /* delivered rows; dead ones stay until they are dropped or retried */
};

extern const Module module_webhook;

typedef enum Outcome {
    DELIVERED,
    FAILED,  /* again later; the lane waits too */
    REFUSED, /* this one will never go (unknown mailbox): dead at once */
} Outcome;

typedef struct Parcel {
    Arena *arena; /* its own */
    Str community, id, lane, target, event;
    int64_t seq;
    int attempts; /* before this one */
    int64_t now;  /* ms, when it was handed over */
    bool mail;
    /* webhook */
    Str url, secret, body;
    /* mail */
    Str to, subject, text;
    /* out */
    Outcome outcome;
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
    Channel webhook, mail;
    /* Pauses after the first, second ... failure; after the last one it is dead. */
    int64_t retry_ms[RETRIES_LISTED_MAX];
    int n_retries;          /* 0: 10 s, 1 min, 5 min, 30 min, 2 h, 6 h, 12 h, 24 h */
    const char *public_url; /* where a mail says to look */
} OutboxConfig;

/* ---- inside core ---- */
/* Sends the inserts for one event; live only, before the module's own writes. */
void outbox_fill(const World *w, Apply *a, const Matter *after, const Event *e);
/* Pause after `failures` failures in a row, with up to a fifth more or less; -1: no more. Pure but for the seam. */
int64_t outbox_pause(const OutboxConfig *c, int failures);
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
    void *server; /* of write */
    Fail (*write)(void *server, Fail (*fn)(void *self, Db *db), void *self);
    OutboxCounts *counts;
} OutboxStart;
Outbox *outbox_start(Arena *a, const OutboxStart *s, Fail *f) MUST_USE;
/* What is under way is finished or given up within two seconds; its rows say how it went, or wait. */
void outbox_stop(Outbox *o);
/* Any thread, also the writer's: something may wait in this community. */
void outbox_news(Outbox *o, Str community);

/* ---- syntax.c: pure ---- */
/* "*", a kind of matter ("report"), or a type of event ("report.close"). */
bool webhook_topic_valid(Str s);
/* http or https, a host, printable ASCII, no credentials and no fragment. Where it leads is asked at every connection
 * (src/port/deliver), not here: names change. */
bool webhook_url_valid(Str url);
/* One mailbox as it can stand in a mail's head and in SMTP as it is: a part of RFC 5321's, nothing quoted. */
bool mailbox_valid(Str s);

/* ---- parcel.c ---- */
/* The next one of a lane: *due_at is when (0: nothing waits). A parcel only if it is due; its outcome is REFUSED
 * already when whom it was for is gone, or may not hear it any more. */
Parcel *parcel_next(const World *w, const OutboxConfig *c, Db *db, KeyCache *keys, Str community, Str lane, int64_t now,
                    int64_t *due_at, Fail *f) MUST_USE;
extern Stmt *const fill_statements[], *const parcel_statements[], *const deliver_statements[];

#endif
