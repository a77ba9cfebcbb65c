import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { runProgram } from '../program.ts'
import type { Terminal } from '../table.ts'

const ID = '1xUgx1-00000000BQ5-1EaB'
const LINES = `2026-11-20 09:00:01 ${ID} <= jane@example.com H=(x) [192.0.2.3] P=esmtp S=100 for bob@example.com
2026-11-20 09:00:02 ${ID} ** bob@example.com R=dns T=smtp: SMTP error from remote mail server after AUTH PLAIN AGJvYgBodW50ZXIy: 535 5.7.8 no
2026-11-20 09:00:02 ${ID} Completed
2026-11-20 09:00:03 SMTP protocol error in "AUTH PLAIN AGJvYgBodW50ZXIy" H=x [192.0.2.3] AUTH command used when not advertised
2026-11-20 09:00:04 H=x [192.0.2.3] rejected AUTH PLAIN AGJvYgBodW50ZXIy: not now
2026-11-20 09:00:05 a line that nobody knows (password=hunter2)
Nov 20 09:00:06 mx postfix/smtpd[1]: warning: improper command pipelining after AUTH from x[192.0.2.3]: aHVudGVyMg==
Nov 20 09:00:07 mx dovecot: auth: passwd-file(bob,192.0.2.3,<a>): Password mismatch (given password: hunter2)
Nov 20 09:00:08 mx dovecot: auth: Warning: passwd-file(bob,192.0.2.3,<a>): odd (given password: hunter2)
`
/** The password as it is, and in base64 alone and after the user. */
const SECRETS = /hunter2|aHVudGVyM|AGJvYgBodW50ZXIy/

for (const words of [
  ['stats'],
  ['stats', '--json'],
  ['stats', '--html'],
  ['tail', '-n', '20'],
  ['tail', '-n', '20', '--raw'],
  ['tail', '-n', '20', '--json'],
  ['explain'],
  ['explain', '--json'],
  ['trace', 'bob@example.com'],
  ['trace', 'bob@example.com', '--json'],
  ['trace', ID, '--json'],
  ['trace', '192.0.2.3'],
])
  test(`log ${words.join(' ')} shows no password that is in the log`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
    const log = join(folder, 'mainlog')
    writeFileSync(log, LINES)
    const texts: string[] = []
    const out: Terminal = {
      write: (text) => void texts.push(text),
      columns: undefined,
      colours: false,
    }
    await runProgram({ out, errors: out, input: process.stdin, exit: () => {} }, [
      'log',
      ...words,
      log,
    ])
    rmSync(folder, { recursive: true })
    assert.match(texts.join(''), /\*\*\*/)
    assert.doesNotMatch(texts.join(''), SECRETS)
  })
