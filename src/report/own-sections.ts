/** Sections of a report on the server itself; of logs alone they say what those know. */
import { counted } from '../base/counted.ts'
import { durationWords, octetsWords } from '../doctor/words.ts'
import { text } from './blocks.ts'
import type { ReportFacts } from './facts.ts'
import { furtherFindings, isFailing, isWarning, standstill } from './judge.ts'
import type { Block, Section } from './types.ts'
import { minuteText, spanWords } from './words.ts'

export function services({ own, log, untilMs }: ReportFacts): Section | null {
  const section = (blocks: readonly Block[]) => ({ name: 'services', title: 'Services', blocks })
  if (own === null) {
    const blocks = servicesOfLog(log.statistics)
    return blocks.length === 0 ? null : section(blocks)
  }
  const { status } = own
  if (status === null) return section([text(standstill(own).said)])
  const rows = status.listeners.map(({ name, address, port, connections }) => [
    ...[name, `${address} port ${port}`, String(connections)],
  ])
  const uptime = durationWords(Math.max(0, untilMs - status.startedMs))
  const writes =
    status.writesWaiting > MANY_WRITES ? ` ${status.writesWaiting} writes wait for the disk.` : ''
  return section([
    text(
      `Waybill ${status.version} has run for ${uptime}, with ${octetsWords(status.memoryOctets)} of memory.${writes}`,
    ),
    { kind: 'table', headings: ['Listener', 'Where', 'Open now'], rows },
  ])
}

/** What services say of themselves in a log: which were used, and what they complain of. */
function servicesOfLog({ tables, totals, sayings }: ReportFacts['log']['statistics']): Block[] {
  // Submissions are counted as mail, and only their failures as logins.
  const rows = tables.services.rows
    .filter((row) => Number(row['successes'] ?? 0) > 0)
    .slice(0, MOST_ROWS)
    .map((row) => [row.key, String(row['successes'] ?? 0), String(row['failures'] ?? 0)])
  const alarms = sayings.alarms.slice(0, MOST_ALARMS).map(({ example }) => example)
  const count = totals.panics + totals.fatals + totals.errors
  return [
    ...(rows.length === 0
      ? []
      : [{ kind: 'table', headings: ['Logins by', 'Worked', 'Failed'], rows } as const]),
    ...(alarms.length === 0
      ? []
      : [
          text(`The log has ${counted(count, 'alarm')} of a service that is not well:`),
          { kind: 'lines', lines: alarms } as const,
        ]),
  ]
}

export function queue({ own, log, untilMs, zone }: ReportFacts): Section | null {
  const section = (blocks: readonly Block[]) => ({ name: 'queue', title: 'Queue', blocks })
  if (own === null) {
    const { waiting } = log.statistics
    const run = log.queueRunMs === null ? '' : ` Last run: ${minuteText(log.queueRunMs, zone)}.`
    return section([
      text(
        waiting === 0
          ? `Nothing waits where the log ends.${run}`
          : `${counted(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'} where the log ends.${run}`,
      ),
    ])
  }
  if (own.queue === null)
    return section([text('What waits is not known: the database cannot be read just now.')])
  const { messages, held, frozen, octets, oldestMs } = own.queue
  const runs = own.destinations.flatMap(({ triedMs }) => triedMs ?? [])
  if (messages === 0) return section([text('Nothing waits.')])
  const age = oldestMs === null ? '' : `, the oldest for ${spanWords(untilMs - oldestMs)}`
  const stopped =
    held + frozen === 0 ? 'None is held or frozen.' : `${held} held by a person, ${frozen} frozen.`
  const last = runs.length === 0 ? 'never' : minuteText(Math.max(...runs), zone)
  const tried = own.destinations.length === 0 ? '' : ` Last try: ${last}.`
  const rows = own.destinations
    .slice(0, MOST_ROWS)
    .map(({ domain, destination, messages: count, error }) => [
      ...[domain, String(count), byWords(destination), error ?? 'not tried yet'],
    ])
  return section([
    text(
      `${counted(messages, 'message')} of ${octetsWords(octets)} ${messages === 1 ? 'waits' : 'wait'}${age}. ${stopped}${tried}`,
    ),
    ...(rows.length === 0 ? [] : [toTable(sameBelow(rows))]),
  ])
}

function toTable(rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', headings: ['To', 'Messages', 'By', 'Last error'], rows }
}

/** `relay:prov`, `mx:far.example`: of which only the first is news. */
function byWords(destination: string): string {
  return destination.startsWith('relay:')
    ? `relay ${destination.slice('relay:'.length)}`
    : 'its own servers'
}

/** The same long error once. */
function sameBelow(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return rows.map((row, index) => {
    const before = rows[index - 1]
    const error = row.at(-1) ?? ''
    return before?.at(-1) === error && error.length > 'the same'.length
      ? [...row.slice(0, -1), 'the same']
      : row
  })
}

export function health(facts: ReportFacts): Section | null {
  const { own } = facts
  if (own === null) return null
  const further = furtherFindings(facts)
  const troubles = [...further.filter(isFailing), ...further.filter(isWarning)]
  const count = (verdict: string) =>
    own.findings.filter((finding) => finding.verdict === verdict).length
  const skipped = count('skipped') === 0 ? '' : `, and ${count('skipped')} could not be made here`
  const counts =
    troubles.length === 0
      ? `The doctor finds nothing ${further.length < own.findings.length ? 'else ' : ''}wrong in ${counted(count('ok'), 'look')}${skipped}.`
      : `Of ${counted(count('ok') + troubles.length, 'look')} of the doctor ${count('ok')} are well${skipped}. How each is mended: waybill doctor`
  const rows = troubles.map(({ check, subject, verdict, summary }) => [
    ...[subject === null ? check : `${check} ${subject}`, verdict, summary],
  ])
  const blocks: Block[] = [text(counts)]
  if (rows.length > 0)
    blocks.push({ kind: 'table', headings: ['Check', 'Verdict', 'What it is'], rows })
  return { name: 'health', title: 'System health', blocks }
}

const MOST_ROWS = 10
const MOST_ALARMS = 5
/** Fewer are normal: many are made safe at once. */
const MANY_WRITES = 100
