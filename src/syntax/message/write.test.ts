import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  type Received,
  dateLine,
  deliveredToLine,
  fromLine,
  messageIdLine,
  receivedLine,
  returnPathLine,
} from './write.ts'

const received: Received = {
  helo: 'laptop.lan',
  hostName: null,
  address: '192.0.2.3',
  by: 'mail.example.com',
  protocol: 'ESMTPSA',
  tls: 'TLS1.3:TLS_AES_256_GCM_SHA384:256',
  id: '1vnYk2-00000000BQ5-1EaB',
  recipient: 'bob@example.net',
  atMs: Date.UTC(2026, 10, 21, 0, 48, 19),
  zoneMinutes: 60,
}

test('RFC 5321 §4.4: Received', () => {
  assert.equal(
    receivedLine(received),
    'Received: from laptop.lan ([192.0.2.3])\r\n' +
      '\tby mail.example.com with ESMTPSA\r\n' +
      '\t(TLS1.3:TLS_AES_256_GCM_SHA384:256)\r\n' +
      '\tid 1vnYk2-00000000BQ5-1EaB\r\n' +
      '\tfor <bob@example.net>;\r\n' +
      '\tSat, 21 Nov 2026 01:48:19 +0100\r\n',
  )
})

test('Received without what is not known', () => {
  const line = receivedLine({ ...received, helo: null, address: null, tls: null, recipient: null })
  assert.equal(
    line,
    'Received: by mail.example.com with ESMTPSA\r\n\tid 1vnYk2-00000000BQ5-1EaB;\r\n\tSat, 21 Nov 2026 01:48:19 +0100\r\n',
  )
})

test('a client cannot begin another clause or close the comment', () => {
  const line = receivedLine({
    ...received,
    helo: 'x by evil; (y',
    hostName: 'a)b',
    address: '2001:db8::1',
  })
  assert.match(
    line,
    /^Received: from x_by_evil__\(?_?y \(a\\\)b \[IPv6:2001:db8::1\]\)\r\n\tby mail\./,
  )
})

test('the other lines', () => {
  assert.equal(returnPathLine('jane@example.com'), 'Return-Path: <jane@example.com>\r\n')
  assert.equal(returnPathLine(null), 'Return-Path: <>\r\n')
  assert.equal(deliveredToLine('jane@example.com'), 'Delivered-To: jane@example.com\r\n')
  assert.equal(dateLine(0), 'Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n')
  assert.equal(messageIdLine('1@x'), 'Message-ID: <1@x>\r\n')
})

test('the author has a name', () => {
  for (const [name, line] of [
    ['Jane Doe', 'From: Jane Doe <jane@example.com>'],
    ['Doe, J. "JD"', 'From: "Doe, J. \\"JD\\"" <jane@example.com>'],
    ['Dämon', 'From: =?UTF-8?B?RMOkbW9u?= <jane@example.com>'],
    ['a\r\nBcc: x@y', 'From: "a Bcc: x@y" <jane@example.com>'],
    [' ', 'From: jane@example.com'],
    [null, 'From: jane@example.com'],
    ['x'.repeat(5000), `From: ${'x'.repeat(100)} <jane@example.com>`],
  ] as const)
    assert.equal(fromLine(name, 'jane@example.com'), `${line}\r\n`)
})

test('no value can end its line', () => {
  for (const bad of ['\r', '\n', '\0', '\u2028', 'a\r\nBcc: x@y']) {
    for (const key of ['helo', 'hostName', 'address', 'by', 'protocol', 'tls', 'id', 'recipient']) {
      assert.throws(() => receivedLine({ ...received, [key]: bad }), TypeError, key)
    }
    assert.throws(() => returnPathLine(bad), TypeError)
    assert.throws(() => deliveredToLine(bad), TypeError)
    assert.throws(() => messageIdLine(bad), TypeError)
  }
})
