/** Every section of the report that the log has something of, in the order of how much it matters. */
import type { Section, SectionInput } from './stats-blocks.ts'
import { deliverySections } from './stats-delivery.ts'
import { sessionSections } from './stats-sessions.ts'
import { timeSections } from './stats-time.ts'
import { firstSections } from './stats-totals.ts'

export function sectionsOf(input: SectionInput): Section[] {
  const all = [
    ...firstSections(input),
    ...timeSections(input),
    ...deliverySections(input),
    ...sessionSections(input),
  ]
  return all
    .map((section) => ({
      ...section,
      blocks: section.blocks.filter(({ rows }) => rows.length > 0),
    }))
    .filter(({ blocks }) => blocks.length > 0)
}
