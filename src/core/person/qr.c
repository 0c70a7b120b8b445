/* A QR code as SVG, for one-time codes and second factors. */
#include "core/person/person.h"

#include <qrencode.h>

enum { QUIET = 4, TEXT_MAX = 1000 }; /* ISO/IEC 18004 asks for four light modules around */

Str qr_modules(Arena *a, Str text, int *side)
{
    *side = 0;
    if (text.n == 0 || text.n > TEXT_MAX) return S("");
    QRcode *code = QRcode_encodeString8bit(arena_c(a, text), 0, QR_ECLEVEL_Q); /* it hangs outdoors */
    if (code == NULL) return S("");
    *side = code->width;
    Buf out = buf_new(a, (size_t)code->width * (size_t)code->width + 1);
    for (int i = 0; i < code->width * code->width; i++)
        buf_char(&out, code->data[i] & 1 ? '1' : '0');
    QRcode_free(code);
    return buf_str(&out);
}

Str qr_svg(Arena *a, Str text)
{
    if (text.n == 0 || text.n > TEXT_MAX) return S("");
    QRcode *code = QRcode_encodeString8bit(arena_c(a, text), 0, QR_ECLEVEL_M);
    if (code == NULL) return S("");
    int n = code->width, side = n + 2 * QUIET;
    Buf out = buf_new(a, 4096);
    buf_fmt(&out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
            "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
            side, side, side, side);
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n;) {
            int run = 0;
            while (x + run < n && (code->data[y * n + x + run] & 1))
                run++;
            if (run > 0) buf_fmt(&out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
            x += run > 0 ? run : 1;
        }
    buf_c(&out, "\"/></svg>");
    QRcode_free(code);
    return buf_str(&out);
}
