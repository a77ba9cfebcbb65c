/** What other servers get of a message: converted where they need it, signed so that it holds, without Bcc. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DkimKey } from '../../src/directory/dkim-keys.ts'
import { keyOfRecord, verifyDkim } from '../../src/trust/testing/verify-dkim.ts'
import { assertSound, startOtherServers, until } from '../support/other-servers.ts'
import { ALICE, BOB, copiesOf, startWithUsers } from '../support/users.ts'
import type { Waybill } from '../support/waybill.ts'

const CAROL = 'carol@else.test'

/** What each signature of a message lacks; null: it holds. By the records that we publish. */
async function signaturesOf(server: Waybill, content: string): Promise<(string | null)[]> {
  const keys: DkimKey[] = JSON.parse(await server.cliOk(['dkim', 'show', 'example.test', '--json']))
  const byName = new Map(keys.map(({ recordName, record }) => [recordName, record]))
  return verifyDkim(Buffer.from(content, 'latin1'), (name) => {
    const record = byName.get(name)
    assert.ok(record !== undefined, name)
    return keyOfRecord(record)
  })
}

function message(id: string, fields: readonly string[], body: string): Buffer {
  const header = [
    ...[`From: ${ALICE}`, `To: ${CAROL}`, 'Subject: wire', `Message-ID: <${id}>`],
    ...['Date: Fri, 20 Nov 2026 09:00:00 +0000', ...fields],
  ]
  return Buffer.from(`${header.join('\r\n')}\r\n\r\n${body}`)
}

test('RFC 6152 §3: 8-bit mail is converted for a server without 8BITMIME, and its signatures hold', async () => {
  await using others = await startOtherServers({
    'else.test': { offers: ['PIPELINING', 'SIZE'] },
    'wide.test': { offers: ['8BITMIME', 'CHUNKING', 'BINARYMIME'] },
  })
  await using server = await startWithUsers({ settings: others.settings })
  const mime = ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8']
  const small = message('small@c', mime, 'Grüße aus Köln\r\n.\r\n')
  const large = message('large@c', mime, 'schöne Zeilen, viele davon\r\n'.repeat(50_000))
  await using smtp = await server.submission(ALICE)
  for (const octets of [small, large]) {
    const to = [CAROL, 'dave@wide.test', BOB]
    assert.equal((await smtp.send({ from: ALICE, to }, octets)).code, 250)
  }
  const [narrow, wide] = [others.mx('else.test'), others.mx('wide.test')]
  await until(() => narrow.messages.length === 2 && wide.messages.length === 2, 'both, twice')
  for (const { content } of narrow.messages) {
    assert.match(content, /^[\x00-\x7f]*$/)
    assert.match(content, /^Content-Transfer-Encoding: quoted-printable\r$/m)
    assert.deepEqual(await signaturesOf(server, content), [null, null])
  }
  assert.match(narrow.messages[0]?.content ?? '', /\r\nGr=C3=BC=C3=9Fe aus K=C3=B6ln\r\n\.\r\n$/)
  for (const { content } of wide.messages) {
    assert.doesNotMatch(content, /quoted-printable/)
    assert.deepEqual(await signaturesOf(server, content), [null, null])
  }
  assert.ok(wide.sessions[0]?.lines.some((line) => line.endsWith('BODY=8BITMIME')))
  const [kept] = await copiesOf(server, BOB, 'small@c')
  assert.match(kept?.toString() ?? '', /Grüße aus Köln/, 'ours stays as it was')
  await server.logged('mainlog', / => carol@else\.test /)
  await assertSound(server)
})

test('what cannot be converted comes back, and its sender reads why', async () => {
  await using others = await startOtherServers({ 'else.test': { offers: [] } })
  await using server = await startWithUsers({ settings: others.settings })
  const fields = ['MIME-Version: 1.0', 'Content-Type: multipart/signed; boundary=b']
  const octets = message('signed@c', fields, '--b\r\n\r\nGrüße\r\n--b\r\n\r\nx\r\n--b--\r\n')
  await using smtp = await server.submission(ALICE)
  assert.equal((await smtp.send({ from: ALICE, to: [CAROL] }, octets)).code, 250)
  await server.logged('mainlog', / \*\* carol@else\.test .*that its author signed/)
  await using imap = await server.imap(ALICE)
  await imap.ok('SELECT INBOX')
  const notice = (await imap.fetchOctets(1))?.toString() ?? ''
  assert.match(notice, /^Status: 5\.6\.3\r$/m)
  assert.equal(others.mx('else.test').messages.length, 0)
})

test('lines that are folded on their way break no signature of ours', async () => {
  await using others = await startOtherServers({ 'else.test': { offers: ['8BITMIME'] } })
  await using server = await startWithUsers({
    settings: { ...others.settings, limits: { message: { max_submitted_line_size: '20 kB' } } },
  })
  const octets = message(
    'long@c',
    [`Reply-To: ${'x'.repeat(3000)} <${ALICE}>`],
    `${'x'.repeat(5000)}\r\n${'words and words '.repeat(300)}\r\n`,
  )
  await using smtp = await server.submission(ALICE)
  assert.equal((await smtp.send({ from: ALICE, to: [CAROL] }, octets)).code, 250)
  const { messages } = others.mx('else.test')
  await until(() => messages.length === 1, 'the message')
  const content = messages[0]?.content ?? ''
  assert.ok(content.split('\r\n').every((line) => line.length <= 998))
  assert.deepEqual(await signaturesOf(server, content), [null, null])
})

test('RFC 5322 §3.6.3: nobody sees Bcc of what is submitted but its author', async (t) => {
  await using others = await startOtherServers({ 'else.test': {} })
  await using server = await startWithUsers({ settings: others.settings })
  const mx = others.mx('else.test')
  await server.cliOk(['account', 'set', ALICE, '--copy-to-sent'])
  const hidden = ['Bcc: Hidden One <hidden@else.test>,', `\t${BOB}`, 'Resent-BCC: h2@else.test']
  const octets = message('bcc@c', hidden, 'text\r\n')

  await t.test('by SMTP', async () => {
    await using smtp = await server.submission(ALICE)
    const to = [CAROL, 'hidden@else.test', BOB]
    assert.equal((await smtp.send({ from: ALICE, to }, octets)).code, 250)
    await until(() => mx.messages.length === 1, 'the message')
    const [copy] = await copiesOf(server, BOB, 'bcc@c')
    for (const text of [mx.messages[0]?.content, copy?.toString('latin1')]) {
      assert.match(text ?? '', /^Subject: wire\r$/m)
      assert.doesNotMatch(text ?? '', /bcc:|hidden one|h2@/i)
    }
    assert.deepEqual(await signaturesOf(server, mx.messages[0]?.content ?? ''), [null, null])
    const [sent] = await copiesOf(server, ALICE, 'bcc@c', 'Sent')
    assert.match(sent?.toString('latin1') ?? '', new RegExp(`^${hidden.join('\r\n')}\r$`, 'm'))
  })

  await t.test('by `waybill sendmail` without -t', async () => {
    await server.cliOk(['sendmail', '-i', '-f', ALICE, CAROL], { input: octets })
    await until(() => mx.messages.length === 2, 'the message')
    assert.doesNotMatch(mx.messages[1]?.content ?? '', /bcc:|hidden one|h2@/i)
  })

  await t.test('and what comes from another server is not touched', async () => {
    await using smtp = await server.smtp()
    const foreign = Buffer.from(octets.toString('latin1').replace('bcc@c', 'in@c'), 'latin1')
    assert.equal((await smtp.send({ from: 'x@else.test', to: [BOB] }, foreign)).code, 250)
    const [copy] = await copiesOf(server, BOB, 'in@c')
    assert.match(copy?.toString('latin1') ?? '', /^Bcc: Hidden One/m)
  })
})

test('RFC 3030 §3: BINARYMIME is not offered, nor taken', async () => {
  await using server = await startWithUsers()
  await using smtp = await server.submission(ALICE)
  assert.doesNotMatch((await smtp.ehlo()).text, /BINARYMIME/)
  assert.match(
    (await smtp.ask(`MAIL FROM:<${ALICE}> BODY=BINARYMIME`)).text,
    /BODY|BINARYMIME|5\.5\.4/,
  )
  await smtp.say(`MAIL FROM:<${ALICE}> BODY=8BITMIME`, 250)
})
