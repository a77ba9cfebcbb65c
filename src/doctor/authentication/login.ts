/** Logins at our own listeners: the right password opens them, a wrong one does not, and none goes in the clear. */
import { randomBytes } from 'node:crypto'

import { messageOf } from '../../base/faults.ts'
import { DOCTOR_USER } from '../../journal/doctor-session.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { ClientMechanism, ClientSecret } from '../../syntax/sasl/client.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand } from '../in-command.ts'
import { type Place, placesOf, placeWords } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'
import { offeredMechanisms, tryLogin, type Verdict } from './try-login.ts'

export const wrongPassword: Check<World> = {
  id: 'authentication.wrong',
  group: 'authentication',
  title: 'Wrong passwords are refused',
  isNetwork: false,
  explain: ['(a login with a made-up name, by each mechanism that a listener offers)'],
  look: async (world, signal) =>
    await ofEach(wrongPassword, world, async (place) => {
      const secret = madeUp()
      const verdicts = await attemptAll(world, place, secret, signal)
      const evidence = verdicts.map(({ mechanism, text }) => `${mechanism}: ${text}`)
      if (verdicts.some(({ kind }) => kind === 'in')) return anybodyIsLetIn(place, evidence)
      const answered = verdicts.filter(({ kind }) => kind !== 'late')
      if (verdicts.length > 0 && answered.length === 0) return skipped(wrongPassword, LATE)
      if (answered.length > 0 && answered.every(({ kind }) => kind === 'refused'))
        return ok(wrongPassword, 'a wrong password is refused', evidence)
      return cannotTell(place, evidence)
    }),
}

export const inTheClear: Check<World> = {
  id: 'authentication.clear',
  group: 'authentication',
  title: 'No password goes without TLS',
  isNetwork: false,
  explain: ['(a login with a made-up name before STARTTLS)'],
  look: async (world, signal) =>
    await ofEach(inTheClear, world, async (place) => {
      const { listener } = place
      if (listener.tls !== 'starttls')
        return listener.tls === 'implicit'
          ? ok(inTheClear, 'there is TLS from the first octet', [`${listener.name}: TLS at once`])
          : skipped(inTheClear, 'this listener has no TLS at all: see configuration')
      const attempt = { mechanism: 'PLAIN', secret: madeUp(), isPrivate: false } as const
      const { kind, text } = await tryLogin(world, place, attempt, signal)
      const evidence = [`AUTH PLAIN before STARTTLS: ${text}`]
      if (kind === 'notAsked') return ok(inTheClear, 'it asks for TLS first', evidence)
      return failing(inTheClear, {
        summary: `${listener.name} looks at passwords that come without TLS`,
        evidence,
        meaning: 'Everybody on the way can read them, and send mail in the name of users.',
        remedy: [
          step(
            'See what really listens there: this is not how Waybill answers',
            `ss -ltnp 'sport = ${place.port}'`,
          ),
        ],
      })
    }),
}

export const rightPassword: Check<World> = {
  id: 'authentication.login',
  group: 'authentication',
  title: 'A login with your password',
  isNetwork: false,
  explain: ['waybill doctor --account ADDRESS', '(the login of one account, by each mechanism)'],
  async look(world, signal) {
    const { login } = world
    if (login === null)
      return [
        skipped(
          rightPassword,
          'no account was named: waybill doctor --account ADDRESS asks for its password',
        ),
      ]
    const account = (await world.ask('account.list', {})).find(
      ({ address }) => address === login.address,
    )
    const secret = { user: login.address, password: login.password }
    return await ofEach(rightPassword, world, async (place) => {
      const verdicts = await attemptAll(world, place, secret, signal)
      const evidence = verdicts.map(
        ({ mechanism, kind, text }) => `${mechanism}: ${kind === 'in' ? 'logged in' : text}`,
      )
      if (verdicts.length > 0 && verdicts.every(({ kind }) => kind === 'in'))
        return ok(rightPassword, `${printable(login.address)} can log in`, evidence)
      return failing(rightPassword, {
        summary: `${printable(login.address)} cannot log in`,
        evidence: [...evidence, accountWords(account)],
        meaning: 'With this password the person can neither read nor send mail here.',
        remedy: [
          account === undefined
            ? step(
                'If the address is spelt right, make the account',
                `waybill account add ${addressInCommand(login.address)}`,
              )
            : step(
                'If it should be the right one, set it anew',
                `waybill account set ${addressInCommand(login.address)} --password`,
              ),
          step(
            'See what the log says of logins',
            `waybill log search --since 1h ${addressInCommand(login.address)}`,
          ),
        ],
      })
    })
  },
}

/** `late`: it did not answer in the time that there is. */
interface Tried extends Omit<Verdict, 'kind'> {
  readonly kind: Verdict['kind'] | 'late'
  readonly mechanism: ClientMechanism
}

async function attemptAll(
  world: World,
  place: Place,
  secret: ClientSecret,
  signal: AbortSignal,
): Promise<readonly Tried[]> {
  const mechanisms = await offeredMechanisms(world, place, signal)
  const control = new AbortController()
  using _timer = world.clock.after(PATIENCE_MS, () => control.abort())
  const inTime = AbortSignal.any([signal, control.signal])
  return await Promise.all(
    mechanisms.map(async (mechanism): Promise<Tried> => {
      const attempt = { mechanism, secret, isPrivate: true }
      try {
        return { mechanism, ...(await tryLogin(world, place, attempt, inTime)) }
      } catch (error) {
        if (!control.signal.aborted) throw error
        return { mechanism, kind: 'late', text: `no answer within ${PATIENCE_MS / 1000} s` }
      }
    }),
  )
}

function anybodyIsLetIn({ listener }: Place, evidence: readonly string[]): Finding {
  return failing(wrongPassword, {
    summary: `${listener.name} lets in a name that does not exist`,
    evidence,
    meaning: 'Anybody can send mail by this server, or read that of others.',
    remedy: [
      step('Stop the server now', 'systemctl stop waybill.socket waybill.service'),
      step('See what really listens there, and report this as a fault of Waybill if it is Waybill'),
    ],
  })
}

function cannotTell({ listener }: Place, evidence: readonly string[]): Finding {
  return warning(wrongPassword, {
    summary: `${listener.name} does not look at passwords at the moment`,
    evidence: evidence.length > 0 ? evidence : ['it offers no login over TLS'],
    meaning: 'Nobody can log in there. It may be busy with the guesses of others.',
    remedy: [
      step('See who guesses', 'waybill doctor --only authentication.guessing'),
      step('Try again in some minutes', 'waybill doctor --only authentication'),
    ],
  })
}

/** One finding for each listener that takes logins. */
async function ofEach(
  check: Check<World>,
  world: World,
  look: (place: Place) => Promise<Finding>,
): Promise<readonly Finding[]> {
  if (world.status === null) return [skipped(check, 'no server runs: see services.running')]
  const places = [...placesOf(world, 'submission'), ...placesOf(world, 'imap')]
  if (places.length === 0) return [skipped(check, 'no listener for submission or imap is open')]
  return await Promise.all(
    places.map(async (place) => {
      const subject = place.listener.name
      try {
        return { ...(await look(place)), subject }
      } catch (error) {
        return { ...noSession(check, place, printable(messageOf(error))), subject }
      }
    }),
  )
}

function noSession(check: Check<World>, place: Place, why: string): Finding {
  return failing(check, {
    summary: `no login can be tried at ${placeWords(place)}: ${why}`,
    evidence: [why],
    meaning: 'Users cannot log in there either.',
    remedy: [step('See how far a session goes', 'waybill doctor --only connectivity')],
  })
}

function accountWords(account: { readonly enabled: boolean } | undefined): string {
  if (account === undefined) return 'there is no such account: waybill account list'
  return account.enabled ? 'the account is there and enabled' : 'the account is disabled'
}

function madeUp(): ClientSecret {
  const random = randomBytes(8).toString('hex')
  return { user: `${DOCTOR_USER}-${random}`, password: `wrong-${random}` }
}

/** Less than a check has; and more than a server makes those wait who guess. */
const PATIENCE_MS = 9_000
const LATE =
  'the server makes those wait who give a wrong password (limits.smtp.auth_failure_delay), or is busy: no answer in time'
