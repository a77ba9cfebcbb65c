/** Who fails to log in: people with an old password, and those who guess. */
import { counted } from '../../base/counted.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import { shown } from '../shown.ts'
import { failing, ok, step, warning } from '../findings.ts'
import { countBetween } from '../history.ts'
import { addressInCommand } from '../in-command.ts'
import type { AimedAt, Guessing } from '../log/attempts.ts'
import { lastDay } from '../log/day.ts'
import { NO_LOG, periodOf } from '../log/errors.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const failures: Check<World> = {
  id: 'authentication.failures',
  group: 'authentication',
  title: 'Failed logins',
  isNetwork: false,
  explain: ['waybill log stats --since 24h --only logins'],
  async look(world, signal) {
    const day = await lastDay(world, signal)
    if (day === null) return NO_LOG(failures)
    const { attempts, untilMs } = day
    const perHour = Math.round((10 * attempts.failures * HOUR_MS) / DAY_MS) / 10
    const rate = day.isCut ? '' : `: ${perHour} failures an hour`
    const evidence = [
      `${counted(attempts.failures, 'failed login')} and ${attempts.logins} that worked, ${periodOf(day)}${rate}`,
      `in the last hour ${attempts.failuresInHour}`,
      ...beforeWords(world, untilMs),
      ...attempts.mostOfDay(MOST_NAMED).map(wordsOf),
    ]
    const figures = { failures: attempts.failures, lastHour: attempts.failuresInHour }
    const aimedAt = attempts.aimedAt(MANY_AT_ACCOUNT)
    if (aimedAt.length === 0)
      return [ok(failures, 'no account has many failed logins', evidence, { figures })]
    const known = new Set((await world.ask('account.list', {})).map(({ address }) => address))
    const real = aimedAt.filter(({ account }) => known.has(account))
    if (real.length === 0)
      return [
        ok(failures, 'only names that do not exist have many failed logins', evidence, { figures }),
      ]
    return real.slice(0, MOST_NAMED).map((one) => manyAt(one))
  },
}

export const guessing: Check<World> = {
  id: 'authentication.guessing',
  group: 'authentication',
  title: 'Guessing of passwords',
  isNetwork: false,
  explain: ['(failed logins of the last hour, by network)'],
  async look(world, signal) {
    const day = await lastDay(world, signal)
    if (day === null) return NO_LOG(guessing)
    const { attempts } = day
    const busy = attempts.guessing(MANY_OF_NET)
    // Where everybody who fails also logs in are people who mistype.
    const nets = busy.filter(({ neverEntered }) => neverEntered.length > 0)
    if (nets.length === 0)
      return [
        ok(guessing, 'nobody guesses passwords at the moment', [
          busy.length === 0
            ? `no network had ${MANY_OF_NET} failed logins in the last hour; ${attempts.failuresInHour} in all`
            : `who failed also logged in from there: ${listOf(busy.map(({ net }) => net))}`,
        ]),
      ]
    const found = nets.slice(0, MOST_NETS).map(guessedFrom)
    return nets.length <= MOST_NETS ? found : [...found, andMore(nets)]
  },
}

function manyAt({ account, failures: count }: AimedAt): Finding {
  const name = shown(account)
  return warning(failures, {
    subject: name,
    summary: `${counted(count, 'login')} for ${name} failed in the last hour`,
    evidence: [`${counted(count, 'failure')} in the last hour`],
    figures: { failures: count },
    meaning:
      'A program has an old password, or somebody guesses. Guessing is slowed down; the owner is not locked out.',
    remedy: [
      step('See from where', `waybill log search --since 1h ${addressInCommand(account)}`),
      step('If the owner changed the password, set it on their devices too'),
      step(
        'If it may be guessed, set a long one',
        `waybill account set ${addressInCommand(account)} --generate`,
      ),
    ],
  })
}

function guessedFrom(found: Guessing): Finding {
  const { net, failures: count, addresses, accounts, entered, openedAfterFailures } = found
  const evidence = [
    `${counted(count, 'failed login')} in the last hour from ${counted(addresses, 'address')}`,
    `aimed at ${counted(accounts.length, 'account')}: ${listOf(accounts)}`,
    ...(entered.length === 0 ? [] : [`logged in from there: ${listOf(entered)}`]),
  ]
  const block = step('Keep the network out, if nobody of yours is in it', blockCommand(net))
  const common = { subject: net, evidence, figures: { failures: count, accounts: accounts.length } }
  // Of people who mistype the others log in too, and most did so before.
  if (openedAfterFailures.length > 0 && found.neverEntered.length >= MANY_SHUT)
    return failing(guessing, {
      ...common,
      summary: `${net} guesses passwords, and got in`,
      meaning: 'Somebody may read the mail of these accounts, and send in their name.',
      remedy: [
        ...openedAfterFailures
          .slice(0, MOST_NAMED)
          .map((account) =>
            step(
              'Set a new password',
              `waybill account set ${addressInCommand(account)} --generate`,
            ),
          ),
        step('See what was sent', `waybill log search --since 24h --ip ${ipPrefix(net)}`),
        block,
      ],
    })
  return warning(guessing, {
    ...common,
    summary: `${net} guesses passwords: ${counted(count, 'failure')} in the last hour`,
    meaning: 'Each network has only so many tries a day. With good passwords it comes to nothing.',
    remedy: [step('See all of it', `waybill log search --since 1h --ip ${ipPrefix(net)}`), block],
  })
}

function andMore(nets: readonly Guessing[]): Finding {
  const rest = nets.slice(MOST_NETS)
  const count = rest.reduce((sum, one) => sum + one.failures, 0)
  return warning(guessing, {
    subject: 'others',
    summary: `${rest.length} more networks guess passwords`,
    evidence: [`${count} failed logins in the last hour: ${listOf(rest.map(({ net }) => net))}`],
    figures: { failures: count, nets: rest.length },
    meaning: 'So many at once are usually one attacker. With good passwords it comes to nothing.',
    remedy: [step('See whom they aim at', 'waybill log stats --since 1h --only logins')],
  })
}

function beforeWords({ store }: World, untilMs: number): string[] {
  const yesterday = store?.run(
    countBetween('logins.failed', untilMs - 2 * DAY_MS, untilMs - DAY_MS),
  )
  return yesterday === undefined || yesterday === null ? [] : [`the day before ${yesterday}`]
}

function wordsOf({ account, failures: count }: AimedAt): string {
  return `${shown(account, 100)}: ${count}`
}

function listOf(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMED).map((name) => shown(name, 100))
  return names.length > MOST_NAMED ? `${some.join(', ')} …` : some.join(', ')
}

function blockCommand(net: string): string {
  // Works whatever firewall there is; it lasts until the next start of the machine.
  return `ip ${net.includes(':') ? '-6 ' : ''}route add blackhole ${net}`
}

/** As `--ip` takes it: with what its addresses begin, of which runs of zeros may be left out. */
function ipPrefix(net: string): string {
  return net.includes(':') ? net.replace(/(?::0)*::\/64$|:0:.*/, ':') : net.replace(/0\/24$/, '')
}

const MANY_AT_ACCOUNT = 10
const MANY_OF_NET = 20
/** Accounts beside those that were opened: one may be a device that has an old password. */
const MANY_SHUT = 2
const MOST_NAMED = 5
const MOST_NETS = 8
