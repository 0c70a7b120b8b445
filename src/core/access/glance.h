/* glance: who looked at a matter with somebody's words in it without having to do with it (docs/PRIVACY.md). One row of
 * the access log for each person, matter and day; the asking is not slower for it: rows are collected here and written
 * by the writer within a second. With no room left, or nowhere to write, nothing is shown. */
#ifndef LINLI_GLANCE_H
#define LINLI_GLANCE_H

#include "core/query.h"

typedef struct Glances Glances;

Glances *glances_new(Arena *a); /* lives as long as the arena; shared by threads */
/* After a view was answered: OK when it may be shown. With no room for one more look the writer makes some; without
 * a runner, on a reader, it is `busy`: ask the writer, or again in a second. g NULL (tests): nothing is noted. */
Fail glances_note(Glances *g, const Reading *r, Runner *runner) MUST_USE;
/* The same row for a look that is no view's, sent inside a transaction on the writer. */
void glance_send(Db *db, Arena *a, Str community, Str subject, Str reader, Str what, Str matter, int64_t now);
/* On the writer, outside of a transaction. What could not be written stays. */
Fail glances_flush(Glances *g, Runner *runner) MUST_USE;

#endif
