/** Every section of the report that the log has something of, in the order of how much it matters. */
import type { Section, SectionInput } from './blocks.ts'
import { deliverySections } from './delivery.ts'
import { sessionSections } from './sessions.ts'
import { timeSections } from './time.ts'
import { firstSections } from './totals.ts'

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
