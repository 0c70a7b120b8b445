# On the spot: an officer records and closes in one step, with photos before and after; a sample is verified by another.
person 平措 admin 540102001001
person 卓玛 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 次仁 officer 540102001001-06
person 德吉 overseer 540102001001
person 央金 resident 540102001001
on 2026-07-06 09:00
photo 前一 井盖
photo 后一 井盖
央金 report.on_the_spot 井盖 {"category":"road","text":"井盖歪了，已扶正","point":{"lon":91.118,"lat":29.645},"before":["@前一"],"after":["@后一"]} -> refused forbidden
# an officer closes in the own grid only, and never without showing it
次仁 report.on_the_spot 井盖 {"category":"road","text":"井盖歪了，已扶正","point":{"lon":91.118,"lat":29.645},"before":["@前一"],"after":["@后一"]} -> refused forbidden
扎西 report.on_the_spot 井盖 {"category":"road","text":"井盖歪了，已扶正","point":{"lon":91.118,"lat":29.645},"before":["@前一"]} -> refused required
photo 别处 别的
扎西 report.on_the_spot 井盖 {"category":"road","text":"井盖歪了，已扶正","point":{"lon":91.118,"lat":29.645},"before":["@前一"],"after":["@别处"]} -> refused file_missing
# nothing is drawn at 0 percent, everything at 100; in between the draw is in the event (see the unit test)
平措 setting.set 不抽 {"limits":{"sample_percent":0}} -> set
扎西 report.on_the_spot 井盖 {"category":"road","text":"井盖歪了，已扶正","point":{"lon":91.118,"lat":29.645},"before":["@前一"],"after":["@后一"]} -> closed
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND closed_at = opened_at AND place = '540102001001-05'
count 2 SELECT count(*) FROM file WHERE community = $1
平措 setting.set 全抽 {"limits":{"sample_percent":100}} -> set
photo 前二 树枝
photo 后二 树枝
扎西 report.on_the_spot 树枝 {"category":"rubbish","text":"断枝已清","point":{"lon":91.118,"lat":29.645},"before":["@前二"],"after":["@后二"]} -> done
count 1 SELECT count(*) FROM report WHERE community = $1 AND spot = 2
# who settled it does not verify it
扎西 report.verify 树枝 {} -> refused excluded_by_relation
德吉 report.redo 树枝 {"reason":"还剩一堆"} -> handling
扎西 report.finish 树枝 {"text":"清完了"} -> done
德吉 report.verify 树枝 {"text":"看过了"} -> verified
卓玛 report.close 树枝 {} -> closed
count 2 SELECT count(*) FROM report WHERE community = $1 AND spot > 0
