/* What becomes of a picture, in the child: read, scaled, turned upright, written anew. */
#include "core/file/picture.h"

enum {
    QUALITY = 85,
    THUMB_QUALITY = 75,
    PHOTO_RATIO = 3, /* a PNG that is this many times its JPEG is a photo */
    PNG_BYTES_MAX = PICTURE_IN_BYTES_MAX,
};

PictureType picture_sniff(Str bytes)
{
    if (bytes.n >= 3 && memcmp(bytes.p, "\xFF\xD8\xFF", 3) == 0) return PICTURE_JPEG;
    if (bytes.n >= 8 && memcmp(bytes.p, "\x89PNG\r\n\x1A\n", 8) == 0) return PICTURE_PNG;
    return PICTURE_NONE;
}

const char *picture_mime(PictureType t)
{
    return t == PICTURE_PNG ? "image/png" : "image/jpeg";
}

/* Screenshots, drawings and what has holes stay PNG; photos that some phone saved as PNG do not. */
static void encode_png(Arena *a, const Pixels *px, Picture *out)
{
    bool opaque = pixels_opaque(px);
    Pixels plain = opaque ? pixels_on_white(a, px) : *px;
    Str png = png_encode(a, &plain), jpeg = S("");
    bool photo = png.n == 0 || png.n > PNG_BYTES_MAX;
    if (opaque || photo) jpeg = jpeg_encode(a, &plain, QUALITY);
    photo |= opaque && png.n > PHOTO_RATIO * jpeg.n;
    out->type = photo ? PICTURE_JPEG : PICTURE_PNG;
    out->main = photo ? jpeg : png;
}

Picture picture_make(Arena *a, Str bytes)
{
    Picture out = { .type = picture_sniff(bytes) };
    Pixels px = { 0 };
    int orientation = 1;
    if (out.type == PICTURE_NONE) {
        out.status = PICTURE_NOT;
        return out;
    }
    out.status =
        out.type == PICTURE_PNG ? png_decode(a, bytes, &px, &orientation) : jpeg_decode(a, bytes, &px, &orientation);
    if (out.status != PICTURE_OK) return out;
    px = pixels_upright(a, &px, orientation);
    out.width = px.width;
    out.height = px.height;
    if (out.type == PICTURE_PNG)
        encode_png(a, &px, &out);
    else
        out.main = jpeg_encode(a, &px, QUALITY);
    Pixels small = pixels_scale(a, &px, PICTURE_THUMB_SIDE_MAX);
    out.thumb = jpeg_encode(a, &small, THUMB_QUALITY);
    return out;
}
