/* The language on the screen. Each app hands its own tables to `words()`; zh is the key type, so a key that bo or en
 * lacks does not compile. Tibetan that no native speaker has reviewed is shown with the Chinese beside it where a
 * title stands (component T). */
import { defineComponent, h, ref, shallowRef, watch, type FunctionalComponent, type PropType, type VNode } from 'vue'

export type Lang = 'zh' | 'bo' | 'en'
export const LANGS: readonly Lang[] = ['zh', 'bo', 'en']
/** Each language in its own name; Tibetan is drawn (LTibetanWord), so that the word does not pull the face for everybody. */
export const OWN_NAME: Record<Lang, string> = { zh: '中文', en: 'English', bo: '' }
export type Args = Record<string, string | number>
export type Table<K extends string> = Record<K, string>
export interface Pack<K extends string> {
  table: Table<K>
  /** Keys that a native speaker has read and approved. */
  reviewed?: readonly K[]
}

export const lang = ref<Lang>('zh')

const STORE = 'linli.lang'

function remembered(): Lang | null {
  try {
    const v = localStorage.getItem(STORE)
    return LANGS.includes(v as Lang) ? (v as Lang) : null
  } catch {
    return null
  }
}

export function firstLang(): Lang {
  const kept = remembered()
  if (kept) return kept
  for (const l of navigator.languages ?? [navigator.language]) {
    const head = l.slice(0, 2).toLowerCase()
    if (head === 'zh' || head === 'bo' || head === 'en') return head
  }
  return 'zh'
}

function fill(text: string, args?: Args): string {
  return args ? text.replace(/\{(\w+)\}/g, (m, k: string) => (k in args ? String(args[k]) : m)) : text
}

export function words<K extends string>(first: Table<K>, load: Record<'bo' | 'en', () => Promise<Pack<K>>>) {
  const zh: Table<K> = { ...first }
  const pack = shallowRef<Pack<K>>({ table: zh })
  /** Text in the language on the screen. */
  const t = (k: K, args?: Args): string => fill(pack.value.table[k] ?? zh[k], args)
  /** True where the Chinese should stand beside. */
  const beside = (k: K): boolean => lang.value === 'bo' && !pack.value.reviewed?.includes(k)
  const inZh = (k: K, args?: Args): string => fill(zh[k], args)

  async function take(l: Lang): Promise<void> {
    pack.value = l === 'zh' ? { table: zh } : await load[l]()
  }
  /** More Chinese, that comes with a later screen; `load` brings its bo and en. */
  const add = (more: Partial<Table<K>>): void => void Object.assign(zh, more)
  /** For tables that come with a later screen: the language there is now, and each that comes. */
  const follow = (): unknown => watch(lang, take, { immediate: true })

  async function setLang(l: Lang): Promise<void> {
    await take(l)
    lang.value = l
    document.documentElement.lang = htmlLang(l)
    try {
      localStorage.setItem(STORE, l)
    } catch {
      /* private mode: the choice holds for this visit */
    }
  }

  /** <T k="home.title" both/>: the text, and the Chinese under unreviewed Tibetan. */
  const T = defineComponent({
    name: 'T',
    props: {
      k: { type: String as unknown as PropType<K>, required: true },
      args: { type: Object as PropType<Args>, default: undefined },
      both: Boolean,
    },
    setup: (p) => () =>
      p.both && beside(p.k)
        ? [h('span', { lang: 'bo', class: 't-bo' }, p.args ? runs(t(p.k, p.args)) : t(p.k)), h('span', { lang: 'zh-CN', class: 't-zh' }, inZh(p.k, p.args))]
        : p.args ? runs(t(p.k, p.args)) : t(p.k),
  })
  return { t, T, beside, inZh, setLang, follow, add }
}

export const htmlLang = (l: Lang): string => (l === 'zh' ? 'zh-CN' : l)

/** Picks a name from {zh,bo,en}; falls back to Chinese. */
export function named(n: Partial<Record<Lang, string>> | string | null | undefined): string {
  if (!n) return ''
  if (typeof n === 'string') return n
  return n[lang.value] || n.zh || n.en || n.bo || ''
}

/* Runs of one script, with the figures and marks between two of them. */
const TIBETAN = '[\\u0F00-\\u0FFF]'
const HAN = '[\\u3000-\\u303F\\u3400-\\u9FFF\\uFF00-\\uFFEF]'
const run = (c: string): string => `${c}+(?:[^A-Za-z\\u0F00-\\u0FFF\\u3000-\\u9FFF\\uFF00-\\uFFEF]*${c}+)*`
const RUNS = new RegExp(`(${run(TIBETAN)}|${run(HAN)})`)

/** Words with names and other people's words in them: what is not in the page's script says its language (WCAG 3.1.2). */
export function runs(text: string): (string | VNode)[] {
  return text.split(RUNS).filter(Boolean).map((x) => {
    const l = langOf(x)
    return !l || l === htmlLang(lang.value) ? x : h('span', { lang: l }, x)
  })
}
/** <Said :s="text"/>: the same for what a template shows. */
export const Said: FunctionalComponent<{ s?: string | null }> = (p) => runs(p.s ?? '')
Said.props = ['s']

/** The language of a text that people wrote, for the lang attribute. Latin letters alone may be a code or a name. */
export function langOf(text: string): string | undefined {
  const n = (r: RegExp): number => text.match(r)?.length ?? 0
  const bo = n(/[\u0F40-\u0FBC]/g)
  const zh = n(/[\u3400-\u9FFF]/g)
  if (bo || zh) return bo > zh ? 'bo' : 'zh-CN'
  return /[A-Za-z]{2,} +[A-Za-z]{2,} +[a-z]{2,}/.test(text) ? 'en' : undefined
}
