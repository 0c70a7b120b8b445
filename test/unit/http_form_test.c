/* The two bodies of a form: what is taken, in which order, and what is refused with which limit. */
#include "unit.h"

#include "http/form.h"

static Arena *a;

static Fail urlencoded(Str body, Form *form)
{
    return form_read(a, S("application/x-www-form-urlencoded; charset=UTF-8"), body, form);
}

static void fields_are_decoded_in_order(void **state)
{
    (void)state;
    Form form;
    Fail f = urlencoded(S("a=1&attribute%5Bx%5D=%E6%B0%B4+2&b=&attribute[x]=3&&c"), &form);
    assert_int_equal(f.err, OK);
    assert_int_equal(form.n_fields, 5);
    assert_text(form.fields[0].name, "a");
    assert_text(form.fields[1].name, "attribute[x]");
    assert_text(form.fields[1].value, "\xE6\xB0\xB4 2");
    assert_text(form.fields[2].value, "");
    assert_text(form.fields[3].value, "3"); /* a name may come again */
    assert_text(form.fields[4].name, "c");
    f = urlencoded(S(""), &form);
    assert_int_equal(f.err, OK);
    assert_int_equal(form.n_fields, 0);
}

static void bad_fields_are_refused(void **state)
{
    (void)state;
    static const Str bad[] = { S_INIT("a=%zz"), S_INIT("a=%ff"), S_INIT("a=%00"), S_INIT("%f=1"), S_INIT("a=%4") };
    Form form;
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f = urlencoded(bad[i], &form);
        assert_int_equal(f.err, ERR_MALFORMED);
        assert_string_equal(f.code, "bad_parameter");
    }
    Buf b = buf_new(a, 4096);
    for (int i = 0; i <= FORM_FIELDS_MAX; i++)
        buf_fmt(&b, "f%d=1&", i);
    Fail f = urlencoded(buf_str(&b), &form);
    assert_string_equal(f.code, "too_many_parameters");
    assert_int_equal(f.limit, FORM_FIELDS_MAX);
    b.n = 0;
    buf_c(&b, "long=");
    for (int i = 0; i <= FORM_VALUE_MAX; i++)
        buf_char(&b, 'x');
    f = urlencoded(buf_str(&b), &form);
    assert_string_equal(f.code, "too_long");
    assert_string_equal(f.field, "long");
    assert_int_equal(f.limit, FORM_VALUE_MAX);
    f = form_read(a, S("application/json"), S("{}"), &form);
    assert_string_equal(f.code, "not_a_form");
}

static void parts_are_read(void **state)
{
    (void)state;
    Form form;
    Str body = S("before\r\n--xx\r\nContent-Disposition: form-data; name=\"lat\"\r\n\r\n29.6\r\n--xx \r\n"
                 "content-type: image/jpeg\r\nCONTENT-DISPOSITION: form-data; name=\"m; \\\"1\\\"\";"
                 " filename=\"\"\r\n\r\n"
                 "\xFF\xD8--x\r\n\r\n--x\r\n--xx\r\n"
                 "Content-Disposition: form-data; filename=\"none.jpg\"; name=no\r\n\r\n"
                 "\r\n--xx--\r\nafter");
    Fail f = form_read(a, S("Multipart/Form-Data; charset=utf-8; boundary=\"xx\""), body, &form);
    assert_int_equal(f.err, OK);
    assert_int_equal(form.n_fields, 1);
    assert_text(form.fields[0].name, "lat");
    assert_text(form.fields[0].value, "29.6");
    assert_int_equal(form.n_files, 1); /* a file that was not chosen is none */
    assert_text(form.files[0].name, "m; \"1\"");
    assert_text(form.files[0].type, "image/jpeg");
    assert_text(form.files[0].bytes, "\xFF\xD8--x\r\n\r\n--x");
}

static void broken_parts_are_refused(void **state)
{
    (void)state;
    static const Str bad[] = {
        S_INIT(""),
        S_INIT("nothing"),
        S_INIT("--xx"),
        S_INIT("--xx\r\n"),
        S_INIT("--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1"),
        S_INIT("--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--xx--"),
        S_INIT("--xx\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--xx--"),
        S_INIT("--xx\r\nContent-Disposition: form-data\r\n\r\n1\r\n--xx--"),
        S_INIT("--xx\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--xx--"),
        S_INIT("--xx\r\nContent-Type: text/plain\r\n\r\n1\r\n--xx--"),
        S_INIT("--xx\r\nno colon\r\n\r\n1\r\n--xx--"),
        S_INIT("--xxy\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xx--"),
    };
    Form form;
    for (int i = 0; i < COUNT(bad); i++) {
        Fail f = form_read(a, S("multipart/form-data; boundary=xx"), bad[i], &form);
        if (f.err != ERR_MALFORMED) print_message("case %d\n", i);
        assert_int_equal(f.err, ERR_MALFORMED);
        assert_string_equal(f.code, "bad_form");
    }
    Fail f = form_read(a, S("multipart/form-data"), S("--\r\n"), &form);
    assert_string_equal(f.code, "bad_form");
    f = form_read(a, S("multipart/form-data; boundary=\"\""), S("--\r\n"), &form);
    assert_string_equal(f.code, "bad_form");
    f = form_read(a, S("multipart/form-data; boundary=xx"),
                  S("--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xFF\r\n--xx--"), &form);
    assert_string_equal(f.code, "bad_parameter");
}

static void files_are_bounded(void **state)
{
    (void)state;
    Form form;
    Buf b = buf_new(a, 4096);
    for (int i = 0; i <= FORM_FILES_MAX; i++)
        buf_fmt(&b, "--b\r\nContent-Disposition: form-data; name=\"f%d\"; filename=\"x\"\r\n\r\ny\r\n", i);
    buf_c(&b, "--b--\r\n");
    Fail f = form_read(a, S("multipart/form-data; boundary=b"), buf_str(&b), &form);
    assert_string_equal(f.code, "too_many");
    assert_int_equal(f.limit, FORM_FILES_MAX);
    assert_int_equal(form.n_files, FORM_FILES_MAX);
}

static int begin(void **state)
{
    (void)state;
    a = arena_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_decoded_in_order), cmocka_unit_test(bad_fields_are_refused),
        cmocka_unit_test(parts_are_read),              cmocka_unit_test(broken_parts_are_refused),
        cmocka_unit_test(files_are_bounded),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
