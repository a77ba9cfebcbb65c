import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ManualClock } from '../base/clock.ts'
import { parseAddress } from '../syntax/address/address.ts'
import { SenderRewriting } from './srs.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const START_MS = Date.UTC(2026, 10, 21, 12)

function rewriting(secret = 'secret', clock = new ManualClock(START_MS)) {
  const srs = new SenderRewriting(Buffer.from(secret), clock)
  const back = (address: string) => srs.original(parseAddress(address).localpart)
  const forwarded = (sender: string) => srs.forwarded(sender, 'ours.example') ?? assert.fail(sender)
  return { clock, srs, forwarded, back }
}

test('a sender is found again in the address that stands for it', () => {
  const { forwarded, back } = rewriting()
  const senders = [
    'bob@example.net',
    'bounces+123-jane=ours.example@em42.sender.example',
    '"two words"@example.net',
    '用户@xn--fsqu00a.example',
    `${'v'.repeat(64)}@example.net`,
  ]
  for (const sender of senders) {
    const address = forwarded(sender)
    assert.match(address, /^"?SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=.*"?@ours\.example$/u)
    assert.equal(back(address), sender)
  }
})

test('servers that change the case of it do no harm', () => {
  const { forwarded, back } = rewriting()
  assert.equal(back(forwarded('Bob@example.net').toLowerCase()), 'bob@example.net')
  assert.equal(back(forwarded('Bob@example.net').toUpperCase()), 'BOB@example.net')
})

test('an address that another made, or that was changed, leads nowhere', () => {
  const { forwarded, back } = rewriting()
  const address = forwarded('bob@example.net')
  for (const wrong of [
    address.replace('bob', 'eve'),
    address.replace('example.net', 'example.org'),
    address.replace(/=([A-Z2-7]{8})=/, '=AAAAAAAA='),
    address.replace(/=([A-Z2-7]{4})[A-Z2-7]{4}=/, '=$1='),
    rewriting('other').forwarded('bob@example.net'),
    'SRS1=AAAAAAAA=victim.example==a=b@ours.example',
    'bob@ours.example',
  ])
    assert.equal(back(wrong), null, wrong)
})

test('it is good for 21 days', () => {
  const { forwarded, back, clock } = rewriting()
  const address = forwarded('bob@example.net')
  clock.advance(21 * DAY_MS)
  assert.equal(back(address), 'bob@example.net')
  clock.advance(DAY_MS)
  assert.equal(back(address), null)
})

test('a forwarder after a forwarder leads back to the first', () => {
  const { forwarded, back } = rewriting()
  const first = 'SRS0=XjO9=V6=example.net=bob@first.example'
  const second = forwarded(first)
  assert.match(second, /^SRS1=[A-Z2-7]{8}=first\.example==XjO9=V6=example\.net=bob@ours\.example$/)
  assert.equal(back(second), first)
  const third = rewriting('third').forwarded(second)
  assert.match(third, /^SRS1=[A-Z2-7]{8}=first\.example==XjO9=V6=example\.net=bob@ours\.example$/)
  assert.equal(rewriting('third').back(third), first)
})

test('a sender that does not fit, or has no domain, stays', () => {
  const { srs } = rewriting()
  const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.example`
  assert.equal(srs.forwarded(`${'v'.repeat(50)}@${domain}`, 'ours.example'), null)
  assert.equal(srs.forwarded('bob@[192.0.2.1]', 'ours.example'), null)
  assert.equal(srs.forwarded('nobody', 'ours.example'), null)
})
