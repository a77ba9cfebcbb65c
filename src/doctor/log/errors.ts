/** What went wrong with mail in the last day, by what it means and who mends it. */
import { counted } from '../../base/counted.ts'
import { type ReasonCount, reasonsOf } from '../../diagnosis/reason-counts.ts'
import { listRelays } from '../../directory/relay-entries.ts'
import type { Relay } from '../../directory/types.ts'
import type { ErrorShape, ErrorType } from '../../trace/statistics/statistics.ts'
import { boundedResolver } from '../dns/bounded.ts'
import { shown } from '../shown.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand, nameInCommand } from '../in-command.ts'
import { remedyAt } from '../relay-login.ts'
import type { Check, Finding } from '../types.ts'
import { durationWords, octetsWords } from '../words.ts'
import type { World } from '../world.ts'
import { type LogDay, lastDay } from './day.ts'
import type { PastErrors } from './mending.ts'

export const errors: Check<World> = {
  id: 'log.errors',
  group: 'log',
  title: 'Mail that could not be delivered',
  isNetwork: false,
  explain: ['waybill log stats --since 24h --only problems'],
  async look(world, signal) {
    const day = await lastDay(world, signal)
    if (day === null) return NO_LOG(errors)
    const relays = world.store?.run(listRelays()) ?? []
    const { open, past } = day.mending.split(shapesIn(day, UNDELIVERED), relays)
    const reasons = reasonsOf(open, 'waybill')
    const mine = reasons.filter(isMine)
    if (mine.length > 0)
      return mine.slice(0, MOST_NAMED).map((one) => undelivered(one, day, relays))
    const mended = mendedWords(past, day.untilMs)
    const { failures, deferrals } = day.statistics.totals
    const others = reasons.slice(0, MOST_NAMED).map(wordsOf)
    const figures = { failures, deferrals }
    const counts = `${failures} failed, ${deferrals} put off, ${periodOf(day)}`
    return [
      ok(
        errors,
        failures + deferrals === 0
          ? 'no delivery failed or was put off'
          : mended.length > 0
            ? 'what failed and was for you to mend is mended'
            : 'what failed is not for you to mend',
        [counts, sinceLast(day), ...mended, ...others],
        { figures },
      ),
    ]
  },
}

export const rejections: Check<World> = {
  id: 'log.rejections',
  group: 'log',
  title: 'Mail that was refused wrongly',
  isNetwork: true,
  explain: ['waybill log stats --since 24h --only rejections', 'dig DOMAIN MX'],
  async look(world, signal) {
    const day = await lastDay(world, signal)
    if (day === null) return NO_LOG(rejections)
    const ours = reasonsIn(day, REFUSED).filter(({ reason }) => OUR_FAULTS.has(reason.category))
    const troubles = [
      ...ours.slice(0, MOST_NAMED).map((one) => refusedByFault(one, day)),
      ...(await forgottenDomains(day, world, signal)),
      ...refusedUsers(day),
    ]
    if (troubles.length > 0) return troubles
    const { rejected, temporarilyRejected } = day.statistics.totals
    const evidence = [
      `${rejected} refused, ${temporarilyRejected} put off, ${periodOf(day)}`,
      ...reasonsIn(day, REFUSED).slice(0, MOST_NAMED).map(wordsOf),
    ]
    return [
      ok(rejections, 'what was refused looks as if it should be', evidence, {
        figures: { rejected, temporarilyRejected },
      }),
    ]
  },
}

export const unknown: Check<World> = {
  id: 'log.unknown',
  group: 'log',
  title: 'Lines that nobody understands',
  isNetwork: false,
  explain: ['waybill log stats --since 24h --all'],
  async look(world, signal) {
    const day = await lastDay(world, signal)
    if (day === null) return NO_LOG(unknown)
    const { lines, unknownLines } = day.statistics.totals
    const percent = lines === 0 ? 0 : (100 * unknownLines) / lines
    const evidence = [`${unknownLines} of ${lines} lines, ${periodOf(day)}`]
    const figures = { lines, unknownLines }
    if (unknownLines < FEW_LINES || percent < MOST_UNKNOWN_PERCENT)
      return [ok(unknown, 'the lines of the log are understood', evidence, { figures })]
    return [
      warning(unknown, {
        summary: `${Math.round(percent)} % of the lines of the log are not understood`,
        evidence: [...evidence, ...day.statistics.unknownExamples.map((line) => shown(line))],
        figures,
        meaning:
          'Something else writes to the log, or it is damaged. Traces and counts lack these.',
        remedy: [
          step('Look at them', 'waybill log stats --since 24h --all'),
          step('See whether the disk is well', 'dmesg --level=err,crit'),
          step('If they are lines of Waybill, please report that'),
        ],
      }),
    ]
  },
}

export function NO_LOG(check: Pick<Check<never>, 'id'>): readonly Finding[] {
  return [skipped(check, 'no line was logged in the last day: nothing can be said of it')]
}

/** Errors of these kinds, the most frequent first. */
function shapesIn({ statistics }: LogDay, types: ReadonlySet<ErrorType>): ErrorShape[] {
  return [...statistics.errors.rows.values()]
    .filter(({ type }) => types.has(type))
    .sort((one, other) => other.count - one.count)
}

/** Errors of these kinds by reason, the most frequent first. */
function reasonsIn(day: LogDay, types: ReadonlySet<ErrorType>): ReasonCount[] {
  return reasonsOf(shapesIn(day, types), 'waybill')
}

/** What was for you to mend, and is: each reason once. */
function mendedWords(past: readonly PastErrors[], nowMs: number): string[] {
  const byReason = Map.groupBy(past.filter(isMine), ({ reason }) => reason.id)
  return [...byReason.values()].slice(0, MOST_NAMED).flatMap((some) => {
    const [first] = some
    if (first === undefined) return []
    const count = some.reduce((sum, one) => sum + one.count, 0)
    const ago = durationWords(nowMs - Math.max(...some.map(({ lastMs }) => lastMs)))
    const words = wordsOf({ reason: first.reason, count })
    return [`${words}; mended since: the last ${ago} ago, and mail went there after it`]
  })
}

function undelivered(one: ReasonCount, day: LogDay, relays: readonly Relay[]): Finding {
  const { reason, counts, count, example, host } = one
  return warning(errors, {
    subject: reason.id,
    summary: `${counted(count, 'delivery attempt')} failed: ${reason.title}`,
    evidence: [
      `${counts.failed} for good, ${counts.deferred} for the time being, ${periodOf(day)}`,
      shown(example),
      sinceLast(day),
    ],
    figures: { count, failed: counts.failed, deferred: counts.deferred },
    meaning: reason.meaning,
    remedy: [
      ...remedyAt(reason.remedy, host, relays).map((text) => step(text)),
      step('See each of them', 'waybill log stats --since 24h --only problems'),
    ],
  })
}

function refusedByFault({ reason, count, example }: ReasonCount, day: LogDay): Finding {
  return warning(rejections, {
    subject: reason.id,
    summary: `mail of others was refused by a fault of this server: ${reason.title}`,
    evidence: [`${counted(count, 'time')}, ${periodOf(day)}`, shown(example)],
    figures: { count },
    meaning: reason.meaning,
    remedy: [
      ...reason.remedy.map((text) => step(text)),
      step('See what else calls for help', 'waybill doctor --only storage,log'),
    ],
  })
}

/** Others bring mail here for a domain that is none of ours: somebody forgot to add it. */
async function forgottenDomains(
  { relayTargets }: LogDay,
  world: World,
  signal: AbortSignal,
): Promise<Finding[]> {
  const tried = [...relayTargets].sort(([, one], [, other]) => other - one)
  const resolver = boundedResolver(world, signal)
  const { hostName } = world.loaded.config
  const looks = tried.slice(0, MOST_DOMAINS).map(async ([domain, count]) => {
    // Most of them are of those who look for open relays.
    const records = await resolver.mx(domain).catch(() => [])
    const isHere = records.some(({ exchange }) => exchange.toLowerCase() === hostName.toLowerCase())
    return isHere ? [forgotten(domain, count, hostName)] : []
  })
  return (await Promise.all(looks)).flat()
}

function forgotten(domain: string, count: number, hostName: string): Finding {
  const name = shown(domain)
  return warning(rejections, {
    subject: name,
    summary: `mail for ${name} comes here, and is refused: it is no domain of this server`,
    evidence: [
      `its MX record names ${hostName}`,
      `refused ${counted(count, 'time')} with "550 5.7.1 relay not permitted"`,
    ],
    figures: { count },
    meaning:
      'All its mail is bounced. Anybody can let their domain lead here, so it need not be yours.',
    remedy: [
      step('If the domain is yours, add it', `waybill domain add ${nameInCommand(domain)}`),
      step(
        'If it was yours, take this server out of its MX record; a stranger’s can be left alone',
      ),
    ],
  })
}

function refusedUsers({ refusedUsers: users }: LogDay): Finding[] {
  return [...users]
    .filter(([, { count }]) => count >= MANY_REFUSALS)
    .sort(([, one], [, other]) => other.count - one.count)
    .slice(0, MOST_NAMED)
    .map(([login, { count, reason }]) =>
      warning(rejections, {
        subject: shown(login),
        summary: `what ${shown(login)} sends is refused again and again`,
        evidence: [`${counted(count, 'time')} in the last day, the last: ${shown(reason)}`],
        figures: { count },
        meaning: 'The person cannot send, or a program sends with their password what it may not.',
        remedy: [
          step('See what was refused', `waybill log search --since 24h ${addressInCommand(login)}`),
          step(
            'Ask the person; if they know nothing of it, set a new password',
            `waybill account set ${addressInCommand(login)} --password`,
          ),
        ],
      }),
    )
}

function wordsOf({ reason, count }: Pick<ReasonCount, 'reason' | 'count'>): string {
  return `${counted(count, 'time')}: ${reason.title}`
}

export function periodOf({ sinceMs, untilMs, isCut, octets }: LogDay): string {
  const period = `in the last ${durationWords(untilMs - sinceMs)}`
  return isCut ? `${period} (only ${octetsWords(octets)} of the log were read)` : period
}

function sinceLast({ lastRunMs, untilMs, newlyFailed, newlyDeferred }: LogDay): string {
  if (lastRunMs === null) return 'the doctor was not here in this time'
  const ago = durationWords(untilMs - lastRunMs)
  return `since the last run, ${ago} ago: ${newlyFailed} failed, ${newlyDeferred} put off`
}

function isMine({ reason: { actor } }: Pick<ReasonCount, 'reason'>): boolean {
  return actor === 'you' || actor === 'relayProvider'
}

const UNDELIVERED: ReadonlySet<ErrorType> = new Set(['failed', 'deferred', 'notFiled'])
const REFUSED: ReadonlySet<ErrorType> = new Set(['rejected', 'temporarilyRejected'])
/** Categories of reasons that are nobody else's doing. */
const OUR_FAULTS: ReadonlySet<ReasonCount['reason']['category']> = new Set([
  ...(['serverFault', 'storage', 'configuration', 'permission', 'program', 'corruption'] as const),
])
const MOST_NAMED = 5
const MOST_DOMAINS = 10
const MANY_REFUSALS = 10
const FEW_LINES = 10
const MOST_UNKNOWN_PERCENT = 1
