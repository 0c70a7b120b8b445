/* JPEG through libjpeg-turbo, and the one thing we ask of EXIF. */
#include "core/file/picture.h"

#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

enum { WARNINGS_MAX = 1000, CHUNK_BYTES = 64 * 1024 };

/* libjpeg leaves through error_exit and must not come back: each step runs under a jump of its own.
 */
typedef struct Decoder {
    struct jpeg_decompress_struct j;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf out;
    int warnings;
    Arena *arena;
    Str bytes;
    PictureStatus status;
    int orientation;
    int side; /* of the file, the longer one */
    Pixels pixels;
} Decoder;

static void leave(j_common_ptr j)
{
    Decoder *d = (Decoder *)j->client_data;
    longjmp(d->out, 1);
}

static void hear(j_common_ptr j, int level)
{
    Decoder *d = (Decoder *)j->client_data;
    if (level >= 0) return; /* a trace */
    /* A picture cut short is drawn in grey from there on: nobody would know that something is
     * missing. */
    int code = j->err->msg_code;
    if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || ++d->warnings > WARNINGS_MAX) leave(j);
}

static void say_nothing(j_common_ptr j)
{
    (void)j;
}

static void watch(j_common_ptr j)
{
    if (((j_decompress_ptr)j)->input_scan_number > PICTURE_SCANS_MAX) leave(j);
}

static bool guarded(Decoder *d, void (*step)(Decoder *))
{
    if (setjmp(d->out) != 0) return false;
    step(d);
    return true;
}

static Str exif_block(const Decoder *d)
{
    static const char head[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = d->j.marker_list; m != NULL; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > sizeof head && memcmp(m->data, head, sizeof head) == 0)
            return (Str){ (const char *)m->data + sizeof head, m->data_length - sizeof head };
    return S("");
}

static void read_header(Decoder *d)
{
    jpeg_create_decompress(&d->j);
    d->j.progress = &d->progress;
    jpeg_mem_src(&d->j, (const unsigned char *)d->bytes.p, (unsigned long)d->bytes.n);
    jpeg_save_markers(&d->j, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&d->j, TRUE);
    if ((uint64_t)d->j.image_width * d->j.image_height > PICTURE_PIXELS_MAX) {
        d->status = PICTURE_TOO_LARGE;
        return;
    }
    d->orientation = exif_orientation(exif_block(d));
    d->status = PICTURE_OK;
}

/* The cosine transform can scale by eighths, far cheaper than pixels can be averaged: the smallest
 * eighths that still have as many pixels as we keep. */
static void choose_output(Decoder *d)
{
    JDIMENSION width = d->j.image_width, height = d->j.image_height;
    unsigned long side = width > height ? width : height;
    d->j.scale_denom = 8;
    d->j.scale_num = 8;
    while (d->j.scale_num > 1 && side * (d->j.scale_num - 1) / 8 >= PICTURE_SIDE_MAX)
        d->j.scale_num--;
    bool four = d->j.jpeg_color_space == JCS_CMYK || d->j.jpeg_color_space == JCS_YCCK;
    d->j.out_color_space = four ? JCS_CMYK : JCS_RGB;
}

/* Printers' colours, without a profile: near enough to see what is in the picture. Adobe writes
 * them upside down. */
static void rgb_of_cmyk(uint8_t *row, int width, bool inverted)
{
    for (int x = 0; x < width; x++) {
        const uint8_t *from = row + 4 * x;
        uint8_t *to = row + 3 * x;
        int k = inverted ? from[3] : 255 - from[3];
        int ink[3] = { from[0], from[1], from[2] };
        for (int c = 0; c < 3; c++)
            to[c] = (uint8_t)((inverted ? ink[c] : 255 - ink[c]) * k / 255);
    }
}

static void read_pixels(Decoder *d)
{
    choose_output(d);
    jpeg_start_decompress(&d->j);
    int width = (int)d->j.output_width, height = (int)d->j.output_height, out_width, out_height;
    scale_fit(width, height, PICTURE_SIDE_MAX, &out_width, &out_height);
    Scaler *s = scaler_new(d->arena, width, height, 3, out_width, out_height);
    uint8_t *row = arena_alloc(d->arena, (size_t)width * (size_t)d->j.output_components);
    while (d->j.output_scanline < d->j.output_height) {
        JSAMPROW rows[1] = { row };
        jpeg_read_scanlines(&d->j, rows, 1);
        if (d->j.out_color_space == JCS_CMYK) rgb_of_cmyk(row, width, d->j.saw_Adobe_marker);
        scaler_row(s, row);
    }
    d->pixels = scaler_end(s);
}

static struct jpeg_error_mgr *errors_of(struct jpeg_error_mgr *e)
{
    jpeg_std_error(e);
    e->error_exit = leave;
    e->emit_message = hear;
    e->output_message = say_nothing;
    return e;
}

PictureStatus jpeg_decode(Arena *a, Str bytes, Pixels *out, int *orientation)
{
    Decoder *d = arena_new_of(a, Decoder);
    d->arena = a;
    d->bytes = bytes;
    d->j.err = errors_of(&d->errors);
    d->j.client_data = d;
    d->progress.progress_monitor = watch;
    d->status = PICTURE_BROKEN;
    if (guarded(d, read_header) && d->status == PICTURE_OK && !guarded(d, read_pixels)) d->status = PICTURE_BROKEN;
    jpeg_destroy_decompress(&d->j);
    *out = d->pixels;
    *orientation = d->orientation;
    return d->status;
}

/* ---- encoding
 * -------------------------------------------------------------------------------------------------
 */

typedef struct Sink {
    struct jpeg_destination_mgr to;
    Buf out;
    uint8_t chunk[CHUNK_BYTES];
} Sink;

static void sink_start(j_compress_ptr j)
{
    Sink *s = (Sink *)j->dest;
    s->to.next_output_byte = s->chunk;
    s->to.free_in_buffer = sizeof s->chunk;
}

static boolean sink_full(j_compress_ptr j)
{
    Sink *s = (Sink *)j->dest;
    buf_add(&s->out, (Str){ (const char *)s->chunk, sizeof s->chunk });
    sink_start(j);
    return TRUE;
}

static void sink_end(j_compress_ptr j)
{
    Sink *s = (Sink *)j->dest;
    buf_add(&s->out, (Str){ (const char *)s->chunk, sizeof s->chunk - s->to.free_in_buffer });
}

/* No jump here: the defaults of jpeg_std_error end the process, which only a lack of memory brings
 * about. */
Str jpeg_encode(Arena *a, const Pixels *px, int quality)
{
    struct jpeg_compress_struct j;
    struct jpeg_error_mgr errors;
    Pixels rgb = pixels_on_white(a, px);
    Sink *s = arena_new_of(a, Sink);
    s->out = buf_new(a, (size_t)rgb.width * (size_t)rgb.height / 4);
    s->to = (struct jpeg_destination_mgr){ .init_destination = sink_start,
                                           .empty_output_buffer = sink_full,
                                           .term_destination = sink_end };
    j.err = jpeg_std_error(&errors);
    jpeg_create_compress(&j);
    j.dest = &s->to;
    j.image_width = (JDIMENSION)rgb.width;
    j.image_height = (JDIMENSION)rgb.height;
    j.input_components = 3;
    j.in_color_space = JCS_RGB;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, quality, TRUE);
    j.optimize_coding = TRUE;
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        JSAMPROW rows[1] = { rgb.p + 3 * (size_t)j.next_scanline * (size_t)rgb.width };
        jpeg_write_scanlines(&j, rows, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    return buf_str(&s->out);
}

/* ---- EXIF
 * -----------------------------------------------------------------------------------------------------
 */

static uint32_t number_at(Str s, size_t at, int bytes, bool little)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++)
        n |= (uint32_t)(uint8_t)s.p[at + (size_t)i] << (8 * (little ? i : bytes - 1 - i));
    return n;
}

/* TIFF 6.0: byte order, 42, offset of the first directory; there a count and entries of twelve
 * bytes. */
int exif_orientation(Str tiff)
{
    enum { ORIENTATION = 0x0112, SHORT = 3, ENTRY_BYTES = 12 };
    if (tiff.n < 8) return 1;
    bool little = memcmp(tiff.p, "II*\0", 4) == 0;
    if (!little && memcmp(tiff.p, "MM\0*", 4) != 0) return 1;
    size_t at = number_at(tiff, 4, 4, little);
    if (at < 8 || at > tiff.n - 2) return 1;
    size_t entries = number_at(tiff, at, 2, little);
    at += 2;
    for (size_t i = 0; i < entries && tiff.n - at >= ENTRY_BYTES; i++, at += ENTRY_BYTES) {
        if (number_at(tiff, at, 2, little) != ORIENTATION) continue;
        bool one_short = number_at(tiff, at + 2, 2, little) == SHORT && number_at(tiff, at + 4, 4, little) == 1;
        uint32_t value = number_at(tiff, at + 8, 2, little);
        return one_short && value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
