import assert from 'node:assert/strict'
import { test } from 'node:test'

import { logReader } from '../journal/reader.ts'
import { UTC } from '../journal/zone.ts'
import { ErrorSummary } from './summary.ts'

const AUTH =
  'Nov 20 23:51:23 auth: Info: passwd-file(bob@x.example,192.0.2.1,<a>): Password mismatch'
const LOGIN =
  'Nov 20 23:51:25 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): ' +
  'user=<bob@x.example>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, session=<a>'

function countsOf(lines: readonly string[]): readonly number[] {
  const latestMs = Date.UTC(2027, 0)
  const reader = logReader({ format: 'dovecot', zone: UTC, latestMs, log: 'main' })
  const summary = new ErrorSummary()
  for (const line of lines) summary.add(reader.read(line, 0, line.length), () => line)
  return summary.groups().map(({ count }) => count)
}

test('a wrong password counts once, though two of Dovecot’s processes tell of it', () => {
  assert.deepEqual(countsOf([AUTH, LOGIN, AUTH, LOGIN]), [2])
  assert.deepEqual(countsOf([AUTH, AUTH]), [2], 'unless the log has only the one')
})
