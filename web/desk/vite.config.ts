import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { early } from '../build/early.ts'
import { maplibre } from './maplibre.ts'

// Served at /desk/ and at /c/{community}/desk/; the files' own addresses never move.
export default defineConfig({
  base: '/desk/',
  plugins: [vue(), early(), maplibre()],
  esbuild: { tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } } }, // as MapLibre is built
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  worker: { format: 'es' },
  build: {
    outDir: '../../build/web/desk',
    emptyOutDir: true,
    target: ['chrome94', 'firefox93', 'safari15'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
