/* peer: any bytes as networks and as X-Forwarded-For. The client is always an address that inet_pton takes; it is the
 * peer itself if that is no trusted proxy; and no hop that a trusted proxy did not write is ever believed: what stands
 * in front of the first untrusted one, seen from the end, changes nothing. Input: the networks, a line feed, then a
 * value of X-Forwarded-For a line. */
#include "http/internal.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) abort();                                                                                         \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { LINES_MAX = 8 };

static Str client(Arena *a, const HttpConfig *c, const PeerAddress *peer, const Str *lines, int n)
{
    static const char name[] = "X-Forwarded-For";
    Inner in = { .n_headers = n };
    HttpRequest rq = { .arena = a, .internal = &in };
    HeadSpan spans[LINES_MAX];
    Buf b = buf_new(a, 256);
    for (int i = 0; i < n; i++) {
        spans[i].name_at = (uint32_t)b.n;
        spans[i].name_n = sizeof name - 1;
        buf_c(&b, name);
        spans[i].value_at = (uint32_t)b.n;
        spans[i].value_n = (uint32_t)lines[i].n;
        buf_add(&b, lines[i]);
    }
    in.head = buf_str(&b).p;
    in.headers = spans;
    return peer_client(c, &rq, peer);
}

static bool is_address(Arena *a, Str text)
{
    uint8_t any[16];
    const char *c = arena_c(a, text);
    return inet_pton(AF_INET, c, any) == 1 || inet_pton(AF_INET6, c, any) == 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const PeerAddress loopback = { { [10] = 0xFF, [11] = 0xFF, [12] = 127, [15] = 1 } };
    static const PeerAddress outside = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
    Arena *a = arena_new();
    HttpConfig c = { .loops = 1 };
    Str rest = { (const char *)bytes, n };
    for (Str nets = str_cut(&rest, '\n'); nets.n > 0 && c.n_proxies < HTTP_PROXIES_MAX;)
        if (http_net_read(str_cut(&nets, ','), &c.proxies[c.n_proxies])) {
            CHECK(c.proxies[c.n_proxies].bits >= 0 && c.proxies[c.n_proxies].bits <= 128);
            c.n_proxies++;
        }
    Str lines[LINES_MAX];
    int n_lines = 0;
    while (rest.n > 0 && n_lines < LINES_MAX - 1)
        lines[n_lines++] = str_cut(&rest, '\n');
    Str seen = client(a, &c, &loopback, lines, n_lines);
    CHECK(is_address(a, seen));
    if (!peer_trusted(&c, &outside)) {
        CHECK(str_is(client(a, &c, &outside, lines, n_lines), "2001:db8::1"));
        /* Behind our proxy, a stranger who writes what he likes in front. */
        Str forged[LINES_MAX];
        memcpy(forged, lines, sizeof(Str) * (size_t)n_lines);
        forged[n_lines] = S("6.6.6.6 , 2001:db8::1");
        CHECK(str_is(client(a, &c, &loopback, forged, n_lines + 1),
                     peer_trusted(&c, &loopback) ? "2001:db8::1" : "127.0.0.1"));
    }
    arena_free(a);
    return 0;
}
