/** An error in words, as trace and explain print it. */
import type { Explanation, RetryOutlook } from '../../diagnosis/reasons/types.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { paint, type Terminal } from '../table.ts'
import { ACTOR_WORDS } from './actors.ts'
import { proseWidth, wrap } from './wrap.ts'

/**
 * Explains errors, each reason once in full: when it comes again, it only says which it is.
 */
export class Explainer {
  readonly #out: Terminal
  readonly #told = new Set<string>()

  constructor(out: Terminal) {
    this.#out = out
  }

  /** Reason, meaning, who acts, what to do, whether trying again helps, and what that rests on. */
  write(explanation: Explanation): void {
    const { id, title } = explanation.reason
    if (this.#told.has(id)) {
      writeRows(this.#out, [['Why', `as above: ${title}`]])
      return
    }
    this.#told.add(id)
    writeRows(this.#out, rowsOf(explanation))
  }
}

/** A line of an explanation; one without a label goes on with the one before. */
export type Row = readonly [label: string, text: string]

function rowsOf({ reason, isKnown, evidence }: Explanation): readonly Row[] {
  return [
    ['Why', `${reason.title}${isKnown ? '' : ' (the words themselves are unknown)'}`],
    ['Meaning', reason.meaning],
    ['Who acts', ACTOR_WORDS[reason.actor].long],
    ...reason.remedy.map(
      (step, index): Row => [
        index === 0 ? 'Do' : '',
        reason.remedy.length > 1 ? `${index + 1}. ${step}` : step,
      ],
    ),
    ['Retrying', RETRY[reason.retry]],
    ...(evidence.length > 0 ? [['Evidence', withoutSecrets(evidence.join(' · '))] as Row] : []),
    ...reason.links.map((link): Row => ['More', link]),
  ]
}

/** Labels and texts below each other, as wide as prose. */
export function writeRows(out: Terminal, rows: readonly Row[]): void {
  for (const [label, text] of rows) writeRow(out, label, text)
}

/** The text of a numbered step goes on beside its number. */
function writeRow(out: Terminal, label: string, text: string): void {
  const number = /^\d{1,2}\. /.exec(text)?.[0] ?? ''
  const cells = proseWidth(out) - LABEL_CELLS - number.length
  for (const [index, line] of wrap(text.slice(number.length), cells).entries()) {
    const shown = label === 'Why' ? paint(out, 'bold', line) : line
    const before = index === 0 ? number : ' '.repeat(number.length)
    out.write(`${(index === 0 ? label : '').padEnd(LABEL_CELLS)}${before}${shown}\n`)
  }
}

const LABEL_CELLS = 10

const RETRY: { readonly [R in RetryOutlook]: string } = {
  helps: 'helps by itself: the server tries again',
  afterFix: 'helps only after that',
  never: 'does not help',
}
