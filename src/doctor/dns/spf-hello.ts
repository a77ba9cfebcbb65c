/** SPF of the name in EHLO: bounces have no sender but that (RFC 7208 §2.3). */
import { checkSpf } from '../../trust/spf/evaluate.ts'
import type { SpfVerdict } from '../../trust/spf/types.ts'
import { failing, ok, skipped, step } from '../findings.ts'
import { serverCheck } from './domain-check.ts'
import { relayOfAll } from './facts.ts'
import { ownAddresses, ownHelloName } from './ours.ts'
import { shown } from '../shown.ts'

export const spfHello = serverCheck(
  {
    id: 'dns.spf-hello',
    title: 'SPF of the name in EHLO',
    explain: ['dig HELLO_NAME TXT', '(what the record says of our addresses, by RFC 7208)'],
  },
  async ({ world, resolver, signal }) => {
    const relay = await relayOfAll(world)
    if (relay !== null)
      return [
        skipped(
          spfHello,
          `all mail goes by the relay ${relay}: others are told its name in EHLO, not ours`,
        ),
      ]
    const helo = ownHelloName(world)
    const { sending: addresses } = await ownAddresses(world, { resolver, signal })
    if (helo === null || addresses.length === 0)
      return [
        skipped(spfHello, 'the name and the public addresses of this server are not both known'),
      ]
    const nowMs = world.clock.nowMs()
    const verdicts = await Promise.all(
      addresses.map((address) =>
        checkSpf(resolver, { address, sender: '', helo, receiver: helo, nowMs }),
      ),
    )
    const evidence = verdicts.map(
      (verdict, index) => `${helo} from ${addresses[index]}: ${wordsOf(verdict)}`,
    )
    for (const { fault } of verdicts) if (fault !== null) throw fault
    const bad = verdicts.find(({ result }) => REFUSED.has(result))
    if (bad === undefined)
      return [
        ok(spfHello, 'nothing in DNS speaks against bounces from here', evidence, {
          subject: helo,
        }),
      ]
    return [
      failing(spfHello, {
        subject: helo,
        summary: `the SPF record of ${helo} says "${bad.result}" of this server itself`,
        evidence,
        meaning:
          'Bounces and other notices from here are refused or suspected: the name in EHLO stands for their sender.',
        remedy: [
          step(`Let the TXT record of ${helo} be: v=spf1 a -all`),
          step('See what DNS says', `dig ${helo} TXT`),
        ],
      }),
    ]
  },
)

function wordsOf({ result, term, problem }: SpfVerdict): string {
  if (result === 'none') return 'no SPF record, which is allowed'
  const why = problem ?? (term === null ? 'no term is for it' : term)
  return `${result}: ${shown(why)}`
}

const REFUSED: ReadonlySet<string> = new Set(['fail', 'softfail', 'permerror'])
