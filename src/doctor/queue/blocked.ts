/** Destinations that take nothing: whose words they are, what they mean and who mends it. */
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import { counted } from '../../base/counted.ts'
import { listRelays } from '../../directory/relay-entries.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { shown } from '../shown.ts'
import { quoted } from '../in-command.ts'
import { explainedRefusal, noCommonLogin } from '../relay-login.ts'
import type { Check, Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'
import {
  type Destination,
  expiringMessages,
  failingDestinations,
  lateDestinations,
  MOST_COUNTED,
} from './store.ts'

export const blocked: Check<World> = {
  id: 'queue.blocked',
  group: 'queue',
  title: 'Servers that take nothing from us',
  isNetwork: false,
  explain: ['waybill queue summary', 'waybill relay list'],
  async look(world) {
    const { store, clock } = world
    if (store === null) return [withoutStore(blocked, world)]
    const nowMs = clock.nowMs()
    const refused = store
      .run(listRelays())
      .flatMap(({ name, loginRefused }) =>
        loginRefused === null ? [] : [{ name, ...loginRefused }],
      )
    const failed = store.run(failingDestinations(MOST_LOOKED_AT))
    const stubborn = failed.filter(
      ({ name, failures }) =>
        failures >= STUBBORN && !refused.some((relay) => name === `relay:${relay.name}`),
    )
    const troubles = [
      ...refused.map(({ name, atMs, text }) =>
        loginRefused(name, text, durationWords(nowMs - atMs), failed),
      ),
      ...stubborn.slice(0, MOST_NAMED).map((destination) => takesNothing(destination, nowMs)),
    ]
    if (troubles.length > 0) return troubles
    return [ok(blocked, 'no server refuses what we send to it', [seen(failed)])]
  },
}

export const expiring: Check<World> = {
  id: 'queue.expiring',
  group: 'queue',
  title: 'Mail that is soon given back',
  isNetwork: false,
  explain: ['waybill queue list', '(when each message is given back to its sender)'],
  async look(world) {
    const { store, clock } = world
    if (store === null) return [withoutStore(expiring, world)]
    const nowMs = clock.nowMs()
    const soon = store.run(expiringMessages(nowMs + SOON_MS, MOST_LOOKED_AT))
    if (soon.length === 0)
      return [
        ok(expiring, 'no message is about to be given back', [
          `none expires within ${durationWords(SOON_MS)}`,
        ]),
      ]
    const isOne = soon.length === 1
    const many = soon.length === MOST_LOOKED_AT ? `${soon.length} or more` : `${soon.length}`
    return [
      warning(expiring, {
        summary: `${isOne ? '1 message is' : `${many} messages are`} given back within ${durationWords(SOON_MS)} if nothing changes`,
        evidence: soon
          .slice(0, MOST_NAMED)
          .map(
            ({ messageId, arrivedMs, expiresMs }) =>
              `${messageId}: came ${durationWords(nowMs - arrivedMs)} ago, ` +
              (expiresMs > nowMs ? `ends in ${durationWords(expiresMs - nowMs)}` : 'ends now'),
          ),
        figures: { messages: soon.length },
        meaning: 'Their senders get a notice that they were not delivered.',
        remedy: [
          step('See why the first of them waits', `waybill queue why ${soon[0]?.messageId}`),
          step('Send it another way, by a relay', 'waybill queue reroute --help'),
          step('When the cause is mended, try all at once', 'waybill queue run'),
        ],
      }),
    ]
  },
}

export const late: Check<World> = {
  id: 'queue.late',
  group: 'queue',
  title: 'Mail that is not tried',
  isNetwork: false,
  explain: ['waybill who', '(destinations whose time has come, and that nothing stops)'],
  async look(world) {
    const { store, clock, status } = world
    if (store === null) return [withoutStore(late, world)]
    if (status === null)
      return [skipped(late, 'no server runs, so nothing is sent: see services for how to start it')]
    const nowMs = clock.nowMs()
    // What came while it was down has its turn first.
    if (nowMs - status.startedMs < LATE_MS)
      return [skipped(late, 'the server has only just started: look again in 15 minutes')]
    const waiting = store.run(lateDestinations(nowMs - LATE_MS, MOST_NAMED))
    if (waiting.length === 0)
      return [
        ok(late, 'what is due is sent', [
          `no destination is due for more than ${durationWords(LATE_MS)}`,
        ]),
      ]
    return [
      warning(late, {
        summary: 'mail is due and is not tried',
        evidence: waiting.map(
          ({ name, dueMs, recipients }) =>
            `${shown(name)}: ${counted(recipients, 'recipient')}, due for ${durationWords(nowMs - (dueMs ?? nowMs))}`,
        ),
        meaning:
          'The server is busy with other mail, or does not send any more. What waits comes late.',
        remedy: [
          step('See what it is doing', 'waybill who'),
          step('Allow more connections at once', 'waybill config show outgoing'),
          step('If it does nothing at all, start it again', 'systemctl restart waybill'),
        ],
      }),
    ]
  },
}

function loginRefused(
  name: string,
  text: string,
  since: string,
  failed: readonly Destination[],
): Finding {
  const waiting = failed.find((one) => one.name === `relay:${name}`)?.recipients ?? 0
  const { reason } = explainedRefusal(text, name, true)
  const otherSteps = noCommonLogin(text, name)
  return failing(blocked, {
    subject: name,
    summary:
      otherSteps === null
        ? `the relay ${name} refuses our login`
        : `the relay ${name} has no login that we can use`,
    evidence: [
      `${since} ago it said: ${shown(text)}`,
      `${reason.title}. ${counted(waiting, 'recipient')} ${waiting === 1 ? 'waits' : 'wait'} there`,
    ],
    figures: { recipients: waiting },
    meaning: 'All mail that goes by this relay waits, and is given back to its senders after days.',
    remedy: [
      ...(otherSteps ?? [
        step(
          'Look up the password at the provider, and set it',
          `waybill relay set ${name} --password`,
        ),
      ]),
      step('Try them', `waybill relay test ${name}`),
    ],
  })
}

function takesNothing(destination: Destination, nowMs: number): Finding {
  const { name, failures, error, blockedUntilMs, recipients } = destination
  const relay = name.startsWith('relay:') ? name.slice('relay:'.length) : null
  const where = relay === null ? shown(name.replace(/^mx:/, '')) : `the relay ${relay}`
  const { reason, isKnown } = explainedRefusal(error ?? '', relay)
  const waiting =
    recipients === 1
      ? '1 recipient waits'
      : `${recipients}${recipients >= MOST_COUNTED ? ' or more' : ''} recipients wait`
  const again =
    blockedUntilMs === null || blockedUntilMs <= nowMs
      ? 'is tried now'
      : `is tried again in ${durationWords(blockedUntilMs - nowMs)}`
  const trouble = {
    subject: shown(name),
    summary: `${where} takes no mail from us: ${isKnown ? lowerFirst(reason.title) : 'see its words'}`,
    evidence: [
      `${counted(failures, 'attempt')} in a row got nothing through; ${waiting}; it ${again}`,
      ...(error === null ? [] : [`the last one: ${shown(error)}`]),
    ],
    figures: { failures, recipients },
    meaning: reason.meaning,
    remedy: [
      ...reason.remedy.map((text) => step(text)),
      step(
        'See what waits there',
        `waybill queue list --domain ${quoted(name.replace(/^mx:/, ''))}`,
      ),
      step('Try it now', 'waybill queue run'),
    ],
  }
  return relay === null ? warning(blocked, trouble) : failing(blocked, trouble)
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text
}

function seen(failed: readonly Destination[]): string {
  return failed.length === 0
    ? 'the last attempt at every destination got something through, or none was made'
    : `${counted(failed.length, 'destination')} failed less than ${STUBBORN} times in a row`
}

/** Greylisting and a restart of another server are over by then. */
const STUBBORN = 3
const MOST_NAMED = 5
const MOST_LOOKED_AT = 100
const SOON_MS = DAY_MS / 2
const LATE_MS = HOUR_MS / 4
