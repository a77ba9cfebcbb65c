import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../test/support/properties.ts'
import { afterTelling, difference, evaluate, toTell } from './engine.ts'
import type { Alert, Look } from './types.ts'

const MINUTE = 60_000

function look(subject = '', summary = 'too many'): Look {
  const said = { verdict: 'warning', summary, evidence: ['51'], meaning: null, remedy: [] } as const
  return { rule: 'queue', subject, said, mark: null }
}

/** A rule, evaluated minute by minute, and what people hear of it. */
class Played {
  alerts: readonly Alert[] = []
  readonly heard: string[] = []
  #nowMs = 0

  /** `bad`, `good`, `unknown`; a restart between two evaluations forgets what is not kept. */
  minute(
    seen: 'bad' | 'good' | 'unknown',
    { isWithheld = false, restarts = false, dies = false } = {},
  ) {
    this.#nowMs += MINUTE
    if (restarts) this.alerts = this.alerts.map((alert) => ({ ...alert, goodLooks: 0 }))
    this.alerts = evaluate(this.alerts, {
      looks: seen === 'bad' ? [look()] : [],
      isKnown: () => seen !== 'unknown',
      nowMs: this.#nowMs,
    })
    const told = toTell(this.alerts, () => isWithheld, this.#nowMs)
    for (const { state } of told) this.heard.push(state)
    if (!dies) this.alerts = afterTelling(this.alerts, told, this.#nowMs)
  }
}

function heardOf(...seen: ('bad' | 'good' | 'unknown')[]): string {
  const played = new Played()
  for (const one of seen) played.minute(one)
  return played.heard.join(' ')
}

test('one bad look is not told, the second is, and further ones are not', () => {
  assert.equal(heardOf('bad'), '')
  assert.equal(heardOf('bad', 'good', 'bad', 'good', 'bad'), '')
  assert.equal(heardOf('bad', 'bad'), 'firing')
  assert.equal(heardOf('bad', 'bad', 'bad', 'bad', 'bad'), 'firing')
  assert.equal(heardOf('bad', 'unknown', 'bad'), 'firing')
})

test('it is over after two good looks in a row', () => {
  assert.equal(heardOf('bad', 'bad', 'good'), 'firing')
  assert.equal(heardOf('bad', 'bad', 'good', 'bad', 'good', 'bad', 'good'), 'firing')
  assert.equal(heardOf('bad', 'bad', 'good', 'good'), 'firing resolved')
  assert.equal(heardOf('bad', 'bad', 'good', 'unknown', 'good', 'good'), 'firing resolved')
  assert.equal(heardOf('bad', 'bad', 'good', 'good', 'bad', 'bad'), 'firing resolved firing')
})

test('what came and went while nobody was to be told is not told', () => {
  const played = new Played()
  for (const seen of ['bad', 'bad', 'good', 'good'] as const)
    played.minute(seen, { isWithheld: true })
  played.minute('good')
  assert.deepEqual(played.heard, [])
  assert.equal(played.alerts[0]?.state, 'resolved')
})

test('what was told and is back before anybody heard that it was over is not told again', () => {
  const played = new Played()
  for (const seen of ['bad', 'bad'] as const) played.minute(seen)
  for (const seen of ['good', 'good', 'bad'] as const) played.minute(seen, { isWithheld: true })
  played.minute('bad')
  assert.deepEqual(played.heard, ['firing'])
  played.minute('good')
  played.minute('good')
  assert.deepEqual(played.heard, ['firing', 'resolved'])
})

test('subjects are alerts of their own, and what is over is forgotten after a week', () => {
  const known = { isKnown: () => true }
  let alerts = evaluate([], { looks: [look('a'), look('b')], ...known, nowMs: 1 })
  alerts = evaluate(alerts, { looks: [look('b', 'worse')], ...known, nowMs: 2 })
  assert.deepEqual(
    alerts.map(({ subject, state, said }) => [subject, state, said.summary]),
    [['b', 'firing', 'worse']],
  )
  alerts = afterTelling(alerts, alerts, 2)
  for (const nowMs of [3, 4]) alerts = evaluate(alerts, { looks: [], ...known, nowMs })
  alerts = afterTelling(alerts, alerts, 4)
  const week = 7 * 24 * 60 * MINUTE
  assert.equal(evaluate(alerts, { looks: [], ...known, nowMs: week + 4 }).length, 1)
  assert.equal(evaluate(alerts, { looks: [], ...known, nowMs: week + 5 }).length, 0)
})

test('what was seen once long ago has to be seen twice again', () => {
  const known = { isKnown: () => true, looks: [look()] }
  const seen = evaluate([], { ...known, nowMs: 1 })
  const late = evaluate(seen, { ...known, nowMs: 7 * 60 * MINUTE })
  assert.equal(late[0]?.state, 'seen')
  assert.equal(evaluate(late, { ...known, nowMs: 7 * 60 * MINUTE + 1 })[0]?.state, 'firing')
})

test('what there is more of is told again, once a day; what is as it was is not', () => {
  const hour = 60 * MINUTE
  let alerts: readonly Alert[] = []
  const told: number[] = []
  const marks = ['a', 'a', 'b', 'c', 'c']
  for (let at = 0; at < 100; at++) {
    const looks = [{ ...look(), mark: marks[Math.floor(at / 20)] ?? 'c' }]
    alerts = evaluate(alerts, { looks, isKnown: () => true, nowMs: at * hour })
    const due = toTell(alerts, () => false, at * hour)
    if (due.length > 0) told.push(at)
    alerts = afterTelling(alerts, due, at * hour)
  }
  // At 40 there is more, at 60 there is more but a day is not over.
  assert.deepEqual(told, [1, 40, 64])
})

test('a warning that fails is told again at once, and once', () => {
  let alerts: readonly Alert[] = []
  const told: string[] = []
  const verdicts = ['warning', 'warning', 'failing', 'failing', 'warning', 'failing'] as const
  for (const [at, verdict] of verdicts.entries()) {
    const one = look()
    const looks = [{ ...one, said: { ...one.said, verdict } }]
    alerts = evaluate(alerts, { looks, isKnown: () => true, nowMs: at * MINUTE })
    const due = toTell(alerts, () => false, at * MINUTE)
    for (const { said } of due) told.push(`${at} ${said.verdict}`)
    alerts = afterTelling(alerts, due, at * MINUTE)
  }
  assert.deepEqual(told, ['1 warning', '2 failing'])
})

test('what comes and goes is told ever less often, and what is rare as at first', () => {
  const played = new Played()
  const swing = ['bad', 'bad', 'good', 'good'] as const
  for (let minute = 0; minute < 24 * 60; minute++) played.minute(swing[minute % 4] ?? 'bad')
  // Twice at once, and twice with eight good looks between them, which never come.
  assert.deepEqual(played.heard, ['firing', 'resolved', 'firing'])
  for (let minute = 0; minute < 60; minute++) played.minute('good')
  assert.equal(played.heard.at(-1), 'resolved')
  for (let minute = 0; minute < 180; minute++) played.minute('good')
  const before = played.heard.length
  for (const seen of swing) played.minute(seen)
  assert.deepEqual(played.heard.slice(before), ['firing', 'resolved'])
})

test('a single bad look between does not make what comes and goes new', () => {
  const played = new Played()
  const swing = ['bad', 'bad', ...Array<'good'>(12).fill('good'), 'bad', 'good', 'good'] as const
  for (let minute = 0; minute < 12 * 60; minute++)
    played.minute(swing[minute % swing.length] ?? 'bad')
  assert.ok(played.heard.length <= 5, played.heard.join(' '))
})

test('only what changed is written', () => {
  const known = { isKnown: () => true }
  const first = evaluate([], { looks: [look('a'), look('b')], ...known, nowMs: 1 })
  const second = evaluate(first, { looks: [look('a')], ...known, nowMs: 2 })
  const { changed, gone } = difference(first, second)
  assert.deepEqual(
    [changed.map(({ subject }) => subject), gone.map(({ subject }) => subject)],
    [['a'], ['b']],
  )
  const third = evaluate(second, { looks: [look('a')], ...known, nowMs: 3 })
  assert.deepEqual(difference(second, third), { changed: [], gone: [] })
})

const step = fc.record({
  seen: fc.constantFrom('bad' as const, 'good' as const, 'unknown' as const),
  isWithheld: fc.boolean(),
  restarts: fc.boolean(),
})

test('whatever happens: in turn, never on one bad look, never twice, and over in the end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const played = new Played()
      let badInARow = 0
      for (const { seen, ...options } of steps) {
        if (seen !== 'unknown') badInARow = seen === 'bad' ? badInARow + 1 : 0
        const before = played.heard.length
        const wasFiring = played.alerts[0]?.state === 'firing'
        played.minute(seen, options)
        if (played.heard.length > before && played.heard.at(-1) === 'firing')
          assert.ok(badInARow >= 2 || wasFiring, 'told of what was seen once')
      }
      for (let minute = 0; minute < 70; minute++) played.minute('good')
      const expected = played.heard.map((_, at) => (at % 2 === 0 ? 'firing' : 'resolved'))
      assert.deepEqual(played.heard, expected)
      assert.equal(played.heard.length % 2, 0, 'something is told to be wrong that is not')
    }),
    { numRuns: 2000 },
  )
})

test('a server that dies between telling and marking repeats what it was telling, and no more', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(40), (steps, deathAt) => {
      const played = new Played()
      for (const [at, { seen, ...options }] of steps.entries())
        played.minute(seen, { ...options, dies: at === deathAt })
      for (let minute = 0; minute < 70; minute++) played.minute('good')
      const repeated = played.heard.filter((word, at) => word === played.heard[at - 1])
      assert.ok(repeated.length <= 1, played.heard.join(' '))
    }),
  )
})

test('it changes while people are told of it: they hear of that too, in turn, and nothing twice', () => {
  const slowStep = fc.record({ seen: step, takes: fc.nat(6) })
  fc.assert(
    fc.property(fc.array(slowStep, { maxLength: 60 }), (steps) => {
      let alerts: readonly Alert[] = []
      let telling: { readonly told: readonly Alert[]; readonly untilMs: number } | null = null
      const heard: string[] = []
      const well = Array(90).fill({ seen: { seen: 'good', isWithheld: false }, takes: 0 })
      for (const [at, { seen, takes }] of [...steps, ...well].entries()) {
        const nowMs = at * MINUTE
        const looks = seen.seen === 'bad' ? [look()] : []
        alerts = evaluate(alerts, { looks, isKnown: () => seen.seen !== 'unknown', nowMs })
        if (telling !== null && nowMs < telling.untilMs) continue
        if (telling !== null) alerts = afterTelling(alerts, telling.told, nowMs)
        const told = toTell(alerts, () => seen.isWithheld, nowMs)
        for (const { state } of told) heard.push(state)
        telling = { told, untilMs: nowMs + takes * MINUTE }
        if (takes > 0) continue
        alerts = afterTelling(alerts, told, nowMs)
        telling = null
      }
      assert.deepEqual(
        heard,
        heard.map((_, at) => (at % 2 === 0 ? 'firing' : 'resolved')),
      )
      assert.equal(heard.length % 2, 0, 'something is told to be wrong that is not')
    }),
    { numRuns: 2000 },
  )
})
