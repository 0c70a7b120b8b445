# S8: what a grid cannot settle goes up, with a clock on it, and comes back with an answer. Across new year and a spring festival.
person 平措 admin 540102001001
person 卓玛 dispatcher 540102001001
person 旺堆 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 边巴 officer 540102001001-05
person 索朗 officer 540102001001-05
person 次仁 officer 540102001001
person 德吉 overseer 540102001001
person 远方 overseer 540102001001-01
person 央金 resident 540102001001

# the holiday notice is data. A year forgotten in the middle is refused; so is a day outside of what is said to be known
on 2026-12-28 09:00
平措 setting.set 缺一年 {"calendar":{"days":[{"date":"2026-01-01","working":false},{"date":"2028-01-01","working":false}]}} -> refused calendar_gap
平措 setting.set 出界 {"calendar":{"covers_until":"2026-12-31","days":[{"date":"2026-01-01","working":false},{"date":"2027-01-01","working":false}]}} -> refused not_covered
平措 setting.set 日历 {"calendar":{"covers_until":"2027-12-31","days":[{"date":"2026-10-01","working":false},{"date":"2027-01-01","working":false},{"date":"2027-01-31","working":true},{"date":"2027-02-05","working":false},{"date":"2027-02-08","working":false},{"date":"2027-02-09","working":false},{"date":"2027-02-10","working":false},{"date":"2027-02-11","working":false},{"date":"2027-02-12","working":false},{"date":"2027-02-14","working":true}]}} -> set

# three working days over new year: Thursday 31st, Monday 4th, Tuesday 5th, until the office closes
on 2026-12-30 10:00
央金 report.create 垃圾 {"category":"rubbish","text":"垃圾点三天没有清运","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 垃圾 {"category":"rubbish","public_title":"垃圾清运"} -> registered
卓玛 report.dispatch 垃圾 {"to":"@扎西"} -> dispatched
扎西 report.accept 垃圾 {} -> handling
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 1799143200000
# before it is due, the handler is reminded: a quarter of the time is left
on 2027-01-04 12:00
count 1 SELECT count(*) FROM timeline t JOIN notice n ON n.community = t.community AND n.seq = t.seq WHERE t.community = $1 AND t.type = 'report.remind'
look 垃圾
# who handles it does not stop the own clock; the desk does, with a reason
扎西 report.pause 垃圾 {"reason":"等厂家"} -> refused excluded_by_relation
央金 report.pause 垃圾 {"reason":"等一等"} -> refused forbidden
on 2027-01-04 14:00
卓玛 report.resume 垃圾 {} -> refused not_paused
卓玛 report.pause 垃圾 {"reason":"等厂家送新的垃圾箱"} -> handling
卓玛 report.pause 垃圾 {"reason":"再等"} -> refused is_paused
count 0 SELECT count(*) FROM clock WHERE community = $1 AND kind = 'report'
count 1 SELECT count(*) FROM report WHERE community = $1 AND paused_at = 1799042400000
扎西 report.ask_extension 垃圾 {"until":1799661600000,"reason":"厂家放假"} -> refused is_paused
# paused over three closings of business: three working days more, to Friday the 8th
on 2027-01-07 09:00
count 0 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.type = 'report.supervise'
扎西 report.resume 垃圾 {} -> handling
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 1799402400000
# the handler asks for more time, another approves; nobody approves for oneself
扎西 report.extend 垃圾 {} -> refused excluded_by_relation
卓玛 report.extend 垃圾 {} -> refused nothing_asked
扎西 report.ask_extension 垃圾 {"until":1799661600000,"reason":"厂家放假"} -> handling
count 1 SELECT count(*) FROM report WHERE community = $1 AND waits_why = 'extension' AND waits_until = 1799661600000 AND waits_since = 1799283600000
远方 report.deny_extension 垃圾 {"reason":"不归我这边"} -> refused forbidden
卓玛 report.deny_extension 垃圾 {"reason":"周末也可以送货"} -> handling
count 0 SELECT count(*) FROM report WHERE community = $1 AND waits_since > 0
扎西 report.ask_extension 垃圾 {"until":1799661600000,"reason":"已问过，周末不送"} -> handling
旺堆 report.extend 垃圾 {} -> handling
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 1799661600000
# at the due time it is supervised, a day later it has gone up; only the overseers of that place are told
on 2027-01-11 18:00
count 1 SELECT count(*) FROM report WHERE community = $1 AND level = 2 AND level_why = 'due' AND waits_why = 'due'
look 垃圾
卓玛 report.pause 垃圾 {"reason":"太晚了"} -> refused overdue
on 2027-01-13 09:00
count 1 SELECT count(*) FROM report WHERE community = $1 AND level = 3 AND level_why = 'overdue'
count 4 SELECT count(*) FROM timeline t JOIN notice n ON n.community = t.community AND n.seq = t.seq WHERE t.community = $1 AND t.type IN ('report.supervise', 'report.escalate') AND n.person NOT IN (SELECT r.person FROM relation r WHERE r.community = $1 AND r.relations & 1 = 1)
# no escalation goes round in circles: every clock has fired once for this due time, none is set again
on 2027-01-29 09:00
count 2 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.type IN ('report.supervise', 'report.escalate')
look 垃圾
卓玛 report.answer 垃圾 {"text":"由街道出面"} -> refused forbidden
德吉 report.answer 垃圾 {"text":"由街道出面联系厂家，两天内送到"} -> handling
德吉 report.answer 垃圾 {"text":"再答一次"} -> refused nothing_asked
count 0 SELECT count(*) FROM report WHERE community = $1 AND (level > 0 OR waits_since > 0)
# an answer is taken back by supervising again; then it waits for a word once more
德吉 report.supervise 垃圾 {"text":"先不答复"} -> handling
count 1 SELECT count(*) FROM report WHERE community = $1 AND waits_why = 'by_hand' AND level = 2
德吉 report.answer 垃圾 {"text":"由街道出面联系厂家"} -> handling
扎西 report.finish 垃圾 {"text":"新箱已到，清运恢复"} -> done
count 0 SELECT count(*) FROM clock WHERE community = $1 AND kind = 'report'

# two working days over the spring festival: Thursday 4 February and the made-up Sunday the 14th
on 2027-02-03 10:00
央金 report.create 漏水 {"category":"leak","text":"天花板湿了一片","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 漏水 {"category":"leak"} -> registered
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 1802599200000

# given back by three different hands it goes up; each refusal stands there with who and why
卓玛 report.dispatch 漏水 {"to":"@扎西"} -> dispatched
扎西 report.return 漏水 {"reason":"这是供水公司的管子"} -> registered
卓玛 report.dispatch 漏水 {"to":"@边巴"} -> dispatched
边巴 report.return 漏水 {"reason":"没有工具"} -> registered
卓玛 report.dispatch 漏水 {"to":"@扎西"} -> dispatched
扎西 report.return 漏水 {"reason":"还是供水公司的"} -> registered
count 0 SELECT count(*) FROM report WHERE community = $1 AND level_why = 'returned'
卓玛 report.dispatch 漏水 {"to":"@索朗"} -> dispatched
索朗 report.return 漏水 {"reason":"不会修"} -> registered
count 1 SELECT count(*) FROM report WHERE community = $1 AND level = 3 AND level_why = 'returned' AND waits_why = 'returned'

# redone three times goes up
央金 report.create 路灯 {"category":"light","text":"灯不亮","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 路灯 {"category":"light"} -> registered
卓玛 report.dispatch 路灯 {"to":"@扎西"} -> dispatched
扎西 report.accept 路灯 {} -> handling
扎西 report.finish 路灯 {"text":"换了灯泡"} -> done
德吉 report.redo 路灯 {"reason":"还是不亮"} -> handling
扎西 report.finish 路灯 {"text":"换了灯座"} -> done
德吉 report.redo 路灯 {"reason":"还是不亮"} -> handling
扎西 report.finish 路灯 {"text":"换了灯座和灯泡"} -> done
# said to be done again after it was not: whether it is, waits for somebody above
count 1 SELECT count(*) FROM report WHERE community = $1 AND waits_why = 'disputed' AND waits_since > 0
count 0 SELECT count(*) FROM report WHERE community = $1 AND level_why = 'redone'
央金 report.rate 路灯 {"solved":false} -> handling
count 1 SELECT count(*) FROM report WHERE community = $1 AND level = 3 AND level_why = 'redone'
# an overseer may also take a matter up by hand
德吉 report.supervise 路灯 {"text":"请尽快"} -> handling
# a pause that is open when the work is done ends with it
卓玛 report.pause 路灯 {"reason":"等电工"} -> handling
扎西 report.finish 路灯 {"text":"线路修好"} -> done
count 0 SELECT count(*) FROM report WHERE community = $1 AND paused_at > 0

# late, done, and not done after all: it is late again at once, and goes up again; no clock of it stays behind
央金 report.create 井盖 {"category":"road","text":"井盖松动","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 井盖 {"category":"road"} -> registered
卓玛 report.dispatch 井盖 {"to":"@扎西"} -> dispatched
扎西 report.accept 井盖 {} -> handling
on 2027-03-01 09:00
count 1 SELECT count(*) FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter WHERE t.community = $1 AND t.type = 'report.supervise' AND m.category = 'road'
look 井盖
扎西 report.finish 井盖 {"text":"垫平了"} -> done
德吉 report.redo 井盖 {"reason":"又松了"} -> handling
on 2027-03-02 09:00
count 2 SELECT count(*) FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter WHERE t.community = $1 AND t.type = 'report.supervise' AND m.category = 'road'
look 井盖
扎西 report.finish 井盖 {"text":"换了井圈"} -> done
count 0 SELECT count(*) FROM clock WHERE community = $1 AND kind = 'report' AND due_at < 1804000000000

# what went up only for being late comes down again when more time is approved, and goes up once more when that is over
on 2027-03-03 09:00
央金 report.create 垃圾桶 {"category":"help","text":"垃圾桶坏了","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 垃圾桶 {"category":"help"} -> registered
卓玛 report.dispatch 垃圾桶 {"to":"@扎西"} -> dispatched
扎西 report.accept 垃圾桶 {} -> handling
on 2027-03-04 09:00
count 1 SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id WHERE r.community = $1 AND m.category = 'help' AND r.level = 2 AND r.level_why = 'due'
look 垃圾桶
扎西 report.ask_extension 垃圾桶 {"until":1804500000000,"reason":"等新桶"} -> handling
扎西 report.extend 垃圾桶 {} -> refused excluded_by_relation
德吉 report.extend 垃圾桶 {"reason":"同意，桶到了就换"} -> handling
count 1 SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id WHERE r.community = $1 AND m.category = 'help' AND r.level = 0
on 2027-03-12 09:00
count 1 SELECT count(*) FROM report r JOIN matter m ON m.community = r.community AND m.id = r.id WHERE r.community = $1 AND m.category = 'help' AND r.level = 3 AND r.level_why = 'overdue'
