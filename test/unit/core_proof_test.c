/* Checkpoints and receipts: the tree against a slow one, on both engines, and a receipt that only its own house could
 * have signed. */
#define RIG_TOPIC "proof"
#include "serve_rig.h"

#include "core/proof/head.h"
#include "core/proof/receipt.h"
#include "core/proof/stamp.h"

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

/* From this size to that one, by the book's roots; with anything changed it is no proof. */
static void check_grown(Forest *t, int64_t from, int64_t to)
{
    TreePath path;
    Hash first = slow_root(0, from), second = slow_root(0, to), other = event_at(from);
    assert_int_equal(tree_consistency(t->db, S(WOOD), from, to, &path).err, OK);
    assert_true(tree_consistent(from, to, first, second, &path));
    assert_false(tree_consistent(from, to, other, second, &path));
    assert_false(tree_consistent(from, to, first, other, &path));
    assert_false(tree_consistent(to, from == to ? from + 1 : from, second, first, &path));
    if (path.n == 0) return;
    path.hash[path.n / 2].b[3] ^= 1;
    assert_false(tree_consistent(from, to, first, second, &path));
    path.hash[path.n / 2].b[3] ^= 1;
    path.n--;
    assert_false(tree_consistent(from, to, first, second, &path));
}

/* Every pair of small sizes; of large ones a few hundred, of a fixed seed. */
static void a_log_that_only_grew_can_show_it(Rig *r)
{
    Forest *t = forest(r);
    uint64_t seed = 9162;
    int pairs = 0;
    put_events(t, 1, 1500);
    for (int64_t to = 1; to <= 34; to++)
        for (int64_t from = 1; from <= to; from++, pairs++)
            check_grown(t, from, to);
    for (int i = 0; i < 200; i++, pairs++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        int64_t to = 1 + (int64_t)(seed >> 33) % 1500, from = 1 + (int64_t)(seed >> 13 & 0xffff) % to;
        check_grown(t, from, to);
    }
    assert_int_equal(pairs, 34 * 35 / 2 + 200);
    db_close(t->db);
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

/* ---- heads, and the log of today beside an earlier one ---- */

static Str changed(Rig *r, Str line, size_t at)
{
    Str copy = arena_str(r->talk, line);
    ((char *)(uintptr_t)copy.p)[at] = copy.p[at] == 'A' ? 'B' : 'A';
    return copy;
}

static void a_kept_head_is_held_against_the_log_of_today(Rig *r)
{
    Str code, key;
    SignedHead head;
    VerifierKey by;
    Consistency x;
    raise_one(r, "the wall is wet", &code);
    Said heads = say(r, "GET", "/api/v1/proof/heads?days=3", "", ""),
         published = say(r, "GET", "/api/v1/proof/key", "", "");
    assert_said(heads, 200, NULL);
    key = str_trim(published.body);
    assert_int_equal(verifier_key_parse(r->talk, key, &by).err, OK);
    Str rest = heads.body, kept = str_cut(&rest, '\n');
    assert_int_equal(head_parse(r->talk, kept, &head).err, OK);
    assert_int_equal(head_check(r->talk, &head, &by).err, OK);
    for (int i = 0; i < 3; i++)
        raise_one(r, "later", &code);
    Said s = say(r, "GET", arena_fmt(r->talk, "/api/v1/proof/consistency?from=%lld", (long long)head.size).p, "", "");
    assert_said(s, 200, NULL);
    assert_int_equal(consistency_check(r->talk, s.body, key, kept, &x).err, OK);
    assert_int_equal(x.from.size, head.size);
    assert_true(x.to.size >= head.size + 3);
    /* a head that somebody else signed, of another size, or of a log that was rewritten since */
    Str bad = changed(r, kept, kept.n - 9);
    assert_string_equal(consistency_check(r->talk, s.body, key, bad, &x).code, "head_signature");
    SignedHead other = head;
    other.size--;
    head_sign(r->talk, r->seals, &other);
    bad = head_print(r->talk, &other);
    assert_string_equal(consistency_check(r->talk, s.body, key, bad, &x).code, "other_head");
    other = head;
    other.root.b[0] ^= 1;
    head_sign(r->talk, r->seals, &other);
    bad = head_print(r->talk, &other);
    assert_string_equal(consistency_check(r->talk, s.body, key, bad, &x).code, "not_consistent");
    int tried = 0;
    for (size_t i = 0; i < kept.n; i++, tried++)
        assert_true(consistency_check(r->talk, s.body, key, changed(r, kept, i), &x).err != OK);
    assert_true(tried > 150);
    assert_said(say(r, "GET", "/api/v1/proof/consistency?from=999999", "", ""), 422, NULL);
    assert_said(say(r, "GET", "/api/v1/proof/consistency?from=5&to=4", "", ""), 422, NULL);
    assert_said(say(r, "GET", "/api/v1/proof/consistency", "", ""), 422, NULL);
    assert_said(say(r, "GET", "/api/v1/proof/heads?days=4000", "", ""), 422, NULL);
}

/* Asked for again, a day that is over has the same line. */
static void a_day_that_is_over_keeps_its_head(Rig *r)
{
    Str code;
    int64_t at = now_ms() + 1;
    Fail f = FAIL_NONE;
    SignedHead then, again, now;
    raise_one(r, "the wall is wet", &code);
    Db *db = db_open(&r->db, DB_READER, &f);
    assert_int_equal(f.err, OK);
    at = now_ms() + 1;
    assert_int_equal(head_as_of(r->talk, db, r->seals, S(HERE), at, &then).err, OK);
    db_close(db);
    while (now_ms() <= at) {} /* the next is of a later millisecond */
    raise_one(r, "later", &code);
    db = db_open(&r->db, DB_READER, &f);
    assert_int_equal(head_as_of(r->talk, db, r->seals, S(HERE), at, &again).err, OK);
    assert_int_equal(head_now(r->talk, db, r->seals, S(HERE), at, &now).err, OK);
    assert_text(head_print(r->talk, &then), head_print(r->talk, &again).p);
    assert_true(now.size > then.size);
    assert_int_equal(head_as_of(r->talk, db, r->seals, S(HERE), 1, &then).err, ERR_NOT_FOUND);
    db_close(db);
}

/* ---- stamped papers ---- */

static void any_changed_byte_of_a_paper_is_noticed(void **state)
{
    Arena *a = arena_new();
    Seals *s = seals_for_test(a);
    Stamp stamp;
    int tried = 0;
    (void)state;
    Str key = verifier_key_print(a, s, S("540102001001")), other = verifier_key_print(a, s, S("540102001002"));
    Str pdf = stamp_paper(a, s, S("540102001001"), INT64_C(1784001300000), S("%PDF-1.5\n1 0 obj <<>> endobj\n%%EOF"));
    assert_int_equal(stamp_check(a, pdf, key, &stamp).err, OK);
    assert_text(stamp.community, "540102001001");
    assert_int_equal(stamp_check(a, pdf, S(""), &stamp).err, OK);
    assert_string_equal(stamp_check(a, pdf, other, &stamp).code, "other_key");
    for (size_t i = 0; i < pdf.n; i++)
        for (int bit = 0; bit < 8; bit += 3, tried++) {
            Str copy = arena_str(a, pdf);
            ((char *)(uintptr_t)copy.p)[i] ^= (char)(1 << bit);
            assert_true(stamp_check(a, copy, key, &stamp).err != OK);
        }
    assert_int_equal(tried, 3 * pdf.n);
    assert_string_equal(stamp_check(a, S("%PDF-1.5\n%%EOF\n"), key, &stamp).code, "no_stamp");
    assert_string_equal(stamp_check(a, S(""), key, &stamp).code, "no_stamp");
    assert_string_equal(stamp_check(a, (Str){ pdf.p, pdf.n - 1 }, key, &stamp).code, "no_stamp");
    arena_free(a);
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
ON_BOTH(a_log_that_only_grew_can_show_it)
ON_BOTH(a_kept_head_is_held_against_the_log_of_today)
ON_BOTH(a_day_that_is_over_keeps_its_head)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_as_the_standard_has_them), BOTH(of_any_size),
        BOTH(a_log_with_a_hole_proves_nothing),              BOTH(whoever_reported_takes_it_home),
        BOTH(a_changed_byte_is_noticed),                     BOTH(a_log_that_only_grew_can_show_it),
        BOTH(a_kept_head_is_held_against_the_log_of_today),  BOTH(a_day_that_is_over_keeps_its_head),
        cmocka_unit_test(any_changed_byte_of_a_paper_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
