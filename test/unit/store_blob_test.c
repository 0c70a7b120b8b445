/* blob.h: content names, damage, parts of uploads, the sweep. */
#include "store/blob.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int64_t clock_ms = INT64_C(1783000000000);

static int64_t test_clock(void *self) {
    (void)self;
    return clock_ms;
}

typedef struct Fixture {
    char dir[64];
    Arena *a;
    Blobs *b;
} Fixture;

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static int set_up(void **state) {
    Fixture *x = calloc(1, sizeof *x);
    memcpy(x->dir, "/tmp/store_blob_test.XXXXXX", 28);
    assert_non_null(mkdtemp(x->dir));
    x->a = arena_new();
    Fail f;
    x->b = blobs_open(x->a, x->dir, &f);
    assert_non_null(x->b);
    *state = x;
    return 0;
}

static int tear_down(void **state) {
    Fixture *x = *state;
    arena_free(x->a);
    nftw(x->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(x);
    return 0;
}

static const char *path_of(Fixture *x, Hash name) {
    Str hex = hash_hex(x->a, name);
    return arena_fmt(x->a, "%s/blobs/%.2s/%s", x->dir, hex.p, hex.p + 2).p;
}

static int files_below;

static int count_file(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)path, (void)st, (void)at;
    files_below += flag == FTW_F;
    return 0;
}

static int files(Fixture *x, const char *below) {
    files_below = 0;
    nftw(arena_fmt(x->a, "%s/blobs/%s", x->dir, below).p, count_file, 8, FTW_PHYS);
    return files_below;
}

static void overwrite(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static void bytes_come_back_by_their_hash(void **state) {
    Fixture *x = *state;
    char big[100000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7);
    const Str all[] = { S(""), S("x"), { big, sizeof big } };
    for (int i = 0; i < COUNT(all); i++) {
        Hash name;
        Str back;
        assert_int_equal(blob_put(x->b, all[i], &name).err, OK);
        assert_true(hash_eq(name, hash_one(all[i])));
        assert_true(blob_exists(x->b, name));
        assert_int_equal(blob_get(x->b, x->a, name, &back).err, OK);
        assert_true(str_eq(back, all[i]));
        struct stat st;
        assert_int_equal(stat(path_of(x, name), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_int_equal(blob_put(x->b, all[i], &name).err, OK);
        assert_int_equal(files(x, ""),
                         i + 1); /* the same bytes are one file; nothing is left in tmp */
    }
}

static void what_is_not_there_is_not_found(void **state) {
    Fixture *x = *state;
    Hash name = hash_one(S("never put"));
    Str back;
    assert_int_equal(blob_get(x->b, x->a, name, &back).err, ERR_NOT_FOUND);
    assert_int_equal(back.n, 0);
    assert_false(blob_exists(x->b, name));
    assert_int_equal(blob_remove(x->b, name).err, OK);
    assert_int_equal(blob_put(x->b, S("put"), &name).err, OK);
    assert_int_equal(blob_remove(x->b, name).err, OK);
    assert_int_equal(blob_get(x->b, x->a, name, &back).err, ERR_NOT_FOUND);
    assert_int_equal(blob_remove(x->b, name).err, OK); /* an erasure may be repeated */
}

static void damage_is_found_and_mended(void **state) {
    Fixture *x = *state;
    Hash name;
    Str back;
    assert_int_equal(blob_put(x->b, S("a photo"), &name).err, OK);
    overwrite(path_of(x, name), "a phota");
    Fail f = blob_get(x->b, x->a, name, &back);
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_string_equal(f.code, "blob_damaged");
    assert_int_equal(back.n, 0);
    overwrite(path_of(x, name), "a ph");
    assert_int_equal(blob_get(x->b, x->a, name, &back).err, ERR_INTERNAL);
    assert_int_equal(blob_put(x->b, S("a photo"), &name).err, OK);
    assert_int_equal(blob_get(x->b, x->a, name, &back).err, OK);
}

static void a_link_is_not_followed(void **state) {
    Fixture *x = *state;
    Hash name;
    Str back;
    assert_int_equal(blob_put(x->b, S("a photo"), &name).err, OK);
    const char *path = path_of(x, name), *away = arena_fmt(x->a, "%s/away", x->dir).p;
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(symlink(away, path), 0);
    assert_int_equal(blob_get(x->b, x->a, name, &back).err, ERR_INTERNAL);
    assert_false(blob_exists(x->b, name));
}

static void parts_become_one(void **state) {
    Fixture *x = *state;
    Str id = S("../../0190b2c4"), whole;
    assert_int_equal(blob_part_put(x->b, id, 2, S("c")).err, OK);
    assert_int_equal(blob_part_put(x->b, id, 0, S("wrong")).err, OK);
    assert_int_equal(blob_part_put(x->b, id, 0, S("a")).err, OK); /* the last one counts */
    Fail f = blob_parts_join(x->b, x->a, id, 3, &whole);
    assert_int_equal(f.err, ERR_NOT_FOUND);
    assert_string_equal(f.code, "part_missing");
    assert_int_equal(f.limit, 1);
    assert_int_equal(blob_part_put(x->b, id, 1, S("")).err, OK);
    assert_int_equal(blob_parts_join(x->b, x->a, id, 3, &whole).err, OK);
    assert_true(str_is(whole, "ac"));
    assert_int_equal(blob_parts_join(x->b, x->a, id, 1, &whole).err, OK);
    assert_true(str_is(whole, "a"));
    assert_int_equal(files(x, "tmp"), 3); /* wherever the id would lead */

    assert_int_equal(blob_parts_join(x->b, x->a, S("another"), 1, &whole).err, ERR_NOT_FOUND);
    blob_parts_drop(x->b, S("another"));
    blob_parts_drop(x->b, id);
    assert_int_equal(files(x, "tmp"), 0);
    assert_int_equal(blob_parts_join(x->b, x->a, id, 1, &whole).err, ERR_NOT_FOUND);
}

static void bounds_hold(void **state) {
    Fixture *x = *state;
    Str whole;
    assert_int_equal(blob_part_put(x->b, S("u"), -1, S("a")).err, ERR_INVALID);
    assert_int_equal(blob_part_put(x->b, S("u"), 1 << 20, S("a")).err, ERR_INVALID);
    assert_int_equal(blob_parts_join(x->b, x->a, S("u"), -1, &whole).err, ERR_INVALID);
    assert_int_equal(blob_parts_join(x->b, x->a, S("u"), 1 << 20, &whole).err, ERR_INVALID);
    size_t n = 33 * 1024 * 1024;
    char *p = calloc(1, n);
    Str half = { p, n };
    assert_int_equal(blob_part_put(x->b, S("u"), 0, half).err, OK);
    assert_int_equal(blob_part_put(x->b, S("u"), 1, half).err, OK);
    assert_int_equal(blob_parts_join(x->b, x->a, S("u"), 2, &whole).err, ERR_TOO_LARGE);
    assert_int_equal(whole.n, 0);
    free(p);
}

static void the_sweep_takes_what_is_old(void **state) {
    Fixture *x = *state;
    Hash name;
    Str whole;
    assert_int_equal(blob_put(x->b, S("kept"), &name).err, OK);
    int64_t start = clock_ms;
    assert_int_equal(blob_part_put(x->b, S("old"), 0, S("a")).err, OK);
    assert_int_equal(blob_part_put(x->b, S("slow"), 0, S("a")).err, OK);
    int fd = open(arena_fmt(x->a, "%s/blobs/tmp/w-left", x->dir).p, O_CREAT | O_WRONLY, 0600);
    struct timespec t = { .tv_sec = start / 1000 };
    assert_int_equal(futimens(fd, (struct timespec[]){ t, t }), 0);
    close(fd);
    clock_ms += DAY_MS;
    assert_int_equal(blob_part_put(x->b, S("slow"), 1, S("b")).err, OK);
    assert_int_equal(blobs_sweep(x->b, start), 0);
    assert_int_equal(blobs_sweep(x->b, start + 1), 3);
    assert_int_equal(files(x, "tmp"), 1);
    assert_int_equal(blobs_sweep(x->b, start + 1), 0);
    assert_true(blob_exists(x->b, name));
    assert_int_equal(blob_parts_join(x->b, x->a, S("old"), 1, &whole).err, ERR_NOT_FOUND);
    assert_int_equal(blob_part_put(x->b, S("old"), 0, S("a")).err, OK); /* the folder comes again */
}

static void a_missing_folder_is_said(void **state) {
    Fixture *x = *state;
    Fail f;
    assert_null(blobs_open(x->a, "/nowhere/at/all", &f));
    assert_int_equal(f.err, ERR_INTERNAL);
    assert_non_null(f.log);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    seam_set((Seam){ .now_ms = test_clock });
    const struct CMUnitTest tests[] = {
        ON_DISK(bytes_come_back_by_their_hash),
        ON_DISK(what_is_not_there_is_not_found),
        ON_DISK(damage_is_found_and_mended),
        ON_DISK(a_link_is_not_followed),
        ON_DISK(parts_become_one),
        ON_DISK(bounds_hold),
        ON_DISK(the_sweep_takes_what_is_old),
        ON_DISK(a_missing_folder_is_said),
    };
    return cmocka_run_group_tests_name("store_blob", tests, NULL, NULL);
}
