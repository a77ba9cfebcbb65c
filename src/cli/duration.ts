/** Options that are a length of time: the same forms everywhere. */
import { InvalidArgumentError } from 'commander'

import { DURATIONS, durationOf } from '../base/durations.ts'

/** Milliseconds. */
export function duration(text: string): number {
  const ms = durationOf(text)
  if (ms === null) throw new InvalidArgumentError(`write a time such as ${DURATIONS}.`)
  return ms
}
