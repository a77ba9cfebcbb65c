import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ListenerConfig } from '../config/types.ts'
import { ourselves } from './ourselves.ts'

const listener = (protocol: ListenerConfig['protocol'], address: string, port: number) =>
  ({ name: `${protocol}${port}`, protocol, address, port, tls: 'starttls' }) as const

test('ourselves: the port of an SMTP listener on an address of this machine', () => {
  const isOurself = ourselves(
    [listener('smtp', '*', 25), listener('smtp', '192.0.2.7', 2525), listener('imap', '*', 143)],
    'mail.example.com',
    () => ['192.0.2.1', '2001:db8::1'],
  )
  const cases: [name: string | null, address: string, port: number, is: boolean][] = [
    [null, '192.0.2.1', 25, true],
    ['other.example', '2001:db8::1', 25, true],
    [null, '127.0.0.3', 25, true],
    [null, '0.0.0.0', 25, true],
    [null, '192.0.2.2', 25, false],
    [null, '192.0.2.1', 2525, false],
    [null, '192.0.2.7', 2525, true],
    [null, '192.0.2.1', 143, false],
    // Behind an address translation.
    ['mail.example.com', '198.51.100.1', 25, true],
    ['mail.example.com', '198.51.100.1', 26, false],
  ]
  for (const [name, address, port, is] of cases)
    assert.equal(isOurself({ name, address, port }), is, `${name} ${address} ${port}`)
  assert.equal(
    ourselves([listener('smtp', '*', 25)], 'localhost', () => [])({
      name: 'localhost',
      address: '198.51.100.1',
      port: 25,
    }),
    false,
  )
})
