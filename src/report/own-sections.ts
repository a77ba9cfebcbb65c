/** Sections of a report that only our own server can fill; null for logs alone. */
import { counted } from '../base/counted.ts'
import { durationWords, octetsWords } from '../doctor/words.ts'
import { formatTime } from '../journal/zone.ts'
import { withoutSecrets } from '../trace/secrets.ts'
import { figuresOf, type ReportFacts, type ReportFigures } from './facts.ts'
import type { Block, Section } from './types.ts'

export function services({ own, untilMs }: ReportFacts): Section | null {
  if (own === null) return null
  const { status } = own
  if (status === null)
    return section('services', 'Services', [{ kind: 'text', text: 'No server runs.' }])
  const rows = status.listeners.map(({ name, address, port, connections }) => [
    ...[name, `${address} port ${port}`, counted(connections, 'connection')],
  ])
  const uptime = durationWords(Math.max(0, untilMs - status.startedMs))
  return section('services', 'Services', [
    {
      kind: 'text',
      text: `Waybill ${status.version} has run for ${uptime}, with ${octetsWords(status.memoryOctets)} of memory.`,
    },
    { kind: 'table', headings: ['Listener', 'Where', 'Open now'], rows },
  ])
}

export function queue({ own, untilMs, zone }: ReportFacts): Section | null {
  if (own === null) return null
  const { messages, held, frozen, octets, oldestMs } = own.queue
  if (messages === 0) return section('queue', 'Queue', [{ kind: 'text', text: 'Nothing waits.' }])
  const age = oldestMs === null ? '' : `, the oldest for ${durationWords(untilMs - oldestMs)}`
  const stopped = held + frozen === 0 ? '' : ` ${held} held by a person, ${frozen} frozen.`
  const runs = own.destinations.flatMap(({ triedMs }) => triedMs ?? [])
  const last = runs.length === 0 ? 'never' : formatTime(Math.max(...runs), zone)
  const rows = own.destinations
    .slice(0, MOST_ROWS)
    .map(({ domain, destination, messages: count, error }) => [
      ...[
        domain,
        String(count),
        destination,
        error === null ? 'not tried yet' : withoutSecrets(error),
      ],
    ])
  return section('queue', 'Queue', [
    {
      kind: 'text',
      text: `${counted(messages, 'message')} of ${octetsWords(octets)}${age}.${stopped} Last tried: ${last}.`,
    },
    { kind: 'table', headings: ['To', 'Messages', 'By', 'Last error'], rows },
  ])
}

/** Passwords are never among what is known here. */
export function relays({ own, zone }: ReportFacts): Section | null {
  if (own === null || own.relays.length === 0) return null
  const rows = own.relays.map(({ name, hosts, user, loginRefused }) => [
    name,
    hosts.map(({ host, port }) => `${host}:${port}`).join(', '),
    user ?? 'no login',
    loginRefused === null
      ? 'takes our login, as far as is known'
      : `refuses our login since ${formatTime(loginRefused.atMs, zone)}: ${withoutSecrets(loginRefused.text)}`,
  ])
  return section('relays', 'Relays', [
    { kind: 'table', headings: ['Relay', 'Hosts', 'User', 'State'], rows },
    ...reachability(own.findings),
  ])
}

/** What the doctor saw when it connected to them. */
function reachability(findings: NonNullable<ReportFacts['own']>['findings']): Block[] {
  return findings
    .filter(({ check }) => check.startsWith('connectivity.relay'))
    .map(({ subject, summary }) => ({
      kind: 'text',
      text: `${subject === null ? '' : `${subject}: `}${summary}.`,
    }))
}

export function health({ own }: ReportFacts): Section | null {
  if (own === null) return null
  const troubles = own.findings.filter(
    ({ verdict }) => verdict === 'failing' || verdict === 'warning',
  )
  const count = (verdict: string) =>
    own.findings.filter((finding) => finding.verdict === verdict).length
  const counts = `Of ${own.findings.length} looks ${count('ok')} were well, ${count('warning')} to look at, ${count('failing')} failing, ${count('skipped')} skipped.`
  const rows = troubles.map(({ check, subject, verdict, summary }) => [
    ...[subject === null ? check : `${check} ${subject}`, verdict, summary],
  ])
  const blocks: Block[] = [{ kind: 'text', text: counts }]
  if (rows.length > 0) blocks.push({ kind: 'table', headings: ['Check', '', 'What'], rows })
  return section('health', 'System health', blocks)
}

export function comparison(facts: ReportFacts): Section | null {
  const { own } = facts
  if (own === null || (own.previous === null && own.weekAgo === null)) return null
  const now = figuresOf(facts)
  const rows = COMPARED.map(([name, field]) => [
    name,
    String(now[field]),
    figureText(own.previous, field),
    figureText(own.weekAgo, field),
  ])
  return section('comparison', 'Compared', [
    { kind: 'table', headings: ['', 'Now', 'Report before', 'A week ago'], rows },
  ])
}

function figureText(
  figures: Partial<ReportFigures> | null,
  field: (typeof COMPARED)[number][1],
): string {
  const value = figures?.[field]
  return value === undefined ? '' : String(value)
}

function section(name: string, title: string, blocks: readonly Block[]): Section {
  return { name, title, blocks }
}

const COMPARED = [
  ['received', 'received'],
  ['delivered', 'delivered'],
  ['put off', 'deferred'],
  ['failed', 'failed'],
  ['refused', 'rejected'],
  ['failed logins', 'failedLogins'],
  ['waiting', 'waiting'],
] as const
const MOST_ROWS = 10
