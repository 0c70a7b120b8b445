#include "core/sheet/part.h"

/* ---- one hand ---- */

static int32_t narrow_of(int32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
    if (c == 0x3000 || c == 0xA0) return ' ';
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0x30FC) return '-';
    return c;
}

Str part_narrow(Arena *a, Str s)
{
    Buf b = buf_new(a, s.n + 1);
    while (s.n > 0)
        utf8_put(&b, narrow_of(utf8_next(&s)));
    return str_trim(buf_str(&b));
}

Str part_digits(Arena *a, Str s)
{
    Buf b = buf_new(a, s.n + 1);
    while (s.n > 0) {
        int32_t c = utf8_next(&s), narrow = narrow_of(c);
        bool sign = (narrow >= '0' && narrow <= '9') || ((narrow | 0x20) >= 'a' && (narrow | 0x20) <= 'z');
        utf8_put(&b, sign ? narrow : c);
    }
    return buf_str(&b);
}

/* 〇 to 九; 十 and 百 stand for places. -1: neither. */
static int numeral_of(int32_t c)
{
    static const int32_t digits[] = { 0x3007, 0x4E00, 0x4E8C, 0x4E09, 0x56DB, 0x4E94, 0x516D, 0x4E03, 0x516B, 0x4E5D };
    for (int i = 0; i < COUNT(digits); i++)
        if (c == digits[i]) return i;
    return c == 0x96F6 ? 0 : c == 0x4E24 ? 2 : c == 0x5341 ? 10 : c == 0x767E ? 100 : -1; /* 零 两 十 百 */
}

/* "十二", "二十", "一百零三", "二〇三": takes as far as it is a number below 1000. */
static bool take_numeral(Str *s, int64_t *out)
{
    int64_t sum = 0, digit = -1;
    bool any = false;
    for (Str rest = *s; rest.n > 0; *s = rest) {
        int n = numeral_of(utf8_next(&rest));
        if (n < 0) break;
        any = true;
        if (n >= 10) {
            sum += (digit < 0 ? 1 : digit) * n;
            digit = -1;
        } else {
            digit = digit < 0 ? n : digit * 10 + n;
        }
        if (digit > 999 || sum > 999) return false;
    }
    *out = sum + (digit < 0 ? 0 : digit);
    return any;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static Str without(Str s, const char *const *ends, int n)
{
    for (int i = 0; i < n; i++)
        if (str_ends(s, str_c(ends[i])) && s.n > strlen(ends[i])) return str_trim((Str){ s.p, s.n - strlen(ends[i]) });
    return s;
}

Str part_called(Arena *a, Str name)
{
    static const char *const kinds[] = { "单元", "号楼", "栋", "幢", "座", "楼", "号", "#" };
    Str s = without(part_narrow(a, name), kinds, COUNT(kinds));
    Buf b = buf_new(a, s.n + 24);
    while (s.n > 0) {
        int64_t n;
        if (is_digit(s.p[0])) { /* "03" is 3 */
            while (s.n > 1 && s.p[0] == '0' && is_digit(s.p[1]))
                s = (Str){ s.p + 1, s.n - 1 };
            while (s.n > 0 && is_digit(s.p[0])) {
                buf_char(&b, s.p[0]);
                s = (Str){ s.p + 1, s.n - 1 };
            }
            continue;
        }
        Str before = s;
        if (take_numeral(&s, &n)) {
            buf_fmt(&b, "%lld", (long long)n);
            continue;
        }
        s = before;
        int32_t c = utf8_next(&s);
        if (c == 0x7B2C || c == ' ' || c == '-' || c == '_' || c == ',' || c == 0x3001) continue; /* 第 、 */
        utf8_put(&b, c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    return buf_str(&b);
}

bool part_number(Arena *a, Str s, int64_t *out)
{
    static const char *const of[] = { "层", "楼", "个", "户", "F", "f" };
    s = without(part_narrow(a, s), of, COUNT(of));
    if (str_to_i64(s, out)) return true;
    bool below = false;
    if (str_starts(s, S("负")) || str_starts(s, S("地下"))) {
        size_t n = str_starts(s, S("负")) ? strlen("负") : strlen("地下");
        s = (Str){ s.p + n, s.n - n };
        below = true;
    } else if (s.n > 1 && (s.p[0] == 'B' || s.p[0] == 'b')) {
        s = (Str){ s.p + 1, s.n - 1 };
        below = true;
    } else if (str_starts(s, S("第"))) {
        s = (Str){ s.p + strlen("第"), s.n - strlen("第") };
    }
    if (!str_to_i64(s, out) && (!take_numeral(&s, out) || s.n > 0)) return false;
    if (below) *out = -*out;
    return true;
}

/* ---- telephone numbers ---- */

/* Digits, with one plus before them or none; 5 to 20 characters as F_PHONE has it. */
static bool phone_of(Arena *a, Str s, Str *out)
{
    Buf b = buf_new(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ' ' || c == '-' || c == '(' || c == ')') continue;
        if (!is_digit(c) && !(c == '+' && buf_str(&b).n == 0)) return false;
        buf_char(&b, c);
    }
    *out = buf_str(&b);
    return out->n >= 5 && out->n <= 20;
}

/* "13900001234(儿子)": whose it is stands in brackets, an area code may as well. */
static Str without_notes(Arena *a, Str s)
{
    Buf b = buf_new(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        size_t end = i;
        bool digits = true;
        if (s.p[i] == '(')
            for (end = i + 1; end < s.n && s.p[end] != ')'; end++)
                digits = digits && is_digit(s.p[end]);
        if (end > i && end < s.n && !digits) {
            i = end;
            buf_char(&b, ' ');
        } else {
            buf_char(&b, s.p[i]);
        }
    }
    return buf_str(&b);
}

static size_t phone_gap(Str rest)
{
    static const char *const marks[] = { "/", "、", ",", ";", "|", "\n", "\r", "\t", "或", "和", "。" };
    for (int i = 0; i < COUNT(marks); i++)
        if (str_starts(rest, str_c(marks[i]))) return strlen(marks[i]);
    return 0;
}

/* "13900001234 13900001235" is two, "139 0000 1234" one: each of several has seven digits at least. */
static int phones_in(Arena *a, Str piece, Str *first)
{
    enum { DIGITS_LEAST = 7 };
    Str rest = str_trim(piece), one = S(""), got = S("");
    int n = 0;
    while (rest.n > 0) {
        one = str_trim(str_cut(&rest, ' '));
        rest = str_trim(rest);
        if (one.n < DIGITS_LEAST || !phone_of(a, one, &one)) {
            bool whole = phone_of(a, piece, first);
            return whole ? 1 : 0;
        }
        if (n++ == 0) got = one;
    }
    if (n > 0) *first = got;
    return n;
}

Str part_phone(Arena *a, Str cell, int *n)
{
    Str s = without_notes(a, part_narrow(a, cell)), first = cell;
    *n = 0;
    for (size_t i = 0, from = 0; i <= s.n;) {
        size_t gap = i == s.n ? 1 : phone_gap((Str){ s.p + i, s.n - i });
        if (gap == 0) {
            i++;
            continue;
        }
        Str one = S("");
        int more = phones_in(a, (Str){ s.p + from, i - from }, &one);
        if (*n == 0 && more > 0) first = one;
        *n += more;
        from = i += gap;
    }
    return first;
}

/* ---- lists ---- */

static bool list_gap(int32_t c)
{
    return c == 0x3001 || c == ',' || c == ';' || c == '/' || c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int add_range(Arena *a, Str s, Str *out, int n, int max)
{
    Str rest = s, from = str_cut(&rest, '-');
    int64_t first, last;
    bool range = rest.n > 0 && str_to_i64(from, &first) && str_to_i64(rest, &last) && first >= 0 && last >= first &&
                 last - first < PART_LIST_MAX;
    if (!range) {
        if (n < max) out[n] = s;
        return n + 1;
    }
    for (int64_t i = first; i <= last; i++, n++)
        if (n < max) out[n] = arena_fmt(a, "%lld", (long long)i);
    return n;
}

int part_list(Arena *a, Str cell, Str *out, int max)
{
    static const char *const kinds[] = { "单元" };
    Str s = part_narrow(a, cell);
    int n = 0;
    for (const char *from = s.p, *end = s.p + s.n; from < end && n <= max;) {
        Str rest = { from, (size_t)(end - from) };
        size_t length = 0;
        while (rest.n > 0) {
            Str at = rest;
            if (list_gap(utf8_next(&rest))) break;
            length = (size_t)(at.p - from) + (at.n - rest.n);
        }
        Str one = without(str_trim((Str){ from, length }), kinds, COUNT(kinds));
        if (one.n > 0) n = add_range(a, one, out, n, max);
        if (rest.n == 0) break;
        from = rest.p;
    }
    return n > max ? -1 : n;
}

/* ---- doors ---- */

static int64_t first_of(Str s, const char *const *marks, int n, size_t *length)
{
    int64_t best = -1;
    for (int i = 0; i < n; i++) {
        int64_t at = str_find(s, str_c(marks[i]));
        if (at < 0 || (best >= 0 && at >= best)) continue;
        best = at;
        *length = strlen(marks[i]);
    }
    return best;
}

static Str from_of(Str s, size_t at)
{
    return (Str){ s.p + at, s.n - at };
}

/* Where the name directly before "单元" begins: digits and letters, a numeral, or one sign such as 东. */
static size_t unit_from(Str left)
{
    size_t at = left.n;
    while (at > 0 && is_alnum(left.p[at - 1]))
        at--;
    if (at < left.n) return at;
    int signs = 0;
    while (at > 0) {
        size_t k = at - 1;
        while (k > 0 && ((unsigned char)left.p[k] & 0xC0) == 0x80)
            k--;
        Str sign = { left.p + k, at - k };
        bool number = numeral_of(utf8_next(&sign)) >= 0;
        if (!number && signs > 0) break;
        at = k;
        signs++;
        if (!number) break;
    }
    return at;
}

static Str without_dashes(Str s)
{
    while (s.n > 0 && (s.p[0] == '-' || s.p[0] == ' ' || s.p[0] == ','))
        s = from_of(s, 1);
    while (s.n > 0 && (s.p[s.n - 1] == '-' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == ','))
        s.n--;
    return s;
}

static Str door_of(Str s)
{
    static const char *const kinds[] = { "号房", "室", "户", "房", "号" };
    return without(without_dashes(s), kinds, COUNT(kinds));
}

/* What stands behind building and unit: "5楼501", "501室". */
static bool door_behind(Str rest, Door *out)
{
    static const char *const floors[] = { "层", "楼", "F" };
    size_t length = 0;
    int64_t at = first_of(rest, floors, COUNT(floors), &length);
    if (at > 0) {
        out->floor = without_dashes((Str){ rest.p, (size_t)at });
        rest = from_of(rest, (size_t)at + length);
    }
    out->door = door_of(rest);
    return out->door.n > 0;
}

static bool door_marked(Str s, Door *out)
{
    static const char *const houses[] = { "号楼", "栋", "幢", "座", "#" };
    size_t length = 0;
    int64_t unit = str_find(s, S("单元"));
    if (unit == 0) return false;
    if (unit > 0) {
        Str left = { s.p, (size_t)unit };
        size_t from = unit_from(left);
        out->unit = from_of(left, from);
        out->building = without_dashes((Str){ s.p, from });
        return out->unit.n > 0 && door_behind(from_of(s, (size_t)unit + strlen("单元")), out);
    }
    int64_t house = first_of(s, houses, COUNT(houses), &length);
    if (house == 0) return false;
    if (house < 0) return door_behind(s, out);
    out->building = (Str){ s.p, (size_t)house + length };
    Str rest = without_dashes(from_of(s, (size_t)house + length)), door = rest, first = str_cut(&door, '-');
    if (door.n > 0 && str_find(door, S("-")) < 0) { /* "3栋2-501" */
        out->unit = first;
        rest = door;
    }
    return door_behind(rest, out);
}

static bool door_dashed(Str s, bool building_said, Door *out)
{
    Str parts[5];
    int n = 0;
    if (str_ends(s, S("-"))) return false;
    while (s.n > 0 && n < COUNT(parts)) {
        parts[n] = str_trim(str_cut(&s, '-'));
        if (parts[n].n == 0) return false;
        n++;
    }
    if (n < 1 || n > 4) return false;
    out->door = door_of(parts[n - 1]);
    if (n == 2)
        *(building_said ? &out->unit : &out->building) = parts[0];
    if (n >= 3) {
        out->building = parts[0];
        out->unit = parts[1];
    }
    if (n == 4) out->floor = parts[2];
    return out->door.n > 0;
}

bool part_door(Arena *a, Str cell, bool building_said, Door *out)
{
    static const char *const marks[] = { "号楼", "栋", "幢", "座", "#", "单元", "层", "楼" };
    size_t length = 0;
    Str s = part_narrow(a, cell);
    *out = (Door){ S(""), S(""), S(""), S("") };
    if (s.n == 0 || s.n > 400) return false;
    if (first_of(s, marks, COUNT(marks), &length) >= 0) return door_marked(s, out);
    return door_dashed(s, building_said, out);
}
