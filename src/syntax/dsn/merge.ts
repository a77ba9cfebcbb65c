/** The status part and the prose of one bounce speak of the same recipients: one list of both. */
import type { Contents } from './contents.ts'
import { FAILURE, type Prose, type ProseRecipient } from './prose.ts'
import type { FailedRecipient } from './report.ts'
import { withFacts } from './words.ts'

export function merged(
  status: readonly FailedRecipient[],
  prose: Prose,
  { header, original }: Contents,
): readonly FailedRecipient[] {
  if (status.length > 0) return status.map((one) => withProse(one, status.length, prose))
  const isAlone = prose.recipients.length === 1
  const named = prose.recipients.map((one) => fromProse(one, prose, isAlone))
  if (named.length > 0) return named
  const listed = addressesOf(header.value('x-failed-recipients'))
  if (listed.length > 0)
    return listed.map((address) => fromProse({ address, words: prose.words }, prose, false))
  if (!prose.saysFailure) return []
  const to = addressesOf(original?.value('to') ?? prose.originalTo)
  return to.slice(0, 1).map((address) => fromProse({ address, words: prose.words }, prose, false))
}

/** The field's words, and those of the prose where the field says little. */
function withProse(one: FailedRecipient, count: number, prose: Prose): FailedRecipient {
  const wanted = [one.address, one.originalAddress].map((name) => name?.toLowerCase())
  const same = prose.recipients.find(({ address }) => wanted.includes(address.toLowerCase()))
  const words = same?.words ?? (count === 1 ? prose.words : '')
  const diagnostic = one.diagnostic ?? ''
  if (words === '' || isTelling(diagnostic)) return one
  const both = diagnostic === '' ? words : `${diagnostic} ${words}`
  return withFacts({ ...one, diagnostic: both })
}

/** `550 5.1.1 <bob@example.net> User unknown`, and not `X.400;Status = 769` or `5.0.0`. */
function isTelling(diagnostic: string): boolean {
  return (
    diagnostic
      .replace(/[\d.\s-]+/g, ' ')
      .trim()
      .split(/[^A-Za-z']+/).length > 3
  )
}

function fromProse(
  { address, words: own }: ProseRecipient,
  prose: Prose,
  isAlone: boolean,
): FailedRecipient {
  // The reason may stand before the address.
  const isWhole = own === prose.words || (isTelling(own) && saysWhy(own)) || !isAlone
  const words = isWhole ? own : `${own} ${prose.words}`.trim()
  const action = prose.isDelay ? 'delayed' : 'failed'
  return withFacts({
    ...{ address, originalAddress: null, action, status: null, remoteHost: null },
    diagnostic: words,
  })
}

/** Of a reply or a failure, and not of the parts of the message. */
function saysWhy(words: string): boolean {
  return /(?<!\d)[45]\d\d[ -]|[45]\.\d\.\d/.test(words) || FAILURE.test(words)
}

function addressesOf(text: string | null): readonly string[] {
  const found = text?.match(/[^\s<>,;:"()]{1,64}@[^\s<>,;:"()]{1,255}/g) ?? []
  if (found.length > 0) return [...new Set(found)].slice(0, 1000)
  const bare = text?.trim() ?? ''
  return bare === '' || /[\s<>]/.test(bare) ? [] : [bare]
}
