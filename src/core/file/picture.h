/* picture: from whatever a phone sends to what linli keeps. Decoding runs in a child process only
 * (picture_run); the functions below it are what happens in there, and are called directly by tests
 * and the fuzzer.
 *
 * Kept are pixels and nothing else: every result is encoded anew, so position, time, camera,
 * thumbnails, comments, colour profiles and whatever followed the picture in the file are gone. */
#ifndef LINLI_FILE_PICTURE_H
#define LINLI_FILE_PICTURE_H

#include "base/base.h"
#include "core/file/cage.h"

enum {
    PICTURE_PIXELS_MAX = 40 * 1000 * 1000, /* of the file, checked in its header before anything is allocated */
    PICTURE_SIDE_MAX = 2560,               /* of what is kept */
    PICTURE_THUMB_SIDE_MAX = 360,
    PICTURE_IN_BYTES_MAX = CAGE_IN_BYTES_MAX,
    PICTURE_SCANS_MAX = 100, /* of a progressive JPEG; cameras write about ten */
    PICTURE_WALL_MS = CAGE_WALL_MS,
};

typedef enum PictureType { PICTURE_NONE, PICTURE_JPEG, PICTURE_PNG } PictureType;

typedef enum PictureStatus {
    PICTURE_OK,
    PICTURE_NOT,       /* neither JPEG nor PNG */
    PICTURE_BROKEN,    /* cut short, damaged, or the decoder died of it */
    PICTURE_TOO_LARGE, /* more than PICTURE_PIXELS_MAX */
    PICTURE_SANDBOX,   /* no sandbox to be had: nothing was decoded */
    PICTURE_NO_CHILD,  /* the child could not be started */
    PICTURE_STATUS_N,
} PictureStatus;

typedef struct Picture {
    PictureStatus status;
    PictureType type;  /* of the main picture; the thumbnail is always JPEG */
    int width, height; /* of the main picture, upright */
    Str main, thumb;
} Picture;

PictureType picture_sniff(Str bytes);
const char *picture_mime(PictureType t);

/* In a child of its own: `exe command`, input and output through a socket on its stdin and stdout,
 * killed after wall_ms. Its answer is checked like any other input from outside. */
Picture picture_run(Arena *a, const char *exe, const char *command, Str bytes, int wall_ms);

/* ---- in the child
 * --------------------------------------------------------------------------------------------- */
Picture picture_make(Arena *a, Str bytes);

typedef struct Pixels {
    int width, height;
    int channels; /* 3: RGB; 4: RGBA, not premultiplied */
    uint8_t *p;   /* rows without gaps */
} Pixels;

/* Reads the file down to about PICTURE_SIDE_MAX, not upright yet; orientation as in EXIF, 1 to 8.
 */
PictureStatus jpeg_decode(Arena *a, Str bytes, Pixels *out, int *orientation);
PictureStatus png_decode(Arena *a, Str bytes, Pixels *out, int *orientation);
/* Neither can fail but for memory. JPEG shows what is transparent on white. */
Str jpeg_encode(Arena *a, const Pixels *px, int quality);
Str png_encode(Arena *a, const Pixels *px);
/* EXIF orientation of a TIFF block ("II*\0..." or "MM\0*..."), 1 if it says nothing sound. */
int exif_orientation(Str tiff);

/* Area averaging, fed row by row; exact sums, so that a flat picture stays flat. Never enlarges. */
typedef struct Scaler Scaler;
void scale_fit(int width, int height, int side_max, int *out_width, int *out_height);
Scaler *scaler_new(Arena *a, int width, int height, int channels, int out_width, int out_height);
void scaler_row(Scaler *s, const uint8_t *row); /* `height` times */
Pixels scaler_end(Scaler *s);
Pixels pixels_scale(Arena *a, const Pixels *px, int side_max); /* px itself if it is small enough */
Pixels pixels_upright(Arena *a, const Pixels *px, int orientation);
bool pixels_opaque(const Pixels *px);
Pixels pixels_on_white(Arena *a, const Pixels *px); /* px itself if it has 3 channels */

#endif
