# A daughter reports for her mother; a building head confirms for an old neighbour who has no phone.
person 卓玛 dispatcher 540102001001
person 文清 clerk 540102001001
person 扎西 officer 540102001001-05
person 阿妈 resident 540102001001
person 女儿 resident 540102001001
person 楼长 volunteer 540102001001
person 老阿爸 resident 540102001001
person 路人 resident 540102001001
on 2026-07-02 21:05
# nobody acts for anybody before they said so
女儿/阿妈 report.create 灯 {"category":"light","text":"楼道灯不亮"} -> refused not_acting_for
# the mother gives a code; who has the code takes it up, and only once
阿妈 proxy.offer 托付 {"as":"relative"} -> offered
阿妈+ proxy.accept 托付 {} -> refused not_one_of
nobody proxy.accept 托付 {} -> refused sign_in
路人 proxy.accept 托付 {} -> refused forbidden
女儿+ proxy.accept 托付 {} -> active
路人+ proxy.accept 托付 {} -> refused wrong_state
count 1 SELECT count(*) FROM acting WHERE community = $1
# the report is the mother's; the log says who sat there
女儿/阿妈 report.create 灯 {"category":"light","text":"楼道灯不亮","point":{"lon":91.118,"lat":29.645}} -> collected
count 1 SELECT count(*) FROM acted a JOIN report r ON r.community = a.community AND r.id = a.matter WHERE a.community = $1 AND r.reporter = a.person AND a.by_person <> a.person
女儿/阿妈 report.urge 灯 {} -> collected
# the mother is told each time, the daughter not
count 2 SELECT count(*) FROM notice n JOIN acted a ON a.community = n.community AND a.seq = n.seq AND a.person = n.person WHERE n.community = $1
count 0 SELECT count(*) FROM notice n JOIN acted a ON a.community = n.community AND a.seq = n.seq AND a.by_person = n.person WHERE n.community = $1
# only what the table marks: neither the mother's file nor the work of an office
女儿/阿妈 person.update 阿妈 {"name":"别人"} -> refused not_for_another
女儿/阿妈 report.register 灯 {"category":"light"} -> refused not_for_another
# what the mother has not reported is not hers to follow
路人 report.create 别家 {"category":"leak","text":"漏水"} -> collected
女儿/阿妈 report.note 别家 {"text":"看看"} -> refused forbidden
# it ends at once
look 灯
阿妈 proxy.end 托付 {} -> ended
女儿/阿妈 report.urge 灯 {} -> refused not_acting_for
count 0 SELECT count(*) FROM acting WHERE community = $1
# a code that nobody took is over after a day
阿妈 proxy.offer 再托 {"as":"neighbour"} -> offered
on 2026-07-03 22:00
路人+ proxy.accept 再托 {} -> refused wrong_state
# on the person's word, written down by the clerk; nobody writes it down for themselves
路人 proxy.record 记 {"for":"@老阿爸","person":"@路人","as":"other","said":"visit"} -> refused forbidden
文清 proxy.record 记 {"for":"@老阿爸","person":"@文清","as":"other","said":"visit"} -> refused forbidden
文清 proxy.record 记 {"for":"@老阿爸","person":"@老阿爸","as":"other","said":"visit"} -> refused not_one_of
文清 proxy.record 记 {"for":"@老阿爸","person":"@楼长","as":"building_head","said":"visit","text":"老人当面说的，儿子在场","until":1798761600000} -> active
文清 proxy.record 又记 {"for":"@老阿爸","person":"@楼长","as":"building_head","said":"visit"} -> refused already_exists
count 2 SELECT count(*) FROM notice WHERE community = $1 AND type = 'proxy.record'
楼长/老阿爸 report.create 门 {"category":"road","text":"单元门坏了","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 门 {"category":"road"} -> registered
卓玛 report.dispatch 门 {"to":"@扎西"} -> dispatched
扎西 report.accept 门 {} -> handling
扎西 report.finish 门 {"text":"换了合页"} -> done
# whoever did the work does not say for the resident that it is solved
文清 proxy.record 三记 {"for":"@老阿爸","person":"@扎西","as":"other","said":"phone"} -> active
扎西/老阿爸 report.rate 门 {"solved":true} -> refused excluded_by_relation
楼长/老阿爸 report.rate 门 {"solved":true,"score":5} -> done
# who leaves acts for nobody
卓玛 person.leave 楼长 {} -> left
楼长/老阿爸 report.urge 门 {} -> refused not_acting_for
count 1 SELECT count(*) FROM proxy WHERE community = $1 AND state = 'active'
# and its time comes to an end
person 邻居 resident 540102001001
look 三记
文清 proxy.end 三记 {} -> ended
文清 proxy.record 四记 {"for":"@老阿爸","person":"@邻居","as":"neighbour","said":"window","until":1783300000000} -> active
on 2026-07-08 10:00
邻居/老阿爸 report.urge 门 {} -> refused not_acting_for
count 0 SELECT count(*) FROM proxy WHERE community = $1 AND state = 'active'
