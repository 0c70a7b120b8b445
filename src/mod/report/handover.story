# A sunken street is the street office's: the community hands it over and stays responsible until the answer has been seen.
person 值 dispatcher 540102001001
person 格 officer 540102001001
person 核 officer 540102001001
in 540102001
person 街管 admin 540102001
person 街值 dispatcher 540102001
person 街员 officer 540102001
person 街核 officer 540102001
街管 category.add 道路 {"code":"road","icon":"road","name":{"zh":"道路","bo":"ལམ།","en":"Road"},"limit":2,"unit":"hours","default_role":"officer","coarsen_m":100,"position":1} -> active

in 540102001001
格 report.create 塌陷 {"category":"road","text":"路面塌陷","point":{"lon":91.102,"lat":29.645}} -> collected
值 report.register 塌陷 {"category":"road"} -> registered
格 report.hand_over 塌陷 {"community":"540102001","reason":"街道管养"} -> refused forbidden
值 report.hand_over 塌陷 {"community":"540102001001","reason":"街道管养"} -> refused not_one_of
值 report.hand_over 塌陷 {"community":"540102001","reason":"街道管养"} -> registered
值 report.hand_over 塌陷 {"community":"540102001","reason":"再移一次"} -> refused handed_over_already

in 540102001
newest 街塌陷
街值 report.hand_over 街塌陷 {"community":"540102001001","reason":"退回去"} -> refused went_through
街值 report.register 街塌陷 {"category":"road"} -> registered
街值 report.dispatch 街塌陷 {"to":"@街员"} -> dispatched
街员 report.accept 街塌陷 {} -> handling
街员 report.finish 街塌陷 {"text":"已修复"} -> done
街核 report.verify 街塌陷 {} -> verified
街值 report.close 街塌陷 {} -> closed

in 540102001001
count 1 SELECT count(*) FROM matter WHERE community = $1 AND kind = 'report' AND state = 'done'
look 塌陷
核 report.verify 塌陷 {} -> verified
值 report.close 塌陷 {} -> closed

# refused there: it comes back with who and why, and the work goes on here
格 report.create 树 {"category":"road","text":"行道树倒伏"} -> collected
值 report.register 树 {"category":"road"} -> registered
值 report.hand_over 树 {"community":"540102001","reason":"街道绿化"} -> registered
in 540102001
newest 街树
街值 report.refuse 街树 {"reason":"属社区管养"} -> refused
in 540102001001
look 树
值 report.dispatch 树 {"to":"@格"} -> dispatched
