# S8: small matters never leave the community's door. One report through the seven steps.
person 卓玛 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 次仁 officer 540102001001-06
person 央金 resident 540102001001
person 德吉 overseer 540102001001
on 2026-07-02 21:05
# a resident with a photo's worth of words and a place; the grid is found, nobody has to know it
央金 report.create 积水 {"category":"flood","text":"桥洞积水约三十厘米","point":{"lon":91.118,"lat":29.645},"near":"菜市场北口"} -> collected
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND place = '540102001001-05'
# a resident cannot do the office's work, an officer elsewhere cannot either
央金 report.register 积水 {"category":"flood"} -> refused forbidden
次仁 report.register 积水 {"category":"flood"} -> refused forbidden
卓玛 report.register 积水 {"category":"flood","public_title":"桥洞积水"} -> registered
卓玛 report.dispatch 积水 {"to":"@次仁"} -> refused not_in_charge_there
卓玛 report.dispatch 积水 {"to":"@扎西"} -> dispatched
次仁 report.accept 积水 {} -> refused forbidden
扎西 report.accept 积水 {"promised_at":1783008000000} -> handling
扎西 report.finish 积水 {"text":"清了两个雨水口，水已退"} -> done
# done is not verified: the handler never confirms the own work
扎西 report.verify 积水 {} -> refused excluded_by_relation
德吉 report.verify 积水 {"text":"现场看过，路面已干"} -> verified
# verified is not satisfied: the resident is asked
央金 report.rate 积水 {"solved":false,"text":"雨一大又积"} -> handling
扎西 report.finish 积水 {"text":"井里清出两袋树叶"} -> done
德吉 report.verify 积水 {} -> verified
卓玛 report.close 积水 {} -> closed
央金 report.rate 积水 {"solved":true,"score":5} -> closed
count 1 SELECT count(*) FROM report WHERE community = $1 AND satisfied = 1 AND redone = 1
count 11 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.type LIKE 'report.%'

# without an account: the receipt code is enough to follow, to say that it is not solved, and to take it back
nobody report.create 路灯 {"category":"light","text":"巷口两盏路灯不亮"} -> collected
nobody report.urge 路灯 {} -> collected
卓玛 report.refuse 路灯 {"reason":"路灯归供电所，已转告，电话在窗口"} -> refused
nobody report.reopen 路灯 {"reason":"供电所说归社区"} -> collected
nobody report.withdraw 路灯 {} -> withdrawn

# S7 as a report: the leak comes back after the guarantee; the same officer gets it again with all that was
person 五号 officer 540102001001-03
person 建房人 resident 540102001001
on 2026-07-06 09:00
央金 report.create 漏水 {"category":"leak","text":"邻居重建后我家墙和地面漏水","point":{"lon":91.110,"lat":29.645}} -> collected
卓玛 report.register 漏水 {"category":"leak","public_title":"房屋漏水"} -> registered
卓玛 report.dispatch 漏水 {"to":"@五号"} -> dispatched
五号 report.accept 漏水 {} -> handling
五号 report.note 漏水 {"text":"施工方到场，承认责任，签了保证书：再漏由施工方承担"} -> handling
五号 report.finish 漏水 {"text":"已修"} -> done
卓玛 report.verify 漏水 {} -> verified
卓玛 report.close 漏水 {} -> closed
on 2026-07-11 10:00
央金 report.reopen 漏水 {"reason":"又漏了"} -> handling
五号 report.note 漏水 {"text":"第一次联系施工方，不认"} -> handling
五号 report.note 漏水 {"text":"拿出维修记录和保证书"} -> handling
on 2026-07-14 09:00
五号 report.note 漏水 {"text":"回访：没有开工，住户着急"} -> handling
五号 report.note 漏水 {"text":"中午：三方认账，各担其责，共同赔偿，队伍进场"} -> handling
look 漏水
五号 report.finish 漏水 {"text":"两家都修好"} -> done
卓玛 report.verify 漏水 {"text":"两家都看过"} -> verified
央金 report.rate 漏水 {"solved":true,"score":5} -> verified
look 漏水
卓玛 report.close 漏水 {} -> closed
count 1 SELECT count(*) FROM report WHERE community = $1 AND satisfied = 1 AND public_title = '房屋漏水'

# the desk writes down what somebody says on the telephone: the caller is the reporter if their number is on file
卓玛 report.create_for 电话灯 {"channel":"phone","category":"light","text":"楼道灯不亮","caller":"老阿妈","phone":"0891-6300001","door":"3单元402","floor":"4"} -> registered
count 1 SELECT count(*) FROM receipt WHERE community = $1 AND matter IN (SELECT id FROM report WHERE community = $1 AND reporter = '' AND handler = '') AND matter IN (SELECT matter FROM timeline WHERE community = $1 AND type = 'report.create_for')
nobody report.urge 电话灯 {} -> registered
央金 report.create_for 代报 {"channel":"window","category":"light","text":"院里灯不亮"} -> refused forbidden
卓玛 report.create_for 代报 {"channel":"pigeon","category":"light","text":"院里灯不亮"} -> refused not_one_of

# old matters from the ledger: named as people call them, with their own date; a resident cannot, and what was touched stays
卓玛 report.import 旧账 {"category":"Light","text":"西巷灯杆歪了","original_at":1700000000000,"source":"台账","external_number":"2023-118"} -> collected
央金 report.import 旧账二 {"category":"light","text":"假的"} -> refused forbidden
卓玛 report.import 旧账二 {"category":"没有这一类","text":"西巷"} -> refused not_one_of
卓玛 report.import 旧账二 {"category":"light","text":"西巷灯已换","original_at":1700000000000,"status":"closed","result":"已更换"} -> closed
卓玛 report.withdraw_import 旧账二 {} -> withdrawn
卓玛 report.note 旧账 {"text":"现场还歪着"} -> collected
卓玛 report.withdraw_import 旧账 {} -> refused changed_since
卓玛 report.withdraw_import 积水 {} -> refused not_imported
