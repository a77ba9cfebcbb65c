/** `waybill queue summary` and `count`. */
import type { Command } from 'commander'

import type { DomainSummary } from '../../queue/summary.ts'
import { domainForDisplay } from '../../syntax/address/domain.ts'
import { withoutSecrets } from '../../trace/secrets.ts'
import { sizeWords } from '../../trace/words.ts'
import { answer, type Cli, withOffice } from '../cli.ts'
import { writeTable } from '../table.ts'
import { domains } from './pages.ts'
import { ageWords, whenWords } from './words.ts'

export function addSummary(cli: Cli, queue: Command): void {
  queue
    .command('count')
    .description('How many messages wait')
    .action(async (_options, self: Command) => {
      const messages = await withOffice(self, (office) => office.run('queue.count', {}))
      answer(cli, self, { messages }, () => cli.out.write(`${messages}\n`))
    })
  queue
    .command('summary')
    .description('What waits for each domain: how much, since when, by which way, why')
    .action(async (_options, self: Command) => {
      const found = await withOffice(self, domains)
      const sorted = found.toSorted((a, b) => b.messages - a.messages)
      answer(cli, self, sorted, () => show(cli, sorted, Date.now()))
    })
}

function show(cli: Cli, rows: readonly DomainSummary[], nowMs: number): void {
  if (rows.length === 0) {
    cli.out.write('Nothing waits.\n')
    return
  }
  writeTable<DomainSummary>(
    [
      { heading: 'Domain', of: ({ domain }) => domainForDisplay(domain) },
      { heading: 'Messages', of: ({ messages }) => String(messages), align: 'right' },
      { heading: 'Recipients', of: ({ recipients }) => String(recipients), align: 'right' },
      { heading: 'Volume', of: ({ volumeOctets }) => sizeWords(volumeOctets), align: 'right' },
      { heading: 'Oldest', of: ({ oldestMs }) => ageWords(nowMs - oldestMs), align: 'right' },
      { heading: 'Newest', of: ({ newestMs }) => ageWords(nowMs - newestMs), align: 'right' },
      { heading: 'Goes by', of: wayOf },
      { heading: 'Next try', of: (row) => nextTry(row, nowMs) },
      {
        heading: 'Last error',
        of: ({ error }) => (error === null ? '' : withoutSecrets(error)),
        shrinks: true,
      },
    ],
    rows,
    cli.out,
  )
}

/** The MX of the domain itself is most often the way, and needs no second naming. */
function wayOf({ domain, destination }: DomainSummary): string {
  return destination === `mx:${domain}` ? 'mx' : destination
}

function nextTry({ dueMs, blockedUntilMs }: DomainSummary, nowMs: number): string {
  if (dueMs === null) return '-'
  const nextMs = Math.max(dueMs, blockedUntilMs ?? 0)
  return nextMs <= nowMs ? 'due' : whenWords(nextMs, nowMs)
}
