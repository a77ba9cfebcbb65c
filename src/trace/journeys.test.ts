/** Journeys of whole logs, against what is known to be true of them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { type LogReader, logReader } from '../journal/reader.ts'
import { UTC } from '../journal/zone.ts'
import { type Fate, fatesOf, type Journey } from './journey.ts'
import { Journeys } from './journeys.ts'

const LATEST = Date.UTC(2026, 11, 31)

function reader(): LogReader {
  return logReader({ format: 'auto', zone: UTC, latestMs: LATEST, log: 'main' })
}

function journeysOf(text: string, isLive = false): readonly Journey[] {
  const journeys = new Journeys(isLive)
  const read = reader()
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    journeys.add(read.read(text, from, end))
    from = end + 1
  }
  return journeys.finish()
}

function only(journeys: readonly Journey[]): Journey {
  assert.equal(journeys.length, 1)
  return journeys[0] ?? assert.fail()
}

/** What became of an address as the sender wrote it: the worst of where it led. Null: not its recipient. */
function fateOf(journey: Journey, address: string): Fate | null {
  const wanted = address.toLowerCase()
  const recipients = journey.recipients.filter((one) => one.original.toLowerCase() === wanted)
  return fatesOf({ ...journey, recipients })[0] ?? null
}

const ID = '1vnYk2-00000000BQ5-1EaB'
const ARRIVAL = `2026-11-20 09:00:06 ${ID} <= jane@example.com H=(x) [192.0.2.3] P=esmtp S=100 id=a1@x for bob@example.net carol@example.com\n`
const line = (text: string) => `2026-11-20 09:00:07 ${ID} ${text}\n`

const fates: readonly [
  name: string,
  lines: string,
  bob: Fate | null,
  carol: Fate | null,
  state: string,
][] = [
  ['only arrived', '', 'logEnds', 'logEnds', 'logEnds'],
  [
    'one delivered, one deferred',
    line('=> bob@example.net R=r T=smtp') + line('== carol@example.com R=r defer (-1): later'),
    'delivered',
    'waiting',
    'waiting',
  ],
  [
    'one failed, the other through an alias',
    line('** bob@example.net R=r: no') +
      line('=> dan <carol@example.com> R=r T=t') +
      line('Completed'),
    'failed',
    'delivered',
    'completed',
  ],
  [
    'a black hole',
    line('=> :blackhole: <bob@example.net> R=r') +
      line('=> carol@example.com R=r T=t') +
      line('Completed'),
    'discarded',
    'delivered',
    'completed',
  ],
  [
    'two addresses of one mailbox: one line for both',
    line('=> bob@example.net R=r T=t') + line('Completed'),
    'delivered',
    'delivered',
    'completed',
  ],
  [
    'frozen, and not told about again',
    line('== bob@example.net R=r defer (-1): later') + line('Frozen (delivery error message)'),
    'waiting',
    'waiting',
    'frozen',
  ],
  [
    'removed by hand',
    line('== bob@example.net R=r defer (-1): later') + line('removed by root'),
    'discarded',
    'discarded',
    'completed',
  ],
  [
    'marked as delivered by hand: nobody got it',
    line('== bob@example.net R=r defer (-1): later') +
      line('address <bob@example.net> marked delivered by root') +
      line('=> carol@example.com R=r T=t') +
      line('Completed'),
    'discarded',
    'delivered',
    'completed',
  ],
  [
    'given up by hand',
    line('=> bob@example.net R=r T=t') + line('cancelled by root') + line('Completed'),
    'delivered',
    'failed',
    'completed',
  ],
]

for (const [name, lines, bob, carol, state] of fates)
  test(`fates of an Exim message: ${name}`, () => {
    const journey = only(journeysOf(ARRIVAL + lines))
    assert.equal(fateOf(journey, 'Bob@example.net'), bob)
    assert.equal(fateOf(journey, 'carol@example.com'), carol)
    assert.equal(journey.state, state)
  })

/** Original, final, fate and number of attempts, of each recipient. */
function recipientsOf({ recipients }: Journey): readonly unknown[] {
  return recipients.map(({ original, final, fate, attempts }) => [
    ...[original, final, fate],
    attempts.length,
  ])
}

test('a local user that waited is the one that Exim then calls by the local part alone', () => {
  const deferred = line('== bob@example.net R=local_user T=local_delivery defer (13): no')
  const delivered = line('=> bob <bob@example.net> R=local_user T=local_delivery')
  const waits = line('== carol@example.com R=dnslookup T=smtp defer (111): refused')
  const journey = only(journeysOf(ARRIVAL + deferred + waits + delivered))
  assert.deepEqual(recipientsOf(journey), [
    ['carol@example.com', 'carol@example.com', 'waiting', 1],
    ['bob@example.net', 'bob', 'delivered', 2],
  ])
})

test('who waited until the message was given up failed, whoever else came through', () => {
  const at = 'Nov 20 09:00:06 mx postfix'
  const to = (address: string, status: string) =>
    `${at}/smtp[1]: 3F2A1B0C4D: to=<${address}>, orig_to=<list@example.org>, relay=none, delay=1, delays=0/0/1/0, dsn=4.0.0, status=${status}\n`
  const text =
    to('dan@example.org', 'deferred (later)') +
    to('eve@example.org', 'sent (250 ok)') +
    `${at}/qmgr[1]: 3F2A1B0C4D: from=<a@x>, status=expired, returned to sender\n` +
    `${at}/qmgr[1]: 3F2A1B0C4D: removed\n`
  assert.deepEqual(recipientsOf(only(journeysOf(text))), [
    ['list@example.org', 'dan@example.org', 'failed', 1],
    ['list@example.org', 'eve@example.org', 'delivered', 1],
  ])
})

test('an alias that could not be looked up, and then leads to others, is no recipient of its own', () => {
  const deferred = line('== bob@example.net R=aliases defer (-1): failed to open /etc/aliases')
  const dan = line('=> dan@example.org <bob@example.net> R=dnslookup T=smtp')
  const eve = line('=> eve@example.org <bob@example.net> R=dnslookup T=smtp')
  const carol = line('=> carol@example.com R=dnslookup T=smtp')
  const text = ARRIVAL + deferred + carol + dan + eve
  assert.deepEqual(recipientsOf(only(journeysOf(text + line('Completed')))), [
    ['carol@example.com', 'carol@example.com', 'delivered', 1],
    ['bob@example.net', 'dan@example.org', 'delivered', 1],
    ['bob@example.net', 'eve@example.org', 'delivered', 2],
  ])
  // As long as somebody may wait, a copy that went elsewhere says nothing of the address itself.
  assert.equal(fateOf(only(journeysOf(text)), 'bob@example.net'), 'waiting')
})

test('what a live log does not say yet is waiting, not the end of the log', () => {
  const journey = only(journeysOf(ARRIVAL, true))
  assert.equal(fateOf(journey, 'bob@example.net'), 'waiting')
  assert.equal(journey.state, 'waiting')
})

test('a bounce and its message know each other', () => {
  const bounce = '1vnYk3-00000000BQ5-0001'
  const lines =
    ARRIVAL +
    line('** bob@example.net R=r: no') +
    `2026-11-20 09:00:08 ${bounce} <= <> R=${ID} U=exim P=local S=9 for jane@example.com\n`
  const [first, second] = journeysOf(lines)
  assert.deepEqual(first?.relatives, [{ id: bounce, relation: 'bounce' }])
  assert.deepEqual(second?.relatives, [{ id: ID, relation: 'bounceOf' }])
})

const POSTFIX = `Nov 20 09:00:06 mx postfix/smtpd[1]: 3F2A1B00: client=x.example[192.0.2.3], sasl_method=PLAIN, sasl_username=jane
Nov 20 09:00:06 mx postfix/cleanup[2]: 3F2A1B00: message-id=<a1@x>
Nov 20 09:00:06 mx postfix/qmgr[3]: 3F2A1B00: from=<jane@example.com>, size=1234, nrcpt=1 (queue active)
Nov 20 09:00:07 mx postfix/smtp[4]: 3F2A1B00: to=<bob@example.net>, orig_to=<team@example.com>, relay=mx.example.net[192.0.2.9]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 ok)
Nov 20 09:00:07 mx postfix/qmgr[3]: 3F2A1B00: removed
`

test('the lines of a Postfix message are one journey, with an arrival', () => {
  const { arrival, recipients, state } = only(journeysOf(POSTFIX))
  assert.equal(arrival?.from, 'jane@example.com')
  assert.equal(arrival?.login, 'jane')
  assert.equal(arrival?.host?.address, '192.0.2.3')
  assert.equal(arrival?.messageIdHeader, 'a1@x')
  assert.equal(arrival?.sizeOctets, 1234)
  assert.deepEqual(
    recipients.map(({ original, final, fate }) => [original, final, fate]),
    [['team@example.com', 'bob@example.net', 'delivered']],
  )
  assert.equal(state, 'completed')
})

test('a short queue id that is used again is another message', () => {
  const [first, second] = journeysOf(
    POSTFIX + POSTFIX.replaceAll('09:00', '10:00').replace('a1@x', 'a2@x'),
  )
  assert.equal(first?.arrival?.messageIdHeader, 'a1@x')
  assert.equal(second?.arrival?.messageIdHeader, 'a2@x')
  assert.equal(second?.id, first?.id)
})

const FILTERED = `Nov 20 09:00:06 mx postfix/smtpd[1]: 3F2A1B00: client=x.example[192.0.2.3]
Nov 20 09:00:06 mx postfix/cleanup[2]: 3F2A1B00: message-id=<a1@x>
Nov 20 09:00:06 mx postfix/qmgr[3]: 3F2A1B00: from=<jane@x.example>, size=1234, nrcpt=2 (queue active)
Nov 20 09:00:07 mx postfix/smtpd[5]: 77AB0011: client=localhost[127.0.0.1]
Nov 20 09:00:07 mx postfix/cleanup[2]: 77AB0011: message-id=<a1@x>
Nov 20 09:00:07 mx postfix/qmgr[3]: 77AB0011: from=<jane@x.example>, size=1300, nrcpt=1 (queue active)
Nov 20 09:00:07 mx postfix/smtp[4]: 3F2A1B00: to=<bob@here.example>, orig_to=<team@here.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 77AB0011)
Nov 20 09:00:07 mx postfix/smtp[4]: 3F2A1B00: to=<eve@other.example>, relay=none, delay=1, delays=0.1/0/0.5/0.4, dsn=5.4.4, status=bounced (Host not found)
Nov 20 09:00:07 mx postfix/qmgr[3]: 3F2A1B00: removed
Nov 20 09:00:08 mx postfix/lmtp[6]: 77AB0011: to=<bob@here.example>, relay=mx[private/lmtp], delay=1, delays=0.1/0/0.5/0.4, dsn=4.2.2, status=deferred (Quota exceeded)
`

test('a message that a filter took and gave back is one journey', () => {
  const journey = only(journeysOf(FILTERED))
  assert.deepEqual(journey.ids, ['3F2A1B00', '77AB0011'])
  assert.equal(journey.arrival?.host?.address, '192.0.2.3')
  assert.equal(journey.state, 'waiting')
  assert.deepEqual(
    journey.recipients.map(({ original, final, fate }) => [original, final, fate]),
    [
      ['eve@other.example', 'eve@other.example', 'failed'],
      ['team@here.example', 'bob@here.example', 'waiting'],
    ],
  )
  assert.deepEqual(journey.relatives, [])
})

test('a filter that gives no id to its giver is known by the Message-ID and the time', () => {
  const pipe = FILTERED.replace(
    /status=sent \(.*\)/,
    'status=sent (delivered via spamfilter service)',
  )
  assert.deepEqual(only(journeysOf(pipe)).ids, ['3F2A1B00', '77AB0011'])
})

test('a short queue id that comes again after a rejection is another message, too', () => {
  const rejected = `Nov 20 08:00:06 mx postfix/smtpd[1]: 3F2A1B00: client=spam.example[192.0.2.66]
Nov 20 08:00:06 mx postfix/cleanup[2]: 3F2A1B00: message-id=<spam@x>
Nov 20 08:00:06 mx postfix/cleanup[2]: 3F2A1B00: milter-reject: END-OF-MESSAGE from spam.example[192.0.2.66]: 5.7.1 no; from=<s@x> to=<b@y> proto=ESMTP helo=<x>
`
  const [first, second] = journeysOf(rejected + POSTFIX)
  assert.equal(first?.arrival?.messageIdHeader, 'spam@x')
  assert.equal(second?.arrival?.messageIdHeader, 'a1@x')
  assert.equal(second?.arrival?.host?.address, '192.0.2.3')
})

test('a recipient that Postfix counts and does not name has a fate, too', () => {
  const { recipients, state } = only(
    journeysOf(
      POSTFIX.replace('nrcpt=1', 'nrcpt=2')
        .replace(/dsn=2.0.0, status=sent \(.*\)/, 'dsn=4.4.1, status=deferred (timed out)')
        .replace('removed', 'from=<jane@example.com>, status=expired, returned to sender'),
    ),
  )
  assert.deepEqual(
    recipients.map(({ original, fate }) => [original, fate]),
    [
      ['team@example.com', 'failed'],
      ['(not named)', 'failed'],
    ],
  )
  assert.equal(state, 'completed')
})

test('a message that an alias sent on is one journey, with the end of each of its copies', () => {
  const at = 'Nov 20 09:00:06 mx postfix'
  const to = (id: string, address: string, status: string) =>
    `${at}/smtp[1]: ${id}: to=<${address}>, orig_to=<root@example.org>, relay=local, delay=1, delays=0/0/1/0, dsn=2.0.0, status=${status}\n`
  const text =
    `${at}/smtpd[1]: 3F2A1B0C4D: client=x[192.0.2.1]\n${at}/cleanup[1]: 3F2A1B0C4D: message-id=<q@w>\n` +
    `${at}/qmgr[1]: 3F2A1B0C4D: from=<a@x>, size=100, nrcpt=1 (queue active)\n` +
    `${at}/cleanup[1]: 4F2A1B0C4D: message-id=<q@w>\n` +
    to('3F2A1B0C4D', 'jane@example.org', 'sent (forwarded as 4F2A1B0C4D)') +
    `${at}/qmgr[1]: 3F2A1B0C4D: removed\n` +
    to('4F2A1B0C4D', 'dan@example.net', 'bounced (no)') +
    `${at}/qmgr[1]: 4F2A1B0C4D: removed\n`
  const journey = only(journeysOf(text))
  assert.deepEqual(journey.ids, ['3F2A1B0C4D', '4F2A1B0C4D'])
  assert.deepEqual(recipientsOf(journey), [['root@example.org', 'dan@example.net', 'failed', 1]])
})

test('what a milter refused at the end of DATA was never accepted', () => {
  const at = 'Nov 20 09:00:06 mx postfix'
  const text =
    `${at}/smtpd[1]: 3F2A1B0C4D: client=x[192.0.2.1]\n${at}/cleanup[1]: 3F2A1B0C4D: message-id=<q@w>\n` +
    `${at}/cleanup[1]: 3F2A1B0C4D: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 Spam; from=<a@x> to=<b@y> proto=ESMTP helo=<x>\n`
  assert.equal(only(journeysOf(text)).state, 'rejected')
  assert.equal(only(journeysOf(text, true)).state, 'rejected')
  // One recipient refused, the message taken for others.
  const others = `${at}/qmgr[1]: 3F2A1B0C4D: from=<a@x>, size=100, nrcpt=1 (queue active)\n`
  assert.equal(
    only(journeysOf(text.replace('END-OF-MESSAGE', 'RCPT') + others, true)).state,
    'waiting',
  )
})

test('a list copy is a copy, not a step of the message', () => {
  const copy = POSTFIX.replaceAll('3F2A1B00', '77AB0011')
    .replace('x.example[192.0.2.3], sasl_method=PLAIN, sasl_username=jane', 'localhost[127.0.0.1]')
    .replace('from=<jane@example.com>', 'from=<list-bounces@example.com>')
  const [first, second] = journeysOf(POSTFIX + copy)
  assert.deepEqual(first?.relatives, [{ id: '77AB0011', relation: 'copy' }])
  assert.deepEqual(second?.ids, ['77AB0011'])
})

const again = (from: string) =>
  POSTFIX.replaceAll('3F2A1B00', '77AB0011')
    .replaceAll('09:00', '09:01')
    .replace('x.example[192.0.2.3], sasl_method=PLAIN, sasl_username=jane', from)

const relatives = (lines: string) => journeysOf(lines).map((journey) => journey.relatives)

test('the same Message-ID from the same client is another message, and a relative', () => {
  const client = 'x.example[192.0.2.3], sasl_method=PLAIN, sasl_username=jane'
  const [first, second] = relatives(POSTFIX + again(client))
  assert.deepEqual(first, [{ id: '77AB0011', relation: 'sameMessage' }])
  assert.deepEqual(second, [{ id: '3F2A1B00', relation: 'sameMessage' }])
})

test('the same Message-ID from a stranger says nothing', () => {
  for (const from of ['evil.example[198.51.100.6]', 'x.example[192.0.2.3]', 'gw[172.17.0.1]'])
    assert.deepEqual(relatives(POSTFIX + again(from)), [[], []], from)
  // Nor what a client says that its user is called (RFC 1413), nor an answer that names the id.
  const ident = `2026-11-20 09:00:07 1vnYk3-00000000BQ5-0001 <= jane@example.com H=(y) [198.51.100.6] U=root P=esmtp S=9 id=a1@x for bob@example.net\n`
  assert.deepEqual(relatives(ARRIVAL + ident), [[], []])
  const named = POSTFIX.replace('(250 ok)', '(250 ok queued as 77AB0011)')
  const stranger = again('evil.example[198.51.100.6]').replaceAll('09:01', '09:00')
  const [first] = journeysOf(named + stranger)
  assert.deepEqual(first?.ids, ['3F2A1B00'])
  assert.equal(fateOf(first, 'team@example.com'), 'delivered')
})

test('what came from the host that it was given to, later, is a relative', () => {
  const back = again('mx.example.net[192.0.2.9]')
  const [first, second] = relatives(POSTFIX + back)
  assert.deepEqual(first, [{ id: '77AB0011', relation: 'sameMessage' }])
  assert.deepEqual(second, [{ id: '3F2A1B00', relation: 'sameMessage' }])
  assert.deepEqual(relatives(back.replaceAll('09:01', '08:01') + POSTFIX), [[], []])
})

test('what Dovecot filed belongs to the message that was handed over then, and to that user', () => {
  const saved =
    'Nov 20 09:01:08 mx dovecot: lmtp(bob)<7><ab>: msgid=<a1@x>: saved mail to INBOX\n' +
    'Nov 20 09:05:08 mx dovecot: lmtp(bob)<7><ac>: msgid=<a1@x>: saved mail to Late\n'
  const [first, second, alone] = journeysOf(POSTFIX + again('evil.example[198.51.100.6]') + saved)
  const boxes = (journey: Journey | undefined) => journey?.filed.map(({ mailbox }) => mailbox)
  assert.deepEqual([first, second, alone].map(boxes), [[], ['INBOX'], ['Late']])
  const session = 's5xXFqk3cGUFAAAA'
  const answered = POSTFIX.replace('(250 ok)', `(250 2.0.0 <bob@example.net> ${session} Saved)`)
  const late = `Nov 20 09:01:08 mx dovecot: lmtp(bob)<7><${session}>: msgid=<a1@x>: saved mail to INBOX\n`
  const [one, other] = journeysOf(answered + again('evil.example[198.51.100.6]') + late)
  assert.deepEqual([one, other].map(boxes), [['INBOX'], []])
})

test('the header under a rejection, and the further lines of a reason, belong to their event', () => {
  const lines =
    `2026-11-20 09:00:06 ${ID} H=(x) [192.0.2.3] F=<a@x> rejected after DATA: spam\n` +
    'Envelope-from: <a@x>\nP Received: from x\n\tby y\n  Subject: buy\n'
  const [event] = only(journeysOf(lines)).events
  assert.ok(event?.type === 'rejected')
  assert.deepEqual(event.headers, ['Envelope-from: <a@x>', 'Received: from x by y', 'Subject: buy'])
})

test('what Dovecot did with it is part of the journey', () => {
  const saved =
    'Nov 20 09:00:08 mx dovecot: lmtp(bob)<7><ab>: msgid=<a1@x>: saved mail to INBOX\n' +
    'Nov 20 09:00:08 mx dovecot: lmtp(bob)<7><ab>: msgid=<other@x>: saved mail to Junk\n'
  const [journey, alone] = journeysOf(POSTFIX + saved)
  assert.deepEqual(
    journey?.filed.map(({ mailbox }) => mailbox),
    ['INBOX'],
  )
  assert.equal(alone?.id, 'other@x')
  assert.equal(alone?.state, 'completed')
})

test('what a Sieve rule threw away was handed over, and is discarded', () => {
  const thrown =
    'Nov 20 09:00:08 mx dovecot: lmtp(bob@example.net)<7><ab>: sieve: msgid=<a1@x>: marked message to be discarded if not explicitly delivered (discard action)\n'
  const journey = only(journeysOf(POSTFIX + thrown))
  assert.equal(fateOf(journey, 'team@example.com'), 'discarded')
})

const DATA = join(import.meta.dirname, '../../../shared/testdata/logs-gen-exim')

interface Truth {
  readonly accepted: readonly { readonly id: string; readonly to: readonly string[] }[]
  readonly admin: Readonly<Record<'removed' | 'frozen' | 'giveup', string>>
}

/** What becomes of mail to an address of the generated logs (their README). */
function expected(address: string): readonly Fate[] {
  const [local = '', domain = ''] = address.split('@')
  if (domain === 'gen.test') {
    if (local === 'hole') return ['discarded']
    if (local === 'full') return ['waiting']
    return local === 'pipe' ? ['failed'] : ['delivered']
  }
  if (['reject.test', 'rejectdata.test', 'full.test', 'nowhere.test'].includes(domain))
    return ['failed']
  if (['defer.test', 'refused.test', 'drop.test'].includes(domain)) return ['waiting']
  return domain === 'grey.test' ? ['delivered', 'waiting'] : ['delivered']
}

for (const seed of [4, 5, 6])
  test(`the fate of every accepted recipient of a real Exim, seed ${seed}`, (t) => {
    const folder = `${DATA}/gen-exim-${seed}`
    if (!existsSync(folder)) return t.skip(`${folder} is not here`)
    const truth = JSON.parse(readFileSync(`${folder}/truth.json`, 'utf8')) as Truth
    const journeys = journeysOf(readFileSync(`${folder}/mainlog`, 'utf8'))
    const byHeader = new Map(journeys.map((one) => [one.arrival?.messageIdHeader ?? '', one]))
    const wrong: string[] = []
    let recipients = 0
    for (const { id, to } of truth.accepted) {
      const journey = byHeader.get(id)
      if (journey === undefined) wrong.push(`${id}: no journey`)
      const isSteered = Object.values(truth.admin).includes(journey?.id ?? '')
      if (journey === undefined || isSteered) continue
      for (const address of new Set(to)) {
        recipients++
        const fate = fateOf(journey, address)
        const isSilent = fate === null && journey.arrival?.recipients.length === 0
        if (!isSilent && (fate === null || !expected(address).includes(fate)))
          wrong.push(
            `${journey.id} ${id} ${address}: ${fate}, not ${expected(address).join(' or ')}`,
          )
      }
    }
    assert.ok(recipients > 100)
    assert.deepEqual(wrong, [])
  })
