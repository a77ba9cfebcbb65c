/** Sends one large message by SMTP, says so with a line, waits for one, and fetches it by IMAP. */
import { once } from 'node:events'

import { ImapClient } from '../../test/support/imap-client.ts'
import { SmtpClient } from '../../test/support/smtp-client.ts'

export interface LargeMessage {
  readonly smtpPort: number
  readonly imapPort: number
  readonly account: string
  readonly password: string
  readonly sizeOctets: number
}

if (import.meta.main) {
  const load = JSON.parse(process.argv[2] ?? '{}') as LargeMessage
  await using smtp = await SmtpClient.open(load.smtpPort)
  const line = `${'VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4gVGhlIHF1'.padEnd(76, 'x')}\r\n`
  const header = `From: <a@load.test>\r\nTo: <${load.account}>\r\nSubject: large\r\nMessage-ID: <large@load.test>\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n`
  const lines = Math.floor((load.sizeOctets - header.length) / line.length)
  const message = Buffer.from(header + line.repeat(lines))
  const reply = await smtp.send({ from: 'a@load.test', to: [load.account] }, message)
  if (reply.code !== 250) throw new Error(`${reply.code} ${reply.text}`)
  process.stdout.write(`sent ${message.length}\n`)
  await once(process.stdin, 'data')
  await using imap = await ImapClient.login(load.imapPort, load.account, load.password)
  await imap.ok('SELECT INBOX')
  const octets = await imap.fetchOctets(1)
  if (!octets?.subarray(-message.length).equals(message)) throw new Error('it came back changed')
  process.stdout.write(`fetched ${octets.length}\n`)
}
