/** A bounce in words: for each recipient what happened, why, and what to do. */
import { explainError } from '../../diagnosis/reasons/explain.ts'
import { factsOf } from '../../diagnosis/reasons/facts.ts'
import type { Explanation } from '../../diagnosis/reasons/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import type { DeliveryReport, FailedRecipient } from '../../syntax/dsn/report.ts'
import { paint, type Terminal } from '../table.ts'
import { Explainer, type Row, writeRows } from './explanation.ts'
import { writeHanging } from './wrap.ts'

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
  const from = reporter === null ? '' : `, from ${printable(reporter.replace(/^<(.*)>$/, '$1'))}`
  out.write(`${paint(out, 'bold', KINDS[kind])}${from}\n`)
  if (originalSubject !== null) out.write(`Subject   ${printable(originalSubject)}\n`)
  if (originalMessageId !== null) out.write(`Message   <${printable(originalMessageId)}>\n`)
  writeRows(out, MEANINGS[kind])
  if (kind === 'bounce' && recipients.length === 0)
    out.write('It does not say which recipient it is about, in a form that is known.\n')
  const explainer = new Explainer(out)
  for (const [index, recipient] of recipients.entries()) {
    const name = printable(
      recipient.address ?? recipient.originalAddress ?? 'a recipient without a name',
    )
    out.write(`\n${paint(out, 'bold', name)}: ${recipient.action}\n`)
    if (recipient.diagnostic !== null) writeHanging(out, '', recipient.diagnostic, { text: 'dim' })
    const reason = reasons[index] ?? null
    if (reason !== null) explainer.write(reason)
  }
}

const KINDS: { readonly [K in DeliveryReport['kind']]: string } = {
  bounce: 'A report about delivery',
  complaint: 'A complaint about spam',
  autoReply: 'An automatic reply',
  none: 'No report',
}

/** What is to be said of reports that are about no error: ARF (RFC 5965 §2), RFC 3834 §1. */
const MEANINGS: { readonly [K in DeliveryReport['kind']]: readonly Row[] } = {
  bounce: [],
  complaint: [
    ['Meaning', 'The message was delivered, and its recipient, or a filter, says it is unwanted.'],
    ['Who acts', 'you, who run this server, and the sender'],
    ['Do', '1. A mailing list? Take the recipient off it.'],
    ['', '2. No such mail from here? Look for the login or the form that sends it.'],
    ['', '3. Do not answer it: a program sent the complaint. Many of them get a server blocked.'],
  ],
  autoReply: [
    ['Meaning', 'A program answers for the recipient, such as a vacation notice. Nothing failed.'],
    ['Who acts', 'nobody: do not answer it'],
  ],
  none: [],
}
