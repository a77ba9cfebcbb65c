import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import { answering, peer } from '../testing/peer.ts'
import { type Answers, findingsOf, worldOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import { openRelay } from './open-relay.ts'
import { probesOf } from './probes.ts'

const DOMAIN = { id: 1, name: 'ours.example', createdMs: 0 } as never

test('there are at least 90 different probes, and none has an address of ours', () => {
  const probes = probesOf('ours.example')
  const different = new Set(probes.map((probe) => JSON.stringify(probe)))
  assert.ok(different.size >= 90, `${different.size}`)
  for (const sender of ['<waybill-doctor@ours.example>', '<u@relay-probe.invalid>', '<>'])
    assert.ok(probes.some((probe) => probe.sender === sender && probe.hello.startsWith('HELO')))
})

test('a server that takes everything is an open relay', async (t) => {
  const route = { steps: [], destinations: [outside([])] }
  const finding = await look(t, [], { route })
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /sends on for strangers: 99 ways are open/)
  assert.match(finding.evidence[0] ?? '', /RCPT TO:<u@relay-probe\.invalid>: 250 OK$/)
})

test('one way that is open is found among all', async (t) => {
  const route = { steps: [], destinations: [outside([])] }
  const answers = [[/^RCPT TO:(?!<u%relay)/, '550 5.7.1 no']] as const
  const finding = await look(t, answers, { route })
  assert.deepEqual([finding?.verdict, finding?.figures['relayed']], ['failing', 3])
})

test('a server that refuses all of them is none', async (t) => {
  const finding = await look(t, [[/^RCPT/, '550 5.7.1 relay not permitted']], {})
  assert.deepEqual([finding?.verdict, finding?.figures['tried']], ['ok', 99])
})

test('a catch-all takes what looks strange, and keeps it or forwards it as it was told', async (t) => {
  const route = { steps: [], destinations: [outside(['*@ours.example'])] }
  const answers = [[/^RCPT TO:<(?!u%relay|"u%relay)/, '550 5.7.1 no']] as const
  const finding = await look(t, answers, { route })
  assert.equal(finding?.verdict, 'ok')
  assert.match(finding.evidence[0] ?? '', /are addresses of ours\.example itself/)
})

test('a server that hangs up is not praised', async (t) => {
  const port = await peer(t, (socket) => socket.end('421 too many connections\r\n'))
  const finding = await at(t, port, {})
  assert.equal(finding?.verdict, 'warning')
  assert.match(finding.summary, /only 0 of 99 could be tried: .*421 too many/)
})

function outside(parents: readonly string[]) {
  return {
    ...{ kind: 'outside' as const, address: 'u@relay-probe.invalid', parents, inNameOf: null },
    destination: 'mx:relay-probe.invalid' as never,
  }
}

async function look(
  t: TestContext,
  answers: readonly (readonly [RegExp, string])[],
  directory: Answers,
): Promise<Finding | undefined> {
  const port = await peer(t, answering('220 mail.example.com', answers))
  return await at(t, port, directory)
}

async function at(t: TestContext, port: number, directory: Answers): Promise<Finding | undefined> {
  const world = worldOf(t, {
    config: `[[listeners]]\nname = "smtp"\nprotocol = "smtp"\naddress = "127.0.0.1"\nport = ${port}`,
    status: {
      listeners: [{ name: 'smtp', address: '127.0.0.1', port, connections: 0 }],
    } as never,
    answers: { 'domain.list': [DOMAIN], ...directory },
  })
  return (await findingsOf(openRelay, world))[0]
}
