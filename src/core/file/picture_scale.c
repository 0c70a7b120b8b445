/* Averaging over areas. With an input row of width w scaled to W, an input pixel is W units wide
 * and an output pixel w units, so that every overlap is a whole number and nothing is rounded
 * before the last division. */
#include "core/file/picture.h"

struct Scaler {
    Arena *arena;
    int width, height, channels;
    Pixels out;
    int y;            /* input rows so far */
    int out_y;        /* output row being summed */
    uint32_t *across; /* one input row summed across: out.width * channels; at most 255 * 255 * 65535 */
    uint64_t *sum;    /* the same, down the rows of one output row */
    bool copies;      /* nothing to scale */
};

void scale_fit(int width, int height, int side_max, int *out_width, int *out_height)
{
    int side = width > height ? width : height;
    *out_width = width;
    *out_height = height;
    if (side <= side_max) return;
    *out_width = (int)(((int64_t)width * side_max + side / 2) / side);
    *out_height = (int)(((int64_t)height * side_max + side / 2) / side);
    if (*out_width < 1) *out_width = 1;
    if (*out_height < 1) *out_height = 1;
}

Scaler *scaler_new(Arena *a, int width, int height, int channels, int out_width, int out_height)
{
    assert(out_width >= 1 && out_width <= width && width <= 65535);
    assert(out_height >= 1 && out_height <= height && height <= 65535);
    Scaler *s = arena_new_of(a, Scaler);
    s->arena = a;
    s->width = width;
    s->height = height;
    s->channels = channels;
    s->out = (Pixels){ out_width, out_height, channels,
                       arena_alloc(a, (size_t)out_width * (size_t)out_height * (size_t)channels) };
    s->copies = out_width == width && out_height == height;
    s->across = arena_array(a, uint32_t, out_width * channels);
    s->sum = arena_array(a, uint64_t, out_width * channels);
    return s;
}

/* Colours are weighted by their alpha, or a transparent pixel's hidden colour would shine through.
 */
static void add_across(Scaler *s, const uint8_t *row)
{
    int n = s->channels, out_width = s->out.width;
    memset(s->across, 0, sizeof *s->across * (size_t)(out_width * n));
    uint32_t *to = s->across;
    int room = s->width; /* units left in the output pixel */
    for (int x = 0; x < s->width; x++, row += n) {
        int left = out_width; /* units left of the input pixel */
        uint32_t alpha = n == 4 ? row[3] : 1;
        while (left > 0) {
            int take = left < room ? left : room;
            uint32_t weight = (uint32_t)take * alpha;
            to[0] += row[0] * weight;
            to[1] += row[1] * weight;
            to[2] += row[2] * weight;
            if (n == 4) to[3] += weight;
            left -= take;
            room -= take;
            if (room == 0) {
                to += n;
                room = s->width;
            }
        }
    }
}

static void put_row(Scaler *s)
{
    int n = s->channels;
    uint64_t area = (uint64_t)s->width * (uint64_t)s->height;
    uint8_t *to = s->out.p + (size_t)s->out_y * (size_t)s->out.width * (size_t)n;
    for (int i = 0; i < s->out.width * n; i += n, to += n) {
        const uint64_t *from = s->sum + i;
        uint64_t weight = n == 4 ? from[3] : area;
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)(weight == 0 ? 0 : ((from[c] + weight / 2) / weight) & 0xff);
        if (n == 4) to[3] = (uint8_t)(((weight + area / 2) / area) & 0xff);
    }
    memset(s->sum, 0, sizeof *s->sum * (size_t)(s->out.width * n));
    s->out_y++;
}

void scaler_row(Scaler *s, const uint8_t *row)
{
    assert(s->y < s->height);
    if (s->copies) {
        size_t bytes = (size_t)s->width * (size_t)s->channels;
        memcpy(s->out.p + (size_t)s->y * bytes, row, bytes);
        s->y++;
        return;
    }
    add_across(s, row);
    int64_t from = (int64_t)s->y * s->out.height, to = from + s->out.height;
    s->y++;
    while (from < to) {
        int64_t edge = (int64_t)(s->out_y + 1) * s->height;
        int64_t take = (to < edge ? to : edge) - from;
        for (int i = 0; i < s->out.width * s->channels; i++)
            s->sum[i] += s->across[i] * (uint64_t)take;
        from += take;
        if (from == edge) put_row(s);
    }
}

Pixels scaler_end(Scaler *s)
{
    assert(s->y == s->height);
    return s->out;
}

Pixels pixels_scale(Arena *a, const Pixels *px, int side_max)
{
    int width, height;
    scale_fit(px->width, px->height, side_max, &width, &height);
    if (width == px->width && height == px->height) return *px;
    Scaler *s = scaler_new(a, px->width, px->height, px->channels, width, height);
    for (int y = 0; y < px->height; y++)
        scaler_row(s, px->p + (size_t)y * (size_t)px->width * (size_t)px->channels);
    return scaler_end(s);
}

/* EXIF 2.3, tag 0x0112: where row 0 and column 0 of the file belong: 1 top left, 2 top right, 3
 * bottom right, 4 bottom left, 5 left top, 6 right top, 7 right bottom, 8 left bottom. From 5 on
 * rows are columns. */
Pixels pixels_upright(Arena *a, const Pixels *px, int orientation)
{
    if (orientation <= 1 || orientation > 8) return *px;
    bool turned = orientation >= 5;
    Pixels out = { turned ? px->height : px->width, turned ? px->width : px->height, px->channels, NULL };
    size_t n = (size_t)px->channels;
    out.p = arena_alloc(a, (size_t)out.width * (size_t)out.height * n);
    bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    uint8_t *to = out.p;
    for (int y = 0; y < out.height; y++) {
        for (int x = 0; x < out.width; x++, to += n) {
            int column = turned ? y : x, row = turned ? x : y;
            if (from_right) column = px->width - 1 - column;
            if (from_below) row = px->height - 1 - row;
            memcpy(to, px->p + ((size_t)row * (size_t)px->width + (size_t)column) * n, n);
        }
    }
    return out;
}

bool pixels_opaque(const Pixels *px)
{
    if (px->channels == 3) return true;
    size_t n = (size_t)px->width * (size_t)px->height;
    for (size_t i = 0; i < n; i++)
        if (px->p[4 * i + 3] != 255) return false;
    return true;
}

Pixels pixels_on_white(Arena *a, const Pixels *px)
{
    if (px->channels == 3) return *px;
    size_t n = (size_t)px->width * (size_t)px->height;
    Pixels out = { px->width, px->height, 3, arena_alloc(a, 3 * n) };
    for (size_t i = 0; i < n; i++) {
        int alpha = px->p[4 * i + 3];
        for (size_t c = 0; c < 3; c++)
            out.p[3 * i + c] = (uint8_t)((px->p[4 * i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
    }
    return out;
}
