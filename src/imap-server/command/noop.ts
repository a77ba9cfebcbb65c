import { ANY_STATE, defineCommand, noArguments, ok, SELECTED } from '../command.ts'

/** RFC 9051 §6.1.2: a chance to be told what is new. */
export const noop = defineCommand({
  name: 'NOOP',
  allowedIn: ANY_STATE,
  news: 'all',
  parse: noArguments,
  run: () => ok('Done'),
})

/** RFC 3501 §6.4.1: nothing to check, every answer is on disk already. */
export const check = defineCommand({
  name: 'CHECK',
  allowedIn: SELECTED,
  news: 'all',
  parse: noArguments,
  run: () => ok('Done'),
})
