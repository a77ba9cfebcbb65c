import { atRelay } from './at-relay.ts'
import { seenFromHere } from './inbound.ts'
import { normalText } from './normal.ts'
import { isInText, type Pattern, PatternSet, patternOf } from './pattern.ts'
import { isPutOff, putOff } from './put-off.ts'
import type { Match, Rule } from './rule.ts'
import { type AnyReason, reasonFor } from './steps.ts'
import { PRECISE_RULES, VAGUE_RULES } from './table.ts'
import type { ErrorFacts, Explanation, Reason } from './types.ts'

/**
 * What an error means and who does what about it: the first rule of the table that fits. In a long
 * text what stands around the reply code counts first, for reports go on with prose that may say
 * anything. Never throws; takes time linear in the text, of which 8,192 characters are looked at.
 */
export function explainError(facts: ErrorFacts): Explanation {
  const focus = focusOf(facts)
  const near = focus === null ? null : findForm(facts, normalText(focus))
  const found =
    near !== null && near.at < FIRST_VAGUE ? near : findForm(facts, normalText(facts.text))
  const form = FORMS[found.at]
  return {
    reason: reasonSeen(facts, form),
    isKnown: form !== undefined && !form.isFallback,
    evidence: evidenceOf(facts, found.words),
    facts,
  }
}

/** The reason as this side sees it, and as mildly as the answer was, for who reads this log. */
function reasonSeen(facts: ErrorFacts, form: Form | undefined): Reason {
  return reasonFor(sideSeen(facts, form), facts)
}

function sideSeen(facts: ErrorFacts, form: Form | undefined): AnyReason {
  const found = form?.reason ?? UNKNOWN_REASON
  const whole = atRelay(found, facts)
  const said = isPutOff(facts) ? putOff(whole) : whole
  if (!isOurRefusal(facts, form)) return said
  const seen = seenFromHere(said)
  return isPutOff(facts) ? putOff(seen) : seen
}

/** Most rules speak to who was refused; those that know the direction, and of logins, say it right. */
function isOurRefusal({ direction }: ErrorFacts, form: Form | undefined): boolean {
  if (direction !== 'inbound' || form?.match.direction === 'inbound') return false
  const category = form?.reason.category
  return category !== 'loginFailed' && category !== 'authenticationRequired'
}

/** The reply and what stands next to it, when there is much more; else null. */
function focusOf({ text, code }: ErrorFacts): string | null {
  if (code === null || text.length <= BEFORE_CODE + AFTER_CODE) return null
  const at = text.indexOf(String(code))
  return at === -1 ? null : text.slice(Math.max(0, at - BEFORE_CODE), at + AFTER_CODE)
}
const BEFORE_CODE = 150
const AFTER_CODE = 450

interface Found {
  /** Of `FORMS`; past its end when none fits. */
  readonly at: number
  /** The pattern that was found; null when it was not found by words. */
  readonly words: string | null
}

function findForm(facts: ErrorFacts, text: string): Found {
  let best: Found = { at: NONE, words: null }
  const consider = (at: number, words: string | null) => {
    const form = FORMS[at]
    if (at >= best.at || form === undefined || isTooVague(at, form, facts)) return
    if (agrees(form, facts, text)) best = { at, words }
  }
  WORDS.search(text, (at) => at < best.at, consider)
  for (const at of BY_STATUS.get(facts.enhanced ?? '') ?? []) consider(at, null)
  for (const at of BY_CODE.get(facts.code ?? 0) ?? []) consider(at, null)
  return best
}

/** An answer of another server may be vague; a line about this one is not, only because it has such a word. */
function isTooVague(at: number, { match }: Form, { direction }: ErrorFacts): boolean {
  return at >= FIRST_VAGUE && direction === 'local' && match.direction !== 'local'
}

/** Everything but the words that found the rule, or the code that did. */
function agrees({ match, without, statuses }: Form, facts: ErrorFacts, text: string): boolean {
  if (match.codes !== undefined && !includes(match.codes, facts.code)) return false
  if (match.phases !== undefined && !includes(match.phases, facts.phase)) return false
  if (match.direction !== undefined && match.direction !== facts.direction) return false
  if (match.temporary !== undefined && isTemporary(facts) === !match.temporary) return false
  if (match.hosts !== undefined && !isOfHosts(match.hosts, facts.host)) return false
  if (statuses !== null && !includes(statuses, facts.enhanced)) return false
  return !without.some((pattern) => isInText(text, pattern))
}

function includes<T>(list: readonly T[], value: T | null): boolean {
  return value !== null && list.includes(value)
}

/** As the log says, else by the code's class; null when neither does. */
function isTemporary({ temporary, code, enhanced }: ErrorFacts): boolean | null {
  if (temporary !== null) return temporary
  if (code !== null) return code < 500
  return enhanced === null ? null : enhanced.startsWith('4')
}

function isOfHosts(ends: readonly string[], host: string | null): boolean {
  return host !== null && ends.some((end) => host === end || host.endsWith(`.${end}`))
}

/** Every status that a form of `Match.enhanced` stands for. */
function statusesOf(form: string): readonly string[] {
  const [kind = '', subject = '', detail = ''] = form.split('.')
  const [low = '', high = low] = detail.split('-')
  const details = Array.from({ length: Number(high) - Number(low) + 1 }, (_, i) => Number(low) + i)
  const classes = kind === 'x' ? ['4', '5'] : [kind]
  return classes.flatMap((first) => details.map((last) => `${first}.${subject}.${last}`))
}

function evidenceOf({ code, enhanced, host }: ErrorFacts, words: string | null): string[] {
  return [
    ...(code === null ? [] : [`code ${code}`]),
    ...(enhanced === null ? [] : [`status ${enhanced}`]),
    ...(words === null ? [] : [`words “${words.replaceAll('|', '').replaceAll('*', ' … ')}”`]),
    ...(host === null ? [] : [`host ${host}`]),
  ]
}

/** One form of a rule, in the order of the table. */
interface Form {
  readonly reason: AnyReason
  readonly match: Match
  /** Of `match`, made ready. */
  readonly without: readonly Pattern[]
  /** Of `match.enhanced`, each one; null when any will do. */
  readonly statuses: readonly string[] | null
  readonly isFallback: boolean
}

/**
 * Words say more than a status, and a status more than a reply code, so the forms of the precise
 * rules come in that order, each in the order of the table. A provider's own status, known by its
 * host, is as good as words. What is vague comes after all of them.
 */
const FORMS: readonly Form[] = [...PRECISE_RULES.flatMap(formsOf)]
  .sort((one, other) => rankOf(one.match) - rankOf(other.match))
  .concat(VAGUE_RULES.flatMap(formsOf))

function formsOf(rule: Rule): Form[] {
  const reason = reasonOf(rule)
  return [rule.match].flat().map((match) => ({
    reason,
    match,
    without: (match.without ?? []).map(patternOf),
    statuses: match.enhanced?.flatMap(statusesOf) ?? null,
    isFallback: rule.isFallback === true,
  }))
}

function rankOf({ text, hosts, enhanced }: Match): number {
  if (text !== undefined || hosts !== undefined) return 0
  return enhanced === undefined ? 2 : 1
}

const NONE = FORMS.length
/** From here on nothing is certain. */
const FIRST_VAGUE = NONE - VAGUE_RULES.flatMap(formsOf).length

/** A rule without what finds it. */
function reasonOf({ match: _, examples: _examples, isFallback: _is, ...reason }: Rule): AnyReason {
  return reason
}

const WORDS = new PatternSet(
  FORMS.flatMap(({ match }, value) => (match.text ?? []).map((source) => ({ source, value }))),
)
const BY_STATUS = indexed(({ match, statuses }) => (match.text === undefined ? statuses : null))
const BY_CODE = indexed(({ match: { text, codes }, statuses }) =>
  text === undefined && statuses === null ? codes : null,
)

/** Forms that have no words, in their order, by what else finds them. */
function indexed<Key>(
  keysOf: (form: Form) => readonly Key[] | null | undefined,
): ReadonlyMap<Key, readonly number[]> {
  const index = new Map<Key, number[]>()
  for (const [at, form] of FORMS.entries())
    for (const key of keysOf(form) ?? []) index.set(key, [...(index.get(key) ?? []), at])
  return index
}

/** For a text that no rule knows and that has no code. */
const UNKNOWN_REASON: Reason = {
  id: 'unknown',
  category: 'unknown',
  title: 'An error that is not in the table',
  meaning: 'No rule knows these words, and there is no code that would say of what kind they are.',
  actor: 'you',
  remedy: [
    'Read the text itself: the words of the other server are the best there is.',
    'Look at the lines of the same message and the same host just before it in the log.',
  ],
  retry: 'afterFix',
  links: [],
}
