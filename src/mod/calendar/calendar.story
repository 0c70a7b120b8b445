# An officer's calendar shows what is due. Nothing in it is an action: it is read from what dispatching left.
person 值 dispatcher 540102001001
person 格 officer 540102001001
值 report.create 灯 {"category":"light","text":"路灯不亮"} -> collected
值 report.register 灯 {"category":"light"} -> registered
值 report.dispatch 灯 {"to":"@格"} -> dispatched
count 1 SELECT count(*) FROM relation r JOIN matter m ON m.community = r.community AND m.id = r.matter WHERE r.community = $1 AND (r.relations & 66) <> 0 AND m.closed_at = 0 AND m.due_at > 0
count 0 SELECT count(*) FROM calendar_feed WHERE community = $1
