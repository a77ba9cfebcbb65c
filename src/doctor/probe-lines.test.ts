import assert from 'node:assert/strict'
import { test } from 'node:test'

import { linesWithoutProbes } from './probe-lines.ts'

const HANDSHAKE =
  'SMTP connection from [127.0.0.1]:59512 closed: TLS error: error:0A000102:SSL routines::unsupported protocol D=0s'
const GUESS = 'authenticator failed for (waybill-doctor.invalid) [127.0.0.1]:1: 535 (set_id=x)'

test('the sessions of the doctor are left out, and those of others stay', () => {
  const others = [
    '2026-11-21 13:20:00 1xUl5f-000l5A2Eesb-1u6a <= ann@example.com U=ann P=local S=9',
    `2026-11-21 13:20:01 ${HANDSHAKE}`,
    '2026-11-21 13:25:09 plain authenticator failed for (laptop) [192.0.2.4]:1: 535 (set_id=ann)',
    ' a line that goes on with another',
  ]
  const own = [
    `2026-11-21 13:25:08 ${HANDSHAKE}`,
    `2026-11-21 13:25:09 plain ${GUESS}`,
    '2026-11-21 13:25:09 H=(example.test) [127.0.0.1] F=<> rejected RCPT <u%relay-probe.invalid@example.test>: Unknown user',
    `2026-11-21 13:25:10 ${HANDSHAKE}`,
  ]
  assert.deepEqual(linesWithoutProbes([...others.slice(0, 3), ...own, ...others.slice(3)]), others)
  assert.deepEqual(linesWithoutProbes([]), [])
})
