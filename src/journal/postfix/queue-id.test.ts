import assert from 'node:assert/strict'
import { test } from 'node:test'

import { nextQueueId, queueIdEnd } from './queue-id.ts'

test('queue ids, short and long, and what looks like one', () => {
  const ids = ['3F2A1B', '912265B1F5', 'ED06590130AA1C9D6D862', '4PbC4x469Jz3tBr', '3sNHgX5Tfhz1bB']
  for (const id of ids) {
    assert.equal(queueIdEnd(`x ${id}: y`, 2, id.length + 5), id.length + 2, id)
    assert.equal(queueIdEnd(id, 0, id.length), id.length, id)
  }
  const none = ['', '3F2A1', 'warning', 'statistics', 'NOQUEUE', '3F2A1Bx', '3F2A1B_', 'DEADBEEFs']
  for (const word of [...none, '4PbC4x469J', '4PbC4x469J3tBr1', '4PbC4x469Jzaeiou', 'F'.repeat(99)])
    assert.equal(queueIdEnd(`${word}: y`, 0, word.length + 3), -1, word)
})

test('an id ends with its line', () => {
  assert.equal(queueIdEnd('3F2A1B\n0C', 0, 6), 6)
})

test('the id that the next server gave', () => {
  const said = '250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4PbC4z6W5Qz3tG3'
  assert.equal(nextQueueId(said), '4PbC4z6W5Qz3tG3')
  assert.equal(nextQueueId('forwarded as 3F2A1B0C4D'), '3F2A1B0C4D')
  assert.equal(nextQueueId('250 queued as <x@y>'), null)
  assert.equal(nextQueueId('250 2.0.0 OK 16HxP57UgmM - gsmtp'), null)
})
