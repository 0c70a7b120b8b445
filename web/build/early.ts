/* Puts the stylesheet behind what index.html itself shows: a browser paints what stands before it without waiting for it,
 * and the script, a module, still runs after it. One round trip earlier on a weak line. */
import type { Plugin } from 'vite'

export const early = (): Plugin => ({
  name: 'early',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler(html) {
      const links = html.match(/^\s*<link rel="stylesheet"[^>]*>\n/gm)
      if (!links) throw new Error('early: the page has no stylesheet')
      return links.reduce((h, l) => h.replace(l, ''), html).replace('  </body>', links.join('') + '  </body>')
    },
  },
})
