/**
 * What this server makes of each RFC, from docs/rfc/index.tsv, and where the code and the tests say
 * so. `node scripts/run.mjs scripts/rfc-index.ts` prints the places, clause by clause.
 */
import { globSync, readFileSync } from 'node:fs'

export const STATUSES = ['Yes', 'Partial', 'Planned', 'No'] as const
export type Status = (typeof STATUSES)[number]

export interface IndexedRfc {
  readonly number: string
  readonly title: string
  readonly status: Status
  /** What is left out or done otherwise on purpose; '' for nothing. */
  readonly deviation: string
}

/** Files that cite an RFC, and the clauses they name. */
export type Citations = ReadonlyMap<string, readonly string[]>

/** @throws Error for a line that has not its four fields, or another status */
export function readIndex(): IndexedRfc[] {
  const [, ...lines] = readFileSync('docs/rfc/index.tsv', 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [number = '', title = '', word, deviation] = line.split('\t')
    const status = STATUSES.find((known) => known === word)
    if (!/^\d+$/.test(number) || title === '' || status === undefined || deviation === undefined)
      throw new Error(`docs/rfc/index.tsv: not number, title, status, deviation: ${line}`)
    return { number, title, status, deviation }
  })
}

/** By RFC number: where it is cited as `RFC 9051 §6.3.7`, in code or in tests. */
export function citationsIn(where: 'code' | 'tests'): ReadonlyMap<string, Citations> {
  const found = new Map<string, Map<string, string[]>>()
  for (const file of globSync('{src,test}/**/*.ts').sort()) {
    if (isTest(file) !== (where === 'tests')) continue
    for (const [, number = '', clause = ''] of readFileSync(file, 'utf8').matchAll(CITATION)) {
      const files = found.get(number) ?? new Map<string, string[]>()
      const clauses = files.get(file) ?? []
      if (clause !== '' && !clauses.includes(clause)) clauses.push(clause)
      found.set(number, files.set(file, clauses))
    }
  }
  return found
}

const CITATION = /\bRFC (\d+)(?: §([A-Z0-9][A-Z0-9.]*[A-Z0-9]|[A-Z0-9]))?/g

function isTest(file: string): boolean {
  return file.startsWith('test/') || file.endsWith('.test.ts') || file.includes('/testing/')
}

/** One line an RFC, and below it one line for each file that cites it. */
function report(): string {
  const places = [citationsIn('code'), citationsIn('tests')]
  const lines = readIndex().flatMap(({ number, title, status }) => {
    const files = places.flatMap((cited) => [...(cited.get(number) ?? [])])
    const cited = files.map(
      ([file, clauses]) => `  ${file}  ${clauses.map((c) => `§${c}`).join(' ')}`,
    )
    return [`RFC ${number} ${title}: ${status}`, ...cited]
  })
  return `${lines.join('\n')}\n`
}

if (import.meta.main) process.stdout.write(report())
