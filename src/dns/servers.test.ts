import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dnsServers } from './servers.ts'

test('resolv.conf(5): the first three nameservers, trusted when they are named so', () => {
  const text = `# made by somebody
search example.com
nameserver 127.0.0.1
nameserver\t192.0.2.53 
options edns0 trust-ad
; nameserver 192.0.2.54
nameserver not-an-address
nameserver fe80::1%eth0
nameserver 192.0.2.55`
  assert.deepEqual(dnsServers(text, ['127.0.0.1', '::1']), [
    { address: '127.0.0.1', port: 53, trusted: true },
    { address: '192.0.2.53', port: 53, trusted: false },
    { address: 'fe80::1%eth0', port: 53, trusted: false },
  ])
})

test('without a file this machine is asked', () => {
  assert.deepEqual(dnsServers(null, []), [{ address: '127.0.0.1', port: 53, trusted: false }])
  assert.deepEqual(dnsServers('', ['127.0.0.1:53']), [
    { address: '127.0.0.1', port: 53, trusted: true },
  ])
})

test('a trusted server with a port of its own is asked first', () => {
  assert.deepEqual(dnsServers('nameserver 192.0.2.53', ['[::1]:5353', '127.0.0.1:5300', 'x:1']), [
    { address: '::1', port: 5353, trusted: true },
    { address: '127.0.0.1', port: 5300, trusted: true },
    { address: '192.0.2.53', port: 53, trusted: false },
  ])
})
