/* Web Push: the RFCs' own examples, and a reader of our own for what we make; text messages as gammu-smsd wants them.
 */
#include "unit.h"

#include "port/deliver/deliver.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static Str bytes(Arena *a, const char *text)
{
    Str out;
    assert_true(base64url_to(a, str_c(text), &out));
    return out;
}

/* RFC 8291, appendix A */
static void the_rfcs_own_message(void **state)
{
    Arena *a = arena_new();
    PushKey own;
    (void)state;
    assert_true(push_key_open((const uint8_t *)bytes(a, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").p, &own));
    assert_text(base64url_of(a, (Str){ (const char *)own.point, PUSH_POINT_BYTES }),
                "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
    PushTarget to = {
        bytes(a, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        bytes(a, "BTBZMqHH6r4Tts7J_aSIgg")
    };
    Str sealed;
    assert_true(push_seal_with(a, &to, &own, (const uint8_t *)bytes(a, "DGv6ra1nlYgDCS1FRnbzlw").p,
                               S("When I grow up, I want to be a watermelon"), &sealed));
    assert_text(base64url_of(a, sealed),
                "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc"
                "InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_"
                "Qulcy4a-fN");
    push_key_close(&own);
    arena_free(a);
}

static void each_message_has_a_key_of_its_own(void **state)
{
    Arena *a = arena_new();
    Str one, two;
    (void)state;
    PushTarget to = {
        bytes(a, "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        bytes(a, "BTBZMqHH6r4Tts7J_aSIgg")
    };
    assert_true(push_seal(a, &to, S("{}"), &one) && push_seal(a, &to, S("{}"), &two));
    assert_int_equal(one.n, two.n);
    assert_memory_not_equal(one.p, two.p, 16);           /* salt */
    assert_memory_not_equal(one.p + 21, two.p + 21, 65); /* key */
    char *off = arena_alloc(a, PUSH_POINT_BYTES);
    memcpy(off, to.point.p, PUSH_POINT_BYTES);
    off[64] ^= 1; /* not on the curve */
    PushTarget bad = { { off, PUSH_POINT_BYTES }, to.auth };
    assert_false(push_seal(a, &bad, S("{}"), &one));
    bad = (PushTarget){ { to.point.p, 64 }, to.auth };
    assert_false(push_seal(a, &bad, S("{}"), &one));
    bad = (PushTarget){ to.point, { to.auth.p, 15 } };
    assert_false(push_seal(a, &bad, S("{}"), &one));
    char *long_text = arena_alloc(a, PUSH_PLAIN_MAX + 1);
    assert_false(push_seal(a, &to, (Str){ long_text, PUSH_PLAIN_MAX + 1 }, &one));
    uint8_t zero[PUSH_SECRET_BYTES] = { 0 }, all[PUSH_SECRET_BYTES];
    memset(all, 0xff, sizeof all);
    PushKey k;
    assert_false(push_key_open(zero, &k) || push_key_open(all, &k));
    arena_free(a);
}

/* The token is verified with nothing but what the header says. */
static bool token_holds(Arena *a, Str header, Str *claims, PushKey *key)
{
    Str rest = header;
    assert_true(str_starts(rest, S("vapid t=")));
    rest = (Str){ rest.p + 8, rest.n - 8 };
    Str token = str_cut(&rest, ','), signed_text = token;
    assert_true(str_starts(str_trim(rest), S("k=")));
    Str point = bytes(a, arena_c(a, (Str){ str_trim(rest).p + 2, str_trim(rest).n - 2 }));
    assert_int_equal(point.n, PUSH_POINT_BYTES);
    assert_memory_equal(point.p, key->point, PUSH_POINT_BYTES);
    Str head = str_cut(&token, '.'), body = str_cut(&token, '.');
    assert_text(bytes(a, arena_c(a, head)), "{\"typ\":\"JWT\",\"alg\":\"ES256\"}");
    *claims = bytes(a, arena_c(a, body));
    Str raw = bytes(a, arena_c(a, token));
    assert_int_equal(raw.n, 64);
    ECDSA_SIG *s = ECDSA_SIG_new();
    ECDSA_SIG_set0(s, BN_bin2bn((const uint8_t *)raw.p, 32, NULL), BN_bin2bn((const uint8_t *)raw.p + 32, 32, NULL));
    unsigned char *der = NULL;
    int n = i2d_ECDSA_SIG(s, &der);
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key->key) == 1 &&
              EVP_DigestVerify(c, der, (size_t)n, (const unsigned char *)signed_text.p, head.n + 1 + body.n) == 1;
    EVP_MD_CTX_free(c);
    OPENSSL_free(der);
    ECDSA_SIG_free(s);
    return ok;
}

static void who_sends_is_signed(void **state)
{
    Arena *a = arena_new();
    PushKey own;
    Str claims;
    Fail f = FAIL_NONE;
    (void)state;
    assert_true(push_key_open((const uint8_t *)bytes(a, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw").p, &own));
    for (int i = 0; i < 20; i++) { /* of both halves, sometimes one begins with a zero */
        Str header = push_authorization(a, &own, S("https://push.example.org:8443/a/b?c"),
                                        S("https://linli.example.org"), INT64_C(1783000000000) + i);
        assert_true(token_holds(a, header, &claims, &own));
    }
    json_t *said = json_read(a, claims, &f);
    assert_int_equal(json_object_size(said), 3);
    assert_text(json_text(said, "aud"), "https://push.example.org:8443"); /* RFC 8292: the origin alone */
    assert_text(json_text(said, "sub"), "https://linli.example.org");
    assert_int_equal(json_int(said, "exp"), 1783000000 + PUSH_TOKEN_S);
    push_key_close(&own);
    arena_free(a);
}

/* ---- robots ---- */

static void a_robot_is_called_as_it_wants(void **state)
{
    Arena *a = arena_new();
    (void)state;
    assert_false(robot_url_valid(S("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6")));
    Str url = S("https://qyapi.weixin.qq.com/cgi-bin/webhook/send");
    assert_true(robot_url_valid(url));
    assert_text(robot_url(a, FOR_WECOM, url, S("693a91f6-7aab-4bc4-97a0-0ec2sifa5aaa"), S(""), 1),
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7aab-4bc4-97a0-0ec2sifa5aaa");
    url = S("https://oapi.dingtalk.com/robot/send");
    /* the signature as Python's hmac makes it */
    assert_text(robot_url(a, FOR_DINGTALK, url,
                          S("SEC0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
                          S("e9a8118c8a3dce9a8118c8a3dce9a8118c8a3dc0"), INT64_C(1783000000000)),
                "https://oapi.dingtalk.com/robot/send?access_token=e9a8118c8a3dce9a8118c8a3dce9a8118c8a3dc0"
                "&timestamp=1783000000000&sign=VrGWVlWRr1n9WuDOoWEoQTZ3sJHhkNU7RfsIDMU%2BSGA%3D");
    assert_int_equal(robot_errcode(a, S("{\"errcode\":0,\"errmsg\":\"ok\"}")), 0);
    assert_int_equal(robot_errcode(a, S("{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}")), 45009);
    static const char *const other[] = { "", "ok", "{}", "[0]",
                                         "{\"errcode\":\"0\"}", "{\"errcode\":-1}", "{\"errcode\":0" };
    for (int i = 0; i < COUNT(other); i++)
        if (robot_errcode(a, str_c(other[i])) != -1) fail_msg("%s", other[i]);
    arena_free(a);
}

/* ---- text messages ---- */

static void a_file_for_the_daemon(void **state)
{
    Arena *a = arena_new();
    char dir[] = "/tmp/linli-sms.XXXXXX", path[300];
    (void)state;
    assert_non_null(mkdtemp(dir));
    Deliver d = { .sms_dir = dir };
    Parcel p = { .arena = a, .to = S("+8613900000001"), .id = S("row"), .text = S("事项1 x𠀀"),
                 .event = S("019f0c8e-6b00-7000-8000-000000000000"), .urgent = true };
    atomic_bool ending = false;
    sms_send(&d, &p, &ending);
    assert_int_equal(p.outcome, DELIVERED);
    Str name = sms_name(a, p.to, p.id, id_time(p.event), true);
    assert_true(str_starts(name, S("OUTA2026")) && str_ends(name, S(".txt")));
    assert_true(str_find(name, S("_00_+8613900000001_")) > 0);
    snprintf(path, sizeof path, "%s/%s", dir, name.p);
    char got[64];
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t n = fread(got, 1, sizeof got, in);
    fclose(in);
    static const char want[] = "\xfe\xff\x4e\x8b\x98\x79\x00\x31\x00\x20\x00\x78\xd8\x40\xdc\x00";
    assert_int_equal(n, sizeof want - 1);
    assert_memory_equal(got, want, n);
    sms_send(&d, &p, &ending); /* again: the same file */
    unlink(path);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left beside it */
    sms_send(&d, &p, &ending);
    assert_int_equal(p.outcome, FAILED); /* the folder is gone */
    static const char *const bad[] = { "", "+", "1234", "../../etc", "13900000001/x", "139 00000001" };
    for (int i = 0; i < COUNT(bad); i++) {
        p.to = str_c(bad[i]);
        sms_send(&d, &p, &ending);
        if (p.outcome != REFUSED) fail_msg("%s was taken", bad[i]);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfcs_own_message),
        cmocka_unit_test(each_message_has_a_key_of_its_own),
        cmocka_unit_test(who_sends_is_signed),
        cmocka_unit_test(a_robot_is_called_as_it_wants),
        cmocka_unit_test(a_file_for_the_daemon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
