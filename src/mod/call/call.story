# Somebody has neither smartphone nor mail. They are told all the same: in the end an officer rings.
person 管 admin 540102001001
person 值 dispatcher 540102001001
person 格 officer 540102001001
person 别 officer 540102001001-02
person 民 resident 540102001001
民 report.create 水 {"category":"light","text":"楼道灯不亮","point":{"lon":91.1021,"lat":29.645}} -> collected
值 report.register 水 {"category":"light"} -> registered
# no channel, no haste: it stands in the app
count 0 SELECT count(*) FROM outbox WHERE community = $1

# by text message, and not at night; the community's evening begins later than usual
管 setting.set 夜 {"telling":{"quiet_from":1380,"quiet_until":360,"wait_minutes":0,"urgent_hours":1}} -> set
民 person.set_sms 民 {"phone":"13900000001","by_sms":true} -> active
民 person.order_channels 民 {"order":[{"kind":"sms"}]} -> active
民 person.set_webhook 民 {"webhook":"019f0000-0000-7000-8000-000000000000","by_webhook":true} -> refused forbidden
格 person.set_sms 民 {"phone":"13900000002","by_sms":true} -> refused forbidden
值 report.dispatch 水 {"to":"@格"} -> dispatched
count 1 SELECT count(*) FROM outbox WHERE community = $1 AND channel = 'sms' AND rank = 1 AND urgent = 0 AND due_at = at

# nothing went through: the list of those to ring up, for the officers there and nobody else
system call.add 电 {"person":"@民","about":"@水","number":1001,"told":9,"place":"540102001001","why":"no_channel"} -> open
别 call.called 电 {"outcome":"reached"} -> refused forbidden
民 call.called 电 {"outcome":"reached"} -> refused forbidden
格 call.called 电 {"outcome":"no_answer"} -> open
格 call.called 电 {"outcome":"reached","text":"已告知"} -> ended
格 call.called 电 {"outcome":"reached"} -> refused wrong_state
count 1 SELECT count(*) FROM call WHERE community = $1 AND tries = 2
# a week later nobody is rung about it any more
system call.add 旧 {"person":"@民","about":"@水","number":1001,"told":10,"place":"540102001001","why":"no_channel"} -> open
on 2026-07-25 09:00
count 2 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'call' AND state = 'ended'
# the next news: the same line again, and what was said before does not count
system call.add 电 {"person":"@民","about":"@水","number":1001,"told":11,"place":"540102001001","why":"http_500"} -> open
count 1 SELECT count(*) FROM call WHERE community = $1 AND tries = 0 AND told = 11
