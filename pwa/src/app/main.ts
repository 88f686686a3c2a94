import { createApp, watch } from 'vue'
import type { Uuid } from '@/api/wire'
import { activeLocale, setLocale, useMessages } from '@/i18n'
import { app as messages } from '@/i18n/messages/app'
import { closeAndWipe, leftBehind, openFor, registerServiceWorker, useConnection } from '@/offline'
import { showToast } from '@/ui'
import { startAppearance } from '@/ui/appearance'
import '@/ui/tokens.css'
import '@/ui/base.css'
import App from './App.vue'
import { router } from './router'
import { can, me, refresh, startSession } from './session'

const t = useMessages(messages)

const app = createApp(App)
app.config.errorHandler = showFault
router.onError((error, to) => {
  reportError(error)
  // A page's file could not be loaded: offline before it was kept, or a newer version took its place.
  showToast({ text: t('failed_text'), action: { label: t('retry'), run: () => location.assign(to.fullPath) } })
})

function showFault(error: unknown): void {
  reportError(error)
  showToast({ text: t('fault') })
}

async function start(): Promise<void> {
  startAppearance()
  setLocale(activeLocale())
  await startSession({
    opened: openFor,
    left: async (who) => {
      await closeAndWipe(who)
      await sayWhatStays(who.id)
    },
  })
}

/** To who goes on here in a role that sends nothing: what they made before is theirs to hand to a manager. */
async function sayWhatStays(gone: Uuid): Promise<void> {
  if (me.value?.id !== gone || can('sync.use')) return
  const stays = (await leftBehind()).find(({ account_id }) => account_id === gone)
  if (!stays?.unsent) return
  const show = { label: t('show'), run: () => void router.push({ name: 'mine' }) }
  showToast({ text: t('stays_here', { n: stays.unsent }), action: show })
}

// A role may end while the app is open: the door says no before anybody asks who one is now.
watch(useConnection().state, (now) => {
  if (now === 'forbidden') refresh().catch(reportError)
})

start()
  .catch(showFault)
  .finally(() => app.use(router).mount('#app'))

registerServiceWorker().catch(reportError)
