/** Targets, options and messages for tests of attempts. */
import type {
  ClientTimeouts,
  ConnectOptions,
  OutgoingMessage,
  Target,
  TlsPolicy,
} from '../types.ts'
import type { FakeMx } from './fake-mx.ts'

/** Short, so that a server that hangs costs a test little; a busy machine that answers is faster. */
export const SHORT: ClientTimeouts = {
  connectMs: 2000,
  greetingMs: 1000,
  commandMs: 1000,
  startTlsMs: 2000,
  dataMs: 1000,
  blockMs: 2000,
  endOfDataMs: 1000,
  quitMs: 1000,
}

export const OPTIONS: ConnectOptions = {
  helloName: 'client.example',
  sourceAddress: null,
  login: null,
  timeouts: {
    connectMs: 5000,
    greetingMs: 5000,
    commandMs: 5000,
    startTlsMs: 5000,
    dataMs: 5000,
    blockMs: 5000,
    endOfDataMs: 5000,
    quitMs: 500,
  },
  signal: new AbortController().signal,
}

export function targetOf(mx: FakeMx, tls: TlsPolicy = { kind: 'opportunistic' }): Target {
  return { name: 'mx.example.net', address: '127.0.0.1', port: mx.port, tls }
}

export function messageTo(
  recipients: readonly string[],
  more: Partial<OutgoingMessage> = {},
): OutgoingMessage {
  const content = Buffer.from('Subject: hello\n\n.dots\n.\nend')
  return {
    from: 'jane@example.com',
    recipients: recipients.map((address) => ({ address, notify: null, original: null })),
    sizeOctets: content.length,
    eightBit: false,
    smtputf8: false,
    requireTls: false,
    ret: null,
    envelopeId: null,
    content: () => [content],
    ...more,
  }
}
