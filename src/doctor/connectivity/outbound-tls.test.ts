import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fakeResolver } from '../../dns/fake.ts'
import { startFakeMx } from '../../smtp-client/testing/fake-mx.ts'
import { makeSelfSigned } from '../../tls/self-signed.ts'
import { worldOf } from '../testing/world.ts'
import { lookOut } from './outbound.ts'

test('connectivity.outbound: a server that greets and has TLS is proof that mail can leave', async (t) => {
  await using mx = await startFakeMx({ certificate: makeSelfSigned(['mx.large.example']) })
  const world = worldOf(t, {
    config: `[outgoing]\nport = ${mx.port}\nipv6 = false\n[doctor]\noutbound_host = "large.example"`,
    resolver: fakeResolver({
      mx: {
        'large.example': [
          { preference: 5, exchange: 'down.large.example' },
          { preference: 10, exchange: 'mx.large.example' },
        ],
      },
      // The first one is down: 127.0.0.2 has no listener there.
      addresses: { 'down.large.example': ['127.0.0.2'], 'mx.large.example': ['127.0.0.1'] },
    }),
  })
  const [finding] = await lookOut(world, new AbortController().signal)
  assert.deepEqual([finding?.verdict, finding?.subject], ['ok', 'IPv4'])
  assert.match(finding?.evidence.join('\n') ?? '', /mx\.large\.example \[127\.0\.0\.1\].*TLSv1\.3/s)
})
