import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { missingPrograms, run } from '../support/programs.ts'
import { ALICE, BOB, startWithUsers } from '../support/users.ts'

const SCRIPT = fileURLToPath(new URL('client_python.py', import.meta.url))

/** The script prints one line for each thing that worked, and stops at the first that does not. */
const STEPS = [
  'smtplib: delivered from outside',
  'smtplib: submitted with STARTTLS and AUTH',
  'smtplib: refused an unknown recipient',
  'imaplib: both are there, byte-exact',
  'imaplib: appended a draft and read it back',
  'imaplib: flags are kept',
  'imaplib: moved',
  'imaplib: deleted',
  'imaplib: IDLE told of new mail',
  'imaplib: logged in over STARTTLS',
]

test('Python smtplib and imaplib', { skip: missingPrograms('python3') }, async () => {
  await using server = await startWithUsers()
  const { ports } = server
  const ran = await run('python3', [SCRIPT], {
    input: JSON.stringify({
      ...ports,
      alice: ALICE,
      bob: BOB,
      alicePassword: server.passwordOf(ALICE),
      bobPassword: server.passwordOf(BOB),
    }),
    timeoutMs: 60_000,
  })
  assert.deepEqual(ran.stdout.trim().split('\n'), STEPS, ran.stderr)
  assert.equal(ran.status, 0, ran.stderr)
})
