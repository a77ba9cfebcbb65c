/** Accounts that nobody uses, that are shut while mail leads there, and how passwords are kept. */
import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import { all, one, type Steps } from '../../db/statement.ts'
import type { Account, Alias } from '../../directory/types.ts'
import { shown } from '../shown.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { addressInCommand } from '../in-command.ts'
import { lastDay } from '../log/day.ts'
import type { Check, Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'

export const passwords: Check<World> = {
  id: 'authentication.passwords',
  group: 'authentication',
  title: 'How passwords are kept',
  isNetwork: false,
  explain: ['(kinds, costs and ages of the password hashes; never the hashes)'],
  async look(world) {
    const { store, clock } = world
    if (store === null) return [withoutStore(passwords, world)]
    const kinds = store.run(hashKinds())
    if (kinds.length === 0) return [skipped(passwords, NO_ACCOUNTS)]
    const evidence = kinds.map(
      ({ hash, scram, accounts }) =>
        `${counted(accounts, 'account')}: ${shown(hash)}, ${shown(scram) || 'no SCRAM'}`,
    )
    const ages = store.run(passwordAges(clock.nowMs() - OLD_PASSWORD_MS))
    evidence.push(...agesWords(ages, clock.nowMs()))
    const figures = { oldPasswords: ages.old }
    const weak = kinds.filter(isWeak)
    if (weak.length === 0)
      return [ok(passwords, 'all passwords are kept as slow hashes', evidence, { figures })]
    const count = weak.reduce((sum, { accounts }) => sum + accounts, 0)
    return [
      warning(passwords, {
        summary: `the passwords of ${counted(count, 'account')} are kept as hashes that are too fast`,
        evidence: [...evidence, ...weak.map(({ example }) => `one of them: ${shown(example)}`)],
        figures: { ...figures, accounts: count },
        meaning: 'Whoever steals the database can guess them. Only a new password is kept better.',
        remedy: [
          step(
            'Have them set anew',
            `waybill account set ${addressInCommand(weak[0]?.example ?? '')} --password`,
          ),
        ],
      }),
    ]
  },
}

export const unused: Check<World> = {
  id: 'authentication.unused',
  group: 'authentication',
  title: 'Accounts that nobody uses',
  isNetwork: false,
  explain: [
    'waybill account list',
    '(accounts whose mail nobody has ever read, and that sent none)',
  ],
  async look(world, signal) {
    const { store, clock } = world
    if (store === null) return [withoutStore(unused, world)]
    const accounts = await world.ask('account.list', {})
    if (accounts.length === 0) return [skipped(unused, NO_ACCOUNTS)]
    const day = await lastDay(world, signal)
    const idle = store
      .run(idleAccounts(clock.nowMs() - UNUSED_MS))
      .filter(({ address }) => day?.attempts.hasEntered(address) !== true)
    if (idle.length === 0)
      return [
        ok(unused, 'no account gathers mail that nobody reads', [
          `${counted(accounts.length, 'account')} looked at`,
        ]),
      ]
    return [
      warning(unused, {
        summary: `${counted(idle.length, 'account')} ${idle.length === 1 ? 'gathers' : 'gather'} mail that nobody has ever read`,
        evidence: idle
          .slice(0, MOST_NAMED)
          .map(
            ({ address, messages, createdMs }) =>
              `${shown(address)}: ${counted(messages, 'message')}, none read, none sent, made ${durationWords(clock.nowMs() - createdMs)} ago`,
          ),
        figures: { accounts: idle.length },
        meaning:
          'Who writes there gets no answer; and a password that nobody uses can be guessed at leisure.',
        remedy: [
          step(
            'Give it to whoever should read it, or send its mail on',
            'waybill alias add --help',
          ),
          step(
            'Or close it',
            `waybill account set ${addressInCommand(idle[0]?.address ?? '')} --disable`,
          ),
        ],
      }),
    ]
  },
}

export const disabled: Check<World> = {
  id: 'authentication.disabled',
  group: 'authentication',
  title: 'Closed accounts that mail leads to',
  isNetwork: false,
  explain: ['waybill account list', 'waybill alias list'],
  async look(world) {
    const accounts = await world.ask('account.list', {})
    const closed = accounts.filter(({ enabled }) => !enabled)
    if (closed.length === 0)
      return [
        accounts.length === 0
          ? skipped(disabled, NO_ACCOUNTS)
          : ok(disabled, 'no account is closed', [
              `${counted(accounts.length, 'account')}, all enabled`,
            ]),
      ]
    const aliases = await world.ask('alias.list', {})
    const found = closed.flatMap((account) => leadingTo(account, aliases))
    if (found.length > 0) return found.slice(0, MOST_NAMED)
    return [
      ok(disabled, 'no alias leads to a closed account', [
        `${counted(closed.length, 'account')} closed: ${closed
          .slice(0, MOST_NAMED)
          .map(({ address }) => shown(address))
          .join(', ')}`,
      ]),
    ]
  },
}

function leadingTo({ address, messages }: Account, aliases: readonly Alias[]): Finding[] {
  const leading = aliases.filter(
    ({ target }) => target.kind === 'addresses' && target.addresses.includes(address),
  )
  const [first] = leading
  if (first === undefined) return []
  const name = shown(address)
  return [
    warning(disabled, {
      subject: name,
      summary: `mail for ${shown(first.address)} leads to ${name}, which is closed`,
      evidence: [
        `${name} is disabled, with ${counted(messages, 'message')}`,
        `aliases that lead there: ${leading
          .slice(0, MOST_NAMED)
          .map((alias) => shown(alias.address))
          .join(', ')}`,
      ],
      meaning: 'Who writes there is refused, even if others get the mail of the same alias.',
      remedy: [
        step(
          'Let the alias lead to somebody else',
          `waybill alias set ${addressInCommand(first.address)} --help`,
        ),
        step(
          'Or open the account again',
          `waybill account set ${addressInCommand(address)} --enable`,
        ),
      ],
    }),
  ]
}

interface HashKind {
  /** `$scrypt$ln=15,r=8,p=1`: without salt and hash. */
  readonly hash: string
  /** `SCRAM-SHA-256$50000`; empty: there is none. */
  readonly scram: string
  readonly accounts: number
  readonly example: string
}

function* hashKinds(): Steps<HashKind[]> {
  return yield* all<HashKind>(
    `SELECT hash, scram, count(*) AS accounts, min(address) AS example
     FROM (SELECT localpart || '@' || domain.name AS address,
             CASE WHEN password LIKE '$%$%$%' THEN substr(password, 1,
               instr(substr(password, 2), '$') + instr(substr(password,
                 instr(substr(password, 2), '$') + 2), '$')) ELSE 'of an unknown kind' END AS hash,
             substr(scram, 1, max(0, instr(scram, ':') - 1)) AS scram
           FROM account JOIN domain ON domain.id = domain_id)
     GROUP BY hash, scram ORDER BY accounts DESC LIMIT 20`,
  )
}

function isWeak({ hash, scram }: HashKind): boolean {
  const cost = Number(/^\$scrypt\$ln=(\d+)/.exec(hash)?.[1] ?? 0)
  const iterations = scram === '' ? null : Number(/\$(\d+)$/.exec(scram)?.[1] ?? 0)
  return cost < LEAST_SCRYPT_LOG2 || (iterations !== null && iterations < LEAST_ITERATIONS)
}

/** Since when passwords are what they are. */
interface PasswordAges {
  readonly accounts: number
  /** Of those that are known; null: of none. */
  readonly oldestMs: number | null
  readonly unknown: number
  readonly old: number
  /** One of the old ones. */
  readonly example: string | null
}

function* passwordAges(oldBeforeMs: number): Steps<PasswordAges> {
  const ages = yield* one<PasswordAges>(
    `SELECT count(*) AS accounts, min(password_set_ms) AS oldestMs,
       count(*) - count(password_set_ms) AS unknown, count(*) FILTER (WHERE isOld) AS old,
       min(address) FILTER (WHERE isOld) AS example
     FROM (SELECT password_set_ms, localpart || '@' || domain.name AS address,
             coalesce(password_set_ms < ?, 0) AS isOld
           FROM account JOIN domain ON domain.id = domain_id)`,
    oldBeforeMs,
  )
  return ages ?? { accounts: 0, oldestMs: null, unknown: 0, old: 0, example: null }
}

/** For information: a long password does not get worse with time. */
function agesWords(ages: PasswordAges, nowMs: number): string[] {
  const { oldestMs, unknown, old, example } = ages
  return [
    ...(oldestMs === null
      ? []
      : [`the oldest password was set ${durationWords(nowMs - oldestMs)} ago`]),
    ...(old === 0 || example === null
      ? []
      : [`${counted(old, 'password')} more than 3 years old, such as that of ${shown(example)}`]),
    ...(unknown === 0
      ? []
      : [`of ${counted(unknown, 'account')} it is not known when the password was set`]),
  ]
}

interface IdleAccount {
  readonly address: string
  readonly messages: number
  readonly createdMs: number
}

/** Those that were made before a time, get mail, and never read or sent any. */
function* idleAccounts(beforeMs: number): Steps<IdleAccount[]> {
  return yield* all<IdleAccount>(
    `SELECT localpart || '@' || domain.name AS address, account.messages,
       account.created_ms AS createdMs
     FROM account JOIN domain ON domain.id = domain_id
     WHERE enabled AND account.created_ms < ? AND account.messages > 0
       AND account.messages = (SELECT sum(unseen) FROM mailbox WHERE account_id = account.id)
       AND NOT EXISTS (SELECT 1 FROM sent_recipient WHERE account_id = account.id)
     ORDER BY account.messages DESC LIMIT 100`,
    beforeMs,
  )
}

const NO_ACCOUNTS = 'there is no account yet: waybill account add ADDRESS'
const UNUSED_MS = 30 * DAY_MS
const MOST_NAMED = 10
/** What Waybill makes, and OWASP's least for scrypt with 32 MB. */
const LEAST_SCRYPT_LOG2 = 15
/** RFC 7677 §4; ours have more. */
const LEAST_ITERATIONS = 4096
const OLD_PASSWORD_MS = 3 * 365 * DAY_MS
