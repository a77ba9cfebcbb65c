/** `bin/waybill`: with which flags Node.js runs a server, and everything else. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { makeTempFolder } from '../support/temp-folder.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/waybill')

test('a server has the heap of a server, wherever its options stand', () => {
  using folder = makeTempFolder()
  const node = join(folder.path, 'node')
  writeFileSync(node, '#!/bin/sh\necho "$@"\n', { mode: 0o755 })
  // Nothing is to be compiled beforehand.
  writeFileSync(join(folder.path, 'warm'), '')
  const env = { ...process.env, WAYBILL_NODE: node, NODE_COMPILE_CACHE: folder.path }
  const heapOf = (words: readonly string[]) => {
    const { stdout, status } = spawnSync(LAUNCHER, words, { env, encoding: 'utf8' })
    assert.equal(status, 0)
    assert.ok(stdout.endsWith(`src/main.ts ${words.join(' ')}\n`), stdout)
    const numbers = ['max-semi-space-size', 'heap-growing-percent'].map(
      (name) => new RegExp(`--${name}=(\\d+)`).exec(stdout)?.[1],
    )
    return numbers.join()
  }
  for (const words of [
    ['serve'],
    ['dev', '--json'],
    ['--config', '/etc/waybill/waybill.toml', 'serve'],
    ['--config', 'waybill.toml', 'serve'],
    ['--data', 'here', '--config', 'mail', 'serve'],
    ['--data=here', 'serve'],
    ['--json', 'dev'],
  ])
    assert.equal(heapOf(words), '2,60', words.join(' '))
  for (const words of [
    ['log', 'search', 'serve'],
    ['--data', 'serve', 'version'],
    ['log', 'stats', 'dev'],
  ])
    assert.equal(heapOf(words), '8,', words.join(' '))
})
