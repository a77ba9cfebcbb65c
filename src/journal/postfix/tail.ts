/** What ends a line about a client: ` from=<a@b> to=<c@d> proto=ESMTP helo=<x>`. */
import { closeOf, findCode } from './text.ts'

/** Null when the line does not say; `from` and `to` are undefined then, and null is `<>`. */
export interface Tail {
  from: string | null | undefined
  to: string | undefined
  protocol: string | null
  helo: string | null
  method: string | null
  login: string | null
  /** What follows the fields' colon: a header check's own words; '' when there is none. */
  rest: string
}

/**
 * The words before the fields, and the fields. The last place where they can start is it: the words
 * before quote what the client sent, and can hold anything.
 */
export function splitTail(text: string): readonly [words: string, tail: Tail] {
  for (const start of STARTS) {
    const at = text.lastIndexOf(start)
    if (at >= 0) return [text.slice(0, at), readTail(text.slice(at + 1))]
  }
  const at = text.endsWith(';') ? text.length - 1 : text.lastIndexOf(';: ')
  return at < 0 ? [text, readTail('')] : [text.slice(0, at), readTail(text.slice(at + 1))]
}

/** Reads the fields; postscreen puts commas between them. */
export function readTail(text: string): Tail {
  const tail: Tail = { ...EMPTY }
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === COLON) {
      tail.rest = text.slice(at + 2)
      break
    }
    if (code === SPACE || code === COMMA) at++
    else at = readField(text, at, tail)
  }
  return tail
}

const EMPTY: Tail = {
  from: undefined,
  to: undefined,
  protocol: null,
  helo: null,
  method: null,
  login: null,
  rest: '',
}

/** One `name=<value>` or `name=value`; where it ends. */
function readField(text: string, at: number, tail: Tail): number {
  const equals = findCode(text, EQUALS, at, text.length)
  const name = text.slice(at, equals)
  const isEnclosed = text.charCodeAt(equals + 1) === LESS
  const close = isEnclosed ? closeOf(text, equals, text.length) : -1
  const start = isEnclosed ? equals + 2 : equals + 1
  // A line that is cut has no closing bracket.
  const end = close >= 0 ? close : isEnclosed ? text.length : wordEnd(text, start)
  const value = text.slice(start, end)
  if (name === 'from') tail.from = value === '' ? null : value
  else if (name === 'to') tail.to = value
  else if (name === 'proto') tail.protocol = value
  else if (name === 'helo') tail.helo = value
  else if (name === 'sasl_method') tail.method = value
  else if (name === 'sasl_username') tail.login = value
  return close < 0 ? end : end + 1
}

function wordEnd(text: string, from: number): number {
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === SPACE || code === COMMA) break
    if (code === COLON && text.charCodeAt(at + 1) === SPACE) break
  }
  return at
}

const STARTS = ['; from=<', '; to=<', '; proto=', '; helo=<']
const SPACE = 0x20
const COMMA = 0x2c
const COLON = 0x3a
const LESS = 0x3c
const EQUALS = 0x3d
