# The leak: a house is rebuilt, the neighbour's walls get wet. Who mediates keeps the whole of it in one file.
person 管 admin 540102001001
person 德吉 mediator 540102001001
person 平 mediator 540102001001
person 五号 officer 540102001001-05
person 别号 officer 540102001001-02
person 值 dispatcher 540102001001
person 卓嘎 resident 540102001001
person 房主 resident 540102001001
person 工头 resident 540102001001
person 设计 resident 540102001001
管 unit.add 施工队 {"name":{"zh":"施工队"},"kind":"other","areas":[{"place":"540102001001"}]} -> active
管 unit.join 施工队 {"person":"@工头"} -> active
管 unit.join 施工队 {"person":"@平"} -> active

# 1, 2: before the works there was no damage and no noise at night; the rains come, and it leaks
on 2026-07-02 21:30
卓嘎 dispute.create 漏水 {"subject":"邻居重建后我家墙面地面漏水","application":"oral","place":"540102001001-05","parties":[{"kind":"person","role":"harmed","name":"卓嘎","phone":"13900000001"},{"kind":"person","role":"owner","name":"房主某"},{"kind":"organisation","role":"builder","name":"某施工队","agent":"工头某","phone":"13900000002"}]} -> applied
name 甲 漏水 parties.0.id
name 乙 漏水 parties.1.id
name 丙 漏水 parties.2.id
五号 dispute.accept 漏水 {"mediator":"@德吉","rights_told":true} -> refused forbidden
德吉 dispute.accept 漏水 {"mediator":"@德吉","helper":"@五号","rights_told":false} -> refused required
德吉 dispute.accept 漏水 {"mediator":"@德吉","helper":"@别号","rights_told":true} -> refused not_in_charge_there
德吉 dispute.accept 漏水 {"mediator":"@卓嘎","helper":"@五号","rights_told":true} -> refused own_case
德吉 dispute.accept 漏水 {"mediator":"@德吉","helper":"@五号","rights_told":true} -> mediating
德吉 dispute.link 漏水 {"party":"@丙","account":"@施工队"} -> mediating
德吉 dispute.link 漏水 {"party":"@乙","account":"@房主"} -> mediating
德吉 dispute.link 漏水 {"party":"@乙","account":"@德吉"} -> refused own_case
德吉 dispute.link 漏水 {"party":"@乙","account":"@卓嘎"} -> refused has_it_already
# nobody mediates their own case, nor does who belongs to a body that is party to it, whatever post they hold
平 dispute.survey 漏水 {"stage":"joint","at":"2026-07-02T07:00:00Z","text":"看了"} -> refused excluded_by_relation
德吉 dispute.assign 漏水 {"mediator":"@平","helper":"@五号"} -> refused own_case
工头 dispute.note 漏水 {"text":"我来调解"} -> refused excluded_by_relation
值 dispute.survey 漏水 {"stage":"joint","at":"2026-07-02T07:00:00Z","text":"看了"} -> refused forbidden
工头 dispute.consent 漏水 {"party":"@丙","agrees":true} -> mediating
工头 dispute.consent 漏水 {"party":"@乙","agrees":false} -> refused not_your_side
五号 dispute.survey 漏水 {"stage":"before","at":"2026-05-20T02:00:00Z","text":"开工前走访：无损坏，夜里无噪音，留了联系方式","who":[{"party":"@甲"}]} -> mediating
五号 dispute.survey 漏水 {"stage":"damage","at":"2026-07-03T02:00:00Z","text":"还没到的日子"} -> refused too_large
photo 湿墙 漏水
五号 dispute.survey 漏水 {"stage":"damage","at":"2026-07-02T06:30:00Z","text":"墙面、地面渗水","photos":["@湿墙"]} -> mediating
卓嘎 dispute.evidence 漏水 {"sort":"statement","party":"@甲","text":"下雨当晚开始漏"} -> mediating
卓嘎 dispute.evidence 漏水 {"sort":"statement","party":"@丙","text":"替别人说"} -> refused not_your_side
卓嘎 dispute.evidence 漏水 {"sort":"statement","text":"没说是谁"} -> refused required
count 2 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'dispute.survey'

# 3: builder and owner on the site; the builder repairs and signs a written guarantee
on 2026-07-03 10:00
五号 dispute.survey 漏水 {"stage":"joint","at":"2026-07-03T01:30:00Z","text":"双方到场，施工方认可防水没做好","who":[{"party":"@甲"},{"party":"@乙"},{"party":"@丙"}]} -> mediating
look 漏水
德吉 dispute.commit 漏水 {"party":"@丙","to":"@甲","what":"repair","text":"三日内修好","by":"2026-07-01T10:00:00Z"} -> refused too_small
工头 dispute.commit 漏水 {"party":"@乙","what":"repair","text":"让房主修","by":"2026-07-05T10:00:00Z"} -> refused not_your_side
photo 保证书 漏水
德吉 dispute.commit 漏水 {"party":"@丙","to":"@甲","what":"repair","text":"修好漏水；如再发生，由施工方承担","by":"2026-07-05T10:00:00Z","recurrence":true,"until":"2027-07-05T10:00:00Z","paper":["@保证书"]} -> mediating
name 保证 漏水 promises.0.id
on 2026-07-05 16:00
工头 dispute.perform 漏水 {"promise":"@保证"} -> mediating
工头 dispute.receive 漏水 {"promise":"@保证","kept":true} -> refused own_promise
工头 dispute.evidence 漏水 {"sort":"repair_record","party":"@丙","text":"外墙防水重做一遍"} -> mediating
卓嘎 dispute.receive 漏水 {"promise":"@保证","kept":true} -> mediating
五号 dispute.return_visit 漏水 {"result":"kept","text":"墙面干了"} -> kept
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'dispute' AND closed_at > 0 AND due_at = 0

# 4: it leaks again, and the guarantee stands first; the builder denies; more than ten contacts
on 2026-07-06 20:00
卓嘎 dispute.recur 漏水 {"text":"又漏了","promise":"@乙"} -> refused not_one_of
卓嘎 dispute.recur 漏水 {"text":"又漏了"} -> mediating
count 1 SELECT count(*) FROM dispute d JOIN dispute_promise p ON p.community = d.community AND p.promise = d.guarantee WHERE d.community = $1 AND p.state = 'called' AND d.recurred = 1
on 2026-07-07 09:00
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"denied","text":"说不是他们的责任"} -> mediating
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"no_answer"} -> mediating
五号 dispute.contact 漏水 {"whom":"police","how":"phone","result":"reached","text":"请警务室协助联系"} -> mediating
五号 dispute.contact 漏水 {"how":"phone","result":"reached"} -> refused one_of_two
五号 dispute.contact 漏水 {"party":"@丙","whom":"police","how":"phone","result":"reached"} -> refused one_of_two
on 2026-07-08 09:00
五号 dispute.contact 漏水 {"party":"@丙","how":"message","result":"no_answer"} -> mediating
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"denied"} -> mediating
五号 dispute.contact 漏水 {"whom":"police","how":"visit","result":"reached"} -> mediating
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"denied"} -> mediating
on 2026-07-09 09:00
五号 dispute.contact 漏水 {"party":"@丙","how":"visit","result":"reached","text":"出示维修记录和保证书"} -> mediating
五号 dispute.contact 漏水 {"whom":"police","how":"phone","result":"reached"} -> mediating
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"denied"} -> mediating
on 2026-07-10 09:00
五号 dispute.contact 漏水 {"party":"@丙","how":"phone","result":"promised","text":"答应 11 日来修"} -> mediating
五号 dispute.contact 漏水 {"whom":"police","how":"phone","result":"reached"} -> mediating
count 12 SELECT count(*) FROM dispute_contact c JOIN matter m ON m.community = c.community AND m.id = c.matter WHERE c.community = $1
count 4 SELECT count(*) FROM dispute_contact WHERE community = $1 AND whom = 'police'
# what was said with one side is for that side and who mediates: 8192 and up are sides, 16 the mediator, 8 all parties
count 8 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'dispute.contact' AND audience = 1040
count 4 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'dispute.contact' AND audience = 16
look 漏水
德吉 dispute.commit 漏水 {"party":"@丙","to":"@甲","what":"repair","text":"11 日进场返修","by":"2026-07-13T10:00:00Z"} -> mediating
on 2026-07-11 09:30
五号 dispute.return_visit 漏水 {"result":"under_way","text":"施工方到场返修","next_visit_at":"2026-07-14T01:00:00Z"} -> mediating

# 5: what was promised is late by itself; the visit of the 14th finds that nothing has begun
on 2026-07-14 09:10
count 2 SELECT count(*) FROM dispute_promise WHERE community = $1 AND overdue = 1
五号 dispute.return_visit 漏水 {"result":"kept"} -> refused promises_open
五号 dispute.return_visit 漏水 {"result":"not_begun","text":"还没动工，居民很着急"} -> mediating
look 漏水
德吉 dispute.add_party 漏水 {"parties":[{"kind":"person","role":"designer","name":"设计某"}]} -> mediating
name 丁 漏水 parties.3.id
德吉 dispute.link 漏水 {"party":"@丁","account":"@设计"} -> mediating
德吉 dispute.invite 漏水 {"kind":"round_table","room":"调解室","from":"2026-07-14T01:30:00Z","until":"2026-07-14T04:00:00Z","who":[{"party":"@甲"}]} -> refused too_few
德吉 dispute.invite 漏水 {"kind":"separate","room":"调解室","from":"2026-07-14T01:20:00Z","until":"2026-07-14T01:40:00Z","who":[{"party":"@丙"}]} -> mediating
德吉 dispute.invite 漏水 {"kind":"round_table","room":"调解室","from":"2026-07-14T01:30:00Z","until":"2026-07-14T04:00:00Z","who":[{"party":"@甲"},{"party":"@乙"},{"party":"@丙"},{"party":"@丁"}],"others":[{"whom":"police"}]} -> refused sessions_overlap
德吉 dispute.invite 漏水 {"kind":"round_table","room":"调解室","from":"2026-07-14T01:40:00Z","until":"2026-07-14T04:00:00Z","who":[{"party":"@甲"},{"party":"@乙"},{"party":"@丙"},{"party":"@丁"}],"others":[{"whom":"police"}]} -> mediating
name 单谈 漏水 sessions.0.id
name 圆桌 漏水 sessions.1.id
# a separate talk is told to that side alone
count 0 SELECT count(*) FROM notice n JOIN timeline t ON t.community = n.community AND t.seq = n.seq WHERE n.community = $1 AND t.type = 'dispute.invite' AND t.audience = 1040 AND n.person NOT IN (SELECT b.person FROM membership b WHERE b.community = $1) AND n.person IN (SELECT account FROM dispute_party WHERE community = $1)
count 1 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'dispute.invite' AND audience = 1040
# the room is taken for another quarrel as well, and the mediator is in it
德吉 dispute.create 停车 {"subject":"停车占位","application":"office","parties":[{"kind":"person","role":"neighbour","name":"李某"},{"kind":"person","role":"neighbour","name":"王某"}]} -> applied
德吉 dispute.accept 停车 {"mediator":"@德吉","rights_told":true} -> mediating
name 李 停车 parties.0.id
name 王 停车 parties.1.id
平 dispute.invite 停车 {"kind":"round_table","room":"调解室","from":"2026-07-14T03:00:00Z","until":"2026-07-14T05:00:00Z","who":[{"party":"@李"},{"party":"@王"}]} -> refused sessions_overlap
德吉 dispute.invite 停车 {"kind":"round_table","room":"会议室","from":"2026-07-14T03:00:00Z","until":"2026-07-14T05:00:00Z","who":[{"party":"@李"},{"party":"@王"}]} -> refused sessions_overlap
平 dispute.invite 停车 {"kind":"round_table","room":"会议室","from":"2026-07-14T03:00:00Z","until":"2026-07-14T05:00:00Z","who":[{"party":"@李"},{"party":"@王"}]} -> mediating
on 2026-07-14 09:25
德吉 dispute.hold 漏水 {"session":"@单谈","came":[{"party":"@乙"}],"text":"单独谈"} -> refused not_invited
德吉 dispute.hold 漏水 {"session":"@圆桌","came":[],"text":"还没开始"} -> refused not_begun
德吉 dispute.hold 漏水 {"session":"@单谈","came":[{"party":"@丙"}],"text":"施工方愿意承担，希望三方分担"} -> mediating
工头 dispute.offer 漏水 {"party":"@丙","text":"底线：承担返修和一部分赔偿","amount_fen":300000,"private":true} -> mediating
工头 dispute.offer 漏水 {"party":"@甲","text":"替别人开价"} -> refused not_your_side
name 底线 漏水 offers.0.id
卓嘎 dispute.answer_offer 漏水 {"offer":"@底线","party":"@甲","accepted":true} -> refused not_one_of
on 2026-07-14 11:00
look 漏水
德吉 dispute.hold 漏水 {"session":"@圆桌","came":[{"party":"@甲"},{"party":"@乙"},{"party":"@丙"},{"party":"@丁"}],"others_came":[{"whom":"police","name":"民警某"}],"text":"三方愿各担其责，两家房屋都修到位，共同赔偿损失"} -> mediating
德吉 dispute.hold 漏水 {"session":"@圆桌","came":[],"text":"再来一遍"} -> refused session_over
工头 dispute.offer 漏水 {"party":"@丙","text":"施工方、房主、设计方共同承担","amount_fen":1200000} -> mediating
name 方案 漏水 offers.1.id
工头 dispute.answer_offer 漏水 {"offer":"@方案","party":"@丙","accepted":true} -> refused own_offer
卓嘎 dispute.answer_offer 漏水 {"offer":"@方案","party":"@甲","accepted":true} -> mediating
卓嘎 dispute.answer_offer 漏水 {"offer":"@方案","party":"@甲","accepted":false} -> refused answered_already
look 漏水
卓嘎 dispute.draft 漏水 {"language":"zh","signatories":[{"party":"@甲","name":"卓嘎"},{"party":"@丙","name":"某施工队"}],"facts":"漏水","issues":"谁负责","liability":[{"party":"@丙","duty":"返修"}],"terms":"返修","performance":[{"party":"@丙","what":"repair","text":"返修","by":"2026-07-31T10:00:00Z"}]} -> refused excluded_by_relation
# shares, where they are used, are the whole, to the hundredth of a per cent
德吉 dispute.draft 漏水 {"language":"zh","signatories":[{"party":"@甲","name":"卓嘎"},{"party":"@丙","name":"某施工队"}],"facts":"漏水","issues":"谁负责","liability":[{"party":"@丙","share":6000},{"party":"@甲","share":3999}],"terms":"返修","performance":[{"party":"@丙","what":"repair","text":"返修","by":"2026-07-31T10:00:00Z"}]} -> refused shares_not_whole
德吉 dispute.draft 漏水 {"language":"zh","signatories":[{"party":"@甲","name":"卓嘎"},{"party":"@丙","name":"某施工队"}],"facts":"漏水","issues":"谁负责","liability":[{"party":"@丙","share":6000},{"party":"@乙","share":4000}],"terms":"返修","performance":[{"party":"@丙","what":"repair","text":"返修","by":"2026-07-31T10:00:00Z"}]} -> refused does_not_sign
德吉 dispute.draft 漏水 {"language":"zh","signatories":[{"party":"@甲","name":"卓嘎"},{"party":"@乙","name":"房主某"},{"party":"@丙","name":"某施工队"},{"party":"@丁","name":"设计某"}],"facts":"重建后卓嘎家墙面、地面漏水，修过一次后再漏","issues":"谁承担返修和损失","liability":[{"party":"@丙","duty":"负责返修"},{"party":"@乙","duty":"配合并分担"},{"party":"@丁","duty":"出具修补做法并分担"}],"terms":"两家房屋修到位，损失共同赔偿","performance":[{"party":"@丙","to":"@甲","what":"repair","text":"两家修到位","by":"2026-07-31T10:00:00Z"}]} -> signing
name 旧文 漏水 agreement.hash
卓嘎 dispute.sign 漏水 {"party":"@甲","edition":1,"signature":{"of":"edition","hash":"@旧文"}} -> signing
# the text is changed after it was signed: another edition, and everybody signs again
look 漏水
德吉 dispute.draft 漏水 {"language":"zh","signatories":[{"party":"@甲","name":"卓嘎","details":"受损居民"},{"party":"@乙","name":"房主某","details":"重建房主"},{"party":"@丙","name":"某施工队","details":"施工方"},{"party":"@丁","name":"设计某","details":"设计方"}],"facts":"重建后卓嘎家墙面、地面漏水，修过一次后再漏","issues":"谁承担返修和损失","liability":[{"party":"@丙","duty":"负责返修"},{"party":"@乙","duty":"配合并分担"},{"party":"@丁","duty":"出具修补做法并分担"}],"terms":"两家房屋修到位，损失共同赔偿","performance":[{"party":"@丙","to":"@甲","what":"repair","text":"两家修到位","by":"2026-07-31T10:00:00Z"},{"party":"@乙","to":"@甲","what":"pay","text":"共同赔偿第一笔","amount_fen":600000,"by":"2026-07-20T10:00:00Z"},{"party":"@丁","to":"@甲","what":"pay","text":"共同赔偿第二笔","amount_fen":600000,"by":"2026-08-10T10:00:00Z"}]} -> signing
name 新文 漏水 agreement.hash
卓嘎 dispute.sign 漏水 {"party":"@甲","edition":1,"signature":{"of":"edition","hash":"@旧文"}} -> refused text_changed
卓嘎 dispute.sign 漏水 {"party":"@甲","edition":2,"signature":{"of":"edition","hash":"@旧文"}} -> refused signs_another_text
卓嘎 dispute.sign 漏水 {"party":"@甲","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> signing
卓嘎 dispute.sign 漏水 {"party":"@甲","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused signed_already
卓嘎 dispute.sign 漏水 {"party":"@丙","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused not_your_side
房主 dispute.sign 漏水 {"party":"@乙","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> signing
工头 dispute.sign 漏水 {"party":"@丙","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> signing
look 漏水
德吉 dispute.seal 漏水 {"edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused signatures_missing
德吉 dispute.sign 漏水 {"party":"@丁","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused required
photo 签字页 漏水
德吉 dispute.sign 漏水 {"party":"@丁","edition":2,"signature":{"of":"edition","hash":"@新文"},"paper":["@签字页"]} -> signing
look 漏水
五号 dispute.seal 漏水 {"edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused forbidden
on 2026-07-14 12:00
德吉 dispute.seal 漏水 {"edition":2,"signature":{"of":"edition","hash":"@新文"}} -> effective
# after closing there is nothing more to sign
设计 dispute.sign 漏水 {"party":"@丁","edition":2,"signature":{"of":"edition","hash":"@新文"}} -> refused wrong_state
count 1 SELECT count(*) FROM dispute_agreement WHERE community = $1 AND state = 'sealed' AND signed = 4 AND signers = 4
count 1 SELECT count(*) FROM dispute_agreement WHERE community = $1 AND state = 'replaced'
count 3 SELECT count(*) FROM dispute_promise WHERE community = $1 AND origin = 'agreement' AND state = 'open'

# 6: the crew moves in; visits go on; instalments have clocks; thirty days for the court
on 2026-07-17 18:30
count 1 SELECT count(*) FROM timeline WHERE community = $1 AND type = 'dispute.fall_due' AND at > 1784246400000
五号 dispute.return_visit 漏水 {"result":"under_way","text":"工人已进场"} -> effective
name 修 漏水 promises.2.id
name 一笔 漏水 promises.3.id
name 二笔 漏水 promises.4.id
on 2026-07-20 18:30
count 1 SELECT count(*) FROM dispute_promise WHERE community = $1 AND overdue = 1 AND origin = 'agreement'
房主 dispute.perform 漏水 {"promise":"@一笔","amount_fen":600000} -> effective
房主 dispute.receive 漏水 {"promise":"@一笔","kept":true} -> refused own_promise
工头 dispute.receive 漏水 {"promise":"@一笔","kept":true} -> refused not_your_side
卓嘎 dispute.receive 漏水 {"promise":"@一笔","kept":true} -> effective
卓嘎 dispute.receive 漏水 {"promise":"@一笔","kept":true} -> refused out_of_order
look 漏水
德吉 dispute.confirmation 漏水 {"step":"confirmed","court":"某法院"} -> refused out_of_order
德吉 dispute.confirmation 漏水 {"step":"applied","court":"某法院"} -> effective
on 2026-07-30 10:00
look 漏水
德吉 dispute.confirmation 漏水 {"step":"confirmed","court":"某法院"} -> effective
工头 dispute.perform 漏水 {"promise":"@修"} -> effective
卓嘎 dispute.receive 漏水 {"promise":"@修","kept":true} -> effective
设计 dispute.perform 漏水 {"promise":"@二笔","amount_fen":600000} -> effective
卓嘎 dispute.receive 漏水 {"promise":"@二笔","kept":true} -> effective
五号 dispute.return_visit 漏水 {"result":"kept"} -> refused promises_open
name 返修 漏水 promises.1.id
工头 dispute.perform 漏水 {"promise":"@返修"} -> effective
德吉 dispute.receive 漏水 {"promise":"@返修","kept":true} -> effective
工头 dispute.perform 漏水 {"promise":"@保证"} -> effective
德吉 dispute.receive 漏水 {"promise":"@保证","kept":true} -> effective
五号 dispute.return_visit 漏水 {"result":"kept","text":"两家都修好，赔偿付清，居民满意"} -> kept

# the other quarrel goes up, comes back, and ends without agreement; each party may leave
德吉 dispute.escalate 停车 {"to":"street","text":"请街道牵头","answer_by":"2026-07-14T01:00:00Z"} -> refused too_small
德吉 dispute.escalate 停车 {"to":"street","text":"请街道牵头","answer_by":"2026-08-05T01:00:00Z"} -> escalated
on 2026-08-05 09:30
count 1 SELECT count(*) FROM dispute WHERE community = $1 AND overdue > 0
look 停车
德吉 dispute.answer 停车 {"outcome":"back","text":"划了新车位"} -> mediating
卓嘎 dispute.end 停车 {"why":"withdrawn"} -> refused forbidden
look 停车
德吉 dispute.link 停车 {"party":"@李","account":"@房主"} -> mediating
房主 dispute.end 停车 {"why":"not_agreed"} -> refused not_yours_to_say
房主 dispute.end 停车 {"why":"withdrawn"} -> ended
look 停车
管 dispute.erase 停车 {} -> ended

# after thirty days it is too late for the court
德吉 dispute.create 水沟 {"subject":"排水沟","application":"written","parties":[{"kind":"person","role":"neighbour","name":"张某"},{"kind":"person","role":"neighbour","name":"赵某"}]} -> applied
德吉 dispute.accept 水沟 {"mediator":"@德吉","rights_told":true} -> mediating
name 张 水沟 parties.0.id
name 赵 水沟 parties.1.id
德吉 dispute.return_visit 水沟 {"result":"kept"} -> refused nothing_promised
德吉 dispute.draft 水沟 {"language":"zh","signatories":[{"party":"@张","name":"张某"},{"party":"@赵","name":"赵某"}],"facts":"排水沟堵","issues":"谁清","liability":[{"party":"@张","share":3333},{"party":"@赵","share":6667}],"terms":"一起清","performance":[{"party":"@张","what":"other","text":"一起清沟","by":"2026-08-06T10:00:00Z"}]} -> signing
name 沟文 水沟 agreement.hash
photo 沟签 水沟
德吉 dispute.sign 水沟 {"party":"@张","edition":1,"signature":{"of":"edition","hash":"@沟文"},"paper":["@沟签"]} -> signing
德吉 dispute.sign 水沟 {"party":"@赵","edition":1,"signature":{"of":"edition","hash":"@沟文"},"paper":["@沟签"]} -> signing
look 水沟
德吉 dispute.seal 水沟 {"edition":1,"signature":{"of":"edition","hash":"@沟文"}} -> effective
# 30 days after 5 August is Friday, 4 September
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'dispute' AND data LIKE '%"until":1788516000000%'
on 2026-09-05 10:00
look 水沟
德吉 dispute.confirmation 水沟 {"step":"applied","court":"某法院"} -> refused too_late
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'dispute' AND data LIKE '%"state":"lapsed"%'
