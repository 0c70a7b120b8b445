/* Done is what the handler says; it is fixed when somebody else has seen it. */
#include "port/open311/open311.h"

const StatusRow status_rows[] = {
    { "collected", "open", "OPEN" },
    { "registered", "open", "INVESTIGATING" },
    { "dispatched", "open", "ACTION_SCHEDULED" },
    { "handling", "open", "IN_PROGRESS" },
    { "done", "open", "IN_PROGRESS" },
    { "verified", "open", "FIXED" },
    { "closed", "closed", "CLOSED" },
    { "refused", "closed", "NO_FURTHER_ACTION" },
    { "withdrawn", "closed", "NO_FURTHER_ACTION" },
    { "merged", "closed", "DUPLICATE" },
    { 0 },
};

/* What a reporter's program says has come about, and by which action of its own it says so. The first row whose status
 * and state both fit; a state of NULL is any. */
#define NOTES(its_status)                                                                                              \
    { .status = its_status, .act = "report.note", .words = "text", .words_required = true, .photos = true }
#define RATES(its_status, its_state)                                                                                   \
    { .status = its_status, .state = its_state, .act = "report.rate", .words = "text", .solved = true }
#define REOPENS(its_state)                                                                                             \
    { .status = "OPEN", .state = its_state, .act = "report.reopen", .words = "reason", .words_required = true }
#define WITHDRAWS(its_status, its_state) { .status = its_status, .state = its_state, .act = "report.withdraw" }
static const PostedRow posted_rows[] = {
    REOPENS("closed"),
    REOPENS("refused"),
    RATES("FIXED", "done"),
    RATES("FIXED", "verified"),
    RATES("FIXED", "closed"),
    WITHDRAWS("CLOSED", "collected"),
    WITHDRAWS("CLOSED", "registered"),
    WITHDRAWS("NO_FURTHER_ACTION", "collected"),
    WITHDRAWS("NO_FURTHER_ACTION", "registered"),
    NOTES("OPEN"),
    NOTES("IN_PROGRESS"),
    NOTES("INVESTIGATING"),
    NOTES("ACTION_SCHEDULED"),
    NOTES("FIXED"),
    NOTES("CLOSED"),
    NOTES("DUPLICATE"),
    NOTES("NO_FURTHER_ACTION"),
    NOTES("NOT_COUNCILS_RESPONSIBILITY"),
    NOTES("INTERNAL_REFERRAL"),
    { 0 },
};

const PostedRow *posted_of(Str status, Str state)
{
    for (const PostedRow *row = posted_rows; row->status != NULL; row++)
        if (str_is(status, row->status) && (row->state == NULL || str_is(state, row->state))) return row;
    return NULL;
}

const StatusRow *status_of(Str state)
{
    const StatusRow *row = status_rows;
    while (row->state != NULL && !str_is(state, row->state))
        row++;
    return row->state != NULL ? row : &status_rows[0];
}
