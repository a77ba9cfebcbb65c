/**
 * The other end of a connection, as Postfix writes it:
 *
 *   mx.example.net[192.0.2.1]:25    the port only where it is told to log it, and of servers
 *   unknown[2001:db8::1]            no confirmed name
 *   [192.0.2.1]:4242                postscreen and tlsproxy: before the name is looked up
 *   unknown[unknown]                gone before it was asked for
 *   mail[private/dovecot-lmtp]      a Unix socket: its path stands as the address
 */
import { isDigit } from '../../base/digits.ts'
import type { Host } from '../event.ts'
import { findCode } from './text.ts'

/** Where the parts of a host stand in a text: `name[address]:port`. */
export interface HostPlace {
  open: number
  close: number
  end: number
}

/** Finds the host that starts at `at`; false when none does. */
export function findHost(text: string, at: number, end: number, into: HostPlace): boolean {
  const most = Math.min(end, at + MAX_NAME_CHARS)
  let open = at
  while (open < most && IS_NAME_END[text.charCodeAt(open)] !== 1) open++
  if (open >= most || text.charCodeAt(open) !== BRACKET) return false
  const close = findCode(text, CLOSE, open, Math.min(end, open + MAX_ADDRESS_CHARS))
  if (text.charCodeAt(close) !== CLOSE || close >= end) return false
  into.open = open
  into.close = close
  into.end = close + 1
  if (close + 2 < end && text.charCodeAt(close + 1) === COLON) {
    let last = close + 2
    while (last < end && isDigit(text.charCodeAt(last))) last++
    if (last > close + 2) into.end = last
  }
  return true
}

/** The host at `at`, whose parts were found; null when it says neither name nor address. */
export function hostAt(
  text: string,
  at: number,
  place: HostPlace,
  helo: string | null = null,
): Host | null {
  const { open, close, end } = place
  const name = open === at || isUnknown(text, at, open) ? null : text.slice(at, open)
  const isAddress = close > open + 1 && !isUnknown(text, open + 1, close)
  const address = isAddress ? text.slice(open + 1, close) : null
  if (name === null && address === null && helo === null) return null
  const port = isAddress && end > close + 2 ? Number(text.slice(close + 2, end)) : null
  return { name, helo, address, port: port !== null && port <= 0xffff ? port : null }
}

/** The host at `at`; null when there is none. */
export function readHost(
  text: string,
  at: number,
  end: number,
  helo: string | null = null,
): Host | null {
  if (findHost(text, at, end, place)) return hostAt(text, at, place, helo)
  return helo === null ? null : { name: null, helo, address: null, port: null }
}

const place: HostPlace = { open: 0, close: 0, end: 0 }

/** The first host with an IP address that stands anywhere in a line; null when there is none. */
export function hostIn(text: string, at: number, end: number): Host | null {
  let open = at
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    open = findCode(text, BRACKET, open, end)
    if (open >= end) return null
    const close = addressEnd(text, open + 1, end)
    if (close > 0) return readHost(text, nameStart(text, at, open), end)
    open++
  }
  return null
}

/** A host without a name: an address alone, as dnsblog and anvil write it. */
export function hostOfAddress(address: string): Host | null {
  return address === '' || address === 'unknown'
    ? null
    : { name: null, helo: null, address, port: null }
}

/** Where the bracket closes after an IP address, or `unknown`; -1 when something else stands there. */
function addressEnd(text: string, at: number, end: number): number {
  const first = text.charCodeAt(at)
  let isIp = isDigit(first)
  let separators = 0
  let close = at
  for (; close < end && close < at + MAX_ADDRESS_CHARS; close++) {
    const code = text.charCodeAt(close)
    if (code === COLON) isIp = true
    if (code === COLON || code === DOT) separators++
    else if (code === PERCENT) close = findCode(text, CLOSE, close, Math.min(end, close + 20)) - 1
    else if (IS_HEX[code] !== 1) break
  }
  if (isUnknown(text, at, at + 7) && text.charCodeAt(at + 7) === CLOSE)
    return at + 7 < end ? at + 7 : -1
  return isIp && separators > 0 && close < end && text.charCodeAt(close) === CLOSE ? close : -1
}

function nameStart(text: string, from: number, open: number): number {
  let at = open
  while (at > from && at > open - MAX_NAME_CHARS && IS_NAME_END[text.charCodeAt(at - 1)] !== 1) at--
  return at
}

function isUnknown(text: string, at: number, end: number): boolean {
  return end - at === 7 && text.startsWith('unknown', at)
}

const MAX_TRIES = 4
const MAX_NAME_CHARS = 300
const MAX_ADDRESS_CHARS = 120
const PERCENT = 0x25 // `fe80::1%eth0`
const COLON = 0x3a
const DOT = 0x2e
const BRACKET = 0x5b
const CLOSE = 0x5d
/** What no host name has, and what ends one. */
const IS_NAME_END = new Uint8Array(128)
for (const char of ' []<>(),;="\'`') IS_NAME_END[char.charCodeAt(0)] = 1
const IS_HEX = new Uint8Array(128)
for (const char of '0123456789abcdefABCDEF') IS_HEX[char.charCodeAt(0)] = 1
