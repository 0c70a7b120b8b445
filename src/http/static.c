/* static: which of an asset's three forms, and whether the client has it already. RFC 9110
 * sections 12.5.3 (Accept-Encoding) and 13.1.2 (If-None-Match). */
#include "http/static.h"

#include <strings.h>

static bool same(Str a, const char *b) {
    return a.n == strlen(b) && strncasecmp(a.p, b, a.n) == 0;
}

/* "br;q=0" and the like: false if the weight is zero. */
static bool weight(Str parameters) {
    while (parameters.n) {
        Str value = str_trim(str_cut(&parameters, ';'));
        if (!same(str_trim(str_cut(&value, '=')), "q")) continue;
        value = str_trim(value);
        for (size_t i = 0; i < value.n; i++)
            if (value.p[i] >= '1' && value.p[i] <= '9') return true;
        return false;
    }
    return true;
}

static bool accepts(Str list, const char *coding) {
    bool any = false;
    while (list.n) {
        Str parameters = str_cut(&list, ',');
        Str name = str_trim(str_cut(&parameters, ';'));
        if (same(name, coding)) return weight(parameters);
        if (str_is(name, "*")) any = weight(parameters);
    }
    return any;
}

/* Each form is a representation of its own, so each has an ETag of its own: "x" gives "x-br". */
static Str etag_of(const HttpRequest *rq, const Asset *a, const char *coding) {
    Str e = str_c(a->etag);
    if (!coding) return e;
    assert(e.n >= 2 && e.p[e.n - 1] == '"');
    return arena_fmt(rq->arena, "%.*s-%s\"", (int)e.n - 1, e.p, coding);
}

static bool matches(Str list, Str etag) {
    while (list.n) {
        Str one = str_trim(str_cut(&list, ','));
        if (str_is(one, "*")) return true;
        if (str_starts(one, S("W/"))) one = (Str){ one.p + 2, one.n - 2 };
        if (str_eq(one, etag)) return true;
    }
    return false;
}

void asset_reply(const HttpRequest *rq, const Asset *a, HttpReply *r) {
    Str accept = http_header(rq, "Accept-Encoding");
    const char *coding = a->br.n && accepts(accept, "br")     ? "br"
                         : a->gz.n && accepts(accept, "gzip") ? "gzip"
                                                              : NULL;
    Str etag = etag_of(rq, a, coding);
    bool same_as_had = matches(http_header(rq, "If-None-Match"), etag);
    *r = (HttpReply){ .status = same_as_had ? 304 : 200 };
    http_reply_header(r, "ETag", etag);
    http_reply_header(r, "Cache-Control",
                      a->immutable ? S("public, max-age=31536000, immutable") : S("no-cache"));
    if (a->br.n || a->gz.n) http_reply_header(r, "Vary", S("Accept-Encoding"));
    if (same_as_had) return;
    r->type = a->type;
    r->body = !coding ? a->raw : coding[0] == 'b' ? a->br : a->gz;
    if (coding) http_reply_header(r, "Content-Encoding", str_c(coding));
}

const Asset *asset_find(const Asset *table, int n, Str path) {
    int low = 0, high = n;
    while (low < high) {
        int mid = low + (high - low) / 2;
        int order = str_cmp(path, str_c(table[mid].path));
        if (order == 0) return &table[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
