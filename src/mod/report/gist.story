# A voice note in Tibetan goes to somebody who speaks it; the desk reads what it says in Chinese.
person 卓玛 dispatcher 540102001001
person 扎西 officer 540102001001-05
person 小李 officer 540102001001-05
person 阿妈 resident 540102001001
on 2026-07-02 21:05
扎西 person.set_spoken 扎西 {"spoken":[{"language":"bo"},{"language":"zh"}]} -> active
小李 person.set_spoken 小李 {"spoken":[{"language":"zh"}]} -> active
小李 person.set_spoken 小李 {"spoken":[{"language":"zh"},{"language":"zh"}]} -> refused repeated
卓玛 person.set_spoken 小李 {"spoken":[{"language":"bo"}]} -> refused forbidden
voice 话 漏
阿妈 report.create 漏 {"category":"leak","voice":["@话"],"language":"bo","point":{"lon":91.118,"lat":29.645}} -> collected
# it asks for somebody who speaks it
count 1 SELECT count(*) FROM report_voice v JOIN person_spoken s ON s.community = v.community AND s.language = v.language WHERE v.community = $1 AND v.wanted = 1 AND v.gist_at = 0
阿妈 report.gist 漏 {"gist":"自己写"} -> refused forbidden
扎西 report.gist 漏 {"gist":"厨房顶漏水，夜里更厉害，家里有老人"} -> collected
count 0 SELECT count(*) FROM report_voice WHERE community = $1 AND gist_at = 0
# it lies sealed, like the text
count 0 SELECT count(*) FROM timeline WHERE community = $1 AND data LIKE '%厨房%'
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND data LIKE '%gist_language%'
# what was written may be mended by whoever heard it better
卓玛 report.gist 漏 {"gist":"厨房和里屋都漏","spoken":"bo"} -> collected
# a note beside a text wants no gist; without a note there is nothing to hear
voice 话二 灯
阿妈 report.create 灯 {"category":"light","text":"楼道灯不亮","voice":["@话二"],"language":"zh"} -> collected
count 0 SELECT count(*) FROM report_voice WHERE community = $1 AND wanted = 1 AND gist_at = 0
阿妈 report.create 路 {"category":"road","text":"路上有坑","point":{"lon":91.118,"lat":29.645}} -> collected
扎西 report.gist 路 {"gist":"没有语音"} -> refused nothing_to_hear
