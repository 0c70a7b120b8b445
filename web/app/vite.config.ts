import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { early } from '../build/early.ts'

/* The worker with the list of all that was built. Not the Tibetan face: 150 KB for those alone who read Tibetan, see
 * offline.ts. Nor the kit's page with its samples, nor the decoder of QR codes, which most browsers have themselves. */
const KEPT = (f: string): boolean => !f.endsWith('.woff2') && !/^assets\/(Kit|Sample\w+|kit\.\w+|sample\.\w+|qr)-/.test(f)
const worker = (): Plugin => ({
  name: 'worker',
  apply: 'build',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const files = ['/app/icon.svg', ...Object.keys(bundle).filter(KEPT).map((f) => '/app/' + f)].sort()
      if (!files.includes('/app/index.html')) this.error('worker: the page is not in the list')
      const page = bundle['index.html']!
      const own = readFileSync(new URL('sw.js', import.meta.url), 'utf8')
      const version = createHash('sha256').update(JSON.stringify([own, files, page.type === 'asset' ? String(page.source) : ''])).digest('hex').slice(0, 12)
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: `const VERSION = '${version}'\nconst FILES = ${JSON.stringify(files)}\n${own}` })
    },
  },
})

// Served at /, at /c/{community}/ and behind both under /app/: the files' own addresses never move.
export default defineConfig({
  base: '/app/',
  plugins: [vue(), early(), worker()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  build: {
    outDir: '../../build/web/app',
    emptyOutDir: true,
    target: ['chrome87', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
