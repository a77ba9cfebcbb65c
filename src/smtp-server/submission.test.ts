import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Refusal } from '../base/faults.ts'
import { fakeServer, PASSWORD } from './testing/fakes.ts'
import { FakeStream } from '../net/testing/fake-stream.ts'
import { codesOf, Talk } from './testing/talk.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const PLAIN = base64(`\0jane@ours.test\0${PASSWORD}`)

async function begin(change: Parameters<typeof fakeServer>[0] = {}, tls = true) {
  const server = fakeServer({ role: 'submission', ...change })
  const talk = await Talk.begin(server.options, new FakeStream({ tls }))
  await talk.say('EHLO c.test\r\n')
  return { ...server, talk }
}

async function loggedIn() {
  const server = await begin()
  assert.deepEqual(await server.talk.codes(`AUTH PLAIN ${PLAIN}`), [235])
  return server
}

test('RFC 8314 §3.3: before TLS nothing but TLS', async () => {
  const { talk } = await begin({}, false)
  const codes = await talk.codes(
    `AUTH PLAIN ${PLAIN}`,
    'MAIL FROM:<jane@ours.test>',
    'VRFY jane',
    'NOOP',
    'RSET',
    'HELP',
    'STARTTLS',
  )
  assert.deepEqual(codes, [538, 530, 530, 250, 250, 214, 220])
  assert.deepEqual(await talk.codes(`AUTH PLAIN ${PLAIN}`, 'EHLO c'), [503, 250])
  assert.deepEqual(await talk.codes('STARTTLS', `AUTH PLAIN ${PLAIN}`), [503, 235])
})

test('before AUTH no mail, and the log knows who tried', async () => {
  const { talk, journal } = await begin()
  assert.deepEqual(
    await talk.codes('MAIL FROM:<jane@ours.test>', 'BDAT 6\r\nXYZ!', 'NOOP'),
    [530, 530, 250],
  )
  assert.equal(journal.events[0]?.type, 'rejected')
})

test('RFC 4954 §4: AUTH in all its forms', async () => {
  const cases: [name: string, lines: readonly string[], codes: readonly number[]][] = [
    ['PLAIN with initial response', [`AUTH PLAIN ${PLAIN}`], [235]],
    ['PLAIN without', ['AUTH PLAIN', PLAIN], [334, 235]],
    ['LOGIN', ['AUTH LOGIN', base64('jane@ours.test'), base64(PASSWORD)], [334, 334, 235]],
    [
      'LOGIN with the name',
      [`auth login ${base64('jane@ours.test')}`, base64(PASSWORD)],
      [334, 235],
    ],
    ['wrong password', [`AUTH PLAIN ${base64('\0jane@ours.test\0no')}`, 'NOOP'], [535, 250]],
    ['unknown user', [`AUTH PLAIN ${base64('\0nobody@ours.test\0no')}`], [535]],
    ['cancelled', ['AUTH PLAIN', '*', 'NOOP'], [334, 501, 250]],
    ['no base64', ['AUTH PLAIN', 'what?', 'NOOP'], [334, 501, 250]],
    ['an empty response', ['AUTH PLAIN =', 'NOOP'], [535, 250]],
    ['unknown mechanism', ['AUTH CRAM-MD5', 'NOOP'], [504, 250]],
    ['twice', [`AUTH PLAIN ${PLAIN}`, `AUTH PLAIN ${PLAIN}`], [235, 503]],
    ['in a transaction', [`AUTH PLAIN ${PLAIN}`, 'MAIL FROM:<>', 'AUTH PLAIN'], [235, 250, 503]],
    ['too busy', [`AUTH PLAIN ${base64('\0busy\0x')}`, 'NOOP'], [454, 250]],
    [
      'too often',
      Array(3).fill(`AUTH PLAIN ${base64('\0jane@ours.test\0no')}`),
      [535, 535, 535, 421],
    ],
  ]
  for (const [name, lines, codes] of cases) {
    const { talk } = await begin()
    assert.deepEqual(await talk.codes(...lines), codes, name)
  }
})

test('SCRAM-SHA-256: the server proves itself before 235', async () => {
  const { createHash, createHmac, pbkdf2Sync } = process.getBuiltinModule('node:crypto')
  const { talk } = await begin()
  const bare = 'n=jane@ours.test,r=abc'
  const challenge = await talk.say(`AUTH SCRAM-SHA-256 ${base64(`n,,${bare}`)}\r\n`)
  const serverFirst = Buffer.from(challenge.slice(4), 'base64').toString()
  const nonce = /r=([^,]+)/.exec(serverFirst)?.[1]
  const hmac = (key: Uint8Array, data: string) => createHmac('sha256', key).update(data).digest()
  const salted = pbkdf2Sync(PASSWORD, 'salt', 4096, 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  const authMessage = `${bare},${serverFirst},c=biws,r=${nonce}`
  const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage)
  const proof = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0)))
  const final = `c=biws,r=${nonce},p=${proof.toString('base64')}`
  const serverFinal = `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`
  assert.equal(await talk.say(`${base64(final)}\r\n`), `334 ${base64(serverFinal)}\r\n`)
  assert.equal(await talk.say('\r\n'), '235 2.7.0 Authentication succeeded\r\n')
})

test('failed logins are logged in the words fail2ban knows, and never the password', async () => {
  const { talk, journal } = await begin()
  await talk.codes(`AUTH PLAIN ${base64('\0jane@ours.test\0hunter2')}`)
  const [failed, authlog] = journal.events
  assert.deepEqual(failed, {
    type: 'authenticationFailed',
    atMs: failed?.atMs,
    mechanism: 'plain',
    host: { name: null, helo: 'c.test', address: '192.0.2.3', port: 50214 },
    local: { address: '192.0.2.1', port: 25 },
    reply: '535 Incorrect authentication data',
    login: 'jane@ours.test',
  })
  assert.equal(authlog?.type, 'loginFailed')
  assert.doesNotMatch(JSON.stringify(journal.events), /hunter2/)
})

test('a right that ends, ends the session: no further message is taken', async () => {
  const envelope = ['MAIL FROM:<jane@ours.test>', 'RCPT TO:<bob@ours.test>', 'DATA']
  const text = 'From: jane@ours.test\r\n\r\ntext\r\n'
  for (const lines of [[], envelope.slice(0, 2), envelope]) {
    const { talk, delivery, revoke, journal } = await loggedIn()
    await talk.codes(...lines)
    if (lines === envelope) await talk.say(text)
    talk.stream.take()
    revoke('enough of it')
    assert.equal(talk.stream.take(), '421 4.7.0 Login ended, as enough of it\r\n')
    await talk.say('.\r\n')
    assert.ok(talk.stream.closed)
    assert.equal(delivery.accepted.length, 0)
    assert.match(
      journal.notes.at(-1) ?? '',
      /closed: login of jane@ours\.test ended, as enough of it D=/,
    )
  }

  const { talk, delivery, revoke } = await loggedIn()
  const gate = Promise.withResolvers<void>()
  delivery.gate = gate.promise
  await talk.codes(...envelope)
  await talk.say(`${text}.\r\n${envelope.join('\r\n')}\r\n`)
  revoke('enough of it')
  gate.resolve()
  await talk.settled()
  assert.deepEqual(codesOf(talk.stream.take()), [250, 421])
  assert.ok(talk.stream.closed)
})

test('a login whose right has ended meanwhile is a wrong one', async () => {
  const server = fakeServer()
  const logins = { from: () => server.directory, watchLogin: () => null }
  const { talk, journal } = await begin({ logins })
  const codes = await talk.codes(`AUTH PLAIN ${PLAIN}`, 'MAIL FROM:<jane@ours.test>')
  assert.deepEqual(codes, [535, 530])
  assert.deepEqual(
    journal.events.map(({ type }) => type).filter((type) => type !== 'rejected'),
    ['authenticationFailed', 'loginFailed'],
  )
})

test('the envelope sender must be one of the user’s own', async () => {
  const { talk } = await loggedIn()
  const senders: [path: string, code: number][] = [
    ['<bob@ours.test>', 553],
    ['<jane@ext.test>', 553],
    ['<jane+news@ours.test>', 250],
    ['<>', 250],
    ['<JANE@ours.test>', 250],
    ['<team@ours.test>', 250],
  ]
  for (const [path, code] of senders) {
    assert.deepEqual(await talk.codes(`MAIL FROM:${path}`, 'RSET'), [code, 250], path)
  }
})

test('the From field must name the user, and only the user', async () => {
  const { talk, delivery } = await loggedIn()
  const cases: [header: string, reply: RegExp][] = [
    ['From: Jane <jane@ours.test>', /^250 /],
    ['From: =?utf-8?q?J=C3=A4ne?= <Jane+x@OURS.test>', /^250 /],
    ['From: jane@ours.test, team@ours.test', /^250 /],
    ['From: "jane@ours.test" <bob@ours.test>', /^550 5\.7\.1 You may not send with bob@ours\.test/],
    ['From: jane@ours.test, ceo@bank.test', /^550 5\.7\.1 You may not send with ceo@bank\.test/],
    ['From: jane@ours.test (ceo@bank.test)', /^250 /],
    ['From: =?utf-8?q?ceo=40bank=2Etest?= <jane@ours.test>', /^250 /],
    ['From: jane', /^550 5\.7\.1 /],
    ['From:', /^550 5\.6\.0 /],
    ['Subject: no author', /^550 5\.6\.0 /],
    ['From: jane@ours.test\r\nFrom: ceo@bank.test', /^550 5\.6\.0 /],
  ]
  for (const [header, reply] of cases) {
    await talk.codes('MAIL FROM:<jane@ours.test>', 'RCPT TO:<bob@ours.test>', 'DATA')
    assert.match(await talk.say(`${header}\r\n\r\ntext\r\n.\r\n`), reply, header)
  }
  assert.equal(delivery.accepted.length, 5)
})

test('RFC 6409 §8: Date and Message-ID are added where they are missing, and only there', async () => {
  const { talk, delivery } = await loggedIn()
  const send = async (header: string) => {
    await talk.codes('MAIL FROM:<jane@ours.test>', 'RCPT TO:<bob@ours.test>', 'DATA')
    await talk.say(`${header}From: jane@ours.test\r\n\r\ntext\r\n.\r\n`)
    const text = delivery.accepted.at(-1)?.text ?? ''
    const names = [...text.matchAll(/^([\w-]+):/gm)].map(([, name]) => name)
    return names.join(' ')
  }
  assert.equal(await send(''), 'Received Date Message-ID From')
  assert.equal(await send('date: now\r\n'), 'Received Message-ID date From')
  assert.equal(await send('Message-Id: <x>\r\nDate: now\r\n'), 'Received Message-Id Date From')
})

test('RFC 3848, RFC 6531 §4.3: the arrival says who sent it and how', async () => {
  const { talk, delivery } = await loggedIn()
  await talk.codes('MAIL FROM:<jane@ours.test> SMTPUTF8', 'RCPT TO:<bob@ours.test>', 'DATA')
  await talk.say('From: jane@ours.test\r\n\r\ntext\r\n.\r\n')
  const { facts } = delivery.accepted[0]?.submission ?? {}
  assert.equal(facts?.protocol, 'utf8smtpsa')
  assert.equal(facts?.authenticator, 'plain')
  assert.equal(facts?.login, 'jane@ours.test')
  assert.match(
    delivery.accepted[0]?.text ?? '',
    /with UTF8SMTPSA\r\n\t\(TLS1\.3:TLS_AES_256_GCM_SHA384:256\)/,
  )
})

test('a line of more than 998 octets is refused from users, who can mend it', async () => {
  const { talk } = await loggedIn()
  for (const [octets, code] of [
    [998, 250],
    [999, 550],
  ] as const) {
    await talk.codes('MAIL FROM:<jane@ours.test>', 'RCPT TO:<bob@ours.test>', 'DATA')
    const text = `From: jane@ours.test\r\n\r\n${'x'.repeat(octets)}\r\n.\r\n`
    assert.deepEqual(codesOf(await talk.say(text)), [code])
  }
})

test('mail to other domains: of users, or caught where the directory catches it', async () => {
  const { talk } = await loggedIn()
  assert.deepEqual(
    await talk.codes('MAIL FROM:<jane@ours.test>', 'RCPT TO:<x@ext.test>'),
    [250, 250],
  )
  const stranger = await Talk.begin(fakeServer().options)
  assert.deepEqual(
    await stranger.codes('EHLO c', 'MAIL FROM:<jane@ours.test>', 'RCPT TO:<x@ext.test>'),
    [250, 250, 550],
  )

  const dev = fakeServer({ catchOutside: true })
  const { directory } = dev.options
  const caught = directory.route('jane@ours.test')
  const route = (address: string) =>
    address.endsWith('ours.test') ? directory.route(address) : caught
  const options = { ...dev.options, directory: Object.assign(Object.create(directory), { route }) }
  const local = await Talk.begin(options)
  assert.deepEqual(
    await local.codes('EHLO c', 'MAIL FROM:<>', 'RCPT TO:<x@ext.test>'),
    [250, 250, 250],
  )
})

test('failed TLS closes the connection', async () => {
  const { options, journal } = fakeServer({ role: 'submission' })
  const stream = new FakeStream()
  stream.startTls = () => Promise.reject(new Error('no shared cipher'))
  const talk = await Talk.begin(options, stream)
  assert.deepEqual(await talk.codes('EHLO c', 'STARTTLS'), [250, 220])
  assert.ok(stream.closed)
  assert.match(journal.notes[0] ?? '', /TLS error: no shared cipher/)
})

test('port 25 takes no passwords', async () => {
  const talk = await Talk.begin(fakeServer().options)
  assert.deepEqual(await talk.codes('EHLO c', `AUTH PLAIN ${PLAIN}`), [250, 502])
})

test('a refusal while a password is checked is an answer, not the end', async () => {
  const { talk, directory } = await begin()
  directory.checkPassword = () => Promise.reject(new Refusal('storageFailed'))
  assert.deepEqual(await talk.codes(`AUTH PLAIN ${PLAIN}`, 'NOOP'), [451, 250])
})

test('a line of AUTH may be long, up to its limit; no other line may', async () => {
  const long = (octets: number) => base64('\0jane@ours.test\0'.padEnd(octets, 'x'))
  const fits = await begin()
  assert.deepEqual(await fits.talk.codes(`AUTH PLAIN ${long(9000)}`), [535])
  assert.deepEqual(await fits.talk.codes('AUTH PLAIN', long(9000)), [334, 535])
  for (const lines of [[`AUTH PLAIN ${long(10_000)}`], ['AUTH PLAIN', long(10_000)]]) {
    const { talk } = await begin()
    assert.equal((await talk.codes(...lines)).at(-1), 500)
    assert.ok(talk.stream.closed)
  }
  const other = await begin()
  assert.deepEqual(await other.talk.codes(`NOOP ${'x'.repeat(2048)}`), [500])
  assert.ok(other.talk.stream.closed)
})

test('a user may name more recipients than a stranger, up to a limit of his own', async () => {
  const { options } = fakeServer(
    { role: 'submission' },
    { maxRecipientsAuthenticated: 3, maxRecipientsStranger: 1 },
  )
  const talk = await Talk.begin(options, new FakeStream({ tls: true }))
  assert.match(await talk.say('EHLO c\r\n'), / RCPTMAX=3\r\n/)
  const rcpt = 'RCPT TO:<jane@ours.test>'
  assert.deepEqual(
    await talk.codes(`AUTH PLAIN ${PLAIN}`, 'MAIL FROM:<jane@ours.test>', rcpt, rcpt, rcpt, rcpt),
    [235, 250, 250, 250, 250, 452],
  )
})

test('mail from <> is routed in the name of who submits it', async () => {
  const { talk, directory } = await loggedIn()
  const asked: unknown[] = []
  const route = directory.route.bind(directory)
  directory.route = (address, ...rest: unknown[]) => {
    asked.push(rest[0])
    return route(address)
  }
  await talk.codes('MAIL FROM:<>', 'RCPT TO:<a@else.example>', 'RSET')
  await talk.codes('MAIL FROM:<jane@ours.test>', 'RCPT TO:<a@else.example>')
  assert.deepEqual(asked, [
    { sender: null, sentFor: 'jane@ours.test' },
    { sender: 'jane@ours.test', sentFor: 'jane@ours.test' },
  ])
})

test('recipients elsewhere are counted over a message, each once, and a refused one not at all', async () => {
  const checks: (readonly [recipients: number, firstTime: number])[] = []
  const { talk } = await begin({
    outbound: {
      isFirstTime: (_account, address) => !address.startsWith('known'),
      check(_account, { recipients, firstTime }) {
        checks.push([recipients, firstTime])
        if (firstTime > 2) throw new Refusal('tryLater', 'You may not')
      },
    },
  })
  await talk.codes(`AUTH PLAIN ${PLAIN}`)
  const to = (...names: string[]) => names.map((name) => `RCPT TO:<${name}>`)
  const names = ['known@x.example', 'a@x.example', 'bob@ours.test', 'a@x.example', 'b@x.example']
  const codes = await talk.codes('MAIL FROM:<jane@ours.test>', ...to(...names, 'c@x.example'))
  assert.deepEqual(codes, [250, 250, 250, 250, 250, 250, 451])
  assert.deepEqual(await talk.codes(...to('known2@x.example'), 'RSET'), [250, 250])
  await talk.codes('MAIL FROM:<jane@ours.test>', ...to('c@x.example', 'C@X.example', 'c@X.example'))
  const first = [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
  ]
  assert.deepEqual(checks, [...first, [4, 2], [1, 1], [2, 1]])
})
