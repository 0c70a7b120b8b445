/* demo: the first grid's doors: a round before the rains, one promise that is late, one door where nobody was, one
 * visit that is due today, one that is done, and what a resident corrected. */
#include "app/demo_inside.h"

#include <stdlib.h>
#include <string.h>

enum { CLERK_1 = 2, DESK_1 = 1, OFFICER_1 = 5, OFFICER_2 = 6, RESIDENT_1 = 11, RESIDENT_4 = 14 };
enum { DAY = 24 * 60, NEW_ROW = -1 };
/* What the steps make, and name by "@s". */
enum { HOUSE_3, HOUSE_5, DOOR_301, DOOR_302, DOOR_501, RAIN, FIRE, AT_301, AT_302, AT_501, AT_HOUSE,
       AT_BY_THE_WAY, SECOND };

/* In the inputs: @s7; is what slot 7 holds, @p11; that person, @t-60; a time, in minutes from now. */
typedef struct Step {
    int ago; /* minutes */
    int who;
    const char *type;
    int target, slot; /* NEW_ROW: a new one, kept in the slot */
    const char *input;
} Step;
#define ROUND "\"round\":\"雨季前走访\",\"checklist\":\"rain\""
static const Step steps[] = {
    { 40 * DAY, CLERK_1, "building.add", NEW_ROW, HOUSE_3,
      "{\"name\":\"3栋\",\"address\":\"雪莲路3号\",\"point\":{\"lon\":91.1016,\"lat\":29.6476},\"floors\":5,"
      "\"units\":[{\"unit\":\"1单元\"},{\"unit\":\"2单元\"}]}" },
    { 40 * DAY - 5, CLERK_1, "building.add", NEW_ROW, HOUSE_5,
      "{\"name\":\"5栋\",\"address\":\"雪莲路5号\",\"point\":{\"lon\":91.1031,\"lat\":29.6462},\"floors\":5,"
      "\"units\":[{\"unit\":\"1单元\"}]}" },
    { 40 * DAY - 10, CLERK_1, "household.add", NEW_ROW, DOOR_301,
      "{\"building\":\"@s0;\",\"unit\":\"1单元\",\"floor\":3,\"door\":\"301\"}" },
    { 40 * DAY - 11, CLERK_1, "household.add", NEW_ROW, DOOR_302,
      "{\"building\":\"@s0;\",\"unit\":\"1单元\",\"floor\":3,\"door\":\"302\"}" },
    { 40 * DAY - 12, CLERK_1, "household.add", NEW_ROW, DOOR_501,
      "{\"building\":\"@s1;\",\"unit\":\"1单元\",\"floor\":5,\"door\":\"501\"}" },
    { 39 * DAY, RESIDENT_1, "household.join", DOOR_301, 0, "{}" },
    { 39 * DAY - 5, RESIDENT_4, "household.join", DOOR_302, 0, "{}" },
    { 39 * DAY - 60, CLERK_1, "household.admit", DOOR_301, 0, "{\"person\":\"@p11;\"}" },
    { 39 * DAY - 61, CLERK_1, "household.admit", DOOR_302, 0, "{\"person\":\"@p14;\"}" },
    { 38 * DAY, CLERK_1, "checklist.add", NEW_ROW, RAIN,
      "{\"code\":\"rain\",\"position\":1,\"name\":{\"zh\":\"雨季前看一看\",\"bo\":\"ཆར་དུས་སྔོན་གྱི་ཞིབ་བཤེར།\","
      "\"en\":\"Before the rains\"},\"form\":[{\"name\":\"damp\",\"type\":\"bool\",\"words\":{\"zh\":\"墙面或屋顶渗水\","
      "\"bo\":\"གྱང་ངམ་ཐོག་ནས་ཆུ་ཟགས།\",\"en\":\"Damp walls or roof\"}},{\"name\":\"drain\",\"type\":\"enum\","
      "\"values\":[\"clear\",\"blocked\",\"none\"],\"choices\":[{\"zh\":\"畅通\",\"bo\":\"བདེ་པོ།\",\"en\":\"Clear\"},"
      "{\"zh\":\"堵了\",\"bo\":\"འགགས་འདུག\",\"en\":\"Blocked\"},{\"zh\":\"没有\",\"bo\":\"མེད།\",\"en\":\"None\"}],"
      "\"words\":{\"zh\":\"门前排水口\",\"bo\":\"སྒོ་མདུན་གྱི་ཆུ་ལམ།\",\"en\":\"Drain at the door\"}}]}" },
    { 38 * DAY - 5, CLERK_1, "checklist.add", NEW_ROW, FIRE,
      "{\"code\":\"stairs\",\"position\":2,\"name\":{\"zh\":\"楼道安全\",\"bo\":\"ཐེམ་སྐས་བདེ་འཇགས།\",\"en\":\"Stairs\"},"
      "\"form\":[{\"name\":\"free\",\"type\":\"bool\",\"words\":{\"zh\":\"楼道没有堆放杂物\","
      "\"bo\":\"ཐེམ་སྐས་ལ་ཅ་ལག་མེད།\",\"en\":\"Nothing stands in the way\"}},{\"name\":\"lamps_out\",\"type\":\"int\","
      "\"min\":0,\"max\":50,\"words\":{\"zh\":\"几盏灯不亮\","
      "\"bo\":\"སྒྲོན་མེ་མི་གསལ་བའི་གྲངས།\",\"en\":\"Lamps out\"}}]}" },
    { 37 * DAY, CLERK_1, "visit.plan", NEW_ROW, AT_301,
      "{\"purpose\":\"preventive\",\"household\":\"@s2;\"," ROUND ",\"to\":\"@p5;\",\"every_days\":60,"
      "\"note\":\"楼上在装修，问问有没有受影响\"}" },
    { 37 * DAY - 1, CLERK_1, "visit.plan", NEW_ROW, AT_302,
      "{\"purpose\":\"preventive\",\"household\":\"@s3;\"," ROUND ",\"to\":\"@p5;\"}" },
    { 37 * DAY - 2, CLERK_1, "visit.plan", NEW_ROW, AT_501,
      "{\"purpose\":\"preventive\",\"household\":\"@s4;\"," ROUND ",\"to\":\"@p5;\"}" },
    { 35 * DAY, OFFICER_1, "visit.met", AT_301, 0,
      "{\"text\":\"没有受影响，夜里没有噪音\",\"left\":\"card\",\"checklist\":\"rain\",\"answers\":{\"damp\":false,"
      "\"drain\":\"clear\"}}" },
    { 35 * DAY - 40, OFFICER_1, "visit.met", AT_501, 0,
      "{\"text\":\"都好，门前排水口已清\",\"left\":\"card\",\"checklist\":\"rain\",\"answers\":{\"damp\":false,"
      "\"drain\":\"clear\"}}" },
    { 6 * DAY, OFFICER_1, "visit.met", AT_301, 0,
      "{\"text\":\"卫生间天花板有水印，楼上装修以后才有\",\"checklist\":\"rain\",\"answers\":{\"damp\":true},"
      "\"promise\":\"请楼上和装修队一起来看漏水\",\"promise_by\":@t-1500;}" },
    { 5 * DAY, RESIDENT_1, "visit.correct", AT_301, 0,
      "{\"entry\":2,\"text\":\"水印装修前就有一点，装修后变大了\"}" },
    { 4 * DAY, DESK_1, "visit.plan", NEW_ROW, SECOND,
      "{\"purpose\":\"help\",\"near\":\"菜市场北口小卖部\",\"place\":\"540102001001-02\",\"to\":\"@p6;\","
      "\"due_at\":@t300;,\"note\":\"老人想请人换灯泡\"}" },
    { 3 * DAY, CLERK_1, "visit.plan", NEW_ROW, AT_HOUSE,
      "{\"purpose\":\"safety\",\"building\":\"@s1;\",\"checklist\":\"stairs\",\"to\":\"@p5;\",\"every_days\":7,"
      "\"due_at\":@t240;}" },
    { 2 * DAY, OFFICER_1, "visit.nobody", AT_302, 0, "{\"left\":\"note\",\"next_at\":@t4000;}" },
    { DAY, OFFICER_1, "visit.called", NEW_ROW, AT_BY_THE_WAY,
      "{\"purpose\":\"help\",\"building\":\"@s0;\",\"result\":\"met\",\"text\":\"路过，帮一楼老人把煤气罐搬上楼\"}" },
};

static int64_t moment(const Demo *d, const Step *s)
{
    return d->now - s->ago * MINUTE_MS;
}

int64_t demo_visit_next(const Demo *d)
{
    return d->doors < COUNT(steps) ? moment(d, &steps[d->doors]) : 0;
}

static const char *filled(Demo *d, const char *input)
{
    Buf out = buf_new(d->arena, 512);
    for (const char *p = input; *p != 0; p++) {
        if (*p != '@') {
            buf_char(&out, *p);
            continue;
        }
        char kind = p[1];
        int n = (int)strtol(p + 2, NULL, 10);
        if (kind == 's') buf_add(&out, d->door_ids[n]);
        if (kind == 'p') buf_add(&out, d->people[0][n].actor.person);
        if (kind == 't') buf_i64(&out, d->now + n * MINUTE_MS);
        p = strchr(p, ';');
    }
    return buf_str(&out).p;
}

void demo_visit_step(Demo *d)
{
    const Step *s = &steps[d->doors++];
    bool anew = s->target == NEW_ROW;
    Command *c = demo_act(d, 0, &d->people[0][s->who].actor, s->type, anew ? S("") : d->door_ids[s->target], -1,
                          moment(d, s), filled(d, s->input));
    if (anew) d->door_ids[s->slot] = c->rows[0].matter;
}
