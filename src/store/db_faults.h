/* A SQLite VFS for tests: counts writes and syncs, fails the Nth, reports the disk full until told
 * otherwise, and can lose everything that was not synced, as a power cut does. Registered under the
 * name "faults". */
#ifndef LINLI_DB_FAULTS_H
#define LINLI_DB_FAULTS_H

#include "base/base.h"

void faults_register(void);
void faults_clear(void);
void faults_fail_write(int64_t nth); /* the nth write from now answers SQLITE_IOERR */
void faults_fail_sync(int64_t nth);
/* A sync that fails also takes back what it should have kept, as Linux may: pages that could not be
 * written count as clean and fall out of memory. */
void faults_forget_failed_syncs(bool forget);
void faults_disk_full(bool full);     /* writes that grow a file answer SQLITE_FULL while true */
void faults_lie_about_sync(bool lie); /* negative control: syncs do nothing */
/* Rolls every file back to what had been synced. Connections that are open then are dead: whatever
 * they do fails until they are closed, and nothing can be opened before. No other thread may be
 * inside SQLite. */
void faults_power_cut(void);
/* The same, but of what was not synced a part survives, in any order and torn: seed is not 0. */
void faults_power_cut_some(uint64_t seed);
int64_t faults_writes(void);
int64_t faults_syncs(void);

#endif
