/* What leaves: who may be connected to, when it is tried again, how it is signed and written. */
#include "unit.h"

#include "port/deliver/deliver.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static bool is_public(const char *text)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) return address_public((const struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return address_public((const struct sockaddr *)&in6);
}

static void test_addresses(void **state)
{
    static const char *const closed[] = {
        "0.0.0.0",     "0.1.2.3",          "10.0.0.1",        "10.255.255.255", "100.64.0.1",      "100.127.255.255",
        "127.0.0.1",   "127.255.0.9",      "169.254.169.254", "172.16.0.1",     "172.31.255.255",  "192.0.0.8",
        "192.0.2.1",   "192.88.99.1",      "192.168.0.1",     "198.18.0.1",     "198.19.255.255",  "198.51.100.7",
        "203.0.113.9", "224.0.0.1",        "239.255.255.255", "240.0.0.1",      "255.255.255.255", "::",
        "::1",         "::ffff:127.0.0.1", "::ffff:8.8.8.8",  "::127.0.0.1",    "64:ff9b::7f00:1", "100::1",
        "2001::1",     "2001:1ff::1",      "2001:db8::1",     "2002:7f00:1::1", "3fff::1",         "3ffe::1",
        "fc00::1",     "fd12:3456::1",     "fe80::1",         "fec0::1",        "ff02::1",         "4000::1",
    };
    static const char *const open[] = {
        "1.1.1.1",        "8.8.8.8",      "9.255.255.255",   "11.0.0.0",
        "100.63.255.255", "100.128.0.0",  "126.255.255.255", "128.0.0.1",
        "172.15.255.255", "172.32.0.0",   "192.0.1.1",       "192.167.255.255",
        "198.17.255.255", "198.20.0.0",   "223.255.255.255", "2001:4860:4860::8888",
        "2001:200::1",    "2400:3200::1", "2606:4700::1111", "2a00:1450::1",
    };
    (void)state;
    for (int i = 0; i < COUNT(closed); i++)
        if (is_public(closed[i])) fail_msg("%s passes", closed[i]);
    for (int i = 0; i < COUNT(open); i++)
        if (!is_public(open[i])) fail_msg("%s does not pass", open[i]);
    struct sockaddr other = { .sa_family = AF_UNIX };
    assert_false(address_public(&other));
}

static void test_allowed(void **state)
{
    Allowed a;
    (void)state;
    assert_true(allowed_read("127.0.0.1:8099, [::1]:25", &a));
    assert_int_equal(a.n, 2);
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(8099), .sin_addr = { htonl(INADDR_LOOPBACK) } };
    assert_true(allowed_has(&a, (struct sockaddr *)&in));
    in.sin_port = htons(8098); /* the very address, not the machine */
    assert_false(allowed_has(&a, (struct sockaddr *)&in));
    in = (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_port = htons(8099),
                               .sin_addr = { htonl(INADDR_LOOPBACK + 1) } };
    assert_false(allowed_has(&a, (struct sockaddr *)&in));
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(25), .sin6_addr = in6addr_loopback };
    assert_true(allowed_has(&a, (struct sockaddr *)&in6));
    static const char *const bad[] = { "localhost:80",    "127.0.0.1",   "127.0.0.1:0",
                                       "127.0.0.1:65536", "127.0.0.1:x", ":80",
                                       "2130706433:80",   "::1:25",      "[::1]",
                                       "127.0.0.1:80,,",  "[::1:25" };
    for (int i = 0; i < COUNT(bad); i++)
        if (allowed_read(bad[i], &a)) fail_msg("%s was taken", bad[i]);
}

static int64_t random_now;
static void fixed_random(void *self, void *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
    memcpy(out, &random_now, n < sizeof random_now ? n : sizeof random_now);
}

static void test_pauses(void **state)
{
    static const int64_t usual[] = { 10 * SECOND_MS, MINUTE_MS,   5 * MINUTE_MS, 30 * MINUTE_MS,
                                     2 * HOUR_MS,    6 * HOUR_MS, 12 * HOUR_MS,  24 * HOUR_MS };
    OutboxConfig c = { 0 };
    (void)state;
    seam_set((Seam){ .random = fixed_random });
    for (int i = 0; i < COUNT(usual); i++) {
        int64_t least = usual[i], most = 0;
        for (random_now = 0; random_now < 100000; random_now += 7919) {
            int64_t pause = outbox_pause(&c, i + 1);
            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
        }
        random_now = 0;
        assert_int_equal(outbox_pause(&c, i + 1), usual[i] - usual[i] / 5);
        random_now = 2 * (usual[i] / 5);
        assert_int_equal(outbox_pause(&c, i + 1), usual[i] + usual[i] / 5);
        assert_true(least >= usual[i] * 4 / 5 && most <= usual[i] * 6 / 5 && least < most);
    }
    assert_int_equal(outbox_pause(&c, COUNT(usual) + 1), -1); /* then it is dead */
    assert_int_equal(outbox_pause(&c, 0), -1);
    assert_int_equal(outbox_lasts_ms(&c), 44 * HOUR_MS + 36 * MINUTE_MS + 10 * SECOND_MS);
    c = (OutboxConfig){ .retry_ms = { 4, 3 }, .n_retries = 2 };
    assert_int_equal(outbox_pause(&c, 1), 4);
    assert_int_equal(outbox_pause(&c, 3), -1);
    seam_set((Seam){ 0 });
}

/* The example of the Standard Webhooks specification 1.0. */
static void test_signature(void **state)
{
    Arena *a = arena_new();
    (void)state;
    Str secret = S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), id = S("msg_p5jXN8AQM9LWM0D4loKWxJek");
    Str body = S("{\"test\": 2432232314}");
    assert_text(webhook_signature(a, secret, id, 1614265330, body), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    Str raw = webhook_signature(a, S("plain secret of thirty characters"), id, 1, body);
    assert_true(raw.n == 3 + 44 &&
                !str_eq(raw, webhook_signature(a, S("plain secret of thirty character."), id, 1, body)));
    assert_false(str_eq(raw, webhook_signature(a, S("plain secret of thirty characters"), id, 2, body)));
    arena_free(a);
}

static void test_mail(void **state)
{
    Arena *a = arena_new();
    (void)state;
    Str subject = S("དོན་དག་ཨང་ 1001 ལ་འགྱུར་བ་གསར་པ་བྱུང་།"); /* longer than one encoded word */
    Str m = mail_message(a, S("linli@example.org"), S("yi@example.org"), subject, S("事项 1001 有新进展\n"), S("e.p"),
                         INT64_C(1782997200000));
    assert_true(str_starts(m, S("Date: Thu, 02 Jul 2026 13:00:00 +0000\r\nFrom: <linli@example.org>\r\n")));
    assert_true(str_find(m, S("Message-ID: <e.p@example.org>\r\n")) > 0);
    assert_true(str_find(m, S("\r\n\r\n5LqL6aG5IDEwMDEg5pyJ5paw6L+b5bGVCg==\r\n")) > 0);
    int words = 0;
    for (Str rest = m; rest.n > 0;) {
        Str line = str_cut(&rest, '\n');
        assert_true(line.n <= 78);
        words += str_find(line, S("=?UTF-8?B?")) >= 0;
    }
    assert_true(words > 1);
    arena_free(a);
}

static void test_options(void **state)
{
    Arena *a = arena_new();
    OutboxConfig out = { 0 };
    (void)state;
    DeliverConfig c = { 0 };
    assert_int_equal(deliver_open(a, &c, &out).err, OK);
    assert_true(out.by[BY_WEBHOOK].send != NULL && out.by[BY_MAIL].send == NULL);
    c.smtp = "http://127.0.0.1/";
    assert_string_equal(deliver_open(a, &c, &out).code, "smtp");
    c.smtp = "smtp://127.0.0.1:25";
    assert_string_equal(deliver_open(a, &c, &out).code, "mail_from");
    c.mail_from = "linli@example.org\nX: 1";
    assert_string_equal(deliver_open(a, &c, &out).code, "mail_from");
    c.mail_from = "linli@example.org";
    assert_string_equal(deliver_open(a, &c, &out).code, "public_url");
    out.public_url = "https://linli.example.org";
    assert_int_equal(deliver_open(a, &c, &out).err, OK);
    assert_true(out.by[BY_MAIL].send != NULL);
    c.smtp_login = "/nowhere/login";
    assert_string_equal(deliver_open(a, &c, &out).code, "smtp_login");
    arena_free(a);
}

static void test_syntax(void **state)
{
    static const char *const urls[] = { "https://example.org", "http://example.org/hook?a=1&b=%20",
                                        "https://[2606:4700::1]:8443/x",
                                        "http://2130706433/" /* refused at connect */ };
    static const char *const no_urls[] = { "",
                                           "https://",
                                           "http:///x",
                                           "http://:80/",
                                           "https://?x",
                                           "ftp://example.org/",
                                           "HTTP://example.org/",
                                           "http://a@b/",
                                           "http://example.org/\r\nX: 1",
                                           "http://example.org/ x",
                                           "http://example.org/#x",
                                           "http://example.org\\@b",
                                           "http://例子/",
                                           "javascript:alert(1)",
                                           "//example.org" };
    static const char *const mails[] = { "a@b.cn", "yi.er+x@mail.example.org", "9@example.org", "a-b_c@x-y.cn" };
    static const char *const no_mails[] = {
        "",         "a",        "a@b",      "@b.cn",      "a@@b.cn", "a@b.cn\r\nBcc: c@d.cn",
        "a b@c.cn", "<a@b.cn>", "a,b@c.cn", "\"a\"@b.cn", ".a@b.cn", "-a@b.cn",
        "a@.b.cn",  "a@b.cn.",  "a@b..cn",  "a@-b.cn",    "a@b.cn-", "某@b.cn"
    };
    (void)state;
    for (int i = 0; i < COUNT(urls); i++)
        if (!webhook_url_valid(str_c(urls[i]))) fail_msg("%s was refused", urls[i]);
    for (int i = 0; i < COUNT(no_urls); i++)
        if (webhook_url_valid(str_c(no_urls[i]))) fail_msg("%s was taken", no_urls[i]);
    for (int i = 0; i < COUNT(mails); i++)
        if (!mailbox_valid(str_c(mails[i]))) fail_msg("%s was refused", mails[i]);
    for (int i = 0; i < COUNT(no_mails); i++)
        if (mailbox_valid(str_c(no_mails[i]))) fail_msg("%s was taken", no_mails[i]);
    assert_false(mailbox_valid((Str){ "a\0@b.cn", 7 }));
    assert_true(webhook_topic_valid(S("*")) && webhook_topic_valid(S("report")) &&
                webhook_topic_valid(S("report.hand_over")));
    assert_false(webhook_topic_valid(S("")) || webhook_topic_valid(S(".a")) || webhook_topic_valid(S("a.")) ||
                 webhook_topic_valid(S("a.b.c")) || webhook_topic_valid(S("A")) || webhook_topic_valid(S("%")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_allowed), cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_signature), cmocka_unit_test(test_mail),    cmocka_unit_test(test_options),
        cmocka_unit_test(test_syntax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
