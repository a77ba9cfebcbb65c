/** The accounts most tests use, and how their mail is found. */
import assert from 'node:assert/strict'

import { quoted } from './imap-client.ts'
import { addedAbove } from './message.ts'
import { startWaybill, type Waybill, type WaybillOptions } from './waybill.ts'

export const ALICE = 'alice@example.test'
export const BOB = 'bob@example.test'
export const PASSWORDS = { [ALICE]: 'correct horse battery', [BOB]: 'staple "quoted" \\ passwd' }

/** A server with alice and bob. */
export async function startWithUsers(options: WaybillOptions = {}): Promise<Waybill> {
  return startWaybill({ ...options, accounts: { ...PASSWORDS, ...options.accounts } })
}

/** Every copy in a mailbox of the message with this Message-ID, as stored. */
export async function copiesOf(
  server: Waybill,
  address: string,
  id: string,
  mailbox = 'INBOX',
): Promise<Buffer[]> {
  await using imap = await server.imap(address)
  await imap.ok(`SELECT ${quoted(mailbox)}`)
  const copies: Buffer[] = []
  for (const uid of await imap.search(`HEADER Message-ID ${quoted(`<${id}>`)}`)) {
    const octets = await imap.fetchOctets(uid)
    if (octets !== null) copies.push(octets)
  }
  return copies
}

/** Asserts that exactly one copy is there, as sent but for the fields a server must add above. */
export async function assertArrived(
  server: Waybill,
  address: string,
  id: string,
  sent: Buffer,
  mailbox = 'INBOX',
): Promise<void> {
  const copies = await copiesOf(server, address, id, mailbox)
  assert.equal(copies.length, 1, `copies of ${id} for ${address}`)
  assertExact(copies[0] ?? Buffer.alloc(0), sent)
}

/** Asserts that nothing was changed, and that only trace fields were added (RFC 5321 §4.4). */
export function assertExact(received: Buffer, sent: Buffer): void {
  const above = addedAbove(received, sent)
  assert.ok(above !== null, `not as sent:\n${received.toString('latin1')}`)
  const names = above.split('\r\n').filter((line) => /^[^\s]/.test(line))
  for (const line of names) assert.match(line, /^(Return-Path|Delivered-To|Received): /)
}
