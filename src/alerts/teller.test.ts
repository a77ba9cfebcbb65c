import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PANIC, RELAY, Watched } from './testing/watched.ts'
import type { Way } from './ways/way.ts'

/** A way that takes nothing until it is let. */
function hanging(watched: Watched, name: string): { readonly way: Way; readonly let: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const way = watched.way(name, false)
  return { let: resolve, way: { ...way, send: (...args) => promise.then(() => way.send(...args)) } }
}

test('a way that hangs holds up neither the looks nor the others, and is told nothing twice', async (t) => {
  const watched = new Watched(t)
  const slow = hanging(watched, 'slow')
  watched.ways = [watched.way('mail', true), slow.way, watched.way('hook', false)]
  watched.facts = PANIC
  await watched.minutes(3)
  watched.facts = { ...PANIC, ...RELAY }
  await watched.minutes(5)
  const [panic, relay] = [
    'paniclog is not empty: something needs a person',
    'the relay prov refuses our login',
  ]
  const fired = [`mail [FIRING] ${panic}`, `hook [FIRING] ${panic}`]
  assert.deepEqual(watched.told, [...fired, `mail [FIRING] ${relay}`, `hook [FIRING] ${relay}`])
  slow.let()
  await watched.minutes(10)
  assert.deepEqual(watched.told.slice(4), [`slow [FIRING] ${panic}`, `slow [FIRING] ${relay}`])
})

test('what is over while the only way still tells that it is so is told to be over after that', async (t) => {
  const watched = new Watched(t)
  const slow = hanging(watched, 'slow')
  watched.ways = [slow.way]
  watched.facts = RELAY
  await watched.minutes(3)
  watched.facts = {}
  await watched.minutes(5)
  assert.deepEqual(watched.told, [])
  assert.deepEqual(
    watched.watch.alerts.map(({ state }) => state),
    ['resolved'],
  )
  slow.let()
  await watched.minutes(10)
  assert.deepEqual(watched.told, [
    'slow [FIRING] the relay prov refuses our login',
    'slow [RESOLVED] the relay prov refuses our login',
  ])
})

test('while one way hangs for ever, one that failed is tried again', async (t) => {
  const watched = new Watched(t)
  const slow = hanging(watched, 'mail')
  watched.ways = [slow.way, watched.way('hook', false)]
  watched.broken = { hook: 'ECONNREFUSED' }
  watched.facts = RELAY
  await watched.minutes(5)
  assert.equal(watched.told.join(), '')
  watched.broken = {}
  await watched.minutes(10)
  const told = watched.told.filter((text) => text.startsWith('hook [FIRING] the relay prov'))
  slow.let()
  assert.equal(told.length, 1, watched.told.join('\n'))
  await watched.minutes(10)
  const mailed = watched.told.filter((text) => text.startsWith('mail [FIRING] the relay prov'))
  assert.equal(mailed.length, 1, watched.told.join('\n'))
})
