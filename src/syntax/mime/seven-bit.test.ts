import assert from 'node:assert/strict'
import { test } from 'node:test'

import { fc } from '../../../test/support/properties.ts'
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { decodeText, decodeTransfer } from './decode.ts'
import { skeletonOf } from './scanner.ts'
import { inSevenBit } from './seven-bit.ts'
import { planSevenBit, type SevenBitFault } from './seven-bit-plan.ts'
import type { Part } from './skeleton.ts'

const LIMITS = DEFAULT_LIMITS.message

/** @param step  in pieces of how many octets the source gives it */
async function converted(
  octets: Uint8Array,
  step = 4096,
): Promise<{ readonly fault: SevenBitFault } | Buffer> {
  const source = function* (): Generator<Uint8Array> {
    for (let at = 0; at < octets.length; at += step) yield octets.slice(at, at + step)
  }
  const plan = await planSevenBit(source, LIMITS)
  if (typeof plan === 'string') return { fault: plan }
  const out: Buffer[] = []
  for await (const piece of inSevenBit(source, plan)) out.push(Buffer.from(piece))
  return Buffer.concat(out)
}

async function text(message: string): Promise<string> {
  const out = await converted(Buffer.from(lines(message)))
  assert.ok(Buffer.isBuffer(out), `a fault: ${JSON.stringify(out)}`)
  return out.toString('latin1')
}

async function faultOf(message: string | Buffer): Promise<SevenBitFault> {
  const out = await converted(Buffer.from(typeof message === 'string' ? lines(message) : message))
  assert.ok('fault' in out, 'it was converted')
  return out.fault
}

const lines = (message: string) => message.replaceAll('\n', '\r\n')

test('RFC 6152 §3: a text of 8 bits becomes quoted-printable', async () => {
  const message = `Subject: x
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
X-Last: y

Grüße = 1\u0020
.
`
  const expected = `Subject: x
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable
X-Last: y

Gr=C3=BC=C3=9Fe =3D 1=20
.
`
  assert.equal(await text(message), lines(expected))
})

test('a message that says nothing of itself says it now', async () => {
  const mime = 'MIME-Version: 1.0\nContent-Type: text/plain; charset='
  const encoding = 'Content-Transfer-Encoding: quoted-printable'
  assert.equal(
    await text('From: a@b\n\nschön'),
    lines(`From: a@b\n${mime}utf-8\n${encoding}\n\nsch=C3=B6n`),
  )
  const latin1 = await converted(Buffer.from(lines('From: a@b\n\nschön\n'), 'latin1'))
  assert.equal(latin1.toString(), lines(`From: a@b\n${mime}unknown-8bit\n${encoding}\n\nsch=F6n\n`))
  assert.equal(await text('\nschön'), lines(`${mime}utf-8\n${encoding}\n\nsch=C3=B6n`))
})

const NESTED = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer
Content-Transfer-Encoding: 8BIT (all of it)

Präambel
--outer

ohne Köpfe: ä
--outer
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

<p>plain</p>
--outer
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

Subject: inside
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8

é
--inner--
--outer
Content-Type: application/octet-stream
Content-Transfer-Encoding: binary

ÿÿÿÿÿÿ
--outer
Content-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"
Content-Transfer-Encoding: 8bit

--s
Content-Transfer-Encoding: 8bit

only ASCII
--s--
--outer--
Epilög
`

test('multiparts and messages keep their form, what is signed its octets', async () => {
  assert.equal(
    await text(NESTED),
    lines(`MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer
Content-Transfer-Encoding: 7bit

Pr??ambel
--outer
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

ohne K=C3=B6pfe: =C3=A4
--outer
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: 7bit

<p>plain</p>
--outer
Content-Type: message/rfc822
Content-Transfer-Encoding: 7bit

Subject: inside
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

=C3=A9
--inner--
--outer
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

w7/Dv8O/w7/Dv8O/
--outer
Content-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"
Content-Transfer-Encoding: 8bit

--s
Content-Transfer-Encoding: 8bit

only ASCII
--s--
--outer--
Epil??g
`),
  )
})

test('what cannot be converted is said', async () => {
  const part = (fields: string, body = 'é') => `MIME-Version: 1.0\n${fields}\n\n${body}\n`
  const multipart = (kind: string, body: string) =>
    part(`Content-Type: multipart/${kind}; boundary=b`, body)
  assert.equal(await faultOf('Subject: é\n\ntext\n'), 'header')
  const file = 'Content-Disposition: attachment; filename="é.txt"'
  assert.equal(await faultOf(multipart('mixed', `--b\n${file}\n\nx\n--b--`)), 'header')
  assert.equal(await faultOf(multipart('signed', '--b\n\né\n--b\n\nx\n--b--')), 'signed')
  for (const encoding of ['base64', 'Quoted-Printable', 'x-uuencode'])
    assert.equal(await faultOf(part(`Content-Transfer-Encoding: ${encoding}`)), 'encoded')
  assert.equal(await faultOf(multipart('mixed', 'no part, é')), 'structure')
  assert.equal(await faultOf(part('Content-Type: message/partial')), 'structure')
  assert.equal(await faultOf(multipart('mixed', '--b\n\nx\n--b--\n--bé\n')), 'structure')
  const wide = Buffer.from(`X: ${' \r\n x'.repeat(300_000)}\r\n\r\né`)
  assert.equal(await faultOf(wide), 'structure')
})

test('what others find in a message, and we do not, is not encoded', async () => {
  const mixed = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n'
  const text = '--b\nContent-Type: text/plain; charset=utf-8\n\né\n'
  const small = '--b\n\nx\n'
  assert.ok(Buffer.isBuffer(await converted(Buffer.from(`${mixed}${small.repeat(990)}${text}`))))
  assert.equal(await faultOf(`${mixed}${small.repeat(1000)}${text}--b--\n`), 'structure')
  const signed = `--b\nContent-Type: multipart/signed; boundary=s\n\n${'--s\n\nx\n'.repeat(997)}--s--\n`
  assert.equal(await faultOf(`${mixed}${signed}${text}${text}--b--\n`), 'structure')
  const folded = `To: a@b.example\n${',\n b@c.example'.repeat(2500)}\n`
  assert.ok(Buffer.isBuffer(await converted(Buffer.from(lines(`${folded}${mixed}${text}--b--\n`)))))
  assert.equal(await faultOf(`${'X: y\n'.repeat(2000)}${mixed}${text}--b--\n`), 'structure')
})

test('a part that begins without a header has one when it is encoded', async () => {
  const mixed = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n'
  assert.equal(
    await text(`${mixed}--b\nschön\n--b--\n`),
    lines(
      `${mixed}--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nsch=C3=B6n\n--b--\n`,
    ),
  )
})

test('RFC 6532 §3.7: message/global is encoded as a whole', async () => {
  const message = 'MIME-Version: 1.0\nContent-Type: message/global\n\nSubject: é\n\nx\n'
  assert.equal(
    await text(message),
    lines(
      'MIME-Version: 1.0\nContent-Type: message/global\nContent-Transfer-Encoding: quoted-printable\n\nSubject: =C3=A9\n\nx\n',
    ),
  )
})

test('no line that was broken looks like a delimiter, and none is longer than 76', async () => {
  const out = await text(`MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

é${'x'.repeat(69)}--b
${'ü'.repeat(400)}--b--
--b--
`)
  assert.match(out, /=\r\n=2D-b\r\n/)
  assert.ok(out.split('\r\n').every((line) => line.length <= 76))
  assert.equal(out.match(/^--b/gm)?.length, 2)
})

const leaf = fc.record({
  type: fc.constantFrom('text/plain; charset=utf-8', 'application/x-a', 'image/png'),
  body: fc.uint8Array({ maxLength: 400 }),
})

test('whatever the leaves hold, they hold it afterwards, however it comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(leaf, { minLength: 1, maxLength: 4 }),
      fc.nat(200),
      async (leaves, step) => {
        const parts = leaves.map(({ type, body }) => [
          Buffer.from(`--B\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: binary\r\n\r\n`),
          Buffer.from(body),
          Buffer.from('\r\n'),
        ])
        const head = Buffer.from(
          'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n',
        )
        const message = Buffer.concat([head, ...parts.flat(), Buffer.from('--B--\r\n')])
        const out = await converted(message, step + 1)
        assert.ok(Buffer.isBuffer(out))
        assert.ok(out.every((octet) => octet < 0x80))
        assert.deepEqual(contents(out), contents(message))
      },
    ),
    { numRuns: 200 },
  )
})

/** Of text, what stands in its lines: which octets end one is not content. */
function contents(message: Buffer): readonly string[] {
  const all: string[] = []
  const walk = (part: Part): void => {
    for (const child of part.children) walk(child)
    if (part.children.length > 0) return
    const octets = message.subarray(part.bodyStart, part.bodyEnd)
    if (part.type === 'text') all.push(decodeText(octets, part).replace(/\r+\n|[\r\n]/g, '\n'))
    else all.push(Buffer.from(decodeTransfer(octets, part.encoding)).toString('hex'))
  }
  walk(skeletonOf(message, LIMITS).root)
  return all
}

test('a large message is not held', async () => {
  const block = Buffer.alloc(64 * 1024, 'Grüße aus Köln, wo es schön ist.\r\n')
  const source = function* (): Generator<Uint8Array> {
    yield Buffer.from('Subject: x\r\n\r\n')
    for (let at = 0; at < 160; at++) yield block
  }
  const plan = await planSevenBit(source, LIMITS)
  assert.ok(typeof plan === 'object')
  let largest = 0
  let octets = 0
  for await (const piece of inSevenBit(source, plan)) {
    largest = Math.max(largest, piece.length)
    octets += piece.length
  }
  assert.ok(octets > 160 * block.length)
  assert.ok(largest < 4 * block.length, `a piece of ${largest} octets`)
})
