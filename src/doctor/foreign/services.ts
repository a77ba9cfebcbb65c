/** Is it there, does it read its configuration, does it run, and do those answer whom it asks? */
import { connect } from 'node:net'

import { messageOf } from '../../base/faults.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Files } from '../outside.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck, Part as ServerPart } from './check.ts'
import { eximList } from './exim.ts'
import { postfixList } from './postfix.ts'
import type { ForeignServer, ForeignWorld, Known } from './world.ts'

const CONFIGURATION = {
  id: 'services.configuration',
  group: 'services',
  title: 'Whether the server takes its configuration',
  isNetwork: false,
} as const

export const configuration: ForeignCheck = {
  ...CONFIGURATION,
  parts: {
    exim: readable('exim -bP config', 'exim4 -bV', 'exim'),
    postfix: readable('postconf -n -x; postconf -M', 'postfix check', 'postfix'),
    dovecot: readable('doveconf -n', 'doveconf -n > /dev/null', 'dovecot'),
  },
}

function readable(asks: string, test: string, server: ForeignServer): ServerPart<Known> {
  return {
    explain: [asks],
    look: ({ by, complaints, isBroken }) => {
      const seen = complaints.slice(0, MOST_SHOWN).map((line) => shown(line))
      if (isBroken)
        return [
          failing(CONFIGURATION, {
            summary: `${server} does not take its configuration`,
            evidence: seen.length > 0 ? seen : [`${asks} fails`],
            meaning: 'With the next start, or at once, it takes and delivers no mail.',
            remedy: [step('Mend the line that is named, and test it', test)],
          }),
        ]
      if (seen.length > 0)
        return [
          warning(CONFIGURATION, {
            summary: `${server} complains of its configuration`,
            evidence: seen,
            meaning: 'What is complained of has no effect, or ends with the next version.',
            remedy: [step('Mend what is named, and test it', test)],
          }),
        ]
      return [ok(CONFIGURATION, 'its configuration can be read', [`read by ${by}`])]
    },
  }
}

const RUNNING = {
  id: 'services.running',
  group: 'services',
  title: 'Whether the server runs',
  isNetwork: false,
} as const

export const running: ForeignCheck = {
  ...RUNNING,
  parts: {
    exim: runs('exim4', ['/run/exim4/exim.pid', '/run/exim.pid'], (one) =>
      /(?:^|\/)exim4? .*-(?:bd|q)/.test(one),
    ),
    postfix: runs('postfix', ['/var/spool/postfix/pid/master.pid'], (one) =>
      /postfix\/(?:s?bin\/)?master\b/.test(one),
    ),
    dovecot: runs('dovecot', ['/run/dovecot/master.pid', '/var/run/dovecot/master.pid'], (one) =>
      /(?:^|\/)dovecot(?: |$)/.test(one),
    ),
  },
}

function runs(
  unit: string,
  pidFiles: readonly string[],
  isIt: (command: string) => boolean,
): ServerPart<Known> {
  return {
    explain: [`cat ${pidFiles[0]}`, `pgrep -a ${unit}`],
    look: (_, { root, files }) => {
      if (root !== '/')
        return [
          skipped(RUNNING, `nothing has to run in another root: ${root} is looked at as it lies`),
        ]
      const path = pidFiles.find((one) => files.stat(one) !== null && files.mayRead(one))
      const given = path === undefined ? 0 : Number(files.read(path, 100).toString('latin1').trim())
      const id = given > 0 && isIt(commandOf(files, given)) ? given : processWith(files, isIt)
      if (id !== null)
        return [ok(RUNNING, 'it runs', [`process ${id}: ${shown(commandOf(files, id))}`])]
      const seen =
        path === undefined
          ? `no process of it, and no ${pidFiles[0]}`
          : `no process of it; ${path} names ${given}`
      return [
        failing(RUNNING, {
          summary: 'it does not run',
          evidence: [seen],
          meaning: 'It takes no mail and serves none. Other servers keep what they have for days.',
          remedy: [
            step('See why it ended', `journalctl -u ${unit} -n 50`),
            step('Start it', `systemctl start ${unit}`),
          ],
        }),
      ]
    },
  }
}

/** The command line of a process, by words; empty: there is none. */
function commandOf(files: Files, id: number): string {
  try {
    return files.read(`/proc/${id}/cmdline`, 4_096).toString('latin1').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

function processWith(files: Files, isIt: (command: string) => boolean): number | null {
  const ids = files.list('/proc').flatMap(({ name }) => (/^\d+$/.test(name) ? [Number(name)] : []))
  return ids.find((id) => isIt(commandOf(files, id))) ?? null
}

const HELPERS = {
  id: 'services.helpers',
  group: 'services',
  title: 'Whether filters and virus scanners answer',
  isNetwork: false,
} as const

export const helpers: ForeignCheck = {
  ...HELPERS,
  parts: {
    exim: {
      explain: ['(connects to spamd_address and av_scanner, where the configuration uses them)'],
      look: async ({ main, lines }, world, signal) => {
        const uses = (word: RegExp) => lines.some((line) => word.test(line))
        const places = [
          ...(uses(/^(?:warn|deny|defer|accept)?\s*(?:!\s*)?spam\s*=/)
            ? eximList(main.get('spamd_address') ?? '127.0.0.1 783')
            : []),
          ...(uses(/^(?:warn|deny|defer|accept)?\s*(?:!\s*)?malware\s*=/)
            ? [main.get('av_scanner') ?? '']
            : []),
        ]
        return await askAll(places.flatMap(eximPlace), world, signal)
      },
    },
    postfix: {
      explain: ['(connects to milters, content filters and policy services)'],
      look: async ({ value }, world, signal) => {
        const words = [
          'smtpd_milters',
          'non_smtpd_milters',
          'smtpd_recipient_restrictions',
          'smtpd_client_restrictions',
        ].flatMap((name) => postfixList(value(name)))
        return await askAll(
          [...new Set(words)].flatMap((word) => postfixPlace(word, value('queue_directory'))),
          world,
          signal,
        )
      },
    },
  },
}

/** `127.0.0.1 783 …`, `clamd:/run/clamav/clamd.ctl`, `/run/spamd.sock`. */
function eximPlace(text: string): string[] {
  const [first = '', second = ''] = text
    .replace(/^clamd:\s*/, '')
    .trim()
    .split(/[\s:]+/)
  if (first.startsWith('/')) return [first]
  return first !== '' && /^\d+$/.test(second) ? [`${first} ${second}`] : []
}

/** `inet:localhost:8891`, `unix:opendkim/opendkim.sock` (below the queue), `unix:/run/x`. */
function postfixPlace(word: string, queue: string): string[] {
  const inet = /^inet:\[?([^\]]+?)\]?:(\d+)$/.exec(word)
  if (inet !== null) return [`${inet[1]} ${inet[2]}`]
  const unix = /^(?:unix|local):(.+)$/.exec(word)?.[1]
  if (unix === undefined) return []
  return [unix.startsWith('/') ? unix : `${queue}/${unix}`]
}

async function askAll(
  places: readonly string[],
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (places.length === 0) return [skipped(HELPERS, 'no filter or scanner is configured')]
  if (world.root !== '/')
    return [
      skipped(HELPERS, `not asked, since nothing has to run in another root: ${places.join(', ')}`),
    ]
  return await Promise.all(
    places.map(async (place) => {
      try {
        await answer(place, world, signal)
        return ok(HELPERS, 'it takes connections', [`connected to ${place}`], { subject: place })
      } catch (error) {
        return failing(HELPERS, {
          subject: place,
          summary: 'a filter that mail has to pass does not answer',
          evidence: [`${place}: ${messageOf(error)}`],
          meaning:
            'Mail is put off, or comes in without being looked at, as the configuration says.',
          remedy: [
            step('See which of them runs', 'systemctl status clamav-daemon spamd rspamd opendkim'),
            step('Start it', 'systemctl restart clamav-daemon'),
          ],
        })
      }
    }),
  )
}

async function answer(
  place: string,
  { hostPath }: ForeignWorld,
  signal: AbortSignal,
): Promise<void> {
  const [host = '', port] = place.split(' ')
  const socket = port === undefined ? connect(hostPath(host)) : connect(Number(port), host)
  const stop = () => socket.destroy(new Error('there was no answer in time'))
  signal.addEventListener('abort', stop, { once: true })
  socket.setTimeout(ANSWER_MS, stop)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () => resolve()).once('error', reject)
    })
  } finally {
    signal.removeEventListener('abort', stop)
    socket.destroy()
  }
}

const MOST_SHOWN = 5
const ANSWER_MS = 3_000
