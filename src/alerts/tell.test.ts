import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'

import { systemClock } from '../base/clock.ts'
import { tell } from './tell.ts'
import { noticeOf } from './testing/samples.ts'
import { mailWay } from './ways/mail.ts'

test('one address that goes nowhere does not make another get it twice', async () => {
  const submitted: string[] = []
  const way = mailWay({
    to: () => ['gone@example.test', 'jane@example.test'],
    sender: () => 'postmaster@example.test',
    submit: async (to) => {
      submitted.push(to)
      if (to.startsWith('gone')) throw new Error('no such user')
    },
  })
  const told = await tell(way, noticeOf(), systemClock, new AbortController().signal, [1, 1])
  assert.deepEqual(submitted, ['gone@example.test', 'jane@example.test'])
  assert.deepEqual(told, { way: 'mail', isOwnQueue: true, why: 'no such user', isPart: true })
})

test('further tries leave nothing behind at a signal that lives for weeks', async () => {
  const { signal } = new AbortController()
  const way = {
    ...{ name: 'hook', isOwnQueue: false },
    send: () => Promise.reject(new Error('HTTP 500')),
  }
  const told = await tell(way, noticeOf(), systemClock, signal, [1, 1])
  assert.equal(told.why, 'HTTP 500')
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
