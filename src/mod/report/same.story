# The same thing reported twice: merged with everybody kept informed, split again, and "me too" with one tap.
person 卓玛 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 德吉 overseer 540102001001
person 央金 resident 540102001001
person 李梅 resident 540102001001
person 格桑 resident 540102001001
on 2026-07-06 09:00
央金 report.create 积水 {"category":"flood","text":"桥洞积水","point":{"lon":91.118,"lat":29.645}} -> collected
李梅 report.create 又积水 {"category":"flood","text":"桥下水很深","point":{"lon":91.1181,"lat":29.645}} -> collected
nobody report.create 还积水 {"category":"flood","text":"车过不去","point":{"lon":91.118,"lat":29.6451}} -> collected
卓玛 report.register 积水 {"category":"flood","public_title":"桥洞积水"} -> registered
# me too: a receipt of its own, at most once, never on one's own report
格桑 report.me_too 我也 {"into":"@积水"} -> merged
格桑 report.me_too 再一次 {"into":"@积水"} -> refused joined_already
央金 report.me_too 自己的 {"into":"@积水"} -> refused joined_already
nobody report.me_too 路人 {"into":"@积水"} -> merged
nobody report.me_too 没有的 {"into":"00000000-0000-7000-8000-000000000009"} -> refused not_one_of
look 积水
count 1 SELECT count(*) FROM report WHERE community = $1 AND joined = 2
# merged by a dispatcher; the reporters follow the one that goes on, with an account or with a receipt code
央金 report.merge 又积水 {"into":"@积水"} -> refused forbidden
卓玛 report.merge 又积水 {"into":"@又积水"} -> refused merge_loop
卓玛 report.merge 又积水 {"into":"@积水"} -> merged
卓玛 report.merge 还积水 {"into":"@积水"} -> merged
count 1 SELECT count(*) FROM report WHERE community = $1 AND joined = 4
# followers: 格桑, the passer-by's code, 李梅, the third reporter's code
count 4 SELECT count(*) FROM relation r JOIN report p ON p.community = r.community AND p.id = r.matter WHERE r.community = $1 AND p.joined = 4 AND (r.relations & 32) <> 0
look 积水
卓玛 report.dispatch 积水 {"to":"@扎西"} -> dispatched
扎西 report.accept 积水 {} -> handling
count 2 SELECT count(*) FROM timeline t JOIN notice n ON n.community = t.community AND n.seq = t.seq JOIN person p ON p.community = n.community AND p.person = n.person JOIN relation r ON r.community = n.community AND r.matter = t.matter AND r.person = n.person WHERE t.community = $1 AND t.type = 'report.accept' AND (r.relations & 32) <> 0
# the same public list shows it once
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND closed_at = 0
# what was merged wrongly is split again, and its reporter no longer follows the other
卓玛 report.split 又积水 {"reason":"是另一个桥洞"} -> collected
count 1 SELECT count(*) FROM report WHERE community = $1 AND joined = 3
count 3 SELECT count(*) FROM relation r JOIN report p ON p.community = r.community AND p.id = r.matter WHERE r.community = $1 AND p.joined = 3 AND (r.relations & 32) <> 0
卓玛 report.register 又积水 {"category":"flood"} -> registered
look 积水
扎西 report.finish 积水 {"text":"水已退"} -> done
德吉 report.verify 积水 {} -> verified
卓玛 report.close 积水 {} -> closed
# nothing is merged into what is finished already
look 又积水
卓玛 report.merge 又积水 {"into":"@积水"} -> refused target_closed
李梅 report.me_too 太晚 {"into":"@积水"} -> refused target_closed

# a report that is merged brings along everybody who had joined it, not its reporter alone; split, all of them go back with it
李梅 report.create 西门 {"category":"help","text":"西门台阶坏了","point":{"lon":91.118,"lat":29.645}} -> collected
格桑 report.me_too 西门我也 {"into":"@西门"} -> merged
nobody report.me_too 西门路人 {"into":"@西门"} -> merged
央金 report.create 台阶 {"category":"quarrel","text":"台阶坏了","point":{"lon":91.118,"lat":29.645}} -> collected
look 西门
卓玛 report.merge 西门 {"into":"@台阶"} -> merged
count 3 SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter WHERE r.community = $1 AND m.category = 'quarrel' AND (r.relations & 32) <> 0
count 3 SELECT count(*) FROM timeline t JOIN matter m ON m.community = t.community AND m.id = t.matter JOIN relation r ON r.community = m.community AND r.matter = m.id WHERE t.community = $1 AND t.type = 'report.absorb' AND m.category = 'quarrel' AND (r.relations & 32) <> 0
卓玛 report.split 西门 {"reason":"是两处台阶"} -> collected
count 0 SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter WHERE r.community = $1 AND m.category = 'quarrel' AND (r.relations & 32) <> 0
count 2 SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter WHERE r.community = $1 AND m.category = 'help' AND (r.relations & 32) <> 0
