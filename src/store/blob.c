/* blob: files by content. Nothing has its final name before it is whole and on the disk. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BLOB_BYTES_MAX = 64 * 1024 * 1024, /* far above any route's limit */
    PARTS_MAX = 1024,
    NAME_BYTES = 2 * HASH_BYTES + 16,
};

struct Blobs {
    int root; /* DIR/blobs */
    int tmp;  /* DIR/blobs/tmp: unfinished files, and a folder per upload */
};

typedef struct Place {
    char folder[3];        /* "ab" */
    char file[NAME_BYTES]; /* "cdef..." */
} Place;

/* ---- names ---- */
static void hex_chars(char *to, const uint8_t *b, int n) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < n; i++) {
        *to++ = digits[b[i] >> 4];
        *to++ = digits[b[i] & 15];
    }
    *to = '\0';
}

static Place place_of(Hash name) {
    Place at = { .folder = "" };
    hex_chars(at.folder, name.b, 1);
    hex_chars(at.file, name.b + 1, HASH_BYTES - 1);
    return at;
}

/* An upload's id comes from outside; its hash is a name that no id can lead out of the folder with.
 */
static void upload_folder(char *to, Str upload) {
    Hash h = hash_one(upload);
    memcpy(to, "up-", 3);
    hex_chars(to + 3, h.b, 16);
}

static Fail io_fail(const char *what) {
    Fail f = errno == ENOSPC || errno == EDQUOT ? fail(ERR_FULL, "disk_full")
                                                : fail(ERR_INTERNAL, "blob");
    f.log = what;
    return f;
}

/* ---- open ---- */
static int open_folder(int at, const char *name) {
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Makes it if need be; a new name is durable when the folder that holds it is synced. */
static int make_folder(int at, const char *name) {
    int fd = open_folder(at, name);
    if (fd >= 0 || errno != ENOENT) return fd;
    if (mkdirat(at, name, 0700) != 0 && errno != EEXIST) return -1;
    if (fsync(at) != 0) return -1;
    return open_folder(at, name);
}

static void close_blobs(void *self) {
    Blobs *b = self;
    if (b->tmp >= 0) close(b->tmp);
    if (b->root >= 0) close(b->root);
}

Blobs *blobs_open(Arena *a, const char *dir, Fail *f) {
    Blobs *b = arena_new_of(a, Blobs);
    *b = (Blobs){ -1, -1 };
    arena_defer(a, close_blobs, b);
    *f = FAIL_NONE;
    int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top >= 0) b->root = make_folder(top, "blobs");
    if (b->root >= 0) b->tmp = make_folder(b->root, "tmp");
    if (b->tmp < 0) *f = io_fail("cannot make the folder of blobs");
    if (top >= 0) close(top);
    return f->err == OK ? b : NULL;
}

/* ---- writing ---- */
static bool write_all(int fd, Str s) {
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        s.p += n;
        s.n -= (size_t)n;
    }
    return true;
}

/* The file's time is the program's, so that a sweep agrees with it under a virtual clock too. */
static bool stamp(int fd) {
    int64_t ms = now_ms();
    struct timespec t = { .tv_sec = ms / SECOND_MS, .tv_nsec = ms % SECOND_MS * 1000000 };
    return futimens(fd, (struct timespec[]){ t, t }) == 0;
}

/* Writes under a temporary name, syncs, renames to folder/file, syncs the folder. */
static Fail write_durable(Blobs *b, Str bytes, int folder, const char *file) {
    uint8_t dice[8];
    char tmp[NAME_BYTES] = "w-";
    random_bytes(dice, sizeof dice);
    hex_chars(tmp + 2, dice, (int)sizeof dice);
    int fd = openat(b->tmp, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return io_fail("cannot make a temporary file");
    bool ok = write_all(fd, bytes) && stamp(fd) && fsync(fd) == 0;
    int os = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        os = errno;
    }
    if (ok && renameat(b->tmp, tmp, folder, file) == 0) {
        if (fsync(folder) == 0) return FAIL_NONE;
        return io_fail(
            "cannot sync a folder"); /* it has its name, but perhaps not after a power cut */
    }
    if (ok) os = errno;
    unlinkat(b->tmp, tmp, 0);
    errno = os;
    return io_fail("cannot write a file");
}

/* ---- reading ---- */
/* The whole file; NULL p and errno if it can't be read. */
static Str read_all(Arena *a, int folder, const char *file) {
    Str none = { NULL, 0 };
    int fd = openat(folder, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return none;
    struct stat st;
    char *p = NULL;
    size_t n = 0, got = 0;
    if (fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > BLOB_BYTES_MAX)) {
        errno = EFBIG;
    } else {
        n = (size_t)st.st_size;
        p = arena_alloc(a, n + 1);
    }
    while (p && got < n) {
        ssize_t more = read(fd, p + got, n - got);
        if (more < 0 && errno == EINTR) continue;
        if (more == 0) errno = EIO; /* shorter than it was a moment ago */
        if (more <= 0) p = NULL;
        got += more > 0 ? (size_t)more : 0;
    }
    int os = errno;
    close(fd);
    errno = os;
    return p ? (Str){ p, n } : none;
}

static bool holds(int folder, const char *file, Str bytes) {
    struct stat st;
    if (fstatat(folder, file, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
    if (!S_ISREG(st.st_mode) || (size_t)st.st_size != bytes.n) return false;
    Arena *a = arena_new();
    Str there = read_all(a, folder, file);
    bool same = there.p && str_eq(there, bytes);
    arena_free(a);
    return same;
}

/* ---- blobs ---- */
Fail blob_put(Blobs *b, Str bytes, Hash *name) {
    if (bytes.n > BLOB_BYTES_MAX)
        return fail_field(ERR_TOO_LARGE, "too_large", NULL, BLOB_BYTES_MAX);
    *name = hash_one(bytes);
    Place at = place_of(*name);
    int folder = make_folder(b->root, at.folder);
    if (folder < 0) return io_fail("cannot make a folder");
    Fail f = FAIL_NONE;
    if (!holds(folder, at.file, bytes)) { /* a damaged file is mended here */
        f = write_durable(b, bytes, folder, at.file);
    } else if (fsync(folder) != 0) { /* whoever wrote it may not have come so far */
        f = io_fail("cannot sync a folder");
    }
    close(folder);
    return f;
}

Fail blob_get(Blobs *b, Arena *a, Hash name, Str *bytes) {
    Place at = place_of(name);
    *bytes = (Str){ "", 0 };
    int folder = open_folder(b->root, at.folder);
    if (folder < 0)
        return errno == ENOENT ? fail(ERR_NOT_FOUND, "no_blob") : io_fail("cannot open a folder");
    Str s = read_all(a, folder, at.file);
    int os = errno;
    close(folder);
    errno = os;
    if (!s.p) return os == ENOENT ? fail(ERR_NOT_FOUND, "no_blob") : io_fail("cannot read a file");
    if (!hash_eq(hash_one(s), name)) {
        Fail f = fail(ERR_INTERNAL, "blob_damaged");
        f.log = "the bytes of a file do not give its name";
        return f;
    }
    *bytes = s;
    return FAIL_NONE;
}

/* What is not there any more is removed: an erasure may be repeated. */
Fail blob_remove(Blobs *b, Hash name) {
    Place at = place_of(name);
    int folder = open_folder(b->root, at.folder);
    if (folder < 0) return errno == ENOENT ? FAIL_NONE : io_fail("cannot open a folder");
    Fail f = FAIL_NONE;
    if ((unlinkat(folder, at.file, 0) != 0 && errno != ENOENT) || fsync(folder) != 0)
        f = io_fail("cannot remove a file");
    close(folder);
    return f;
}

bool blob_exists(Blobs *b, Hash name) {
    Place at = place_of(name);
    int folder = open_folder(b->root, at.folder);
    if (folder < 0) return false;
    struct stat st;
    bool there = fstatat(folder, at.file, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
    close(folder);
    return there;
}

/* ---- parts ---- */
static void part_name(char *to, int part) {
    snprintf(to, NAME_BYTES, "%d", part);
}

Fail blob_part_put(Blobs *b, Str upload, int part, Str bytes) {
    if (part < 0 || part >= PARTS_MAX)
        return fail_field(ERR_INVALID, "too_many_parts", "part", PARTS_MAX);
    if (bytes.n > BLOB_BYTES_MAX)
        return fail_field(ERR_TOO_LARGE, "too_large", NULL, BLOB_BYTES_MAX);
    char name[NAME_BYTES], file[NAME_BYTES];
    upload_folder(name, upload);
    part_name(file, part);
    for (int tries = 0;; tries++) {
        int folder = make_folder(b->tmp, name);
        if (folder < 0) return io_fail("cannot make a folder");
        Fail f = write_durable(b, bytes, folder, file);
        bool swept =
            f.err != OK && errno == ENOENT; /* the folder was still empty, and is gone again */
        close(folder);
        if (!swept || tries > 0) return f;
    }
}

static Fail join(Arena *a, int folder, int parts, Str *bytes) {
    Buf out = buf_new(a, 4096);
    for (int i = 0; i < parts; i++) {
        char file[NAME_BYTES];
        part_name(file, i);
        Arena *own = arena_new(); /* not all parts twice at once */
        Str s = read_all(own, folder, file);
        Fail f = FAIL_NONE;
        if (!s.p) {
            f = errno == ENOENT ? fail_field(ERR_NOT_FOUND, "part_missing", "part", i)
                                : io_fail("cannot read a part");
        } else if (s.n > BLOB_BYTES_MAX - out.n) {
            f = fail_field(ERR_TOO_LARGE, "too_large", NULL, BLOB_BYTES_MAX);
        } else {
            buf_add(&out, s);
        }
        arena_free(own);
        if (f.err != OK) return f;
    }
    *bytes = buf_str(&out);
    return FAIL_NONE;
}

Fail blob_parts_join(Blobs *b, Arena *a, Str upload, int parts, Str *bytes) {
    *bytes = (Str){ "", 0 };
    if (parts < 0 || parts > PARTS_MAX)
        return fail_field(ERR_INVALID, "too_many_parts", "part", PARTS_MAX);
    if (parts == 0) return FAIL_NONE;
    char name[NAME_BYTES];
    upload_folder(name, upload);
    int folder = open_folder(b->tmp, name);
    if (folder < 0)
        return errno == ENOENT ? fail_field(ERR_NOT_FOUND, "part_missing", "part", 0)
                               : io_fail("cannot open a folder");
    Fail f = join(a, folder, parts, bytes);
    close(folder);
    return f;
}

/* Removes the files of a folder that are older than that, and returns how many. Takes over fd. */
static int sweep_files(int fd, int64_t before_ms) {
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return 0;
    }
    int gone = 0;
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(st.st_mode))
            continue;
        int64_t ms = st.st_mtim.tv_sec * SECOND_MS + st.st_mtim.tv_nsec / 1000000;
        if (ms < before_ms && unlinkat(dirfd(d), e->d_name, 0) == 0) gone++;
    }
    closedir(d);
    return gone;
}

void blob_parts_drop(Blobs *b, Str upload) {
    char name[NAME_BYTES];
    upload_folder(name, upload);
    int folder = open_folder(b->tmp, name);
    if (folder < 0) return;
    sweep_files(folder, INT64_MAX);
    unlinkat(b->tmp, name, AT_REMOVEDIR);
}

int blobs_sweep(Blobs *b, int64_t before_ms) {
    int gone = 0;
    int own = openat(b->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a position of its own */
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    if (!d) {
        if (own >= 0) close(own);
        return 0;
    }
    for (struct dirent *e; (e = readdir(d));) {
        if (strncmp(e->d_name, "up-", 3) != 0) continue;
        int folder = open_folder(b->tmp, e->d_name);
        if (folder < 0) continue;
        gone += sweep_files(folder, before_ms);
        unlinkat(b->tmp, e->d_name, AT_REMOVEDIR); /* only if it is empty now */
    }
    closedir(d);
    own = openat(b->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return own >= 0 ? gone + sweep_files(own, before_ms) : gone;
}
