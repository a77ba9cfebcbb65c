import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { UTC } from '../../journal/zone.ts'
import type { LogInput, LogSource } from '../../trace/source/source.ts'
import { withSpooled } from './spool.ts'

test('what came by a pipe can be read again, and no kill leaves it behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-spool-'))
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    const seen: string[][] = []
    const source: LogSource = {
      ...{ name: '-', log: 'main', latestMs: 0, plainFile: null, sizeOctets: null },
      async *texts() {
        seen.push(readdirSync(folder))
        yield 'one\n'
        seen.push(readdirSync(folder))
        yield 'two\n'
      },
    }
    const input: LogInput = {
      ...{ sources: [source], leftOut: [], format: 'auto', zone: UTC },
      ...{ sinceMs: null, untilMs: null },
    }
    await withSpooled(input, async ({ sources }) => {
      for (let times = 0; times < 2; times++) {
        let all = ''
        for await (const text of sources[0]?.texts() ?? []) all += text
        assert.equal(all, 'one\ntwo\n')
      }
    })
    assert.deepEqual(readdirSync(folder), [])
    if (!existsSync('/proc/self/fd')) return t.skip('files cannot be read by their numbers here')
    assert.deepEqual(seen, [[], []])
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    rmSync(folder, { recursive: true, force: true })
  }
})
