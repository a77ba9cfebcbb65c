import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { ManualClock } from '../../base/clock.ts'
import { DAY_MS, HOUR_MS } from '../../base/durations.ts'
import type { SqliteConnection } from '../../db/sqlite.ts'
import { mailTo, NOW_MS } from '../../queue/testing/test-queue.ts'
import { addSample } from '../history.ts'
import { DataFolder } from '../testing/data-folder.ts'
import {
  accept,
  acceptMany,
  acceptStopped,
  type QueueGiven,
  queueWorld,
  tryInVain,
} from '../testing/queue-folder.ts'
import { findingsOf } from '../testing/world.ts'
import type { Finding } from '../types.ts'
import { QUEUE_CHECKS } from './checks.ts'

/** What all checks of the queue say, after so long. */
async function look(
  t: TestContext,
  fill: (store: SqliteConnection) => void,
  given: QueueGiven = {},
): Promise<Map<string, Finding[]>> {
  const world = await queueWorld(t, fill, given)
  const found = await Promise.all(QUEUE_CHECKS.map((check) => findingsOf(check, world)))
  return Map.groupBy(found.flat(), ({ check }) => check.replace('queue.', ''))
}

function only(found: Map<string, Finding[]>, check: string): Finding {
  const [finding, ...more] = found.get(check) ?? []
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

test('an empty queue, and one with a little in it, is nothing to speak of', async (t) => {
  const empty = await look(t, () => {})
  assert.deepEqual(new Set([...empty.values()].flat().map(({ verdict }) => verdict)), OK)
  const little = await look(t, acceptMany(3))
  assert.deepEqual(new Set([...little.values()].flat().map(({ verdict }) => verdict)), OK)
  assert.deepEqual(only(little, 'size').figures['messages'], 3)
})
const OK = new Set(['ok'])

test('many messages are a warning, unless there are always as many', async (t) => {
  const fill = acceptMany(60)
  const many = only(await look(t, fill), 'size')
  assert.equal(many.verdict, 'warning')
  assert.match(many.summary, /60 messages wait/)
  assert.ok(many.remedy.some(({ command }) => command === 'waybill queue summary'))
  const asAlways = await look(t, (store) => {
    fill(store)
    const sample = { atMs: NOW_MS - 7 * DAY_MS, values: { 'queue.messages': 40 } }
    store.transact('write', addSample.run(sample))
  })
  assert.equal(only(asAlways, 'size').verdict, 'ok')
  assert.match(only(asAlways, 'size').evidence.join(), /a week ago 40/)
})

test('the limits that are configured for alerts are those of the doctor', async (t) => {
  const given = { afterMs: 2 * HOUR_MS, limits: { queueMessages: 3, queueAgeMs: HOUR_MS } }
  const found = await look(t, acceptMany(4), given)
  assert.deepEqual(
    [only(found, 'size').verdict, only(found, 'oldest').verdict],
    ['warning', 'warning'],
  )
})

test('mail that waits for hours, and is soon given back, is named', async (t) => {
  const fill = acceptMany(1)
  const hours = await look(t, fill, { afterMs: 5 * HOUR_MS })
  assert.equal(only(hours, 'oldest').verdict, 'warning')
  assert.match(
    only(hours, 'oldest').remedy[0]?.command ?? '',
    /^waybill queue why 1vnYk2-\d+-1EaB$/,
  )
  assert.equal(only(hours, 'expiring').verdict, 'ok')
  const days = await look(t, fill, { afterMs: 5 * DAY_MS - HOUR_MS })
  assert.equal(only(days, 'expiring').verdict, 'warning')
  assert.match(only(days, 'expiring').evidence[0] ?? '', /ends in 60 minutes/)
})

test('frozen mail waits for a person; held mail only when it is forgotten', async (t) => {
  const frozen = only(await look(t, acceptStopped('frozen')), 'stopped')
  assert.equal(frozen.verdict, 'warning')
  assert.match(frozen.evidence[1] ?? '', /frozen by root/)
  const held = await look(t, acceptStopped('held'))
  assert.equal(only(held, 'stopped').verdict, 'ok')
  assert.equal(only(held, 'oldest').verdict, 'ok')
  const forgotten = await look(t, acceptStopped('held'), { afterMs: 3 * DAY_MS })
  assert.equal(only(forgotten, 'stopped').verdict, 'warning')
})

test('a server that takes nothing is named, with its words and what they mean', async (t) => {
  const words = '451 4.7.1 Greylisting in action,\u001b[31m try later'
  const found = await look(t, (store) => {
    accept(store, mailTo(['bob@example.net']))
    accept(store, mailTo(['bob@other.example']))
    tryInVain(store, 'example.net', words, 4)
    tryInVain(store, 'other.example', words, 1)
  })
  const finding = only(found, 'blocked')
  assert.equal(finding.subject, 'mx:example.net')
  assert.equal(finding.verdict, 'warning')
  assert.match(finding.summary, /example\.net takes no mail from us: /)
  assert.match(finding.evidence.join('\n'), /4 attempts in a row .* 1 recipients? wait/)
  assert.match(finding.evidence.join('\n'), /Greylisting in action,\\033\[31m/)
  assert.ok(finding.remedy.length > 2)
})

test('a relay that refuses our login is the worst of it', async (t) => {
  const folder = new DataFolder(t)
  await folder.command((office) =>
    office.run('relay.add', {
      name: 'big',
      relay: {
        hosts: [{ host: 'smtp.example.net', port: 587 }],
        ...{ tls: 'starttls', checkCertificate: true, user: 'us', password: 'secret-of-relay' },
        ...{ mechanism: null, insecure: false, rules: [{ kind: 'all', domain: '' }] },
      },
    } as never),
  )
  folder.change((store) => {
    store.exec(
      `UPDATE relay SET login_refused_ms = ${NOW_MS}, login_refused = '535 5.7.8 bad credentials'`,
    )
  })
  const world = await folder.world({ clock: new ManualClock(NOW_MS + 3 * DAY_MS) })
  const check = QUEUE_CHECKS.find(({ id }) => id === 'queue.blocked')
  assert.ok(check !== undefined)
  const [finding] = await findingsOf(check, world)
  assert.equal(finding?.verdict, 'failing')
  assert.match(finding.summary, /the relay big refuses our login/)
  assert.match(finding.evidence[0] ?? '', /3 days ago it said: 535 5\.7\.8 bad credentials/)
  assert.equal(finding.remedy[0]?.command, 'waybill relay set big --password')
  assert.doesNotMatch(JSON.stringify(finding), /secret-of-relay/)
  // A password that was never sent is not to blame.
  folder.change((store) => {
    const words = 'the server offers the logins PLAIN; without TLS we do not send a password'
    store.exec(`UPDATE relay SET login_refused = '${words}'`)
  })
  const [clear] = await findingsOf(check, await folder.world({ clock: new ManualClock(NOW_MS) }))
  assert.match(clear?.summary ?? '', /no login that we can use/)
  assert.equal(clear?.remedy[0]?.command, 'waybill relay set big --tls starttls')
})

test('what is due and is not tried is said, when a server runs', async (t) => {
  const fill = acceptMany(1)
  const busy = await look(t, fill, { afterMs: HOUR_MS })
  assert.equal(only(busy, 'late').verdict, 'warning')
  assert.match(only(busy, 'late').evidence[0] ?? '', /mx:example\.net: 1 recipient, due for 60 min/)
  const none = await look(t, fill, { afterMs: HOUR_MS, status: null })
  assert.equal(only(none, 'late').verdict, 'skipped')
})

test('without a database nothing is praised', async (t) => {
  const world = await new DataFolder(t).world({ store: null })
  for (const check of QUEUE_CHECKS) {
    const [finding] = await findingsOf(check, world)
    assert.equal(finding?.verdict, 'skipped')
  }
})
