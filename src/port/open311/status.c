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

const StatusRow *status_of(Str state)
{
    const StatusRow *row = status_rows;
    while (row->state != NULL && !str_is(state, row->state))
        row++;
    return row->state != NULL ? row : &status_rows[0];
}
