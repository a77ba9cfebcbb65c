/**
 * To how many recipients elsewhere each account has sent in the last 24 hours, and to whom for the
 * first time. This room owns the tables `sent_hour` and `sent_recipient`.
 */
import { DAY_MS, HOUR_MS } from '../base/durations.ts'
import { Refusal } from '../base/faults.ts'
import { change, one, type Steps } from '../db/statement.ts'
import type { AccountId } from '../directory/types.ts'

/** Of an account in the last 24 hours. */
export interface SentCount {
  /** Recipients on other servers: each message counts each of its own. By hours of the clock. */
  readonly recipients: number
  /** Of these, addresses that it had never sent to. */
  readonly firstTime: number
  /** When fewer will be counted; null: there are none. */
  readonly recipientsFreeMs: number | null
  readonly firstTimeFreeMs: number | null
}

/** 0 is without limit: then nothing is counted either. */
export interface SentLimits {
  readonly maxOutboundPerUserPerDay: number
  readonly maxFirstTimeRecipientsPerUserPerDay: number
}

export function* countSent(account: AccountId, nowMs: number): Steps<SentCount> {
  const hour = hourOf(nowMs)
  // A clock that was ahead counts for no longer than it was.
  const sent = yield* one<{ recipients: number | null; hour: number | null }>(
    `SELECT sum(recipients) AS recipients, min(hour) AS hour FROM sent_hour
     WHERE account_id = ? AND hour > ? AND hour <= ?`,
    ...[account, hour - HOURS, hour + 1],
  )
  const first = yield* one<{ count: number; ms: number | null }>(
    `SELECT count(*) AS count, min(first_ms) AS ms FROM sent_recipient
     WHERE account_id = ? AND first_ms > ? AND first_ms <= ?`,
    ...[account, nowMs - DAY_MS, nowMs + HOUR_MS],
  )
  const oldest = sent?.hour ?? null
  const firstMs = first?.ms ?? null
  return {
    recipients: sent?.recipients ?? 0,
    firstTime: first?.count ?? 0,
    recipientsFreeMs: oldest === null ? null : (oldest + HOURS) * HOUR_MS,
    firstTimeFreeMs: firstMs === null ? null : firstMs + DAY_MS,
  }
}

export function* hasSentTo(account: AccountId, address: string): Steps<boolean> {
  const row = yield* one<object>(
    'SELECT 1 FROM sent_recipient WHERE account_id = ? AND address = ?',
    ...[account, recipientKey(address)],
  )
  return row !== undefined
}

export interface Sending {
  readonly account: AccountId
  /** Recipients on other servers, each once. */
  readonly addresses: readonly string[]
  readonly limits: SentLimits
}

/**
 * Counts a message, in the write that accepts it.
 * @throws Refusal tryLater when that would be more than the account may send
 */
export function* noteSent({ account, addresses, limits }: Sending, nowMs: number): Steps<void> {
  const fresh = new Set<string>()
  if (limits.maxFirstTimeRecipientsPerUserPerDay > 0)
    for (const address of addresses)
      if (!(yield* hasSentTo(account, address))) fresh.add(recipientKey(address))
  const more = { recipients: addresses.length, firstTime: fresh.size }
  checkSent(yield* countSent(account, nowMs), more, limits, nowMs)
  for (const address of fresh)
    yield* change('INSERT OR IGNORE INTO sent_recipient VALUES (?, ?, ?)', account, address, nowMs)
  if (limits.maxOutboundPerUserPerDay === 0) return
  const hour = hourOf(nowMs)
  yield* change(
    `INSERT INTO sent_hour VALUES (?, ?, ?)
     ON CONFLICT (account_id, hour) DO UPDATE SET recipients = recipients + excluded.recipients`,
    ...[account, hour, addresses.length],
  )
  yield* change('DELETE FROM sent_hour WHERE account_id = ? AND hour <= ?', account, hour - HOURS)
}

/** @throws Refusal tryLater: it may not send to so many more */
export function checkSent(
  sent: SentCount,
  more: Pick<SentCount, 'recipients' | 'firstTime'>,
  limits: SentLimits,
  nowMs: number,
): void {
  const most = limits.maxOutboundPerUserPerDay
  if (most > 0 && sent.recipients + more.recipients > most)
    throw refusal(`send to ${most} recipients on other servers`, sent.recipientsFreeMs, nowMs)
  const mostNew = limits.maxFirstTimeRecipientsPerUserPerDay
  if (mostNew > 0 && more.firstTime > 0 && sent.firstTime + more.firstTime > mostNew)
    throw refusal(`write to ${mostNew} people for the first time`, sent.firstTimeFreeMs, nowMs)
}

/** What to do is for the user, whose mail program shows it. */
function refusal(what: string, freeMs: number | null, nowMs: number): Refusal {
  const from = new Date(freeMs ?? nowMs + DAY_MS).toISOString().slice(0, 16).replace('T', ' ')
  return new Refusal(
    'tryLater',
    `You may ${what} in 24 hours. Send to the others after ${from} UTC, or ask the postmaster; ` +
      'if it was not you, change your password',
  )
}

/** Of an account that is removed. */
export function* forgetSent(account: AccountId): Steps<void> {
  yield* change('DELETE FROM sent_hour WHERE account_id = ?', account)
  yield* change('DELETE FROM sent_recipient WHERE account_id = ?', account)
}

/**
 * Under which an address is known. `Ann@x` and `ann@x` get a copy each, for only their server knows
 * whether they are one (RFC 5321 §2.4); but whom an account has written to, it knows in every case.
 */
export function recipientKey(address: string): string {
  return address.toLowerCase()
}

function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS)
}

const HOURS = 24
