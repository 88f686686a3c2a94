/**
 * Reads QR codes from pictures with the decoder shipped with the app; the browser's own is broken too often.
 */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

let prepared = false

/** Loads the decoder and has it read a code, so that the first frame does not wait for either. */
export function prepareReader(): void {
  if (prepared) return
  prepared = true
  void warmUp()
}

async function warmUp(): Promise<void> {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })
  const { samplePicture } = await import('./sample')
  await readCode(samplePicture())
}

/**
 * The text of a code in the picture, null when there is none. `thorough` takes its time: for still photos.
 */
export async function readCode(picture: ImageData, thorough = false): Promise<string | null> {
  prepareReader()
  const found = await readBarcodes(picture, {
    formats: ['QRCode'],
    maxNumberOfSymbols: 1,
    tryHarder: thorough,
    // Codes of this kind are found at any angle; this is about bars.
    tryRotate: false,
    tryInvert: thorough,
    tryDownscale: thorough,
  })
  return found.find((code) => code.isValid)?.text ?? null
}
