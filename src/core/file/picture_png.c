/* PNG through libpng. */
#include "core/file/picture.h"

#include <setjmp.h>

#include <png.h>

enum { CHUNK_BYTES_MAX = 1024 * 1024, LEVEL = 6 };

typedef struct Decoder {
    png_structp png;
    png_infop info;
    jmp_buf out;
    Arena *arena;
    Str rest;
    int orientation;
    int width, height, channels;
    Pixels pixels;
} Decoder;

static void leave(png_structp png, png_const_charp text)
{
    Decoder *d = png_get_error_ptr(png);
    (void)text;
    longjmp(d->out, 1);
}

static void say_nothing(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}

static void take(png_structp png, png_bytep out, size_t n)
{
    Decoder *d = png_get_io_ptr(png);
    if (n > d->rest.n) png_error(png, "end");
    memcpy(out, d->rest.p, n);
    d->rest = (Str){ d->rest.p + n, d->rest.n - n };
}

static bool guarded(Decoder *d, void (*step)(Decoder *))
{
    if (setjmp(d->out) != 0) return false;
    step(d);
    return true;
}

/* Compressed text and profiles may be bombs of their own; nothing of them is kept, so they are not
 * even unpacked. */
static void skip_unused_chunks(png_structp png)
{
    static const png_byte names[] = "iCCP\0iTXt\0tEXt\0zTXt\0sPLT\0hIST\0pCAL\0sCAL\0tIME\0sBIT\0bKGD";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
    png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
    png_set_chunk_cache_max(png, 32);
}

static void read_header(Decoder *d)
{
    png_set_read_fn(d->png, d, take);
    skip_unused_chunks(d->png);
    png_read_info(d->png, d->info);
    d->width = (int)png_get_image_width(d->png, d->info);
    d->height = (int)png_get_image_height(d->png, d->info);
    png_bytep exif = NULL;
    png_uint_32 exif_n = 0;
    if (png_get_eXIf_1(d->png, d->info, &exif_n, &exif) != 0)
        d->orientation = exif_orientation((Str){ (const char *)exif, exif_n });
    png_set_expand(d->png); /* palette, few bits, transparent colour: to plain RGB or RGBA of 8 bits */
    png_set_scale_16(d->png);
    png_set_gray_to_rgb(d->png);
}

static void read_rows(Decoder *d, int passes, Scaler *s)
{
    size_t row_bytes = png_get_rowbytes(d->png, d->info);
    if (passes == 1) {
        uint8_t *row = arena_alloc(d->arena, row_bytes);
        for (int y = 0; y < d->height; y++) {
            png_read_row(d->png, row, NULL);
            scaler_row(s, row);
        }
        return;
    }
    uint8_t *all = arena_alloc(d->arena, row_bytes * (size_t)d->height); /* interlaced: at most 160 MB */
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < d->height; y++)
            png_read_row(d->png, all + (size_t)y * row_bytes, NULL);
    for (int y = 0; y < d->height; y++)
        scaler_row(s, all + (size_t)y * row_bytes);
}

static void read_pixels(Decoder *d)
{
    int passes = png_set_interlace_handling(d->png);
    png_read_update_info(d->png, d->info);
    d->channels = png_get_channels(d->png, d->info);
    if (d->channels != 3 && d->channels != 4) png_error(d->png, "channels");
    int out_width, out_height;
    scale_fit(d->width, d->height, PICTURE_SIDE_MAX, &out_width, &out_height);
    Scaler *s = scaler_new(d->arena, d->width, d->height, d->channels, out_width, out_height);
    read_rows(d, passes, s);
    d->pixels = scaler_end(s);
}

/* Before libpng sees anything: IHDR stands first and always at the same place. */
static PictureStatus check_header(Str bytes)
{
    enum { HEAD_BYTES = 8 + 8 + 13, SIDE_MAX = 65535 };
    if (bytes.n < HEAD_BYTES || memcmp(bytes.p + 12, "IHDR", 4) != 0) return PICTURE_BROKEN;
    uint64_t side[2];
    for (int i = 0; i < 2; i++) {
        const uint8_t *at = (const uint8_t *)bytes.p + 16 + 4 * i;
        side[i] = (uint64_t)at[0] << 24 | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 8 | at[3];
    }
    if (side[0] == 0 || side[1] == 0) return PICTURE_BROKEN;
    bool too_large = side[0] > SIDE_MAX || side[1] > SIDE_MAX || side[0] * side[1] > PICTURE_PIXELS_MAX;
    return too_large ? PICTURE_TOO_LARGE : PICTURE_OK;
}

PictureStatus png_decode(Arena *a, Str bytes, Pixels *out, int *orientation)
{
    PictureStatus status = check_header(bytes);
    if (status != PICTURE_OK) return status;
    Decoder *d = arena_new_of(a, Decoder);
    d->arena = a;
    d->rest = bytes;
    d->orientation = 1;
    d->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, d, leave, say_nothing);
    d->info = d->png != NULL ? png_create_info_struct(d->png) : NULL;
    bool ok = d->info != NULL && guarded(d, read_header) && guarded(d, read_pixels);
    png_destroy_read_struct(&d->png, &d->info, NULL);
    *out = d->pixels;
    *orientation = d->orientation;
    return ok ? PICTURE_OK : PICTURE_BROKEN;
}

/* ---- encoding
 * -------------------------------------------------------------------------------------------------
 */

static void give(png_structp png, png_bytep bytes, size_t n)
{
    buf_add(png_get_io_ptr(png), (Str){ (const char *)bytes, n });
}

static void flush(png_structp png)
{
    (void)png;
}

/* libpng's own error handling ends the process here, which only a lack of memory brings about. */
Str png_encode(Arena *a, const Pixels *px)
{
    Buf out = buf_new(a, (size_t)px->width * (size_t)px->height);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png != NULL ? png_create_info_struct(png) : NULL;
    if (info == NULL) {
        png_destroy_write_struct(&png, NULL);
        return S("");
    }
    png_set_write_fn(png, &out, give, flush);
    png_set_compression_level(png, LEVEL);
    png_set_IHDR(png, info, (png_uint_32)px->width, (png_uint_32)px->height, 8,
                 px->channels == 4 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < px->height; y++)
        png_write_row(png, px->p + (size_t)y * (size_t)px->width * (size_t)px->channels);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return buf_str(&out);
}
