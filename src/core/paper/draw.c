/* The drawing: one document, top to bottom, twice: the first time only to know how many pages there are. */
#include "core/paper/paper.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

/* Points; A4. */
static const double WIDTH = 595.28, HEIGHT = 841.89, MARGIN = 46, FOOT = 50;

/* Debian's fonts-noto-core and fonts-noto-cjk. */
static const char *const fonts[] = {
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/noto/NotoSerifTibetan-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSerifTibetan-Bold.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Bold.ttf",
};
/* Stacked Tibetan letters need more height, and are smaller at the same size. */
static const struct Style {
    const char *language, *families;
    double scale; /* of the size */
    double line;  /* of the font's own height */
} styles[] = {
    { "zh", "Noto Sans,Noto Sans CJK SC,Noto Serif Tibetan", 1.0, 1.25 },
    { "bo", "Noto Serif Tibetan,Noto Sans,Noto Sans CJK SC", 1.25, 0.72 },
    { "en", "Noto Sans,Noto Sans CJK SC,Noto Serif Tibetan", 1.0, 1.2 },
};

typedef struct Pen {
    Arena *arena;
    const json_t *document;
    const struct Style *style;
    cairo_surface_t *surface;
    cairo_t *cairo;
    PangoFontMap *map;
    double y;
    int page, pages;
} Pen;

enum { INK, PALE, BLUE, ORANGE };
static void ink(Pen *p, int which)
{
    static const double rgb[][3] = { { .09, .11, .14 }, { .36, .40, .45 }, { .12, .33, .60 }, { .85, .47, .10 } };
    cairo_set_source_rgb(p->cairo, rgb[which][0], rgb[which][1], rgb[which][2]);
}

/* ---- text ---- */

typedef struct Words {
    Str text;
    double size, width;
    bool bold, right, middle;
} Words;

static PangoLayout *layout_of(Pen *p, const Words *w)
{
    PangoContext *context = pango_font_map_create_context(p->map);
    PangoLayout *l = pango_layout_new(context);
    PangoFontDescription *d = pango_font_description_new();
    pango_font_description_set_family(d, p->style->families);
    pango_font_description_set_absolute_size(d, w->size * p->style->scale * PANGO_SCALE);
    pango_font_description_set_weight(d, w->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_context_set_language(context, pango_language_from_string(p->style->language));
    pango_layout_set_font_description(l, d);
    pango_layout_set_width(l, (int)(w->width * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(l, (float)p->style->line);
    if (w->middle) pango_layout_set_alignment(l, PANGO_ALIGN_CENTER);
    if (w->right) pango_layout_set_alignment(l, PANGO_ALIGN_RIGHT);
    pango_layout_set_text(l, w->text.p, (int)w->text.n);
    pango_font_description_free(d);
    g_object_unref(context);
    return l;
}

static double words_height(Pen *p, Words w)
{
    int width, height;
    PangoLayout *l = layout_of(p, &w);
    pango_layout_get_size(l, &width, &height);
    g_object_unref(l);
    return (double)height / PANGO_SCALE;
}

/* Returns its height. */
static double put_words(Pen *p, double x, double y, Words w)
{
    int width, height;
    PangoLayout *l = layout_of(p, &w);
    pango_layout_get_size(l, &width, &height);
    cairo_move_to(p->cairo, x, y);
    pango_cairo_show_layout(p->cairo, l);
    g_object_unref(l);
    return (double)height / PANGO_SCALE;
}

/* ---- pages ---- */

static Str page_number(Pen *p)
{
    Buf b = buf_new(p->arena, 64);
    Str rest = json_text(p->document, "page");
    while (rest.n > 0) {
        bool hole = rest.n >= 2 && rest.p[0] == '%' && (rest.p[1] == '1' || rest.p[1] == '2');
        if (hole) buf_i64(&b, rest.p[1] == '1' ? p->page : p->pages);
        else buf_char(&b, rest.p[0]);
        size_t used = hole ? 2 : 1;
        rest = (Str){ rest.p + used, rest.n - used };
    }
    return buf_str(&b);
}

static void end_page(Pen *p)
{
    double y = HEIGHT - FOOT, whole = WIDTH - 2 * MARGIN;
    ink(p, PALE);
    put_words(p, MARGIN, y, (Words){ json_text(p->document, "foot"), 9.5, whole * .74, false, false });
    put_words(p, MARGIN + whole * .76, y, (Words){ page_number(p), 10.5, whole * .24, false, true });
    cairo_show_page(p->cairo);
}

static void begin_page(Pen *p)
{
    p->page++;
    p->y = MARGIN;
}

/* A new page unless so much is left on this one. */
static bool need(Pen *p, double height)
{
    if (p->y + height <= HEIGHT - FOOT - 12) return false;
    end_page(p);
    begin_page(p);
    return true;
}

static void rule(Pen *p, double width)
{
    cairo_set_line_width(p->cairo, width);
    cairo_move_to(p->cairo, MARGIN, p->y);
    cairo_line_to(p->cairo, WIDTH - MARGIN, p->y);
    cairo_stroke(p->cairo);
}

/* ---- the table ---- */

static const double FIRST_COLUMN = .46;

static double column_width(size_t n)
{
    return (WIDTH - 2 * MARGIN) * (1 - FIRST_COLUMN) / (double)(n > 1 ? n - 1 : 1);
}

static void put_cells(Pen *p, const json_t *cells, double size, bool bold)
{
    double first = (WIDTH - 2 * MARGIN) * FIRST_COLUMN, width = column_width(json_array_size(cells)), most = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        Words w = { { json_string_value(cell), json_string_length(cell) },
                    size,
                    i == 0 ? first : width - 6,
                    bold || i == 1,
                    i > 0 };
        double x = i == 0 ? MARGIN : MARGIN + first + width * (double)(i - 1) + 6;
        double height = put_words(p, x, p->y, w);
        if (height > most) most = height;
    }
    p->y += most;
}

static void put_head(Pen *p)
{
    ink(p, PALE);
    put_cells(p, json_object_get(p->document, "head"), 11, false);
    p->y += 3;
    rule(p, 1.2);
    p->y += 5;
}

static void put_table(Pen *p)
{
    const json_t *rows = json_object_get(p->document, "rows");
    double whole = WIDTH - 2 * MARGIN;
    if (json_array_size(rows) == 0) return;
    put_head(p);
    for (size_t i = 0; i < json_array_size(rows) && i < PAPER_ROWS_MAX; i++) {
        const json_t *row = json_array_get(rows, i);
        Words note = { json_text(row, "note"), 10.5, whole * .98, false, false };
        if (need(p, words_height(p, note) + 34)) put_head(p);
        ink(p, INK);
        put_cells(p, json_object_get(row, "cells"), 14, false);
        ink(p, PALE);
        p->y += put_words(p, MARGIN, p->y, note) + 4;
        rule(p, .4);
        p->y += 5;
    }
}

/* ---- bars: two for each label, told apart by fill as well as by colour, each with its number ---- */

static int64_t most_of(const json_t *bars)
{
    int64_t most = 1;
    for (size_t i = 0; i < json_array_size(bars); i++) {
        int64_t first = json_int(json_array_get(bars, i), "first"),
                second = json_int(json_array_get(bars, i), "second");
        most = first > most ? first : most;
        most = second > most ? second : most;
    }
    return most;
}

static void put_bar(Pen *p, double x, double y, double width, int colour, int64_t n)
{
    ink(p, colour);
    cairo_rectangle(p->cairo, x, y + 2, width, 10);
    if (n == 0) {
        cairo_new_path(p->cairo);
    } else if (colour == BLUE) {
        cairo_fill(p->cairo);
    } else {
        cairo_set_line_width(p->cairo, 1.6);
        cairo_stroke(p->cairo);
    }
    ink(p, INK);
    put_words(p, x + width + 6, y + (p->style->scale > 1 ? -5 : -1),
              (Words){ arena_fmt(p->arena, "%lld", (long long)n), 10.5, 60, true, false });
}

static void put_legend(Pen *p, const json_t *chart)
{
    double half = (WIDTH - 2 * MARGIN) / 2, most = 0;
    for (int i = 0; i < 2; i++) {
        double x = MARGIN + i * half;
        ink(p, i == 0 ? BLUE : ORANGE);
        cairo_rectangle(p->cairo, x, p->y + 4, 14, 10);
        if (i == 0) {
            cairo_fill(p->cairo);
        } else {
            cairo_set_line_width(p->cairo, 1.6);
            cairo_stroke(p->cairo);
        }
        ink(p, INK);
        Words name = { json_text(chart, i == 0 ? "first" : "second"), 11, half - 30, false, false };
        double height = put_words(p, x + 22, p->y, name);
        if (height > most) most = height;
    }
    p->y += most + 10;
}

static void put_chart(Pen *p, const json_t *chart)
{
    const json_t *bars = json_object_get(chart, "bars");
    double label = (WIDTH - 2 * MARGIN) * .26, long_most = (WIDTH - 2 * MARGIN) * .62;
    int64_t most = most_of(bars);
    p->y += 14;
    need(p, 130);
    ink(p, INK);
    p->y += put_words(p, MARGIN, p->y, (Words){ json_text(chart, "title"), 16, WIDTH - 2 * MARGIN, true, false }) + 6;
    if (json_array_size(bars) == 0) {
        p->y +=
            put_words(p, MARGIN, p->y, (Words){ json_text(p->document, "none"), 12, WIDTH - 2 * MARGIN, false, false });
        return;
    }
    put_legend(p, chart);
    for (size_t i = 0; i < json_array_size(bars) && i < PAPER_BARS_MAX; i++) {
        const json_t *bar = json_array_get(bars, i);
        Words name = { json_text(bar, "label"), 11.5, label - 10, false, false };
        double height = words_height(p, name);
        if (height < 30) height = 30;
        need(p, height + 6);
        ink(p, INK);
        put_words(p, MARGIN, p->y + 2, name);
        int64_t first = json_int(bar, "first"), second = json_int(bar, "second");
        put_bar(p, MARGIN + label, p->y, long_most * (double)first / (double)most, BLUE, first);
        put_bar(p, MARGIN + label, p->y + 15, long_most * (double)second / (double)most, ORANGE, second);
        p->y += height + 8;
    }
}

/* ---- running text: headed paragraphs, line by line over the pages ---- */

static void put_lines(Pen *p, Words w, double x)
{
    PangoLayout *l = layout_of(p, &w);
    PangoLayoutIter *at = pango_layout_get_iter(l);
    do {
        PangoRectangle box;
        pango_layout_iter_get_line_extents(at, NULL, &box);
        double height = (double)box.height / PANGO_SCALE;
        int base = pango_layout_iter_get_baseline(at) - box.y;
        if (need(p, height)) ink(p, INK);
        cairo_move_to(p->cairo, x, p->y + (double)base / PANGO_SCALE);
        pango_cairo_show_layout_line(p->cairo, pango_layout_iter_get_line_readonly(at));
        p->y += height;
    } while (pango_layout_iter_next_line(at));
    pango_layout_iter_free(at);
    g_object_unref(l);
}

static void put_section(Pen *p, const json_t *section)
{
    const json_t *paragraphs = json_object_get(section, "paragraphs");
    double whole = WIDTH - 2 * MARGIN;
    need(p, 60);
    p->y += 8;
    ink(p, INK);
    p->y += put_words(p, MARGIN, p->y, (Words){ json_text(section, "title"), 14, whole, true, false }) + 3;
    for (size_t i = 0; i < json_array_size(paragraphs) && i < PAPER_PARAGRAPHS_MAX; i++) {
        const json_t *one = json_array_get(paragraphs, i);
        put_lines(p, (Words){ { json_string_value(one), json_string_length(one) }, 12, whole - 12, false, false },
                  MARGIN + 12);
        p->y += 4;
    }
}

/* ---- a poster: read from three metres, scanned from one ---- */

static void middle(Pen *p, Str text, double size, bool bold, double after)
{
    if (text.n == 0) return;
    Words w = { .text = text, .size = size, .width = WIDTH - 2 * MARGIN, .bold = bold, .middle = true };
    p->y += put_words(p, MARGIN, p->y, w) + after;
}

/* ISO/IEC 18004: dark modules on white, four modules of quiet around; the page is white. */
static void put_code(Pen *p, const json_t *of, double centre, double width)
{
    Str modules = json_text(of, "modules");
    int side = (int)json_int(of, "side");
    double module = width / (side + 8), left = centre - width / 2 + 4 * module, top = p->y + 4 * module;
    if (side <= 0 || side > POSTER_SIDE_MAX || modules.n != (size_t)side * (size_t)side) return;
    cairo_set_source_rgb(p->cairo, 0, 0, 0);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            if (modules.p[y * side + x] == '1')
                cairo_rectangle(p->cairo, left + x * module, top + y * module, module, module);
    cairo_fill(p->cairo);
    p->y += width;
}

/* What the words below the code take, so that the code gets the rest: Tibetan is tall. */
static double below_code(Pen *p, const json_t *poster)
{
    const json_t *lines = json_object_get(poster, "lines");
    double whole = WIDTH - 2 * MARGIN, sum = 30;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        sum += 4 + words_height(p, (Words){ .text = { json_string_value(line), json_string_length(line) },
                                            .size = 18, .width = whole });
    }
    sum += words_height(p, (Words){ .text = json_text(poster, "who"), .size = 24, .width = whole });
    return sum + words_height(p, (Words){ .text = json_text(poster, "phone"), .size = 34, .width = whole });
}

/* A small code with words beside it, above the foot: for whoever wants to keep it, not for who walks past. */
enum { HEAD_CODE = 92 };
static void put_log_head(Pen *p, const json_t *head)
{
    const json_t *lines = json_object_get(head, "lines");
    double top = HEIGHT - FOOT - 6 - HEAD_CODE, left = MARGIN + HEAD_CODE + 10;
    if (head == NULL) return;
    p->y = top;
    put_code(p, head, MARGIN + HEAD_CODE / 2.0, HEAD_CODE);
    p->y = top + 8;
    ink(p, PALE);
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        p->y += put_words(p, left, p->y,
                          (Words){ .text = { json_string_value(line), json_string_length(line) },
                                   .size = i + 1 < json_array_size(lines) ? 9 : 6, .width = WIDTH - MARGIN - left });
        p->y += 2;
    }
}

static void put_poster(Pen *p, const json_t *poster)
{
    const json_t *lines = json_object_get(poster, "lines"), *head = json_object_get(poster, "head");
    begin_page(p);
    ink(p, BLUE);
    bool wordy = utf8_count(json_text(p->document, "title")) > POSTER_TITLE_LARGE;
    middle(p, json_text(p->document, "title"), wordy ? 32 : 46, true, 2);
    ink(p, PALE);
    middle(p, json_text(poster, "second"), 24, false, 8);
    ink(p, INK);
    middle(p, json_text(poster, "place"), 26, true, 6);
    middle(p, json_text(poster, "time"), 26, true, 6);
    double left = HEIGHT - FOOT - 12 - p->y - below_code(p, poster) - (head != NULL ? HEAD_CODE : 0);
    put_code(p, poster, WIDTH / 2, left < 360 ? left : 360);
    p->y += 4;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        middle(p, (Str){ json_string_value(line), json_string_length(line) }, 18, false, 4);
    }
    p->y += 10;
    middle(p, json_text(poster, "who"), 24, false, 2);
    middle(p, json_text(poster, "phone"), 34, true, 0);
    put_log_head(p, head);
    end_page(p);
}

/* ---- cards for a door: held in the hand, so small that four of them are one page ---- */

static const struct Style *style_of(Str language)
{
    for (int i = 0; i < COUNT(styles); i++)
        if (str_is(language, styles[i].language)) return &styles[i];
    return &styles[0];
}

static Words card_words(const json_t *line, double width)
{
    return (Words){ .text = json_text(line, "text"), .size = (double)json_int(line, "size"), .width = width,
                    .bold = json_bool(line, "bold"), .middle = true };
}

static double card_lines(Pen *p, const json_t *lines, double x, double width, bool draw)
{
    double sum = 0;
    const struct Style *own = p->style;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        Words w = card_words(line, width);
        if (w.text.n == 0) continue;
        p->style = style_of(json_text(line, "language"));
        ink(p, json_bool(line, "bold") ? INK : PALE);
        sum += (draw ? put_words(p, x, p->y + sum, w) : words_height(p, w)) + 2;
    }
    p->style = own;
    return sum;
}

static void put_card(Pen *p, const json_t *card, double left, double top)
{
    enum { EDGE = 18, CODE_MOST = 190 };
    double x = left + EDGE, width = WIDTH / 2 - 2 * EDGE, bottom = top + HEIGHT / 2 - EDGE;
    const json_t *below = json_object_get(card, "below");
    p->y = top + EDGE;
    p->y += card_lines(p, json_object_get(card, "above"), x, width, true);
    double room = bottom - p->y - card_lines(p, below, x, width, false);
    put_code(p, card, left + WIDTH / 4, room < CODE_MOST ? room : CODE_MOST);
    card_lines(p, below, x, width, true);
}

static void cut_line(Pen *p, double x0, double y0, double x1, double y1)
{
    cairo_set_dash(p->cairo, (double[]){ 4, 4 }, 2, 0);
    cairo_set_line_width(p->cairo, .5);
    cairo_move_to(p->cairo, x0, y0);
    cairo_line_to(p->cairo, x1, y1);
    cairo_stroke(p->cairo);
    cairo_set_dash(p->cairo, NULL, 0, 0);
}

static void put_cards(Pen *p, const json_t *card)
{
    begin_page(p);
    for (int i = 0; i < 4; i++)
        put_card(p, card, i % 2 * WIDTH / 2, i / 2 * HEIGHT / 2);
    ink(p, PALE);
    cut_line(p, WIDTH / 2, 0, WIDTH / 2, HEIGHT);
    cut_line(p, 0, HEIGHT / 2, WIDTH, HEIGHT / 2);
    cairo_show_page(p->cairo);
}

/* ---- the whole ---- */

static void put_document(Pen *p)
{
    const json_t *lines = json_object_get(p->document, "lines"), *charts = json_object_get(p->document, "charts");
    double whole = WIDTH - 2 * MARGIN;
    if (json_object_get(p->document, "poster") != NULL) {
        put_poster(p, json_object_get(p->document, "poster"));
        return;
    }
    if (json_object_get(p->document, "card") != NULL) {
        put_cards(p, json_object_get(p->document, "card"));
        return;
    }
    begin_page(p);
    ink(p, INK);
    p->y += put_words(p, MARGIN, p->y, (Words){ json_text(p->document, "title"), 24, whole, true, false }) + 4;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        p->y += put_words(p, MARGIN, p->y,
                          (Words){ { json_string_value(line), json_string_length(line) }, 12.5, whole, false, false }) +
                2;
    }
    p->y += 12;
    put_table(p);
    for (size_t i = 0; i < json_array_size(charts); i++)
        put_chart(p, json_array_get(charts, i));
    const json_t *sections = json_object_get(p->document, "sections"), *code = json_object_get(p->document, "code");
    for (size_t i = 0; i < json_array_size(sections) && i < PAPER_SECTIONS_MAX; i++)
        put_section(p, json_array_get(sections, i));
    if (code != NULL) {
        need(p, 170);
        p->y += 8;
        put_code(p, code, WIDTH / 2, 120);
        ink(p, PALE);
        middle(p, json_text(code, "caption"), 10.5, false, 0);
    }
    end_page(p);
}

static cairo_status_t into_buf(void *buf, const unsigned char *bytes, unsigned int n)
{
    if (buf != NULL) buf_add(buf, (Str){ (const char *)bytes, n });
    return CAIRO_STATUS_SUCCESS;
}

/* The time in the file is that of the document. */
static void describe(Pen *p)
{
    Str title = json_text(p->document, "title");
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, arena_c(p->arena, title));
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   arena_c(p->arena, time_iso(p->arena, json_int(p->document, "made_at"))));
}

static bool draw_once(Pen *p, Buf *out)
{
    p->surface = cairo_pdf_surface_create_for_stream(into_buf, out, WIDTH, HEIGHT);
    p->cairo = cairo_create(p->surface);
    p->page = 0;
    describe(p);
    put_document(p);
    bool ok = cairo_status(p->cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(p->cairo);
    cairo_surface_finish(p->surface);
    ok = ok && cairo_surface_status(p->surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(p->surface);
    p->pages = p->page;
    return ok;
}

/* Only these fonts: no settings of the machine, no scan of its folders. */
static PangoFontMap *font_map(void)
{
    FcConfig *config = FcConfigCreate();
    bool all = true;
    for (int i = 0; i < COUNT(fonts); i++)
        all = FcConfigAppFontAddFile(config, (const FcChar8 *)fonts[i]) == FcTrue && all;
    PangoFontMap *map = NULL;
    if (all) {
        map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
        pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
        pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map), 72);
    }
    FcConfigDestroy(config);
    return map;
}

Fail paper_draw(Arena *a, const json_t *document, Str *pdf)
{
    Pen p = { .arena = a, .document = document, .style = &styles[0], .map = font_map() };
    if (p.map == NULL) return fail(ERR_INTERNAL, "fonts_missing");
    for (int i = 0; i < COUNT(styles); i++)
        if (str_is(json_text(document, "language"), styles[i].language)) p.style = &styles[i];
    Buf out = buf_new(a, 256 * 1024);
    bool ok = draw_once(&p, NULL) && draw_once(&p, &out);
    g_object_unref(p.map);
    *pdf = buf_str(&out);
    return ok ? FAIL_NONE : fail(ERR_INTERNAL, "paper_failed");
}
