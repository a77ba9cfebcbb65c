/** A relay that refuses our login: mail waits, that is said once, and goes on when it is mended. */
import assert from 'node:assert/strict'
import { chmodSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

test('mail waits for a relay that refuses our login, and goes as soon as the relay is set right', async () => {
  const password = 'no longer this one'
  const login = `535 5.7.8 not ${password} nor ${Buffer.from(password).toString('base64')}`
  await using refusing = await scriptedRelay({ login })
  await using taking = await scriptedRelay()
  await using server = await startWithUsers({})
  const at = ({ port }: { readonly port: number }) => ['--host', `127.0.0.1:${port}`]
  await server.cliOk(
    [
      ...['relay', 'add', 'prov', ...at(refusing), '--no-check', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: `${password}\n` },
  )
  await submit(server, 'first')
  await server.logged('paniclog', /the relay prov refuses our login, and mail for it waits: .*535/)
  await server.logged('mainlog', / == first@else\.example .* after AUTH PLAIN: 535 5\.7\.8 not/)
  await submit(server, 'second')

  await server.cliOk(['relay', 'set', 'prov', ...at(taking), '--password-stdin'], {
    input: 'another one\n',
  })
  await server.logged('mainlog', / => first@else\.example .* A=plain C="250 /)
  await server.logged('mainlog', / => second@else\.example .* A=plain C="250 /)

  assert.equal(server.log('paniclog').split('refuses our login').length, 2, 'said once')
  assert.doesNotMatch(server.log('mainlog'), / \*\* /)
  const told = server.output + server.log('mainlog') + server.log('paniclog')
  for (const secret of [password, Buffer.from(password).toString('base64')])
    assert.ok(!told.includes(secret), 'what the relay quoted of the password is in no log')
})

test('check says when secrets do not open, or others may read what opens them', async () => {
  await using server = await startWithUsers({ start: false })
  await server.cliOk(
    [
      ...['relay', 'add', 'prov', '--host', '127.0.0.1:25', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: 'a password\n' },
  )
  const key = join(server.dataFolder, 'key')
  assert.equal(statSync(key).mode & 0o777, 0o600)
  assert.match(await server.cliOk(['check']), /^no problem/)
  chmodSync(key, 0o644)
  const readable = await server.cli(['check'])
  assert.equal(readable.status, 1)
  assert.match(readable.stdout, /others may read the key file \(mode 644\)/)
  renameSync(key, `${key}.away`)
  const missing = await server.cli(['check'])
  assert.equal(missing.status, 1)
  assert.match(missing.stdout, /the key file \S+ is missing/)
})

async function submit(server: Waybill, name: string): Promise<void> {
  const to = `${name}@else.example`
  await using smtp = await server.submission(ALICE)
  const message = makeMessage({ id: `${name}@client.test`, from: ALICE, to })
  const reply = await smtp.send({ from: ALICE, to: [to] }, message)
  assert.equal(reply.code, 250, reply.text)
}
