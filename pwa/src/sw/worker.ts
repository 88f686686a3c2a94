/// <reference lib="webworker" />
/**
 * Keeps the shell, and only the shell, so that the app opens without a network. Nothing under /api is ever
 * cached. A new version waits until the person takes it or every tab is closed: never in the middle of a
 * round.
 */
declare const self: ServiceWorkerGlobalScope
/** Filled in by build/serviceWorker.ts. */
declare const SHELL: { version: string; files: string[] }

const PREFIX = 'shell-'
const CACHE = PREFIX + SHELL.version

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL.files.map(fresh))))
})

/** Names with a hash may come from the browser's cache; the others must be today's. */
function fresh(file: string): Request {
  return new Request(file, { cache: file.startsWith('/assets/') ? 'default' : 'reload' })
}

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOlder().then(() => self.clients.claim()))
})

async function dropOlder(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(
    names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
  )
}

self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  const ours =
    event.request.method === 'GET' && url.origin === self.location.origin && !url.pathname.startsWith('/api/')
  if (!ours) return
  // Every page of the app, a scanned /q/… among them, is the one shell.
  const key = event.request.mode === 'navigate' ? '/' : url.pathname
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(key))
      .then((kept) => kept ?? fetch(event.request)),
  )
})
