/** Rules as `nft -j list ruleset` writes them: libnftables-json(5). */
import {
  type Act,
  both,
  type Chain,
  type Fate,
  type Fit,
  fateIn,
  type Packet,
  type Rule,
} from './rules.ts'
import { opposite } from './iptables.ts'

/**
 * @param skipped  tables that were looked at otherwise: `ip filter`
 * @returns of each chain that the packet goes through. @throws Error when it is no JSON of nft
 */
export function nftablesFates(
  json: string,
  packet: Packet,
  skipped: ReadonlySet<string> = new Set(),
): readonly Fate[] {
  const parsed: unknown = JSON.parse(json)
  const entries = listOf(field(parsed, 'nftables'))
  const tables = new Map<string, Map<string, Making>>()
  for (const entry of entries) {
    const chain = field(entry, 'chain')
    const rule = field(entry, 'rule')
    const table = tableOf(chain ?? rule)
    if (table === null || skipped.has(table) || !isFor(table, packet)) continue
    const chains = tables.get(table) ?? new Map<string, Making>()
    tables.set(table, chains)
    if (chain !== undefined) chains.set(String(field(chain, 'name')), chainOf(chain))
    else chains.get(String(field(rule, 'chain')))?.rules.push(ruleOf(field(rule, 'expr'), packet))
  }
  return [...tables.values()].flatMap((chains) =>
    [...chains.values()]
      .filter(({ hook, isFilter }) => isFilter && hook === packet.direction)
      .map((start) => fateIn(chains, start)),
  )
}

interface Making extends Chain {
  readonly rules: Rule[]
  readonly hook: string | null
  readonly isFilter: boolean
}

function chainOf(chain: unknown): Making {
  const hook = field(chain, 'hook')
  return {
    name: String(field(chain, 'name')),
    rules: [],
    hook: typeof hook === 'string' ? hook : null,
    isFilter: field(chain, 'type') === 'filter',
    policy: hook === undefined ? null : field(chain, 'policy') === 'drop' ? 'drop' : 'accept',
  }
}

function ruleOf(expr: unknown, packet: Packet): Rule {
  const fits: Fit[] = []
  let act: Act = { kind: 'none' }
  for (const statement of listOf(expr)) {
    const match = field(statement, 'match')
    if (match !== undefined) fits.push(fitOf(match, packet))
    else act = actOf(statement) ?? act
    // A module of iptables, which nft only names.
    if (field(statement, 'xt') !== undefined) fits.push('perhaps')
    const vmap = field(statement, 'vmap')
    if (vmap === undefined) continue
    const found = mapped(vmap, packet)
    fits.push(found === null ? 'no' : 'yes')
    act = found ?? act
  }
  return { fit: both(fits), act, text: JSON.stringify(expr).slice(0, MAX_TEXT) }
}

function actOf(statement: unknown): Act | null {
  if (field(statement, 'accept') !== undefined) return { kind: 'accept' }
  if (field(statement, 'drop') !== undefined || field(statement, 'reject') !== undefined)
    return { kind: 'drop' }
  if (field(statement, 'return') !== undefined) return { kind: 'return' }
  for (const kind of ['jump', 'goto'] as const) {
    const target = field(field(statement, kind), 'target')
    if (typeof target === 'string') return { kind, chain: target }
  }
  return null
}

/** `ct state vmap { established : accept, invalid : drop }`: what is for a new connection, if anything. */
function mapped(vmap: unknown, packet: Packet): Act | null {
  const pairs = listOf(field(field(vmap, 'data'), 'set'))
  for (const pair of pairs) {
    const [value, verdict] = listOf(pair)
    const match = { left: field(vmap, 'key'), right: value, op: '==' }
    if (fitOf(match, packet) === 'yes') return actOf(verdict)
  }
  return null
}

function fitOf(match: unknown, packet: Packet): Fit {
  const fit = plainFit(field(match, 'left'), field(match, 'right'), packet)
  return field(match, 'op') === '!=' ? opposite(fit) : fit
}

function plainFit(left: unknown, right: unknown, packet: Packet): Fit {
  const payload = field(left, 'payload')
  const meta = field(field(left, 'meta'), 'key')
  const ct = field(field(left, 'ct'), 'key')
  const { port, family, direction } = packet
  const name = field(payload, 'field')
  if (name === 'dport') return isTransport(payload) ? among(right, port) : 'no'
  if (name === 'sport') return 'no'
  if (name === 'protocol' || name === 'nexthdr' || meta === 'l4proto') return among(right, 'tcp', 6)
  if (meta === 'nfproto') return among(right, family === 4 ? 'ipv4' : 'ipv6')
  if (meta === 'protocol') return among(right, family === 4 ? 'ip' : 'ip6')
  if (ct === 'state') return among(right, 'new')
  // A stranger is not on this machine, and in no list of addresses.
  if (meta === 'iifname' || meta === 'iif' || meta === 'oifname' || meta === 'oif')
    return among(right, 'lo') === 'yes' ? 'no' : 'perhaps'
  const isPeer = direction === 'input' ? name === 'saddr' : name === 'daddr'
  return isPeer ? 'no' : 'perhaps'
}

/** Is one of the values what stands there: alone, in a set, in a range? */
function among(right: unknown, ...values: readonly (string | number)[]): Fit {
  if (typeof right === 'string' && right.startsWith('@')) return 'perhaps'
  if (typeof right === 'string' || typeof right === 'number')
    return values.includes(right) ? 'yes' : 'no'
  const range = listOf(field(right, 'range'))
  if (range.length === 2) {
    const [from, to] = range
    const isIn = (value: string | number) =>
      Number(from) <= Number(value) && Number(value) <= Number(to)
    return values.some(isIn) ? 'yes' : 'no'
  }
  const set = Array.isArray(right) ? right : listOf(field(right, 'set'))
  const fits = set.map((one) => among(one, ...values))
  return fits.includes('yes') ? 'yes' : fits.includes('perhaps') ? 'perhaps' : 'no'
}

function isTransport(payload: unknown): boolean {
  const protocol = field(payload, 'protocol')
  return protocol === 'tcp' || protocol === 'th'
}

function tableOf(entry: unknown): string | null {
  const [family, table] = [field(entry, 'family'), field(entry, 'table')]
  return typeof family === 'string' && typeof table === 'string' ? `${family} ${table}` : null
}

function isFor(table: string, { family }: Packet): boolean {
  return table.startsWith('inet ') || table.startsWith(family === 4 ? 'ip ' : 'ip6 ')
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

const MAX_TEXT = 300
