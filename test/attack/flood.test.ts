/** D04, D05: too much of everything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DEFAULT_LIMITS } from '../../src/base/limits.ts'
import { codesToEnd, SmtpTarget } from '../support/smtp-target.ts'

const MIB = 1024 * 1024
const limits = {
  ...DEFAULT_LIMITS,
  message: { ...DEFAULT_LIMITS.message, maxOctets: MIB },
}

test('D04: a declared size that is too big, or no number', async () => {
  await using target = await SmtpTarget.open({ limits })
  await using client = await target.client()
  const cases: [size: string, code: number][] = [
    ['1048577', 552],
    ['18446744073709551616', 552],
    ['99999999999999999999', 552],
    ['999999999999999999999', 501],
    ['-1', 501],
    ['0x10', 501],
    ['1048576', 250],
  ]
  for (const [size, code] of cases) {
    assert.equal((await client.ask(`MAIL FROM:<> SIZE=${size}`)).code, code, size)
  }
})

test('D04: a message beyond the limit is refused at its end; far beyond it, cut', async (t) => {
  const line = `${'x'.repeat(1022)}\r\n`
  for (const [name, mib, isCut] of [
    ['1.2 times the limit', 1.2, false],
    ['20 times the limit', 20, true],
  ] as const) {
    await t.test(name, async () => {
      await using target = await SmtpTarget.open({ limits })
      await using client = await target.client()
      await client.say('MAIL FROM:<> SIZE=10', 250)
      await client.say('RCPT TO:<jane@ours.test>', 250)
      await client.say('DATA', 354)
      client.connection.write(`${line.repeat(1024 * mib)}.\r\nQUIT\r\n`).catch(() => {})
      assert.deepEqual(await codesToEnd(client.connection), isCut ? [552] : [552, 221])
      assert.equal(target.stored.length, 0)
      assert.equal(target.fake.delivery.disposed, 1)
    })
  }
})

test('D04: chunks beyond the limit', async () => {
  await using target = await SmtpTarget.open({ limits })
  await using client = await target.envelope()
  const chunk = Buffer.alloc(0.6 * MIB, 'x')
  assert.equal((await client.bdat(chunk, false)).code, 250)
  assert.equal((await client.bdat(chunk, false)).code, 552)
  assert.equal((await client.bdat(Buffer.from('x'), true)).code, 503)
  assert.equal(target.stored.length, 0)
})

test('D05: a million commands that bring no mail end at the limit', async (t) => {
  for (const command of ['NOOP', 'RSET', 'HELP', 'VRFY x', 'XYZZY', 'DATA', 'MAIL', '']) {
    await t.test(JSON.stringify(command), async () => {
      await using target = await SmtpTarget.open()
      await using client = await target.client()
      client.connection.write(`${command}\r\n`.repeat(1_000_000)).catch(() => {})
      const codes = await codesToEnd(client.connection)
      assert.ok(codes.length <= 121, `${codes.length} answers`)
      assert.ok(codes.at(-1) === 421 || codes.at(-1) === 554, `${codes.at(-1)}`)
    })
  }
})

test('D05: EHLO again and again', async () => {
  await using target = await SmtpTarget.open({}, { hardErrors: 3 })
  await using client = await target.client()
  for (let i = 0; i < 99; i++) await client.say('EHLO c', 250)
  await client.say('HELO c', 250)
  await client.say('HELO c', 250)
  await client.connection.write('EHLO c\r\n')
  assert.equal((await codesToEnd(client.connection)).at(-1), 421)
})
