# A category asks its own questions. A report keeps the version of the form that it was made with.
person 文清 clerk 540102001001
person 央金 resident 540102001001
on 2026-07-02 21:05
文清 category.add 电梯 {"code":"lift","icon":"other","name":{"zh":"电梯","bo":"འཕྲུལ་སྐས།","en":"Lift"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"building","type":"text","required":true,"max":20,"words":{"zh":"几号楼"}},{"name":"trapped","type":"bool"},{"name":"floor","type":"int","min":-3,"max":60},{"name":"sign","type":"enum","values":["dark","stuck"]}]} -> active
count 1 SELECT count(*) FROM category_form WHERE community = $1 AND code = 'lift' AND version = 1
# forms that ask nothing sensible
文清 category.add 坏一 {"code":"bad1","icon":"other","name":{"zh":"坏","bo":"x","en":"x"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"enum"}]} -> refused required
文清 category.add 坏二 {"code":"bad2","icon":"other","name":{"zh":"坏","bo":"x","en":"x"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"int","min":5,"max":1}]} -> refused too_small
文清 category.add 坏三 {"code":"bad3","icon":"other","name":{"zh":"坏","bo":"x","en":"x"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"bool"},{"name":"a","type":"bool"}]} -> refused repeated
# a required question is asked, bounds hold, nothing else is taken
央金 report.create 一 {"category":"lift","text":"电梯停了"} -> refused required
央金 report.create 二 {"category":"lift","text":"电梯停了","form":{"building":"3","floor":99}} -> refused too_large
央金 report.create 三 {"category":"lift","text":"电梯停了","form":{"building":"3","sign":"bent"}} -> refused not_one_of
央金 report.create 四 {"category":"lift","text":"电梯停了","form":{"building":"3","colour":"red"}} -> refused unknown_field
央金 report.create 五 {"category":"flood","text":"积水","form":{"building":"3"}} -> refused unknown_field
央金 report.create 困人 {"category":"lift","text":"电梯停了","form":{"building":"3","trapped":true,"floor":7}} -> collected
count 1 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.type = 'report.create' AND t.data LIKE '%"form_of":"lift","form_version":1%'
# what was filled in is sealed
count 0 SELECT count(*) FROM timeline t WHERE t.community = $1 AND t.type = 'report.create' AND t.data LIKE '%trapped%'
# a change that leaves the form alone leaves its version alone
文清 category.change 电梯 {"code":"lift","icon":"power","name":{"zh":"电梯","bo":"འཕྲུལ་སྐས།","en":"Lift"},"limit":2,"unit":"hours","default_role":"officer","form":[{"name":"building","type":"text","required":true,"max":20,"words":{"zh":"几号楼"}},{"name":"trapped","type":"bool"},{"name":"floor","type":"int","min":-3,"max":60},{"name":"sign","type":"enum","values":["dark","stuck"]}]} -> active
count 1 SELECT count(*) FROM category WHERE community = $1 AND code = 'lift' AND limit_n = 2 AND form_version = 1
文清 category.change 电梯 {"code":"lift","icon":"power","name":{"zh":"电梯","bo":"འཕྲུལ་སྐས།","en":"Lift"},"limit":2,"unit":"hours","default_role":"officer","form":[{"name":"company","type":"text","required":true,"max":40}]} -> active
count 2 SELECT count(*) FROM category_form WHERE community = $1 AND code = 'lift'
央金 report.create 六 {"category":"lift","text":"又停了","form":{"building":"3"}} -> refused required
央金 report.create 又停 {"category":"lift","text":"又停了","form":{"company":"安平电梯"}} -> collected
# the first report still names the first form
count 1 SELECT count(*) FROM matter m WHERE m.community = $1 AND m.kind = 'report' AND m.data LIKE '%"form_version":1%'
count 1 SELECT count(*) FROM matter m WHERE m.community = $1 AND m.kind = 'report' AND m.data LIKE '%"form_version":2%'
# without a form again: nothing is asked, and the old versions stay
文清 category.change 电梯 {"code":"lift","icon":"power","name":{"zh":"电梯","bo":"འཕྲུལ་སྐས།","en":"Lift"},"limit":2,"unit":"hours","default_role":"officer"} -> active
央金 report.create 三停 {"category":"lift","text":"第三次停了"} -> collected
count 1 SELECT count(*) FROM category WHERE community = $1 AND code = 'lift' AND form = '' AND form_version = 3
count 2 SELECT count(*) FROM category_form WHERE community = $1 AND code = 'lift'
# words of the values: one for each, or none
文清 category.add 坏四 {"code":"bad4","icon":"other","name":{"zh":"坏","bo":"x","en":"x"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"enum","values":["v1","v2"],"choices":[{"zh":"一"}]}]} -> refused bad_format
文清 category.add 路灯 {"code":"lamp","icon":"light","name":{"zh":"路灯","bo":"གློག་བཞུ།","en":"Lamp"},"limit":4,"unit":"hours","default_role":"officer","form":[{"name":"a","type":"enum","values":["v1","v2"],"choices":[{"zh":"不亮"},{"zh":"闪"}]}]} -> active
