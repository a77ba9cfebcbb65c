/** Mail from one server to another: two of ours, each a process of its own, on loopback. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { startWaybill, type Waybill } from '../support/waybill.ts'

const ANN = 'ann@here.test'
const BOB = 'bob@there.test'

/** `here.test` and `there.test`, the first with the second as the relay for its domain. */
async function startTwo(): Promise<{ here: Waybill; there: Waybill } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const there = stack.use(await startWaybill({ accounts: { [BOB]: 'bob password' } }))
  const here = stack.use(await startWaybill({ accounts: { [ANN]: 'ann password' } }))
  await here.cliOk([
    ...['relay', 'add', 'there', '--host', `127.0.0.1:${there.ports.smtp}`],
    ...['--tls', 'starttls', '--no-check', '--for-recipient', 'there.test'],
  ])
  const all = stack.move()
  return { here, there, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

test('mail for another domain goes there, once, signed, and its way is in the log', async () => {
  await using servers = await startTwo()
  const { here, there } = servers
  const raw = makeMessage({ id: 'out-1@here.test', from: ANN, to: BOB })
  await using client = await here.submission(ANN)
  await client.send({ from: ANN, to: [BOB] }, raw)
  const [, id = ''] = await here.logged('mainlog', / (\S+) <= ann@here\.test .* for bob@there\.test/)
  await here.logged('mainlog', new RegExp(`${id} Completed`))
  const log = here.log('mainlog')
  assert.match(
    log,
    new RegExp(`${id} => bob@there\\.test F=<ann@here\\.test> R=relay .*H=.*C="250 .*" QT=`),
  )
  assert.equal(log.match(/Completed/g)?.length, 1)
  assert.equal(here.log('paniclog'), '')

  await using imap = await there.imap(BOB)
  await imap.ok('SELECT INBOX')
  assert.equal((await imap.search('HEADER Message-ID out-1@here.test')).length, 1)
  assert.equal((await imap.search('HEADER DKIM-Signature here.test')).length, 1)
})

test('what the other server refuses comes back to its sender, with the reason', async () => {
  await using servers = await startTwo()
  const { here } = servers
  const raw = makeMessage({ id: 'out-2@here.test', from: ANN, to: 'nobody@there.test' })
  await using client = await here.submission(ANN)
  await client.send({ from: ANN, to: ['nobody@there.test'] }, raw)
  await here.logged('mainlog', /\*\* nobody@there\.test .*550 5\.1\.1/)
  await here.logged('mainlog', /<= <> R=\S+ .* for ann@here\.test/)
  await using imap = await here.imap(ANN)
  await imap.ok('SELECT INBOX')
  assert.equal((await imap.search('HEADER Content-Type multipart/report')).length, 1)
})
