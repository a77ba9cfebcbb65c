/** What the server itself knows for a report. */
import { join } from 'node:path'

import { DAY_MS } from '../base/durations.ts'
import type { JsonValue } from '../base/json-value.ts'
import type { SqliteConnection } from '../db/sqlite.ts'
import { CannotLook } from '../doctor/cannot-look.ts'
import { countBetween, remembered, sampleAt } from '../doctor/history.ts'
import { sameServer } from '../doctor/places.ts'
import { queueFigures } from '../doctor/queue/figures.ts'
import type { Finding } from '../doctor/types.ts'
import type { World } from '../doctor/world.ts'
import { type DomainSummary, mergeSummaries, type SummaryPage } from '../queue/summary.ts'
import type { QueueId } from '../queue/types.ts'
import type { OwnFacts, ReportFigures } from './facts.ts'

export interface Stretch {
  readonly sinceMs: number
  readonly untilMs: number
}

/** @param findings  what the doctor found just now */
export async function ownFacts(
  world: World,
  findings: readonly Finding[],
  { sinceMs, untilMs }: Stretch,
): Promise<OwnFacts> {
  const { status, store } = world
  const weekAgo = { sinceMs: sinceMs - WEEK_MS, untilMs: untilMs - WEEK_MS }
  return {
    status,
    queue: store === null ? queueWithout(world) : await queueFigures((steps) => store.run(steps)),
    destinations: store === null ? [] : ((await ifAnswered(destinations(world))) ?? []),
    relays: store === null ? null : await ifAnswered(world.ask('relay.list', {})),
    sameServer: sameServer(world),
    findings,
    previous: previousOf(store?.run(remembered(REPORT_TOPIC))?.value),
    weekAgo: store === null ? null : figuresAt(store, weekAgo),
  }
}

/** A database that is there and cannot be read, of another version for one, can have anything. */
function queueWithout({ files, loaded }: World): OwnFacts['queue'] {
  return files.stat(join(loaded.config.dataFolder, 'mail.db')) === null ? NOTHING : null
}

/** Null: a server that hangs tells nothing, and a report on it is needed all the more. */
export async function ifAnswered<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof CannotLook) return null
    throw error
  }
}

/** What one report leaves for the next; see `remembered`. */
export const REPORT_TOPIC = 'report'

async function destinations(world: World): Promise<DomainSummary[]> {
  let found: readonly DomainSummary[] = []
  let after: QueueId | null = null
  do {
    const page: SummaryPage = await world.ask('queue.summary', { after })
    found = mergeSummaries([...found, ...page.domains])
    after = page.next
  } while (after !== null)
  return found.toSorted((one, other) => other.messages - one.messages)
}

/** Null when the server did not run then. */
function figuresAt(
  store: SqliteConnection,
  { sinceMs, untilMs }: Stretch,
): Partial<ReportFigures> | null {
  const between = (figure: Parameters<typeof countBetween>[0]) =>
    store.run(countBetween(figure, sinceMs, untilMs)) ?? undefined
  const all = {
    delivered: between('delivered'),
    deferred: between('deferred'),
    failed: between('failed'),
    failedLogins: between('logins.failed'),
    waiting: store.run(sampleAt('queue.messages', untilMs))?.value,
  }
  const known = Object.entries(all).filter(([, value]) => value !== undefined)
  return known.length === 0 ? null : Object.fromEntries(known)
}

/** Of another version it may be anything. */
function previousOf(value: JsonValue | undefined): ReportFigures | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const isWhole = FIELDS.every((field) => typeof Reflect.get(value, field) === 'number')
  return isWhole ? (value as unknown as ReportFigures) : null
}

const FIELDS: readonly (keyof ReportFigures)[] = [
  ...(['sinceMs', 'untilMs', 'received', 'delivered', 'deferred', 'failed'] as const),
  ...(['rejected', 'failedLogins', 'waiting'] as const),
]
const NOTHING = {
  ...{ messages: 0, held: 0, frozen: 0, octets: 0 },
  ...{ oldestMs: null, oldestUnheldMs: null },
}
const WEEK_MS = 7 * DAY_MS
