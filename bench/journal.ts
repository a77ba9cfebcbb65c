/**
 * How fast log lines are written and read: lines a second, and what 20,000 lines a second cost.
 *
 *   node bench/journal.ts
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { systemClock } from '../src/base/clock.ts'
import type { Arrival, Delivered, OwnEvent } from '../src/journal/event.ts'
import { readLines } from '../src/journal/exim/read.ts'
import { type MailEvent, renderEvent } from '../src/journal/exim/write.ts'
import { messageIds } from '../src/journal/message-id.ts'
import { UTC } from '../src/journal/zone.ts'
import { openLogs } from '../src/log/logs.ts'
import { textsOfLines } from '../src/trace/source/lines.ts'

const MESSAGES = 100_000
const LINES = 3 * MESSAGES

const newId = messageIds(() => Date.now(), 4711)

/** An arrival, its delivery and its end, as a small server logs them all day. */
function* mail(): Generator<MailEvent> {
  for (let number = 0; number < MESSAGES; number++) {
    const id = newId()
    const atMs = Math.floor(Date.now() / 1000) * 1000
    yield {
      type: 'arrival',
      mark: '<=',
      parent: null,
      atMs,
      id,
      from: `sender${number}@example.com`,
      host: { name: 'mail.example.com', helo: null, address: '192.0.2.3', port: 50_214 },
      local: { address: '192.0.2.1', port: 25 },
      user: null,
      protocol: 'esmtps',
      tls: {
        version: 'TLS1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        bits: 256,
        verified: false,
        serverName: 'mx.example.net',
      },
      authenticator: null,
      login: null,
      sizeOctets: 4096 + number,
      messageIdHeader: `${number}.bench@example.com`,
      subject: `Message number ${number}`,
      recipients: ['bob@example.net'],
    } satisfies Arrival
    yield {
      type: 'delivered',
      mark: '=>',
      atMs,
      id,
      recipient: {
        address: 'bob',
        parents: ['bob@example.net'],
        from: `sender${number}@example.com`,
        router: 'local',
        transport: 'mailbox',
      },
      host: null,
      tls: null,
      authenticator: null,
      sizeOctets: 4200 + number,
      mailbox: 'INBOX',
      confirmation: null,
      queueTimeMs: 0,
      deliverTimeMs: 0,
      status: null,
    } satisfies Delivered
    yield { type: 'completed', atMs, id, queueTimeMs: 0 }
  }
}

function show(what: string, lines: number, seconds: number, octets?: number): void {
  const rate = Math.round(lines / seconds).toLocaleString('en')
  const throughput = octets === undefined ? '' : `, ${Math.round(octets / seconds / 1e6)} MB/s`
  process.stdout.write(`${what.padEnd(34)}${rate.padStart(12)} lines/s${throughput}\n`)
}

const events = [...mail()]
for (let round = 0; round < 3; round++) for (const event of events) renderEvent(event, UTC)
let start = performance.now()
for (const event of events) renderEvent(event, UTC)
show('render', LINES, (performance.now() - start) / 1000)

const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'))
try {
  await writeThrough(events)
  await read(join(folder, 'mainlog'))
} finally {
  rmSync(folder, { recursive: true })
}

/** Records 20,000 lines a second for three seconds, in turns of 200, and asks what it cost. */
async function writeThrough(all: readonly OwnEvent[]): Promise<void> {
  const rotation = { maxOctets: 1e12, daily: false, keep: 1, compress: false }
  const report = (message: string) => void process.stderr.write(`${message}\n`)
  const logs = await openLogs({ folder, clock: systemClock, rotation, zone: UTC, report })
  const before = process.cpuUsage()
  const began = performance.now()
  const turns = 300
  for (let turn = 0; turn < turns; turn++) {
    for (const event of all.slice(turn * 200, turn * 200 + 200)) logs.record(event)
    const due = began + (turn + 1) * 10
    if (due > performance.now())
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()))
  }
  await logs.flush()
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(before)
  const share = ((user + system) / 1e6 / seconds) * 100
  show(`record and write (${share.toFixed(1)} % of a core)`, turns * 200, seconds)
  start = performance.now()
  for (const event of all) logs.record(event)
  await logs.flush()
  show('record and write, at full speed', LINES, (performance.now() - start) / 1000)
  await logs[Symbol.asyncDispose]()
}

async function read(path: string): Promise<void> {
  const { size } = statSync(path)
  const whole = readFileSync(path, 'utf8')
  readLines(whole, UTC, () => {})
  start = performance.now()
  let lines = 0
  readLines(whole, UTC, () => void lines++)
  show('parse a text in memory', lines, (performance.now() - start) / 1000, size)
  start = performance.now()
  let count = 0
  for await (const text of textsOfLines(path))
    readLines(text, UTC, ({ type }) => {
      if (type !== 'unknown') count++
    })
  show('read and parse the file', count, (performance.now() - start) / 1000, size)
}
