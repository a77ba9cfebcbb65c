import type { Block } from './types.ts'

/** A paragraph. */
export function text(words: string): Extract<Block, { kind: 'text' }> {
  return { kind: 'text', text: words }
}
