/** An error in words, as trace and explain print it. */
import type { Actor, Explanation, RetryOutlook } from '../../diagnosis/reasons/types.ts'
import { printable } from '../../journal/exim/escape.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { cellWidth, paint, type Terminal } from '../table.ts'

/** Reason, meaning, who acts, what to do, whether trying again helps, and what that rests on. */
export function writeExplanation(out: Terminal, explanation: Explanation, indent = ''): void {
  const { reason, isKnown, evidence } = explanation
  const rows: [label: string, text: string][] = [
    ['Why', `${reason.title}${isKnown ? '' : ' (no rule knows these words)'}`],
    ['Meaning', reason.meaning],
    ['Who acts', ACTORS[reason.actor]],
    ...reason.remedy.map((step, index): [string, string] => [
      index === 0 ? 'Do' : '',
      reason.remedy.length > 1 ? `${index + 1}. ${step}` : step,
    ]),
    ['Retrying', RETRY[reason.retry]],
    ...(evidence.length > 0
      ? [['Evidence', withoutSecrets(evidence.join(' · '))] as [string, string]]
      : []),
    ...reason.links.map((link): [string, string] => ['More', link]),
  ]
  for (const [label, text] of rows) {
    const start = `${indent}${label.padEnd(LABEL_CELLS)}`
    for (const [index, line] of wrap(text, widthOf(out) - start.length).entries()) {
      const shown = label === 'Why' ? paint(out, 'bold', line) : line
      out.write(`${index === 0 ? start : ' '.repeat(start.length)}${shown}\n`)
    }
  }
}

/** A text in lines of at most so many cells; a word that is longer has its own line. */
function wrap(text: string, cells: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of printable(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && cellWidth(longer) > cells) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line]
}

function widthOf({ columns }: Terminal): number {
  return Math.max(40, Math.min(columns ?? DEFAULT_CELLS, MOST_CELLS))
}

const LABEL_CELLS = 10
const DEFAULT_CELLS = 100
/** Longer lines are hard to read. */
const MOST_CELLS = 120

const ACTORS: { readonly [A in Actor]: string } = {
  you: 'you, who run this server',
  sender: 'the sender',
  recipient: 'the recipient',
  recipientProvider: 'the recipient’s provider',
  nobody: 'nobody: it ends by itself',
}

const RETRY: { readonly [R in RetryOutlook]: string } = {
  helps: 'helps by itself: the server tries again',
  afterFix: 'helps only after that',
  never: 'does not help',
}
