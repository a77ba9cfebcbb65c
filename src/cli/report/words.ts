import type { Status } from '../../report/types.ts'

/** The state of a server in a word or two. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  well: 'All is well',
  attention: 'Needs attention',
  trouble: 'In trouble',
}
