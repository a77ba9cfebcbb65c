/**
 * What the SMTP attacks are run against: the server's own listener and sessions over real sockets,
 * on stand-ins for directory and delivery, so that a test sees every message that was taken.
 * `test/attack/real-server.test.ts` repeats them against the whole server.
 */
import { createSecureContext } from 'node:tls'

import { systemClock } from '../../src/base/clock.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/base/limits.ts'
import { Admission } from '../../src/net/admission.ts'
import { Occupancy } from '../../src/net/occupancy.ts'
import { bindPort, type Listener, listen } from '../../src/net/listener.ts'
import { acceptSmtp } from '../../src/smtp-server/accept.ts'
import type { SmtpOptions } from '../../src/smtp-server/options.ts'
import { type FakeServer, fakeServer } from '../../src/smtp-server/testing/fakes.ts'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { Connection } from './connection.ts'
import { SmtpClient } from './smtp-client.ts'

const pair = makeSelfSigned(['localhost'])
const context = createSecureContext({ key: pair.key, cert: pair.cert })

export class SmtpTarget implements AsyncDisposable {
  readonly fake: FakeServer
  readonly #listener: Listener

  private constructor(fake: FakeServer, listener: Listener) {
    this.fake = fake
    this.#listener = listener
  }

  static async open(
    change: Partial<SmtpOptions> = {},
    smtp: Partial<Limits['smtp']> = {},
  ): Promise<SmtpTarget> {
    const fake = fakeServer(change, smtp)
    const { connection } = DEFAULT_LIMITS
    const listener = listen({
      name: 'smtp',
      port: await bindPort({ address: '127.0.0.1', port: 0 }),
      tlsMode: fake.options.tlsMode,
      tls: { contextFor: () => context },
      alpn: null,
      limits: connection,
      admission: new Admission(connection, systemClock, 1, new Occupancy(connection)),
      clock: systemClock,
      refusal: (why) => `421 4.7.0 ${why}\r\n`,
      accept: acceptSmtp(fake.options),
      report: () => {},
    })
    return new SmtpTarget(fake, listener)
  }

  get port(): number {
    return this.#listener.address.port
  }

  /** The messages that were taken, as stored. */
  get stored(): readonly string[] {
    return this.fake.delivery.accepted.map(({ text }) => text)
  }

  /** Connected, and nothing read yet. */
  async raw(): Promise<Connection> {
    return Connection.open(this.port, { tls: this.fake.options.tlsMode === 'implicit' })
  }

  /** After EHLO. */
  async client(): Promise<SmtpClient> {
    return SmtpClient.open(this.port, { tls: this.fake.options.tlsMode === 'implicit' })
  }

  /** After EHLO, MAIL and RCPT. */
  async envelope(): Promise<SmtpClient> {
    const client = await this.client()
    await client.envelope({ from: 'a@ext.test', to: ['jane@ours.test'] })
    return client
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]()
  }
}

/** The codes of all replies until the server closes the connection. */
export async function codesToEnd(connection: Connection): Promise<number[]> {
  const codes: number[] = []
  for (;;) {
    const line = await connection.takeLine()
    if (line === null) return codes
    if (line.charAt(3) !== '-') codes.push(Number(line.slice(0, 3)))
  }
}
