/** Relays in the database. This room owns the tables `relay` and `relay_rule`. */
import { Refusal } from '../base/faults.ts'
import { all, change, defineWrite, one, type Steps } from '../db/statement.ts'
import { type RuleRow, ruleText } from './relay-rules.ts'
import type { Relay, RelayHost, RelayMechanism, RelayRule, RelayTls } from './types.ts'

interface RelayRow {
  readonly name: string
  readonly hosts: string
  readonly tls: RelayTls
  readonly check_certificate: number
  readonly user: string | null
  readonly password: Uint8Array | null
  readonly mechanism: RelayMechanism | null
  readonly login_refused_ms: number | null
  readonly login_refused: string | null
  readonly created_ms: number
}

/** A relay as it is stored: the password is sealed. */
export interface StoredRelay extends Relay {
  readonly sealedPassword: Uint8Array | null
}

export function* listRelays(): Steps<StoredRelay[]> {
  const rows = yield* all<RelayRow>('SELECT * FROM relay ORDER BY name')
  const rules = yield* all<RuleRow>('SELECT * FROM relay_rule ORDER BY kind, domain')
  return rows.map((row) => relayOf(row, rules))
}

export function* findRelay(name: string): Steps<StoredRelay | undefined> {
  const row = yield* one<RelayRow>('SELECT * FROM relay WHERE name = ?', name)
  if (row === undefined) return undefined
  return relayOf(row, yield* all<RuleRow>('SELECT * FROM relay_rule WHERE relay = ?', name))
}

export interface RelayEntry {
  readonly name: string
  readonly hosts: readonly RelayHost[]
  readonly tls: RelayTls
  readonly checkCertificate: boolean
  readonly user: string | null
  readonly sealedPassword: Uint8Array | null
  readonly mechanism: RelayMechanism | null
  readonly rules: readonly RelayRule[]
  readonly nowMs: number
}

export const addRelay = defineWrite('addRelay', function* (entry: RelayEntry): Steps<StoredRelay> {
  if ((yield* findRelay(entry.name)) !== undefined)
    throw new Refusal('alreadyExists', `the relay ${entry.name} is there already`)
  yield* change(
    `INSERT INTO relay (name, hosts, tls, check_certificate, user, password, mechanism, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[entry.name, JSON.stringify(entry.hosts), entry.tls, entry.checkCertificate ? 1 : 0],
    ...[entry.user, entry.sealedPassword, entry.mechanism, entry.nowMs],
  )
  yield* addRules(entry)
  return yield* requireRelay(entry.name)
})

/** What the relay said of the old login is forgotten. */
export const setRelay = defineWrite('setRelay', function* (entry: RelayEntry): Steps<StoredRelay> {
  yield* requireRelay(entry.name)
  yield* change(
    `UPDATE relay SET hosts = ?, tls = ?, check_certificate = ?, user = ?, password = ?,
       mechanism = ?, login_refused_ms = NULL, login_refused = NULL WHERE name = ?`,
    ...[JSON.stringify(entry.hosts), entry.tls, entry.checkCertificate ? 1 : 0],
    ...[entry.user, entry.sealedPassword, entry.mechanism, entry.name],
  )
  yield* change('DELETE FROM relay_rule WHERE relay = ?', entry.name)
  yield* addRules(entry)
  return yield* requireRelay(entry.name)
})

export const removeRelay = defineWrite(
  'removeRelay',
  function* ({ name }: { name: string }): Steps<void> {
    yield* requireRelay(name)
    // All others find another way when the rules are gone.
    const pinned = yield* one<object>(
      `SELECT 1 FROM queued_recipient
       WHERE destination = ? AND state IN ('pending', 'leased') AND pinned = 1 LIMIT 1`,
      `relay:${name}`,
    )
    if (pinned !== undefined)
      throw new Refusal(
        'inUse',
        `somebody sent messages by the relay ${name} that still wait; give them another way ` +
          `first: waybill queue list --domain relay:${name}, waybill queue reroute`,
      )
    yield* change('DELETE FROM relay_rule WHERE relay = ?', name)
    yield* change('DELETE FROM relay WHERE name = ?', name)
  },
)

export interface RelayLoginNews {
  readonly name: string
  /** Null: it takes our login again. */
  readonly refused: { readonly atMs: number; readonly text: string } | null
}

/** Nothing happens when the relay is gone. */
export const rememberRelayLogin = defineWrite(
  'rememberRelayLogin',
  function* ({ name, refused }: RelayLoginNews): Steps<void> {
    yield* change(
      'UPDATE relay SET login_refused_ms = ?, login_refused = ? WHERE name = ?',
      ...[refused?.atMs ?? null, refused?.text ?? null, name],
    )
  },
)

/** The writes above, for the table of writes. */
export const relayWrites = [addRelay, setRelay, removeRelay, rememberRelayLogin]

function* addRules({ name, rules }: RelayEntry): Steps<void> {
  for (const rule of rules) {
    const domain = rule.kind === 'all' ? '' : rule.domain
    const other = yield* one<{ relay: string }>(
      'SELECT relay FROM relay_rule WHERE kind = ? AND domain = ?',
      ...[rule.kind, domain],
    )
    if (other !== undefined)
      throw new Refusal(
        'alreadyExists',
        `the relay ${other.relay} is already the one for ${ruleText(rule)}`,
      )
    yield* change('INSERT INTO relay_rule VALUES (?, ?, ?)', rule.kind, domain, name)
  }
}

function* requireRelay(name: string): Steps<StoredRelay> {
  const relay = yield* findRelay(name)
  if (relay === undefined) throw new Refusal('notFound', `no relay ${name}`)
  return relay
}

function relayOf(row: RelayRow, rules: readonly RuleRow[]): StoredRelay {
  const { login_refused_ms: atMs, login_refused: text } = row
  return {
    name: row.name,
    hosts: JSON.parse(row.hosts),
    tls: row.tls,
    checkCertificate: row.check_certificate === 1,
    user: row.user,
    mechanism: row.mechanism,
    rules: rules.filter(({ relay }) => relay === row.name).map(ruleOf),
    loginRefused: atMs === null ? null : { atMs, text: text ?? '' },
    createdMs: row.created_ms,
    sealedPassword: row.password,
  }
}

function ruleOf({ kind, domain }: RuleRow): RelayRule {
  return kind === 'all' ? { kind } : { kind, domain }
}
