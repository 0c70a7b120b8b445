/* A VFS that stands before the usual one. Every write and cut of a file leaves a note of what was
 * there before, and a sync throws the notes of its file away: what a power cut may lose is exactly
 * what the notes can undo. Nothing is really synced, so tests are fast. Shared memory (xShm) goes
 * straight through: it does not outlive a power cut in any case, since SQLite makes it anew when
 * the first connection opens. */
#include "store/db_faults.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* One change since the last sync of its file, newest first. */
typedef struct Note {
    struct Note *older;
    int64_t at;       /* offset of the change */
    int64_t size_old; /* of the file */
    int n_old, n_new; /* bytes at `at`, before and after; a cut has no new ones */
    bool cut;
    char bytes[]; /* old, then new */
} Note;

typedef struct Tracked {
    struct Tracked *next;
    Note *notes;
    int open; /* handles */
    char path[];
} Tracked;

typedef struct Handle {
    sqlite3_file base;
    Tracked *tracked;                    /* NULL for temporary files */
    int epoch;                           /* of its opening: older than `power`, it is dead */
    _Alignas(sqlite3_int64) char real[]; /* SQLite aligns to no more than 8 */
} Handle;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of everything tracked */
static Tracked *tracked_first;
static sqlite3_vfs *real_vfs;
static atomic_int power; /* how many power cuts there were */
static atomic_int dead;  /* handles of before the last one that are still open */
static atomic_int open_handles;
static atomic_llong writes, syncs, fail_write_at, fail_sync_at;
static atomic_bool full, lying, forgetting;

static sqlite3_file *real(sqlite3_file *f) {
    return (sqlite3_file *)((Handle *)f)->real;
}

static bool is_dead(sqlite3_file *f) {
    return ((Handle *)f)->epoch != atomic_load(&power);
}

/* ---- notes ---- */
static void drop_notes(Tracked *t) {
    while (t->notes) {
        Note *n = t->notes;
        t->notes = n->older;
        free(n);
    }
}

static void take_note(Handle *h, int64_t at, const void *bytes, int n_new, bool cut) {
    sqlite3_file *f = (sqlite3_file *)h->real;
    sqlite3_int64 size = 0;
    if (f->pMethods->xFileSize(f, &size) != SQLITE_OK) abort();
    int64_t after = size > at ? size - at : 0;
    int n_old = (int)(cut || after < n_new ? after : n_new);
    Note *n = malloc(sizeof *n + (size_t)n_old + (size_t)n_new);
    if (!n) abort();
    *n = (Note){ h->tracked->notes, at, size, n_old, n_new, cut };
    if (n_old > 0 && f->pMethods->xRead(f, n->bytes, n_old, at) != SQLITE_OK) abort();
    if (n_new > 0) memcpy(n->bytes + n_old, bytes, (size_t)n_new);
    h->tracked->notes = n;
}

static Tracked *track(const char *path) {
    pthread_mutex_lock(&lock);
    Tracked *t = tracked_first;
    while (t && strcmp(t->path, path) != 0)
        t = t->next;
    if (!t) {
        size_t n = strlen(path) + 1;
        t = calloc(1, sizeof *t + n);
        if (!t) abort();
        memcpy(t->path, path, n);
        t->next = tracked_first;
        tracked_first = t;
    }
    t->open++;
    pthread_mutex_unlock(&lock);
    return t;
}

/* ---- undoing ---- */
static void put(int fd, const char *bytes, int n, int64_t at) {
    if (n > 0 && pwrite(fd, bytes, (size_t)n, at) != n) abort();
}

static void cut_to(int fd, int64_t size) {
    if (ftruncate(fd, size) != 0) abort();
}

/* splitmix64 */
static uint64_t next(uint64_t *seed) {
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* A disk need not write in order, nor more than whole sectors of a write. */
static void redo_some(int fd, const Note *n, uint64_t *seed) {
    enum { SECTOR = 512 };
    uint64_t dice = next(seed);
    if (dice % 3 == 0) return;
    int keep = n->n_new;
    if (dice % 3 == 1) keep = (int)(dice / 3 % (unsigned)(keep / SECTOR + 1)) * SECTOR;
    if (n->cut) {
        cut_to(fd, n->at);
    } else {
        put(fd, n->bytes + n->n_old, keep, n->at);
    }
}

static void undo(Tracked *t, uint64_t *seed) {
    if (!t->notes) return;
    int fd = open(t->path, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    Note *oldest_first = NULL;
    while (t->notes) {
        Note *n = t->notes;
        cut_to(fd, n->size_old);
        put(fd, n->bytes, n->n_old, n->at);
        t->notes = n->older;
        n->older = oldest_first;
        oldest_first = n;
    }
    while (oldest_first) {
        Note *n = oldest_first;
        if (*seed) redo_some(fd, n, seed);
        oldest_first = n->older;
        free(n);
    }
    close(fd);
}

/* ---- files ---- */
static int file_close(sqlite3_file *f) {
    Handle *h = (Handle *)f;
    int rc = real(f)->pMethods->xClose(real(f));
    pthread_mutex_lock(&lock);
    if (h->tracked) h->tracked->open--;
    if (is_dead(f)) atomic_fetch_sub(&dead, 1);
    atomic_fetch_sub(&open_handles, 1);
    pthread_mutex_unlock(&lock);
    return rc;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at) {
    if (is_dead(f)) return SQLITE_IOERR_READ;
    return real(f)->pMethods->xRead(real(f), to, n, at);
}

/* True for the one that is to fail. */
static bool count(atomic_llong *counter, atomic_llong *fail_at) {
    long long n = atomic_fetch_add(counter, 1) + 1;
    return n == atomic_load(fail_at);
}

static int file_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at) {
    Handle *h = (Handle *)f;
    if (is_dead(f)) return SQLITE_IOERR_WRITE;
    if (!h->tracked) return real(f)->pMethods->xWrite(real(f), bytes, n, at);
    sqlite3_int64 size = 0;
    int rc = real(f)->pMethods->xFileSize(real(f), &size);
    if (rc != SQLITE_OK) return rc;
    if (atomic_load(&full) && at + n > size) return SQLITE_FULL;
    bool failing = count(&writes, &fail_write_at);
    if (failing) n /= 2; /* half of it gets there, as it may on a real disk */
    pthread_mutex_lock(&lock);
    take_note(h, at, bytes, n, false);
    pthread_mutex_unlock(&lock);
    rc = real(f)->pMethods->xWrite(real(f), bytes, n, at);
    return failing ? SQLITE_IOERR_WRITE : rc;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size) {
    Handle *h = (Handle *)f;
    if (is_dead(f)) return SQLITE_IOERR_TRUNCATE;
    if (h->tracked) {
        pthread_mutex_lock(&lock);
        take_note(h, size, NULL, 0, true);
        pthread_mutex_unlock(&lock);
    }
    return real(f)->pMethods->xTruncate(real(f), size);
}

static int file_sync(sqlite3_file *f, int flags) {
    (void)flags;
    Handle *h = (Handle *)f;
    if (is_dead(f)) return SQLITE_IOERR_FSYNC;
    if (!h->tracked) return SQLITE_OK;
    bool failing = count(&syncs, &fail_sync_at);
    if (atomic_load(&lying) && !failing) return SQLITE_OK;
    pthread_mutex_lock(&lock);
    if (!failing) {
        drop_notes(h->tracked);
    } else if (atomic_load(&forgetting)) {
        uint64_t none = 0;
        undo(h->tracked, &none);
    }
    pthread_mutex_unlock(&lock);
    return failing ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size) {
    return real(f)->pMethods->xFileSize(real(f), size);
}

static int file_lock(sqlite3_file *f, int how) {
    return real(f)->pMethods->xLock(real(f), how);
}

static int file_unlock(sqlite3_file *f, int how) {
    return real(f)->pMethods->xUnlock(real(f), how);
}

static int file_check_lock(sqlite3_file *f, int *reserved) {
    return real(f)->pMethods->xCheckReservedLock(real(f), reserved);
}

static int file_control(sqlite3_file *f, int op, void *arg) {
    if (op == SQLITE_FCNTL_VFSNAME) {
        *(char **)arg = sqlite3_mprintf("faults/%s", real_vfs->zName);
        return SQLITE_OK;
    }
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int file_sector(sqlite3_file *f) {
    return real(f)->pMethods->xSectorSize(real(f));
}

static int file_traits(sqlite3_file *f) {
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **at) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, at);
}

static int shm_lock(sqlite3_file *f, int from, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), from, n, flags);
}

static void shm_barrier(sqlite3_file *f) {
    real(f)->pMethods->xShmBarrier(real(f));
}

static int shm_unmap(sqlite3_file *f, int remove) {
    return real(f)->pMethods->xShmUnmap(real(f), remove);
}

/* Version 2: without xFetch, so that every page goes through xRead and xWrite. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- the VFS ---- */
static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *flags_out) {
    (void)v;
    Handle *h = (Handle *)f;
    *h = (Handle){ .epoch = atomic_load(&power) };
    if (atomic_load(&dead) > 0) return SQLITE_CANTOPEN;
    int rc = real_vfs->xOpen(real_vfs, name, real(f), flags, flags_out);
    if (rc != SQLITE_OK) return rc;
    if (name && !(flags & SQLITE_OPEN_DELETEONCLOSE)) h->tracked = track(name);
    f->pMethods = &methods;
    atomic_fetch_add(&open_handles, 1);
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync_folder) {
    (void)v;
    if (atomic_load(&dead) > 0) return SQLITE_IOERR_DELETE;
    pthread_mutex_lock(&lock);
    for (Tracked *t = tracked_first; t; t = t->next)
        if (strcmp(t->path, name) == 0) drop_notes(t);
    pthread_mutex_unlock(&lock);
    return real_vfs->xDelete(real_vfs, name, sync_folder);
}

static int vfs_access(sqlite3_vfs *v, const char *name, int what, int *answer) {
    (void)v;
    return real_vfs->xAccess(real_vfs, name, what, answer);
}

static int vfs_full_path(sqlite3_vfs *v, const char *name, int n, char *to) {
    (void)v;
    return real_vfs->xFullPathname(real_vfs, name, n, to);
}

static int vfs_random(sqlite3_vfs *v, int n, char *to) {
    (void)v;
    return real_vfs->xRandomness(real_vfs, n, to);
}

static int vfs_sleep(sqlite3_vfs *v, int us) {
    (void)v;
    return real_vfs->xSleep(real_vfs, us);
}

static int vfs_time(sqlite3_vfs *v, double *julian) {
    (void)v;
    return real_vfs->xCurrentTime(real_vfs, julian);
}

static int vfs_time_ms(sqlite3_vfs *v, sqlite3_int64 *julian_ms) {
    (void)v;
    return real_vfs->xCurrentTimeInt64(real_vfs, julian_ms);
}

static int vfs_last_error(sqlite3_vfs *v, int n, char *to) {
    (void)v;
    return real_vfs->xGetLastError(real_vfs, n, to);
}

static sqlite3_vfs vfs = {
    .iVersion = 2,
    .zName = "faults",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_full_path,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
    .xGetLastError = vfs_last_error,
    .xCurrentTimeInt64 = vfs_time_ms,
};

void faults_register(void) {
    if (real_vfs) return;
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs) abort();
    vfs.szOsFile = (int)sizeof(Handle) + real_vfs->szOsFile;
    vfs.mxPathname = real_vfs->mxPathname;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) abort();
}

/* ---- what tests turn ---- */
void faults_clear(void) {
    pthread_mutex_lock(&lock);
    Tracked **at = &tracked_first;
    while (*at) {
        Tracked *t = *at;
        drop_notes(t);
        if (t->open > 0) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        free(t);
    }
    pthread_mutex_unlock(&lock);
    atomic_store(&writes, 0);
    atomic_store(&syncs, 0);
    atomic_store(&fail_write_at, 0);
    atomic_store(&fail_sync_at, 0);
    atomic_store(&full, false);
    atomic_store(&lying, false);
    atomic_store(&forgetting, false);
}

void faults_fail_write(int64_t nth) {
    atomic_store(&fail_write_at, atomic_load(&writes) + nth);
}

void faults_fail_sync(int64_t nth) {
    atomic_store(&fail_sync_at, atomic_load(&syncs) + nth);
}

void faults_disk_full(bool is_full) {
    atomic_store(&full, is_full);
}

void faults_lie_about_sync(bool lie) {
    atomic_store(&lying, lie);
}

void faults_forget_failed_syncs(bool forget) {
    atomic_store(&forgetting, forget);
}

int64_t faults_writes(void) {
    return atomic_load(&writes);
}

int64_t faults_syncs(void) {
    return atomic_load(&syncs);
}

/* ---- power cut ---- */
void faults_power_cut_some(uint64_t seed) {
    pthread_mutex_lock(&lock);
    for (Tracked *t = tracked_first; t; t = t->next)
        undo(t, &seed);
    atomic_fetch_add(&power, 1);
    atomic_store(&dead, atomic_load(&open_handles));
    pthread_mutex_unlock(&lock);
}

void faults_power_cut(void) {
    faults_power_cut_some(0);
}
