# The inspector's sheet: kept once, mapped once; each change is an edition, and the log keeps the earlier ones.
person 德吉 overseer 540102001001
person 扎西 officer 540102001001-05
person 央金 resident 540102001001
photo 照片 月表
blank 空表 月表
扎西 template.add 月表 {"name":"区里月报","file":["@空表"]} -> refused forbidden
央金 template.add 月表 {"name":"区里月报","file":["@空表"]} -> refused forbidden
德吉 template.add 月表 {"name":"区里月报"} -> refused required
德吉 template.add 月表 {"name":"区里月报","file":["@照片"]} -> refused wrong_kind
# no cell may ask for what no figure says
德吉 template.add 月表 {"name":"区里月报","file":["@空表"],"cells":[{"cell":"a1","figure":"happiness"}]} -> refused not_one_of
德吉 template.add 月表 {"name":"区里月报","file":["@空表"],"cells":[{"cell":"a1","figure":"closed"},{"cell":"a1","figure":"raised"}]} -> refused repeated
德吉 template.add 月表 {"name":"区里月报","file":["@空表"],"cells":[{"cell":"a1","figure":"closed"}]} -> active
count 1 SELECT count(*) FROM template WHERE community = $1 AND edition = 1 AND retired = 0
# the next year's sheet comes with the old marks: what they mean stays
blank 新表 月表
德吉 template.change 月表 {"file":["@新表"]} -> active
count 1 SELECT count(*) FROM template WHERE community = $1 AND edition = 2 AND cells LIKE '%closed%'
德吉 template.change 月表 {"cells":[{"cell":"a1","figure":"closed.before"},{"cell":"a2","figure":"month"}]} -> active
count 1 SELECT count(*) FROM template WHERE community = $1 AND edition = 3 AND cells LIKE '%before%'
德吉 template.retire 月表 {} -> retired
德吉 template.change 月表 {"name":"再用"} -> refused wrong_state
count 1 SELECT count(*) FROM template WHERE community = $1 AND retired = 1
