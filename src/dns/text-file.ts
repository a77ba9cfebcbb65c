import { readFileSync, statSync } from 'node:fs'

/** What a small file of the system says, read again when it has changed. The text is null without a file. */
export function watchedFile<T>(path: string, read: (text: string | null) => T): () => T {
  let known: { readonly changedMs: number; readonly value: T } | undefined
  return () => {
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1
    if (known?.changedMs !== changedMs) known = { changedMs, value: read(textOf(path)) }
    return known.value
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not there, or not for us to read: the same to whoever asks.
    return null
  }
}
