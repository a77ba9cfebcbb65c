/** Is the clock right: by who keeps it, and by what was written before. */
import { all, type Steps } from '../../db/statement.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Check, Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'

export const synchronised: Check<World> = {
  id: 'time.synchronised',
  group: 'time',
  title: 'The clock, by who keeps it right',
  isNetwork: false,
  explain: [
    'chronyc -c tracking',
    'timedatectl show --property=NTPSynchronized --property=NTP',
    'ntpq -c rv',
  ],
  async look(world, signal) {
    const seen =
      (await byChrony(world, signal)) ??
      (await byTimedatectl(world, signal)) ??
      (await byNtp(world, signal))
    if (seen === null)
      return [
        skipped(
          synchronised,
          'nobody here says whether the clock is right: install chrony, or turn on systemd-timesyncd (timedatectl set-ntp true)',
        ),
      ]
    return [judge(seen)]
  },
}

interface Seen {
  readonly by: string
  readonly isSynchronised: boolean
  /** How far we are off, milliseconds, ahead positive; null: not said. */
  readonly offsetMs: number | null
  readonly words: string
}

function judge({ by, isSynchronised, offsetMs, words }: Seen): Finding {
  const evidence = [`${by}: ${words}`]
  const figures = offsetMs === null ? {} : { offsetMs }
  const off = Math.abs(offsetMs ?? 0)
  const remedy = REMEDY
  if (off > WRONG_MS)
    return failing(synchronised, {
      ...{ evidence, figures, remedy },
      summary: `the clock is wrong by ${durationWords(off)}`,
      meaning:
        'Certificates and signatures of others look expired or too young, and ours to them: mail is refused.',
    })
  if (off > OFF_MS)
    return warning(synchronised, {
      ...{ evidence, figures, remedy },
      summary: `the clock is off by ${durationWords(off)}`,
      meaning: 'Times in mail and logs are wrong. When it becomes minutes, others refuse our mail.',
    })
  if (!isSynchronised)
    return warning(synchronised, {
      ...{ evidence, figures, remedy },
      summary: 'nothing keeps the clock right',
      meaning:
        'It goes wrong by seconds a day. Once that is minutes, TLS and signatures of mail fail.',
    })
  return ok(synchronised, 'the clock is kept right', evidence, { figures })
}

/** chronyc(1): reference, name, stratum, time, offset in seconds (slow positive) …, leap status. */
async function byChrony({ run }: World, signal: AbortSignal): Promise<Seen | null> {
  const said = await run(['chronyc', '-c', 'tracking'], signal)
  if (said === null || said.status !== 0) return null
  const fields = said.out.trim().split(',')
  const offset = Number(fields[4])
  if (fields.length < 14 || Number.isNaN(offset)) return null
  const leap = fields[13] ?? ''
  return {
    by: 'chronyc',
    isSynchronised: leap !== 'Not synchronised',
    // "System time" of the report: how far behind the right time we are.
    offsetMs: -1000 * offset,
    words: `${(1000 * Math.abs(offset)).toFixed(3)} ms ${offset < 0 ? 'fast' : 'slow'}, stratum ${fields[2]}, ${leap}`,
  }
}

async function byTimedatectl({ run }: World, signal: AbortSignal): Promise<Seen | null> {
  const said = await run(
    ['timedatectl', 'show', '--property=NTPSynchronized', '--property=NTP'],
    signal,
  )
  if (said === null || said.status !== 0) return null
  const isSynchronised = /^NTPSynchronized=yes/m.test(said.out)
  return {
    by: 'timedatectl',
    isSynchronised,
    offsetMs: null,
    words: said.out.trim().split('\n').join(', '),
  }
}

/** ntpq(1): `leap=11` in the system variables is "not in sync"; the offset is in milliseconds. */
async function byNtp({ run }: World, signal: AbortSignal): Promise<Seen | null> {
  const said = await run(['ntpq', '-c', 'rv 0 leap,stratum,offset'], signal)
  if (said === null || said.status !== 0) return null
  const offset = /offset=(-?\d+(?:\.\d+)?)/.exec(said.out)?.[1]
  if (!/leap=/.test(said.out)) return null
  return {
    by: 'ntpq',
    isSynchronised: !/leap=(11|alarm)|leap_alarm/.test(said.out),
    // The right time less ours.
    offsetMs: offset === undefined ? null : -Number(offset),
    words: said.out.trim().replaceAll(/\s+/g, ' '),
  }
}

/** Nothing can have been written in the future. */
export const sinceWritten: Check<World> = {
  id: 'time.database',
  group: 'time',
  title: 'The clock, by what was written before',
  isNetwork: false,
  explain: ['(the newest times in mail.db)'],
  async look(world) {
    const { store, clock } = world
    if (store === null) return [withoutStore(sinceWritten, world)]
    const newest = store.run(newestTimes())
    const [last] = newest
    if (last === undefined) return [skipped(sinceWritten, 'nothing was written yet')]
    const nowMs = clock.nowMs()
    const evidence = [
      `now: ${new Date(nowMs).toISOString()}`,
      ...newest.map(({ what, atMs }) => `${what}: ${new Date(atMs).toISOString()}`),
    ]
    const behindMs = last.atMs - nowMs
    const figures = { behindMs: Math.max(0, behindMs) }
    if (behindMs <= JITTER_MS)
      return [ok(sinceWritten, 'nothing was written in the future', evidence, { figures })]
    return [
      failing(sinceWritten, {
        ...{ evidence, figures },
        summary: `the clock is ${durationWords(behindMs)} behind what was written before`,
        meaning:
          'It was ahead then, or is behind now. Mail that waits is tried late, and new mail looks older than what was there.',
        remedy: [...REMEDY, step('See the time that the machine has', 'date --utc')],
      }),
    ]
  },
}

/** The newest first. Each by a row that is found without a search. */
function* newestTimes(): Steps<readonly { readonly what: string; readonly atMs: number }[]> {
  const rows = yield* all<{ what: string; atMs: number }>(
    `SELECT * FROM (SELECT 'newest message' AS what, created_ms AS atMs FROM blob ORDER BY id DESC LIMIT 1)
     UNION ALL
     SELECT * FROM (SELECT 'newest account' AS what, created_ms AS atMs FROM account ORDER BY id DESC LIMIT 1)
     UNION ALL
     SELECT 'newest figures' AS what, max(at_ms) AS atMs FROM sample WHERE figure = 'memory.octets' HAVING atMs IS NOT NULL`,
  )
  return rows.toSorted((a, b) => b.atMs - a.atMs)
}

const REMEDY = [
  step('See what keeps the clock', 'timedatectl'),
  step('Let it be kept right', 'timedatectl set-ntp true'),
  step('Or, where there is no systemd-timesyncd', 'apt-get install chrony'),
]
const OFF_MS = 5_000
const WRONG_MS = 120_000
const JITTER_MS = 60_000
