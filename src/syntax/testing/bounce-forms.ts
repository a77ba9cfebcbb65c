/** One bounce of every form that mailers write in prose, each written for this test. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type FailedRecipient, readReport } from '../dsn/report.ts'

type Expected = Partial<Omit<FailedRecipient, 'diagnostic'>> & {
  readonly diagnostic?: RegExp
  /** What must not have been taken for the reason. */
  readonly without?: RegExp
}

export interface Form {
  readonly subject?: string
  readonly from?: string
  readonly header?: string
  readonly body: string
  readonly reporter?: string
  readonly recipients: readonly Expected[]
}

export const ORIGINAL =
  'Received: from laptop.lan by mx.example\nFrom: jane@example.com\nTo: friends@example.com\nSubject: Lunch\n\nAt noon? 550 people come.\n'

/** One test for each form: who failed, and why. */
export function testForms(forms: Readonly<Record<string, Form>>): void {
  for (const [name, { subject, from, header, body, reporter, recipients }] of Object.entries(forms))
    test(`a bounce of ${name}`, () => {
      const message = [
        `From: ${from ?? 'Mail Delivery System <mailer-daemon@mx.example>'}`,
        'To: jane@example.com',
        `Subject: ${subject ?? 'Undeliverable mail'}`,
        ...(header === undefined ? [] : [header]),
        'Content-Type: text/plain; charset=utf-8',
        '',
        body,
      ]
      const report = readReport(Buffer.from(message.join('\n').replaceAll('\n', '\r\n'), 'utf8'))
      assert.equal(report.kind, 'bounce')
      if (reporter !== undefined) assert.equal(report.reporter, reporter)
      assert.deepEqual(
        report.recipients.map(({ address }) => address),
        recipients.map(({ address }) => address),
      )
      for (const [index, expected] of recipients.entries()) {
        const { diagnostic, without, ...facts } = expected
        const found = report.recipients[index] ?? assert.fail()
        assert.partialDeepStrictEqual(found, { action: 'failed', ...facts }, found.diagnostic ?? '')
        if (diagnostic !== undefined) assert.match(found.diagnostic ?? '', diagnostic)
        if (without !== undefined) assert.doesNotMatch(found.diagnostic ?? '', without)
      }
    })
}
