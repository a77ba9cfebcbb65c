/** Which messages of the queue are meant. */
import { type Command, InvalidArgumentError } from 'commander'

import { BadValue, size } from '../../config/kind.ts'
import type { PageFilter } from '../../control/queue-types.ts'
import { duration } from '../duration.ts'
import { UsageFault } from '../faults.ts'

/** As commander gives them. */
export interface FilterOptions {
  readonly from?: string
  readonly to?: string
  readonly domain?: string
  /** Milliseconds. */
  readonly older?: number
  readonly younger?: number
  readonly frozen?: boolean
  readonly held?: boolean
  readonly size?: SizeRange
}

interface SizeRange {
  readonly minOctets: number | null
  readonly maxOctets: number | null
}

/** Adds the options that say which. */
export function withFilters(command: Command): Command {
  return command
    .option('--from <text>', 'with this in the sender; "<>" is the null sender')
    .option('--to <text>', 'with this in a recipient that waits')
    .option('--domain <name>', 'with a recipient there; or by a destination such as relay:big')
    .option('--older <time>', 'in the queue for longer than 30min, 4h, 2d', duration)
    .option('--younger <time>', 'in the queue for less', duration)
    .option('--frozen', 'that are frozen')
    .option('--held', 'that are held')
    .option('--size <range>', 'of "1MB" or more; "-1MB": at most; "10KB-1MB"', sizeRange)
}

/** What the options mean at a time. @throws UsageFault when nothing can be all of it */
export function filterOf(options: FilterOptions, nowMs: number): PageFilter {
  const { from, to, domain, older, younger, frozen, held } = options
  if (frozen && held) throw new UsageFault('a message is frozen or held, never both; give one')
  return {
    // Names of destinations are in lower case; domains are compared without regard to it.
    ...{ from: from ?? null, to: to ?? null, domain: domain?.toLowerCase() ?? null },
    arrivedBeforeMs: older === undefined ? null : nowMs - older,
    arrivedAfterMs: younger === undefined ? null : nowMs - younger,
    stopped: frozen ? 'frozen' : held ? 'held' : null,
    ...(options.size ?? {}),
  }
}

/** Whether anything was asked. */
export function isFiltered(options: FilterOptions): boolean {
  const { from, to, domain, older, younger, frozen, held } = options
  return [from, to, domain, older, younger, frozen, held, options.size].some(
    (value) => value !== undefined,
  )
}

/** For the case that the options find no message. */
export function nothingWords(options: FilterOptions): string {
  return isFiltered(options) ? 'Nothing that waits is so.' : 'Nothing waits.'
}

const SIZE = size({ min: 0, max: 2 ** 50 })

function sizeRange(text: string): SizeRange {
  const at = text.indexOf('-')
  const [least, most] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  return { minOctets: octets(least), maxOctets: octets(most) }
}

function octets(text: string): number | null {
  if (text.trim() === '') return null
  const value = /^\d+$/.test(text) ? Number(text) : text.trim()
  try {
    return SIZE.parse(value)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new InvalidArgumentError('write sizes such as "10KB", "1MB-5MB" or "-100KB".')
  }
}
