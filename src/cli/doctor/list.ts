/** Which checks there are, and what each of them would run or ask: nothing is looked at. */
import type { Check } from '../../doctor/types.ts'
import { wrap } from '../log/wrap.ts'
import { paint, tableLines, type Terminal } from '../table.ts'

type Listed = Pick<Check<never>, 'id' | 'group' | 'title' | 'isNetwork' | 'explain'>

export function plainChecks(checks: readonly Listed[]): unknown {
  return checks.map(({ id, group, title, isNetwork, explain }) => ({
    ...{ id, group, title, isNetwork, explain },
  }))
}

export function writeList(out: Terminal, checks: readonly Listed[]): void {
  const columns = [
    { heading: 'CHECK', of: ({ id }: Listed) => id },
    { heading: 'LOOKS AT', of: ({ title }: Listed) => title, shrinks: true },
    { heading: 'WHERE', of: ({ isNetwork }: Listed) => (isNetwork ? 'network' : 'here') },
  ]
  for (const line of tableLines(columns, checks, out)) out.write(`${line}\n`)
}

export function writeExplanations(out: Terminal, checks: readonly Listed[]): void {
  for (const { id, title, explain } of checks) {
    out.write(`${paint(out, 'bold', id)}  ${title}\n`)
    for (const line of explain) {
      // A command is to be copied: it is not wrapped.
      const pieces = line.startsWith('(') ? wrap(line, (out.columns ?? 100) - 4, true) : [line]
      for (const piece of pieces) out.write(`    ${piece}\n`)
    }
  }
}
