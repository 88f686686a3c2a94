/**
 * Reads QR codes from pictures with the decoder shipped with the app; the browser's own is broken too often.
 */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'

let prepared = false

/** Loads the decoder, so that the first frame does not wait for it. */
export function prepareReader(): void {
  if (prepared) return
  prepared = true
  void prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })
}

/**
 * The text of a code in the picture, null when there is none. `thorough` takes its time: for still photos.
 */
export async function readCode(picture: ImageData | Blob, thorough = false): Promise<string | null> {
  prepareReader()
  const found = await readBarcodes(picture, {
    formats: ['QRCode'],
    maxNumberOfSymbols: 1,
    tryHarder: thorough,
    tryRotate: true,
    tryInvert: thorough,
    tryDownscale: true,
  })
  return found.find((code) => code.isValid)?.text ?? null
}
