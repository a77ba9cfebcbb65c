import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readReport } from './report.ts'

function read(body: string) {
  return readReport(Buffer.from(`From: no-reply@sns.amazonaws.com\nSubject: x\n\n${body}`))
}

const BOUNCE = {
  notificationType: 'Bounce',
  bounce: {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [
      {
        emailAddress: 'bob@example.net',
        action: 'failed',
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 5.1.1 user unknown',
      },
      { emailAddress: 'carol@example.org' },
    ],
    reportingMTA: 'dsn; a1.smtp-out.amazonses.com',
  },
  mail: { commonHeaders: { messageId: '<a1@example.com>', subject: 'Lunch' } },
}

const FOOTER = '\n\n--\nTo stop these mails, {click} here\n'

for (const [name, text] of [
  ['as it is', JSON.stringify(BOUNCE)],
  ['in another one', JSON.stringify({ Type: 'Notification', Message: JSON.stringify(BOUNCE) })],
  ['cut by a relay', JSON.stringify(BOUNCE).replace('"General"', '"Gen!\r\n eral"')],
] as const)
  test(`a bounce as JSON, ${name}`, () => {
    const report = read(name === 'as it is' ? text : `${text}\n`)
    assert.equal(report.kind, 'bounce')
    assert.equal(report.reporter, 'a1.smtp-out.amazonses.com')
    assert.equal(report.originalMessageId, 'a1@example.com')
    assert.equal(report.originalSubject, 'Lunch')
    assert.deepEqual(
      report.recipients.map(({ address, action, status, code, diagnostic }) => [
        ...[address, action, status, code, diagnostic],
      ]),
      [
        ['bob@example.net', 'failed', '5.1.1', 550, '550 5.1.1 user unknown'],
        ['carol@example.org', 'failed', null, null, 'Permanent General'],
      ],
    )
  })

test('the footer of a topic does not belong to the JSON', () => {
  assert.equal(read(`${JSON.stringify(BOUNCE)}${FOOTER}`).recipients.length, 2)
})

test('a complaint as JSON', () => {
  const complaint = { notificationType: 'Complaint', complaint: { complainedRecipients: [] } }
  assert.deepEqual(read(JSON.stringify(complaint)).kind, 'complaint')
})

for (const broken of [
  '{"notificationType":"Bounce"',
  '{"notificationType":"Bounce","bounce":[]}',
  '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[null,{"emailAddress":7}]}}',
  `{"notificationType":"Bounce","bounce":${'['.repeat(100_000)}`,
])
  test(`nothing is thrown for ${broken.slice(0, 60)}`, () => {
    for (const { address } of read(broken).recipients) assert.equal(address, null)
  })
