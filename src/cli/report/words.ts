import type { Status } from '../../report/types.ts'

/** The state of a server in a word or two. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  well: 'All is well',
  attention: 'Needs attention',
  trouble: 'In trouble',
}

/** A text of a step, cut where commands stand in it between backticks. */
export function pieces(
  text: string,
): readonly { readonly words: string; readonly isCode: boolean }[] {
  const parts = text.split('`')
  // A single backtick is none of a pair.
  if (parts.length % 2 === 0) return [{ words: text, isCode: false }]
  return parts
    .map((words, index) => ({ words, isCode: index % 2 === 1 }))
    .filter(({ words }) => words !== '')
}
