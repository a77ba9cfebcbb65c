/** Real bounces with what is known of them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { type DeliveryReport, readReport } from './report.ts'

const SHARED = join(import.meta.dirname, '../../../../shared/testdata')

function corpus<Gold>(name: string): Map<DeliveryReport, Gold> | null {
  const folder = join(SHARED, name)
  if (!existsSync(folder)) return null
  const gold = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<
    string,
    Gold
  >
  const read = (file: string) => readReport(readFileSync(join(folder, 'eml', file)))
  return new Map(Object.entries(gold).map(([file, expected]) => [read(file), expected]))
}

interface Sisimai {
  readonly status: string
  readonly replycode: string
  readonly reason: string
}

test('bounces of the world: recipients, codes and statuses', (t) => {
  const reports = corpus<readonly Sisimai[]>('bounces-sisimai')
  if (reports === null) return t.skip(`${SHARED}/bounces-sisimai is not here`)
  const counts = share()
  const codes = share()
  const statuses = share()
  for (const [{ kind, recipients }, gold] of reports) {
    const reason = gold[0]?.reason
    if (reason === 'feedback' || reason === 'vacation') {
      counts.add(kind === (reason === 'feedback' ? 'complaint' : 'autoReply'))
      continue
    }
    counts.add(recipients.length === gold.length)
    for (const [index, { replycode, status }] of gold.entries()) {
      if (replycode !== '') codes.add(String(recipients[index]?.code) === replycode)
      // 5.0.9xx is of the collection, not of the mail.
      if (status !== '' && !/\.0\.9\d\d$/.test(status))
        statuses.add(recipients[index]?.status === status)
    }
  }
  t.diagnostic(`recipients ${counts.text()}, codes ${codes.text()}, statuses ${statuses.text()}`)
  for (const each of [counts, codes, statuses]) assert.ok(each.value() >= 0.95, each.text())
})

interface Flufl {
  readonly permanent: readonly string[]
  readonly temporary: readonly string[]
}

test('bounces that a list manager met: who failed, for good or for now', (t) => {
  const reports = corpus<Flufl>('bounces-flufl')
  if (reports === null) return t.skip(`${SHARED}/bounces-flufl is not here`)
  const right = share()
  for (const [{ recipients }, { permanent, temporary }] of reports) {
    const of = (wanted: string) =>
      recipients
        .filter(({ action }) => action === wanted)
        .flatMap(({ address }) => (address === null ? [] : [address.toLowerCase()]))
    right.add(isSame(of('failed'), permanent) && isSame(of('delayed'), temporary))
  }
  t.diagnostic(`messages ${right.text()}`)
  assert.ok(right.value() >= 0.95, right.text())
})

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return (
    new Set(one).symmetricDifference(new Set(other.map((name) => name.toLowerCase()))).size === 0
  )
}

function share() {
  let right = 0
  let all = 0
  return {
    add(isRight: boolean): void {
      all++
      if (isRight) right++
    },
    value: () => right / all,
    text: () => `${right} of ${all} (${((right / all) * 100).toFixed(1)} %)`,
  }
}
