/* AAC in MP4 or M4A (ISO 14496-12): boxes. One track, its handler `soun`, its sample entry `mp4a`. Fragments (moof), as
 * browsers record them, count by their run tables. */
#include "core/file/voice.h"

enum { DEPTH_MAX = 8, BOXES_MAX = 4000 };

typedef struct Mp4 {
    int boxes, tracks;
    bool sound, aac, media;
    uint32_t scale, fragment_default;
    uint64_t ticks;
    VoiceStatus status;
} Mp4;

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static bool is(const uint8_t *type, const char *name)
{
    return memcmp(type, name, 4) == 0;
}

static bool one_of(const uint8_t *type, const char *const *names)
{
    for (; *names != NULL; names++)
        if (is(type, *names)) return true;
    return false;
}

/* Full boxes: version and flags stand first. Times of making are nobody's business. */
static bool clear_times(uint8_t *body, size_t n)
{
    size_t each = n > 0 && body[0] == 1 ? 8 : 4;
    if (n < 4 + 2 * each) return false;
    memset(body + 4, 0, 2 * each);
    return true;
}

static bool header_of_media(Mp4 *m, uint8_t *body, size_t n)
{
    size_t at = n > 0 && body[0] == 1 ? 20 : 12;
    if (!clear_times(body, n) || n < at + 4) return false;
    m->scale = u32(body + at);
    return m->scale > 0;
}

static bool handler(Mp4 *m, uint8_t *body, size_t n)
{
    if (n < 24) return false;
    m->sound = is(body + 8, "soun");
    memset(body + 24, 0, n - 24); /* its name */
    return true;
}

static bool entries(Mp4 *m, const uint8_t *body, size_t n)
{
    if (n < 16 || u32(body + 4) != 1) return false;
    m->aac = is(body + 12, "mp4a");
    return true;
}

static bool times_of_samples(Mp4 *m, const uint8_t *body, size_t n)
{
    if (n < 8 || u32(body + 4) > (n - 8) / 8) return false;
    uint32_t count = u32(body + 4);
    for (uint32_t i = 0; i < count; i++)
        m->ticks += (uint64_t)u32(body + 8 + i * 8) * u32(body + 12 + i * 8);
    return m->ticks < UINT64_C(1) << 48;
}

/* trex: the default duration of a fragment's samples; tfhd may name another. */
static bool fragment_default(Mp4 *m, const uint8_t *body, size_t n, bool of_track)
{
    if (!of_track) {
        if (n < 24) return false;
        m->fragment_default = u32(body + 12);
        return true;
    }
    if (n < 8) return false;
    uint32_t flags = u32(body) & 0xFFFFFF;
    size_t at = 8 + (flags & 1 ? 8u : 0u) + (flags & 2 ? 4u : 0u);
    if (!(flags & 8)) return true;
    if (n < at + 4) return false;
    m->fragment_default = u32(body + at);
    return true;
}

static bool run(Mp4 *m, const uint8_t *body, size_t n)
{
    if (n < 8) return false;
    uint32_t flags = u32(body) & 0xFFFFFF, count = u32(body + 4);
    size_t at = 8 + (flags & 1 ? 4u : 0u) + (flags & 4 ? 4u : 0u), each = 0;
    for (uint32_t bit = 0x100; bit <= 0x800; bit <<= 1)
        each += flags & bit ? 4u : 0u;
    if (n < at || (each > 0 && count > (n - at) / each) || count > 1000000) return false;
    if (!(flags & 0x100)) {
        m->ticks += (uint64_t)count * m->fragment_default;
        return m->ticks < UINT64_C(1) << 48;
    }
    for (uint32_t i = 0; i < count; i++)
        m->ticks += u32(body + at + i * each);
    return m->ticks < UINT64_C(1) << 48;
}

static bool walk(Mp4 *m, uint8_t *p, size_t n, int depth);

/* What is known is read, what is sound and nothing else stays, all else becomes free space of the same length. */
static bool box(Mp4 *m, uint8_t *type, uint8_t *body, size_t n, int depth)
{
    static const char *const within[] = {
        "moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf", "edts", NULL
    };
    static const char *const kept[] = { "ftyp", "styp", "mdat", "stsc", "stsz", "stco", "co64", "smhd", "elst",
                                        "mfhd", "tfdt", "sgpd", "sbgp", "dinf", "sidx", "mehd", NULL };
    if (is(type, "trak")) m->tracks++;
    if (is(type, "mdat")) m->media = true;
    if (one_of(type, within)) return depth < DEPTH_MAX && walk(m, body, n, depth + 1);
    if (is(type, "mvhd") || is(type, "tkhd")) return clear_times(body, n);
    if (is(type, "mdhd")) return header_of_media(m, body, n);
    if (is(type, "hdlr")) return handler(m, body, n);
    if (is(type, "stsd")) return entries(m, body, n);
    if (is(type, "stts")) return times_of_samples(m, body, n);
    if (is(type, "trex")) return fragment_default(m, body, n, false);
    if (is(type, "tfhd")) return fragment_default(m, body, n, true);
    if (is(type, "trun")) return run(m, body, n);
    if (one_of(type, kept)) return true;
    memcpy(type, "free", 4); /* udta, meta, uuid, loci ... */
    memset(body, 0, n);
    return true;
}

static bool walk(Mp4 *m, uint8_t *p, size_t n, int depth)
{
    for (size_t at = 0; at < n;) {
        if (n - at < 8 || ++m->boxes > BOXES_MAX) return false;
        uint64_t size = u32(p + at), head = 8;
        if (size == 1) {
            if (n - at < 16) return false;
            size = (uint64_t)u32(p + at + 8) << 32 | u32(p + at + 12);
            head = 16;
        } else if (size == 0) {
            size = n - at;
        }
        if (size < head || size > n - at) return false;
        if (!box(m, p + at + 4, p + at + head, (size_t)(size - head), depth)) return false;
        at += (size_t)size;
    }
    return true;
}

VoiceStatus voice_mp4(uint8_t *p, size_t n, int64_t *ms)
{
    Mp4 m = { 0 };
    if (!walk(&m, p, n, 0)) return VOICE_BROKEN;
    if (m.tracks != 1 || !m.sound || !m.aac) return VOICE_NOT;
    if (!m.media || m.scale == 0) return VOICE_BROKEN;
    *ms = (int64_t)(m.ticks * 1000 / m.scale);
    return VOICE_OK;
}
