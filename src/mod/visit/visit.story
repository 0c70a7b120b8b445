# At the door (S7, 1): the officer calls on the neighbour before the works, and leaves a contact. What is written is the
# household's to read and to correct. Promises bring the officer back until they are kept.
person 管 admin 540102001001
person 文清 clerk 540102001001
person 值 dispatcher 540102001001
person 五号 officer 540102001001-05
person 别 officer 540102001001-02
person 卓嘎 resident 540102001001
person 平 resident 540102001001
person 房东 resident 540102001001
on 2026-08-03 09:00
文清 building.add 楼 {"name":"6栋","point":{"lon":91.117,"lat":29.642},"units":[{"unit":"2单元"}]} -> standing
五号 household.add 家 {"building":"@楼","unit":"2单元","floor":3,"door":"301"} -> known
五号 household.add 空 {"building":"@楼","unit":"2单元","floor":3,"door":"302"} -> known
卓嘎 household.join 家 {} -> known
五号 household.admit 家 {"person":"@卓嘎"} -> known

# a checklist asks what has to do with the house, and nothing of what linli keeps of nobody
文清 checklist.add 单 {"code":"rain","name":{"zh":"雨季前看一看","bo":"ཆར་དུས་སྔོན་གྱི་ཞིབ་བཤེར།","en":"Before the rains"},"form":[{"name":"damage","type":"bool","words":{"zh":"有没有损坏"}},{"name":"night_noise","type":"bool","words":{"zh":"夜里有没有噪音"}},{"name":"drain","type":"enum","values":["clear","blocked"],"choices":[{"zh":"畅通"},{"zh":"堵了"}],"words":{"zh":"排水口"}}]} -> active
文清 checklist.add 坏一 {"code":"bad1","name":{"zh":"入户","bo":"x","en":"x"},"form":[{"name":"a","type":"text","words":{"zh":"政治面貌"}}]} -> refused column_refused
文清 checklist.add 坏二 {"code":"bad2","name":{"zh":"入户","bo":"x","en":"x"},"form":[{"name":"religion","type":"text"}]} -> refused column_refused
文清 checklist.add 坏三 {"code":"bad3","name":{"zh":"入户","bo":"x","en":"x"},"form":[{"name":"a","type":"enum","values":["v1","v2"],"choices":[{"zh":"一般"},{"zh":"重点人员"}]}]} -> refused column_refused
文清 checklist.add 坏四 {"code":"bad4","name":{"zh":"入户","bo":"x","en":"x"},"form":[{"name":"a","type":"text","words":{"zh":"情况","en":"Family planning"}}]} -> refused column_refused
文清 checklist.add 坏五 {"code":"bad5","name":{"zh":"重点人员走访","bo":"x","en":"x"},"form":[{"name":"a","type":"bool"}]} -> refused column_refused
文清 checklist.add 空单 {"code":"none","name":{"zh":"空","bo":"x","en":"x"},"form":[]} -> refused too_few
五号 checklist.add 坏六 {"code":"mine","name":{"zh":"我的","bo":"x","en":"x"},"form":[{"name":"a","type":"bool"}]} -> refused forbidden
# so do the forms of categories
文清 category.add 坏七 {"code":"bad7","icon":"other","name":{"zh":"坏","bo":"x","en":"x"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"text","words":{"zh":"宗教信仰"}}]} -> refused column_refused

# a round is planned: where, by whom, how often
文清 visit.plan 何处 {"purpose":"preventive","to":"@五号"} -> refused required
文清 visit.plan 何人 {"purpose":"preventive","household":"@家"} -> refused required
文清 visit.plan 别人 {"purpose":"preventive","household":"@家","to":"@别"} -> refused not_in_charge_there
文清 visit.plan 居民 {"purpose":"preventive","household":"@家","to":"@平"} -> refused not_in_charge_there
文清 visit.plan 无户 {"purpose":"preventive","household":"@卓嘎","to":"@五号"} -> refused not_found
文清 visit.plan 无单 {"purpose":"preventive","household":"@家","to":"@五号","checklist":"snow"} -> refused not_one_of
文清 visit.plan 名单 {"purpose":"preventive","household":"@家","to":"@五号","round":"重点人员走访"} -> refused column_refused
卓嘎 visit.plan 自己 {"purpose":"help","household":"@家","to":"@五号"} -> refused forbidden
别 visit.plan 越界 {"purpose":"preventive","household":"@家","to":"@五号"} -> refused forbidden
文清 visit.plan 门 {"purpose":"preventive","household":"@家","to":"@五号","round":"雨季前走访","checklist":"rain","note":"隔壁重建，问有没有损坏、夜里有没有噪音","every_days":30,"due_at":"2026-08-05T10:00:00Z"} -> planned
五号 visit.plan 空门 {"purpose":"preventive","household":"@空","round":"雨季前走访","checklist":"rain"} -> planned
# three working days, unless the plan says when: Thursday, when business closes
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'visit' AND due_at = 1786010400000
count 2 SELECT count(*) FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id WHERE v.community = $1 AND v.round = '雨季前走访' AND m.place = '540102001001-05' AND m.lon_e7 = 911170000
# who lives there may read it from the first day; nobody else
count 1 SELECT count(*) FROM relation r JOIN visit v ON v.community = r.community AND v.id = r.matter WHERE r.community = $1 AND (r.relations & 16) <> 0
卓嘎 visit.note 门 {"text":"白天都在家"} -> planned
平 visit.note 门 {"text":"我是别家"} -> refused forbidden
look 门
look 空门

# nobody there: a card at the door, and again in two working days
on 2026-08-04 10:00
五号 visit.nobody 空门 {"left":"card","text":"敲门没人应"} -> planned
count 1 SELECT count(*) FROM visit WHERE community = $1 AND tries = 1 AND last_result = 'nobody'
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'visit' AND due_at = 1786010400000
五号 visit.nobody 空门 {"left":"flowers"} -> refused not_one_of

# met: none of the two; the officer leaves a contact and promises to come with the builder
五号 visit.met 门 {"kept":"kept"} -> refused nothing_promised
五号 visit.met 门 {"promise":"带施工方来看"} -> refused required
五号 visit.met 门 {"promise_by":"2026-08-07T10:00:00Z"} -> refused required
五号 visit.met 门 {"promise":"带施工方来看","promise_by":"2026-08-03T01:00:00Z"} -> refused too_small
五号 visit.met 门 {"answers":{"damage":false}} -> refused required
五号 visit.met 门 {"checklist":"rain","answers":{"belief":"x"}} -> refused unknown_field
五号 visit.met 门 {"checklist":"rain","checklist_version":7,"answers":{"damage":false}} -> refused not_one_of
五号 visit.met 门 {"at":"2026-03-01T01:00:00Z"} -> refused too_small
别 visit.met 门 {"text":"路过"} -> refused forbidden
卓嘎 visit.met 门 {"text":"自己写"} -> refused excluded_by_relation
photo 墙 门
photo 门口 门
voice 说 门
五号 visit.met 门 {"text":"没有损坏，夜里没有噪音","checklist":"rain","checklist_version":1,"answers":{"damage":false,"night_noise":false,"drain":"clear"},"left":"card","photos":["@墙","@门口"],"voice":["@说"],"promise":"周五带施工方来看排水","promise_by":"2026-08-07T10:00:00Z"} -> planned
# what is said lies sealed; when to come again is the promise's day, sooner than the plan's
count 0 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.data LIKE '%夜里没有噪音%'
count 1 SELECT count(*) FROM visit WHERE community = $1 AND promise_state = 'open' AND promise_by = 1786096800000
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'visit' AND due_at = 1786096800000

# the household reads it, and says how it was: both stay
卓嘎 visit.correct 门 {"entry":9,"text":"夜里其实有一次"} -> refused not_one_of
平 visit.correct 门 {"entry":1,"text":"我来改"} -> refused forbidden
五号 visit.correct 门 {"entry":1,"text":"我来改"} -> refused forbidden
卓嘎 visit.correct 门 {"entry":1,"text":"夜里其实有一次噪音"} -> planned
count 1 SELECT count(*) FROM visit WHERE community = $1 AND corrections = 1
count 2 SELECT count(*) FROM timeline WHERE community = $1 AND type IN ('visit.met', 'visit.correct')
# another checklist: what was filled in keeps its version, and a phone that has the old one is understood
文清 checklist.change 单 {"code":"rain","name":{"zh":"雨季前看一看","bo":"ཆར་དུས་སྔོན་གྱི་ཞིབ་བཤེར།","en":"Before the rains"},"form":[{"name":"leak","type":"bool","words":{"zh":"漏不漏"}}]} -> active
count 2 SELECT count(*) FROM checklist_form WHERE community = $1 AND code = 'rain'

# the promise is late: the officer is told; a round's other doors only stand in the list
on 2026-08-08 09:00
count 1 SELECT count(*) FROM notice n JOIN timeline t ON t.community = n.community AND t.seq = n.seq WHERE n.community = $1 AND t.type = 'visit.fall_due'
count 2 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'visit.fall_due'
五号 visit.met 门 {"kept":"not_kept","text":"施工方没来","at":"2026-08-07T09:00:00Z","checklist":"rain","checklist_version":1,"answers":{"damage":true}} -> planned
on 2026-08-10 09:00
五号 visit.met 门 {"kept":"kept","text":"施工方来过，排水口通了"} -> planned
count 1 SELECT count(*) FROM visit WHERE community = $1 AND promise_state = 'kept' AND done = 3
# a word about it twice takes nothing away; a promise of theirs
五号 visit.met 门 {"kept":"kept","promise":"自己把阳台的杂物清掉","promise_by":"2026-08-14T10:00:00Z","promise_from":"household"} -> planned
look 门

# not planned, and written down where it happened
五号 visit.called 顺路 {"purpose":"help","near":"小卖部门口","result":"nobody","promise":"再来","promise_by":"2026-08-22T10:00:00Z"} -> refused not_when_nobody
五号 visit.called 顺路 {"purpose":"help","near":"小卖部门口","place":"540102001001-05","result":"met","text":"老人要换灯泡，已换好"} -> done
五号 visit.met 顺路 {"text":"又去看了一次","next_at":"2026-08-22T01:00:00Z"} -> planned
五号 visit.met 顺路 {"text":"灯好的"} -> done
look 顺路
五号 visit.end 顺路 {"reason":"不用再去"} -> refused wrong_state

# a closed report asks for a return visit: to who reported it, when no other door is named
on 2026-08-11 09:00
平 report.create 灯 {"category":"light","text":"路灯不亮","point":{"lon":91.118,"lat":29.643}} -> collected
值 report.refuse 灯 {"reason":"已经修好"} -> refused
值 visit.plan 回 {"purpose":"return","about":"@灯","to":"@五号","due_at":"2026-08-12T10:00:00Z"} -> planned
值 visit.plan 无事 {"purpose":"return","about":"@平","to":"@五号"} -> refused not_found
count 1 SELECT count(*) FROM relation r JOIN visit v ON v.community = r.community AND v.id = r.matter JOIN matter m ON m.community = v.community AND m.id = v.about WHERE r.community = $1 AND (r.relations & 16) <> 0 AND m.kind = 'report'
值 visit.plan 邻 {"purpose":"return","about":"@灯","household":"@家","to":"@五号"} -> planned
count 2 SELECT count(*) FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.about WHERE v.community = $1 AND m.kind = 'report'
五号 visit.met 回 {"text":"灯亮了"} -> done
平 visit.correct 回 {"entry":1,"text":"只亮了一盏"} -> done
# who complains about a door does not read what is said there
count 0 SELECT count(*) FROM visit v JOIN relation r ON r.community = v.community AND r.matter = v.id AND (r.relations & 16) <> 0 JOIN relation q ON q.community = v.community AND q.matter = v.about AND q.person = r.person AND (q.relations & 1) <> 0 WHERE v.community = $1 AND v.household <> ''
count 1 SELECT count(*) FROM visit v JOIN relation r ON r.community = v.community AND r.matter = v.id AND (r.relations & 16) <> 0 WHERE v.community = $1 AND v.household <> '' AND v.about <> ''

# others go, how often changes, a door is taken off
look 门
文清 visit.assign 门 {"to":"@别"} -> refused not_in_charge_there
文清 visit.change 门 {"every_days":14,"due_at":"2026-08-17T10:00:00Z","checklist":"rain"} -> planned
look 门
文清 visit.change 门 {"round":"维稳走访"} -> refused column_refused
look 空门
文清 visit.end 空门 {"reason":"空房，没人住"} -> ended
look 空门
管 visit.erase 空门 {} -> ended

# who moves in reads from then on; when the last one has left, the next begin with an empty page
房东 household.join 家 {} -> known
卓嘎 household.admit 家 {"person":"@房东"} -> known
look 门
房东 visit.note 门 {"text":"我也住这里"} -> planned
房东 household.leave 家 {} -> known
房东 visit.note 门 {"text":"我不住了"} -> refused forbidden
卓嘎 household.leave 家 {} -> known
count 0 SELECT count(*) FROM visit v JOIN matter m ON m.community = v.community AND m.id = v.id JOIN household h ON h.community = v.community AND h.matter = v.household WHERE v.community = $1 AND m.closed_at = 0

# an officer leaves: what was theirs to visit passes on
person 六号 officer 540102001001-05
文清 visit.plan 楼下 {"purpose":"safety","building":"@楼","to":"@五号","every_days":7} -> planned
look 五号
管 person.leave 五号 {"successor":"@六号"} -> left
count 1 SELECT count(*) FROM visit WHERE community = $1 AND officer <> '' AND building <> '' AND household = '' AND every_days = 7
六号 visit.met 楼下 {"text":"楼道通畅"} -> planned
