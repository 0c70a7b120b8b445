/* Which addresses a webhook may go to: none that is private, unless an admin allows it. */
#include "port/deliver/deliver.h"

#include <arpa/inet.h>
#include <netinet/in.h>

typedef struct Range4 {
    uint32_t from;
    int bits;
} Range4;

/* https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast and class E */
static const Range4 closed4[] = {
    { 0x00000000, 8 },  /* this network */
    { 0x0a000000, 8 },  /* private */
    { 0x64400000, 10 }, /* shared, carrier-grade NAT */
    { 0x7f000000, 8 },  /* loopback */
    { 0xa9fe0000, 16 }, /* link-local: also where clouds keep their secrets */
    { 0xac100000, 12 }, /* private */
    { 0xc0000000, 24 }, /* protocol assignments */
    { 0xc0000200, 24 }, /* documentation */
    { 0xc0586300, 24 }, /* 6to4 relays */
    { 0xc0a80000, 16 }, /* private */
    { 0xc6120000, 15 }, /* benchmarks */
    { 0xc6336400, 24 }, /* documentation */
    { 0xcb007100, 24 }, /* documentation */
    { 0xe0000000, 4 },  /* multicast */
    { 0xf0000000, 4 },  /* reserved, broadcast */
};

static bool public4(uint32_t ip)
{
    for (int i = 0; i < COUNT(closed4); i++)
        if (ip >> (32 - closed4[i].bits) == closed4[i].from >> (32 - closed4[i].bits)) return false;
    return true;
}

/* Only 2000::/3 is given out; within it, what wraps something else or leads nowhere is left out. */
static bool public6(const uint8_t b[16])
{
    if (b[0] >> 5 != 1) return false;
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02) return false;                  /* 2001::/23: Teredo, ORCHID ... */
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return false; /* documentation */
    if (b[0] == 0x20 && b[1] == 0x02) return false;                                 /* 6to4 */
    if (b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10) return false;                  /* documentation */
    return !(b[0] == 0x3f && b[1] == 0xfe);                                         /* the old 6bone */
}

bool address_public(const struct sockaddr *sa)
{
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        return public4(ntohl(in.sin_addr.s_addr));
    }
    if (sa->sa_family != AF_INET6) return false;
    struct sockaddr_in6 in6;
    memcpy(&in6, sa, sizeof in6);
    return public6(in6.sin6_addr.s6_addr);
}

static bool one_read(Str text, struct sockaddr_storage *out)
{
    char host[INET6_ADDRSTRLEN];
    size_t colon = text.n;
    int64_t port = 0;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon < 2 || !str_to_i64((Str){ text.p + colon, text.n - colon }, &port) || port < 1 || port > 65535)
        return false;
    Str ip = { text.p, colon - 1 };
    bool six = ip.p[0] == '[' && ip.p[ip.n - 1] == ']';
    if (six) ip = (Str){ ip.p + 1, ip.n - 2 };
    if (ip.n >= sizeof host) return false;
    memcpy(host, ip.p, ip.n);
    host[ip.n] = 0;
    memset(out, 0, sizeof *out);
    if (six) {
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
        if (inet_pton(AF_INET6, host, &in6.sin6_addr) != 1) return false;
        memcpy(out, &in6, sizeof in6);
        return true;
    }
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, host, &in.sin_addr) != 1) return false;
    memcpy(out, &in, sizeof in);
    return true;
}

bool allowed_read(const char *text, Allowed *out)
{
    *out = (Allowed){ 0 };
    Str rest = str_c(text);
    while (rest.n > 0) {
        Str one = str_trim(str_cut(&rest, ','));
        if (out->n == DELIVER_ALLOWED_MAX || !one_read(one, &out->list[out->n])) return false;
        out->n++;
    }
    return true;
}

bool allowed_has(const Allowed *a, const struct sockaddr *sa)
{
    for (int i = 0; i < a->n; i++) {
        if (a->list[i].ss_family != sa->sa_family) continue;
        if (sa->sa_family == AF_INET) {
            struct sockaddr_in x, y;
            memcpy(&x, &a->list[i], sizeof x);
            memcpy(&y, sa, sizeof y);
            if (x.sin_port == y.sin_port && x.sin_addr.s_addr == y.sin_addr.s_addr) return true;
        } else if (sa->sa_family == AF_INET6) {
            struct sockaddr_in6 x, y;
            memcpy(&x, &a->list[i], sizeof x);
            memcpy(&y, sa, sizeof y);
            if (x.sin6_port == y.sin6_port && memcmp(&x.sin6_addr, &y.sin6_addr, sizeof x.sin6_addr) == 0) return true;
        }
    }
    return false;
}
