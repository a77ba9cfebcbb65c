/** What Dovecot did with mail: its log alone has nothing else of it. */
import { counted } from '../base/counted.ts'
import type { LogFacts } from './log-facts.ts'

/** `Dovecot saved 75 messages, and did not save 12.`; null: none came to it. */
export function filedText({ statistics }: Pick<LogFacts, 'statistics'>): string | null {
  const { rows } = statistics.tables.filed
  if (rows.length === 0) return null
  const count = (action: string) => Number(rows.find(({ key }) => key === action)?.['count'] ?? 0)
  const saved = count('saved')
  const notSaved = count('failed') + count('rejected')
  const of = saved === 0 ? 'no message' : counted(saved, 'message')
  return `Dovecot saved ${of}${notSaved === 0 ? '' : `, and did not save ${notSaved}`}.`
}
