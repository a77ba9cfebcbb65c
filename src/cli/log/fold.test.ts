import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event, LogLine, Unknown } from '../../journal/event.ts'
import { logReader } from '../../journal/reader.ts'
import { UTC } from '../../journal/zone.ts'
import { foldRepeats } from './fold.ts'

const ID = '1xUgx1-00000000BQ5-1EaB'

/** The events of these lines, a minute apart, each as the words it is shown with and how many more. */
function folded(lines: readonly string[]): readonly (readonly [text: string, more: number])[] {
  const reader = logReader({ format: 'exim', zone: UTC, latestMs: Infinity, log: 'main' })
  const events = lines.map((line, at) => {
    const whole = `2026-11-20 09:${String(at).padStart(2, '0')}:00 ${ID} ${line}`
    return reader.read(whole, 0, whole.length)
  })
  return foldRepeats(events.filter(isEvent)).map(({ texts, more }) => [texts.join(), more])
}

function isEvent(line: LogLine): line is Event | Unknown {
  return line.type !== 'continuation'
}

const FULL = (file: string) =>
  `== bob@example.com R=local T=file defer (-22): mailbox is full (quota exceeded in tmp/${file}.mx)`

test('deferrals that differ only in the name of a file are told once', () => {
  const lines = [FULL('1795218638.M1P2'), FULL('1795218646.M3P4'), FULL('1795218657.M5P6')]
  const [told, ...others] = folded(lines)
  assert.match(told?.[0] ?? '', /1795218638/)
  assert.deepEqual([told?.[1], others], [2, []])
})

test('two that are alike are both told', () => {
  assert.equal(folded([FULL('1795218638.M1P2'), FULL('1795218646.M3P4')]).length, 2)
})

test('another code, another host or another recipient is not alike', () => {
  const said = (to: string, host: string, code: string) =>
    `== ${to}@example.com R=dns T=smtp defer (-44) H=${host} [192.0.2.1]: SMTP error: ${code} later`
  const kinds = [
    said('bob', 'mx', '451 4.7.1'),
    said('bob', 'mx', '452 4.2.2'),
    said('bob', 'mx2', '451 4.7.1'),
    said('sue', 'mx', '451 4.7.1'),
  ]
  assert.deepEqual(
    folded([...kinds, ...kinds, ...kinds]).map(([, more]) => more),
    [2, 2, 2, 2],
  )
})

test('notes of a host that refuses are put together between the deferrals', () => {
  const note = 'H=mx.example.net [192.0.2.1] Connection refused'
  const deferred = '== bob@example.net R=dns T=smtp defer (111): Connection refused'
  const rounds = Array.from({ length: 4 }, () => [note, deferred]).flat()
  assert.deepEqual(
    folded(rounds).map(([, more]) => more),
    [3, 3],
  )
})

test('after a turn, such as a thaw, the story is told again', () => {
  const tries = [FULL('1'), FULL('2'), FULL('3')].map((line) => line.replace(/tmp.*mx/, 'x'))
  assert.deepEqual(
    folded([...tries, 'Unfrozen by errmsg timer', ...tries]).map(([, more]) => more),
    [2, 0, 2],
  )
})
