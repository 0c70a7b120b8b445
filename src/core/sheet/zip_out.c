#include "core/sheet/zip_out.h"

#include <zlib.h>

enum { VERSION = 20, UTF8_NAMES = 0x0800, FIRST_DATE = 0x00210000 }; /* 1980-01-01 */

static void put_le(Buf *b, uint64_t n, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(b, (char)(n >> (8 * i) & 0xFF));
}

/* What local and central headers have in common. */
static void put_common(Buf *b, const ZipMember *m)
{
    put_le(b, VERSION, 2);
    put_le(b, UTF8_NAMES, 2);
    put_le(b, (uint64_t)m->method, 2);
    put_le(b, m->date, 4);
    put_le(b, m->crc, 4);
    put_le(b, m->packed.n, 4);
    put_le(b, m->size, 4);
    put_le(b, m->name.n, 2);
    put_le(b, 0, 2);
}

ZipOut zip_out_new(Arena *a)
{
    return (ZipOut){ .out = buf_new(a, 64 * 1024), .central = buf_new(a, 4096) };
}

void zip_out_copy(ZipOut *z, const ZipMember *m)
{
    size_t at = z->out.n;
    put_le(&z->out, 0x04034b50, 4);
    put_common(&z->out, m);
    buf_add(&z->out, m->name);
    buf_add(&z->out, m->packed);
    put_le(&z->central, 0x02014b50, 4);
    put_le(&z->central, VERSION, 2);
    put_common(&z->central, m);
    put_le(&z->central, 0, 8); /* no comment, first disk, no attributes */
    put_le(&z->central, 0, 2);
    put_le(&z->central, at, 4);
    buf_add(&z->central, m->name);
    z->n++;
}

void zip_out_add(ZipOut *z, Str name, Str bytes)
{
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)bytes.p, (uInt)bytes.n);
    zip_out_copy(z, &(ZipMember){ name, bytes, crc, FIRST_DATE, (uint32_t)bytes.n, 0 });
}

void zip_out_pack(ZipOut *z, Str name, Str bytes)
{
    z_stream s = { .next_in = (z_const Bytef *)(uintptr_t)bytes.p, .avail_in = (uInt)bytes.n };
    Str packed = { NULL, 0 };
    if (deflateInit2(&s, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK) {
        uLong room = deflateBound(&s, (uLong)bytes.n);
        char *to = arena_alloc(z->out.arena, room);
        s.next_out = (Bytef *)to;
        s.avail_out = (uInt)room;
        if (deflate(&s, Z_FINISH) == Z_STREAM_END) packed = (Str){ to, s.total_out };
        deflateEnd(&s);
    }
    if (packed.p == NULL || packed.n >= bytes.n) {
        zip_out_add(z, name, bytes);
        return;
    }
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)bytes.p, (uInt)bytes.n);
    zip_out_copy(z, &(ZipMember){ name, packed, crc, FIRST_DATE, (uint32_t)bytes.n, Z_DEFLATED });
}

Str zip_out_end(ZipOut *z)
{
    size_t at = z->out.n;
    buf_add(&z->out, buf_str(&z->central));
    put_le(&z->out, 0x06054b50, 4);
    put_le(&z->out, 0, 4);
    put_le(&z->out, (uint64_t)z->n, 2);
    put_le(&z->out, (uint64_t)z->n, 2);
    put_le(&z->out, z->central.n, 4);
    put_le(&z->out, at, 4);
    put_le(&z->out, 0, 2);
    return buf_str(&z->out);
}
