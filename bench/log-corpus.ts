/**
 * Logs of Exim and Postfix as busy servers write them, the same for the same seed: mail in, mail out,
 * deferrals, bounces, rejections, failed logins, many messages open at a time.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

export type CorpusServer = 'exim' | 'postfix'

/** Writes a log of at least so many octets. */
export function writeLog(path: string, server: CorpusServer, octets: number, seed = 1): void {
  const file = openSync(path, 'w')
  try {
    let text = ''
    let written = 0
    for (const line of logLines(server, seed)) {
      text += line
      if (text.length < CHUNK_CHARS) continue
      written += writeSync(file, text)
      text = ''
      if (written >= octets) return
    }
  } finally {
    closeSync(file)
  }
}

/** Lines with their newlines, in the order of time, without end. */
export function* logLines(server: CorpusServer, seed = 1): Generator<string> {
  const random = randomOf(seed)
  const story = server === 'exim' ? eximMessage : postfixMessage
  /** Lines that are still to come, by the second in which they do. */
  const later = new Map<number, string[]>()
  let atMs = START_MS
  for (let number = 0; ; number++) {
    const now = Math.floor(atMs / 1000)
    for (const { second, line } of story(random, number, now)) {
      const others = later.get(second)
      if (others === undefined) later.set(second, [line])
      else others.push(line)
    }
    const nextMs = atMs + random.upTo(1200)
    for (let second = now; second < Math.floor(nextMs / 1000); second++) {
      yield* later.get(second) ?? []
      later.delete(second)
    }
    atMs = nextMs
  }
}

interface Step {
  readonly second: number
  readonly line: string
}

interface Random {
  /** A whole number from 0 up to and without `limit`. */
  upTo(limit: number): number
  of<Item>(items: readonly Item[]): Item
}

/** A linear congruential generator, of which the upper bits are taken. */
function randomOf(seed: number): Random {
  let state = seed >>> 0
  const upTo = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return {
    upTo,
    of(items) {
      const item = items[upTo(items.length)]
      if (item === undefined) throw new RangeError('nothing to choose from')
      return item
    },
  }
}

/** Who and what, in both logs. */
interface Mail {
  readonly from: string
  readonly to: string
  readonly host: string
  readonly address: string
  readonly port: number
  readonly size: number
  readonly header: string
  readonly subject: string
  readonly isOutgoing: boolean
  readonly fate: 'delivered' | 'deferred' | 'bounced' | 'rejected'
}

function mailOf(random: Random, number: number): Mail {
  const share = random.upTo(100)
  const isOutgoing = share >= 60 && share < 96
  const domain = `dom${random.upTo(400)}.example`
  const local = `user${random.upTo(200)}@${random.of(LOCAL_DOMAINS)}`
  const remote = `user${random.upTo(200)}@${domain}`
  const words = Array.from({ length: 2 + random.upTo(5) }, () => random.of(WORDS)).join(' ')
  return {
    from: isOutgoing ? local : remote,
    to: isOutgoing ? remote : local,
    host: `mx.${domain}`,
    address: addressOf(random),
    port: 1024 + random.upTo(60_000),
    size: 900 + random.upTo(200_000),
    header: `${number}.${random.upTo(1e9).toString(36)}@${domain}`,
    subject: words.charAt(0).toUpperCase() + words.slice(1),
    isOutgoing,
    fate:
      share >= 96 ? 'rejected' : share >= 92 ? 'bounced' : share >= 84 ? 'deferred' : 'delivered',
  }
}

function* eximMessage(random: Random, number: number, now: number): Generator<Step> {
  const mail = mailOf(random, number)
  const { from, to, host, address, port, size, subject, isOutgoing } = mail
  const step = (after: number, text: string): Step => ({
    second: now + after,
    line: `${isoTime(now + after)} ${text}\n`,
  })
  if (random.upTo(20) === 0)
    yield step(
      0,
      `dovecot_login authenticator failed for (User) [${addressOf(random)}]:${port}: ` +
        `535 Incorrect authentication data (set_id=user${random.upTo(200)}@alpha.test)`,
    )
  if (random.upTo(500) === 0) yield step(0, `Start queue run: pid=${1000 + random.upTo(50_000)}`)
  if (mail.fate === 'rejected') {
    const nobody = `<nobody@${random.of(LOCAL_DOMAINS)}>`
    const who = `H=(${host}) [${address}]:${port} F=<${from}>`
    yield step(0, `${who} rejected RCPT ${nobody}: Unrouteable address`)
    return
  }
  const id = eximId(now, number, random)
  const login = isOutgoing ? ` A=dovecot_plain:${from}` : ''
  const peer = isOutgoing ? '(smtpclient.apple)' : host
  const way = `I=[192.0.2.1]:${isOutgoing ? 587 : 25} P=esmtps${isOutgoing ? 'a' : ''} X=${TLS} CV=no`
  yield step(
    0,
    `${id} <= ${from} H=${peer} [${address}]:${port} ${way}${login} S=${size} ` +
      `id=${mail.header} T="${subject}" from <${from}> for ${to}`,
  )
  yield* eximEnd(random, number, mail, { id, step })
}

interface EximStory {
  readonly id: string
  readonly step: (after: number, text: string) => Step
}

function* eximEnd(
  random: Random,
  number: number,
  { from, to, host, size, isOutgoing, fate }: Mail,
  { id, step }: EximStory,
): Generator<Step> {
  let after = random.upTo(3)
  if (!isOutgoing) {
    const way = `R=localuser T=local_delivery S=${size + 120}`
    yield step(after, `${id} => ${to.split('@')[0]} <${to}> F=<${from}> ${way}`)
    yield step(after, `${id} Completed`)
    return
  }
  const way = 'R=dnslookup T=remote_smtp'
  const peer = `H=${host} [${addressOf(random)}]`
  const said = `SMTP error from remote mail server after RCPT TO:<${to}>:`
  if (fate === 'deferred')
    for (let tries = 1 + random.upTo(4); tries > 0; tries--) {
      yield step(after, `${id} == ${to} ${way} defer (-44) ${peer}: ${said} ${random.of(DEFERRED)}`)
      after += 30 + random.upTo(1800)
    }
  if (fate === 'bounced') {
    const why = `${peer} X=${TLS} CV=yes: ${said} ${random.of(FAILED)}`
    yield step(after, `${id} ** ${to} F=<${from}> ${way} ${why}`)
    const bounce = eximId(Math.floor(START_MS / 1000) + number, number + 7, random)
    const subject = 'T="Mail delivery failed: returning message to sender"'
    yield step(
      after,
      `${bounce} <= <> R=${id} U=Debian-exim P=local S=${size + 900} ${subject} from <> for ${from}`,
    )
    yield step(after, `${id} Completed`)
    yield step(
      after,
      `${bounce} => ${from.split('@')[0]} <${from}> F=<> R=localuser T=local_delivery`,
    )
    yield step(after, `${bounce} Completed`)
    return
  }
  yield step(
    after,
    `${id} => ${to} F=<${from}> ${way} ${peer}:25 X=${TLS} CV=yes K ` +
      `C="250- ${size} byte chunk, total ${size}\\n250 OK id=${eximId(0, number, random)}" QT=2s DT=1s`,
  )
  yield step(after, `${id} Completed`)
}

function* postfixMessage(random: Random, number: number, now: number): Generator<Step> {
  const mail = mailOf(random, number)
  const { from, host, address, size, isOutgoing } = mail
  const step = (after: number, program: string, text: string): Step => {
    const process = `postfix/${program}[${1000 + random.upTo(50_000)}]`
    return { second: now + after, line: `${syslogTime(now + after)} mail ${process}: ${text}\n` }
  }
  const client = `${host}[${address}]`
  yield step(0, 'smtpd', `connect from ${client}`)
  if (random.upTo(20) === 0)
    yield step(0, 'smtpd', `warning: ${client}: SASL LOGIN authentication failed: UGFzc3dvcmQ6`)
  if (mail.fate === 'rejected') {
    const nobody = `nobody@${random.of(LOCAL_DOMAINS)}`
    const why = 'Recipient address rejected: User unknown in local recipient table'
    yield step(
      0,
      'smtpd',
      `NOQUEUE: reject: RCPT from ${client}: 550 5.1.1 <${nobody}>: ${why}; ` +
        `from=<${from}> to=<${nobody}> proto=ESMTP helo=<${host}>`,
    )
  } else {
    const id = `${hex(number % 0xfffff)}${hex(random.upTo(0xfffff))}`
    const login = isOutgoing ? `, sasl_method=PLAIN, sasl_username=${from}` : ''
    yield step(0, 'smtpd', `${id}: client=${client}${login}`)
    yield step(0, 'cleanup', `${id}: message-id=<${mail.header}>`)
    yield step(0, 'qmgr', `${id}: from=<${from}>, size=${size}, nrcpt=1 (queue active)`)
    yield* postfixEnd(random, mail, id, step)
  }
  const counts = 'ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7'
  yield step(1, 'smtpd', `disconnect from ${client} ${counts}`)
}

function* postfixEnd(
  random: Random,
  { to, host, isOutgoing, fate }: Mail,
  id: string,
  step: (after: number, program: string, text: string) => Step,
): Generator<Step> {
  let after = random.upTo(3)
  if (isOutgoing) {
    const peer = `${host}[${addressOf(random)}]`
    const begun = (delay: string) =>
      `${id}: to=<${to}>, relay=${peer}:25, delay=${delay}, delays=0.1/0.01/0.5/0.5`
    const reply = '(in reply to RCPT TO command)'
    if (fate === 'deferred')
      for (let tries = 1 + random.upTo(4); tries > 0; tries--) {
        const why = `(host ${peer} said: ${random.of(DEFERRED)} ${reply})`
        yield step(after, 'smtp', `${begun('1.2')}, dsn=4.7.1, status=deferred ${why}`)
        after += 30 + random.upTo(1800)
      }
    if (fate === 'bounced') {
      const why = `(host ${peer} said: ${random.of(FAILED)} ${reply})`
      yield step(after, 'smtp', `${begun('0.9')}, dsn=5.1.1, status=bounced ${why}`)
      const notice = `${hex(random.upTo(0xfffff))}${hex(random.upTo(0xfffff))}`
      yield step(after, 'bounce', `${id}: sender non-delivery notification: ${notice}`)
    } else yield step(after, 'smtp', `${begun('1.1')}, dsn=2.0.0, status=sent (250 2.0.0 OK)`)
  } else {
    const said = `status=sent (250 2.0.0 <${to}> ${hex(random.upTo(0xfffff))} Saved)`
    const times = 'delay=0.3, delays=0.2/0.01/0.01/0.08, dsn=2.0.0'
    yield step(
      after,
      'lmtp',
      `${id}: to=<${to}>, relay=mail[private/dovecot-lmtp], ${times}, ${said}`,
    )
  }
  yield step(after, 'qmgr', `${id}: removed`)
}

function eximId(second: number, number: number, random: Random): string {
  const process = base62(number, 6)
  return `${base62(second, 6)}-${process}-${base62(random.upTo(3000), 2)}`
}

function base62(value: number, width: number): string {
  let text = ''
  for (let rest = value; text.length < width; rest = Math.floor(rest / 62))
    text = DIGITS.charAt(rest % 62) + text
  return text
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(5, '0')
}

function addressOf(random: Random): string {
  return `${11 + random.upTo(200)}.${random.upTo(256)}.${random.upTo(256)}.${1 + random.upTo(254)}`
}

let lastSecond = -1
let lastIso = ''

function isoTime(second: number): string {
  if (second !== lastSecond) {
    lastSecond = second
    lastIso = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ')
  }
  return lastIso
}

function syslogTime(second: number): string {
  const iso = isoTime(second)
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? ''
  return `${month} ${String(Number(iso.slice(8, 10))).padStart(2)} ${iso.slice(11)}`
}

const CHUNK_CHARS = 1024 * 1024
const START_MS = Date.UTC(2026, 0, 5)
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LOCAL_DOMAINS = ['alpha.test', 'beta.test', 'gamma.test']
const WORDS =
  'invoice report meeting hello re fwd update your order shipped payment lunch notes draft'.split(
    ' ',
  )
const TLS = 'TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256'
const DEFERRED = [
  '451 4.7.1 Greylisted, try again later',
  '450 4.2.1 The user you are trying to contact is receiving mail at a rate',
  '452 4.2.2 The email account that you tried to reach is over quota',
]
const FAILED = [
  '550 5.1.1 The email account that you tried to reach does not exist',
  '554 5.7.1 Service unavailable; Client host blocked using zen.example',
  '550 5.7.26 This mail is unauthenticated',
]
