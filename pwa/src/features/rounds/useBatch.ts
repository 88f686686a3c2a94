/** Where the list of a batch stands: who is on it, whose row is open, and keeping what a row says. */
import { computed, nextTick, onUnmounted, reactive, ref, shallowReactive } from 'vue'
import type { Form, Outcome, Resident, Round, Uuid } from '@/api/wire'
import { useMessages } from '@/i18n'
import { batch } from '@/i18n/messages/batch'
import { rounds } from '@/i18n/messages/rounds'
import { UNDO_MS } from '@/offline'
import { showToast } from '@/ui'
import { batchPlaces, neighbour, nextOpen, openAt } from './batch'
import type { Submission } from './useFormEntry'
import { useKeep } from './useKeep'
import { useLateReason } from './useLateReason'
import { useLogging } from './useLogging'
import { standing, type RoundView } from './useRound'

interface RowOnScreen {
  focus: (field?: string) => void
}

export function useBatch(view: RoundView, round: Round, form: Form, service: string) {
  const t = useMessages(batch)
  const tr = useMessages(rounds)
  const { logQuietly } = useLogging()
  const { undo } = useKeep()
  const lateness = useLateReason(round.checked_in_at)
  const typed = ref('')
  const active = ref<Uuid | null>(null)
  /** What was kept last, for who cannot see the row change. */
  const said = ref('')
  const undoable = reactive(new Set<Uuid>())
  /** Whose record is on its way: the cursor is faster than the store. */
  const keeping = new Set<Uuid>()
  const rows = shallowReactive(new Map<Uuid, RowOnScreen>())
  const timers = new Set<ReturnType<typeof setTimeout>>()
  onUnmounted(() => timers.forEach(clearTimeout))

  const facts = computed(() => ({
    tasks: view.tasks.value,
    lines: standing(view.lines.value),
    residents: view.residents.value,
  }))
  const all = computed(() => batchPlaces(facts.value, service, ''))
  const places = computed(() => (typed.value.trim() ? batchPlaces(facts.value, service, typed.value) : all.value))
  const done = computed(() => all.value.filter(({ line }) => line !== null).length)

  /** A component's ref: null when its row is gone. */
  function hold(id: Uuid, row: unknown): void {
    if (row) rows.set(id, row as RowOnScreen)
    else rows.delete(id)
  }

  /** To the next one still to do; false when nobody on the screen is. */
  function toNext(after: Uuid | null): boolean {
    const next = nextOpen(
      places.value.filter(({ resident }) => resident.id === after || !keeping.has(resident.id)),
      after,
    )
    if (next) rows.get(next)?.focus()
    return next !== null
  }

  /** `left`: from whose row the list was left. */
  function begin(left: Uuid | null): void {
    const first = openAt(places.value, left)
    if (first) rows.get(first)?.focus()
  }

  function toNeighbour(from: Uuid, way: -1 | 1, field: string): void {
    const next = neighbour(places.value, from, way)
    if (next) rows.get(next)?.focus(field)
  }

  async function keep(resident: Resident, outcome: Outcome, submission: Submission): Promise<Uuid | null> {
    const late = lateness.takeLate()
    if (!late) {
      showToast({ text: tr('late_first') })
      return null
    }
    const { id: residentId, name: who } = resident
    const target = { roundId: round.id, service, residentId, who, formVersion: form.version }
    keeping.add(residentId)
    const kept = await logQuietly(target, outcome, { ...submission, ...late }).finally(() => keeping.delete(residentId))
    if (!kept) return null
    offerUndo(kept.id)
    said.value = inWords(kept.words, residentId)
    return kept.id
  }

  function offerUndo(id: Uuid): void {
    undoable.add(id)
    const timer = setTimeout(() => {
      undoable.delete(id)
      timers.delete(timer)
    }, UNDO_MS)
    timers.add(timer)
  }

  function inWords(what: string, keptFor: Uuid): string {
    if (done.value === all.value.length) return t('kept_all', { what })
    const next = active.value === keptFor ? undefined : view.resident(active.value)
    return next ? t('kept_next', { what, next: t('row_of', { bed: next.bed, name: next.name }) }) : t('kept', { what })
  }

  async function takeBack(resident: Uuid, line: Uuid): Promise<void> {
    undoable.delete(line)
    await undo(line)
    await nextTick()
    rows.get(resident)?.focus()
  }

  function sayCleared(name: string): void {
    said.value = t('cleared', { name })
  }

  return { ...lateness, typed, active, said, undoable, all, places, done, hold, begin, toNext, toNeighbour, keep, takeBack, sayCleared }
}
