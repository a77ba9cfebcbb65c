/** The status part and the prose of one bounce speak of the same recipients: one list of both. */
import { isAddress } from './addresses.ts'
import type { Contents } from './contents.ts'
import type { Prose, ProseRecipient } from './prose.ts'
import type { FailedRecipient } from './report.ts'
import { replyWith, type TranscriptReply, verbOf } from './transcript.ts'
import { PHASE_OF_VERB, withFacts } from './words.ts'

export function merged(
  status: readonly FailedRecipient[],
  prose: Prose,
  contents: Contents,
): readonly FailedRecipient[] {
  if (status.length > 0) return status.map((one) => withProse(one, status.length, prose, contents))
  const { header, original } = contents
  const listed = addressesOf(header.value('x-failed-recipients'))
  const [first, ...others] = prose.recipients
  if (first !== undefined && (listed.length === 0 || isOneOf(listed, prose.recipients)))
    return prose.recipients.map((one) => fromProse(one, prose, 1 + others.length))
  if (listed.length > 0) {
    const words = prose.form === 'list' && others.length === 0 ? first?.words : undefined
    return listed.map((address) => unnamed(address, prose, words))
  }
  if (!prose.saysFailure) return []
  const to = addressesOf((original ?? prose.original)?.value('to') ?? null)
  return to.slice(0, 1).map((address) => unnamed(address, prose))
}

function unnamed(address: string, prose: Prose, words = prose.words): FailedRecipient {
  return fromProse({ address, originalAddress: null, words }, prose, 1)
}

function isOneOf(addresses: readonly string[], recipients: readonly ProseRecipient[]): boolean {
  const names = new Set(addresses.map((address) => address.toLowerCase()))
  return recipients.some((one) =>
    [one.address, one.originalAddress].some((name) => names.has(name?.toLowerCase() ?? '')),
  )
}

/** The field's words, and those of the prose where the field says little. */
function withProse(
  one: FailedRecipient,
  count: number,
  prose: Prose,
  { header }: Contents,
): FailedRecipient {
  const wanted = [one.address, one.originalAddress].map((name) => name?.toLowerCase())
  const same =
    prose.recipients.find(({ address }) => wanted.includes(address.toLowerCase())) ??
    (count === 1 && prose.recipients.length === 1 ? prose.recipients[0] : undefined)
  const [failed = null] = count === 1 ? addressesOf(header.value('x-failed-recipients')) : []
  const named = {
    ...one,
    address: one.address ?? (count === 1 ? (same?.address ?? failed) : null),
    originalAddress: one.originalAddress ?? same?.originalAddress ?? null,
  }
  const words = told(same?.words ?? (count === 1 ? prose.words : ''))
  const reply = replyOf(one.diagnostic ?? words, named.address, prose, count)
  const said = { remoteHost: one.remoteHost ?? reply?.host ?? null, phase: phaseOf(reply, prose) }
  const diagnostic = one.diagnostic ?? ''
  if (isTelling(diagnostic)) {
    // Of a reply of several lines sendmail's field has the first.
    const whole = reply !== null && reply.words.length > diagnostic.length
    const facts = withFacts({ ...named, ...said, diagnostic: whole ? reply.words : diagnostic })
    return { ...facts, phase: facts.phase ?? withFacts({ ...named, diagnostic: words }).phase }
  }
  const shown = words.includes(diagnostic) ? words : `${diagnostic} ${words}`
  const all = reply === null || words.includes(reply.words) ? shown : `${shown} ${reply.words}`
  return withFacts({ ...named, ...said, diagnostic: all })
}

/** `550 5.1.1 <bob@example.net> User unknown`, and not `X.400;Status = 769` or `5.0.0`. */
function isTelling(diagnostic: string): boolean {
  return (
    /^[45]\d\d[ -].{0,40}[a-z]{3}/i.test(diagnostic) ||
    diagnostic
      .replace(/[\d.\s-]+/g, ' ')
      .trim()
      .split(/[^A-Za-z']+/).length > 3
  )
}

function fromProse(
  { address, originalAddress, words: own }: ProseRecipient,
  prose: Prose,
  count: number,
): FailedRecipient {
  const all = /[a-z]{3}|\d{3}|[^\x00-\x7f]{3}/i.test(own) ? own : prose.words
  const words = told(all)
  const reason = /^\(reason: (.{1,2000}?)\)(?: |$)/.exec(words)?.[1] ?? words
  const reply = replyOf(reason, address, prose, count)
  // Of a whole conversation only the reply is a reason.
  const isWhole = reply === null || (words.includes(reply.words) && !words.includes(' <-- '))
  return withFacts({
    ...{ address, originalAddress, action: prose.isDelay ? 'delayed' : 'failed', status: null },
    diagnostic: isWhole ? words : reply.words,
    remoteHost: reply?.host ?? null,
    phase: phaseOf(reply, prose),
  })
}

/** The reply that is meant: the one that begins so, the one that names the address, the only one. */
function replyOf(
  words: string,
  address: string | null,
  { transcript }: Prose,
  count: number,
): TranscriptReply | null {
  const named = `<${address ?? ''}>`.toLowerCase()
  return (
    replyWith(transcript, words) ??
    transcript.find((reply) => reply.words.toLowerCase().includes(named)) ??
    (count === 1 ? (transcript[0] ?? null) : null)
  )
}

/** Some mailers tell of every cause that there could be, and then what was said. */
function told(words: string): string {
  return /error message below: (.{1,4000})/i.exec(words)?.[1] ?? words
}

function phaseOf(reply: TranscriptReply | null, prose: Prose): FailedRecipient['phase'] {
  const verb = reply === null ? null : verbOf(reply, prose.transcript)
  return PHASE_OF_VERB[verb ?? ''] ?? null
}

function addressesOf(text: string | null): readonly string[] {
  const found = text?.match(/[^\s<>,;:"()]{1,200}@[^\s<>,;:"()]{1,255}/g)?.filter(isAddress) ?? []
  if (found.length > 0) return [...new Set(found)].slice(0, 1000)
  const bare = text?.trim() ?? ''
  return bare === '' || /[\s<>@]/.test(bare) ? [] : [bare]
}
