import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeMessage } from '../support/message.ts'
import { missingPrograms, run } from '../support/programs.ts'
import { ALICE, assertArrived, assertExact, BOB, startWithUsers } from '../support/users.ts'

test('curl', { skip: missingPrograms('curl') }, async (t) => {
  await using server = await startWithUsers()
  const curl = async (...args: readonly string[]) => {
    const ran = await run('curl', ['--silent', '--show-error', '--insecure', ...args])
    assert.equal(ran.status, 0, `curl ${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }
  const login = (address: string) => ['--user', `${address}:${server.passwordOf(address)}`]
  const file = join(server.folder, 'message')
  const message = makeMessage({ id: 'curl-1@client.test', from: BOB, to: ALICE })
  writeFileSync(file, message)
  const envelope = ['--mail-from', BOB, '--mail-rcpt', ALICE, '--upload-file', file]
  const imap = (path: string) => `imaps://127.0.0.1:${server.ports.imaps}/${path}`

  await t.test('submits over TLS, and the message is as sent', async () => {
    await curl(
      `smtps://127.0.0.1:${server.ports.submissions}/client.test`,
      ...login(BOB),
      ...envelope,
    )
    await assertArrived(server, ALICE, 'curl-1@client.test', message)
  })

  await t.test('reads it back byte-exact with IMAP', async () => {
    const out = join(server.folder, 'read')
    await curl(imap('INBOX;UID=1'), ...login(ALICE), '--output', out)
    assertExact(readFileSync(out), message)
  })

  await t.test('reads over STARTTLS too', async () => {
    const out = join(server.folder, 'read-starttls')
    const url = `imap://127.0.0.1:${server.ports.imap}/INBOX;UID=1`
    await curl(url, '--ssl-reqd', ...login(ALICE), '--output', out)
    assertExact(readFileSync(out), message)
  })

  await t.test('lists the mailboxes with their uses', async () => {
    const listed = await curl(imap(''), ...login(ALICE))
    for (const name of ['INBOX', 'Sent', 'Drafts', 'Junk', 'Trash', 'Archive']) {
      assert.match(listed, new RegExp(`^\\* LIST \\(.*\\) "/" "?${name}"?\\r$`, 'm'))
    }
    assert.match(listed, /\\Trash/)
  })

  await t.test('searches, moves and deletes', async () => {
    assert.match(
      await curl(imap('INBOX?SUBJECT test'.replace(' ', '%20')), ...login(ALICE)),
      / 1\r/,
    )
    await curl(imap('INBOX'), ...login(ALICE), '--request', 'UID MOVE 1 Archive')
    await assertArrived(server, ALICE, 'curl-1@client.test', message, 'Archive')
    const kept = await curl(imap('INBOX'), ...login(ALICE), '--request', 'STATUS INBOX (MESSAGES)')
    assert.match(kept, /MESSAGES 0/)
    await curl(imap('Archive'), ...login(ALICE), '--request', 'UID STORE 1 +FLAGS (\\Deleted)')
    await curl(imap('Archive'), ...login(ALICE), '--request', 'EXPUNGE')
    const gone = await curl(imap('Archive'), ...login(ALICE), '--request', 'UID SEARCH ALL')
    assert.doesNotMatch(gone, / 1\b/)
  })

  await t.test('uploads into a mailbox, byte-exact', async () => {
    const draft = makeMessage({ id: 'curl-draft@client.test' })
    const draftFile = join(server.folder, 'draft')
    writeFileSync(draftFile, draft)
    await curl(imap('Drafts'), ...login(ALICE), '--upload-file', draftFile)
    const out = join(server.folder, 'draft-read')
    await curl(imap('Drafts;UID=1'), ...login(ALICE), '--output', out)
    assert.deepEqual(readFileSync(out), draft)
  })

  await t.test('is refused with a wrong password', async () => {
    const ran = await run('curl', [
      ...['--silent', '--insecure', '--user', `${ALICE}:wrong password`],
      imap('INBOX'),
    ])
    assert.equal(ran.status, 67) // CURLE_LOGIN_DENIED
    await server.logged('authlog', /auth failed|Aborted login|Login failed|auth/i)
  })
})
