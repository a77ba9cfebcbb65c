/** What came of `waybill alerts test`. */
import type { AlertTest } from '../../control/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { paint, type Terminal } from '../table.ts'

/** What should be set up otherwise; empty: nothing. */
export function adviceOf({ ways }: AlertTest, mailTo: readonly string[]): readonly string[] {
  if (ways.length === 0)
    return ['Nobody is told of anything: set alerts.mail, alerts.webhooks or alerts.command.']
  if (ways.some(({ isOwnQueue, why }) => !isOwnQueue && why === null)) return []
  const whom = mailTo.length === 0 ? 'the postmaster here' : mailTo.join(', ')
  const has = ways.some(({ why }) => why === null) ? `Only mail to ${whom} works. It` : 'Mail'
  return [
    `${has} goes through the queue of this server, which may be what is wrong. Have a way that works ` +
      'without: a webhook (alerts.webhooks) or a command (alerts.command). A service that waits for a ' +
      'ping (alerts.ping_url) tells you when the whole machine is down.',
  ]
}

export function writeTested(out: Terminal, { ways }: AlertTest): void {
  for (const { way, why } of ways)
    out.write(
      why === null
        ? `${paint(out, 'green', '✓')} ${printable(way)}: sent\n`
        : `${paint(out, 'red', '✗')} ${printable(way)}: ${printable(why)}\n`,
    )
}

export function writeAdvice(out: Terminal, advice: readonly string[]): void {
  for (const one of advice) out.write(`\n${one}\n`)
}
