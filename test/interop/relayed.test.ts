/** Mail of all kinds on its way through Postfix and Exim: what arrives is what was sent, and its signatures hold. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'

import {
  EXIM,
  HOW_TO_INSTALL,
  type MailPeer,
  PEER_RECIPIENT,
  POSTFIX,
  SUBMISSION,
} from '../../bench/peers.ts'
import { NO_DKIMPY, verified } from '../support/dkimpy.ts'
import { until } from '../support/other-servers.ts'
import { hasGreeting, startWaybill, type Waybill } from '../support/waybill.ts'

const RUN = `${process.pid}-${Date.now()}`
/** Bench' Postfix knows him by this name too. */
const JOERG = 'jörg@bench.test'
const SENDERS = new Map([
  [POSTFIX, 'ann@posts.test'],
  [EXIM, 'eve@exims.test'],
])

const FOLDED = [
  'To: "A name with, a comma" <user@bench.test>,',
  '\t=?utf-8?q?J=C3=A4ne?= <user@bench.test>,  ',
  ' user@bench.test',
  `References: ${Array.from({ length: 30 }, (_, index) => `<${index}.reference@client.test>`).join('\r\n ')}`,
  `X-Long: ${'w'.repeat(900)}`,
  'SUBJECT:   A  proposal',
  '  in two lines ',
].join('\r\n')
const EIGHT_BIT =
  'MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit'

interface Kind {
  /** Fields besides From, Date and Message-ID. */
  readonly fields: string
  readonly body: string
  readonly to?: string
  /** Of MAIL. */
  readonly parameters?: string
}

const KINDS: Readonly<Record<string, Kind>> = {
  plain: { fields: 'Subject: plain', body: 'Hello,\r\n\r\nbye\r\n' },
  folded: { fields: FOLDED, body: 'x\r\n' },
  'eight-bit': {
    fields: EIGHT_BIT,
    body: 'grüße, с приветом, 挨拶\r\n',
    parameters: ' BODY=8BITMIME',
  },
  empty: { fields: 'Subject: no body', body: '' },
  'blank-lines': { fields: 'Subject: blank lines', body: '\r\n\r\nx \t\r\n \r\n\t\r\n\r\n\r\n' },
  dots: { fields: 'Subject: dots', body: '.\r\n..\r\n.x\r\n...\r\n' },
  'from-line': { fields: 'Subject: From', body: 'From here\r\n>From there\r\n' },
  utf8: {
    fields: `To: Jörg <${JOERG}>\r\nSubject: grüße, с приветом, 挨拶\r\n${EIGHT_BIT}`,
    body: 'grüße\r\n',
    to: JOERG,
    parameters: ' BODY=8BITMIME SMTPUTF8',
  },
}

test('mail through Postfix and Exim', { skip: await missing() }, async (t) => {
  await using server = await startWaybill({
    accounts: Object.fromEntries([...SENDERS.values()].map((sender) => [sender, 'post haste'])),
  })
  const sinceMs = Date.now() - 1000
  after(() => removeOurs(sinceMs))
  await useRelays(server)
  const sent = new Map<string, string>()
  for (const [peer, sender] of SENDERS)
    for (const [name, kind] of Object.entries(KINDS)) {
      const id = `${name}.${peer.name}.${RUN}@client.test`
      sent.set(id, kind.body)
      await send(server, { ...kind, sender, id })
    }
  const records = await recordsOf(server)
  for (const peer of SENDERS.keys()) {
    const arrived = await arrivals(peer, { count: Object.keys(KINDS).length, sinceMs })
    const found = await verified([...arrived.values()], records)
    for (const [index, [id, message]] of [...arrived].entries())
      await t.test(`${peer.name}: ${id.split('.', 1)[0]}`, () => {
        const body = message.subarray(message.indexOf('\r\n\r\n') + 4).toString()
        assert.equal(body, sent.get(id))
        assert.deepEqual(found[index], [true, true])
      })
  }
  await t.test('RFC 6531: an address that needs SMTPUTF8 is in the log as it is', () => {
    const lines = server
      .log('mainlog')
      .split('\n')
      .filter((line) => line.includes(` => ${JOERG} `))
    assert.equal(lines.length, SENDERS.size)
  })
  await t.test('RFC 8689: REQUIRETLS goes to nobody whose certificate is not good', async () => {
    const id = `requiretls.${RUN}@client.test`
    const sender = SENDERS.get(POSTFIX) ?? ''
    await send(server, {
      ...{ sender, id, fields: 'Subject: secret', body: 'x\r\n', parameters: ' REQUIRETLS' },
    })
    // Its certificate is checked, whatever the relay's own rule is.
    const waits = / == user@bench\.test .*\(certificate verification failed\)/
    await server.logged('mainlog', waits)
    assert.equal(textsAt(POSTFIX, sinceMs).filter((text) => text.includes(`<${id}>`)).length, 0)
  })
})

async function useRelays(server: Waybill): Promise<void> {
  const common = ['--tls', 'starttls', '--no-check', '--for-sender']
  await server.cliOk([
    ...['relay', 'add', 'exim', '--host', `127.0.0.1:${EXIM.port}`, ...common, 'exims.test'],
  ])
  await server.cliOk(
    [
      ...['relay', 'add', 'postfix', '--host', `127.0.0.1:${SUBMISSION.port}`],
      ...['--user', SUBMISSION.user, '--password-stdin', ...common, 'posts.test'],
    ],
    { input: `${SUBMISSION.password}\n` },
  )
}

interface Outgoing extends Kind {
  readonly sender: string
  readonly id: string
}

async function send(
  server: Waybill,
  { sender, id, fields, body, to = PEER_RECIPIENT, parameters = '' }: Outgoing,
): Promise<void> {
  const header = `From: ${sender}\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <${id}>\r\n${fields}`
  await using smtp = await server.submission(sender)
  await smtp.say(`MAIL FROM:<${sender}>${parameters}`, 250)
  // The client writes latin1.
  await smtp.say(`RCPT TO:<${Buffer.from(to).toString('latin1')}>`, 250)
  const reply = await smtp.data(Buffer.from(`${header}\r\n\r\n${body}`))
  assert.equal(reply.code, 250, reply.text)
}

/** By Message-ID, as they were sent: the Maildir has LF alone. */
async function arrivals(
  peer: MailPeer,
  { count, sinceMs }: { readonly count: number; readonly sinceMs: number },
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  await until(() => {
    for (const text of textsAt(peer, sinceMs)) {
      const id = /^Message-ID: <(.*)>/m.exec(text)?.[1]
      if (id !== undefined) found.set(id, Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
    }
    return found.size >= count
  }, `all of it at ${peer.name}`)
  return found
}

function textsAt(peer: MailPeer, sinceMs: number): string[] {
  return peer.deliveredSince(sinceMs).flatMap(({ text }) => (text.includes(RUN) ? [text] : []))
}

/** What the domains publish of their keys. */
async function recordsOf(server: Waybill): Promise<Record<string, string>> {
  const keys: readonly { readonly recordName: string; readonly record: string }[] = JSON.parse(
    await server.cliOk(['dkim', 'list', '--json']),
  )
  return Object.fromEntries(keys.map(({ recordName, record }) => [`${recordName}.`, record]))
}

async function missing(): Promise<string | false> {
  if (NO_DKIMPY !== false) return NO_DKIMPY
  for (const { port } of [POSTFIX, EXIM, SUBMISSION])
    if (!(await hasGreeting(port))) return HOW_TO_INSTALL
  return false
}

function removeOurs(sinceMs: number): void {
  for (const peer of SENDERS.keys())
    for (const { path, text } of peer.deliveredSince(sinceMs)) if (text.includes(RUN)) rmSync(path)
}
