/* What is copied out of a chat group, read for a report. */
/* Without looking behind: Safari learned that in 2023. */
const PHONE = /(^|\D)(?:(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})|(0\d{2,3}-?\d{7,8}))(?!\d)/g
/** What a chat program puts before a line that is copied out of a group: who, and when. */
const SAID = /^\s*(?:\S{1,20}[ \t]+)?(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?\s+|(?:昨天|今天|星期.|周.)\s*)?(?:上午|下午|晚上|早上)?\s*\d{1,2}:\d{2}(?::\d{2})?\s*$/
const NAMED = /^\s*(?:@\S{1,20}[ \u2005]+|[^\s\d,，。:：]{1,12}[:：]\s*(?=\S))/
const PLACE = /[^\s,，。;；:：、!！?？]{0,12}?(?:\d+|[一二三四五六七八九十]+)\s*(?:号楼|栋|幢|单元|号院|巷|组)(?:\s*(?:\d+|[一二三四五六七八九十]+)\s*(?:单元|层|楼|号|室))*|[^\s,，。;；:：、!！?？在到]{2,10}(?:门口|对面|旁边|路口|楼下|附近|后面|前面)/

export interface FromGroup { text: string; phone: string; near: string }
/** What was said in a group, made ready for a report: the number and the place apart, who said it left out. */
export function fromGroup(pasted: string): FromGroup {
  let phone = ''
  const lines = pasted.replace(/\r\n?/g, '\n').split('\n').filter((l) => !SAID.test(l)).map((l) => l.replace(NAMED, ''))
  const text = lines.join('\n').replace(PHONE, (_, before: string, a?: string, b?: string, c?: string, land?: string) => {
    phone = phone || (land ?? `${a}${b}${c}`)
    return before
  })
  const tidy = text.replace(/(?:我的|联系)?(?:电话|手机)号?(?:是|为)?[:：]?\s*(?=$|[\n,，。;；])/g, '').replace(/[ \t]{2,}/g, ' ').replace(/[,，;；]\s*(?=[,，。;；\n]|$)/g, '').replace(/\n{2,}/g, '\n').trim()
  return { text: tidy, phone, near: (PLACE.exec(tidy)?.[0] ?? '').replace(/^(?:我们?|这里|就)?(?:在|到)?/, '').trim() }
}
