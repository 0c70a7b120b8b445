/* What is shown to others, and what comes from a group; it comes with the screens that use it. */
export const zh = {
  'share.title': '告诉别人',
  'share.copy': '复制到群里',
  'share.copied': '已复制，可以贴到群里了',
  'share.by_hand': '没有复制上。请长按下面的文字，自己复制',
  'share.send': '发给别人',
  'share.qr': '二维码',
  'share.plain': '里面没有姓名、电话和照片，谁都可以看',
  'share.not_yet': '社区受理以后，就能复制到群里',
  'share.scan': '用别的手机扫一扫，也能看办到哪一步',
  'share.text': '要贴的文字',
  'open.about': '这一页谁都可以看，没有反映人的姓名、电话、文字和照片',
  'open.mine': '这是我反映的，看全部',
  'open.none': '没有这件事，或者还没有公开',
  'open.past': '过了 {t}',
  'paste.button': '从群里粘贴',
  'paste.title': '把群里的话贴进来',
  'paste.hint': '电话和地方会自动填到该填的格子里，发之前请看一遍',
  'paste.take': '填进去',
  'paste.done': '已经填好，请看一遍再发',
  'paste.empty': '剪贴板里没有文字或照片',
} as const
export type Key = keyof typeof zh
