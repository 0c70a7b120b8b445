/* Pictures as a phone sends them and as nobody should; through the child wherever that is what
 * counts. The test program plays the child itself, and some children that misbehave. */
#include "core_picture_support.h"

#include "core/file.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static Picture in_child(Arena *a, Str bytes) {
    return picture_run(a, "/proc/self/exe", "picture", bytes, PICTURE_WALL_MS);
}

static Pixels decoded(Arena *a, Str bytes) {
    Pixels px = { 0 };
    int orientation = 0;
    PictureStatus s = picture_sniff(bytes) == PICTURE_PNG
                          ? png_decode(a, bytes, &px, &orientation)
                          : jpeg_decode(a, bytes, &px, &orientation);
    assert_int_equal(s, PICTURE_OK);
    assert_int_equal(orientation, 1);
    return px;
}

/* The middles of the four quarters, as a person would see them. */
static void shows_quarters(const Pixels *px) {
    int w = px->width, h = px->height;
    assert_true(looks(px, w / 4, h / 4, RED));
    assert_true(looks(px, w * 3 / 4, h / 4, GREEN));
    assert_true(looks(px, w / 4, h * 3 / 4, BLUE));
    assert_true(looks(px, w * 3 / 4, h * 3 / 4, YELLOW));
}

static void jpeg_comes_back_smaller(void **state) {
    Arena *a = *state;
    Picture p = in_child(a, jpeg_of(a, 4000, 3000, (JpegKind){ 0 }));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.type, PICTURE_JPEG);
    assert_int_equal(p.width, 2560);
    assert_int_equal(p.height, 1920);
    Pixels main = decoded(a, p.main), thumb = decoded(a, p.thumb);
    assert_int_equal(main.width, 2560);
    assert_int_equal(main.height, 1920);
    assert_int_equal(thumb.width, 360);
    assert_int_equal(thumb.height, 270);
    shows_quarters(&main);
    shows_quarters(&thumb);
}

static void small_pictures_are_not_enlarged(void **state) {
    Arena *a = *state;
    static const int sizes[][2] = { { 1, 1 },    { 3, 200 },  { 359, 2 },
                                    { 361, 40 }, { 2560, 8 }, { 2561, 8 } };
    static const int want[][2] = { { 1, 1 },    { 3, 200 },  { 359, 2 },
                                   { 361, 40 }, { 2560, 8 }, { 2560, 8 } };
    for (int i = 0; i < COUNT(sizes); i++) {
        Picture p = picture_make(a, jpeg_of(a, sizes[i][0], sizes[i][1], (JpegKind){ 0 }));
        assert_int_equal(p.status, PICTURE_OK);
        assert_int_equal(p.width, want[i][0]);
        assert_int_equal(p.height, want[i][1]);
        Pixels thumb = decoded(a, p.thumb);
        assert_true(thumb.width <= 360 && thumb.height <= 360 && thumb.width >= 1 &&
                    thumb.height >= 1);
    }
    Picture thin = picture_make(a, jpeg_of(a, 60000, 2, (JpegKind){ 0 }));
    assert_int_equal(thin.status, PICTURE_OK);
    assert_int_equal(thin.width, 2560);
    assert_int_equal(thin.height, 1);
}

static void every_kind_of_jpeg_is_read(void **state) {
    Arena *a = *state;
    static const JpegKind kinds[] = { { .progressive = true },
                                      { .cmyk = true },
                                      { .progressive = true, .cmyk = true } };
    for (int i = 0; i < COUNT(kinds); i++) {
        Picture p = in_child(a, jpeg_of(a, 640, 480, kinds[i]));
        assert_int_equal(p.status, PICTURE_OK);
        Pixels main = decoded(a, p.main);
        shows_quarters(&main);
    }
    Picture grey = in_child(a, jpeg_of(a, 640, 480, (JpegKind){ .grey = true }));
    assert_int_equal(grey.status, PICTURE_OK);
    Pixels main = decoded(a, grey.main);
    assert_true(looks(&main, 10, 10, (const uint8_t[]){ RED[0], RED[0], RED[0] }));
}

/* What the sensor saw, if the picture is to look like quarters() once it is turned: stored(row,
 * column) by EXIF's words about where row 0 and column 0 belong, which is how cameras say it; not
 * by the formula under test. */
static Pixels as_stored(Arena *a, const Pixels *seen, int orientation) {
    bool turned = orientation >= 5;
    Pixels s = { turned ? seen->height : seen->width, turned ? seen->width : seen->height, 3,
                 NULL };
    s.p = arena_alloc(a, (size_t)s.width * (size_t)s.height * 3);
    for (int row = 0; row < s.height; row++) {
        for (int col = 0; col < s.width; col++) {
            int x = 0, y = 0;
            switch (orientation) {                             /* row 0 is ..., column 0 is ... */
            case 1: y = row, x = col; break;                   /* top, left */
            case 2: y = row, x = seen->width - 1 - col; break; /* top, right */
            case 3:
                y = seen->height - 1 - row, x = seen->width - 1 - col;
                break;                                          /* bottom, right */
            case 4: y = seen->height - 1 - row, x = col; break; /* bottom, left */
            case 5: x = row, y = col; break;                    /* left, top */
            case 6: x = seen->width - 1 - row, y = col; break;  /* right, top */
            case 7:
                x = seen->width - 1 - row, y = seen->height - 1 - col;
                break;                                          /* right, bottom */
            case 8: x = row, y = seen->height - 1 - col; break; /* left, bottom */
            default: assert_true(false);
            }
            memcpy(s.p + ((size_t)row * (size_t)s.width + (size_t)col) * 3,
                   seen->p + ((size_t)y * (size_t)seen->width + (size_t)x) * 3, 3);
        }
    }
    return s;
}

static void every_orientation_stands_upright(void **state) {
    Arena *a = *state;
    Pixels seen = quarters(a, 96, 64);
    for (int o = 1; o <= 8; o++) {
        Pixels stored = as_stored(a, &seen, o);
        Pixels upright = pixels_upright(a, &stored, o);
        assert_int_equal(upright.width, 96);
        assert_int_equal(upright.height, 64);
        assert_memory_equal(upright.p, seen.p, 96 * 64 * 3);
        Str plain = jpeg_encode(a, &stored, 95);
        Picture p = in_child(a, with_exif(a, plain, tiff_of(a, o, o % 2 == 0)));
        assert_int_equal(p.status, PICTURE_OK);
        assert_int_equal(p.width, 96);
        assert_int_equal(p.height, 64);
        Pixels main = decoded(a, p.main), thumb = decoded(a, p.thumb);
        shows_quarters(&main);
        shows_quarters(&thumb);
    }
    Pixels stored = as_stored(a, &seen, 6);
    Picture p = in_child(
        a, png_of(a, &stored, PNG_COLOR_TYPE_RGB, false, stored.height, tiff_of(a, 6, true)));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.width, 96);
    Pixels main = decoded(a, p.main);
    shows_quarters(&main);
}

static void strange_exif_is_no_orientation(void **state) {
    Arena *a = *state;
    Str good = tiff_of(a, 6, true);
    assert_int_equal(exif_orientation(good), 6);
    assert_int_equal(exif_orientation(tiff_of(a, 8, false)), 8);
    for (size_t n = 0; n < 34; n++) /* the orientation's entry ends at 34 */
        assert_int_equal(exif_orientation(cut(good, n)), 1);
    assert_int_equal(exif_orientation(cut(good, 34)), 6);
    assert_int_equal(exif_orientation(tiff_of(a, 0, true)), 1);
    assert_int_equal(exif_orientation(tiff_of(a, 9, true)), 1);
    for (size_t i = 0; i < good.n;
         i++) { /* nothing that one changed byte does may be worse than a wrong turn */
        Str bad = arena_str(a, good);
        ((char *)bad.p)[i] = (char)0xFF;
        int o = exif_orientation(bad);
        assert_true(o >= 1 && o <= 8);
    }
    Picture p =
        in_child(a, with_exif(a, jpeg_of(a, 64, 32, (JpegKind){ 0 }), S("II*\0\xFF\xFF\xFF\xFF")));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.width, 64);
}

static void has_no_metadata(Str bytes) {
    static const char *const words[] = { "SPYCAMERA", "GPSLATITUDE", "Exif",        "http",
                                         "eXIf",      "tEXt",        "ICC_PROFILE", "PK" };
    for (int i = 0; i < COUNT(words); i++)
        assert_true(str_find(bytes, str_c(words[i])) < 0);
}

static void nothing_but_pixels_is_kept(void **state) {
    Arena *a = *state;
    Pixels q = quarters(a, 64, 64);
    Str jpeg = with_exif(a, jpeg_of(a, 640, 480, (JpegKind){ 0 }), tiff_of(a, 1, true));
    jpeg = joined(a, jpeg, S("PK\x03\x04 a second file: <script src=http://x></script>"));
    assert_true(str_find(jpeg, S("GPSLATITUDE")) > 0); /* there is something to lose */
    Picture p = in_child(a, jpeg);
    assert_int_equal(p.status, PICTURE_OK);
    has_no_metadata(p.main);
    has_no_metadata(p.thumb);
    Str png = joined(a, png_of(a, &q, PNG_COLOR_TYPE_RGB, false, 64, tiff_of(a, 1, true)),
                     S("PK\x03\x04 http"));
    assert_true(str_find(png, S("SPYCAMERA")) > 0);
    p = in_child(a, png);
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.type, PICTURE_PNG);
    has_no_metadata(p.main);
    has_no_metadata(p.thumb);
}

static void png_stays_png_unless_it_is_a_photo(void **state) {
    Arena *a = *state;
    Pixels flat = quarters(a, 3000, 1000), photo = noise(a, 300, 300, 3),
           holes = noise(a, 40, 40, 4);
    Picture p = in_child(a, png_of(a, &flat, PNG_COLOR_TYPE_RGB, false, 1000, S("")));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.type, PICTURE_PNG);
    assert_int_equal(p.width, 2560);
    assert_int_equal(p.height, 853);
    Pixels main = decoded(a, p.main);
    shows_quarters(&main);
    for (int y = 0; y < 300; y++) /* a photo has noise, but is smooth: else JPEG gains nothing */
        for (int x = 0; x < 900; x++)
            photo.p[y * 900 + x] = (uint8_t)(y / 3 + x / 9 + photo.p[y * 900 + x] % 12);
    p = in_child(a, png_of(a, &photo, PNG_COLOR_TYPE_RGB, false, 300, S("")));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.type, PICTURE_JPEG);
    p = in_child(a, png_of(a, &holes, PNG_COLOR_TYPE_RGB_ALPHA, false, 40, S("")));
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.type, PICTURE_PNG);
    main = decoded(a, p.main);
    assert_int_equal(main.channels, 4);
    assert_memory_equal(main.p, holes.p, 40 * 40 * 4);
}

static void png_kinds_and_interlacing_agree(void **state) {
    Arena *a = *state;
    Pixels px = noise(a, 70, 50, 3), grey = noise(a, 70, 50, 1);
    for (int i = 0; i < 70 * 50; i++) { /* few colours: it stays PNG */
        memset(px.p + 3 * i, px.p[3 * i] & 0x80, 3);
        grey.p[i] &= 0x80;
    }
    Picture plain = picture_make(a, png_of(a, &px, PNG_COLOR_TYPE_RGB, false, 50, S("")));
    Picture laced = picture_make(a, png_of(a, &px, PNG_COLOR_TYPE_RGB, true, 50, S("")));
    assert_int_equal(plain.status, PICTURE_OK);
    assert_int_equal(laced.status, PICTURE_OK);
    assert_int_equal(plain.type, PICTURE_PNG);
    assert_true(str_eq(plain.main, laced.main));
    Pixels main = decoded(a, plain.main);
    assert_memory_equal(main.p, px.p, 70 * 50 * 3);
    Picture p = picture_make(a, png_of(a, &grey, PNG_COLOR_TYPE_GRAY, false, 50, S("")));
    assert_int_equal(p.type, PICTURE_PNG);
    main = decoded(a, p.main);
    assert_int_equal(main.p[3 * 7], grey.p[7]);
    assert_int_equal(main.p[3 * 7 + 2], grey.p[7]);
}

/* ---- scaling against the plain definition ---- */

static void scaling_is_the_mean_of_areas(void **state) {
    Arena *a = *state;
    uint64_t seed = 5;
    for (int round = 0; round < 30; round++) {
        int w = 1 + (int)(unit_random(&seed) % 40), h = 1 + (int)(unit_random(&seed) % 40);
        int W = 1 + (int)(unit_random(&seed) % (uint64_t)w),
            H = 1 + (int)(unit_random(&seed) % (uint64_t)h);
        Pixels px = noise(a, w, h, 3);
        Scaler *s = scaler_new(a, w, h, 3, W, H);
        for (int y = 0; y < h; y++)
            scaler_row(s, px.p + y * w * 3);
        Pixels out = scaler_end(s);
        for (int Y = 0; Y < H; Y++) {
            for (int X = 0; X < W; X++) {
                double sum = 0, x0 = (double)X * w / W, x1 = (double)(X + 1) * w / W,
                       y0 = (double)Y * h / H, y1 = (double)(Y + 1) * h / H;
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++) {
                        double dx = (x + 1 < x1 ? x + 1 : x1) - (x > x0 ? x : x0);
                        double dy = (y + 1 < y1 ? y + 1 : y1) - (y > y0 ? y : y0);
                        if (dx > 0 && dy > 0) sum += dx * dy * px.p[(y * w + x) * 3 + 1];
                    }
                double mean = sum / ((x1 - x0) * (y1 - y0)), got = out.p[(Y * W + X) * 3 + 1];
                assert_true(got > mean - 0.51 && got < mean + 0.51);
            }
        }
    }
    Pixels two = { 2, 1, 4,
                   (uint8_t[]){ 255, 0, 0, 255, 0, 255, 0, 0 } }; /* red, and an unseen green */
    Pixels one = pixels_scale(a, &two, 1);
    assert_memory_equal(one.p, ((uint8_t[]){ 255, 0, 0, 128 }), 4);
    Pixels white = pixels_on_white(a, &two);
    assert_memory_equal(white.p, ((uint8_t[]){ 255, 0, 0, 255, 255, 255 }), 6);
}

/* ---- what nobody should send ---- */

static void what_is_no_picture_is_refused(void **state) {
    Arena *a = *state;
    static const char *const texts[] = { "",
                                         "G",
                                         "GIF89a....",
                                         "<svg xmlns='http://www.w3.org/2000/svg'/>",
                                         "%PDF-1.7",
                                         "RIFF....WEBPVP8 ",
                                         "\x89PNG\r\n\x1A",
                                         "\xFF\xD8",
                                         "BM......" };
    for (int i = 0; i < COUNT(texts); i++)
        assert_int_equal(in_child(a, str_c(texts[i])).status, PICTURE_NOT);
    static const char *const broken[] = { "\xFF\xD8\xFF", "\xFF\xD8\xFF\xE0 and nothing",
                                          "\x89PNG\r\n\x1A\n", "\x89PNG\r\n\x1A\n....IHDR" };
    for (int i = 0; i < COUNT(broken); i++)
        assert_int_equal(in_child(a, str_c(broken[i])).status, PICTURE_BROKEN);
}

static void cut_short_is_broken(void **state) {
    Arena *a = *state;
    Pixels px = noise(a, 64, 48, 3);
    static const JpegKind kinds[] = { { 0 }, { .progressive = true } };
    int tried = 0;
    for (int i = 0; i < COUNT(kinds); i++) {
        Str whole = jpeg_of(a, 200, 150, kinds[i]);
        for (size_t n = 3; n < whole.n - 2;
             n += 1 + whole.n / 40, tried++) /* without EOI all pixels may be there */
            assert_int_equal(picture_make(a, cut(whole, n)).status, PICTURE_BROKEN);
        assert_int_equal(in_child(a, cut(whole, whole.n / 2)).status, PICTURE_BROKEN);
    }
    Str png = png_of(a, &px, PNG_COLOR_TYPE_RGB, false, 48, S(""));
    for (size_t n = 8; n < png.n - 40; n += 97, tried++)
        assert_int_equal(picture_make(a, cut(png, n)).status, PICTURE_BROKEN);
    assert_int_equal(in_child(a, cut(png, png.n / 2)).status, PICTURE_BROKEN);
    assert_true(tried > 100);
}

static void damage_anywhere_never_kills(void **state) {
    Arena *a = *state;
    Pixels px = noise(a, 32, 24, 4);
    Str files[] = { with_exif(a, jpeg_of(a, 48, 40, (JpegKind){ .progressive = true }),
                              tiff_of(a, 3, true)),
                    png_of(a, &px, PNG_COLOR_TYPE_RGB_ALPHA, true, 24, S("")) };
    uint64_t seed = 3;
    int whole = 0;
    for (int i = 0; i < 600; i++) {
        Arena *one = arena_new();
        Str bad = arena_str(one, files[i % 2]);
        for (int k = 0; k < 3; k++)
            ((char *)bad.p)[unit_random(&seed) % bad.n] = (char)unit_random(&seed);
        whole += picture_make(one, bad).status == PICTURE_OK;
        arena_free(one);
    }
    assert_true(whole > 0 && whole < 600);
}

static void bombs_are_refused_by_their_header(void **state) {
    Arena *a = *state;
    assert_int_equal(in_child(a, png_claiming(a, 50000, 50000)).status, PICTURE_TOO_LARGE);
    assert_int_equal(in_child(a, png_claiming(a, 6325, 6325)).status,
                     PICTURE_TOO_LARGE); /* 40 megapixels and a bit */
    assert_int_equal(in_child(a, png_claiming(a, 0x7FFFFFFF, 0x7FFFFFFF)).status,
                     PICTURE_TOO_LARGE);
    assert_int_equal(in_child(a, png_claiming(a, 0xFFFFFFFF, 1)).status, PICTURE_TOO_LARGE);
    assert_int_equal(in_child(a, png_claiming(a, 0, 5)).status, PICTURE_BROKEN);
    assert_int_equal(in_child(a, png_claiming(a, 6000, 6000)).status,
                     PICTURE_BROKEN); /* claims, and has nothing */
    Str jpeg = arena_str(a, jpeg_of(a, 16, 16, (JpegKind){ 0 }));
    int64_t sof = str_find(jpeg, S("\xFF\xC0"));
    assert_true(sof > 0);
    memcpy((char *)jpeg.p + sof + 5, "\xFF\xDC\xFF\xDC", 4); /* 65500 x 65500 */
    assert_int_equal(in_child(a, jpeg).status, PICTURE_TOO_LARGE);
    Pixels line = quarters(a, 6000, 2); /* honest, flat, 36 megapixels in a few kilobytes */
    Str flat = png_of(a, &line, PNG_COLOR_TYPE_RGB, false, 6000, S(""));
    assert_true(flat.n < 400 * 1024);
    Picture p = in_child(a, flat);
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.width, 2560);
}

static void endless_scans_are_refused(void **state) {
    Arena *a = *state;
    Str jpeg = jpeg_of(a, 64, 64, (JpegKind){ .progressive = true });
    int64_t last = -1; /* the last scan, repeated */
    for (int64_t at = 0; at + 1 < (int64_t)jpeg.n; at++)
        if (memcmp(jpeg.p + at, "\xFF\xDA", 2) == 0) last = at;
    assert_true(last > 0);
    Buf b = buf_new(a, 100000);
    buf_add(&b, cut(jpeg, (size_t)last));
    for (int i = 0; i < 2000; i++)
        buf_add(&b, (Str){ jpeg.p + last, jpeg.n - 2 - (size_t)last });
    buf_add(&b, S("\xFF\xD9"));
    assert_int_equal(in_child(a, buf_str(&b)).status, PICTURE_BROKEN);
}

static void largest_allowed_fits_the_childs_memory(void **state) {
    Arena *a = *state;
    Str jpeg = jpeg_of(a, 8000, 5000, (JpegKind){ .progressive = true });
    Picture p = in_child(a, jpeg);
    assert_int_equal(p.status, PICTURE_OK);
    assert_int_equal(p.width, 2560);
    assert_int_equal(p.height, 1600);
    Pixels line = quarters(a, 8000, 2);
    p = in_child(a, png_of(a, &line, PNG_COLOR_TYPE_RGB, true, 5000, S("")));
    assert_int_equal(p.status, PICTURE_OK);
    Pixels loud = noise(a, 2560, 1600, 4); /* the longest answer there is */
    p = in_child(a, jpeg_encode(a, &loud, 80));
    assert_int_equal(p.status, PICTURE_OK);
}

/* ---- children that misbehave: the parent believes none of them ---- */

static void lying_children_are_not_believed(void **state) {
    Arena *a = *state;
    static const char *const liars[] = { "picture-silent", "picture-dies", "picture-garbage",
                                         "picture-huge",   "picture-html", "picture-wide",
                                         "picture-status", "picture-short" };
    Str jpeg = jpeg_of(a, 64, 64, (JpegKind){ 0 });
    for (int i = 0; i < COUNT(liars); i++) {
        Picture p = picture_run(a, "/proc/self/exe", liars[i], jpeg, PICTURE_WALL_MS);
        assert_int_equal(p.status, PICTURE_BROKEN);
        assert_int_equal(p.main.n, 0);
    }
    Str large = arena_str(
        a, (Str){ arena_alloc(a, 4 << 20), 4 << 20 }); /* dies before it has read all: no SIGPIPE */
    assert_int_equal(
        picture_run(a, "/proc/self/exe", "picture-dies", large, PICTURE_WALL_MS).status,
        PICTURE_BROKEN);
}

static void sleeping_child_is_killed(void **state) {
    Arena *a = *state;
    Picture p = picture_run(a, "/proc/self/exe", "picture-sleeps", S("\xFF\xD8\xFF"), 300);
    assert_int_equal(p.status, PICTURE_BROKEN);
}

static void no_child_is_no_picture(void **state) {
    Arena *a = *state;
    assert_int_equal(picture_run(a, "/no/such/program", "picture", S("\xFF\xD8\xFF"), 1000).status,
                     PICTURE_NO_CHILD);
}

static void without_seccomp_nothing_is_decoded(void **state) {
    Arena *a = *state;
    Picture p = picture_run(a, "/proc/self/exe", "picture-no-seccomp",
                            jpeg_of(a, 64, 64, (JpegKind){ 0 }), PICTURE_WALL_MS);
    assert_int_equal(p.status, PICTURE_SANDBOX);
    assert_int_equal(p.main.n, 0);
}

/* Each of these tries one thing from inside the sandbox and answers like an honest child if it
 * works. */
static void sandbox_holds(void **state) {
    Arena *a = *state;
    static const char *const tries[] = { "sandbox-open", "sandbox-socket", "sandbox-fork",
                                         "sandbox-exec", "sandbox-kill",   "sandbox-code" };
    Str jpeg = jpeg_of(a, 64, 64, (JpegKind){ 0 });
    assert_int_equal(
        picture_run(a, "/proc/self/exe", "sandbox-nothing", jpeg, PICTURE_WALL_MS).status,
        PICTURE_OK);
    for (int i = 0; i < COUNT(tries); i++)
        assert_int_equal(picture_run(a, "/proc/self/exe", tries[i], jpeg, PICTURE_WALL_MS).status,
                         PICTURE_BROKEN);
}

/* ---- the children ---- */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

static void head_put(uint8_t *head, uint32_t status, uint32_t type, uint32_t side, uint32_t main_n,
                     uint32_t thumb_n) {
    uint32_t words[] = { status, type, side, side, main_n, thumb_n };
    memcpy(head, "LNP1", 4);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 4; k++)
            head[4 + 4 * i + k] = (uint8_t)(words[i] >> (8 * k));
}

static void say(const void *p, size_t n) {
    if (write(STDOUT_FILENO, p, n) != (ssize_t)n) _exit(9);
}

static int play_liar(const char *what) {
    uint8_t head[CAGE_ANSWER_BYTES];
    static uint8_t sink[1 << 16];
    if (strcmp(what, "dies") == 0) abort();
    if (strcmp(what, "sleeps") == 0) sleep(600);
    ssize_t got = read(STDIN_FILENO, sink, sizeof sink);
    if (got < CAGE_ASK_BYTES) return 9;
    if (strcmp(what, "silent") == 0) return 0;
    if (strcmp(what, "garbage") == 0) {
        memset(sink, 'x', sizeof sink);
        say(sink, sizeof sink);
        return 0;
    }
    bool huge = strcmp(what, "huge") == 0;
    head_put(head, strcmp(what, "status") == 0 ? 77 : 0, 1, strcmp(what, "wide") == 0 ? 100000 : 10,
             huge ? 0xFFFFFFFF : 8, 8);
    say(head, sizeof head);
    bool html = strcmp(what, "html") == 0;
    say(html ? "<script>" : "\xFF\xD8\xFF.....", 8);
    if (strcmp(what, "short") != 0) say("\xFF\xD8\xFF.....", 8);
    return 0;
}

static bool try_it(const char *what) {
    if (strcmp(what, "nothing") == 0) return true;
    if (strcmp(what, "open") == 0) return open("/etc/passwd", O_RDONLY) >= 0;
    if (strcmp(what, "socket") == 0) return socket(AF_INET, SOCK_STREAM, 0) >= 0;
    if (strcmp(what, "fork") == 0) return fork() >= 0;
    if (strcmp(what, "exec") == 0) return execl("/bin/true", "true", (char *)NULL) == 0;
    if (strcmp(what, "kill") == 0) return kill(getppid(), 0) == 0;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static int play_prisoner(const char *what) {
    uint8_t head[CAGE_ANSWER_BYTES];
    if (!sandbox_enter()) return 9;
    if (!try_it(what)) _exit(8);
    head_put(head, 0, 1, 10, 8, 8);
    say(head, sizeof head);
    say("\xFF\xD8\xFF.....\xFF\xD8\xFF.....", 16);
    _exit(0);
}

/* A kernel, or a container, that has no seccomp to give. */
static int play_no_seccomp(void) {
    scmp_filter_ctx c = seccomp_init(SCMP_ACT_ALLOW);
    if (c == NULL || seccomp_rule_add(c, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) != 0 ||
        seccomp_rule_add(c, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, 22)) !=
            0 ||
        seccomp_load(c) != 0)
        return 9;
    return picture_child_main();
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "picture") == 0) return picture_child_main();
    if (argc == 2 && strcmp(argv[1], "picture-no-seccomp") == 0) return play_no_seccomp();
    if (argc == 2 && strncmp(argv[1], "picture-", 8) == 0) return play_liar(argv[1] + 8);
    if (argc == 2 && strncmp(argv[1], "sandbox-", 8) == 0) return play_prisoner(argv[1] + 8);
    const struct CMUnitTest tests[] = {
        with_arena(jpeg_comes_back_smaller),
        with_arena(small_pictures_are_not_enlarged),
        with_arena(every_kind_of_jpeg_is_read),
        with_arena(every_orientation_stands_upright),
        with_arena(strange_exif_is_no_orientation),
        with_arena(nothing_but_pixels_is_kept),
        with_arena(png_stays_png_unless_it_is_a_photo),
        with_arena(png_kinds_and_interlacing_agree),
        with_arena(scaling_is_the_mean_of_areas),
        with_arena(what_is_no_picture_is_refused),
        with_arena(cut_short_is_broken),
        with_arena(damage_anywhere_never_kills),
        with_arena(bombs_are_refused_by_their_header),
        with_arena(endless_scans_are_refused),
        with_arena(largest_allowed_fits_the_childs_memory),
        with_arena(lying_children_are_not_believed),
        with_arena(sleeping_child_is_killed),
        with_arena(no_child_is_no_picture),
        with_arena(without_seccomp_nothing_is_decoded),
        with_arena(sandbox_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
