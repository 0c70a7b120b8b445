#include "unit.h"

#include "core/access/totp.h"

static const TotpSecret rfc = { "12345678901234567890" };

/* RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
static void codes_are_those_of_the_rfc(void **state) {
    (void)state;
    static const struct {
        int64_t seconds;
        uint32_t code;
    } rows[] = { { 59, 287082 },          { 1111111109, 81804 },  { 1111111111, 50471 },
                 { 1234567890, 5924 },    { 2000000000, 279037 }, { INT64_C(20000000000), 353130 } };
    for (int i = 0; i < COUNT(rows); i++)
        assert_int_equal(totp_code(&rfc, rows[i].seconds / 30), rows[i].code);
}

static void steps_beside_match_others_do_not(void **state) {
    (void)state;
    int64_t step = 1111111109 / 30;
    Str typed = S("081804");
    for (int64_t off = -3; off <= 3; off++) {
        int64_t now = (step + off) * 30 * 1000 + 7;
        assert_int_equal(totp_match(&rfc, typed, now, 0), off >= -1 && off <= 1 ? step : -1);
    }
    assert_int_equal(totp_match(&rfc, S("081 804"), step * 30000, 0), step);
}

static void a_used_step_is_refused(void **state) {
    (void)state;
    int64_t step = 1111111109 / 30, now = step * 30000;
    assert_int_equal(totp_match(&rfc, S("081804"), now, step - 1), step);
    assert_int_equal(totp_match(&rfc, S("081804"), now, step), -1);
    assert_int_equal(totp_match(&rfc, S("081804"), now, step + 1), -1);
}

static void what_is_no_code_never_matches(void **state) {
    (void)state;
    int64_t now = INT64_C(1111111109000);
    static const char *const bad[] = { "", "08180", "0818040", "08180x", "-81804", "81804", "081804\n" };
    for (int i = 0; i < COUNT(bad); i++)
        assert_int_equal(totp_match(&rfc, str_c(bad[i]), now, 0), -1);
}

static void the_secret_is_written_in_base32(void **state) {
    Arena *a = *state;
    assert_text(totp_text(a, &rfc), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_text(totp_uri(a, &rfc, S("540102001001")),
                "otpauth://totp/linli:540102001001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=linli"
                "&algorithm=SHA1&digits=6&period=30");
}

int main(void) {
    const struct CMUnitTest tests[] = { with_arena(codes_are_those_of_the_rfc),
                                        with_arena(steps_beside_match_others_do_not),
                                        with_arena(a_used_step_is_refused), with_arena(what_is_no_code_never_matches),
                                        with_arena(the_secret_is_written_in_base32) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
