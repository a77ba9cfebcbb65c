/** Facts → a report: what is said, in which order. */
import { comparison } from './comparison.ts'
import type { ReportFacts } from './facts.ts'
import { isSilent, statusOf } from './judge.ts'
import { authentication } from './authentication.ts'
import { activity, errors, users } from './log-sections.ts'
import { health, queue, services } from './own-sections.ts'
import { relays } from './relays-section.ts'
import { steps, summary } from './summary.ts'
import type { Block, Report, Section } from './types.ts'
import { minuteText } from './words.ts'
import { withoutSecretsIn } from '../trace/secrets.ts'

export function reportFrom(facts: ReportFacts): Report {
  const { host, zone, sinceMs, untilMs } = facts
  const sections: readonly (Section | null)[] = isSilent(facts)
    ? [summary(facts), steps(facts)]
    : [
        summary(facts),
        services(facts),
        queue(facts),
        relays(facts),
        activity(facts),
        authentication(facts),
        errors(facts),
        health(facts),
        comparison(facts),
        users(facts),
        steps(facts),
      ]
  return withoutSecretsIn({
    title: `Mail at ${host}`,
    period: `${minuteText(sinceMs, zone)} to ${minuteText(untilMs, zone)}`,
    status: statusOf(facts),
    sections: sections.flatMap((section) => (section === null ? [] : [cut(section)])),
  })
}

/** What strangers wrote can be of any length: who wants all of it has the log. */
function cut({ blocks, ...section }: Section): Section {
  return { ...section, blocks: blocks.map(cutBlock) }
}

function cutBlock(block: Block): Block {
  switch (block.kind) {
    case 'text':
      return { ...block, text: cutText(block.text, MOST_CHARS) }
    case 'table':
      return {
        ...block,
        rows: block.rows.map((cells) => cells.map((cell) => cutText(cell, MOST_CELL_CHARS))),
      }
    case 'lines':
      return { ...block, lines: block.lines.map((line) => cutText(line, MOST_CHARS)) }
    case 'steps':
      return {
        ...block,
        steps: block.steps.map((step) => ({ ...step, text: cutText(step.text, MOST_CHARS) })),
      }
    case 'bars':
      return block
    default:
      return block satisfies never
  }
}

function cutText(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text
}

/** A line of a log with its addresses is shorter. */
const MOST_CHARS = 2_000
const MOST_CELL_CHARS = 300
