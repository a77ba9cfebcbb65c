import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import type { Finding } from '../doctor/types.ts'
import { alertDesk } from './desk.ts'
import { textOf } from './message.ts'
import { NOON_MS } from './testing/samples.ts'
import { MINUTE, PANIC, RELAY, Watched } from './testing/watched.ts'

test('it is told by all ways once, at the second look, and over once', async (t) => {
  const watched = new Watched(t)
  watched.facts = PANIC
  await watched.minutes(1)
  assert.deepEqual(watched.told, [])
  await watched.minutes(5)
  const title = 'paniclog is not empty: something needs a person'
  assert.deepEqual(watched.told, [`mail [FIRING] ${title}`, `hook [FIRING] ${title}`])
  watched.facts = {}
  await watched.minutes(5)
  assert.deepEqual(watched.told.slice(2), [`mail [RESOLVED] ${title}`, `hook [RESOLVED] ${title}`])
})

test('what is seen in one look is one message, the urgent one in its title', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  watched.facts = { ...RELAY, ...PANIC, memoryOctets: 3e9 }
  await watched.minutes(3)
  assert.deepEqual(watched.told, ['hook [FIRING] the relay prov refuses our login, and 2 more'])
})

test('a restart in between changes nothing', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  watched.facts = PANIC
  for (let times = 0; times < 4; times++) {
    await watched.minutes(1)
    await watched.restart()
  }
  assert.equal(watched.told.length, 1)
  watched.facts = {}
  await watched.minutes(2)
  await watched.restart()
  await watched.minutes(2)
  assert.equal(watched.told.length, 2)
})

test('killed while it tells, it tells once more and says so, and never a third time', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  watched.facts = PANIC
  // The way takes it, and then nothing more happens in this process.
  const never = new Promise<void>(() => {})
  const dying = watched.way('hook', false)
  watched.ways = [
    {
      ...dying,
      send: async (...args) => {
        await dying.send(...args)
        await never
      },
    },
  ]
  await watched.minutes(2)
  assert.equal(watched.told.length, 1)
  watched.killed()
  await watched.minutes(1)
  assert.equal(watched.told.length, 2)
  const texts = watched.notices.map(textOf)
  assert.doesNotMatch(texts[0] ?? '', /told of this before/)
  assert.match(texts[1] ?? '', /You may have been told of this before: the server ended/)
  watched.killed()
  watched.ways = [dying]
  await watched.minutes(3)
  assert.equal(watched.told.length, 2)
  watched.facts = {}
  await watched.minutes(3)
  assert.match(watched.told[2] ?? '', /RESOLVED/)
  assert.equal(watched.told.length, 3)
})

test('a way that fails is told by the others; it is over once it works again', async (t) => {
  const watched = new Watched(t)
  watched.broken['hook'] = 'the answer was HTTP 500'
  watched.facts = PANIC
  // Each look waits for the further tries of the way.
  await watched.minutes(6)
  assert.equal(watched.told[0], 'mail [FIRING] paniclog is not empty: something needs a person')
  assert.equal(watched.told[1], 'mail [FIRING] alerts do not get through by hook')
  assert.equal(watched.told.length, 2)
  assert.deepEqual(watched.reports, ['alerts do not get through by hook: the answer was HTTP 500'])
  delete watched.broken['hook']
  const desk = alertDesk({ ...watched, watch: watched.watch })
  assert.deepEqual((await desk.test()).ways, [
    { way: 'mail', isOwnQueue: true, why: null, isPart: false },
    { way: 'hook', isOwnQueue: false, why: null, isPart: false },
  ])
  await watched.minutes(3)
  assert.ok(watched.told.includes('hook [RESOLVED] alerts do not get through by hook'))
})

test('a way that works again tells what others were told of meanwhile, as it is now, once', async (t) => {
  const watched = new Watched(t)
  watched.broken['hook'] = 'the answer was HTTP 500'
  watched.facts = { ...RELAY, ...PANIC }
  await watched.minutes(10)
  watched.facts = RELAY
  await watched.minutes(10)
  assert.ok(!watched.told.some((one) => one.startsWith('hook')))
  delete watched.broken['hook']
  await watched.minutes(90)
  assert.deepEqual(
    watched.told.filter((one) => one.startsWith('hook')),
    [
      'hook [FIRING] the relay prov refuses our login',
      'hook [RESOLVED] paniclog is not empty: something needs a person',
      'hook [RESOLVED] alerts do not get through by hook',
    ],
  )
  assert.equal(watched.told.filter((one) => one.startsWith('mail [FIRING] the relay')).length, 1)
})

test('a way that never works is tried hourly at most', async (t) => {
  const watched = new Watched(t)
  watched.broken['hook'] = 'the answer was HTTP 500'
  let tries = 0
  watched.beforeSending = async () => void tries++
  watched.facts = RELAY
  await watched.minutes(24 * 60)
  assert.ok(tries > 20 && tries < 50, `${tries} tries`)
})

test('what nobody could be told of is told as soon as a way works', async (t) => {
  const watched = new Watched(t)
  watched.broken = { mail: 'no', hook: 'no' }
  watched.facts = PANIC
  await watched.minutes(30)
  assert.equal(watched.told.length, 0)
  watched.broken = {}
  await watched.minutes(60)
  const fired = watched.told.filter((one) => one.includes('FIRING'))
  assert.deepEqual(
    fired.map((one) => one.split(' ', 1)[0]),
    ['mail', 'hook'],
  )
  assert.match(fired[0] ?? '', /paniclog/)
})

test('new lines in a paniclog that nobody put away are told, once a day', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  watched.facts = PANIC
  await watched.minutes(10)
  await watched.restart()
  watched.facts = { panic: { lines: 2, last: ['2026-11-21 12:30:00 PANIC: y'] } }
  await watched.minutes(60)
  assert.equal(watched.told.length, 1)
  await watched.minutes(24 * 60)
  assert.equal(watched.told.length, 2)
  assert.match(watched.notices.map(textOf)[1] ?? '', /seen: 2026-11-21 12:30:00 PANIC: y/)
  await watched.minutes(24 * 60)
  assert.equal(watched.told.length, 2)
})

test('on a full disk it is told all the same, and kept once there is room', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  const { database } = watched
  const { write } = database
  database.write = () => Promise.reject(new Refusal('storageFull'))
  watched.facts = PANIC
  await watched.minutes(5)
  assert.equal(watched.told.length, 1)
  assert.deepEqual(watched.reports, ['what alerts found is not kept: storageFull'])
  database.write = write
  await watched.minutes(1)
  await watched.restart()
  await watched.minutes(3)
  assert.equal(watched.told.length, 1)
})

test('a database that cannot be read keeps it neither from its start nor from telling', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  const { database } = watched
  const { read } = database
  database.read = () => {
    throw new Error('database disk image is malformed')
  }
  await watched.restart()
  assert.deepEqual(watched.reports, [
    'what alerts found before cannot be read: database disk image is malformed',
  ])
  watched.facts = PANIC
  await watched.minutes(3)
  assert.equal(watched.told.length, 1)
  database.read = read
})

test('snoozed: nobody is told until it ends, of the subject that is meant', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  const desk = alertDesk({ ...watched, watch: watched.watch })
  await desk.snooze({ rule: 'relay-login', subject: 'prov', forMs: 10 * MINUTE, by: 'jane' })
  const loginRefused = { atMs: NOON_MS, text: '535 no' }
  watched.facts = {
    relays: [
      { name: 'prov', loginRefused },
      { name: 'other', loginRefused },
    ],
  }
  await watched.minutes(5)
  assert.deepEqual(watched.told, ['hook [FIRING] the relay other refuses our login'])
  assert.equal(desk.list().snoozes.length, 1)
  assert.equal(desk.list().alerts.find(({ subject }) => subject === 'prov')?.toldMs, null)
  await watched.minutes(6)
  assert.deepEqual(watched.told.slice(1), ['hook [FIRING] the relay prov refuses our login'])
  assert.equal(desk.list().snoozes.length, 0)
  await assert.rejects(desk.snooze({ rule: 'disc', subject: '', forMs: 1, by: 'jane' }), {
    detail: /there is no rule disc; there are queue, /,
  })
  await assert.rejects(desk.unsnooze({ rule: 'disk', subject: '' }), /not snoozed/)
})

test('in quiet hours only urgent ones are told, unless these are to wait too', async (t) => {
  const watched = new Watched(t, { quietHours: '11:00-13:00' })
  watched.ways = [watched.way('hook', false)]
  watched.facts = { ...PANIC, ...RELAY }
  await watched.minutes(30)
  assert.deepEqual(watched.told, ['hook [FIRING] the relay prov refuses our login'])
  watched.facts = PANIC
  await watched.minutes(5)
  assert.deepEqual(watched.told.slice(1), ['hook [RESOLVED] the relay prov refuses our login'])
  watched.config = { ...watched.config, quietUrgent: true }
  watched.facts = { ...PANIC, ...RELAY }
  await watched.minutes(20)
  assert.equal(watched.told.length, 2)
  await watched.minutes(5)
  assert.match(watched.told[2] ?? '', /^hook \[FIRING\] .*, and 1 more$/)
})

test('the network is asked hourly, and soon again where something was seen once', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  await watched.minutes(3)
  assert.equal(watched.examined, 1)
  await watched.minutes(55)
  assert.equal(watched.examined, 1)
  const listed: Finding = {
    ...{ check: 'dns.blocklists', subject: '192.0.2.1', verdict: 'failing', fix: null },
    ...{ summary: '192.0.2.1 is on zen.spamhaus.org', evidence: ['127.0.0.2'], figures: {} },
    ...{ meaning: 'mail is refused', remedy: [] },
  }
  watched.findings = [listed]
  await watched.minutes(20)
  assert.equal(watched.examined, 3)
  assert.deepEqual(watched.told, ['hook [FIRING] 192.0.2.1 is on zen.spamhaus.org'])
  watched.findings = [{ ...listed, verdict: 'ok' }]
  await watched.minutes(90)
  assert.deepEqual(watched.told.slice(1), ['hook [RESOLVED] 192.0.2.1 is on zen.spamhaus.org'])
})

test('DNS that was well before a restart is known to have been', async (t) => {
  const watched = new Watched(t)
  watched.ways = [watched.way('hook', false)]
  const spf = (verdict: Finding['verdict']): Finding => ({
    ...{ check: 'dns.spf', subject: 'example.com', verdict, fix: null, summary: 'no SPF record' },
    ...{ evidence: ['nothing'], meaning: 'bad', remedy: [], figures: {} },
  })
  watched.findings = [spf('ok')]
  await watched.minutes(5)
  await watched.restart()
  watched.findings = [spf('failing')]
  await watched.minutes(20)
  assert.deepEqual(watched.told, ['hook [FIRING] dns.spf example.com: no SPF record'])
})

test('the ping comes as long as all is well, and not while something urgent is wrong', async (t) => {
  const watched = new Watched(t, { pingUrl: 'https://ping.example/1', pingEveryMs: MINUTE })
  await watched.minutes(3)
  assert.ok(watched.pings.length >= 3)
  watched.facts = PANIC
  await watched.minutes(3)
  const before = watched.pings.length
  assert.ok(before >= 6)
  watched.facts = RELAY
  await watched.minutes(3)
  const during = watched.pings.length
  await watched.minutes(5)
  assert.equal(watched.pings.length, during)
  watched.facts = {}
  await watched.minutes(5)
  assert.ok(watched.pings.length > during)
})

test('the daily mail has what changed, goes by mail only, and is none without a change', async (t) => {
  const watched = new Watched(t, { dailyAt: '13:00' })
  await watched.minutes(70)
  watched.facts = RELAY
  await watched.minutes(5)
  watched.facts = PANIC
  await watched.minutes(5)
  const before = watched.told.length
  await watched.minutes(24 * 60)
  assert.deepEqual(watched.told.slice(before), ['mail [DAILY] 2 things changed since yesterday'])
  const [daily] = watched.notices.slice(-1)
  assert.ok(daily !== undefined)
  assert.match(textOf(daily), /^STILL WRONG: Paniclog is not empty/)
  assert.match(textOf(daily), /It is over: the relay prov refuses our login\./)
  await watched.minutes(24 * 60)
  assert.equal(watched.told.length, before + 1)
})

test('the daily mail says nothing of what is snoozed', async (t) => {
  const watched = new Watched(t, { dailyAt: '13:00' })
  const desk = alertDesk({ ...watched, watch: watched.watch })
  await watched.minutes(70)
  watched.facts = { ...RELAY, ...PANIC }
  await watched.minutes(5)
  await desk.snooze({ rule: 'relay-login', subject: '', forMs: 48 * 60 * MINUTE, by: 'jane' })
  await watched.minutes(24 * 60)
  assert.equal(watched.told.at(-1), 'mail [DAILY] 1 thing changed since yesterday')
  assert.doesNotMatch(watched.notices.map(textOf).at(-1) ?? '', /relay/)
})

test('switched off it looks at nothing; a look that fails is said once, and goes on', async (t) => {
  const watched = new Watched(t, { enabled: false })
  watched.facts = PANIC
  await watched.minutes(5)
  assert.equal(watched.told.length, 0)
  watched.config = { ...watched.config, enabled: true }
  Object.defineProperty(watched, 'facts', {
    configurable: true,
    get: () => {
      throw new Error('EIO')
    },
  })
  await watched.minutes(5)
  assert.deepEqual(watched.reports, ['alerts cannot be looked for: EIO'])
  const blind = 'the server cannot look at itself: no other alert comes until it can'
  assert.deepEqual(watched.told, [`mail [FIRING] ${blind}`, `hook [FIRING] ${blind}`])
  Object.defineProperty(watched, 'facts', { value: PANIC })
  await watched.minutes(2)
  const titles = watched.told.slice(2).map((one) => one.slice(0, 30))
  assert.deepEqual(titles, [
    ...['mail [FIRING] paniclog is not ', 'hook [FIRING] paniclog is not '],
    ...['mail [RESOLVED] the server can', 'hook [RESOLVED] the server can'],
  ])
})

test('a server that never could look pings no more', async (t) => {
  const watched = new Watched(t, { pingUrl: 'https://ping.example/1', pingEveryMs: MINUTE })
  watched.ways = []
  Object.defineProperty(watched, 'facts', {
    get: () => {
      throw new Error('EIO')
    },
  })
  await watched.minutes(15)
  const before = watched.pings.length
  await watched.minutes(30)
  assert.equal(watched.pings.length, before)
})

test('after a clock that was a year ahead the daily mail comes again', async (t) => {
  const watched = new Watched(t, { dailyAt: '13:00' })
  watched.clock.jump(365 * 24 * 60 * MINUTE)
  await watched.minutes(5)
  watched.clock.jump(-365 * 24 * 60 * MINUTE)
  await watched.minutes(5)
  watched.facts = PANIC
  await watched.minutes(120)
  assert.ok(watched.told.includes('mail [DAILY] 1 thing changed since yesterday'))
})
