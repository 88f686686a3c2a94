// Puts entries into the app's own outbox as its first version kept them, readable; it encrypts and seals them
// when it is opened next. `made` are entries as they go over the wire.
async (made) => {
  const { databases } = indexedDB
  const known = await databases.call(indexedDB)
  const { name } = known.find(({ name }) => /^xunyue-[0-9a-f]{8}-/.test(name))
  const db = await new Promise((resolve, reject) => {
    const request = indexedDB.open(name)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const transaction = db.transaction(['outbox', 'meta'], 'readwrite')
  const outbox = transaction.objectStore('outbox')
  const account = name.slice('xunyue-'.length)
  for (const entry of made) {
    const { id, kind, round_id, at } = entry
    const bytes = new TextEncoder().encode(JSON.stringify(entry)).length
    const fresh = { state: 'waiting', undo_until: 0, frozen: false, attempts: 0, problem: null, answer: null }
    const row = { id, account, kind, round_id, at, bytes, ...fresh, reflected: false, handled: null }
    outbox.put({ ...row, content: { plain: entry }, sealed: null })
  }
  transaction.objectStore('meta').put(true, 'readable')
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve
    transaction.onabort = () => reject(transaction.error)
  })
  db.close()
}
