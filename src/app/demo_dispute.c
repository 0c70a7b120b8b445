/* demo: the leak, with its dates, in the first community: before the works, the guarantee, the twelve contacts, the
 * morning of the 14th of July, four signatures, two instalments, the last return visit. Of the last July that is over.
 */
#include "app/demo_inside.h"

enum { MEDIATES = 4, OFFICER_5 = 9, HARMED = 11, OWNER, BUILDER, DESIGNER };
enum { ZONE_MINUTES = 480, DAYS_AFTER = 35 };

/* In the inputs: @0 to @3 are the parties, @h the hash of the agreement, @pN, @sN its promises and sessions, @tDDHHMM a
 * time, days counted from the first of July. */
typedef struct Step {
    int when; /* DDHHMM likewise */
    int who;
    const char *type, *input;
} Step;
#define BUILDER_CALLED(when, how, result) { when, OFFICER_5, "contact",                                               \
        "{\"party\":\"@2\",\"how\":\"" how "\",\"result\":\"" result "\"}" }
#define POLICE_CALLED(when) { when, OFFICER_5, "contact",                                                             \
        "{\"whom\":\"police\",\"how\":\"phone\",\"result\":\"reached\"}" }
static const Step steps[] = {
    { 21000, HARMED, "create",
      "{\"subject\":\"邻居重建后我家墙面、地面漏水\",\"application\":\"oral\",\"place\":\"540102001001-05\","
      "\"parties\":[{\"kind\":\"person\",\"role\":\"harmed\",\"name\":\"央金\"},"
      "{\"kind\":\"person\",\"role\":\"owner\",\"name\":\"李梅\"},"
      "{\"kind\":\"organisation\",\"role\":\"builder\",\"name\":\"吉雪施工队\",\"agent\":\"格桑\"}]}" },
    { 21030, MEDIATES, "accept", "{\"mediator\":\"@m\",\"helper\":\"@o\",\"rights_told\":true}" },
    { 21031, MEDIATES, "link", "{\"party\":\"@1\",\"account\":\"@b\"}" },
    { 21032, MEDIATES, "link", "{\"party\":\"@2\",\"account\":\"@c\"}" },
    { 21500, OFFICER_5, "survey",
      "{\"stage\":\"before\",\"at\":@t010900,\"text\":\"开工前走访邻居：无损坏，夜里无噪音，留了联系方式\","
      "\"who\":[{\"party\":\"@0\"}]}" },
    { 21510, OFFICER_5, "survey", "{\"stage\":\"damage\",\"at\":@t021400,\"text\":\"墙面、地面渗水\"}" },
    { 31000, OFFICER_5, "survey",
      "{\"stage\":\"joint\",\"at\":@t030930,\"text\":\"施工方、房主到场，施工方认可责任\",\"who\":[{\"party\":\"@0\"},"
      "{\"party\":\"@1\"},{\"party\":\"@2\"}]}" },
    { 31100, MEDIATES, "commit",
      "{\"party\":\"@2\",\"to\":\"@0\",\"what\":\"repair\",\"text\":\"负责修好；如再发生，由施工方承担\","
      "\"by\":@t051800,\"recurrence\":true}" },
    { 51600, BUILDER, "perform", "{\"promise\":\"@p0\",\"text\":\"外墙防水重做\"}" },
    { 51630, BUILDER, "evidence",
      "{\"sort\":\"repair_record\",\"party\":\"@2\",\"text\":\"7月4日、5日维修记录：外墙防水重做一遍\"}" },
    { 51700, HARMED, "receive", "{\"promise\":\"@p0\",\"kept\":true}" },
    { 62000, HARMED, "recur", "{\"text\":\"下雨后又漏了\"}" },
    BUILDER_CALLED(70900, "phone", "denied"),
    BUILDER_CALLED(71500, "phone", "no_answer"),
    POLICE_CALLED(71600),
    BUILDER_CALLED(80900, "message", "no_answer"),
    BUILDER_CALLED(81100, "phone", "denied"),
    POLICE_CALLED(81500),
    BUILDER_CALLED(81700, "phone", "denied"),
    { 90930, OFFICER_5, "contact",
      "{\"party\":\"@2\",\"how\":\"visit\",\"result\":\"reached\",\"text\":\"出示维修记录和保证书\"}" },
    POLICE_CALLED(91000),
    BUILDER_CALLED(91600, "phone", "denied"),
    POLICE_CALLED(100900),
    { 101000, OFFICER_5, "contact",
      "{\"party\":\"@2\",\"how\":\"phone\",\"result\":\"promised\",\"text\":\"答应11日来修\"}" },
    { 101010, MEDIATES, "commit",
      "{\"party\":\"@2\",\"to\":\"@0\",\"what\":\"repair\",\"text\":\"11日进场返修\",\"by\":@t131800}" },
    { 110930, OFFICER_5, "return_visit",
      "{\"result\":\"under_way\",\"text\":\"施工方到场\",\"next_visit_at\":@t140900}" },
    { 140910, OFFICER_5, "return_visit", "{\"result\":\"not_begun\",\"text\":\"还没动工，居民着急\"}" },
    { 140912, MEDIATES, "add_party",
      "{\"parties\":[{\"kind\":\"person\",\"role\":\"designer\",\"name\":\"王秀兰\"}]}" },
    { 140913, MEDIATES, "link", "{\"party\":\"@3\",\"account\":\"@d\"}" },
    { 140915, MEDIATES, "invite",
      "{\"kind\":\"round_table\",\"room\":\"调解室\",\"from\":@t140930,\"until\":@t141200,\"who\":[{\"party\":\"@0\"},"
      "{\"party\":\"@1\"},{\"party\":\"@2\"},{\"party\":\"@3\"}],\"others\":[{\"whom\":\"police\"}]}" },
    { 141100, MEDIATES, "hold",
      "{\"session\":\"@s0\",\"came\":[{\"party\":\"@0\"},{\"party\":\"@1\"},{\"party\":\"@2\"},{\"party\":\"@3\"}],"
      "\"others_came\":[{\"whom\":\"police\",\"name\":\"洛桑\"}],"
      "\"text\":\"施工方、房主、设计方各担其责，两家房屋都修到位，损失共同赔偿\"}" },
    { 141120, MEDIATES, "draft",
      "{\"language\":\"zh\",\"signatories\":[{\"party\":\"@0\",\"name\":\"央金\",\"details\":\"受损居民\"},"
      "{\"party\":\"@1\",\"name\":\"李梅\",\"details\":\"重建房主\"},{\"party\":\"@2\",\"name\":\"吉雪施工队\","
      "\"details\":\"施工方，代表：格桑\"},{\"party\":\"@3\",\"name\":\"王秀兰\",\"details\":\"设计方\"}],"
      "\"facts\":\"房屋重建后，邻居央金家墙面、地面漏水；7月5日修过一次，7月6日再漏。\",\"issues\":\"由谁返修，损失由谁赔偿。\","
      "\"liability\":[{\"party\":\"@2\",\"duty\":\"负责两家返修\"},{\"party\":\"@1\",\"duty\":\"配合返修，分担赔偿\"},"
      "{\"party\":\"@3\",\"duty\":\"出具修补做法，分担赔偿\"}],\"terms\":\"两家房屋全部修到位；央金家的损失由三方共同赔偿。\","
      "\"performance\":[{\"party\":\"@2\",\"to\":\"@0\",\"what\":\"repair\",\"text\":\"两家房屋修到位\",\"by\":@t311800},"
      "{\"party\":\"@1\",\"to\":\"@0\",\"what\":\"pay\",\"text\":\"第一笔赔偿\",\"amount_fen\":600000,\"by\":@t201800},"
      "{\"party\":\"@3\",\"to\":\"@0\",\"what\":\"pay\",\"text\":\"第二笔赔偿\",\"amount_fen\":600000,\"by\":@t401800}]}" },
#define SIGNS(when, who, party) { when, who, "sign",                                                                  \
        "{\"party\":\"" party "\",\"edition\":1,\"signature\":{\"of\":\"edition\",\"hash\":\"@h\"}}" }
    SIGNS(141140, HARMED, "@0"),
    SIGNS(141142, OWNER, "@1"),
    SIGNS(141144, BUILDER, "@2"),
    SIGNS(141146, DESIGNER, "@3"),
    { 141155, MEDIATES, "seal", "{\"edition\":1,\"signature\":{\"of\":\"edition\",\"hash\":\"@h\"}}" },
    { 141500, OFFICER_5, "return_visit",
      "{\"result\":\"under_way\",\"text\":\"工人已进场\",\"next_visit_at\":@t211000}" },
    { 201000, OWNER, "perform", "{\"promise\":\"@p3\",\"amount_fen\":600000}" },
    { 201100, HARMED, "receive", "{\"promise\":\"@p3\",\"kept\":true}" },
    { 211000, OFFICER_5, "return_visit",
      "{\"result\":\"under_way\",\"text\":\"外墙已修，室内在做\",\"next_visit_at\":@t301000}" },
    { 301000, BUILDER, "perform", "{\"promise\":\"@p2\"}" },
    { 301010, BUILDER, "perform", "{\"promise\":\"@p1\"}" },
    { 301020, BUILDER, "perform", "{\"promise\":\"@p0\"}" },
    { 301100, HARMED, "receive", "{\"promise\":\"@p2\",\"kept\":true}" },
    { 301110, HARMED, "receive", "{\"promise\":\"@p1\",\"kept\":true}" },
    { 301120, HARMED, "receive", "{\"promise\":\"@p0\",\"kept\":true}" },
    { 301130, OFFICER_5, "return_visit",
      "{\"result\":\"under_way\",\"text\":\"两家修好，还差第二笔\",\"next_visit_at\":@t411000}" },
    { 381000, DESIGNER, "perform", "{\"promise\":\"@p4\",\"amount_fen\":600000}" },
    { 381100, HARMED, "receive", "{\"promise\":\"@p4\",\"kept\":true}" },
    { 411000, OFFICER_5, "return_visit", "{\"result\":\"kept\",\"text\":\"两家不漏，赔偿付清\"}" },
};

static int64_t moment(const Demo *d, int when)
{
    Civil today = time_civil(d->now - DAYS_AFTER * DAY_MS, ZONE_MINUTES);
    Civil first = { .year = today.month > 8 || (today.month == 8 && today.day > 14) ? today.year : today.year - 1,
                    .month = 7, .day = 1 };
    return time_from_civil(first, ZONE_MINUTES) + (when / 10000 - 1) * DAY_MS + when / 100 % 100 * HOUR_MS +
           when % 100 * MINUTE_MS;
}

int64_t demo_dispute_next(const Demo *d)
{
    return d->quarrel < COUNT(steps) ? moment(d, steps[d->quarrel].when) : 0;
}

static Str own_id(const json_t *data, const char *list, char digit)
{
    return json_text(json_array_get(json_object_get(data, list), (size_t)(digit - '0')), "id");
}

/* One name after the '@' at p; *used: its characters. */
static void put_name(const Demo *d, Buf *out, const json_t *data, const char *p, int *used)
{
    static const struct {
        char letter;
        int who;
    } people[] = { { 'm', MEDIATES }, { 'o', OFFICER_5 }, { 'b', OWNER }, { 'c', BUILDER }, { 'd', DESIGNER } };
    *used = *p == 'p' || *p == 's' ? 2 : *p == 't' ? 7 : 1;
    if (*p >= '0' && *p <= '9') buf_add(out, own_id(data, "parties", *p));
    if (*p == 'p') buf_add(out, own_id(data, "promises", p[1]));
    if (*p == 's') buf_add(out, own_id(data, "sessions", p[1]));
    if (*p == 'h') buf_add(out, json_text(json_object_get(data, "agreement"), "hash"));
    int64_t when = 0;
    if (*p == 't' && str_to_i64((Str){ p + 1, 6 }, &when)) buf_i64(out, moment(d, (int)when));
    for (int i = 0; i < COUNT(people); i++)
        if (*p == people[i].letter) buf_add(out, d->people[0][people[i].who].actor.person);
}

void demo_dispute_step(Demo *d)
{
    const Step *s = &steps[d->quarrel++];
    Fail f = FAIL_NONE;
    int64_t version = -1;
    const json_t *data = NULL;
    DbRows *r = db_query(d->admin->db, d->arena, "SELECT version, data FROM matter WHERE community = $1 AND id = $2",
                         "ss", "ls", ARGS(TXT(str_c(demo_towns[0].code)), TXT(d->quarrel_id)), &f);
    if (f.err == OK && r->rows == 1) version = db_int(r, 0, 0);
    if (f.err == OK && r->rows == 1) data = json_read(d->arena, db_text(r, 0, 1), &f);
    Buf input = buf_new(d->arena, 1024);
    for (const char *p = s->input; *p != 0; p++) {
        int used = 0;
        if (*p == '@')
            put_name(d, &input, data, p + 1, &used);
        else
            buf_char(&input, *p);
        p += used;
    }
    const char *type = arena_fmt(d->arena, "dispute.%s", s->type).p;
    const Command *c = demo_act(d, 0, &d->people[0][s->who].actor, type, d->quarrel_id, version, moment(d, s->when),
                                buf_str(&input).p);
    if (d->quarrel_id.n == 0) d->quarrel_id = c->rows[0].matter;
}
