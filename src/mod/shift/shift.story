# Six in the morning after the rain: one dispatcher goes home, another sits down and knows what the night left.
person 夜班 dispatcher 540102001001
person 早班 dispatcher 540102001001
person 窗口 clerk 540102001001
person 德吉 overseer 540102001001
person 格 officer 540102001001-03
person 民 resident 540102001001
on 2026-07-03 05:40
民 report.create 积水 {"category":"flood","text":"单元门口积水","point":{"lon":91.110,"lat":29.645}} -> collected
夜班 report.register 积水 {"category":"flood"} -> registered
夜班 report.dispatch 积水 {"to":"@格"} -> dispatched
# who is not at the desk hands nothing over
格 shift.write 格的 {"text":"一夜平安"} -> refused forbidden
民 shift.write 民的 {"text":"一夜平安"} -> refused forbidden
# a shift ends after it begins, and a matter goes with it once
夜班 shift.write 倒 {"text":"一夜平安","from":1783029600000,"until":1783000800000} -> refused too_small
夜班 shift.write 两遍 {"text":"积水未退","matters":[{"matter":"@积水","why":"due"},{"matter":"@积水","why":"watch"}]} -> refused repeated
夜班 shift.write 交班 {"text":"三号网格单元门口积水，泵已到","watch":"天亮后看水退没退","from":1783000800000,"until":1783029600000,"matters":[{"matter":"@积水","why":"due"}]} -> written
count 1 SELECT count(*) FROM shift_matter WHERE community = $1 AND why = 'due'
# who wrote it does not take it over
夜班 shift.take 交班 {} -> refused excluded_by_relation
窗口 shift.add 交班 {"text":"住户来电：水退了一半"} -> written
德吉 shift.take 交班 {} -> refused forbidden
早班 shift.take 交班 {"text":"看过了，八点去现场"} -> taken
count 1 SELECT count(*) FROM shift WHERE community = $1 AND taken_at > 0 AND added = 1
# taken is taken
窗口 shift.take 交班 {} -> refused wrong_state
夜班 shift.withdraw 交班 {} -> refused wrong_state
look 交班
# written by mistake: taken back, and nobody has to take it over
早班 shift.write 误 {"text":"写错了"} -> written
夜班 shift.withdraw 误 {} -> refused forbidden
早班 shift.withdraw 误 {} -> withdrawn
# what a person looks at stays with that person: kept, replaced, dropped
夜班 person.keep_filter 夜班 {"filter":"019f0000-0000-7000-8000-0000000000f1","title":"快到期的积水","query":"category=flood&due=2"} -> active
夜班 person.keep_filter 夜班 {"filter":"019f0000-0000-7000-8000-0000000000f1","title":"积水","query":"category=flood"} -> active
早班 person.keep_filter 夜班 {"filter":"019f0000-0000-7000-8000-0000000000f2","title":"别人的","query":"state=open"} -> refused forbidden
count 1 SELECT count(*) FROM person_filter WHERE community = $1
count 0 SELECT count(*) FROM person_filter WHERE community = $1 AND query LIKE '%flood%'
夜班 person.drop_filter 夜班 {"filter":"019f0000-0000-7000-8000-0000000000f2"} -> refused no_such_filter
夜班 person.drop_filter 夜班 {"filter":"019f0000-0000-7000-8000-0000000000f1"} -> active
count 0 SELECT count(*) FROM person_filter WHERE community = $1
