/**
 * Writes the two logs of this folder, or into another: `node test/vector/report/make.ts [FOLDER]`. Nothing in it is random, and
 * no clock is asked; see README.md for what happens in them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Arrival, Delivered, Host, Undelivered } from '../../../src/journal/event.ts'
import { type MailEvent, renderEvent } from '../../../src/journal/exim/write.ts'
import { messageIds } from '../../../src/journal/message-id.ts'
import { formatTime, UTC } from '../../../src/journal/zone.ts'

const DAY = (day: number, time: string) => Date.parse(`2026-01-${String(day).padStart(2, '0')}T${time}Z`)
const RELAY: Host = { name: 'smtp.provider.example', helo: null, address: '203.0.113.25', port: 587 }
const TLS = { version: 'TLS1.3', cipher: 'TLS_AES_256_GCM_SHA384', bits: 256, verified: true, serverName: null }
const WRONG =
  'SMTP error from remote mail server after AUTH PLAIN: 535 5.7.8 Error: authentication failed: (reason unavailable)'
/** Refused and mended. */
const BROKEN_MS = DAY(5, '08:14:09')
const MENDED_MS = DAY(8, '08:31:40')

interface Mail {
  readonly atMs: number
  readonly from: string
  readonly to: string
  readonly subject: string
}

const SUE = 'sue@example.org'
const TOM = 'tom@example.org'
const ANN = 'ann@example.org'

/** Of our users to others. The middle eleven meet the wrong password. */
const OUT: readonly Mail[] = [
  { atMs: DAY(5, '06:31:12'), from: SUE, to: 'orders@paper.example', subject: 'Envelopes' },
  { atMs: DAY(5, '07:02:55'), from: TOM, to: 'jane@client.example', subject: 'Minutes' },
  { atMs: DAY(5, '07:40:03'), from: ANN, to: 'desk@travel.example', subject: 'Booking' },
  { atMs: BROKEN_MS - 2_000, from: SUE, to: 'jane@client.example', subject: 'Offer' },
  { atMs: DAY(5, '09:20:41'), from: TOM, to: 'lee@builder.example', subject: 'Plans' },
  { atMs: DAY(5, '15:05:18'), from: SUE, to: 'orders@paper.example', subject: 'Toner' },
  { atMs: DAY(6, '08:11:30'), from: ANN, to: 'desk@travel.example', subject: 'Change of date' },
  { atMs: DAY(6, '10:47:02'), from: SUE, to: 'jane@client.example', subject: 'Did you get it?' },
  { atMs: DAY(6, '16:33:59'), from: TOM, to: 'lee@builder.example', subject: 'Plans again' },
  { atMs: DAY(7, '07:58:27'), from: SUE, to: 'tax@office.example', subject: 'Return 2025' },
  { atMs: DAY(7, '09:14:44'), from: SUE, to: 'gone@client.example', subject: 'Offer' },
  { atMs: DAY(7, '13:02:10'), from: ANN, to: 'hello@school.example', subject: 'Absence' },
  { atMs: DAY(7, '17:25:36'), from: TOM, to: 'jane@client.example', subject: 'Call me' },
  { atMs: DAY(8, '07:49:51'), from: SUE, to: 'bank@bank.example', subject: 'Transfer' },
  { atMs: DAY(8, '09:05:22'), from: TOM, to: 'lee@builder.example', subject: 'Thanks' },
]

/** Eight networks, each with some addresses, that guess for two accounts and some names. */
const GUESSERS = [
  ...['192.0.2', '233.252.0', '198.18.120', '198.18.7'],
  ...['198.18.91', '198.19.40', '198.19.7', '2001:db8:bad:1'],
]

function arrival(mail: Mail, id: Arrival['id'], number: number): Arrival {
  const isOut = mail.from.endsWith('@example.org')
  return {
    type: 'arrival', mark: '<=', atMs: mail.atMs, id, parent: null, from: mail.from, user: null,
    host: isOut
      ? { name: null, helo: 'laptop', address: `198.51.100.${20 + (number % 3)}`, port: 50_000 + number }
      : { name: `mx.${mail.from.split('@')[1]}`, helo: null, address: '203.0.113.77', port: 41_000 + number },
    local: { address: '203.0.113.5', port: isOut ? 587 : 25 },
    protocol: isOut ? 'esmtpsa' : 'esmtps',
    tls: { ...TLS, verified: isOut ? false : true },
    authenticator: isOut ? 'plain' : null, login: isOut ? mail.from : null,
    sizeOctets: 1_800 + 137 * number, messageIdHeader: `${number}@${isOut ? 'laptop' : 'mx'}.example`,
    subject: mail.subject, recipients: [mail.to],
  }
}

const recipient = ({ to, from }: Mail, router: string, transport: string) =>
  ({ address: to, parents: [], from, router, transport })

function delivered(mail: Mail, id: Arrival['id'], atMs: number, number: number): Delivered {
  return {
    type: 'delivered', mark: '=>', atMs, id, recipient: recipient(mail, 'relay', 'smtp'), host: RELAY,
    tls: TLS, authenticator: 'plain', sizeOctets: 1_900 + 137 * number, mailbox: null,
    confirmation: `250 2.0.0 Ok: queued as 4dQx${(1_000 + number).toString(36).toUpperCase()}`,
    queueTimeMs: atMs - mail.atMs, deliverTimeMs: 612, status: null,
  }
}

function undelivered(mail: Mail, id: Arrival['id'], atMs: number, type: 'failed' | 'deferred', reason: string): Undelivered {
  return {
    type, atMs, id, recipient: recipient(mail, 'relay', 'smtp'), host: RELAY, tls: TLS,
    errorNumber: type === 'deferred' ? -42 : null, reason,
    queueTimeMs: atMs - mail.atMs, deliverTimeMs: 431, status: null,
  }
}

interface Made {
  readonly events: readonly MailEvent[]
  readonly ids: ReadonlyMap<Mail, Arrival['id']>
}

/** As our server tries: what waits for a relay that refuses is tried one at a time, every two hours at last. */
function made(): Made {
  const events: MailEvent[] = []
  const ids = new Map<Mail, Arrival['id']>()
  const idFor = (atMs: number) => messageIds(() => atMs, 4_711)()
  OUT.forEach((mail, index) => {
    const id = idFor(mail.atMs)
    ids.set(mail, id)
    events.push(arrival(mail, id, index))
    const isStuck = mail.atMs >= BROKEN_MS - 5_000 && mail.atMs < MENDED_MS
    const atMs = isStuck ? MENDED_MS + 1_000 * index : mail.atMs + 2_000
    if (mail.to.startsWith('gone@'))
      events.push(undelivered(mail, id, atMs, 'failed', 'SMTP error from remote mail server after RCPT TO:<gone@client.example>: 550 5.1.1 <gone@client.example>: Recipient address rejected: User unknown'))
    else events.push(delivered(mail, id, atMs, index))
    events.push({ type: 'completed', atMs, id, queueTimeMs: atMs - mail.atMs })
  })
  const stuck = OUT.filter(({ atMs }) => atMs >= BROKEN_MS - 5_000 && atMs < MENDED_MS)
  for (let atMs = BROKEN_MS, wait = 5; atMs < MENDED_MS; atMs += wait * 60_000, wait = Math.min(120, wait * 2)) {
    const waiting = stuck.filter((mail) => mail.atMs < atMs)
    const mail = waiting[Math.floor((atMs - BROKEN_MS) / 60_000) % waiting.length] ?? stuck[0]
    const id = mail && ids.get(mail)
    if (mail && id) events.push(undelivered(mail, id, atMs, 'deferred', WRONG))
  }
  events.push({ type: 'panic', atMs: BROKEN_MS, id: null, severity: 'panic', program: null, text: `the relay prov refuses our login, and mail for it waits: ${WRONG}` })
  events.push({ type: 'panic', atMs: MENDED_MS, id: null, severity: 'panic', program: null, text: 'the relay prov takes our login again' })
  return { events: [...events, ...incoming(idFor), ...guesses()], ids }
}

/** Mail from others comes all the time: what we cannot send does not keep it. */
function incoming(idFor: (atMs: number) => Arrival['id']): MailEvent[] {
  const events: MailEvent[] = []
  for (let number = 0; number < 26; number++) {
    const to = [SUE, TOM, ANN][number % 3] ?? SUE
    const from = ['jane@client.example', 'news@paper.example', 'lee@builder.example', 'office@school.example'][number % 4] ?? ''
    const mail = { atMs: DAY(5, '00:20:07') + number * 11_400_000, from, to, subject: `Letter ${number + 1}` }
    if (mail.atMs > DAY(8, '11:00:00')) break
    const id = idFor(mail.atMs)
    const name = to.split('@')[0] ?? ''
    events.push(arrival(mail, id, 100 + number), {
      type: 'delivered', mark: '=>', atMs: mail.atMs, id, host: null, tls: null, authenticator: null,
      recipient: { address: name, parents: [to], from, router: 'local', transport: 'mailbox' },
      sizeOctets: 1_900 + number, mailbox: 'INBOX', confirmation: null, queueTimeMs: 61, deliverTimeMs: 12, status: null,
    }, { type: 'completed', atMs: mail.atMs, id, queueTimeMs: 61 })
  }
  return events
}

function guesses(): MailEvent[] {
  return GUESSERS.flatMap((net, index) =>
    Array.from({ length: 9 + 4 * (7 - index) }, (_, number): MailEvent => ({
      type: 'authenticationFailed',
      atMs: DAY(5, '01:00:00') + index * 3_300_000 + number * 6_900_000 + index * 1_000,
      mechanism: 'plain',
      host: { name: null, helo: 'User', address: net.includes(':') ? `${net}::${number + 1}` : `${net}.${60 + (number % 7)}`, port: 30_000 + number },
      local: { address: '203.0.113.5', port: 587 },
      reply: '535 Incorrect authentication data',
      login: [SUE, 'info@example.org', TOM, 'admin'][(index + number) % 4] ?? SUE,
    })).filter(({ atMs }) => atMs < DAY(8, '11:00:00')),
  )
}

/** The same as a Debian Exim with a smarthost has it: short ids, its routers, its words. */
function asExim(line: string, ids: Map<string, string>): readonly string[] {
  const exim = line
    .replace(/\b(\w{6})-\w{11}-(\w{4})\b/g, (_, seconds: string, fraction: string) => {
      const key = `${seconds}-${fraction}`
      if (!ids.has(key)) ids.set(key, `${seconds}-${(ids.size + 4_711).toString(36).toUpperCase().padStart(6, '0')}-${fraction.slice(0, 2)}`)
      return ids.get(key) ?? ''
    })
    .replace('R=relay T=smtp', 'R=smarthost T=remote_smtp_smarthost')
    .replace('R=local T=mailbox', 'R=local_user T=maildir_home')
    .replace(/ mailbox="INBOX"/, '')
  if (exim.includes(' PANIC: ')) return []
  if (!exim.includes(WRONG)) return [exim]
  const [, time = '', id = ''] = /^(\S+ \S+) (\S+)/.exec(exim) ?? []
  return [
    `${time} ${id} plain authenticator failed H=smtp.provider.example [203.0.113.25] 535 5.7.8 Error: authentication failed: (reason unavailable)`,
    exim.replace(WRONG, 'authentication required but authentication attempt(s) failed'),
  ]
}

/** Debian's Exim goes through the queue every half hour; here every six hours, to keep the log short. */
function queueRun(time: string): readonly string[] {
  return [`${time} Start queue run: pid=2231`, `${time} End queue run: pid=2231`]
}

const { events } = made()
const lines = events
  .map((event, index) => ({ event, index }))
  .sort((one, other) => one.event.atMs - other.event.atMs || one.index - other.index)
  .map(({ event }) => renderEvent(event, UTC))
const ids = new Map<string, string>()
const here = process.argv[2] ?? import.meta.dirname
writeFileSync(join(here, 'waybill-mainlog'), `${lines.join('\n')}\n`)
const runs = Array.from({ length: 14 }, (_, index) => DAY(5, '03:08:00') + index * 21_600_000)
const exim = [
  ...lines.flatMap((line) => asExim(line, ids)),
  ...runs.flatMap((atMs) => queueRun(formatTime(atMs, UTC))),
]
// By time alone: lines of one second stay as they are.
exim.sort((one, other) => (one.slice(0, 19) < other.slice(0, 19) ? -1 : Number(one.slice(0, 19) > other.slice(0, 19))))
writeFileSync(join(here, 'exim-mainlog'), `${exim.join('\n')}\n`)
