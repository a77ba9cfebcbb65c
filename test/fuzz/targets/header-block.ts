import assert from 'node:assert/strict'

import { DEFAULT_LIMITS } from '../../../src/base/limits.ts'
import { latin1 } from '../../../src/base/octets.ts'
import { Header, selectFields } from '../../../src/syntax/message/header.ts'
import type { FuzzTarget } from '../target.ts'

export const target: FuzzTarget = {
  name: 'header-block',
  seeds: [
    'Subject: x\r\n folded\r\nTo : a@b\nTo: c\r\n\r\nbody',
    'From jane\r\nstray\r\nA: 1\r\n \r\nB:2',
  ],
  dictionary: ['\r\n', '\n', '\r\n ', '\r\n\t', ': ', ':', 'To', 'to', '\r\n\r\n', '\0', '\r'],
  run(octets) {
    const block = latin1(octets)
    const header = new Header(block, DEFAULT_LIMITS.message)
    let last = 0
    for (const field of header.fields) {
      assert.ok(last <= field.start && field.start < field.valueStart, 'fields in order')
      assert.ok(field.valueStart <= field.end && field.end <= block.length, 'fields inside')
      assert.ok(!/\n/.test(header.valueOf(field)), 'values are unfolded')
      last = field.end
    }
    const names = new Set(['to'])
    const listed = reread(selectFields(octets, names, 'listed'))
    const others = reread(selectFields(octets, names, 'others'))
    assert.ok(listed.every((field) => field.startsWith('to:')))
    assert.ok(others.every((field) => !field.startsWith('to:')))
    const all = [...header.fields.map((field) => `${field.name}:${header.valueOf(field)}`)]
    assert.deepEqual([...listed, ...others].sort(), all.sort(), 'each field is on one side')
  },
}

function reread(octets: Uint8Array): string[] {
  const header = new Header(latin1(octets), DEFAULT_LIMITS.message)
  return header.fields.map((field) => `${field.name}:${header.valueOf(field)}`)
}
