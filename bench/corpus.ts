/** A mailbox as people have it: plain text, alternatives, attachments. The same octets on every run. */
import { SeededRandom } from '../test/chaos/random.ts'

const WORDS =
  'the and of a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part'.split(
    ' ',
  )

export function* makeCorpus(count: number): Generator<Buffer> {
  const random = new SeededRandom(10_000)
  for (let number = 1; number <= count; number++) yield makeMessage(number, random)
}

function makeMessage(number: number, random: SeededRandom): Buffer {
  const name = random.pick(WORDS)
  const header = [
    `Received: from mx${number % 7}.relay.test (mx${number % 7}.relay.test [192.0.2.${number % 250}])`,
    `\tby mail.bench.test with ESMTPS id ${number.toString(36).padStart(8, '0')};`,
    `\tFri, 20 Nov 2026 09:${two(number % 60)}:${two(number % 59)} +0000`,
    `From: "${name} ${random.pick(WORDS)}" <${name}@sender${number % 40}.x.test>`,
    'To: <user@bench.test>',
    `Subject: ${text(random, 5)}`,
    `Message-ID: <${number}.corpus@x.test>`,
    `Date: Fri, 20 Nov 2026 09:${two(number % 60)}:${two(number % 59)} +0000`,
    'MIME-Version: 1.0',
  ]
  const kind = random.next()
  const body =
    kind < 0.6
      ? plain(random)
      : kind < 0.9
        ? alternative(random, number)
        : attachment(random, number)
  return Buffer.from(`${header.join('\r\n')}\r\n${body}`)
}

function plain(random: SeededRandom): string {
  return `Content-Type: text/plain; charset=utf-8\r\n\r\n${paragraphs(random, random.between(5, 60))}`
}

function alternative(random: SeededRandom, number: number): string {
  const boundary = `=_alternative_${number}`
  const words = paragraphs(random, random.between(10, 40))
  return multipart('alternative', boundary, [
    `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}`,
    `Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p>${words}</p></body></html>\r\n`,
  ])
}

function attachment(random: SeededRandom, number: number): string {
  const octets = Buffer.from(
    Array.from({ length: random.between(2000, 12_000) }, () => random.between(0, 255)),
  )
  const base64 = octets.toString('base64').replace(/.{76}/g, '$&\r\n')
  return multipart('mixed', `=_mixed_${number}`, [
    plain(random),
    `Content-Type: application/pdf; name="${random.pick(WORDS)}.pdf"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${random.pick(WORDS)}.pdf"\r\n\r\n${base64}\r\n`,
  ])
}

function multipart(subtype: string, boundary: string, parts: readonly string[]): string {
  const inside = parts.map((part) => `--${boundary}\r\n${part}`).join('')
  return `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${inside}--${boundary}--\r\n`
}

function paragraphs(random: SeededRandom, lines: number): string {
  return Array.from({ length: lines }, () => `${text(random, 12)}\r\n`).join('')
}

function text(random: SeededRandom, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(' ')
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
