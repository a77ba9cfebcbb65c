import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { UTC } from '../../journal/zone.ts'
import { type Found, search } from './search.ts'
import { type MessageFilters, NO_FILTERS } from './filters.ts'
import { type LogInput, openSources } from '../source/source.ts'

const EXIM = `2026-01-05 09:00:00 1vcY0u-000001-8s <= jane@one.example H=mx.one.example [192.0.2.7]:1025 P=esmtp S=10 id=1@one.example T="Lunch, jetzt: Grüße" from <jane@one.example> for bob@here.test amy@here.test
2026-01-05 09:00:00 1vcY0u-000002-8s <= joe@two.example H=mx.two.example [198.51.100.7]:1025 P=esmtp S=10 T="Other" from <joe@two.example> for sue@far.example
2026-01-05 09:00:01 1vcY0u-000001-8s => bob <bob@here.test> F=<jane@one.example> R=local T=mailbox
2026-01-05 09:00:01 H=(x) [203.0.113.9] F=<spam@bad.example> rejected RCPT <nobody@here.test>: Unrouteable address
2026-01-05 09:00:02 1vcY0u-000002-8s == sue@far.example R=dns T=smtp defer (-44) H=mx.far.example [192.0.2.99]: 451 later
2026-01-05 09:00:02 1vcY0u-000001-8s -> amy <amy@here.test> F=<jane@one.example> R=local T=mailbox
2026-01-05 09:00:02 1vcY0u-000001-8s Completed
2026-01-05 09:30:00 1vcY0u-000002-8s ** sue@far.example F=<joe@two.example> R=dns T=smtp H=mx.far.example [192.0.2.99]: 550 no such user
2026-01-05 09:30:00 1vcYu2-000003-8s <= <> R=1vcY0u-000002-8s U=exim P=local S=10 T="Mail delivery failed" from <> for joe@two.example
2026-01-05 09:30:00 1vcY0u-000002-8s Completed
2026-01-05 09:30:01 1vcYu2-000003-8s Message is frozen
2026-01-05 09:31:00 [77] 1vcYu3-000004-8s <= kim@one.example P=esmtp S=10 from <kim@one.example> for bob@here.test
`

const POSTFIX = `Jan  5 09:00:00 mail postfix/smtpd[11]: connect from mx.one.example[192.0.2.7]
Jan  5 09:00:00 mail postfix/smtpd[11]: 3F2A1B0C4D: client=mx.one.example[192.0.2.7]
Jan  5 09:00:00 mail postfix/cleanup[12]: 3F2A1B0C4D: message-id=<1@one.example>
Jan  5 09:00:00 mail postfix/qmgr[13]: 3F2A1B0C4D: from=<jane@one.example>, size=10, nrcpt=1 (queue active)
Jan  5 09:00:01 mail postfix/smtpd[14]: NOQUEUE: reject: RCPT from bad.example[203.0.113.9]: 550 5.1.1 <nobody@here.test>: Recipient address rejected: User unknown; from=<spam@bad.example> to=<nobody@here.test> proto=ESMTP helo=<x>
Jan  5 09:00:01 mail postfix/smtp[15]: 3F2A1B0C4D: to=<sue@far.example>, relay=mx.far.example[192.0.2.99]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 OK)
Jan  5 09:00:01 mail opendkim[16]: 3F2A1B0C4D: DKIM-Signature field added (s=a, d=one.example)
Jan  5 09:00:01 mail postfix/qmgr[13]: 3F2A1B0C4D: removed
Jan  5 10:00:00 mail postfix/smtpd[11]: 3F2A1B0C4D: client=mx.two.example[198.51.100.7]
Jan  5 10:00:00 mail postfix/qmgr[13]: 3F2A1B0C4D: from=<joe@two.example>, size=10, nrcpt=1 (queue active)
Jan  5 10:00:01 mail postfix/qmgr[13]: 3F2A1B0C4D: removed
Jan  5 10:00:02 mail dovecot: imap-login: Login: user=<jane>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, session=<a>
`

const REJECTLOG = `2026-01-05 09:00:00 1vcY0u-000001-8s H=mx.one.example [192.0.2.7] F=<jane@one.example> rejected after DATA: spam
Envelope-from: <jane@one.example>
Envelope-to: <bob@here.test>
P Received: from mx.one.example
  Subject: Cheap watches
-------------------------------------------------------------------------------
2026-01-05 09:00:05 H=(y) [192.0.2.8] F=<b@one.example> rejected RCPT <c@here.test>: no
`

interface Asked {
  readonly regex?: boolean
  readonly filters?: Partial<MessageFilters>
  readonly since?: string
  readonly until?: string
  readonly name?: string
}

/** Searched in a plain file, compressed, and from a pipe: what is found must be the same. */
async function searchIn(log: string, patterns: string[], asked: Asked = {}): Promise<Found[]> {
  const { regex: isRegex = false, filters, name = 'mainlog' } = asked
  const folder = mkdtempSync(join(tmpdir(), 'waybill-search-'))
  const plain = join(folder, name)
  writeFileSync(plain, log)
  writeFileSync(`${plain}.1.gz`, gzipSync(log))
  const results: Found[][] = []
  try {
    for (const path of [plain, `${plain}.1.gz`, '-']) {
      const stream = Readable.from([Buffer.from(log)])
      const sources = await openSources([path], {
        ...{ format: 'auto', zone: UTC, nowMs: Date.UTC(2026, 0, 20), input: stream },
        run: () => assert.fail('no program is needed'),
      })
      const time = (text?: string) => (text === undefined ? null : Date.parse(text))
      const input: LogInput = {
        ...{ sources, format: 'auto', zone: UTC },
        ...{ sinceMs: time(asked.since), untilMs: time(asked.until) },
      }
      const query = {
        patterns: patterns.map((text) => ({ text, isRegex })),
        filters: { ...NO_FILTERS, ...filters },
      }
      const found: Found[] = []
      for await (const some of search(input, query)) found.push(...some)
      results.push(found)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const [first = [], ...others] = results
  const linesOf = (all: readonly Found[]) => all.map(({ lines }) => lines)
  // From a pipe nobody knows that it is a rejectlog.
  if (name === 'mainlog')
    for (const other of others) assert.deepEqual(linesOf(other), linesOf(first))
  return first
}

/** Ids, or what a line about no message says. */
async function idsIn(log: string, patterns: string[], asked: Asked = {}): Promise<string[]> {
  const found = await searchIn(log, patterns, asked)
  return found.map(({ id, lines }) => id ?? `${lines[0]?.slice(0, 60)}…`)
}

const ONE = '1vcY0u-000001-8s'
const TWO = '1vcY0u-000002-8s'
const BOUNCE = '1vcYu2-000003-8s'
const LAST = '1vcYu3-000004-8s'
const REJECTED = '2026-01-05 09:00:01 H=(x) [203.0.113.9] F=<spam@bad.example>…'

test('a message is found by any of its lines, with all of them', async () => {
  const [found, ...more] = await searchIn(EXIM, ['amy <amy@'])
  assert.equal(more.length, 0)
  assert.equal(found?.id, ONE)
  const all = EXIM.split('\n').filter((line) => line.includes(ONE))
  assert.deepEqual(found?.lines, all)
  assert.deepEqual(
    found?.events.map(({ type }) => type),
    ['arrival', 'delivered', 'delivered', 'completed'],
  )
})

const EXIM_CASES: readonly (readonly [what: string, patterns: string[], ids: string[]])[] = [
  ['in the order of last lines', ['2026-01-05 09:'], [REJECTED, ONE, TWO, BOUNCE, LAST]],
  ['whatever the case', ['JANE@One'], [ONE]],
  ['beyond ASCII, whatever the case', ['GRÜSSE', 'grÜ'], []],
  ['beyond ASCII', ['GRÜß'], [ONE]],
  ['each pattern in some line', ['joe@two', '451 later', 'Completed'], [TWO]],
  ['not all patterns', ['joe@two', 'amy@'], []],
  ['a line about no message', ['203.0.113.9'], [REJECTED]],
  ['a dot is a dot', ['203x0'], []],
  ['by id', [ONE], [ONE]],
  ['a bounce by the id of what it bounces', [TWO], [TWO, BOUNCE]],
  ['a process id before the id', ['kim@one'], [LAST]],
  ['nothing', ['nothing like it'], []],
]
for (const [what, patterns, ids] of EXIM_CASES)
  test(`Exim: ${what}`, async () => assert.deepEqual(await idsIn(EXIM, patterns), ids))

test('messages without a last line say so', async () => {
  const found = await searchIn(EXIM, ['2026'])
  assert.deepEqual(
    found.map(({ isComplete }) => isComplete),
    [true, true, true, false, false],
  )
})

const REGEX_CASES: readonly (readonly [source: string, ids: string[]])[] = [
  ['j(oe|ane)@', [ONE, TWO, BOUNCE]],
  ['^2026-01-05 09:30:0\\d', [TWO, BOUNCE]],
  ['Completed$', [ONE, TWO]],
  // What could cross lines must not.
  ['jane[^*]*spam', []],
  ['later\\s', []],
  ['amy@here\\.test$', [ONE]],
  ['(?<!R=)1vcY0u-000002', [TWO]],
  ['gr\\u00fc.e', [ONE]],
  ['\\p{Lu}r\u00fc', [ONE]],
]
for (const [source, ids] of REGEX_CASES)
  test(`a regular expression sees one line: ${source}`, async () =>
    assert.deepEqual(await idsIn(EXIM, [source], { regex: true }), ids))

const FILTER_CASES: readonly (readonly [filters: Partial<MessageFilters>, ids: string[]])[] = [
  [{ from: 'jane@one.example' }, [ONE]],
  [{ from: 'ane@one.example' }, []],
  [{ from: '@ONE.example' }, [ONE, LAST]],
  [{ from: 'ane' }, [ONE]],
  [{ from: '<>' }, [BOUNCE]],
  [{ to: 'amy@here.test' }, [ONE]],
  [{ to: 'nobody@here.test' }, [REJECTED]],
  [{ to: 'jane@one.example' }, []],
  [{ to: '@here.test' }, [REJECTED, ONE, LAST]],
  [{ ip: '192.0.2.99' }, [TWO]],
  [{ ip: '192.0.2.9' }, []],
  [{ ip: '192.0.2.' }, [ONE, TWO]],
  [{ host: 'far.example' }, [TWO]],
  [{ host: 'ar.example' }, []],
  [{ status: 'delivered' }, [ONE]],
  [{ status: 'deferred' }, [TWO]],
  [{ status: 'bounced' }, [TWO]],
  [{ status: 'rejected' }, [REJECTED]],
  [{ status: 'frozen' }, [BOUNCE]],
  [{ from: '@two.example', status: 'delivered' }, []],
]
for (const [filters, ids] of FILTER_CASES)
  test(`filters: ${JSON.stringify(filters)}`, async () =>
    assert.deepEqual(await idsIn(EXIM, [], { filters }), ids))

test('filters and patterns are all to be fulfilled', async () => {
  assert.deepEqual(await idsIn(EXIM, ['Completed'], { filters: { from: '@one.example' } }), [ONE])
})

test('Postfix: by queue id, of which the same one can be several messages', async () => {
  const sent = await searchIn(POSTFIX, ['status=sent'])
  assert.deepEqual(
    sent.map(({ id, lines }) => [id, lines.length]),
    [['3F2A1B0C4D', 6]],
  )
  assert.equal((await searchIn(POSTFIX, ['3f2a1b'])).length, 2)
  assert.equal((await searchIn(POSTFIX, ['dkim-signature']))[0]?.lines.length, 6)
  const rejected = await searchIn(POSTFIX, [], {
    filters: { status: 'rejected', ip: '203.0.113.9' },
  })
  assert.match(rejected[0]?.lines[0] ?? '', /NOQUEUE/)
  const peer = await searchIn(POSTFIX, ['192.0.2.7'])
  assert.deepEqual(
    peer.map(({ id }) => id),
    [null, '3F2A1B0C4D', null],
  )
  assert.deepEqual(
    (await searchIn(POSTFIX, [], { filters: { from: 'joe@two.example' } })).length,
    1,
  )
})

test('lines of another form are read as well: RFC 3339, Exim in syslog, with milliseconds', async () => {
  const postfix = POSTFIX.replace(/^Jan {2}5 (\S+)/gm, '2026-01-05T$1.123456+01:00')
  assert.equal((await searchIn(postfix, ['status=sent']))[0]?.lines.length, 6)
  const lines = EXIM.trimEnd().split('\n')
  for (const form of [
    (line: string) => line.replace(/^(\S+ \S+)/, '$1.042 +0100'),
    (line: string) => line.replace(/^\S+ (\S+)/, 'Jan  5 $1 mail exim[12]:'),
    (line: string) => line.replace(/^(\S+ \S+)/, 'Jan  5 09:00:00 mail exim[12]: $1'),
  ])
    assert.deepEqual(
      (await idsIn(`${lines.map(form).join('\n')}\n`, ['amy@here.test'])).filter(
        (id) => id === ONE,
      ),
      [ONE],
    )
})

test('lines that go on with others belong to them', async () => {
  const [found] = await searchIn(REJECTLOG, ['cheap watches'], { name: 'rejectlog' })
  assert.equal(found?.id, ONE)
  assert.equal(found?.lines.length, 6)
  const other = await idsIn(REJECTLOG, ['192.0.2.8'], { name: 'rejectlog' })
  assert.equal(other.length, 1)
})

test('lines at other times do not count', async () => {
  const ids = (since?: string, until?: string) =>
    idsIn(EXIM, ['example'], { ...(since && { since }), ...(until && { until }) })
  assert.deepEqual(await ids('2026-01-05T09:30:00Z'), [TWO, BOUNCE, LAST])
  assert.deepEqual(await ids(undefined, '2026-01-05T09:00:01Z'), [ONE, TWO])
  assert.deepEqual(await ids('2026-02-01T00:00:00Z'), [])
})

test('hostile logs: no newline, no end, only newlines, all zeros', async () => {
  for (const log of [
    'x'.repeat(300_000),
    '\n'.repeat(10_000),
    '\0'.repeat(70_000),
    ' \n'.repeat(999),
  ])
    assert.deepEqual(await idsIn(`${EXIM}${log}`, ['amy@here.test']), [ONE])
})

const FILTERED = `${POSTFIX}Jan  5 11:00:00 mail postfix/smtpd[11]: AAAAAA0001: client=mx.one.example[192.0.2.7]
Jan  5 11:00:00 mail postfix/cleanup[12]: AAAAAA0001: message-id=<9@nine.example>
Jan  5 11:00:01 mail postfix/smtp[15]: AAAAAA0001: to=<amy@here.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as AAAAAA0002)
Jan  5 11:00:01 mail postfix/qmgr[13]: AAAAAA0001: removed
Jan  5 11:00:01 mail postfix/smtpd[11]: AAAAAA0002: client=localhost[127.0.0.1]
Jan  5 11:00:01 mail postfix/cleanup[12]: AAAAAA0002: message-id=<9@nine.example>
Jan  5 11:00:01 mail dovecot: lmtp(amy)<77><s>: msgid=<9@nine.example>: saved mail to INBOX
Jan  5 11:00:02 mail postfix/lmtp[15]: AAAAAA0002: to=<amy@here.test>, relay=mail[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Saved)
Jan  5 11:00:02 mail postfix/qmgr[13]: AAAAAA0002: removed
Jan  5 11:00:03 mail dovecot: imap(amy)<78><t>: copy from INBOX: box=Lunch, uid=1, msgid=<9@nine.example>, size=3
`

test("Dovecot's lines stand with the message that is open then", async () => {
  const [, second] = await searchIn(FILTERED, ['amy@here.test'])
  assert.equal(second?.id, 'AAAAAA0002')
  assert.equal(second?.lines.length, 5)
  assert.match(second?.lines[2] ?? '', /saved mail to INBOX/)
})

test('related messages: steps through a filter, bounces, and what Dovecot did', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'waybill-search-')), 'mail.log')
  const related = async (log: string, text: string) => {
    writeFileSync(path, log)
    const sources = await openSources([path], {
      ...{ format: 'auto', zone: UTC, nowMs: Date.UTC(2026, 0, 20), input: Readable.from([]) },
      run: () => assert.fail('no program is needed'),
    })
    const input: LogInput = { sources, format: 'auto', zone: UTC, sinceMs: null, untilMs: null }
    const query = { patterns: [{ text, isRegex: false }], filters: NO_FILTERS, related: true }
    const ids: (string | null)[] = []
    for await (const some of search(input, query)) ids.push(...some.map(({ id }) => id))
    return ids
  }
  assert.deepEqual(await related(FILTERED, 'AAAAAA0001: to='), ['AAAAAA0001', 'AAAAAA0002', null])
  assert.deepEqual(await related(EXIM, 'sue@far.example'), [TWO, BOUNCE])
  assert.deepEqual(await related(EXIM, 'is frozen'), [TWO, BOUNCE])
  assert.deepEqual(await related(EXIM, 'amy <amy'), [ONE])
  // A stranger with the same Message-ID, and one with an id in a subject.
  const stranger = FILTERED.split('\n')
    .filter((line) => line.includes(' AAAAAA0002: '))
    .map((line) => line.replace(/client=.*/, 'client=evil[198.51.100.6]'))
    .join('\n')
    .replaceAll('AAAAAA0002', 'AAAAAA0009')
  assert.deepEqual(await related(FILTERED + stranger, 'AAAAAA0001: to='), [
    ...['AAAAAA0001', 'AAAAAA0002', null],
  ])
  const other = '1vnYk2-00000000BQ9-1EaB'
  const named = `2026-01-05 11:00:09 ${other} <= e@v H=(x) [198.51.100.6] P=esmtp S=9 T="R=${ONE} id=${ONE}"`
  assert.deepEqual(await related(`${EXIM}${named}\n`, 'amy <amy'), [ONE])
  rmSync(dirname(path), { recursive: true })
})
