import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { compressed } from './build/compressed.ts'
import { serviceWorker } from './build/serviceWorker.ts'
import { appVersion } from './build/version.ts'

// The app reads it as import.meta.env.VITE_APP_VERSION.
process.env['VITE_APP_VERSION'] = appVersion(import.meta.dirname)

export default defineConfig({
  plugins: [vue(), serviceWorker(), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    // The Host header stays ours, so that the server's same-origin check sees one origin.
    proxy: { '/api': { target: 'http://127.0.0.1:8000', changeOrigin: false } },
  },
  build: {
    // Phones of care staff live long, and in-app browsers in China follow years behind.
    target: ['chrome87', 'safari14.1', 'firefox90'],
    // The Content-Security-Policy allows no data: scripts, styles or wasm.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    include: ['{src,build}/**/*.test.ts'],
    environment: 'node',
  },
})
