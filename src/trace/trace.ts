/** Answers about messages, from the log files. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { Event, MessageId } from '../journal/event.ts'
import { escapeToken } from '../journal/exim/escape.ts'
import { readLine } from '../journal/exim/read.ts'
import { filesOfLog } from '../journal/log-names.ts'
import { idTimeMs } from '../journal/message-id.ts'
import type { Zone } from '../journal/zone.ts'
import { type Journey, journeyOf } from './journey.ts'
import { linesBackwards, linesWith } from './lines.ts'

/**
 * The messages that came last, newest last. Reads no more of the log than it must, from its end.
 * @throws Error ENOENT when there is no such folder
 */
export async function lastJourneys(folder: string, count: number, zone: Zone): Promise<Journey[]> {
  const events = new Map<MessageId, Event[]>()
  const found: MessageId[] = []
  if (count > 0) await collect()
  return found.reverse().map((id) => journeyOf(id, (events.get(id) ?? []).reverse()))

  async function collect(): Promise<void> {
    for (const path of (await mainlogs(folder)).reverse())
      for await (const line of linesBackwards(path)) {
        const event = readLine(line, zone)
        if (event.type === 'unknown' || !('id' in event) || event.id === null) continue
        const others = events.get(event.id)
        if (others === undefined) events.set(event.id, [event])
        else others.push(event)
        if (event.type === 'arrival' && found.push(event.id) === count) return
      }
  }
}

/** One message; undefined when no file of the log has it. */
export async function findJourney(
  folder: string,
  id: MessageId,
  zone: Zone,
): Promise<Journey | undefined> {
  const events: Event[] = []
  const cameMs = idTimeMs(id)
  const paths = await mainlogs(folder)
  for (const path of paths) {
    // An old file that was last written long before the message came cannot have it.
    if (path !== paths.at(-1) && (await stat(path)).mtimeMs < cameMs - DAY_MS) continue
    for await (const line of linesWith(path, id)) {
      const event = readLine(line, zone)
      if (event.type !== 'unknown' && 'id' in event && event.id === id) events.push(event)
    }
  }
  return events.length === 0 ? undefined : journeyOf(id, events)
}

/** The messages with this Message-ID (without brackets), oldest first. */
export async function findByMessageId(
  folder: string,
  messageId: string,
  zone: Zone,
): Promise<Journey[]> {
  const ids = new Set<MessageId>()
  for (const path of await mainlogs(folder))
    for await (const line of linesWith(path, ` id=${escapeToken(messageId)} `)) {
      const event = readLine(line, zone)
      if (event.type === 'arrival' && event.messageIdHeader === messageId) ids.add(event.id)
    }
  const journeys: Journey[] = []
  for (const id of ids) {
    const journey = await findJourney(folder, id, zone)
    if (journey !== undefined) journeys.push(journey)
  }
  return journeys
}

/** The last lines of the main log, oldest first. */
export async function lastLines(folder: string, count: number): Promise<string[]> {
  const lines: string[] = []
  for (const path of (await mainlogs(folder)).reverse()) {
    if (lines.length >= count) break
    for await (const line of linesBackwards(path)) if (lines.push(line) >= count) break
  }
  return lines.slice(0, count).reverse()
}

/** The files of the main log, oldest first. */
export async function mainlogs(folder: string): Promise<string[]> {
  return filesOfLog('mainlog', await readdir(folder)).map((name) => join(folder, name))
}

const DAY_MS = 86_400_000
