import { dirname } from 'node:path'

import type { Files } from './outside.ts'

/** The path itself, or the nearest folder above it that is there. */
export function existingParent(files: Files, path: string): string {
  return files.stat(path) !== null || path === '/' ? path : existingParent(files, dirname(path))
}
