/**
 * What a session asks of the connection, and what it hears: a session is a generator that yields
 * asks and is given answers, and holds no socket. `wire.ts` carries them out; a test can as well.
 */
import type { TlsFacts } from '../journal/event.ts'
import { wireLine } from '../syntax/smtp/client-command.ts'
import type { ServerReply } from '../syntax/smtp/server-reply.ts'
import type { Phase } from './types.ts'

export type Ask =
  /** Octets as latin1; goes out with what is written in the same turn. Answered `done`. */
  | { readonly kind: 'write'; readonly text: string }
  /** The next reply, whole within the time. */
  | { readonly kind: 'read'; readonly timeoutMs: number }
  /** All reads from here on, together, until the next budget. Answered `done`. */
  | { readonly kind: 'budget'; readonly ms: number }
  /** Answered `secured`, or `lost`. */
  | { readonly kind: 'startTls' }
  /** With its end. Answered `done`; `unreadable` when our own copy cannot be read; `lost`. */
  | { readonly kind: 'content' }
  /** The next chunk: its command and its octets. Answered `chunk`, `unreadable` or `lost`. */
  | { readonly kind: 'chunk' }
  /** Something that takes time and is ours. Answered `worked`. */
  | { readonly kind: 'work'; readonly run: () => Promise<unknown> }

export type Answer =
  | ServerReply
  | Lost
  | { readonly kind: 'done' }
  | Secured
  | { readonly kind: 'chunk'; readonly isLast: boolean }
  | { readonly kind: 'unreadable'; readonly text: string }
  | { readonly kind: 'worked'; readonly value: unknown }

export interface Secured {
  readonly kind: 'secured'
  readonly tls: TlsFacts
}

/** Nothing more comes, or nothing that makes sense. */
export interface Lost {
  readonly kind: 'lost'
  readonly why:
    | { readonly kind: 'timeout' | 'closed' | 'aborted' }
    | { readonly kind: 'malformed' | 'error' | 'tls'; readonly text: string }
}

export type Dialogue<T> = Generator<Ask, T, Answer>

/** Where a session is: the phase, and the command in Exim's words: `RCPT TO:<x@y>`. */
export interface Step {
  readonly phase: Phase
  readonly words: string
}

/** Writes a line and nothing more. */
export function* write(line: string): Dialogue<void> {
  yield { kind: 'write', text: wireLine(line) }
}

/** Reads a reply. */
export function* read(timeoutMs: number): Dialogue<ServerReply | Lost> {
  return replyOr(yield { kind: 'read', timeoutMs })
}

/** Writes a line, and reads the reply to it. */
export function* command(line: string, timeoutMs: number): Dialogue<ServerReply | Lost> {
  yield* write(line)
  return yield* read(timeoutMs)
}

declare const GOOD: unique symbol
declare const ENDING: unique symbol
/** Checked by {@link isGood}; a reply that is not remains a reply. */
export type GoodReply = ServerReply & { readonly [GOOD]: true }
type EndingReply = ServerReply & { readonly [ENDING]: true }

/** 2yz. */
export function isGood(reply: ServerReply | Lost): reply is GoodReply {
  return reply.kind === 'reply' && reply.code >= 200 && reply.code < 300
}

/** 421 is an end, whenever it comes: RFC 5321 §3.8. */
export function isEnd(reply: ServerReply | Lost): reply is Lost | EndingReply {
  return reply.kind === 'lost' || reply.code === 421
}

/** @throws Error when the driver gave another answer: our bug */
function replyOr(answer: Answer): ServerReply | Lost {
  if (answer.kind === 'reply' || answer.kind === 'lost') return answer
  throw new Error(`${answer.kind} is no answer to a read`)
}
