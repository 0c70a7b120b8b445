/* Everything that the child does with a picture, in this process: sniffing, both decoders, EXIF,
 * scaling, encoding. The decoders' own code is in system libraries, which see no coverage here;
 * ours is what is looked at. */
#include "core/file/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    if (n == 0 || n > 256 * 1024) return 0;
    Arena *a = arena_new();
    Str bytes = { (const char *)data, n };
    int orientation = exif_orientation(bytes);
    if (orientation < 1 || orientation > 8) __builtin_trap();
    Picture p = picture_make(a, bytes);
    bool whole = p.width >= 1 && p.width <= PICTURE_SIDE_MAX && p.height >= 1 &&
                 p.height <= PICTURE_SIDE_MAX && picture_sniff(p.main) == p.type &&
                 picture_sniff(p.thumb) == PICTURE_JPEG;
    if (p.status == PICTURE_OK && !whole) __builtin_trap();
    if (p.status != PICTURE_OK && p.main.n > 0) __builtin_trap();
    arena_free(a);
    return 0;
}
