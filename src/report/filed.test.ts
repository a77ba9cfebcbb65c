import assert from 'node:assert/strict'
import { test } from 'node:test'

import { reportFrom } from './report.ts'
import { reportFactsOf } from './testing/facts.ts'

const lmtp = (login: string, text: string) =>
  `Jan 05 09:00:02 lmtp(${login})<7><i767GfbcAGv8dQAAg>: Info: msgid=<1@far.example>: ${text}\n`
const SAVED = lmtp('sue@here.test', 'saved mail to INBOX')
const FULL = lmtp(
  'bob@here.test',
  'save failed to INBOX: Quota exceeded (mailbox for user is full)',
)
const REFUSED =
  '2026-01-05 09:00:03 H=(x) [192.0.2.4] F=<a@b.test> rejected RCPT <sue@here.test>: Unknown user\n'

for (const [name, log, said, bars] of [
  ['saved', SAVED + SAVED, 'Dovecot saved 2 messages.', [[2]]],
  ['saved and not saved', SAVED + FULL, 'Dovecot saved 1 message, and did not save 1.', [[1]]],
  ['none saved', FULL, 'Dovecot saved no message, and did not save 1.', []],
  ['mail refused alone', REFUSED, 'No mail came or went.', []],
] as const)
  test(`the summary and the activity say the same of a log without transport: ${name}`, async (t) => {
    const { sections } = reportFrom(await reportFactsOf(t, log, null))
    const blocksOf = (wanted: string) =>
      sections.find((section) => section.name === wanted)?.blocks ?? []
    const texts = (wanted: string) =>
      blocksOf(wanted).flatMap((block) => (block.kind === 'text' ? [block.text] : []))
    assert.ok(texts('summary')[0]?.startsWith(`${said} `), texts('summary')[0])
    assert.deepEqual(texts('activity'), [said])
    const drawn = blocksOf('activity').flatMap((block) =>
      block.kind === 'bars' ? block.bars.bars.map(({ values }) => values) : [],
    )
    assert.deepEqual(drawn, bars)
  })
