/** Events of every type with hostile values, for property tests. */

import { fc } from '../../../test/support/properties.ts'
import {
  type Host,
  type LoggedIn,
  type MessageId,
  type QueueAction,
  REJECT_PHASES,
  type Recipient,
  type TlsFacts,
} from '../event.ts'
import type { MailEvent } from '../exim/write.ts'
import { messageIds } from '../message-id.ts'

/** Anything a JavaScript string can hold, with much of what the format gives a meaning to. */
const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
      fc.constantFrom(
        ...[' ', ':', ': ', '\\', '"', '\n', '\r\n', '\t', '\0', '\x1b[31m', '\x85', '\u2028'],
        ...['\u202e', '\u2066', '(', ')', '<', '>', '[', ']', '=>', ' H=', ', ', ' R=x', '\\012'],
        ...['2026-11-20 09:00:06 ', 'Completed', 'rejected RCPT <a>', '+0100 ', '[12] ', '**'],
        ...[' DT=0s', ' QT=1m', '|x', '"a"@b', '/x y', 'SMTP ', 'Frozen', 'removed by x'],
        ...[
          '1vnYk2-00000000BQ5-1EaB',
          ' (set_id=x)',
          '): ',
          '"@',
          'PANIC: ',
          'H=[1.2.3.4] Warning: ',
          '\u00e9',
        ],
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

const word = anyText.filter((text) => text !== '')
const atMs = fc.integer({ min: 0, max: 4_102_444_799 }).map((seconds) => seconds * 1000)
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })
const port = fc.integer({ min: 0, max: 65_535 })
const durationMs = orNull(fc.integer({ min: 0, max: 2_000_000_000 }))
const sizeOctets = orNull(fc.nat())

const id = fc.tuple(fc.nat(), fc.maxSafeNat(), fc.boolean()).map(([second, process, long]) => {
  const newForm = messageIds(() => second * 1000, process)()
  return (long ? newForm : `${newForm.slice(0, 13)}-00`) as MessageId
})

const host: fc.Arbitrary<Host> = fc
  .record({ name: orNull(word), helo: orNull(anyText), address: orNull(word), port: orNull(port) })
  .filter(({ name, helo, address }) => name !== null || helo !== null || address !== null)
  .map((value) => (value.address === null ? { ...value, port: null } : value))

const local = fc.record({ address: word, port })

const tls: fc.Arbitrary<TlsFacts> = fc.record({
  version: anyText,
  cipher: anyText,
  bits: fc.nat(),
  verified: orNull(fc.constantFrom<boolean | 'dane'>(true, false, 'dane')),
  serverName: orNull(anyText),
})

const login = fc.record({ authenticator: orNull(word), login: orNull(anyText) })

const recipient: fc.Arbitrary<Recipient> = fc.record({
  address: word,
  parents: fc.array(word, { maxLength: 3 }),
  from: fc.oneof(fc.constant(undefined), orNull(word)),
  router: orNull(word),
  transport: orNull(word),
})

const mailEvent: fc.Arbitrary<MailEvent> = fc.oneof(
  fc
    .record({
      atMs,
      id,
      mark: fc.constantFrom('<=', '(='),
      parent: orNull(id),
      from: orNull(word),
      host: orNull(host),
      local: orNull(local),
      user: orNull(word),
      protocol: orNull(word),
      tls: orNull(tls),
      sizeOctets,
      messageIdHeader: orNull(word),
      subject: orNull(anyText),
      recipients: fc.array(word, { maxLength: 4 }),
    })
    .chain((event) => login.map((who) => ({ type: 'arrival' as const, ...event, ...who }))),
  fc.record({
    type: fc.constant('delivered' as const),
    mark: fc.constantFrom('=>', '->', '>>', '*>'),
    atMs,
    id,
    recipient,
    host: orNull(host),
    tls: orNull(tls),
    authenticator: orNull(word),
    sizeOctets,
    mailbox: orNull(anyText),
    confirmation: orNull(anyText),
    queueTimeMs: durationMs,
    deliverTimeMs: durationMs,
    status: fc.constant(null),
  }),
  fc
    .record({
      type: fc.constantFrom('failed', 'deferred'),
      atMs,
      id,
      recipient,
      host: orNull(host),
      tls: orNull(tls),
      errorNumber: orNull(fc.integer()),
      reason: anyText,
      queueTimeMs: durationMs,
      deliverTimeMs: durationMs,
      status: fc.constant(null),
    })
    .map((event) => (event.type === 'failed' ? { ...event, errorNumber: null } : event)),
  fc.record({ type: fc.constant('completed' as const), atMs, id, queueTimeMs: durationMs }),
  fc
    .record({
      atMs,
      id: orNull(id),
      host: orNull(host),
      local: orNull(local),
      tls: orNull(tls),
      from: fc.oneof(fc.constant(undefined), orNull(word)),
      temporary: fc.boolean(),
      phase: fc.constantFrom(...REJECT_PHASES),
      subject: orNull(anyText),
      reason: anyText,
      headers: fc.constant([]),
    })
    .chain((event) => login.map((who) => ({ type: 'rejected' as const, ...event, ...who }))),
  fc.record({
    type: fc.constant('authenticationFailed' as const),
    atMs,
    mechanism: fc.constantFrom('plain', 'login', 'scram_sha_256'),
    host: orNull(host),
    local: orNull(local),
    reply: anyText,
    login: orNull(anyText),
  }),
  fc.record({
    type: fc.constant('warning' as const),
    atMs,
    id: orNull(id),
    host: orNull(host),
    local: orNull(local),
    program: fc.constant(null),
    text: anyText,
  }),
  fc.record({
    type: fc.constant('panic' as const),
    atMs,
    id: orNull(id),
    severity: fc.constant('panic' as const),
    program: fc.constant(null),
    text: anyText,
  }),
  fc
    .record({
      atMs,
      id,
      what: fc.constantFrom<readonly [QueueAction['action'], string, string | null]>(
        ['frozen', 'Frozen', null],
        ['frozen', 'frozen by root', 'root'],
        ['stillFrozen', 'Message is frozen', null],
        ['thawed', 'unfrozen by jane', 'jane'],
        ['removed', 'removed by root', 'root'],
        ['cancelled', 'cancelled by root', 'root'],
        ['locked', 'Spool file is locked (another process is handling this message)', null],
        ['discarded', '=> blackhole (DATA ACL discarded recipients): spam', null],
      ),
    })
    .map(({ what: [action, text, by], ...event }) => ({
      type: 'queueAction' as const,
      ...event,
      action,
      recipient: null,
      by,
      text,
    })),
  fc.record({
    type: fc.constant('note' as const),
    atMs,
    id: orNull(id),
    topic: fc.constant('other' as const),
    host: fc.constant(null),
    program: fc.constant(null),
    text: anyText,
  }),
)

/** With usual prototypes, as a reader makes them. */
export const anyMailEvent = mailEvent.map((event) => structuredClone(event))

export const anyLogin: fc.Arbitrary<LoggedIn> = fc
  .record({
    type: fc.constantFrom('loggedIn', 'loginFailed', 'loggedOut', 'noLogin'),
    atMs,
    service: fc.constantFrom('imap', 'pop3', 'submission', 'jmap'),
    login: orNull(anyText),
    mechanism: orNull(word),
    remoteAddress: word,
    localAddress: word,
    tls: fc.boolean(),
    session: anyText,
    attempts: fc.constant(null),
    counts: fc.constant(null),
    reason: orNull(anyText),
  })
  .map((event) => ({ ...event, attempts: event.type === 'loginFailed' ? 1 : null }))
