import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { systemClock } from '../../base/clock.ts'
import type { Client } from '../testing/client.ts'
import { openWorld, type World } from '../testing/world.ts'

const MESSAGES = [
  `From: Ann <ann@x.example>
To: jane@here.example
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from the =?iso-8859-1?q?K=F6nig?=
Date: Wed, 31 Dec 2025 23:30:00 -0800
X-Tag:  one

plain *body* .+
`,
  `From: =?utf-8?b?SsO8cmdlbg==?= <j@y.example>
To: a@b.example
Cc: Team <team@x.example>
Bcc: hidden@x.example
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('Schöne Größe').toString('base64')}
--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Stra=DFe</p>
--b
Content-Type: image/png
Content-Transfer-Encoding: base64

c2VjcmV0
--b--
`,
  `Subject: three
Content-Type: message/rfc822

Subject: inner subject

inner text
`,
]

describe('SEARCH', () => {
  let world: World
  let client: Client
  before(async () => {
    world = await openWorld()
    for (const message of MESSAGES) await world.add(message)
    client = await world.select()
    await client.ok('STORE 2 +FLAGS.SILENT (\\Seen \\Answered $Work)')
    await client.ok('STORE 3 +FLAGS.SILENT (\\Flagged)')
  })
  after(async () => world[Symbol.asyncDispose]())

  const cases: [keys: string, found: string][] = [
    ['ALL', '1 2 3'],
    ['SEEN', '2'],
    ['UNSEEN UNFLAGGED', '1'],
    ['OLD', '1 2 3'],
    ['NEW', ''],
    ['RECENT', ''],
    ['KEYWORD $work', '2'],
    ['UNKEYWORD $work', '1 3'],
    ['NOT SEEN', '1 3'],
    ['OR SEEN FLAGGED', '2 3'],
    ['OR (SEEN ANSWERED) 1', '1 2'],
    ['2:*', '2 3'],
    ['*', '3'],
    ['UID 1,3', '1 3'],
    ['1:* UID 1:* 2', '2'],
    ['ON 2-Jan-2026', '1 2 3'],
    ['BEFORE 2-Jan-2026', ''],
    ['SINCE 2-Jan-2026', '1 2 3'],
    ['SENTON 31-Dec-2025', '1'],
    ['SENTBEFORE 1-Jan-2026', '1'],
    ['SENTSINCE 1-Jan-2026', ''],
    ['LARGER 300', '2'],
    ['SMALLER 150', '3'],
    ['FROM ann', '1'],
    ['FROM "ann <ann@x"', '1'],
    ['FROM {7+}\r\nJ\xc3\x9cRGEN', '2'],
    ['TO JANE@', '1'],
    ['CC team', '2'],
    ['BCC hidden', '2'],
    ['SUBJECT "from the"', '1'],
    ['CHARSET UTF-8 SUBJECT {8+}\r\nk\xc3\xb6nig'.replace('{8+}', '{6+}'), '1'],
    ['CHARSET ISO-8859-1 SUBJECT {5+}\r\nk\xf6nig', '1'],
    ['HEADER x-tag ""', '1'],
    ['HEADER X-Tag ONE', '1'],
    ['HEADER Subject ""', '1 3'],
    ['HEADER x-none ""', ''],
    ['BODY "*body* .+"', '1'],
    ['BODY ".*"', ''],
    ['BODY {6+}\r\nsch\xc3\xb6n', '2'],
    ['BODY {7+}\r\nstra\xc3\x9fe', '2'],
    ['BODY secret', ''],
    ['BODY three', ''],
    ['BODY "inner subject"', '3'],
    ['TEXT three', '3'],
    ['TEXT "inner text"', '3'],
    ['TEXT ann BODY body UNSEEN', '1'],
    ['NOT TEXT inner', '1 2'],
    ['OR BODY inner SEEN', '2 3'],
    ['OR NOT BODY inner SEEN', '1 2'],
  ]
  for (const [keys, found] of cases) {
    test(JSON.stringify(keys), async () => {
      const [line = ''] = await client.untagged(`SEARCH ${keys}`)
      assert.equal(line, `SEARCH ${found}`.trimEnd())
    })
  }

  test('RFC 4731: RETURN', async () => {
    const esearch: [command: string, answer: string][] = [
      ['SEARCH RETURN (MIN MAX COUNT ALL) UNSEEN', ' MIN 1 MAX 3 COUNT 2 ALL 1,3'],
      ['UID SEARCH RETURN () ALL', ' UID ALL 1:3'],
      ['SEARCH RETURN (COUNT) NEW', ' COUNT 0'],
      ['SEARCH RETURN (MIN ALL) NEW', ''],
    ]
    for (const [command, answer] of esearch) {
      const [line = ''] = await client.untagged(command)
      assert.equal(line.replace(/\(TAG "t\d+"\)/, 'T'), `ESEARCH T${answer}`, command)
    }
  })

  test('RFC 5182: $ is what was saved', async () => {
    assert.equal(await client.ok('SEARCH RETURN (SAVE) UNSEEN'), 'OK Searched')
    assert.deepEqual(await client.untagged('FETCH $ UID'), ['1 FETCH (UID 1)', '3 FETCH (UID 3)'])
    assert.deepEqual(await client.untagged('SEARCH $ FLAGGED'), ['SEARCH 3'])
    await client.ok('SEARCH RETURN (MIN SAVE) UNSEEN')
    assert.deepEqual(await client.untagged('UID FETCH $ UID'), ['1 FETCH (UID 1)'])
  })

  test('a charset that is not known, and text that is not in it', async () => {
    const answer = await client.no('SEARCH CHARSET KLINGON SUBJECT x')
    assert.equal(answer, 'NO [BADCHARSET (US-ASCII UTF-8)] The charset is not known')
    await client.bad('SEARCH CHARSET UTF-8 SUBJECT {1+}\r\n\xff')
  })

  test('RFC 9051 §6.4.4: a rev2 session gets ESEARCH without asking', async () => {
    const modern = await world.login()
    await modern.ok('ENABLE IMAP4rev2')
    await modern.ok('SELECT INBOX')
    const [line = ''] = await modern.untagged('SEARCH SEEN')
    assert.match(line, /^ESEARCH \(TAG "t4"\) ALL 2$/)
  })

  test('RFC 7162 §3.1.5: MODSEQ', async () => {
    const [enabled = '', line = ''] = await client.untagged('SEARCH MODSEQ 1 SEEN')
    assert.match(enabled, /^OK \[HIGHESTMODSEQ/)
    assert.match(line, /^SEARCH 2 \(MODSEQ \d+\)$/)
    assert.deepEqual(await client.untagged('SEARCH MODSEQ 9223372036854775807'), ['SEARCH'])
  })
})

test('D09: a search that takes too long is [LIMIT], and empties what was saved', async () => {
  await using world = await openWorld({
    limits: { searchBudgetMs: -1 },
    options: { clock: systemClock },
  })
  await world.add('Subject: 1\n\n')
  const client = await world.select()
  const answer = await client.no('SEARCH RETURN (SAVE) TEXT x')
  assert.equal(answer, 'NO [LIMIT] The search took too long; ask for less')
})

test('D09: too many keys and too deep are BAD', async () => {
  await using world = await openWorld({ limits: { badCommands: 99 } })
  const client = await world.select()
  for (const keys of ['OR '.repeat(10_000), 'NOT '.repeat(10_000), 'TEXT x '.repeat(9000)]) {
    await client.bad(`SEARCH ${keys}ALL`)
  }
})
