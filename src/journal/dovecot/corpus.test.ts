/** Logs of real and generated servers, against what is known of them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import type { LogLine } from '../event.ts'
import { logReader } from '../reader.ts'
import { UTC } from '../zone.ts'

const DATA = join(import.meta.dirname, '../../../../shared/testdata')
const GENERATED = join(DATA, 'logs-gen-dovecot/gen-dovecot-2')
const FAIL2BAN = join(DATA, 'logs-fail2ban/dovecot.jsonl')
const LATEST_MS = Date.UTC(2026, 11, 31)

interface Truth {
  /** By `imap|192.0.2.3|bob@example.com`. */
  readonly logins_ok: Readonly<Record<string, number>>
  readonly logins_failed: Readonly<Record<string, number>>
  /** By address. */
  readonly no_auth: Readonly<Record<string, number>>
  /** By recipient. */
  readonly deliveries: Readonly<Record<string, number>>
  readonly lmtp_rejected: number
}

test('a generated log gives exactly the logins and deliveries that were made', (t) => {
  if (!existsSync(GENERATED)) return t.skip('../shared is not there')
  const truth: Truth = JSON.parse(readFileSync(join(GENERATED, 'truth.json'), 'utf8'))
  const events = readAll(readFileSync(join(GENERATED, 'dovecot.log'), 'utf8'))
  const counts = { loggedIn: new Map(), loginFailed: new Map(), noLogin: new Map() }
  const answered = new Map<string, number>()
  const deliveries = new Map<string, number>()
  let rejected = 0
  let unknown = 0
  for (const event of events) {
    if (event.type === 'unknown' || event.type === 'continuation') unknown++
    else if (event.type === 'filed') {
      if (event.action === 'saved') add(deliveries, event.login ?? '', 1)
      else rejected++
    } else if (event.type === 'loginFailed' && event.service === 'auth')
      add(answered, `${event.remoteAddress}|${event.login}`, event.attempts ?? 1)
    else if (event.type === 'noLogin') add(counts.noLogin, event.remoteAddress ?? '', 1)
    else if (event.type === 'loggedIn' || event.type === 'loginFailed') {
      const who = `${event.service}|${event.remoteAddress}|${event.login}`
      add(counts[event.type], who, event.attempts ?? 1)
    }
  }
  t.diagnostic(`${events.length} lines, ${unknown} unknown`)
  assert.deepEqual(Object.fromEntries(counts.loggedIn), truth.logins_ok)
  assert.deepEqual(Object.fromEntries(counts.loginFailed), truth.logins_failed)
  assert.deepEqual(Object.fromEntries(counts.noLogin), truth.no_auth)
  assert.deepEqual(Object.fromEntries(deliveries), truth.deliveries)
  assert.equal(rejected, truth.lmtp_rejected)
  assert.equal(unknown, 0)
  const tried = new Map<string, number>()
  for (const [who, times] of counts.loginFailed) add(tried, who.slice(who.indexOf('|') + 1), times)
  assert.deepEqual(answered, tried, 'the auth process and the login processes tell of the same')
})

interface Labelled {
  readonly line: string
  readonly label: { readonly match: boolean; readonly host?: string } | null
}

test('lines that fail2ban takes for failed logins give their address, the others none', (t) => {
  if (!existsSync(FAIL2BAN)) return t.skip('../shared is not there')
  const lines = readFileSync(FAIL2BAN, 'utf8').trim().split('\n')
  for (const json of lines) {
    const { line, label }: Labelled = JSON.parse(json)
    const [event] = readAll(line)
    assert.ok(event !== undefined)
    if (label?.match) {
      assert.ok(event.type === 'loginFailed' || event.type === 'noLogin', line)
      assert.equal(event.remoteAddress, label.host, line)
    } else assert.notEqual(event.type, 'loginFailed', line)
  }
  t.diagnostic(`${lines.length} lines`)
  assert.ok(lines.length > 30)
})

function readAll(text: string): LogLine[] {
  const reader = logReader({ format: 'auto', zone: UTC, latestMs: LATEST_MS, log: 'main' })
  const events: LogLine[] = []
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from)
    const end = newline < 0 ? text.length : newline
    events.push(reader.read(text, from, end))
    from = end + 1
  }
  return events
}

function add(counts: Map<string, number>, key: string, number: number): void {
  counts.set(key, (counts.get(key) ?? 0) + number)
}
