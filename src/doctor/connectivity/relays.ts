/** Each relay: is it there, has it TLS, does it take our login. */
import { setTimeout as sleep } from 'node:timers/promises'

import type { RelayTest, RelayTry } from '../../control/relay-test.ts'
import type { Relay } from '../../directory/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { formatTime } from '../../journal/zone.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { noCommonLogin } from '../relay-login.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const relays: Check<World> = {
  id: 'connectivity.relay',
  group: 'connectivity',
  title: 'Relays',
  isNetwork: true,
  explain: ['waybill relay list', '(for each: waybill relay test NAME, without a message)'],
  async look(world, signal) {
    const all = await world.ask('relay.list', {})
    if (all.length === 0)
      return [skipped(relays, 'there is no relay: mail goes straight to the servers of others')]
    return await Promise.all(all.map(async (relay) => await lookAt(world, relay, signal)))
  },
}

async function lookAt(world: World, relay: Relay, signal: AbortSignal): Promise<Finding> {
  const { name: subject } = relay
  const test = await inTime(world.ask('relay.test', { name: relay.name }), signal)
  const remedy = remedyOf(relay, test)
  if (test === null)
    return failing(relays, {
      subject,
      summary: `it is not ready for mail within ${ANSWER_MS / 1000} s`,
      evidence: relay.hosts.map(
        ({ host, port }) => `${host}:${port}: no end of the session in time`,
      ),
      meaning: WAITS,
      remedy,
    })
  const evidence = [...test.tries.map(tryWords), ...refusedWords(relay, world)]
  const good = test.tries.filter(({ failure }) => failure === null)
  const bad = test.tries.find(({ failure }) => failure !== null)
  if (bad === undefined && good.length > 0)
    return ok(relays, 'it is ready for our mail', evidence, { subject })
  const why = printable(bad?.failure?.text ?? 'it has no host')
  if (good.length > 0)
    return warning(relays, {
      ...{ subject, evidence, remedy },
      summary: `one of its hosts does not take mail: ${why}`,
      meaning: 'Mail goes by the others, later than it could.',
    })
  return failing(relays, {
    ...{ subject, evidence, remedy },
    summary: `it does not take our mail: ${why}`,
    meaning: WAITS,
  })
}

function tryWords({ host, port, address, tls, authenticator, failure }: RelayTry): string {
  const parts = [
    ...(tls === null ? [] : [tls.version]),
    ...(authenticator === null ? [] : [`logged in with ${authenticator}`]),
    ...(failure === null ? ['ready'] : [`${failure.phase}: ${failure.text}`]),
  ]
  return printable(`${host}${address === null ? '' : ` [${address}]`}:${port}: ${parts.join(', ')}`)
}

function refusedWords({ loginRefused }: Relay, { zone }: World): string[] {
  if (loginRefused === null) return []
  const since = formatTime(loginRefused.atMs, zone)
  return [printable(`it refuses our login since ${since}: ${loginRefused.text}`)]
}

function remedyOf({ name, user }: Relay, test: RelayTest | null): Finding['remedy'] {
  const failure = test?.tries.find((one) => one.failure !== null)?.failure
  const isLogin = failure?.phase === 'AUTH' && user !== null
  const password = [
    step(
      `Give it the password of ${printable(user ?? '')} anew`,
      `waybill relay set ${name} --password`,
    ),
  ]
  return [
    ...(isLogin ? (noCommonLogin(failure.text, name) ?? password) : []),
    step('See each step of a session with it', `waybill relay test ${name}`),
    step('See what waits for it', 'waybill queue list'),
  ]
}

/** Null: it takes too long. */
async function inTime(test: Promise<RelayTest>, signal: AbortSignal): Promise<RelayTest | null> {
  const end = new AbortController()
  const late = sleep(ANSWER_MS, null, { signal: AbortSignal.any([signal, end.signal]) }).catch(
    () => null,
  )
  try {
    return await Promise.race([test, late])
  } finally {
    end.abort()
    // Nobody waits for it any more.
    test.catch(() => {})
  }
}

const WAITS = 'What is to go by it waits, and is given back to its senders after days.'
const ANSWER_MS = 9_000
