/** message/delivery-status: groups of fields, RFC 3464 §2. */
import { DEFAULT_LIMITS } from '../../base/limits.ts'
import { Header } from '../message/header.ts'
import { decodeUnitext } from '../smtp/xtext.ts'
import { isAddress } from './addresses.ts'
import type { FailedRecipient } from './report.ts'
import { withFacts } from './words.ts'

export interface DeliveryStatus {
  /** Reporting-MTA without its type. */
  readonly reporter: string | null
  /** Arrival-Date as it stands. */
  readonly arrival: string | null
  readonly recipients: readonly FailedRecipient[]
}

/** Broken fields count as absent; a group without a recipient is passed over. */
export function readDeliveryStatus(text: string): DeliveryStatus {
  const groups = groupsOf(text.replace(/\r\n/g, '\n').split('\n'))
    .map((lines) => new Header(`${lines.join('\n')}\n`, DEFAULT_LIMITS.message))
    .filter(({ fields }) => fields.length > 0)
  const recipients = groups.map(recipientOf).filter((one) => one !== null)
  const [about] = groups
  return {
    reporter: withoutType(about?.value('reporting-mta') ?? null),
    arrival: about?.value('arrival-date') ?? null,
    recipients,
  }
}

/**
 * A blank line ends a group. Some mailers leave it out, and some write more of them: a group also
 * ends where a field of it begins again, and goes on while it does not say who, or not what.
 */
function groupsOf(lines: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [[]]
  let seen = new Set<string>()
  let isAfterBlank = false
  for (const line of lines) {
    if (line.trim() === '') {
      isAfterBlank = true
      continue
    }
    const name = KEY.exec(line)?.[1]?.toLowerCase()
    const isWhole = seen.size === 0 || (hasAny(seen, WHO) && hasAny(seen, WHAT))
    if ((isAfterBlank && isWhole) || (name !== undefined && seen.has(name))) {
      if (groups.length >= MOST_GROUPS) break
      groups.push([])
      seen = new Set()
    }
    isAfterBlank = false
    if (name !== undefined) seen.add(name)
    groups.at(-1)?.push(line)
  }
  return groups
}

function hasAny(seen: ReadonlySet<string>, names: readonly string[]): boolean {
  return names.some((name) => seen.has(name))
}

const KEY = /^(final-recipient|original-recipient|action|status|diagnostic-code):/i
const WHO = ['final-recipient', 'original-recipient']
const WHAT = ['action', 'status', 'diagnostic-code']

function recipientOf(group: Header): FailedRecipient | null {
  const final = addressOf(group.value('final-recipient'))
  const actual = addressOf(group.value('x-actual-recipient'))
  const original = addressOf(group.value('original-recipient'))
  const address = [final, actual, original].find((one) => one !== null && isAddress(one)) ?? null
  const diagnostic = withoutType(group.value('diagnostic-code'))
  const status = STATUS.exec(group.value('status') ?? '')?.[0] ?? null
  const action = actionOf(group.value('action'), status)
  if (final === null && original === null && diagnostic === null && status === null) return null
  return withFacts({
    ...{ address, originalAddress: original, action, status },
    diagnostic: diagnostic ?? group.value('x-supplementary-info'),
    remoteHost: hostOf(group.value('remote-mta')),
  })
}

function actionOf(value: string | null, status: string | null): FailedRecipient['action'] {
  const word = /[a-z]+/.exec(value?.toLowerCase() ?? '')?.[0] ?? ''
  const known = ACTIONS.find((action) => word.startsWith(action))
  if (known !== undefined) return known
  if (word === 'expired') return 'failed'
  return status?.startsWith('2') ? 'delivered' : status?.startsWith('4') ? 'delayed' : 'failed'
}

const ACTIONS: readonly FailedRecipient['action'][] = [
  'failed',
  'delayed',
  'delivered',
  'relayed',
  'expanded',
]

/** `rfc822; <bob@example.net>`, `utf-8; j\x{F6}rg@example.net` (RFC 6533 §3). */
function addressOf(value: string | null): string | null {
  const text =
    withoutType(value)
      ?.replace(/[<>"\s]/g, '')
      .slice(0, 320) ?? ''
  if (text === '') return null
  const isEmbedded = value !== null && /^utf-8\b/i.test(value) && text.includes('\\x{')
  return isEmbedded ? (decodeUnitext(text) ?? text) : text
}

function hostOf(value: string | null): string | null {
  const text = withoutType(value) ?? ''
  return /[\p{L}\p{N}_.:-]{3,255}/u.exec(text)?.[0]?.toLowerCase() ?? null
}

/** `smtp; 550 …`, `dns; mx.example.net`: what follows the type. */
function withoutType(value: string | null): string | null {
  const text = value?.replace(/^[A-Za-z0-9_.-]{1,40}[ \t]{0,8};/, '').trim() ?? ''
  return text === '' ? null : text
}

const STATUS = /[245]\.\d{1,3}\.\d{1,3}/
const MOST_GROUPS = 1001
