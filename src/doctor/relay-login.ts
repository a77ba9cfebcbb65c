/** What to do about a relay that does not let us log in: a password is not always to blame. */
import { explainError } from '../diagnosis/reasons/explain.ts'
import { factsOf } from '../diagnosis/reasons/facts.ts'
import { withRelayName } from '../diagnosis/reasons/at-relay.ts'
import type { Explanation } from '../diagnosis/reasons/types.ts'
import type { Relay } from '../directory/types.ts'
import { step } from './findings.ts'
import type { Step } from './types.ts'

/**
 * What words about a destination mean.
 * @param relay  its name; null: the server of a domain
 * @param refusesLogin  whether it is the login that the relay refuses, and not a sender
 */
export function explainedRefusal(
  text: string,
  relay: string | null,
  refusesLogin = false,
): Explanation {
  return explainError(
    factsOf(text, {
      ...{ direction: 'outbound', temporary: true, server: 'waybill' },
      relay: relay === null ? null : { name: relay, refusesLogin },
    }),
  )
}

/**
 * The steps of a reason, with the name of the relay that its commands are about.
 * @param host  the server that said it, as the log names it; null: not known
 */
export function remedyAt(
  remedy: readonly string[],
  host: string | null,
  relays: readonly Pick<Relay, 'name' | 'hosts'>[],
): readonly string[] {
  const [relay, ...more] = relays.filter(
    ({ hosts }) => host === null || hosts.some((one) => one.host.toLowerCase() === host),
  )
  if (relay === undefined || more.length > 0) return remedy
  return remedy.map((text) => withRelayName(text, relay.name))
}

/** @returns null when it may be the password: then that is the first thing to look at */
export function noCommonLogin(text: string, name: string): readonly Step[] | null {
  if (explainedRefusal(text, name).reason.id !== 'relay-login-impossible') return null
  if (text.includes('did not prove'))
    return [
      step(
        'It may be another server: see that host and certificate are right',
        'waybill relay list',
      ),
    ]
  return text.includes('without TLS')
    ? [
        step('Have TLS with it before the login', `waybill relay set ${name} --tls starttls`),
        step('Or, where it listens on port 465', `waybill relay set ${name} --tls implicit`),
      ]
    : [step('Leave it to us how to log in', `waybill relay set ${name} --mechanism auto`)]
}
