/* Checkpoints and receipts: the tree against a slow one, on both engines, and a receipt that only its own house could
 * have signed. */
#define RIG_TOPIC "proof"
#include "serve_rig.h"

#include "core/proof/receipt.h"

#define WOOD "a-community-without-any-other" /* the server knows nothing of it */

/* ---- the tree, by the book: RFC 9162, 2.1.1, over what lies in memory ---- */

static Hash event_at(int64_t seq)
{
    char name[32];
    snprintf(name, sizeof name, "event %lld", (long long)seq);
    return hash_one(str_c(name));
}

static Hash slow_root(int64_t from, int64_t n)
{
    int64_t k = 1;
    if (n == 1) return tree_leaf(event_at(from + 1));
    while (k * 2 < n)
        k *= 2;
    return tree_node(slow_root(from, k), slow_root(from + k, n - k));
}

typedef struct Forest {
    Arena *a;
    Db *db;
} Forest;

static Forest *forest(Rig *r)
{
    Fail f = FAIL_NONE;
    Forest *t = arena_new_of(r->talk, Forest);
    *t = (Forest){ r->talk, db_open(&r->db, DB_WRITER, &f) };
    assert_int_equal(f.err, OK);
    return t;
}

static void put_events(Forest *t, int64_t from, int64_t to)
{
    Fail f = FAIL_NONE;
    db_begin(t->db);
    for (int64_t i = from; i <= to && f.err == OK; i++) {
        Hash h = event_at(i);
        db_query(t->db, t->a,
                 "INSERT INTO event (community, seq, id, matter, type, at, bytes, hash) VALUES"
                 " ($1, $2, $3, '', '', 0, $4, $4)",
                 "slsb", "",
                 ARGS(TXT(S(WOOD)), NUM(i), TXT(id_new(t->a, i)), BYT(((Str){ (char *)h.b, HASH_BYTES }))), &f);
        assert_int_equal(f.err, OK);
    }
    db_query(t->db, t->a,
             "INSERT INTO head (community, seq, hash) VALUES ($1, $2, $3)"
             " ON CONFLICT (community) DO UPDATE SET seq = $2",
             "slb", "", ARGS(TXT(S(WOOD)), NUM(to), BYT(S("x"))), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(db_commit(t->db).err, OK);
}

static void check_size(Forest *t, int64_t size, int64_t step)
{
    Hash root, again, slow = slow_root(0, size);
    assert_int_equal(tree_root(t->db, S(WOOD), size, &root).err, OK);
    assert_true(hash_eq(root, slow));
    int seen = 0;
    for (int64_t seq = 1; seq <= size; seq += step, seen++) {
        TreePath path;
        assert_int_equal(tree_path(t->db, S(WOOD), seq, size, &path).err, OK);
        assert_true(tree_root_of(event_at(seq), seq, size, &path, &again));
        assert_true(hash_eq(again, slow));
        if (size == 1) continue;
        assert_true(!tree_root_of(event_at(seq + 1), seq, size, &path, &again) || !hash_eq(again, slow));
        path.hash[path.n / 2].b[7] ^= 1;
        assert_true(!tree_root_of(event_at(seq), seq, size, &path, &again) || !hash_eq(again, slow));
        path.n--;
        assert_false(tree_root_of(event_at(seq), seq, size, &path, &again) && hash_eq(again, slow));
    }
    assert_true(seen > 0);
}

static int fill(Forest *t)
{
    TreeFill x = { .community = S(WOOD) };
    int rows = 0;
    do {
        db_begin(t->db);
        assert_int_equal(tree_fill(&x, t->db).err, OK);
        assert_int_equal(db_commit(t->db).err, OK);
        rows += x.made;
    } while (x.more);
    return rows;
}

static void of_any_size(Rig *r)
{
    Forest *t = forest(r);
    put_events(t, 1, 300);
    for (int64_t size = 1; size <= 40; size++)
        check_size(t, size, 1);
    check_size(t, 255, 17);
    check_size(t, 256, 17);
    check_size(t, 300, 17);
    assert_int_equal(fill(t), 1);
    assert_int_equal(fill(t), 0);
    check_size(t, 300, 13);
    put_events(t, 301, 66000); /* past the second stored level: 65,536 */
    check_size(t, 65536, 9973); /* nothing of it is stored yet */
    assert_int_equal(fill(t), 66000 / 256 - 1 + 1);
    check_size(t, 65535, 9973);
    check_size(t, 65537, 9973);
    check_size(t, 66000, 4999);
    int64_t looked, bad;
    assert_int_equal(tree_check(t->db, S(WOOD), 66000, &looked, &bad).err, OK);
    assert_int_equal(looked, 66000 / 256 + 1);
    assert_int_equal(bad, 0);
    Fail f = FAIL_NONE;
    db_query(t->db, t->a, "UPDATE tree SET hash = $2 WHERE community = $1 AND level = 8 AND position = 7", "sb", "",
             ARGS(TXT(S(WOOD)), BYT(((Str){ (char *)event_at(1).b, HASH_BYTES }))), &f);
    assert_int_equal(f.err, OK);
    assert_int_equal(tree_check(t->db, S(WOOD), 66000, &looked, &bad).err, OK);
    assert_int_equal(bad, 2); /* the node, and what was made from the right one above it */
    db_close(t->db);
}

static void a_log_with_a_hole_proves_nothing(Rig *r)
{
    Forest *t = forest(r);
    Fail f = FAIL_NONE;
    Hash root;
    put_events(t, 1, 20);
    db_query(t->db, t->a, "DELETE FROM event WHERE community = $1 AND seq = 9", "s", "", ARGS(TXT(S(WOOD))), &f);
    assert_int_equal(f.err, OK);
    f = tree_root(t->db, S(WOOD), 20, &root);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_string_equal(f.code, "chain_gap");
    db_close(t->db);
}

/* ---- receipts, from the server and by themselves ---- */

static Str raise_one(Rig *r, const char *text, Str *code)
{
    Str id = id_new(r->talk, now_ms());
    Said s = say(r, "POST", "/api/v1/reports", "",
                 arena_fmt(r->talk, "{\"id\":\"%.*s\",\"category\":\"leak\",\"text\":\"%s\"}", STR_ARG(id), text).p);
    assert_said(s, 201, NULL);
    *code = json_text(s.json, "receipt");
    assert_true(code->n > 0);
    return id;
}

static Said proof(Rig *r, Str id, const char *headers, int64_t seq)
{
    const char *more = seq > 0 ? arena_fmt(r->talk, "?seq=%lld", (long long)seq).p : "";
    return say(r, "GET", arena_fmt(r->talk, "/api/v1/proof/matters/%.*s%s", STR_ARG(id), more).p, headers, "");
}

static void whoever_reported_takes_it_home(Rig *r)
{
    Str code, other_code, id = raise_one(r, "the wall is wet", &code), other = raise_one(r, "next door", &other_code);
    const char *mine = arena_fmt(r->talk, "Linli-Receipt: %.*s\r\n", STR_ARG(code)).p;
    assert_said(proof(r, id, "", 0), 401, "sign_in");
    assert_said(proof(r, other, mine, 0), 403, NULL);
    assert_said(proof(r, S("nothing"), mine, 0), 404, "not_found");
    assert_said(proof(r, id, mine, 1), 404, "not_found"); /* a number of something else */
    Said s = proof(r, id, mine, 0), key = say(r, "GET", "/api/v1/proof/key", "", "");
    assert_said(s, 200, NULL);
    assert_said(key, 200, NULL);
    assert_true(json_text(s.json, "event").n > 0 && json_array_size(json_object_get(s.json, "openings")) > 0);
    ReceiptFile file;
    assert_int_equal(receipt_file_check(r->talk, s.body, str_trim(key.body), &file).err, OK);
    assert_true(file.openings > 0 && file.receipt.seq <= file.receipt.size);
    assert_true(str_find(s.body, S("the wall is wet")) > 0);
    assert_int_equal(receipt_file_check(r->talk, json_text(s.json, "receipt"), str_trim(key.body), &file).err, OK);
    /* what was given away still holds when the log has grown, and so does a new one of the same event */
    int64_t seq = file.receipt.seq, size = file.receipt.size;
    for (int i = 0; i < 5; i++)
        raise_one(r, "later", &code);
    Said again = proof(r, id, mine, seq);
    assert_int_equal(receipt_file_check(r->talk, s.body, str_trim(key.body), &file).err, OK);
    assert_int_equal(receipt_file_check(r->talk, again.body, str_trim(key.body), &file).err, OK);
    assert_int_equal(file.receipt.seq, seq);
    assert_true(file.receipt.size > size);
    /* staff who have nothing to do with it are told that it stands there, not what it says */
    Said desk = proof(r, id, bearer(r, r->officer), 0);
    assert_said(desk, 200, NULL);
    assert_int_equal(json_text(desk.json, "event").n, 0);
    assert_null(json_object_get(desk.json, "openings"));
    assert_int_equal(receipt_file_check(r->talk, desk.body, str_trim(key.body), &file).err, OK);
    /* the published head is one of ours */
    Said head = say(r, "GET", "/api/v1/proof/checkpoint", "", "");
    assert_said(head, 200, NULL);
    assert_true(str_starts(head.body, S("linli/" HERE "\n")));
    assert_true(str_find(head.body, S("\n\n\xe2\x80\x94 linli/" HERE " ")) > 0);
}

/* Any changed byte of a receipt, of what it tells, or of the key is noticed. */
static void a_changed_byte_is_noticed(Rig *r)
{
    Str code, id = raise_one(r, "the wall is wet", &code);
    const char *mine = arena_fmt(r->talk, "Linli-Receipt: %.*s\r\n", STR_ARG(code)).p;
    Said s = proof(r, id, mine, 0);
    Str key = str_trim(say(r, "GET", "/api/v1/proof/key", "", "").body), line = json_text(s.json, "receipt");
    ReceiptFile file;
    int tried = 0;
    for (size_t i = 0; i < line.n; i++, tried++) {
        Str copy = arena_str(r->talk, line);
        ((char *)(uintptr_t)copy.p)[i] = copy.p[i] == 'A' ? 'B' : 'A';
        Arena *a = arena_new();
        assert_true(receipt_file_check(a, copy, key, &file).err != OK);
        arena_free(a);
    }
    for (size_t i = 0; i < key.n; i++, tried++) {
        Str copy = arena_str(r->talk, key);
        ((char *)(uintptr_t)copy.p)[i] = copy.p[i] == 'A' ? 'B' : 'A';
        assert_true(receipt_file_check(r->talk, line, copy, &file).err != OK);
    }
    assert_int_equal(tried, line.n + key.n);
    assert_true(tried > 200);
    Fail f = FAIL_NONE;
    json_t *told = json_read(r->talk, s.body, &f);
    json_put_text(told, "event", arena_fmt(r->talk, "%.*s ", STR_ARG(json_text(told, "event"))));
    f = receipt_file_check(r->talk, json_print(r->talk, told), key, &file);
    assert_string_equal(f.code, "event_differs");
    told = json_read(r->talk, s.body, &f);
    json_put_text(json_array_get(json_object_get(told, "openings"), 0), "value", S("the wall is dry"));
    f = receipt_file_check(r->talk, json_print(r->talk, told), key, &file);
    assert_string_equal(f.code, "opening_differs");
    assert_int_equal(f.limit, 1);
    assert_string_equal(receipt_file_check(r->talk, S("LR1.x"), key, &file).code, "bad_format");
    Str elsewhere = verifier_key_print(r->talk, r->seals, S(THERE));
    assert_string_equal(receipt_file_check(r->talk, line, elsewhere, &file).code, "other_key");
}

/* signed-note's own example of a key (C2SP): name, hash of name and key, kind and key. */
static void keys_are_as_the_standard_has_them(void **state)
{
    Arena *a = arena_new();
    VerifierKey key;
    (void)state;
    Seals *s = seals_for_test(a);
    Str printed = verifier_key_print(a, s, S("540102001001"));
    assert_int_equal(verifier_key_parse(a, printed, &key).err, OK);
    assert_text(key.name, "linli/540102001001");
    assert_string_equal(verifier_key_parse(a, S("linli/x+00000000+AAAA"), &key).code, "bad_format");
    assert_string_equal(verifier_key_parse(a, S(""), &key).code, "bad_format");
    arena_free(a);
}

ON_BOTH(of_any_size)
ON_BOTH(a_log_with_a_hole_proves_nothing)
ON_BOTH(whoever_reported_takes_it_home)
ON_BOTH(a_changed_byte_is_noticed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_as_the_standard_has_them), BOTH(of_any_size),
        BOTH(a_log_with_a_hole_proves_nothing),              BOTH(whoever_reported_takes_it_home),
        BOTH(a_changed_byte_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
