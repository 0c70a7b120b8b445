#include "unit.h"

#include "core/live/live.h"

static const int64_t NOW = INT64_C(1783000000000);

static Matter matter_at(const char *place) {
    return (Matter){ .community = S("540102001001"), .id = S("the-matter"), .place = str_c(place) };
}

static void frames_are_whole_and_hold_no_more(void **state) {
    Buf out = buf_new(*state, 256);
    LiveRow row = { .seq = 12, .matter = S("m"), .type = S("report.dispatch"), .state = S("dispatched"),
                    .place = S("540102001001-03"), .at = 5, .version = 3 };
    live_frame(&out, &row);
    assert_text(buf_str(&out), "id: 12\nevent: change\ndata: {\"kind\":\"report\",\"matter\":\"m\","
                               "\"type\":\"report.dispatch\",\"state\":\"dispatched\",\"place\":\"540102001001-03\","
                               "\"at\":5,\"version\":3}\n\n");
}

static void staff_hear_of_their_place(void **state) {
    (void)state;
    RoleAt role = { OFFICER, S("540102001001-03"), 0, NOW + 1 };
    Actor officer = { .person = S("p"), .community = S("540102001001"), .roles = &role, .n_roles = 1 };
    Matter here = matter_at("540102001001-03"), there = matter_at("540102001001-04");
    assert_true(live_concerns(&officer, &here, TO_INVOLVED, NOW));
    assert_false(live_concerns(&officer, &there, TO_INVOLVED, NOW));
    assert_false(live_concerns(&officer, &there, TO_PUBLIC, NOW));
    assert_false(live_concerns(&officer, &here, TO_INVOLVED, NOW + 1)); /* the term is over */
    assert_false(live_concerns(&officer, &here, TO_MEDIATOR, NOW));
    role.roles = RESIDENT;
    assert_false(live_concerns(&officer, &here, TO_INVOLVED | TO_PUBLIC, NOW));
}

static void whoever_is_part_of_it_hears(void **state) {
    (void)state;
    Actor reporter = { .person = S("p"), .community = S("540102001001") };
    Matter m = matter_at("540102001001-03");
    assert_false(live_concerns(&reporter, &m, TO_INVOLVED, NOW));
    m.relations[0] = (Relation){ S("p"), REPORTER };
    m.n_relations = 1;
    assert_true(live_concerns(&reporter, &m, TO_INVOLVED, NOW));
    assert_false(live_concerns(&reporter, &m, TO_HANDLERS, NOW)); /* an inner note */
    Actor receipt = { .person = S(""), .receipt = S("the-matter") };
    assert_true(live_concerns(&receipt, &m, TO_INVOLVED, NOW));
    receipt.receipt = S("another");
    assert_false(live_concerns(&receipt, &m, TO_INVOLVED, NOW));
    assert_false(live_concerns(&(Actor){ .person = S("") }, &m, TO_PUBLIC, NOW));
}

static void seq_of_each_community(void **state) {
    Live *l = live_new(*state, NULL, NULL);
    Event events[] = { { .community = S("540102001001"), .seq = 7 }, { .community = S("540102001001"), .seq = 8 } };
    assert_int_equal(live_seq(l, S("540102001001")), 0);
    live_publish(l, events, 2); /* no server, nobody listens */
    assert_int_equal(live_seq(l, S("540102001001")), 8);
    assert_int_equal(live_seq(l, S("540102001002")), 0);
    live_publish(l, events, 0);
    live_publish(l, events, 1);
    assert_int_equal(live_seq(l, S("540102001001")), 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        with_arena(frames_are_whole_and_hold_no_more),
        with_arena(staff_hear_of_their_place),
        with_arena(whoever_is_part_of_it_hears),
        with_arena(seq_of_each_community),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
