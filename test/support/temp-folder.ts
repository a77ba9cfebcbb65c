import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is removed, with all in it, when it goes out of scope. */
export interface TempFolder extends Disposable {
  readonly path: string
}

export function makeTempFolder(): TempFolder {
  const path = mkdtempSync(join(tmpdir(), 'waybill-test-'))
  return {
    path,
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}
