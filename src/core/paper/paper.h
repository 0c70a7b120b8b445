/* paper: a document of tables and bars becomes a PDF (A4, pages numbered), in Chinese, Tibetan or English.
 *
 * Cairo and Pango draw in a child process (`linli paper`), so that fonts of 20 MB and whatever they do to memory are
 * gone with it. The child reads nothing but the fonts that are named in draw.c: the same document gives the same bytes
 * on the same machine. The document is our own; the child's limits are for faults, not for strangers.
 *
 * The document, JSON: {"language":"zh|bo|en", "made_at":ms, "made":"2026-11-01 09:00", "title":"..", "lines":[".."],
 *   "head":["Figure","n",..], "rows":[{"cells":["Closed","12",..],"note":".."}],
 *   "charts":[{"title":"..","first":"raised","second":"closed","bars":[{"label":"..","first":3,"second":2}]}],
 *   "none":"text for a chart without bars", "foot":"..", "page":"Page %1 of %2"}
 *   and after them running text and a code: "sections":[{"title":"..","paragraphs":[".."]}],
 *   "code":{"side":33,"modules":"1101..","caption":".."}
 * A poster, one page: {"language","made_at","title","poster":{"side":33,"modules":"1101.." (a QR code, row by row),
 *   "second":"the title in another language", "place":"..", "time"?, "lines":[".."], "who":"..", "phone":"..",
 *   "head"?:{"side","modules","lines":[".."]} (a small code at the foot)},
 *   "foot"}
 * Cards, A6, four of the same to a page, to be cut: {"language","made_at","title","card":{"side","modules",
 *   "above":[{"language":"bo","text":"..","size":20,"bold":true}], "below":[..]}} */
#ifndef LINLI_PAPER_H
#define LINLI_PAPER_H

#include "base/fail.h"
#include "base/json.h"

enum { PAPER_ROWS_MAX = 300, PAPER_BARS_MAX = 100, PAPER_COLUMNS_MAX = 8, POSTER_SIDE_MAX = 177,
       POSTER_TITLE_LARGE = 16, PAPER_SECTIONS_MAX = 400, PAPER_PARAGRAPHS_MAX = 200,
       PAPER_WALL_MS = 15 * 1000 };

/* Starts the child and waits for it. ERR_BUSY busy: another paper is being made, or no child could be had; ERR_INTERNAL
 * paper_failed, fonts_missing. exe NULL: this program. */
Fail paper_make(Arena *a, const char *exe, const json_t *document, Str *pdf) MUST_USE;

/* Draws it in this process; what the font libraries keep for ever is theirs. ERR_INTERNAL paper_failed, fonts_missing.
 */
Fail paper_draw(Arena *a, const json_t *document, Str *pdf) MUST_USE;

/* The hidden subcommand. */
int paper_child_main(void);

#endif
