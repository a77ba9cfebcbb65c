/** Its logs of the last day: calls for help, errors that the administrator can mend, guessing. */
import { dirname } from 'node:path'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import { reasonsOf } from '../../diagnosis/reason-counts.ts'
import type { Event } from '../../journal/event.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import { dayOfLogs, type LogDay } from '../log/day.ts'
import { periodOf } from '../log/errors.ts'
import { systemFiles } from '../reach/files.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck, Part } from './check.ts'
import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'
import { AS_ROOT } from './steps.ts'
import type { ForeignServer, ForeignWorld, Known } from './world.ts'

/** Logs of a server that are there, the older one first. */
function eximLogs({ logPattern }: EximConfig, name: 'main' | 'panic'): readonly string[] {
  return logPattern === null ? [] : rotated(logPattern.replace('%s', name).replace(/%[DM]/, ''))
}

function postfixLogs({ value }: PostfixConfig): readonly string[] {
  const own = value('maillog_file')
  return own === '' || own === '/dev/stdout' ? SYSLOG : rotated(own)
}

function dovecotLogs({ settings }: DovecotConfig): readonly string[] {
  const paths = ['log_path', 'info_log_path'].flatMap((name) => settings.get(name) ?? [])
  const own = [...new Set(paths)].filter((path) => path.startsWith('/'))
  return own.length === 0 ? SYSLOG : own.flatMap(rotated)
}

function rotated(path: string): readonly string[] {
  return [`${path}.1`, path]
}

const SYSLOG = ['/var/log/mail.log', '/var/log/maillog'].flatMap(rotated)

interface Day {
  readonly day: LogDay
  readonly paths: readonly string[]
  /** Fatal ends of processes and the like, by what they say. */
  readonly calls: ReadonlyMap<string, Call>
}

interface Call {
  readonly count: number
  /** A process ended by it; otherwise it could not do one thing. */
  readonly isEnd: boolean
}

const DAYS = new WeakMap<ForeignWorld, Map<ForeignServer, Promise<Day | null>>>()

/** Read once for all checks. Null: nothing was logged in the last day, or where nobody knows. */
async function dayOf(
  server: ForeignServer,
  paths: readonly string[],
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<Day | null> {
  const days = DAYS.get(world) ?? new Map<ForeignServer, Promise<Day | null>>()
  DAYS.set(world, days)
  const known = days.get(server)
  if (known !== undefined) return await known
  const reading = read(server, paths, world, signal)
  days.set(server, reading)
  reading.catch(() => days.delete(server))
  return await reading
}

async function read(
  server: ForeignServer,
  paths: readonly string[],
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<Day | null> {
  const there = paths.filter((path) => world.files.stat(path) !== null && world.files.mayRead(path))
  const calls = new Map<string, Call>()
  const sinceMs = world.clock.nowMs() - DAY_MS
  const onEvent = (event: Event) => {
    if (event.type !== 'panic' || event.atMs < sinceMs || !isOf(server, event.program)) return
    // That a command was given to a server that is stopped is no fault of it.
    if (/is (?:not|already) running/.test(event.text)) return
    const text = event.text.replaceAll(/\d+/g, 'N')
    const known = calls.get(text)
    if (known === undefined && calls.size >= MOST_KINDS) return
    calls.set(text, { count: (known?.count ?? 0) + 1, isEnd: event.severity !== 'error' })
  }
  // Paths of this machine: the readers of logs know of no root.
  const day = await dayOfLogs(
    there.map((path) => world.hostPath(path)),
    { ...world, files: systemFiles },
    { signal, lastRunMs: null, onEvent, onAnew: () => calls.clear() },
  )
  return day === null ? null : { day, paths: there, calls }
}

/** Of a log that several servers write to. */
function isOf(server: ForeignServer, program: string | null): boolean {
  if (program === null) return true
  const isDovecot = /dovecot|^(?:imap|pop3|lmtp|auth|lda|master|config|anvil|stats)\b/.test(program)
  return server === 'dovecot' ? isDovecot : !isDovecot
}

const PANIC = {
  id: 'log.panic',
  group: 'log',
  title: 'What the server calls for help with',
  isNetwork: false,
} as const

export const panic: ForeignCheck = {
  ...PANIC,
  parts: {
    exim: { explain: ['cat /var/log/exim4/paniclog'], look: paniclog },
    postfix: calls('postfix', 'journalctl -u postfix@-', postfixLogs),
    dovecot: calls('dovecot', 'doveadm log errors', dovecotLogs),
  },
}

function paniclog(
  config: EximConfig,
  { files, clock, hostPath }: ForeignWorld,
): readonly Finding[] {
  if (config.logPattern === null) return [skipped(PANIC, 'Exim logs to syslog: journalctl -t exim')]
  const path = config.logPattern.replace('%s', 'panic').replace(/%[DM]/, '')
  if (files.stat(dirname(path)) === null)
    return [skipped(PANIC, `${dirname(path)} is not there, or not to be seen`)]
  const found = files.stat(path)
  if (found === null || found.size === 0n)
    return [ok(PANIC, 'it is empty', [`${path} is not there, or empty`])]
  if (!files.mayRead(path))
    return [skipped(PANIC, `${path} is not readable for whoever runs this`, null, AS_ROOT)]
  const lines = files.read(path, MAX_PANIC_OCTETS).toString('utf8').trim().split('\n')
  const isNew = clock.nowMs() - Number(found.mtimeMs) < DAY_MS
  const trouble = {
    summary: `paniclog has ${counted(lines.length, 'line')}`,
    evidence: lines.slice(-MOST_SHOWN).map((line) => shown(line)),
    figures: { lines: lines.length },
    meaning: 'Something went wrong that Exim cannot mend; mail may wait or be lost by it.',
    remedy: [
      step('See what the lines mean', `waybill log explain ${quoted(hostPath(path))}`),
      step('When it is mended, put the file aside', `mv ${quoted(path)} ${quoted(`${path}.seen`)}`),
    ],
  }
  return [isNew ? failing(PANIC, trouble) : warning(PANIC, trouble)]
}

function calls<Config extends Known>(
  server: ForeignServer,
  more: string,
  logs: (config: Config) => readonly string[],
): Part<Config> {
  return {
    explain: ['(fatal and panic lines of the log of the last day)'],
    look: async (config, world, signal) => {
      const found = await dayOf(server, logs(config), world, signal)
      if (found === null) return [nothingLogged(PANIC, logs(config), world)]
      if (found.calls.size === 0)
        return [
          ok(PANIC, 'no process ended by a fault', [
            `${found.paths.join(', ')}, ${periodOf(found.day)}`,
          ]),
        ]
      const rank = ({ count, isEnd }: Call) => (isEnd ? 1e9 : 0) + count
      const most = [...found.calls].sort(([, one], [, other]) => rank(other) - rank(one))
      return most.slice(0, MOST_SHOWN).map(([text, { count, isEnd }], index) =>
        (isEnd ? failing : warning)(PANIC, {
          subject: `${isEnd ? 'fatal' : 'error'} ${index + 1}`,
          summary: `${isEnd ? 'a process gave up' : 'something could not be done'}, ${counted(count, 'time')} in a day`,
          evidence: [shown(text)],
          figures: { count },
          meaning: 'What it had to do was not done: mail waits, or somebody cannot read it.',
          remedy: [
            step(
              'See what it means',
              `waybill log explain ${quoted(world.hostPath(found.paths.at(-1) ?? ''))}`,
            ),
            step('See what else it says', more),
          ],
        }),
      )
    },
  }
}

const ERRORS = {
  id: 'log.errors',
  group: 'log',
  title: 'Mail that could not be delivered',
  isNetwork: false,
} as const

export const errors: ForeignCheck = {
  ...ERRORS,
  parts: {
    exim: faults('exim', (config) => eximLogs(config, 'main')),
    postfix: faults('postfix', postfixLogs),
    dovecot: faults('dovecot', dovecotLogs),
  },
}

function faults<Config extends Known>(
  server: ForeignServer,
  logs: (config: Config) => readonly string[],
): Part<Config> {
  return {
    explain: [`waybill log stats --format ${server} --since 24h --only problems LOG`],
    look: async (config, world, signal) => {
      const found = await dayOf(server, logs(config), world, signal)
      if (found === null) return [nothingLogged(ERRORS, logs(config), world)]
      const { day, paths } = found
      const shapes = [...day.statistics.errors.rows.values()].filter(
        ({ type }) => type !== 'rejected',
      )
      const reasons = reasonsOf(
        shapes.sort((one, other) => other.count - one.count),
        server,
      )
      const mine = reasons.filter(({ reason }) => MENDABLE.has(reason.actor))
      const { failures, deferrals } = day.statistics.totals
      if (mine.length === 0)
        return [
          ok(
            ERRORS,
            failures + deferrals === 0
              ? 'no delivery failed or was put off'
              : 'what failed is not for you to mend',
            [`${failures} failed, ${deferrals} put off, ${periodOf(day)}`],
            { figures: { failures, deferrals } },
          ),
        ]
      return mine.slice(0, MOST_SHOWN).map(({ reason, count, example }) =>
        warning(ERRORS, {
          subject: reason.id,
          summary: `${counted(count, 'delivery attempt')} failed: ${reason.title}`,
          evidence: [`${counted(count, 'time')}, ${periodOf(day)}`, shown(example)],
          figures: { count },
          meaning: reason.meaning,
          remedy: [
            ...reason.remedy.map((text) => step(text)),
            step(
              'See each of them',
              `waybill log stats --since 24h --only problems ${quoted(world.hostPath(paths.at(-1) ?? ''))}`,
            ),
          ],
        }),
      )
    },
  }
}

const GUESSING = {
  id: 'authentication.guessing',
  group: 'authentication',
  title: 'Guessing of passwords',
  isNetwork: false,
} as const

export const guessing: ForeignCheck = {
  ...GUESSING,
  parts: {
    exim: logins('exim', (config) => eximLogs(config, 'main')),
    postfix: logins('postfix', postfixLogs),
    dovecot: logins('dovecot', dovecotLogs),
  },
}

function logins<Config extends Known>(
  server: ForeignServer,
  logs: (config: Config) => readonly string[],
): Part<Config> {
  return {
    explain: [`waybill log stats --format ${server} --since 24h --only logins LOG`],
    look: async (config, world, signal) => {
      const found = await dayOf(server, logs(config), world, signal)
      if (found === null) return [nothingLogged(GUESSING, logs(config), world)]
      const { attempts, statistics } = found.day
      const failures = Math.max(attempts.failures, statistics.totals.authenticationFailures)
      const seen = `${counted(failures, 'failed login')}, ${periodOf(found.day)}`
      const aimed = attempts.mostOfDay(MOST_SHOWN)
      if (failures < MANY_FAILURES)
        return [ok(GUESSING, 'few logins fail', [seen], { figures: { failures } })]
      return [
        warning(GUESSING, {
          summary: `${counted(failures, 'login')} failed in a day: somebody guesses passwords, or has an old one`,
          evidence: [
            seen,
            ...aimed.map(({ account, failures: count }) => `${shown(account)}: ${count}`),
          ],
          figures: { failures },
          meaning: 'A password that is guessed sends spam in your name within minutes.',
          remedy: [
            step(
              'See from where',
              `waybill log stats --since 24h --only logins ${quoted(world.hostPath(found.paths.at(-1) ?? ''))}`,
            ),
            step('Shut out who fails often', 'apt-get install fail2ban'),
          ],
        }),
      ]
    },
  }
}

function nothingLogged(
  check: { readonly id: string },
  paths: readonly string[],
  { files }: ForeignWorld,
): Finding {
  const closed = paths.find((path) => files.stat(path) !== null && !files.mayRead(path))
  if (closed !== undefined)
    return skipped(check, `${closed} is not readable for whoever runs this`, null, AS_ROOT)
  const where = paths.join(', ') || 'a file'
  return skipped(check, `nothing was logged in the last day in ${where}; the journal is not read`)
}

const MENDABLE: ReadonlySet<string> = new Set(['you', 'relayProvider'])
const MAX_PANIC_OCTETS = 256 * 1024
const MOST_SHOWN = 3
const MOST_KINDS = 200
const MANY_FAILURES = 100
