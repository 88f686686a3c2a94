import { createApp } from 'vue'
import { activeLocale, setLocale, useMessages } from '@/i18n'
import { app as messages } from '@/i18n/messages/app'
import { closeAndWipe, openFor, registerServiceWorker } from '@/offline'
import { showToast } from '@/ui'
import { startAppearance } from '@/ui/appearance'
import '@/ui/tokens.css'
import '@/ui/base.css'
import App from './App.vue'
import { router } from './router'
import { can, startSession } from './session'

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
    // Managers and regulators read online: nothing of theirs is kept on the device.
    opened: (me, password) => (can('sync.use') ? openFor(me, password) : Promise.resolve()),
    left: closeAndWipe,
  })
}

start()
  .catch(showFault)
  .finally(() => app.use(router).mount('#app'))

registerServiceWorker().catch(reportError)
