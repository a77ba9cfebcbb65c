/** Programs that read bounces read ours: Python's email package, and flufl.bounce where it is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { composeNotice } from '../../src/queue/notices.ts'
import {
  CONTEXT,
  DELIVERED,
  MAILBOX_FULL,
  MESSAGE,
  told,
  UNKNOWN_USER,
} from '../../src/queue/testing/notice-samples.ts'
import { findProgram, missingPrograms, run } from '../support/programs.ts'

const missing = missingPrograms('python3')
const flufl = missing === false ? await missingModule('flufl.bounce') : missing

async function missingModule(name: string): Promise<string | false> {
  const { status } = await run(findProgram('python3') ?? '', ['-c', `import ${name}`])
  return status === 0 ? false : `Python's ${name}: not installed`
}

async function python(script: string, octets: Uint8Array): Promise<unknown> {
  const ran = await run(findProgram('python3') ?? '', ['-c', script], { input: octets })
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

const EMAIL = `
import email, email.policy, json, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
defects = [str(d) for p in m.walk() for d in p.defects]
parts = [p.get_content_type() for p in m.iter_parts()]
fields = [dict(g.items()) for g in list(m.iter_parts())[1].get_payload()]
json.dump([m.get_content_type(), m.get_param('report-type'), defects, parts, fields], sys.stdout)
`

test("Python's email package finds the parts and the fields", { skip: missing }, async () => {
  const cases = [
    [told(UNKNOWN_USER), 'failed', 'message/rfc822'],
    [told(MAILBOX_FULL), 'delayed', 'text/rfc822-headers'],
    [told(DELIVERED, { notify: 'SUCCESS' }), 'relayed', 'text/rfc822-headers'],
  ] as const
  for (const [recipient, action, returned] of cases) {
    const notice = composeNotice(MESSAGE, [recipient], CONTEXT) ?? assert.fail('no notice')
    const [type, report, defects, parts, fields] = (await python(EMAIL, notice.octets)) as [
      ...[string, string, string[], string[]],
      Record<string, string>[],
    ]
    assert.deepEqual([type, report, defects], ['multipart/report', 'delivery-status', []])
    assert.deepEqual(parts, ['text/plain', 'message/delivery-status', returned])
    assert.equal(fields[0]?.['Reporting-MTA'], 'dns; mail.ours.test')
    assert.equal(fields[1]?.['Action'], action)
    assert.equal(fields[1]?.['Final-Recipient'], 'rfc822; bob@there.example')
  }
})

const FLUFL = `
import email, json, sys
from flufl.bounce import all_failures
m = email.message_from_binary_file(sys.stdin.buffer)
temporary, permanent = all_failures(m)
json.dump([sorted(a.decode() for a in temporary), sorted(a.decode() for a in permanent)], sys.stdout)
`

test('flufl.bounce finds who failed and who waits', { skip: flufl }, async () => {
  const failed = composeNotice(MESSAGE, [told(UNKNOWN_USER)], CONTEXT)
  assert.deepEqual(await python(FLUFL, failed?.octets ?? Buffer.of()), [[], ['bob@there.example']])
  const delayed = composeNotice(MESSAGE, [told(MAILBOX_FULL)], CONTEXT)
  assert.deepEqual(await python(FLUFL, delayed?.octets ?? Buffer.of()), [['bob@there.example'], []])
})
