/** The rear camera and its frame loop: each new frame is read until a code is found. */
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { surroundingApp } from './browser'
import { canvasForViews, grab, nextFrame } from './frames'
import { prepareReader, readCode } from './reader'

export type CameraProblem = 'refused' | 'none' | 'busy' | 'insecure' | 'in_app'
/** Who has not allowed the camera by then is being asked. */
const ASKING_AFTER_MS = 700

export function useScanner(found: (text: string) => void) {
  const problem = ref<CameraProblem | null>(null)
  const running = ref(false)
  /** The browser asks the person whether the camera may be used. */
  const asking = ref(false)
  const torch = ref<boolean | null>(null)
  const video = shallowRef<HTMLVideoElement | null>(null)
  const canvas = canvasForViews()
  let stream: MediaStream | null = null
  let turn = 0

  async function start(): Promise<void> {
    stop()
    const mine = ++turn
    problem.value = null
    prepareReader()
    const slow = setTimeout(() => (asking.value = mine === turn), ASKING_AFTER_MS)
    const opened = await openCamera()
    clearTimeout(slow)
    if (mine === turn) asking.value = false
    if (mine !== turn) return opened?.getTracks().forEach((track) => track.stop())
    if (!opened || !video.value) return
    stream = opened
    video.value.srcObject = opened
    opened.getVideoTracks().forEach((track) => track.addEventListener('ended', wake))
    // Rejected where the camera was closed before it began.
    await video.value.play().catch(() => undefined)
    if (mine !== turn) return
    torch.value = hasTorch(opened) ? false : null
    running.value = true
    void loop(mine)
  }

  async function openCamera(): Promise<MediaStream | null> {
    // On plain http and in some in-app browsers there is no such thing, whatever the types say.
    const devices = navigator.mediaDevices as MediaDevices | undefined
    if (!devices?.getUserMedia) {
      problem.value = window.isSecureContext && surroundingApp() ? 'in_app' : 'insecure'
      return null
    }
    try {
      const wanted = { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 960 } }
      return await devices.getUserMedia({ video: wanted, audio: false })
    } catch (error) {
      problem.value = cameraProblem(error, surroundingApp() !== null)
      return null
    }
  }

  async function loop(mine: number): Promise<void> {
    for (let nth = 0; mine === turn && video.value; nth += 1) {
      const picture = grab(video.value, canvas, nth)
      const text = picture && (await readCode(picture))
      if (mine !== turn) return
      if (text) return found(text)
      await nextFrame(video.value)
    }
  }

  function stop(): void {
    turn += 1
    running.value = false
    asking.value = false
    torch.value = null
    const tracks = stream?.getTracks()
    stream = null
    // To stop a camera takes a while: the answer is on the screen before.
    if (tracks) setTimeout(() => tracks.forEach((track) => track.stop()))
  }

  async function toggleTorch(): Promise<void> {
    const [track] = stream?.getVideoTracks() ?? []
    if (!track || torch.value === null) return
    const on = !torch.value
    try {
      await track.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] })
      torch.value = on
    } catch {
      // Some cameras name a torch and have none: the button goes, the camera stays.
      torch.value = null
    }
  }

  /** Phones take the camera away (a call, another app), and leave a picture that stands still. */
  function wake(): void {
    const isOver = stream?.getVideoTracks().some((track) => track.readyState === 'ended')
    if (document.visibilityState === 'visible' && running.value && isOver) void start()
  }

  onMounted(() => document.addEventListener('visibilitychange', wake))
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', wake)
    stop()
  })
  return { video, problem, running, asking, torch, start, stop, toggleTorch }
}

/** `inApp`: in the browser of another app, which refuses by itself, whatever its person allowed. */
export function cameraProblem(error: unknown, inApp = false): CameraProblem {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return inApp ? 'in_app' : 'refused'
  return name === 'NotFoundError' || name === 'OverconstrainedError' ? 'none' : 'busy'
}

function hasTorch(stream: MediaStream): boolean {
  const [track] = stream.getVideoTracks()
  return track !== undefined && 'getCapabilities' in track && 'torch' in track.getCapabilities()
}
