import assert from 'node:assert/strict'

import { ManualClock } from '../../../src/base/clock.ts'
import { DEFAULT_LIMITS } from '../../../src/base/limits.ts'
import type { Body, BodyWriter, Delivery } from '../../../src/delivery/types.ts'
import type { AccountId, Credentials } from '../../../src/directory/types.ts'
import type { Logins } from '../../../src/syntax/sasl/credentials.ts'
import { acceptImap } from '../../../src/imap-server/accept.ts'
import { FakeStream } from '../../../src/net/testing/fake-stream.ts'
import type { MessageId } from '../../../src/journal/event.ts'
import type {
  Mailbox,
  MailboxId,
  Message,
  ModSeq,
  Store,
  Uid,
  UidRanges,
} from '../../../src/store/types.ts'
import { SkeletonScanner } from '../../../src/syntax/mime/scanner.ts'
import { cuts, type FuzzTarget } from '../target.ts'

/** One account with one mailbox of one message, which nothing changes. */
const ACCOUNT = 1 as AccountId
const TEXT = Buffer.from(
  'Subject: =?utf-8?q?x?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n',
)
const SCANNER = new SkeletonScanner(DEFAULT_LIMITS.message)
SCANNER.push(TEXT)
const SKELETON = SCANNER.finish()

const MESSAGE: Message = {
  uid: 3 as Uid,
  flags: { system: 1, keywords: ['k'] },
  modSeq: 5 as ModSeq,
  mailboxId: 1 as MailboxId,
  sizeOctets: TEXT.length,
  receivedMs: 0,
  savedMs: 0,
  trace: new Uint8Array(),
  blob: { id: 1, sizeOctets: TEXT.length, hash: '', file: null },
}
const MAILBOX: Mailbox = {
  id: MESSAGE.mailboxId,
  accountId: ACCOUNT,
  name: 'INBOX',
  specialUse: 'Inbox',
  uidValidity: 1,
  uidNext: 4 as Uid,
  highestModSeq: MESSAGE.modSeq,
  messages: 1,
  unseen: 0,
  deleted: 0,
  sizeOctets: TEXT.length,
  subscribed: true,
  keywords: ['k'],
}
const NOTHING_COPIED = { uidValidity: 1, sources: [], copies: [] }

const found = (uids: UidRanges) =>
  uids.some(([first, last]) => first <= MESSAGE.uid && MESSAGE.uid <= last)

const STORE: Store = {
  mailboxes: () => [MAILBOX],
  mailbox: (_, name) => (name === 'INBOX' ? MAILBOX : undefined),
  mailboxById: () => MAILBOX,
  subscriptions: () => ['INBOX', 'gone/x'],
  createMailbox: async () => MAILBOX,
  deleteMailbox: async () => {},
  renameMailbox: async () => {},
  setSubscribed: async () => {},
  uids: () => Uint32Array.of(MESSAGE.uid),
  firstUnseen: () => MESSAGE.uid,
  summaries: (_, uids) => (found(uids) ? [MESSAGE] : []),
  outlines: (_, uids) => (found(uids) ? [{ ...MESSAGE, skeleton: SKELETON }] : []),
  messages: (_, uids) => (found(uids) ? [MESSAGE] : []),
  changes: () => ({ mailbox: MAILBOX, changed: [], expunged: [] }),
  skeleton: () => SKELETON,
  skeletons: () => new Map([[1, SKELETON]]),
  readAhead: (messages) => messages,
  octets: (_, start, end) => TEXT.subarray(start, end),
  changeFlags: async () => ({ messages: [MESSAGE], modified: [] }),
  expunge: async () => [],
  copy: async () => NOTHING_COPIED,
  move: async () => NOTHING_COPIED,
  watch: () => ({ [Symbol.dispose]: () => {} }),
}

class NoBody implements BodyWriter {
  sizeOctets = 0

  write(octets: Uint8Array): boolean {
    this.sizeOctets += octets.length
    return true
  }

  async drained(): Promise<void> {}

  async finish(): Promise<Body> {
    const content = { kind: 'memory', octets: TEXT } as const
    const { sizeOctets } = this
    return { sizeOctets, hash: '', skeleton: SKELETON, eightBitFrom: null, content }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

const DELIVERY: Delivery = {
  newMessageId: () => '1vnYk2-00000000BQ5-1EaB' as MessageId,
  openBody: () => new NoBody(),
  accept: async () => {},
  append: async () => [{ uidValidity: 1, uid: 4 as Uid }],
  checkRoom: () => {},
}

const CREDENTIALS: Credentials = {
  checkPassword: async (login) => (login === 'u' ? { accountId: ACCOUNT, login } : null),
  scramVerifier: () => ({
    salt: new Uint8Array(16),
    iterations: 4096,
    storedKey: new Uint8Array(32),
    serverKey: new Uint8Array(32),
    identity: null,
  }),
  scramFailed: () => {},
}

const LOGINS: Logins = {
  from: () => CREDENTIALS,
  watchLogin: () => ({ [Symbol.dispose]: () => {} }),
}

/** Everything the server says to these octets, and the faults it reported as its own. */
async function converse(chunks: readonly Uint8Array[]): Promise<[string, unknown[]]> {
  const clock = new ManualClock(0)
  const faults: unknown[] = []
  const stream = new FakeStream({ tls: true })
  acceptImap({
    ...{ hostName: 'h', limits: DEFAULT_LIMITS, clock, tlsMode: 'starttls' },
    ...{ logins: LOGINS, store: STORE, delivery: DELIVERY },
    random: { octets: (count) => new Uint8Array(count) },
    journal: { record: () => {} },
    ...{ softwareName: 'n', softwareVersion: 'v' },
    reportError: (error) => void faults.push(error),
  })(stream)
  for (const chunk of chunks) stream.send(chunk)
  // A failed login answers after a while; three are the most there can be.
  for (let login = 0; login < 4; login++) {
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(DEFAULT_LIMITS.smtp.authFailureDelayMs)
  }
  const { output } = stream
  stream.hangUp()
  return [output, faults]
}

export const target: FuzzTarget = {
  name: 'imap-session',
  seeds: [
    'a LOGIN u p\r\nb SELECT INBOX\r\nc FETCH 1:* (FULL BODY[])\r\nd UID SEARCH TEXT hi\r\ne LOGOUT\r\n',
    'a LOGIN u p\r\nb ENABLE IMAP4rev2\r\nc EXAMINE INBOX\r\nd SEARCH RETURN (SAVE) ALL\r\ne FETCH $ FLAGS\r\n',
    'a LOGIN u p\r\nb IDLE\r\nDONE\r\nc LIST "" * RETURN (STATUS (MESSAGES))\r\nd LSUB "" %\r\n',
    'a LOGIN {1+}\r\nu {1}\r\np\r\nb APPEND INBOX (\\Seen) {3+}\r\nabc\r\nc STATUS INBOX (SIZE)\r\n',
    'a AUTHENTICATE PLAIN AHUAcA==\r\nb SELECT INBOX\r\nc STORE 1 +FLAGS (x)\r\nd EXPUNGE\r\ne CLOSE\r\n',
    'a AUTHENTICATE SCRAM-SHA-256 biwsbj11LHI9eA==\r\n*\r\nb ID NIL\r\nc CAPABILITY\r\nd NAMESPACE\r\n',
  ],
  dictionary: [
    ...[
      '\r\n',
      ' ',
      '(',
      ')',
      '"',
      '{1}\r\n',
      '{3+}\r\n',
      'x LOGIN u p\r\n',
      'y SELECT INBOX\r\n',
      'DONE\r\n',
    ],
    ...[
      'z FETCH 1 BODY[1]\r\n',
      'UID ',
      'MOVE 1 INBOX',
      'COPY * INBOX',
      '$',
      '1:*',
      'BINARY[1]',
      'MODSEQ',
    ],
  ],
  async run(octets) {
    const [whole, faults] = await converse([octets])
    assert.deepEqual(faults, [], 'no fault of ours')
    assert.match(whole, /^(\* OK |\* BYE )/)
    assert.ok(whole.endsWith('\r\n'), 'answers are whole lines')
    const [cut] = await converse(cuts(octets))
    // Connections are numbered nowhere in the answers: cuts must not show.
    assert.equal(cut, whole, 'the cuts do not matter')
  },
}
