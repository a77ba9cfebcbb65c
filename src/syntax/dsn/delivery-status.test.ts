import assert from 'node:assert/strict'
import { test } from 'node:test'

import { readDeliveryStatus } from './delivery-status.ts'

function recipients(...lines: readonly string[]) {
  return readDeliveryStatus(lines.join('\r\n')).recipients.map(
    ({ address, action, status, code }) => [address, action, status, code],
  )
}

test('groups without a blank line between them are told apart by the field that comes again', () => {
  assert.deepEqual(
    recipients(
      'Reporting-MTA: dns; mx.example',
      'Final-Recipient: rfc822; a@x.example',
      'Action: failed',
      'Status: 5.1.1',
      'Final-Recipient: rfc822; b@x.example',
      'Action: failed',
      'Status: 5.2.2',
    ),
    [
      ['a@x.example', 'failed', '5.1.1', null],
      ['b@x.example', 'failed', '5.2.2', null],
    ],
  )
})

test('blank lines within a group do not end it before it says who and what', () => {
  assert.deepEqual(
    recipients(
      'Reporting-MTA: dns; mx.example',
      '',
      'Original-Recipient: <a@x.example>',
      ' ',
      'Action: failed',
      'Status: 5.1.1',
      '',
      'Action: delayed',
      '',
      'Final-Recipient: rfc822;b@x.example',
      'Diagnostic-Code: smtp; 451 4.7.1 later',
    ),
    [
      ['a@x.example', 'failed', '5.1.1', null],
      ['b@x.example', 'delayed', '4.7.1', 451],
    ],
  )
})

const actions: readonly (readonly [fields: string, action: string])[] = [
  ['Action: failure\r\nStatus: 5.0.0', 'failed'],
  ['Action: Delayed (will be tried again)', 'delayed'],
  ['Action: error\r\nStatus: 5.0.0', 'failed'],
  ['Action: expired\r\nStatus: 4.4.7', 'failed'],
  ['Action: relayed', 'relayed'],
  ['Status: 2.0.0', 'delivered'],
  ['Status: 4.4.1 (no answer)', 'delayed'],
  ['ction: failed\r\nStatus: 5.3.0', 'failed'],
]

for (const [fields, action] of actions)
  test(`${JSON.stringify(fields)} is ${action}`, () => {
    const [found] = recipients('Final-Recipient: rfc822; a@x.example', fields)
    assert.equal(found?.[1], action)
  })

test('who is not said in the form of mail is looked for in the other fields', () => {
  assert.deepEqual(
    recipients(
      'Original-Recipient: rfc822; a@x.example',
      'Final-Recipient: x400; /RFC-822=a(a)x.example/ADMD= /C=WW/',
      'Action: failed',
    ),
    [['a@x.example', 'failed', null, null]],
  )
})

test('an address that was made unreadable is none', () => {
  assert.deepEqual(
    recipients('Final-Recipient: rfc822; jane...@x.example', 'Action: failed', 'Status: 5.0.0'),
    [[null, 'failed', '5.0.0', null]],
  )
})

const statuses: readonly (readonly [field: string, words: string, status: string, code: number])[] =
  [
    ['5.0.0', '550 5.1.1 no such user', '5.1.1', 550],
    ['5.1.1', '552 5.2.2 over quota', '5.2.2', 552],
    ['5.2.0', '550 no such user', '5.2.0', 550],
    ['5.7.1', '550 5.0.0 refused', '5.7.1', 550],
    ['4.4.7', '450 4.7.1 access denied', '4.7.1', 450],
    ['4.4.7', '554 4.4.7 expired in 840 minutes <421 4.4.2 timed out>', '4.4.2', 421],
    ['5.0.0', "5.1.0 unknown address error 550-'5.7.1 access denied'", '5.7.1', 550],
    ['4.0.0', '220-mx 421 4.2.1 refused', '4.2.1', 421],
    ['5.0.0', '554 IP=192.0.2.254 - blocked', '5.0.0', 554],
  ]

for (const [field, words, status, code] of statuses)
  test(`Status ${field} and “${words}”: ${code} ${status}`, () => {
    const fields = [`Status: ${field}`, `Diagnostic-Code: smtp; ${words}`]
    const [found] = recipients('Final-Recipient: rfc822; a@x.example', 'Action: failed', ...fields)
    assert.deepEqual(found, ['a@x.example', 'failed', status, code])
  })
