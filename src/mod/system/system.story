# One matter under three numbers: ours, the city platform's, the 12345 line's. Nothing is typed twice.
person 管 admin 540102001001
person 值 dispatcher 540102001001
person 格 officer 540102001001
person 核 officer 540102001001
管 system.add 热线 {"code":"12345","name":{"zh":"12345热线","bo":"12345 ཚ་ཐིག","en":"12345 line"},"reply":"card","layout":"{number}：{state}。{text}"} -> active
管 system.add 台账 {"code":"city","name":{"zh":"市平台"},"reply":"csv","layout":"编号,状态,答复\n{number},{state},{text}"} -> active
管 system.add 错 {"code":"bad","name":{"zh":"错"},"reply":"card","layout":"{password}"} -> refused bad_format
管 system.add 又 {"code":"city","name":{"zh":"市平台"},"reply":"card","layout":"{number}"} -> refused already_exists
值 system.add 越 {"code":"mine","name":{"zh":"越"},"reply":"card","layout":"{number}"} -> refused forbidden

# the line gives number, words and deadline; the clock is theirs when theirs is earlier
值 report.create_linked 漏水 {"system":"12345","number":"LS-2026-1","deadline":"2026-07-02T14:00:00Z","category":"leak","text":"三号楼漏水","caller":"某女士","phone":"13900000000"} -> registered
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND due_at = 1783000800000
值 report.create_linked 重 {"system":"12345","number":"LS-2026-1","text":"三号楼漏水"} -> refused linked_already
值 report.create_linked 无 {"system":"nobody","number":"1","text":"三号楼漏水"} -> refused not_one_of
值 report.link 漏水 {"system":"city","number":"C-9"} -> registered
格 report.link 漏水 {"system":"city","number":"C-10"} -> refused forbidden

值 report.dispatch 漏水 {"to":"@格"} -> dispatched
格 report.accept 漏水 {} -> handling
格 report.mark_reply 漏水 {"text":"水管已更换"} -> handling
格 report.finish 漏水 {"text":"换了一段水管"} -> done
核 report.verify 漏水 {} -> verified
count 0 SELECT count(*) FROM report_link WHERE community = $1 AND state = 'waiting'
值 report.close 漏水 {} -> closed
count 2 SELECT count(*) FROM report_link WHERE community = $1 AND state = 'waiting' AND reply_state = 'closed' AND text <> ''
值 report.replied 漏水 {"link":"019f0000-0000-7000-8000-000000000000"} -> refused not_found
管 system.retire 台账 {} -> retired
