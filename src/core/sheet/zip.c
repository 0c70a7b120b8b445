/* A zip in memory through minizip: no file is opened, and all members together have one budget. */
#include "core/sheet/sheet.h"
#include "core/sheet/zip_out.h"

#include <minizip/unzip.h>

struct Zip {
    Str bytes;
    size_t at;
    unzFile file;
    int64_t left; /* of SHEET_INFLATED_MAX */
};

static voidpf mem_open(voidpf self, const char *name, int mode)
{
    (void)name;
    return mode & ZLIB_FILEFUNC_MODE_WRITE ? NULL : self;
}

static uLong mem_read(voidpf self, voidpf stream, void *to, uLong n)
{
    Zip *z = self;
    (void)stream;
    size_t left = z->bytes.n - z->at, take = n < left ? n : left;
    memcpy(to, z->bytes.p + z->at, take);
    z->at += take;
    return take;
}

static uLong mem_write(voidpf self, voidpf stream, const void *from, uLong n)
{
    (void)self, (void)stream, (void)from, (void)n;
    return 0;
}

static long mem_tell(voidpf self, voidpf stream)
{
    (void)stream;
    return (long)((const Zip *)self)->at;
}

static long mem_seek(voidpf self, voidpf stream, uLong offset, int origin)
{
    Zip *z = self;
    (void)stream;
    size_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? z->at : origin == ZLIB_FILEFUNC_SEEK_END ? z->bytes.n : 0;
    if (offset > z->bytes.n || base + offset > z->bytes.n) return -1;
    z->at = base + offset;
    return 0;
}

static int mem_close(voidpf self, voidpf stream)
{
    (void)self, (void)stream;
    return 0;
}

Zip *zip_open(Arena *a, Str bytes, SheetStatus *status)
{
    Zip *z = arena_new_of(a, Zip);
    *z = (Zip){ .bytes = bytes, .left = SHEET_INFLATED_MAX };
    zlib_filefunc_def io = { mem_open, mem_read, mem_write, mem_tell, mem_seek, mem_close, mem_close, z };
    unz_global_info info = { 0 };
    z->file = unzOpen2("", &io);
    *status = SHEET_BROKEN;
    if (z->file == NULL) return NULL;
    if (unzGetGlobalInfo(z->file, &info) == UNZ_OK && info.number_entry <= SHEET_MEMBERS_MAX) {
        *status = SHEET_OK;
        return z;
    }
    if (info.number_entry > SHEET_MEMBERS_MAX) *status = SHEET_TOO_LARGE;
    unzClose(z->file);
    return NULL;
}

void zip_close(Zip *z)
{
    if (z != NULL) unzClose(z->file);
}

bool zip_has(Zip *z, const char *name)
{
    return unzLocateFile(z->file, name, 1) == UNZ_OK;
}

/* The CRC is only known to be right at the end: until then what was read may be nonsense, and is not kept if it is. */
bool zip_read(Zip *z, const char *name, bool (*take)(void *self, const char *p, size_t n), void *self,
              SheetStatus *status)
{
    char piece[16 * 1024];
    *status = SHEET_BROKEN;
    if (!zip_has(z, name) || unzOpenCurrentFile(z->file) != UNZ_OK) return false;
    int n = 0;
    bool more = true;
    while (more && (n = unzReadCurrentFile(z->file, piece, sizeof piece)) > 0) {
        z->left -= n;
        if (z->left < 0) {
            *status = SHEET_TOO_LARGE;
            unzCloseCurrentFile(z->file);
            return false;
        }
        more = take(self, piece, (size_t)n);
    }
    int closed = unzCloseCurrentFile(z->file);
    if (!more || n < 0 || closed != UNZ_OK) return false;
    *status = SHEET_OK;
    return true;
}

/* Takes over one member as it is packed. */
static SheetStatus member_of(Zip *z, Arena *a, ZipMember *m, size_t *left)
{
    unz_file_info info;
    char name[256];
    int method, level;
    if (unzGetCurrentFileInfo(z->file, &info, name, sizeof name, NULL, 0, NULL, 0) != UNZ_OK) return SHEET_BROKEN;
    if (info.flag & 1) return SHEET_FORBIDDEN; /* encrypted */
    bool known = info.compression_method == 0 || info.compression_method == 8;
    if (!known || info.size_filename == 0 || info.size_filename >= sizeof name || info.compressed_size > *left ||
        info.uncompressed_size > SHEET_INFLATED_MAX)
        return SHEET_BROKEN;
    *left -= info.compressed_size;
    char *packed = arena_alloc(a, info.compressed_size + 1);
    if (unzOpenCurrentFile2(z->file, &method, &level, 1) != UNZ_OK) return SHEET_BROKEN;
    int got = unzReadCurrentFile(z->file, packed, (unsigned)info.compressed_size);
    unzCloseCurrentFile(z->file);
    if (got < 0 || (uLong)got != info.compressed_size) return SHEET_BROKEN;
    *m = (ZipMember){ arena_str(a, (Str){ name, info.size_filename }), { packed, info.compressed_size },
                      (uint32_t)info.crc, (uint32_t)info.dosDate, (uint32_t)info.uncompressed_size, method };
    return SHEET_OK;
}

/* No two may share bytes: together they are no longer than the file. */
int zip_members(Zip *z, Arena *a, ZipMember *list, SheetStatus *status)
{
    size_t left = z->bytes.n;
    int n = 0;
    *status = SHEET_OK;
    for (int more = unzGoToFirstFile(z->file); more == UNZ_OK && *status == SHEET_OK; more = unzGoToNextFile(z->file)) {
        if (n == SHEET_MEMBERS_MAX) *status = SHEET_TOO_LARGE;
        else *status = member_of(z, a, &list[n++], &left);
    }
    return n;
}
