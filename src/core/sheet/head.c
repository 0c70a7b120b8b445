/* Where the headings are, and what they say. Offices put a title above (one cell over all columns), write headings in
 * two lines with merged cells, and leave a blank line wherever it pleases them. */
#include "core/sheet/sheet.h"

/* What linli keeps of nobody (SCENARIO, "What linli refuses"): belief, origin, party, lists of persons to be watched,
 * and what stands for them; nor what no service here needs: papers, age, marriage, children, where somebody is
 * registered. Any heading that contains one of these is left out, with all its cells; forms may not ask it either. */
static const char *const never[] = {
    "民族", "族别", "宗教", "信仰", "政治面貌", "党派", "是否党员", "重点人员", "重点人群", "重点对象", "重点关注", "特殊人群", "关注对象",
    "维稳", "稳控", "上访人员", "刑满", "刑释", "社区矫正", "社矫", "吸毒", "涉毒", "涉邪", "邪教", "精神障碍", "精神病", "家庭成分", "僧尼", "还俗",
    "出境记录", "护照", "计划生育", "计生", "生育情况", "生育状况", "节育", "避孕", "孕检", "སྐྱེ་འཛིན", "family planning", "contracepti",
    "key household", "重点户",
    "བཙན་བྱོལ", "མི་རིགས", "ཆོས་ལུགས", "དད་མོས", "ཆབ་སྲིད", "ethnic", "religio", "political", "faith",
    "key person", "watchlist", "watch list",
    "身份证", "证件号", "公民身份", "婚姻", "婚否", "婚育", "生育", "孕产", "户籍", "户口", "年龄", "出生", "生日", "前科", "征信", "信用分",
    "人脸", "指纹", "ཐོབ་ཐང་ལག་ཁྱེར", "གཉེན་སྒྲིག", "ན་ཚོད", "ལོ་ཚད", "སྐྱེས་ཚེས", "ཐེམ་ཐོ",
    "identity card", "id card", "id number", "marital", "marriage", "birth", "household registration", "fingerprint",
};

static size_t skip_bracket(Str s, size_t i)
{
    static const char *const pairs[][2] = { { "(", ")" }, { "（", "）" }, { "[", "]" }, { "【", "】" } };
    Str rest = { s.p + i, s.n - i };
    for (int k = 0; k < COUNT(pairs); k++) {
        if (!str_starts(rest, str_c(pairs[k][0]))) continue;
        int64_t end = str_find(rest, str_c(pairs[k][1]));
        return end < 0 ? rest.n : (size_t)end + strlen(pairs[k][1]);
    }
    return 0;
}

static size_t skip_mark(Str s, size_t i)
{
    static const char *const marks[] = { "*", ":", "：", "　", " ", "_", "-", "/", "、", "།", "་" };
    Str rest = { s.p + i, s.n - i };
    if ((unsigned char)s.p[i] <= ' ') return 1;
    for (int k = 0; k < COUNT(marks); k++)
        if (str_starts(rest, str_c(marks[k]))) return strlen(marks[k]);
    return 0;
}

static Str plain(Arena *a, Str heading, bool brackets)
{
    Buf b = buf_new(a, heading.n + 1);
    for (size_t i = 0; i < heading.n;) {
        size_t skip = brackets ? skip_bracket(heading, i) : 0;
        if (skip == 0) skip = skip_mark(heading, i);
        if (skip > 0) {
            i += skip;
            continue;
        }
        char c = heading.p[i++];
        buf_char(&b, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    return buf_str(&b);
}

Str heading_plain(Arena *a, Str heading)
{
    return plain(a, heading, true);
}

/* Also what stands in brackets: "人员类别（重点人员）". */
bool heading_refused(Str heading)
{
    Arena *a = arena_new();
    bool is = false;
    Str said = plain(a, heading, false);
    for (int i = 0; i < COUNT(never) && !is; i++)
        is = str_find(said, plain(a, str_c(never[i]), false)) >= 0;
    arena_free(a);
    return is;
}

/* ---- where they are ---- */

static Str cell(const SheetRow *row, int column)
{
    return column < row->n_cells ? row->cells[column] : S("");
}

static int filled(const SheetRow *row)
{
    int n = 0;
    for (int i = 0; i < row->n_cells; i++)
        n += row->cells[i].n > 0;
    return n;
}

static bool has_digit_start(Str s)
{
    return s.n > 0 && s.p[0] >= '0' && s.p[0] <= '9';
}

/* The first row that says at least half as much as the fullest near it; a title is one cell, however wide it is. */
static int find_head(const Sheet *s)
{
    int most = 0, look = s->n_rows < SHEET_HEAD_ROWS_MAX ? s->n_rows : SHEET_HEAD_ROWS_MAX;
    for (int i = 0; i < look; i++)
        if (filled(&s->rows[i]) > most) most = filled(&s->rows[i]);
    for (int i = 0; i < look; i++) {
        int n = filled(&s->rows[i]);
        if ((n >= 2 || most == 1) && 2 * n >= most) return i;
    }
    return -1;
}

static const SheetMerge *merge_at(const Sheet *s, int64_t row, int column)
{
    for (int i = 0; i < s->n_merges; i++) {
        const SheetMerge *m = &s->merges[i];
        if (row >= m->top && row <= m->bottom && column >= m->left && column <= m->right) return m;
    }
    return NULL;
}

/* Merged: some heading spans columns below which others stand. Without merges (CSV saved from such a sheet): the first
 * line has gaps, the second fills them and is empty below what the first one says alone. */
static bool two_lines(const Sheet *s, int head)
{
    if (head + 1 >= s->n_rows) return false;
    const SheetRow *a = &s->rows[head], *b = &s->rows[head + 1];
    if (b->n != a->n + 1) return false;
    int across = 0, gaps = 0, filled_gaps = 0, alone = 0;
    int n = a->n_cells > b->n_cells ? a->n_cells : b->n_cells;
    for (int i = 0; i < n; i++) {
        const SheetMerge *m = merge_at(s, a->n, i);
        if (m != NULL && m->right > m->left && m->bottom == a->n) across += cell(b, i).n > 0;
        gaps += cell(a, i).n == 0;
        filled_gaps += cell(a, i).n == 0 && cell(b, i).n > 0;
        alone += cell(a, i).n > 0 && cell(b, i).n == 0;
        if (has_digit_start(cell(b, i))) return false;
    }
    if (s->n_merges > 0) return across > 0;
    return gaps > 0 && gaps == filled_gaps && alone > 0;
}

/* ---- merged cells say the same everywhere ---- */

static void set_cell(Sheet *s, SheetRow *row, int column, Str value)
{
    if (column >= row->n_cells) {
        Str *more = arena_array(s->arena, Str, column + 1);
        memcpy(more, row->cells, sizeof(Str) * (size_t)row->n_cells);
        row->cells = more;
        row->n_cells = column + 1;
    }
    row->cells[column] = value;
    s->text_bytes += value.n;
}

static int row_index(const Sheet *s, int64_t n)
{
    int low = 0, high = s->n_rows;
    while (low < high) {
        int middle = (low + high) / 2;
        if (s->rows[middle].n < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Rows that hold nothing but merged cells do not exist here, and stay so. */
static bool fill_merges(Sheet *s)
{
    for (int i = 0; i < s->n_merges; i++) {
        const SheetMerge *m = &s->merges[i];
        int at = row_index(s, m->top), right = m->right < SHEET_COLUMNS_MAX ? m->right : SHEET_COLUMNS_MAX - 1;
        if (at == s->n_rows || s->rows[at].n != m->top || m->left >= SHEET_COLUMNS_MAX) continue;
        Str value = cell(&s->rows[at], m->left);
        if (value.n == 0) continue;
        for (int k = at; k < s->n_rows && s->rows[k].n <= m->bottom; k++)
            for (int c = m->left; c <= right; c++) {
                if (cell(&s->rows[k], c).n == 0) set_cell(s, &s->rows[k], c, value);
                if (s->text_bytes > SHEET_TEXT_BYTES_MAX) return false;
            }
    }
    return true;
}

/* ---- headings ---- */

static Str heading_at(Sheet *s, int head, int column, int lines)
{
    Str a = cell(&s->rows[head], column), b = lines > 1 ? cell(&s->rows[head + 1], column) : S("");
    for (int i = column;
         lines > 1 && a.n == 0 && s->n_merges == 0 && i > 0;) /* CSV: what stands to the left spans it */
        a = cell(&s->rows[head], --i);
    if (b.n == 0 || str_eq(a, b)) return a;
    return a.n == 0 ? b : arena_fmt(s->arena, "%.*s %.*s", STR_ARG(a), STR_ARG(b));
}

/* Of two columns with one heading the second says which it is. */
static void tell_apart(Sheet *s)
{
    for (int i = 0; i < s->n_columns; i++) {
        int same = 1;
        if (s->headings[i].n > 200) s->headings[i].n = 0; /* a text, no heading */
        for (int k = 0; k < i; k++)
            same += s->headings[i].n > 0 && str_eq(s->headings[i], s->headings[k]);
        if (same > 1) s->headings[i] = arena_fmt(s->arena, "%.*s (%d)", STR_ARG(s->headings[i]), same);
    }
}

/* Below the headings: cells in columns without a heading, and in refused ones, are gone. */
static void empty_columns(Sheet *s)
{
    for (int i = s->first; i < s->n_rows; i++) {
        SheetRow *row = &s->rows[i];
        if (row->n_cells > s->n_columns) row->n_cells = s->n_columns;
        for (int c = 0; c < row->n_cells; c++)
            if (s->refused[c] || s->headings[c].n == 0) row->cells[c] = S("");
    }
}

void sheet_head(Sheet *s)
{
    int head = find_head(s);
    if (head < 0) {
        s->status = SHEET_NO_HEADINGS;
        return;
    }
    int lines = two_lines(s, head) ? 2 : 1;
    s->head_row = s->rows[head].n;
    s->head_lines = lines;
    if (!fill_merges(s)) {
        s->status = SHEET_TOO_LARGE;
        return;
    }
    for (int i = 0; i < lines; i++)
        if (s->rows[head + i].n_cells > s->n_columns) s->n_columns = s->rows[head + i].n_cells;
    if (s->n_columns > SHEET_COLUMNS_MAX) {
        s->status = SHEET_TOO_MANY_COLUMNS;
        return;
    }
    for (int c = 0; c < s->n_columns; c++) {
        s->headings[c] = heading_at(s, head, c, lines);
        s->refused[c] = heading_refused(s->headings[c]);
    }
    tell_apart(s);
    while (s->n_columns > 0 && s->headings[s->n_columns - 1].n == 0)
        s->n_columns--;
    s->first = head + lines;
    empty_columns(s);
    if (s->n_rows - s->first > SHEET_ROWS_MAX) s->status = SHEET_TOO_MANY_ROWS;
    if (s->n_columns == 0) s->status = SHEET_NO_HEADINGS;
}
