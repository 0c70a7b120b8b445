/* Pictures made here: quarters of four colours, so that every turn shows; and the bytes that
 * hostile files are made of. */
#ifndef LINLI_PICTURE_SUPPORT_H
#define LINLI_PICTURE_SUPPORT_H

#include "unit.h"

#include "core/file/picture.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

typedef struct JpegKind {
    bool progressive, grey, cmyk;
    int quality;
} JpegKind;

static const uint8_t RED[3] = { 220, 30, 30 }, GREEN[3] = { 30, 200, 40 },
                     BLUE[3] = { 40, 50, 210 }, YELLOW[3] = { 230, 220, 40 };

/* Top left red, top right green, bottom left blue, bottom right yellow. */
static inline const uint8_t *quarter(int x, int y, int width, int height) {
    bool right = x >= width / 2, below = y >= height / 2;
    return below ? right ? YELLOW : BLUE : right ? GREEN : RED;
}

static inline Pixels quarters(Arena *a, int width, int height) {
    Pixels px = { width, height, 3, arena_alloc(a, (size_t)width * (size_t)height * 3) };
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            memcpy(px.p + ((size_t)y * (size_t)width + (size_t)x) * 3, quarter(x, y, width, height),
                   3);
    return px;
}

static inline Pixels noise(Arena *a, int width, int height, int channels) {
    size_t n = (size_t)width * (size_t)height * (size_t)channels;
    Pixels px = { width, height, channels, arena_alloc(a, n) };
    uint64_t seed = 11;
    for (size_t i = 0; i < n; i++)
        px.p[i] = (uint8_t)unit_random(&seed);
    return px;
}

/* Written by libjpeg itself, row by row, so that a large file needs no large memory here. */
static inline Str jpeg_of(Arena *a, int width, int height, JpegKind kind) {
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    unsigned char *mem = NULL;
    unsigned long n = 0;
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &mem, &n);
    j.image_width = (JDIMENSION)width;
    j.image_height = (JDIMENSION)height;
    j.input_components = kind.grey ? 1 : kind.cmyk ? 4 : 3;
    j.in_color_space = kind.grey ? JCS_GRAYSCALE : kind.cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, kind.quality > 0 ? kind.quality : 90, TRUE);
    if (kind.progressive) jpeg_simple_progression(&j);
    jpeg_start_compress(&j, TRUE);
    uint8_t *row = arena_alloc(a, (size_t)width * 4);
    while (j.next_scanline < j.image_height) {
        for (int x = 0; x < width; x++) {
            const uint8_t *q = quarter(x, (int)j.next_scanline, width, height);
            uint8_t *to = row + (size_t)x * (size_t)j.input_components;
            if (kind.grey) {
                to[0] = q[0];
            } else if (kind.cmyk) { /* as Adobe writes it: upside down, no black */
                memcpy(to, q, 3);
                to[3] = 255;
            } else {
                memcpy(to, q, 3);
            }
        }
        jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    Str out = arena_str(a, (Str){ (const char *)mem, n });
    free(mem);
    return out;
}

static inline Str joined(Arena *a, Str x, Str y) {
    Buf b = buf_new(a, x.n + y.n);
    buf_add(&b, x);
    buf_add(&b, y);
    return buf_str(&b);
}

static inline Str cut(Str s, size_t n) {
    return (Str){ s.p, n < s.n ? n : s.n };
}

/* TIFF with orientation in IFD0, a camera's name, and a GPS directory that says where somebody
 * lives. */
static inline Str tiff_of(Arena *a, int orientation, bool little) {
    Buf b = buf_new(a, 256);
    struct {
        uint32_t value;
        int bytes;
    } words[] = {
        { 42, 2 },     { 8, 4 }, { 3, 2 },             /* header, IFD0 of three */
        { 0x010F, 2 }, { 2, 2 }, { 12, 4 }, { 50, 4 }, /* Make, text, at 50 */
        { 0x0112, 2 }, { 3, 2 }, { 1, 4 },  { (uint32_t)orientation, 2 },
        { 0, 2 },                                      /* Orientation */
        { 0x8825, 2 }, { 4, 2 }, { 1, 4 },  { 62, 4 }, /* GPS directory at 62 */
        { 0, 4 },                                      /* no next one */
    };
    buf_c(&b, little ? "II" : "MM");
    for (int i = 0; i < COUNT(words); i++)
        for (int k = 0; k < words[i].bytes; k++)
            buf_char(&b, (char)(words[i].value >> (8 * (little ? k : words[i].bytes - 1 - k))));
    assert_int_equal(b.n, 50);
    buf_add(&b, S("SPYCAMERA 9\0"));
    buf_add(&b, S("GPSLATITUDE 29.65 N GPSLONGITUDE 91.1 E"));
    return buf_str(&b);
}

static inline Str with_exif(Arena *a, Str jpeg, Str tiff) {
    Buf b = buf_new(a, jpeg.n + tiff.n + 16);
    size_t n = tiff.n + 8;
    buf_add(&b, cut(jpeg, 2));
    buf_add(&b, S("\xFF\xE1"));
    buf_char(&b, (char)(n >> 8));
    buf_char(&b, (char)n);
    buf_add(&b, S("Exif\0\0"));
    buf_add(&b, tiff);
    buf_add(&b, (Str){ jpeg.p + 2, jpeg.n - 2 });
    return buf_str(&b);
}

static inline void png_give(png_structp png, png_bytep bytes, size_t n) {
    buf_add(png_get_io_ptr(png), (Str){ (const char *)bytes, n });
}

static inline void png_flushed(png_structp png) {
    (void)png;
}

/* `type` PNG_COLOR_TYPE_*, 8 bits; the first row repeated when `rows` is false, so that bombs cost
 * nothing here. */
static inline Str png_of(Arena *a, const Pixels *px, int type, bool interlaced, int height,
                         Str exif) {
    Buf out = buf_new(a, 4096);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_set_write_fn(png, &out, png_give, png_flushed);
    png_set_IHDR(png, info, (png_uint_32)px->width, (png_uint_32)height, 8, type,
                 interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_text text = { .compression = PNG_TEXT_COMPRESSION_NONE,
                      .key = (char *)"Comment",
                      .text = (char *)"SPYCAMERA 9" };
    png_set_text(png, info, &text, 1);
    if (exif.n > 0) png_set_eXIf_1(png, info, (png_uint_32)exif.n, (png_bytep)exif.p);
    png_write_info(png, info);
    int passes = interlaced ? png_set_interlace_handling(png) : 1;
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_write_row(png, px->p + (size_t)(y % px->height) * (size_t)px->width *
                                           (size_t)px->channels);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return buf_str(&out);
}

static inline uint32_t big_u32(uint32_t n) {
    return __builtin_bswap32(n);
}

/* A PNG whose header says anything, with one small IDAT behind it: the header's checksum is right.
 */
static inline Str png_claiming(Arena *a, uint32_t width, uint32_t height) {
    uint8_t ihdr[17] = "IHDR";
    uint32_t w = big_u32(width), h = big_u32(height);
    memcpy(ihdr + 4, &w, 4);
    memcpy(ihdr + 8, &h, 4);
    ihdr[12] = 8, ihdr[13] = 2;
    uint32_t crc = big_u32((uint32_t)crc32(0, ihdr, sizeof ihdr));
    Buf b = buf_new(a, 256);
    buf_add(&b, S("\x89PNG\r\n\x1A\n\0\0\0\x0D"));
    buf_add(&b, (Str){ (const char *)ihdr, sizeof ihdr });
    buf_add(&b, (Str){ (const char *)&crc, 4 });
    buf_add(&b, S("\0\0\0\0IDAT\x35\xAF\x06\x1E"));
    return buf_str(&b);
}

/* Mean colour of a block of a decoded picture, to compare with a quarter's. */
static inline bool looks(const Pixels *px, int x, int y, const uint8_t want[3]) {
    const uint8_t *p = px->p + ((size_t)y * (size_t)px->width + (size_t)x) * (size_t)px->channels;
    for (int c = 0; c < 3; c++)
        if (abs(p[c] - want[c]) > 12) return false;
    return true;
}

#endif
