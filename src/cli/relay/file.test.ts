import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseRelayFile } from './file.ts'

test('host, port, user and pass, however they are written', () => {
  const expected = {
    name: null,
    hosts: [{ host: 'smtp.example.net', port: 587 }],
    tls: 'starttls',
    user: 'jane@example.com',
    password: 'correct # horse: = 1',
  }
  const forms = [
    'host: smtp.example.net\nport: 587\nuser: jane@example.com\npass: correct # horse: = 1\n',
    '\uFEFF# the relay\r\n\r\n  HOST = smtp.example.net \r\nPort=submission\r\nUser Name:jane@example.com\r\nPassword: "correct # horse: = 1"',
    '; made by hand\nserver:smtp.example.net:587\nlogin: jane@example.com\npass=correct # horse: = 1',
  ]
  for (const form of forms) assert.deepEqual(parseRelayFile(form, 'f'), expected, form)
})

test('what belongs to what: TLS to the port, the port to TLS', () => {
  const cases: [text: string, port: number, tls: string][] = [
    ['host: h.example', 587, 'starttls'],
    ['host: h.example\nport: 465', 465, 'implicit'],
    ['host: h.example\ntls: SSL', 465, 'implicit'],
    ['host: h.example\nport: 25', 25, 'starttls'],
    ['host: h.example\nport: 2525\ntls: none', 2525, 'none'],
    ['host: [2001:db8::1]:26', 26, 'starttls'],
  ]
  for (const [text, port, tls] of cases) {
    const read = parseRelayFile(text, 'f')
    assert.deepEqual([read.hosts[0]?.port, read.tls], [port, tls], text)
    assert.deepEqual([read.user, read.password], [null, null])
  }
})

test('several hosts, in their order, each with its port', () => {
  const { hosts, name } = parseRelayFile(
    'name: provider\nhost: a.example\nport: 2525\nhost: b.example\nhost: 192.0.2.1:26\n',
    'f',
  )
  assert.equal(name, 'provider')
  assert.deepEqual(hosts, [
    { host: 'a.example', port: 2525 },
    { host: 'b.example', port: 587 },
    { host: '192.0.2.1', port: 26 },
  ])
})

test('what is wrong is said with its line, and never with the password', () => {
  const cases: [text: string, error: RegExp][] = [
    ['', /^relay\.conf names no host/],
    ['user: x\npass: y', /names no host/],
    ['host: a.example\n\nsecret', /^relay\.conf, line 3: this is not a key and a value/],
    ['host: a.example\nhots: b', /line 2: "hots" is no key; a relay has host, port/],
    ['host: a.example\nport: 70000', /line 2: "70000" is no port/],
    ['host: a.example\nport: 1e3', /line 2: "1e3" is no port/],
    ['port: 25\nhost: a.example', /line 1: the port stands before its host/],
    ['host: a.example:25\nport: 26', /line 2: this host has a port already/],
    ['host: a b', /line 1: "a b" is no host/],
    ['host: a.example\nuser:', /line 2: "user" has no value/],
    ['host: a.example\nuser: a\nuser: b', /line 3: "user" is there already/],
    ['host: a.example\ntls: perhaps', /line 2: "perhaps" is not known; tls is implicit,/],
    ['host: a.example\npass: secret', /has a password and no user/],
    ['host: a.example\nconstructor: secret', /line 2: "constructor" is no key/],
  ]
  for (const [text, error] of cases)
    assert.throws(
      () => parseRelayFile(text, 'relay.conf'),
      (thrown) => {
        assert.ok(thrown instanceof Error)
        assert.match(thrown.message, error)
        assert.doesNotMatch(thrown.message, /secret/)
        return true
      },
      text,
    )
})
