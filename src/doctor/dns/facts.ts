/** What we want a domain to publish, from what is known here. */
import type { ListenerConfig } from '../../config/types.ts'
import { fitsRule } from '../../directory/relay-rules.ts'
import type { DkimKey } from '../../directory/dkim-keys.ts'
import type { Relay } from '../../directory/types.ts'
import {
  type DnsRecord,
  domainRecords,
  type PublishedKey,
  type ServicePorts,
  type Topic,
} from '../../trust/publish/records.ts'
import type { DnsLook, DomainLook } from './domain-check.ts'
import { ownAddresses, ownHostName } from './ours.ts'

/** The records of one topic that `waybill dns records` prints; empty while the server has no name. */
export async function wantedRecords(at: DomainLook, topic: Topic): Promise<readonly DnsRecord[]> {
  const { domain, world } = at
  const hostName = ownHostName(world)
  if (hostName === null) return []
  const { sending: addresses } = await ownAddresses(world, at)
  const groups = domainRecords({
    ...{ domain, hostName, addresses },
    keys: topic === 'dkim' ? (await keysOf(at)).filter(isPublished) : [],
    ports: portsOf(world.loaded.config.listeners),
    includes: [],
    relays: [],
  })
  return groups.find((group) => group.topic === topic)?.records ?? []
}

/** All keys of the domain, also those that sign no more. */
export async function keysOf({ domain, world }: DomainLook): Promise<readonly DkimKey[]> {
  return await world.ask('dkim.list', { domain })
}

/** Has its record to stand in DNS? */
export function isPublished(key: DkimKey): key is DkimKey & PublishedKey {
  return key.state !== 'retired'
}

/** Relays that mail of the domain may go by. */
export async function relaysOf({ world }: DnsLook, domain: string): Promise<readonly Relay[]> {
  const relays = await world.ask('relay.list', {})
  return relays.filter((relay) => maySend(relay, domain))
}

/**
 * The relay by which all mail leaves that has no relay of its own: no server of others sees our
 * address then. Null: there is none.
 */
export async function relayOfAll({ ask }: Pick<DnsLook['world'], 'ask'>): Promise<string | null> {
  const relays = await ask('relay.list', {})
  return relays.find(({ rules }) => rules.some(({ kind }) => kind === 'all'))?.name ?? null
}

export function maySend({ rules }: Pick<Relay, 'rules'>, domain: string): boolean {
  return rules.some((rule) => rule.kind !== 'sender' || fitsRule(rule.domain, domain))
}

/** The ports that mail programs use; null: no listener is for that. */
export function portsOf(listeners: readonly ListenerConfig[]): ServicePorts {
  const port = (protocol: ListenerConfig['protocol'], tls: ListenerConfig['tls']) =>
    listeners.find(
      (listener) => listener.protocol === protocol && listener.tls === tls && listener.port !== 0,
    )?.port ?? null
  return {
    submissions: port('submission', 'implicit'),
    submission: port('submission', 'starttls'),
    imaps: port('imap', 'implicit'),
    imap: port('imap', 'starttls'),
  }
}
