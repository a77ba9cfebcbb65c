/** What goes wrong at other servers, on the whole server: nothing is lost, and nothing waits for ever. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { MxAct, MxScript, MxStep } from '../../src/smtp-client/testing/fake-mx.ts'
import { assertSound, startOtherServers, submit, until } from '../support/other-servers.ts'
import { startWithUsers } from '../support/users.ts'
import type { Settings, Waybill } from '../support/waybill.ts'

/** Goes wrong the first time it comes to this step, and never again. */
function onceAt(step: MxStep, act: MxAct): MxScript {
  let isDone = false
  return {
    act: (now) => {
      if (isDone || now !== step) return null
      isDone = true
      return act
    },
  }
}

/** The content of every message that was sent to the end of data, accepted or not. */
function contents(octets: readonly string[]): string[] {
  return octets.flatMap((text) =>
    [...text.matchAll(/^DATA\r\n(.*?)^\.\r\n/gms)].map(([, content = '']) => content),
  )
}

const completed = (server: Waybill) => server.log('mainlog').match(/ Completed\b/g)?.length ?? 0

test('F12: the last reply is lost: the same message is sent again', async () => {
  await using others = await startOtherServers({ 'a.test': onceAt('dot', { kind: 'rst' }) })
  await using server = await startWithUsers({ settings: others.settings })
  await submit(server, 'f12@client.test', 'carol@a.test')
  await until(() => completed(server) === 1, 'the end of the message')
  const { sessions } = others.mx('a.test')
  const [first, second, ...more] = contents(sessions.map(({ octets }) => octets))
  assert.equal(more.length, 0)
  assert.equal(first, second)
  assert.match(first ?? '', /^Message-ID: <f12@client\.test>\r$/m)
  assert.match(server.log('mainlog'), / == carol@a\.test .* => carol@a\.test /s)
  await assertSound(server)
})

test('F12: we die while the last reply is awaited: the same message is sent again', async () => {
  await using others = await startOtherServers({ 'a.test': onceAt('dot', { kind: 'hang' }) })
  await using server = await startWithUsers({ settings: others.settings })
  await submit(server, 'f12@client.test', 'carol@a.test')
  const { sessions, messages } = others.mx('a.test')
  const all = () => contents(sessions.map(({ octets }) => octets))
  await until(() => all().length === 1, 'the end of data')
  await server.kill()
  await assertSound(server)
  await server.start()
  await until(() => completed(server) === 1, 'the end of the message')
  assert.equal(all().length, 2)
  assert.equal(all()[0], all()[1])
  assert.equal(messages.length, 1)
  await assertSound(server)
})

const STEPS = ['banner', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'dot', 'QUIT'] as const
const WAYS: { readonly [way: string]: MxAct } = {
  '4yz': '451 4.3.0 later',
  '5yz': '554 5.3.0 never',
  '421': '421 4.3.2 closing',
  'no number': { kind: 'malformed' },
  'no end': { kind: 'endless' },
  '10 MB': { kind: 'flood' },
  slow: { kind: 'slow' },
  hang: { kind: 'hang' },
  fin: { kind: 'fin' },
  rst: { kind: 'rst' },
}
/** Where a 5yz is the end. After that of EHLO comes HELO, and the text is converted to 7 bits. */
const FINAL_STEPS: readonly MxStep[] = ['MAIL', 'RCPT', 'DATA', 'dot']

const IMPATIENT: Settings = {
  timeouts: {
    ...{ greeting: '1 s', command: '1 s', data: '1 s', block: '1 s', end_of_data: '1 s' },
    ...{ connect: '5 s', quit: '500 ms' },
  },
}

test('F15: whatever goes wrong once, wherever: each message ends, and no lease stays', async () => {
  const cells = STEPS.flatMap((step) =>
    Object.entries(WAYS).map(([way, act], index) => {
      const domain = `${step.toLowerCase()}-${index}.test`
      return { domain, step, act, isFinal: way === '5yz' && FINAL_STEPS.includes(step) }
    }),
  )
  await using others = await startOtherServers(
    Object.fromEntries(cells.map(({ domain, step, act }) => [domain, onceAt(step, act)])),
  )
  const outgoing = Object.assign({}, others.settings['outgoing'], IMPATIENT)
  await using server = await startWithUsers({ settings: { outgoing } })
  for (const { domain } of cells) await submit(server, domain, `carol@${domain}`)
  // A notice to the sender is a message too, with its own end.
  const bounces = cells.filter(({ isFinal }) => isFinal).length
  await until(() => completed(server) === cells.length + bounces, 'the end of each', 60_000)
  const log = server.log('mainlog')
  for (const { domain, isFinal } of cells) {
    const own = log.split('\n').filter((line) => line.includes(domain))
    assert.equal(
      own.some((line) => line.includes(` ** carol@`)),
      isFinal,
      own.join('\n'),
    )
    assert.equal(log.split(` => carol@${domain} `).length, isFinal ? 1 : 2, domain)
  }
  assert.equal(JSON.parse(await server.cliOk(['queue', 'list', '--json'])).length, 0)
  await assertSound(server)
})
