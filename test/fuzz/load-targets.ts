import { globSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { FuzzTarget } from './target.ts'

/** Every `target` exported by a file in targets/, by name. */
export async function loadTargets(): Promise<FuzzTarget[]> {
  const files = globSync(join(import.meta.dirname, 'targets/*.ts')).sort()
  return Promise.all(
    files.map(async (file): Promise<FuzzTarget> => {
      const module: { target?: FuzzTarget } = await import(pathToFileURL(file).href)
      if (module.target === undefined) throw new Error(`${file} exports no target`)
      return module.target
    }),
  )
}
