/** `waybill report` of a server: what is wrong, what became of mail, what to do; printed and mailed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import PostalMime from 'postal-mime'

import { scriptedRelay } from '../../src/cli/testing/scripted-relay.ts'
import { makeMessage } from '../support/message.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

interface Shown {
  readonly status: string
  readonly title: string
  readonly sections: readonly { readonly name: string; readonly blocks: readonly unknown[] }[]
  readonly figures: Readonly<Record<string, number>>
}

test('a relay that refuses our login, and what it is when it takes it again', async () => {
  const password = 'hunter2-secret'
  await using refusing = await scriptedRelay({ login: `535 5.7.8 wrong: ${password}` })
  await using taking = await scriptedRelay()
  await using server = await startWithUsers()
  const at = ({ port }: { readonly port: number }) => ['--host', `127.0.0.1:${port}`]
  await server.cliOk(
    [
      ...['relay', 'add', 'prov', ...at(refusing), '--no-check', '--all'],
      ...['--user', 'waybill', '--password-stdin'],
    ],
    { input: `${password}\n` },
  )
  for (const name of ['first', 'second']) await submit(server, `${name}@far.example`)
  await server.logged('mainlog', /paniclog|refuses our login/)
  const stuck = await reportOf(server)
  assert.equal(stuck.status, 'trouble')
  assert.equal(stuck.figures['waiting'], 2)
  assert.deepEqual(stuck.sections[0]?.blocks.at(-1), {
    kind: 'steps',
    steps: [
      {
        text: 'The relay prov refuses our login: look up the password at the provider, and set it',
        command: `waybill --config ${server.configFile} relay set prov --password`,
      },
    ],
  })
  const text = JSON.stringify(stuck)
  assert.match(text, /The relay prov has refused our login since/)
  assert.match(text, /"alice@example\.test","2","0","2"/, 'also what was not tried')
  assert.ok(!text.includes(password), 'it is nowhere, although the relay said it')

  // The doctor tried wrong passwords and forged recipients: that is nobody's attack.
  const again = await reportOf(server)
  assert.deepEqual([again.figures['rejected'], again.figures['failedLogins']], [0, 0])
  assert.ok(
    again.sections.some(({ name }) => name === 'comparison'),
    'with the one before',
  )

  await server.cliOk(['relay', 'set', 'prov', ...at(taking), '--password-stdin'], {
    input: 'another one\n',
  })
  await server.logged('mainlog', /=> second@far\.example/)
  await server.logged('mainlog', /=> first@far\.example/)
  const mended = await server.cliOk(['report', '--format', 'markdown'])
  assert.match(
    mended,
    /refused our login .*\. Mail has flowed again since .*: 2 messages waited; all have been delivered\./,
  )
  assert.match(mended, /The last delivery to a program on this machine was at /)
  assert.doesNotMatch(mended, /has refused our login since/)
})

test('--mail: text and page, from the postmaster; only where it goes is printed', async () => {
  await using server = await startWithUsers()
  await submit(server, BOB)
  const printed = await server.cliOk(['report', '--mail', BOB])
  assert.match(printed, /^The report goes to bob@example\.test: \S+\n$/)
  await using imap = await server.imap(BOB)
  await imap.ok('SELECT INBOX')
  const [uid] = await imap.search('HEADER Auto-Submitted auto-generated')
  assert.ok(uid !== undefined, 'it is in the mailbox')
  const octets = (await imap.fetchOctets(uid)) ?? Buffer.alloc(0)
  assert.ok(
    octets
      .toString('latin1')
      .split('\r\n')
      .every((line) => line.length <= 998),
    'RFC 5322 §2.1.1',
  )
  const mail = await PostalMime.parse(octets)
  assert.equal(mail.from?.address, 'postmaster@example.test')
  assert.deepEqual(
    mail.to?.map(({ address }) => address),
    [BOB],
  )
  assert.match(
    mail.subject ?? '',
    /^(?:All is well|Needs attention|In trouble): Mail at mail\.example\.test, \d{4}-/,
  )
  assert.match(mail.text ?? '', /^# Mail at mail\.example\.test\n/)
  assert.match(mail.text ?? '', /1 message came in/)
  assert.match(mail.html ?? '', /^<!doctype html>/)
  assert.match(mail.html ?? '', /<h2>What to do next<\/h2>/)
  const raw = octets.toString('latin1')
  assert.match(raw, /^Auto-Submitted: auto-generated\r$/m)
  assert.match(raw, /^Content-Type: multipart\/alternative;/m)

  const nobody = await server.cli(['report', '--mail', 'nobody@example.test'])
  assert.equal(nobody.status, 2)
  assert.match(nobody.stderr, /nobody@example\.test/)
})

test('without a running server it says so first, and how to start it', async () => {
  await using server = await startWithUsers()
  await submit(server, BOB)
  await server.stop()
  const { status, sections } = await reportOf(server)
  assert.equal(status, 'trouble')
  const last = JSON.stringify(sections.at(-1))
  assert.match(last, /"steps":\[\{"text":"No server runs\. [^"]*","command":"waybill [^"]*serve"/)
  const page = join(server.folder, 'report.html')
  assert.equal(await server.cliOk(['report', '--format', 'html', '-o', page]), '')
  assert.match(readFileSync(page, 'utf8'), /No server runs\./)
})

async function reportOf(server: Waybill): Promise<Shown> {
  return JSON.parse(await server.cliOk(['report', '--json'])) as Shown
}

async function submit(server: Waybill, to: string): Promise<void> {
  await using smtp = await server.submission(ALICE)
  const reply = await smtp.send(
    { from: ALICE, to: [to] },
    makeMessage({ id: `${to}.report`, from: ALICE, to }),
  )
  assert.equal(reply.code, 250, reply.text)
}
