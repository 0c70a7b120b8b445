# S8: the end of the month. What the figures have to go on: one row for each report, told by what happened to it first.
person 卓玛 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 央金 resident 540102001001
person 德吉 overseer 540102001001
# the last evening of a year, in the community's own time: 16:00 UTC is midnight there
on 2026-12-31 21:30
央金 report.create 路灯 {"category":"light","text":"巷口路灯不亮","point":{"lon":91.118,"lat":29.645}} -> collected
卓玛 report.register 路灯 {"category":"light"} -> registered
卓玛 report.dispatch 路灯 {"to":"@扎西"} -> dispatched
扎西 report.return 路灯 {"reason":"不是本网格的灯"} -> registered
卓玛 report.dispatch 路灯 {"to":"@扎西"} -> dispatched
扎西 report.accept 路灯 {} -> handling
扎西 report.finish 路灯 {"text":"换了灯泡"} -> done
on 2027-01-01 09:30
德吉 report.verify 路灯 {} -> verified
卓玛 report.close 路灯 {} -> closed
央金 report.rate 路灯 {"solved":false,"text":"又灭了"} -> handling
# raised in the old year, closed in the new one, and closed stays where it was though it was opened again
count 1 SELECT count(*) FROM report_facts WHERE community = $1 AND opened_at < 1798732800000 AND closed_at > 1798732800000
count 1 SELECT count(*) FROM report_facts WHERE community = $1 AND returned_at > 0 AND redone_at >= closed_at AND rated = 2
# what staff raise themselves is counted apart, and so is an answer that staff enter
扎西 report.create 井盖 {"category":"road","text":"井盖松动","point":{"lon":91.118,"lat":29.645}} -> collected
count 1 SELECT count(*) FROM report_facts WHERE community = $1 AND by_staff = 1
count 1 SELECT count(*) FROM report_facts WHERE community = $1 AND by_staff = 0 AND rated_by_staff = 0
# an old list that somebody types in is in no figure but its own
卓玛 report.import 旧账 {"category":"road","text":"去年台账","status":"closed"} -> closed
count 1 SELECT count(*) FROM report_facts WHERE community = $1 AND imported = 1 AND registered_at = 0 AND closed_at = 0
