/** Logs of others: every documented field that an event keeps must agree, and no line stay unread. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import type { Event, Host, Unknown } from '../event.ts'
import { readHost } from './host.ts'
import { isPostfixProgram } from './program.ts'
import { PostfixReader } from './read.ts'
import { type GrokCase, readGrokCase } from '../testing/grok.ts'
import { AT, readLine } from '../testing/postfix-lines.ts'
import { readTls } from './tls.ts'

const SHARED = join(import.meta.dirname, '../../../../shared')
const GROK = join(SHARED, 'testdata/logs-postfix-grok')
const FAIL2BAN = join(SHARED, 'testdata/logs-fail2ban/postfix.jsonl')
const REAL = join(SHARED, 'testdata/logs-postfix-real/mail-dev.log.xz')
const GENLOG = join(SHARED, 'bench/genlog.py')

const DELIVERY = 'to=<a@b>, relay=none, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (x)'
/** Patterns that are parts of a line, put into one. */
const PARTS: Readonly<Record<string, (data: string) => string>> = {
  delays: (data) => `smtp[1]: 3F2A1B0C4D: ${DELIVERY.replace('1/0/0/0', data)}`,
  tls_features: (data) => `smtp[1]: 3F2A1B0C4D: ${DELIVERY.replace('dsn=', `tls=${data}, dsn=`)}`,
  command_counter_data: (data) => `smtpd[1]: disconnect from x[192.0.2.1] ${data}`,
  relay: (data) => `lmtp[1]: 3F2A1B0C4D: ${DELIVERY.replace('none', data)}`,
}

test('the fields of the postfix-grok-patterns cases agree', (t) => {
  if (!existsSync(GROK)) return t.skip('../shared is not there')
  const files = globSync(join(GROK, '*.yaml'))
  for (const file of files) {
    const grok = readGrokCase(readFileSync(file, 'utf8'))
    const part = PARTS[grok.pattern]
    const line = part === undefined ? `${grok.pattern}[1]: ${grok.data}` : part(grok.data)
    const event = readLine(`postfix/${line}`)
    assert.notEqual(event.type, 'unknown', `${basename(file)}: ${grok.data}`)
    for (const [field, value] of grok.results) {
      const found = fieldOf(event, field, grok)
      if (found !== undefined) assert.equal(found, value, `${basename(file)} ${field}`)
    }
  }
  t.diagnostic(`${files.length} cases`)
  assert.ok(files.length > 0)
})

/** What the event has of a field, as the case writes it; undefined when no event keeps it. */
function fieldOf(event: Event | Unknown, field: string, grok: GrokCase): string | undefined {
  const name = field.replace(/^postfix_/, '')
  const value = grok.results.get(field) ?? ''
  if (event.type === 'unknown') return ''
  if (name === 'queueid') return ('id' in event ? event.id : null) ?? 'NOQUEUE'
  if (name === 'bounce_queueid') return event.type === 'related' ? event.other : ''
  if (name === 'message-id')
    return event.type === 'arrivalPart' ? (event.messageIdHeader ?? '') : undefined
  if (name === 'status') return statusOf(event)
  if (name === 'from') return undefined // of an expired message: an action has no sender
  if (name === 'keyvalue_data') return agreesWith(event, value) ? value : 'other fields'
  if (name.startsWith('tls_')) return tlsField(grok.data, name)
  if (name.startsWith('delay_')) return undefined
  const host = hostOf(event)
  if (name.endsWith('_ip') && name !== 'server_ip') return host?.address ?? ''
  if (name === 'client_hostname' || name === 'relay_hostname') return host?.name ?? 'unknown'
  if (name === 'client_port' || name === 'relay_port') return String(host?.port)
  if (name === 'relay_service') return host?.address ?? ''
  if (WORDS.has(name)) return wordsOf(event).includes(value) ? value : wordsOf(event)
  return undefined
}

/** Fields that are part of the words of an event. */
const WORDS: ReadonlySet<string> = new Set([
  ...['status_code', 'status_code_enhanced', 'status_message', 'smtp_response', 'local_response'],
  ...['pipe_response', 'error_response', 'message', 'tls_error', 'smtp_lostconn_reason'],
  ...['postscreen_toobusy_data', 'dnsbl_domain', 'dnsbl_result', 'milter_data'],
])

function statusOf(event: Event): string {
  if (event.type === 'delivered') return 'sent'
  if (event.type === 'failed') return 'bounced'
  if (event.type === 'queueAction') return event.action
  return event.type === 'note' ? (/status=([\w-]+)/.exec(event.text)?.[1] ?? '') : event.type
}

function wordsOf(event: Event): string {
  if ('reason' in event) return event.reason ?? ''
  if (event.type === 'delivered') return event.confirmation ?? ''
  return 'text' in event ? event.text : ''
}

function hostOf(event: Event): Host | null {
  return 'host' in event ? event.host : null
}

function tlsField(data: string, name: string): string | undefined {
  const line = readTls(data, 0, data.length)
  if (line === null) return undefined
  if (name === 'tls_version') return line.tls.version
  return name === 'tls_cipher' ? line.tls.cipher : undefined
}

/** `to=<a>, relay=x[192.0.2.1]:25, delay=0.5, …` against the event. */
function agreesWith(event: Event, data: string): boolean {
  for (const [, key = '', enclosed, plain = ''] of data.matchAll(/(\w+)=(?:<([^>]*)>|([^ ,]+))/g)) {
    const value = enclosed ?? plain
    const found = saidOf(event, key)
    if (found !== undefined && found !== value)
      if (!(NUMBERS.has(key) && Number(found) === Number(value))) assert.equal(found, value, key)
  }
  return true
}

const NUMBERS: ReadonlySet<string> = new Set(['delay'])

function saidOf(event: Event, key: string): string | undefined {
  if (event.type === 'rejected') {
    if (key === 'from') return event.from ?? ''
    if (key === 'to') return event.subject?.startsWith('<') ? event.subject.slice(1, -1) : undefined
    return key === 'helo' ? (event.host?.helo ?? '') : undefined
  }
  if (event.type === 'arrivalPart') {
    if (key === 'from') return event.from ?? ''
    if (key === 'size') return String(event.sizeOctets)
    return key === 'nrcpt' ? String(event.recipientCount) : undefined
  }
  if (event.type !== 'delivered' && event.type !== 'failed' && event.type !== 'deferred')
    return undefined
  if (key === 'to') return event.recipient.address
  if (key === 'orig_to') return event.recipient.parents[0]
  if (key === 'dsn') return event.status ?? ''
  if (key === 'delay') return String((event.queueTimeMs ?? Number.NaN) / 1000)
  return key === 'relay' && event.host !== null ? relayOf(event.host) : undefined
}

function relayOf({ name, address, port }: Host): string {
  return `${name ?? ''}[${address ?? 'unknown'}]${port === null ? '' : `:${port}`}`
}

test('fail2ban: every line of an attack is an event with the attacker', (t) => {
  if (!existsSync(FAIL2BAN)) return t.skip('../shared is not there')
  let matches = 0
  for (const json of readFileSync(FAIL2BAN, 'utf8').trim().split('\n')) {
    const { line, label } = JSON.parse(json) as Labelled
    const event = readLine(line.slice(line.indexOf(' postfix/') + 1))
    if (label?.match !== true) continue
    matches++
    assert.ok(event.type !== 'unknown' && hostOf(event)?.address === label.host, line)
  }
  t.diagnostic(`${matches} attacks`)
  assert.ok(matches > 0)
})

interface Labelled {
  readonly line: string
  readonly label: { readonly match: boolean; readonly host: string } | null
}

test('a real log: nothing is unknown, and the sums are those of pflogsumm', (t) => {
  if (!existsSync(REAL)) return t.skip('../shared is not there')
  let log: string
  try {
    log = execFileSync('xz', ['-dc', REAL], { encoding: 'utf8', maxBuffer: 1e8 })
  } catch {
    return t.skip('xz is not installed')
  }
  const { counts, lines, forwarded } = countLog(log)
  const unknown = counts.get('unknown') ?? 0
  t.diagnostic(`${lines} lines, ${unknown} unknown: ${((unknown / lines) * 100).toFixed(3)} %`)
  assert.ok(unknown / lines < 0.01)
  const oracle = readFileSync(join(REAL, '../oracle-pflogsumm.txt'), 'utf8')
  const total = (word: string) => Number(new RegExp(`(\\d+) +${word}\\b`).exec(oracle)?.[1])
  // pflogsumm counts what local forwarded apart.
  assert.equal(counts.get('delivered'), total('delivered') + forwarded)
  assert.equal(counts.get('deferred') ?? 0, total('deferred'))
  assert.equal(counts.get('failed') ?? 0, total('bounced'))
  assert.equal(counts.get('rejected') ?? 0, total('rejected'))
})

test('a generated log: nothing is unknown', (t) => {
  if (!existsSync(GENLOG)) return t.skip('../shared is not there')
  let log: string
  try {
    log = execFileSync('python3', [GENLOG, 'postfix', '5000'], { encoding: 'utf8', maxBuffer: 1e8 })
  } catch {
    return t.skip('python3 is not installed')
  }
  const { counts, lines } = countLog(log)
  assert.ok(lines > 5000)
  assert.equal(counts.get('unknown') ?? 0, 0)
})

/** How many events of each type the lines of a log are. */
function countLog(log: string) {
  const reader = new PostfixReader()
  const counts = new Map<string, number>()
  let lines = 0
  let forwarded = 0
  for (const line of log.split('\n')) {
    const match = /^(?:\S+T\S+|\w{3} [ \d]\d \S+) \S+ ([^ :[]+)(?:\[(\d+)\])?: /.exec(line)
    if (match === null) {
      assert.equal(line, '')
      continue
    }
    const [prefix, program = '', process = '0'] = match
    assert.ok(isPostfixProgram(program), program)
    lines++
    const head = { atMs: AT, program, process: Number(process) }
    const event = reader.read(head, line, prefix.length, line.length, 0)
    counts.set(event.type, (counts.get(event.type) ?? 0) + 1)
    if (event.type === 'delivered' && event.confirmation?.startsWith('forwarded as')) forwarded++
  }
  return { counts, lines, forwarded }
}

test('a relay is read as the grok case has it', () => {
  const relay = '1.example.com.si[private/dovecot-lmtp]'
  const host = readHost(relay, 0, relay.length)
  assert.deepEqual(host, {
    name: '1.example.com.si',
    helo: null,
    address: 'private/dovecot-lmtp',
    port: null,
  })
})
