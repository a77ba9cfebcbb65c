/** A bounce in words: for each recipient what happened, why, and what to do. */
import { explainError } from '../../diagnosis/reasons/explain.ts'
import { factsOf } from '../../diagnosis/reasons/facts.ts'
import type { Explanation } from '../../diagnosis/reasons/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { DeliveryReport, FailedRecipient } from '../../syntax/dsn/report.ts'
import { paint, type Terminal } from '../table.ts'
import { Explainer } from './explanation.ts'

/** A report, with the reason of each recipient that was not delivered. */
export interface Bounce {
  readonly report: DeliveryReport
  readonly reasons: readonly (Explanation | null)[]
}

export function bounceOf(report: DeliveryReport): Bounce {
  return { report, reasons: report.recipients.map(reasonOf) }
}

function reasonOf(recipient: FailedRecipient): Explanation | null {
  const { action, diagnostic, status, code, phase, remoteHost } = recipient
  if (action !== 'failed' && action !== 'delayed') return null
  return explainError(
    factsOf(diagnostic ?? '', {
      ...{ enhanced: status, code, phase, host: remoteHost },
      direction: 'outbound',
      temporary: action === 'delayed',
    }),
  )
}

export function writeBounce(out: Terminal, { report, reasons }: Bounce): void {
  const { kind, reporter, recipients, originalSubject, originalMessageId } = report
  const by = reporter === null ? '' : ` by ${printable(reporter)}`
  out.write(`${paint(out, 'bold', KINDS[kind])}${by}\n`)
  if (originalSubject !== null) out.write(`Subject   ${printable(originalSubject)}\n`)
  if (originalMessageId !== null) out.write(`Message   <${printable(originalMessageId)}>\n`)
  if (kind === 'bounce' && recipients.length === 0)
    out.write('It does not say which recipient it is about, in a form that is known.\n')
  const explainer = new Explainer(out)
  for (const [index, recipient] of recipients.entries()) {
    const name = printable(
      recipient.address ?? recipient.originalAddress ?? 'a recipient without a name',
    )
    out.write(`\n${paint(out, 'bold', name)}: ${recipient.action}\n`)
    if (recipient.diagnostic !== null)
      out.write(`${paint(out, 'dim', printable(recipient.diagnostic))}\n`)
    const reason = reasons[index] ?? null
    if (reason !== null) explainer.write(reason)
  }
}

const KINDS: { readonly [K in DeliveryReport['kind']]: string } = {
  bounce: 'A report about delivery',
  complaint: 'A complaint: a recipient marked a message as unwanted',
  autoReply: 'An automatic reply: the message arrived, nobody has read it yet',
  none: 'No report',
}
