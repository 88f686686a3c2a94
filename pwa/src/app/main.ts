import { createApp } from 'vue'
import { locale, setLocale } from '@/i18n'
import { startAppearance } from '@/ui/appearance'
import '@/ui/tokens.css'
import '@/ui/base.css'
import App from './App.vue'
import { router } from './router'
import { startSession } from './session'

startAppearance()
setLocale(locale.value)
await startSession({ opened: () => Promise.resolve(), left: () => Promise.resolve() })
createApp(App).use(router).mount('#app')
