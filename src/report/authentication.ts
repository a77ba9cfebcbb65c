/** How other servers took our login, who logged in here, and who guesses passwords. */
import { counted } from '../base/counted.ts'
import type { Zone } from '../journal/zone.ts'
import type { ReportRow, ReportTable } from '../trace/statistics/report.ts'
import { text } from './blocks.ts'
import type { ReportFacts } from './facts.ts'
import { isLogin, isMended } from './judge.ts'
import type { LogFacts } from './log-facts.ts'
import { isOfRemoved, isRemoved } from './removed-relays.ts'
import { slotsOf } from './slots.ts'
import type { Bars, Block, Section } from './types.ts'

export function authentication(facts: ReportFacts): Section {
  const { log } = facts
  const { totals, tables } = log.statistics
  const { logins, authenticationFailures } = totals
  const blocks: Block[] = [...outbound(facts)]
  blocks.push(
    text(
      logins + totals.receivedAuthenticated + authenticationFailures === 0
        ? 'Inbound: nobody logged in or tried to.'
        : `Inbound: ${logins === 0 ? '' : `${counted(logins, 'login')} of readers worked, `}${counted(totals.receivedAuthenticated, 'message')} came after a login, and ${counted(authenticationFailures, 'login')} failed.`,
    ),
    { kind: 'bars', bars: failuresByTime(log, facts.zone) },
    ...guessing(log.nets),
    ...failureTable('Most failures from', tables.loginFailuresByAddress),
    ...failureTable('Account aimed at', tables.loginFailuresByAccount),
  )
  return { name: 'authentication', title: 'Authentication', blocks }
}

/** How other servers took our login. */
function outbound(facts: ReportFacts): Block[] {
  const { log } = facts
  const refused = log.reasons.filter(
    ({ reason, counts }) => isLogin(reason.category) && counts.deferred + counts.failed > 0,
  )
  const taken = log.outboundLogins
    .slice(0, MOST_GUESSED)
    .map(
      ({ host, deliveries }) =>
        `${host} (${deliveries} ${deliveries === 1 ? 'delivery' : 'deliveries'}${removedWords(host, facts)})`,
    )
  const worked =
    taken.length === 0 ? [] : [text(`Outbound: our login was taken by ${taken.join(', ')}.`)]
  return [...worked, ...refusals(refused, facts)]
}

/** Whatever the reasons: they are of the same login. */
function refusals(refused: LogFacts['reasons'], facts: ReportFacts): Block[] {
  if (refused.length === 0) return []
  const times = refused.reduce((sum, { counts }) => sum + counts.deferred + counts.failed, 0)
  const [host] = facts.log.outages
  const said = `Outbound: our login was refused ${counted(times, 'time')}${host === undefined ? '' : ` by ${host.host}`}`
  if (host !== undefined && isOfRemoved(host, facts))
    return [text(`${said}, a relay that was removed since.`)]
  return [
    text(refused.every((one) => isMended(one, facts)) ? `${said}. It takes it again.` : `${said}.`),
  ]
}

function removedWords(host: string, facts: ReportFacts): string {
  return isRemoved(host, facts) ? ', removed since' : ''
}

/** A user who mistypes logs in at last; whoever guesses fails more than that. */
function guessing(all: LogFacts['nets']): Block[] {
  const nets = all.filter(({ failures, successes }) => failures > successes)
  if (nets.length === 0) return []
  const entered = nets.filter(({ successes }) => successes > 0)
  const sum = nets.reduce((total, { failures }) => total + failures, 0)
  const end =
    entered.length === 0
      ? 'None of them got in.'
      : `Logins worked from ${entered.map(({ net }) => net).join(', ')}: see whether those are yours.`
  const shown = nets.slice(0, MOST_ROWS)
  const more = nets.length > shown.length ? ` The busiest ${shown.length} of them:` : ''
  return [
    text(
      `Passwords were tried from ${counted(nets.length, 'network')}, ${counted(sum, 'time')}. ${end}${more}`,
    ),
    {
      kind: 'table',
      headings: ['Guessing from', 'Addresses', 'Failed', 'Worked'],
      rows: shown.map(({ net, addresses, failures, successes }) => [
        ...[net, String(addresses), String(failures), String(successes)],
      ]),
    },
  ]
}

function failureTable(heading: string, table: ReportTable): Block[] {
  const failed = table.rows.filter((row) => number(row, 'failures') > 0).slice(0, MOST_GUESSED)
  if (failed.length === 0) return []
  const rows = failed.map((row) => [row.key, String(row['failures']), String(row['successes'])])
  return [{ kind: 'table', headings: [heading, 'Failed', 'Worked'], rows }]
}

function failuresByTime(log: LogFacts, zone: Zone): Bars {
  return {
    title: 'Logins by time',
    isOnlyDrawn: true,
    parts: [{ name: 'failed', tone: 'bad' }],
    bars: slotsOf(log, zone).map(({ label, authenticationFailures }) => ({
      label,
      values: [authenticationFailures],
    })),
  }
}

function number(row: ReportRow, field: string): number {
  return Number(row[field] ?? 0)
}

const MOST_ROWS = 10
/** The networks say more. */
const MOST_GUESSED = 5
