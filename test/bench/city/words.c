/* What is written in the invented city: every sentence is put together from parts, so that a million of them differ. */
#include "city.h"

typedef struct Kind {
    const char *code, *title;
    int units; /* bits of the units that take it */
    const char *what[8];
} Kind;

static const Kind kinds[CITY_CATEGORIES] = {
    { "flood", "积水内涝", 1,
      { "桥洞积水车过不去", "雨水口被树叶盖住水排不下去", "单元门口积水老人出不来", "菜市场北口一下雨就积水",
        "地下车库进水", "人行道积水没过脚面", "排水沟堵了往外冒", "井口翻水有异味" } },
    { "leak", "漏水", 1,
      { "楼上漏水天花板湿了一片", "水管接头一直滴水", "屋顶防水坏了雨天接盆", "暖气管漏水地面结冰",
        "水表井里有水声", "墙面渗水起皮", "阀门关不严", "消防栓漏水" } },
    { "light", "路灯", 2,
      { "巷口两盏路灯不亮", "路灯白天亮晚上灭", "楼道声控灯坏了", "灯杆歪了", "广场照明全灭", "路灯一闪一闪",
        "灯罩掉下来了", "电线裸露在外" } },
    { "road", "道路井盖", 4,
      { "井盖松动车一过就响", "路面有个坑骑车容易摔", "台阶断了一块", "护栏撞弯了", "盲道被占", "减速带脱落",
        "路牌倒了", "树根把砖顶起来了" } },
    { "quarrel", "邻里纠纷", 8,
      { "邻居装修太晚影响休息", "门口堆放杂物挡路", "停车占了别人的位置", "两家为排水沟起了争执", "广场舞音响太大",
        "养狗不牵绳", "楼上经常往下扔东西", "共用的墙谁来修说不清" } },
    { "rubbish", "垃圾卫生", 4,
      { "垃圾点三天没有清运", "沟里有塑料袋和树叶", "建筑垃圾堆在路边", "公厕需要打扫", "垃圾桶坏了没有盖",
        "有人烧秸秆烟很大", "绿化带里都是烟头", "菜市场门口污水" } },
    { "help", "需要帮忙", 0,
      { "独居老人想请人上门理发", "帮忙搬一下煤气罐", "想找人教孩子写作业", "轮椅借用几天", "不会用手机缴费",
        "行动不便需要有人陪着去医院", "想学做饭", "家里灯泡够不着" } },
    { "other", "其他", 0,
      { "咨询以工代赈怎么报名", "健身器材坏了", "公告栏的字看不清", "想在院里加一张长椅", "公交站牌信息不对",
        "想开个小卖部问手续", "丢了一串钥匙", "快递柜打不开" } },
};
static const char *const places[] = { "菜市场", "小学门口", "幼儿园旁", "公交站", "卫生服务站", "老年活动室", "停车场",
                                      "篮球场", "桥头", "十字路口", "巷子里", "楼道口", "河边", "广场西侧", "加油站对面",
                                      "邮局后面", "茶馆门前", "市政管网井边", "变压器旁", "绿地中间" };
static const char *const when[] = { "从昨天晚上开始", "已经三天了", "今天早上发现", "下雨以后", "上个星期就这样",
                                    "一到晚上", "每到周末", "刚才路过时看到", "入冬以来", "施工之后" };
static const char *const harm[] = { "老人出门很危险", "孩子上学要绕路", "影响大家休息", "车辆只能慢行", "气味很大",
                                    "地面已经结冰", "有人差点摔倒", "店里没法做生意", "附近居民都在说",
                                    "晚上看不清路", "雨再大就要进屋了", "电动车不敢过" };
static const char *const wish[] = { "请尽快派人来看一下", "希望能修好", "麻烦处理一下", "请问归谁管",
                                    "能不能先围起来", "盼回复", "可以随时联系我", "谢谢你们", "需要的话我可以带路",
                                    "最好今天就来" };
static const char *const done[] = { "到现场看过，已经处理好", "已更换配件，恢复正常", "联系了施工队，当天修复",
                                    "清理完毕，拍照存档", "与双方谈过，达成一致", "已上门帮忙，老人表示满意",
                                    "设置了围挡，材料到后再彻底维修", "现场没有发现问题，已向反映人说明" };
static const char *const rare[] = { "格桑梅朵", "转经道", "青稞架", "牦牛", "经幡", "酥油灯", "氆氇", "糌粑磨坊",
                                    "藏戏台", "赛马场", "冰川水", "温泉池", "石板路", "土坯墙", "观景台", "驿站" };

#define ONE_OF(list) list[city_pick(COUNT(list))]

Str city_text(Arena *a, int category)
{
    Buf b = buf_new(a, 256);
    int64_t sentences = 1 + city_pick(3);
    if (city_pick(20) == 0) sentences += 5 + city_pick(12); /* some people write letters */
    buf_fmt(&b, "%s%s，%s", ONE_OF(when), ONE_OF(places), ONE_OF(kinds[category].what));
    for (int64_t i = 1; i < sentences && b.n < CITY_TEXT_MAX; i++)
        buf_fmt(&b, "。%s%s，%s，%s", ONE_OF(places), ONE_OF(when), ONE_OF(kinds[category].what), ONE_OF(harm));
    if (city_pick(50) == 0) buf_fmt(&b, "，靠近%s", ONE_OF(rare));
    buf_fmt(&b, "，%s。", ONE_OF(wish));
    return buf_str(&b);
}

Str city_near(Arena *a)
{
    return arena_fmt(a, "%s%d栋%d单元", ONE_OF(places), (int)city_pick(60) + 1, (int)city_pick(4) + 1);
}

Str city_result(Arena *a)
{
    return arena_fmt(a, "%s。%s", ONE_OF(done), ONE_OF(wish));
}

const char *city_category(int i)
{
    return kinds[i].code;
}

const char *city_title(int i)
{
    return kinds[i].title;
}

bool city_unit_takes(int unit, int category)
{
    return (kinds[category].units >> unit & 1) != 0;
}
