import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Relay } from '../../directory/types.ts'
import { adviceFor } from './advice.ts'

const RELAY: Relay = {
  name: 'provider',
  hosts: [{ host: 'smtp.example.net', port: 587 }],
  ...{ tls: 'starttls', checkCertificate: true, user: null, mechanism: null },
  ...{ rules: [], insecure: false, loginRefused: null, createdMs: 0 },
}

test('a name that DNS does not know: the command names the relay that was tested', () => {
  const { why, remedy } = adviceFor(RELAY, {
    ...{ host: 'smtp.example.net', port: 587, address: null },
    ...{ tls: null, certificate: null, authenticator: null, reply: null },
    failure: {
      ...{ kind: 'deferred', phase: 'dns', scope: 'host', reply: null, status: '4.4.3' },
      text: "the relay's host smtp.example.net is not found",
    },
  })
  assert.equal(why, 'smtp.example.net is not in DNS')
  assert.match(remedy.join('\n'), /waybill relay set provider --host HOST/)
})
