# S8: who does the work together. Units with members, duty, areas and categories; a whistle; nobody falls between two.
person 平措 admin 540102001001
person 卓玛 dispatcher 540102001001
person 旺堆 dispatcher 540102001001
person 德吉 overseer 540102001001
person 央金 resident 540102001001
person 管家甲 resident 540102001001
person 管家乙 resident 540102001001
person 水工 resident 540102001001
person 电工 resident 540102001001
person 民警 resident 540102001001
on 2026-07-06 09:00
央金 unit.add 冒牌 {"name":{"zh":"冒牌"},"kind":"other","areas":[{"place":"540102001001"}]} -> refused forbidden
平措 unit.add 物业 {"name":{"zh":"雪莲物业"},"kind":"property","phone":"08916000001","areas":[{"place":"540102001001-05"}],"categories":[{"category":"light"},{"category":"rubbish"}]} -> active
平措 unit.add 远物业 {"name":{"zh":"远处"},"kind":"property","areas":[{"place":"540102001002"}]} -> refused outside_community
平措 unit.add 何物业 {"name":{"zh":"何处"},"kind":"property","areas":[{"place":"540102001001"}],"categories":[{"category":"nothing"}]} -> refused not_one_of
平措 unit.add 水务 {"name":{"zh":"城关水务"},"kind":"utility","areas":[{"place":"540102001001"}]} -> active
平措 unit.add 供电 {"name":{"zh":"供电所"},"kind":"utility","areas":[{"place":"540102001001"}],"superior":"水务"} -> refused bad_format
平措 unit.add 供电 {"name":{"zh":"供电所"},"kind":"utility","areas":[{"place":"540102001001"}],"superior":"@水务"} -> active
平措 unit.add 派出所 {"name":{"zh":"派出所"},"kind":"police","areas":[{"place":"540102001001"}]} -> active
# an escalation loop: a superior never stands above itself
平措 unit.change 水务 {"name":{"zh":"城关水务"},"kind":"utility","areas":[{"place":"540102001001"}],"superior":"@供电"} -> refused superior_loop
平措 unit.change 水务 {"name":{"zh":"城关水务"},"kind":"utility","areas":[{"place":"540102001001"}],"superior":"@水务"} -> refused superior_loop
平措 unit.join 物业 {"person":"@管家甲"} -> active
平措 unit.join 物业 {"person":"@管家乙"} -> active
平措 unit.join 物业 {"person":"@管家乙"} -> refused already_exists
平措 unit.join 水务 {"person":"@水工"} -> active
平措 unit.join 供电 {"person":"@电工"} -> active
平措 unit.join 派出所 {"person":"@民警"} -> active
look 物业
平措 unit.roster 物业 {"duty":[{"person":"@水工","from":"2026-07-06T00:00:00+08:00","until":"2026-07-07T00:00:00+08:00"}]} -> refused not_a_member
平措 unit.roster 物业 {"duty":[{"person":"@管家甲","from":"2026-07-07T00:00:00+08:00","until":"2026-07-06T00:00:00+08:00"}]} -> refused too_small
平措 unit.roster 物业 {"duty":[{"person":"@管家甲","from":"2026-07-06T08:00:00+08:00","until":"2026-07-06T20:00:00+08:00"}]} -> active

# a unit gets what lies in its area and is of its kind; two dispatchers at once: the second is told
央金 report.create 路灯 {"category":"light","text":"路灯不亮","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 路灯 {"category":"light"} -> registered
卓玛 report.dispatch 路灯 {"to":"@物业"} -> dispatched
旺堆 report.dispatch 路灯 {"to":"@水务"} -> refused wrong_state
# its members read and act for it; who is on duty accepts; the community is told who
央金 report.accept 路灯 {} -> refused forbidden
水工 report.accept 路灯 {} -> refused forbidden
管家乙 report.accept 路灯 {} -> refused not_on_duty
count 2 SELECT count(*) FROM timeline t JOIN notice n ON n.community = t.community AND n.seq = t.seq JOIN membership b ON b.community = n.community AND b.person = n.person WHERE t.community = $1 AND t.type = 'report.dispatch'
管家甲 report.accept 路灯 {} -> handling
管家乙 report.note 路灯 {"text":"灯泡已买"} -> handling
管家乙 report.finish 路灯 {"text":"换好了"} -> done
# nobody of the unit verifies the unit's work
look 路灯
德吉 report.verify 路灯 {} -> verified
央金 report.create 漏水 {"category":"leak","text":"漏水","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 漏水 {"category":"leak"} -> registered
卓玛 report.dispatch 漏水 {"to":"@物业"} -> refused not_its_work
央金 report.create 远灯 {"category":"light","text":"远处的灯","point":{"lon":91.102,"lat":29.645}} -> collected
卓玛 report.register 远灯 {"category":"light"} -> registered
卓玛 report.dispatch 远灯 {"to":"@物业"} -> refused not_in_charge_there

# the first receiver answers for it until somebody else has accepted; giving back says who and why, and is counted
卓玛 report.dispatch 漏水 {"to":"@水务"} -> dispatched
水工 report.return 漏水 {"reason":"管子在室内，归物业"} -> registered
count 1 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND c.name = '城关水务' AND r.handler = ''
卓玛 report.dispatch 漏水 {"to":"@供电"} -> dispatched
count 1 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND c.name = '城关水务' AND r.handler <> ''
电工 report.return 漏水 {"reason":"不是电的事"} -> registered
count 2 SELECT count(*) FROM report_return b JOIN card c ON c.community = b.community AND c.person = b.who WHERE b.community = $1 AND c.name IN ('城关水务', '供电所')
卓玛 report.dispatch 漏水 {"to":"@派出所"} -> dispatched
民警 report.return 漏水 {"reason":"没有纠纷"} -> registered
# bounced by three units it goes up
count 1 SELECT count(*) FROM report WHERE community = $1 AND level = 3 AND level_why = 'returned' AND returned = 3
德吉 report.answer 漏水 {"text":"水务牵头，供电和派出所配合"} -> registered

# a whistle: one matter, a lead and co-units; each signs in, acts, signs off
卓玛 report.whistle 漏水 {"units":[{"unit":"@供电"}]} -> refused required
卓玛 report.whistle 漏水 {"lead":"@水务","units":[{"unit":"@供电"},{"unit":"@供电"}]} -> refused has_it_already
卓玛 report.whistle 漏水 {"lead":"@水务","units":[{"unit":"@供电"},{"unit":"@派出所"}],"text":"一起去看"} -> dispatched
电工 report.sign_off 漏水 {} -> refused not_signed_in
电工 report.sign_in 漏水 {} -> dispatched
电工 report.sign_in 漏水 {} -> refused signed_in_already
水工 report.sign_in 漏水 {} -> refused forbidden
look 漏水
水工 report.accept 漏水 {} -> handling
count 1 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND c.name = '城关水务' AND r.returned = 3
民警 report.sign_in 漏水 {"unit":"@派出所"} -> handling
民警 report.note 漏水 {"text":"两家都在场"} -> handling
民警 report.sign_off 漏水 {} -> handling
look 漏水
水工 report.finish 漏水 {"text":"管子换好"} -> refused co_units_open
水工 report.finish 漏水 {"text":"管子换好","why_not":"供电所确认没有电的事，人已离开"} -> done
电工 report.verify 漏水 {} -> refused excluded_by_relation
德吉 report.redo 漏水 {"reason":"墙还湿"} -> handling

# a unit dissolved with open matters: refused with their number, or a successor in the same action
look 水务
平措 unit.dissolve 水务 {} -> refused required
平措 unit.dissolve 水务 {"successor":"@水务"} -> refused not_one_of
平措 unit.dissolve 水务 {"successor":"@供电"} -> dissolved
count 1 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.handler WHERE r.community = $1 AND c.name = '供电所' AND r.done_at = 0
count 0 SELECT count(*) FROM membership b JOIN card c ON c.community = b.community AND c.person = b.body WHERE b.community = $1 AND c.name = '城关水务'
look 漏水
水工 report.finish 漏水 {"text":"还想办"} -> refused forbidden
电工 report.finish 漏水 {"text":"墙干了"} -> done
卓玛 report.dispatch 远灯 {"to":"@水务"} -> refused not_one_of

# the successor answers for what the dissolved unit answered for, not only for what it had in hand
count 0 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND c.name = '城关水务'
count 1 SELECT count(*) FROM report r JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND c.name = '供电所'

# the first receiver gave it back; it answers until another has accepted, and from then on that other does
央金 report.create 停电 {"category":"help","text":"整栋停电","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 停电 {"category":"help"} -> registered
卓玛 report.dispatch 停电 {"to":"@供电"} -> dispatched
电工 report.return 停电 {"reason":"是物业的表箱"} -> registered
卓玛 report.dispatch 停电 {"to":"@派出所"} -> dispatched
count 1 SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND m.category = 'help' AND c.name = '供电所'
民警 report.accept 停电 {} -> handling
count 1 SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id JOIN card c ON c.community = r.community AND c.person = r.responsible WHERE r.community = $1 AND m.category = 'help' AND c.name = '派出所'

# who leaves a unit is no longer on its roster
look 物业
平措 unit.roster 物业 {"duty":[{"person":"@管家甲","from":"2026-07-06T08:00:00+08:00","until":"2026-07-06T20:00:00+08:00"},{"person":"@管家乙","from":"2026-07-06T08:00:00+08:00","until":"2026-07-06T20:00:00+08:00"}]} -> active
count 2 SELECT count(*) FROM unit_duty WHERE community = $1
平措 unit.remove 物业 {"person":"@管家甲"} -> active
count 1 SELECT count(*) FROM unit_duty WHERE community = $1
