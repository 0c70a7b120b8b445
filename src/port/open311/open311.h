/* open311: the GeoReport v2 door, /open311/v2/. What its files share. Sources: the public GeoReport v2 and Service
 * Discovery texts of open311.org, and mySociety's extension for updates of requests.
 *
 * Nothing here writes: what comes in becomes an action of the kind `report`, by the one write path, done by the key's
 * own actor. What goes out is what the public page says of a report: coarse place, the desk's own title, and nobody's
 * words. */
#ifndef LINLI_PORT_OPEN311_H
#define LINLI_PORT_OPEN311_H

#include "core/serve/call.h"
#include "port/open311/out.h"

enum {
    OPEN311_ROWS_MAX = 1000, /* requests in an answer, as GeoReport has it */
    OPEN311_DAYS_MAX = 90,   /* between start_date and end_date */
    OPEN311_IDS_MAX = 100,   /* of a list in a parameter */
    OPEN311_PAGES_MAX = 1000,
};

/* ---- ask.c: what every request begins with, and how it is refused ---- */
typedef struct Ask {
    CallCtx *c;
    Format format;
    Str community;        /* by path, key or jurisdiction_id */
    const char *language; /* of names and words: language=, else zh */
} Ask;
/* By the path's ending and jurisdiction_id; ERR_NOT_FOUND for a jurisdiction that is not here. */
Fail ask_begin(CallCtx *c, Ask *a) MUST_USE;
Str ask_file(const CallCtx *c); /* the path's last part without its ending; "" if it has none of ours */
/* A query parameter; an empty one is an absent one. */
Str ask_param(const Ask *a, const char *name);
/* start_date, end_date: at most OPEN311_DAYS_MAX apart, the last ones where nothing is said. */
typedef struct Span {
    int64_t from, until; /* ms, until is not in it */
} Span;
Fail ask_span(const Ask *a, Span *span) MUST_USE;
Fail ask_page(const Ask *a, int rows_max, int64_t *offset, int64_t *size) MUST_USE; /* page, page_size */
/* "a, b" -> ",a,b,", as the statements want it; "" for none. ERR_INVALID too_many. */
Fail ask_csv(const Ask *a, const char *name, Str *list, int *n) MUST_USE;
const char *ask_type(Format format);
void ask_answer(Ask *a, Out *o); /* the reply, with its type */
/* Of {zh, bo, en} as JSON text, in the asker's language. */
Str ask_name(const Ask *a, Str names);
void open311_refuse(HttpRequest *rq, Arena *a, const Fail *f, HttpReply *r); /* Call.refuse */

/* ---- status.c: one table of data ---- */
typedef struct StatusRow {
    const char *state;  /* of a report */
    const char *status; /* "open", "closed" */
    const char *update; /* "IN_PROGRESS": of an update */
} StatusRow;
extern const StatusRow status_rows[]; /* ends with {0} */
const StatusRow *status_of(Str state);
typedef struct PostedRow { /* an update that comes in */
    const char *status, *state; /* state: of the request now; NULL: any */
    const char *act;            /* action of the kind `report` */
    const char *words;          /* its field that holds the description; NULL: it has none */
    bool words_required, photos, solved;
} PostedRow;
const PostedRow *posted_of(Str status, Str state); /* NULL: there is no such status */

/* What never leaves here: a quarrel is confidential from its first word, whoever tells it. For a FROM that names the
 * category `c`. */
#define OPEN311_SHOWN " c.default_role <> 'mediator' AND c.icon <> 'quarrel'"

/* ---- service.c, request.c ---- */
Fail discovery_run(CallCtx *c), services_run(CallCtx *c), service_run(CallCtx *c);
Fail requests_run(CallCtx *c), request_run(CallCtx *c), requests_csv_run(CallCtx *c), token_run(CallCtx *c);
extern Stmt *const service_statements[], *const request_statements[];
extern Stmt service_load; /* ($1 community, $2 code) -> "ss": name, form; no row for what is not shown */

/* ---- report.c, update.c ---- */
Fail report_run(CallCtx *c), updates_run(CallCtx *c), update_run(CallCtx *c);
extern Stmt *const report_in_statements[], *const update_statements[];

#endif
