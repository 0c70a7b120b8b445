/* A first guess at what a report is about, from its words. The person's own choice always wins. */
const WORDS: [string, RegExp][] = [
  ['flood', /积水|内涝|淹|下水道|排水|flood|standing water|ཆུ་བསགས|ཆུ་ལོག/i],
  ['leak', /漏水|渗水|漏雨|水管|屋顶漏|leak|pipe|ཆུ་ཟགས/i],
  ['light', /路灯|灯不亮|没有灯|太黑|street ?light|lamp|ལམ་གློག|གློག་མི་འབར/i],
  ['road', /井盖|坑|路面|道路|台阶|manhole|pothole|road|ཆུ་དོང|ལམ་ཆག/i],
  ['rubbish', /垃圾|臭|没人清|卫生|杂草|rubbish|garbage|trash|litter|གད་སྙིགས/i],
  ['quarrel', /吵|噪音|纠纷|争|扰民|装修声|quarrel|noise|dispute|འགལ་རྩོད|ཀུ་ཅོ/i],
  ['help', /帮忙|老人|摔|独居|病|孩子|help|elderly|རོགས|རྒན/i],
]
export function guess(text: string): string {
  for (const [c, re] of WORDS) if (re.test(text)) return c
  return ''
}
