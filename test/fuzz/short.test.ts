import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fuzz } from './engine.ts'
import { fuzzLines } from './log-lines.ts'
import { loadTargets } from './load-targets.ts'
import type { FuzzTarget } from './target.ts'

const SHORT = { seed: 1, seconds: 5, executions: 2000 }

for (const target of await loadTargets()) {
  test(`fuzz: ${target.name} holds for ${SHORT.executions} inputs`, async () => {
    const { finding } = await fuzz(target, SHORT)
    assert.equal(finding, null)
  })
}

test('mutated log lines are read by every reader, and the unknown ones kept', async () => {
  for (const { name, lines, unknown } of await fuzzLines(10_000, 1)) {
    assert.equal(lines, 10_000)
    assert.ok(unknown < lines * 0.75, `${name}: many lines are still such that they are read`)
  }
})

test('the fuzzer finds a fault behind three conditions, and makes its input small', async () => {
  const target: FuzzTarget = {
    name: 'faulty',
    seeds: ['a fairly long seed without any fault'],
    dictionary: ['<', '>'],
    run(octets) {
      const text = Buffer.from(octets).toString('latin1')
      const open = text.indexOf('<')
      if (open > 3 && text.indexOf('>', open) > open + 2) throw new Error('found')
    },
  }
  const { finding } = await fuzz(target, { seed: 1, seconds: 20, executions: 100_000 })
  assert.equal(finding?.message, 'found')
  assert.equal(finding?.input.length, 8)
})
