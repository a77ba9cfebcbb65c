import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'

import { makeMessage, messageIdOf } from '../support/message.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { ALICE, assertExact, copiesOf, startWithUsers } from '../support/users.ts'

/** mbsync keeps a copy of a whole account in Maildirs; it is the strictest test of UIDs and flags. */
test('mbsync', { skip: missingPrograms('mbsync') }, async (t) => {
  await using server = await startWithUsers()
  const mail = join(server.folder, 'mail')
  const config = join(server.folder, 'mbsyncrc')
  mkdirSync(mail)
  const certificate = join(server.folder, 'server.crt')
  writeFileSync(certificate, await serverCertificate(server.ports.imaps))
  writeFileSync(
    config,
    mbsyncConfig(server.ports.imaps, server.passwordOf(ALICE), mail, certificate),
  )
  chmodSync(config, 0o600)
  const sync = async () => {
    const ran = await run('mbsync', ['--config', config, '--all'], {
      env: { ...process.env, HOME: server.folder },
    })
    assert.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`)
  }
  const local = (mailbox: string) =>
    ['new', 'cur'].flatMap((folder) => {
      const path = join(mail, mailbox, folder)
      return readdirSync(path).map((name) => join(path, name))
    })

  const first = makeMessage({ id: 'mbsync-1@client.test', to: ALICE })
  const second = makeMessage({ id: 'mbsync-2@client.test', to: ALICE, bodyOctets: 200_000 })
  await using smtp = await server.smtp()
  for (const message of [first, second]) {
    assert.equal((await smtp.send({ from: 'x@client.test', to: [ALICE] }, message)).code, 250)
  }

  await t.test('fetches everything, byte-exact but for its own line ends', async () => {
    await sync()
    const files = local('INBOX').map((file) => readFileSync(file))
    assert.equal(files.length, 2)
    for (const [index, sent] of [first, second].entries()) {
      const id = `mbsync-${index + 1}@client.test`
      const file = files.find((octets) => messageIdOf(withCrlf(octets)) === id)
      assert.ok(file, `${id} was not fetched`)
      assertExact(withoutTuid(withCrlf(file)), sent)
    }
    assert.deepEqual(readdirSync(mail).sort(), [
      'Archive',
      'Drafts',
      'INBOX',
      'Junk',
      'Sent',
      'Trash',
    ])
  })

  await t.test('carries a flag set here to the server', async () => {
    const file = local('INBOX').find((path) => readFileSync(path).includes('mbsync-1@'))
    assert.ok(file)
    renameSync(file, `${file.replace('/new/', '/cur/').replace(/:2,.*$/, '')}:2,FS`)
    await sync()
    await using imap = await server.imap(ALICE)
    await imap.ok('SELECT INBOX')
    assert.equal((await imap.search('FLAGGED SEEN')).length, 1)
  })

  await t.test('carries a message written here to the server, byte-exact', async () => {
    const draft = makeMessage({ id: 'mbsync-draft@client.test' })
    writeFileSync(
      join(mail, 'Drafts', 'new', '1.1.client'),
      draft.toString('latin1').replaceAll('\r\n', '\n'),
      'latin1',
    )
    await sync()
    const [copy] = await copiesOf(server, ALICE, 'mbsync-draft@client.test', 'Drafts')
    assert.ok(copy)
    assert.deepEqual(withoutTuid(copy), draft)
  })

  await t.test('carries a move made here to the server', async () => {
    const file = local('INBOX').find((path) => readFileSync(path).includes('mbsync-2@'))
    assert.ok(file)
    renameSync(file, join(mail, 'Archive', 'new', '2.2.client'))
    await sync()
    assert.equal((await copiesOf(server, ALICE, 'mbsync-2@client.test', 'Archive')).length, 1)
    assert.equal((await copiesOf(server, ALICE, 'mbsync-2@client.test')).length, 0)
  })

  await t.test('deletes here what was deleted on the server', async () => {
    await using imap = await server.imap(ALICE)
    await imap.ok('SELECT INBOX')
    await imap.ok('STORE 1:* +FLAGS (\\Deleted)')
    await imap.ok('EXPUNGE')
    await sync()
    assert.deepEqual(local('INBOX'), [])
  })
})

function withCrlf(octets: Buffer): Buffer {
  return Buffer.from(octets.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}

/** mbsync adds a field of its own to what it carries, to find it again. */
function withoutTuid(octets: Buffer): Buffer {
  return Buffer.from(octets.toString('latin1').replace(/^X-TUID: .*\r\n/m, ''), 'latin1')
}

function mbsyncConfig(port: number, password: string, mail: string, certificate: string): string {
  return `IMAPAccount here
Host 127.0.0.1
Port ${port}
User ${ALICE}
Pass "${password.replace(/[\\"]/g, '\\$&')}"
SSLType IMAPS
SystemCertificates no
CertificateFile ${certificate}

IMAPStore far
Account here

MaildirStore near
Path ${mail}/
Inbox ${mail}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
Sync All
SyncState *
`
}

/** mbsync verifies certificates: this is the one it is to trust. */
async function serverCertificate(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    const base64 = socket.getPeerCertificate().raw.toString('base64')
    socket.destroy()
    const lines = base64.match(/.{1,64}/g)?.join('\n')
    resolve(`-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`)
  })
  socket.on('error', reject)
  return promise
}
