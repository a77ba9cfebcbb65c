/**
 * Lines that can be read in two ways. Where Exim accepts any HELO (`helo_accept_junk_hosts`), a client
 * can write into it what looks like its end, an address and the rest of a line:
 *
 *   H=(x) [198.51.100.1] F=<ceo@a> rejected RCPT <b@c>: no) [192.0.2.66] F=<d@e> rejected RCPT …
 *
 * Where Exim does not, somebody else can write the second half: into a quoted address, the name of a
 * login, or the answer of another server that a rejection quotes. Nothing in the line tells which it
 * is, so only what both ways agree on is said.
 */
import type { Host } from '../event.ts'
import { Fields } from './fields.ts'
import type { FieldKind } from './words.ts'

/** Fields from a later place on where the client's address can stand, and that address. */
export interface LaterReading {
  readonly fields: Fields
  readonly host: Host
}

/**
 * Every place where HELO can end, `) [address]`, with the fields after it read. None when the line has
 * but one such place, and was read already.
 */
export function* laterReadings(
  text: string,
  at: number,
  end: number,
  kind: FieldKind,
  isRead: boolean,
): Generator<LaterReading> {
  const said = text.slice(at, end)
  let open = said.indexOf(HELO_END)
  if (isRead && (open < 0 || said.indexOf(HELO_END, open + 1) < 0)) return
  for (let tries = 0; open >= 0 && tries < MOST_PLACES; tries++) {
    const fields = new Fields(text, at + open + 2, end, kind)
    const host = fields.readHost()
    if (host !== null && isAddress(host)) {
      fields.readAll()
      yield { fields, host }
    }
    open = said.indexOf(HELO_END, open + 1)
  }
}

/** Has it the address of a client, and no other text in brackets? */
export function isAddress(host: Host | null): boolean {
  return host?.address != null && ADDRESS.test(host.address)
}

/** `one`, without what `other` does not say as well; `unsaid` has what stands for it then. */
export function agreed<E extends { readonly host: Host | null }>(
  one: E,
  other: E,
  unsaid: Partial<E>,
): E {
  const both = { ...one, ...unsaid }
  for (const name of Object.keys(unsaid) as (keyof E)[])
    if (isSame(one[name], other[name])) both[name] = one[name]
  // HELO itself differs in any case.
  return one.host?.address === other.host?.address ? { ...both, host: one.host } : both
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}

const HELO_END = ') ['
/** Exim's test suite has other words than addresses. */
const ADDRESS = /^[^\s()[\]]{2,64}$/
/** A HELO has at most 2,000 octets. */
const MOST_PLACES = 16
