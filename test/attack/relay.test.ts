/** C01–C07: nobody relays through us, and addresses mean what they say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { codesToEnd, SmtpTarget } from '../support/smtp-target.ts'

const PATIENT = { softErrors: 100_000, hardErrors: 100_000, maxIdleCommands: 100_000 }

const utf8 = (text: string) => Buffer.from(text).toString('latin1')

/** What follows `RCPT TO:`, and whether it is an address of ours. */
const PROBES: readonly [path: string, isOurs?: 'ours'][] = [
  ['<u@ext.test>'],
  ['<u%ext.test@ours.test>'],
  ['<"u%ext.test"@ours.test>'],
  ['<"u@ext.test"@ours.test>'],
  ['<u@ext.test@ours.test>'],
  ['<@ours.test:u@ext.test>'],
  ['<@ours.test,@x:u@ext.test>'],
  ['<ext.test!u@ours.test>'],
  ['<ext.test!u>'],
  ['<u@[127.0.0.1]>'],
  ['<u@[::1]>'],
  ['<u@[IPv6:::ffff:127.0.0.1]>'],
  ['<u@127.0.0.1>'],
  ['<u@localhost>'],
  ['<u@ours.test.>'],
  ['<jane@OURS.TEST>', 'ours'],
  ['<u@ours.test\0ext.test>'],
  [utf8('<u@ｏurs.test>')],
  [utf8('<u@ours.tеst>')],
  ['<u@xn--ours-9bb.test>'],
  ['<"">@ours.test'],
  ['<""@ours.test>'],
  ['<@ours.test>'],
  ['<>'],
  ['<postmaster>', 'ours'],
  ['<postmaster@ext.test>'],
  ['u@ext.test'],
  ['<u@ext.test> ORCPT=rfc822;u@ours.test'],
  ['<"u@ext.test x"@ours.test>'],
  ['<u@ext.test,jane@ours.test>'],
  ['<jane@ours.test,u@ext.test>'],
  ['<jane@ours.test>,<u@ext.test>'],
  ['<u@ext.test\r\n.jane@ours.test>'],
]

test('C01: no probe relays, whoever claims to send', async (t) => {
  await using target = await SmtpTarget.open({}, PATIENT)
  for (const from of ['<boss@ours.test>', '<u@ext.test>', '<>']) {
    for (const hello of ['EHLO', 'HELO', 'EHLO ours.test', 'HELO [127.0.0.1]']) {
      await t.test(`${hello}, MAIL FROM:${from}`, async () => {
        await using client = await target.client()
        await client.say(hello.includes(' ') ? hello : `${hello} client.test`, 250)
        for (const [path, isOurs] of PROBES) {
          await client.say(`MAIL FROM:${from}${hello.startsWith('EHLO') ? ' SMTPUTF8' : ''}`, 250)
          const got = await probe(client, path)
          const name = JSON.stringify(path)
          if (isOurs) assert.deepEqual(got, [250], name)
          else assert.ok(got.length > 0 && got.every((code) => code >= 500), `${name}: ${got}`)
          await client.say('DATA', isOurs ? 354 : 503)
          if (isOurs) await client.connection.write('.\r\n').then(() => client.expect(250))
          else await client.say('RSET', 250)
        }
      })
    }
  }
  const destinations = target.fake.delivery.accepted.flatMap(({ submission }) =>
    submission.recipients.map(({ address }) => address),
  )
  assert.deepEqual([...new Set(destinations)], ['jane@OURS.TEST', 'postmaster'])
})

/** Every line of the probe is answered: one that smuggles a line break is two commands. */
async function probe(client: Awaited<ReturnType<SmtpTarget['client']>>, path: string) {
  const codes: number[] = []
  for (const line of `RCPT TO:${path}`.split('\r\n')) codes.push((await client.ask(line)).code)
  return codes
}

test('C02: what stands in quotes before the @ is a name, and never an address', async () => {
  await using target = await SmtpTarget.open({}, PATIENT)
  await using client = await target.client()
  await client.say('MAIL FROM:<"victim@ext.test x"@ext.test>', 250)
  for (const path of ['<"victim@ext.test x"@ours.test>', '<"victim@ext.test"@ours.test>']) {
    assert.match((await client.say(`RCPT TO:${path}`, 550)).text, /^5\.1\.1 /)
  }
  await client.say('RCPT TO:<"jane"@ours.test>', 250)
})

test('C03: nests of quotes and brackets are refused in linear time', async () => {
  await using target = await SmtpTarget.open({}, PATIENT)
  await using client = await target.client()
  await client.say('MAIL FROM:<>', 250)
  for (const hostile of ['"(((', '"\\"', '<', ',', '@a,', 'a.', '[']) {
    const path = hostile.repeat(Math.floor(2000 / hostile.length))
    assert.equal((await client.ask(`RCPT TO:<${path}`)).code, 501, hostile)
  }
})

test('C06: lengths of localpart, domain, label and path; tags and dots', async () => {
  await using target = await SmtpTarget.open({}, PATIENT)
  await using client = await target.client()
  await client.say('MAIL FROM:<>', 250)
  const label = 'a'.repeat(63)
  const cases: [address: string, code: number][] = [
    [`${'l'.repeat(64)}@ours.test`, 550],
    [`${'l'.repeat(65)}@ours.test`, 501],
    [`"${'l'.repeat(62)}"@ours.test`, 550],
    [`"${'l'.repeat(63)}"@ours.test`, 501],
    [`u@${label}.test`, 550],
    [`u@${label}a.test`, 501],
    [`u@${label}.${label}.${label}.${'b'.repeat(55)}.test`, 550], // 254 octets of path
    [`u@${label}.${label}.${label}.${'b'.repeat(56)}.test`, 501],
    [`u@${label}.${label}.${label}.${'b'.repeat(60)}.test`, 501],
    ['u@ours.123', 501],
    ['u@1.2.3.4', 501],
    ['jane+a+b@ours.test', 250],
    ['jane.@ours.test', 501],
    ['.jane@ours.test', 501],
    ['ja..ne@ours.test', 501],
    ['j.a.n.e@ours.test', 550],
  ]
  for (const [address, code] of cases) {
    assert.equal((await client.ask(`RCPT TO:<${address}>`)).code, code, address)
  }
})

test('C07: VRFY says the same of everybody, EXPN nothing', async () => {
  await using target = await SmtpTarget.open({}, PATIENT)
  await using client = await target.client()
  const answers = new Set<string>()
  for (const name of ['jane', 'jane@ours.test', 'nobody@ours.test', 'postmaster', 'x y']) {
    answers.add((await client.say(`VRFY ${name}`, 252)).text)
  }
  assert.equal(answers.size, 1)
  await client.say('EXPN team', 502)
})

test('C07: who tries names is cut off', async () => {
  await using target = await SmtpTarget.open()
  await using client = await target.client()
  await client.say('MAIL FROM:<>', 250)
  const names = Array.from({ length: 10_000 }, (_, i) => `RCPT TO:<name${i}@ours.test>\r\n`)
  client.connection.write(names.join('')).catch(() => {})
  const codes = await codesToEnd(client.connection)
  assert.deepEqual([codes.length, codes.at(-1)], [21, 421])
})

test('C11: strange greetings are kept escaped and do nothing', async () => {
  await using target = await SmtpTarget.open({}, PATIENT)
  for (const name of [
    '[127.0.0.1]',
    'mx.ours.test',
    '%n%n%s',
    'a;b(c)',
    'two words',
    'x'.repeat(255),
  ]) {
    await using client = await target.client()
    await client.say(`EHLO ${name}`, 250)
    await client.envelope({ from: '', to: ['jane@ours.test'] })
    assert.equal((await client.data(Buffer.from('A: b\r\n\r\n'))).code, 250)
    const [first = ''] = target.stored.at(-1)?.split('\r\n') ?? []
    assert.match(first, /^Received: from [^\s;()]+ \(\[127\.0\.0\.1\]\)$/, name)
  }
  await using client = await target.client()
  await client.say('EHLO \x1b[2J', 501)
  await client.say(`EHLO ${'x'.repeat(1024)}`, 501)
})
