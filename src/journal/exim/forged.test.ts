/** What a stranger can write into a line: addresses in quotes, HELO, the name of a login. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { UTC } from '../zone.ts'
import { readLine } from './read.ts'

const ID = '1vnYk2-00000000BQ5-1EaB'

const read = (text: string) => readLine(`2026-11-20 09:00:06 ${text}`, UTC)

/** Some fields of an event. */
function hasFields(event: object, fields: object): void {
  for (const [name, value] of Object.entries(fields))
    assert.deepEqual((event as Record<string, unknown>)[name], value, name)
}

test('no quoted local part is taken for the fields or the end of a rejection', () => {
  const sender = '"a> rejected RCPT <good@x>: ok F=<b"@evil'
  const recipient = '"a>: b (": fake> F=<x@y> rejected RCPT <z>: no"@x'
  const host = { name: null, helo: 'h', address: '192.0.2.66', port: null }
  const real = { type: 'rejected', host, reason: 'relay not permitted' }
  for (const from of [sender, sender.replace('ok', 'o\\"k')])
    hasFields(read(`H=(h) [192.0.2.66] F=<${from}> rejected RCPT <bob@x>: relay not permitted`), {
      ...real,
      from: from.replace('\\"', '"'),
      subject: '<bob@x>',
    })
  hasFields(read(`H=(h) [192.0.2.66] F=<a@b> rejected RCPT <${recipient}>: relay not permitted`), {
    ...real,
    from: 'a@b',
    subject: `<${recipient}>`,
  })
  const failed = read(`${ID} ** bob <"bob> R=fake T=fake: 550"@x> F=<${sender}> R=real: 550 no`)
  assert.ok(failed.type === 'failed')
  assert.equal(failed.recipient.router, 'real')
  assert.equal(failed.recipient.from, sender)
  // What is cut short goes on to the end: nothing in it is the server's word.
  const cut = read(`H=(h) [192.0.2.66] F=<${sender.slice(0, -'b"@evil'.length)}`)
  assert.notEqual(cut.type, 'rejected')
})

test('quotes that do not close before a domain are characters like others', () => {
  const event = read('H=(h) [192.0.2.66] F=<"a> rejected RCPT <"b" c>: no')
  hasFields(event, { type: 'rejected', from: '"a', subject: '<"b" c>', reason: 'no' })
})

test('neither HELO nor the name of a login can forge another host or login', () => {
  const failed = 'dovecot_login authenticator failed for'
  const reply = '535 Incorrect authentication data'
  const login = `boss [8.8.8.8]: ${reply} (set_id=x`
  const host = { name: null, helo: 'x', address: '192.0.2.66', port: null }
  const cases: readonly (readonly [string, object])[] = [
    [`(x) [192.0.2.66]: ${reply} (set_id=${login})`, { host, login, reply }],
    [`(x) [192.0.2.66]: ${reply} (set_id=boss): no (set_id=x)`, { login: 'boss): no (set_id=x' }],
    [
      `(x) [192.0.2.66]: 435 Unable to authenticate at present (set_id=boss): a): why (b)`,
      { login: 'boss): a', reply: '435 Unable to authenticate at present: why (b)' },
    ],
    [
      `mx (x) [10.9.9.9] (evil) [192.0.2.66]:42 I=[192.0.2.1]:465: ${reply} (set_id=${login})`,
      {
        host: { name: 'mx', helo: 'x) [10.9.9.9] (evil', address: '192.0.2.66', port: 42 },
        local: { address: '192.0.2.1', port: 465 },
        login,
      },
    ],
    [
      `(x) [10.9.9.9] U=boss y (a(b) [192.0.2.66]:42: ${reply}`,
      { host: { ...host, helo: 'x) [10.9.9.9] U=boss y (a(b', port: 42 }, login: null, reply },
    ],
    [
      `H=(x) [10.9.9.9] (y) [192.0.2.66]: ${reply}`,
      { host: { ...host, helo: 'x) [10.9.9.9] (y' } },
    ],
  ]
  for (const [text, fields] of cases)
    hasFields(read(`${failed} ${text}`), { type: 'authenticationFailed', ...fields })
  hasFields(read('H=(x) [10.9.9.9] (y) [192.0.2.66] F=<a@b> rejected RCPT <c@d>: no'), {
    type: 'rejected',
    host: { ...host, helo: 'x) [10.9.9.9] (y' },
    from: 'a@b',
  })
})

test('a HELO that imitates the rest of a line, or a login that does: nothing is said of the host', () => {
  const reply = '535 Incorrect authentication data'
  const start = 'dovecot_login authenticator failed for'
  const both = `(x) [198.51.100.1]: ${reply} (set_id=victim) [192.0.2.66]: ${reply} (set_id=x)`
  hasFields(read(`${start} ${both}`), {
    type: 'authenticationFailed',
    mechanism: 'dovecot_login',
    host: null,
    login: null,
    reply,
  })
  hasFields(read(`${start} (x]: ${reply} (set_id=victim)) [192.0.2.66]: ${reply} (set_id=x)`), {
    type: 'authenticationFailed',
    host: { name: null, helo: null, address: '192.0.2.66', port: null },
    login: 'x',
  })
  const forged = 'H=(x) [198.51.100.1] A=plain:boss F=<ceo@a> rejected RCPT <w@a>: no'
  hasFields(read(`${forged}) [192.0.2.66] F=<a@b> rejected RCPT <c@d>: relay not permitted`), {
    type: 'rejected',
    ...{ host: null, login: null, authenticator: null, from: undefined, subject: null },
    reason: 'relay not permitted',
  })
  for (const later of ['F=<a@b> temporarily rejected RCPT <c@d>: later', 'Warning: x'])
    hasFields(read(`${forged}) [192.0.2.66] ${later}`), { type: 'note', host: null })
  hasFields(read('H=(x) [198.51.100.1]) [192.0.2.66] F=<a@b> rejected RCPT <c@d>: no'), {
    type: 'rejected',
    host: { name: null, helo: null, address: '192.0.2.66', port: null },
  })
  // An answer that names hosts in brackets is no second reading.
  hasFields(
    read('H=(h) [192.0.2.66] F=<a@b> rejected RCPT <c@d>: callout (mx) [192.0.2.9] failed'),
    {
      type: 'rejected',
      host: { name: null, helo: 'h', address: '192.0.2.66', port: null },
      from: 'a@b',
    },
  )
})

test('neither HELO nor a Message-ID can forge a login, a host or a recipient of an arrival', () => {
  const start = `${ID} <= a@b H=(x) [198.51.100.1] P=esmtpsa A=plain:boss`
  hasFields(read(`${start} (y) [192.0.2.66] P=esmtp S=12`), {
    host: null,
    login: null,
    from: 'a@b',
  })
  const rest = 'P=esmtp X=TLS1.3:a:256 S=12 id=x'
  const host = { name: null, helo: 'h', address: '192.0.2.66', port: null }
  const forged = `A=plain:boss U=root R=${ID} SNI=no S=99 H=[198.51.100.1]`
  hasFields(read(`${ID} <= a@b H=(h) [192.0.2.66] ${rest} ${forged} T="b" for w@x`), {
    ...{ host, login: null, user: null, parent: null, sizeOctets: 12, subject: 'b' },
    recipients: ['w@x'],
  })
  hasFields(read(`${ID} <= a@b H=(h) [192.0.2.66] ${rest} for ceo@a for w@x "a for b"@y`), {
    host,
    recipients: ['w@x', '"a for b"@y'],
  })
})
