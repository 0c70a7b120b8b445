/* job: what is longer than a call may be. Rows are input for one action that takes many; they come in parts, can be
 * checked without writing anything, and are then done in chunks, each chunk one command with an id made of job and row,
 * so that a crash between two steps neither loses nor doubles a row. A job acts for who started it: with the roles that
 * person still has at each chunk, and never with more than at the start.
 *
 * The writer does one round between two batches (worker.c), so that nobody waits longer than a chunk takes. */
#ifndef LINLI_JOB_H
#define LINLI_JOB_H

#include "core/internal.h"
#include "core/module.h"

enum {
    JOB_PART_ROWS_MAX = MANY_MAX,
    JOB_PART_BYTES_MAX = 1024 * 1024,
    JOB_ROWS_MAX = 1000000,
    JOB_CHUNK = 250,          /* rows of one command */
    JOB_CHUNK_SINGLY = 50,    /* the same where each row is a command of its own */
    JOB_DROP_HOURS = 30 * 24, /* staged and never started: the rows go */
};

extern const Module module_job;

enum {
    JOB_STAGING,
    JOB_CHECKING,
    JOB_CHECKED,
    JOB_RUNNING,
    JOB_DONE,
    JOB_STOPPED,
    JOB_UNDOING,
    JOB_UNDONE,
    JOB_DROPPED
};

typedef enum RowStatus {
    ROW_WAITS = 0,
    ROW_DONE = 1,
    ROW_REFUSED = 2,
    ROW_UNDONE = 3,
    ROW_KEPT = 4,   /* could not be undone */
    ROW_SINGLY = 5, /* waits, and its chunk could not be done at once: row by row */
    ROW_MISREAD = 6, /* the sheet says something that no row can be made of: refused when its turn comes */
} RowStatus;

typedef struct Jobs Jobs;               /* the writer's */
Jobs *jobs_new(Arena *a, Runner *r);    /* all communities are looked at once */
void jobs_look(Jobs *j, Str community); /* something may be to do there */
typedef enum Worked { NOTHING_TO_DO, DID_SOME, TRY_LATER } Worked;
/* One chunk of one job. TRY_LATER: the store does not take it at the moment. */
Worked jobs_round(Jobs *j, int64_t now);

/* ---- inside ---- */
typedef struct JobRow {
    int64_t n, version;
    Str matter;
    json_t *input;
    bool singly;
    bool skip;     /* nothing to undo */
    bool done;     /* by itself, before a crash */
    Fail why;      /* OK: not refused */
    bool recorded; /* why is in the table */
} JobRow;
typedef struct Staging { /* rows on their way into a job */
    CallCtx *c;
    Str job, hash, action_type;
    const Module *module; /* of what the rows are input for */
    const Action *action;
    int64_t part, last_part, total;
    json_t *rows;
    bool creates, open; /* open: takes more rows */
    Key key;
} Staging;
/* The job, if this actor may; wrong_state when it takes no more rows, unless what comes is a repetition. */
Fail job_stage_load(Staging *s, bool repeated) MUST_USE;
Fail job_stage_sums(Staging *s) MUST_USE; /* last_part and total */
Fail job_stage_key(Staging *s) MUST_USE;
/* sheet_row 0: of no sheet. misread: what is wrong with it already; OK: nothing. */
void job_stage_row(const Staging *s, int64_t n, json_t *row, int64_t sheet_row, Fail misread);
void job_stage_part(Staging *s, int64_t part, int64_t n);
Fail job_stage(CallCtx *c); /* POST /jobs/{id}/rows */

/* sheet.c: rows out of an xlsx or CSV file (an upload of kind `sheet` of which the job is the matter) */
Fail job_sheet_take(CallCtx *c), job_sheet_look(CallCtx *c), job_sheet_map(CallCtx *c), job_sheet_rows(CallCtx *c);
Fail job_sheet_wrong(CallCtx *c); /* the cells of refused rows, to be mended and brought in again */
extern const Field job_sheet_fields[], job_mapping_fields[];
extern Stmt *const job_round_statements[], *const job_stage_statements[], *const job_sheet_statements[];

#endif
