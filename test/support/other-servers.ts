/** Mail servers of other domains on loopback, and a DNS server that names them. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  type AskedQuestion,
  type Reply,
  type Responder,
  startResponder,
} from '../../src/dns/testing/responder.ts'
import { type FakeMx, type MxScript, startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { makeMessage } from './message.ts'
import { ALICE } from './users.ts'
import type { Settings, Waybill } from './waybill.ts'

export interface OtherServers extends AsyncDisposable {
  readonly dns: Responder
  /** @throws when the domain is none of them */
  mx(domain: string): FakeMx
  /** What a server needs to find them, with short times. */
  readonly settings: Settings
}

/** What DNS answers, when it is not the plain truth; null: the truth. */
export type Lies = (asked: AskedQuestion) => readonly (Reply | Buffer)[] | null

/** One server for each domain, all on one port and each on an address of its own: 127.1.0.1 and on. */
export async function startOtherServers(
  scripts: Readonly<Record<string, MxScript>>,
  lies: Lies = () => null,
): Promise<OtherServers> {
  await using stack = new AsyncDisposableStack()
  const hosts = new Map<string, { readonly mx: FakeMx; readonly address: string }>()
  let port = 0
  for (const [domain, script] of Object.entries(scripts)) {
    const address = `127.1.${Math.floor(hosts.size / 250)}.${(hosts.size % 250) + 1}`
    const mx = stack.use(await startFakeMx({ ...script, at: { address, port } }))
    port = mx.port
    hosts.set(domain, { mx, address })
  }
  const truth = ({ name, type }: AskedQuestion): Reply => {
    const host = hosts.get(name.replace(/^mx\./, ''))
    if (host === undefined) return { rcode: NO_SUCH_NAME }
    if (type === 'MX' && hosts.has(name)) {
      const data = { preference: 10, exchange: `mx.${name}` }
      return { answers: [{ type: 'MX', name, ttl: 300, data }] }
    }
    if (type !== 'A') return {}
    return { answers: [{ type: 'A', name, ttl: 300, data: host.address }] }
  }
  const dns = stack.use(await startResponder((asked) => lies(asked) ?? [truth(asked)]))
  const owned = stack.move()
  return {
    dns,
    mx: (domain) => {
      const host = hosts.get(domain)
      assert.ok(host !== undefined, `no server of ${domain} was started`)
      return host.mx
    },
    settings: settingsFor(port, dns.server.port),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** How a server finds others that stand on this port, named by this DNS server of 127.0.0.1. */
export function settingsFor(port: number, dnsPort: number): Settings {
  return {
    outgoing: {
      port,
      allow_private: true,
      ipv6: false,
      trusted_resolvers: [`127.0.0.1:${dnsPort}`],
      retry: ['1 s'],
    },
  }
}

const NO_SUCH_NAME = 3

/** Alice sends a message to somebody elsewhere. */
export async function submit(server: Waybill, id: string, to: string): Promise<void> {
  await using smtp = await server.submission(ALICE)
  const message = makeMessage({ id, from: ALICE, to, bodyOctets: 400 })
  const reply = await smtp.send({ from: ALICE, to: [to] }, message)
  assert.equal(reply.code, 250, reply.text)
}

/** Waits until it is so. */
export async function until(isSo: () => boolean, what: string, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > deadline) assert.fail(`not in time: ${what}`)
    await sleep(20)
  }
}

/** Asserts that the store, the queue and the log agree with each other. */
export async function assertSound(server: Waybill): Promise<void> {
  const { status, stdout, stderr } = await server.cli(['check', '--deep'])
  assert.equal(status, 0, `waybill check:\n${stdout}${stderr}`)
}
