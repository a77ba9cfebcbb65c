/** Real bounces, from the report to the reason, against the labels that their collectors gave them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { type FailedRecipient, readReport } from '../../syntax/dsn/report.ts'
import { GOLD_LABELS } from '../testing/gold-labels.ts'
import { explainError } from './explain.ts'
import { factsOf } from './facts.ts'
import type { Explanation } from './types.ts'

const FOLDER = join(import.meta.dirname, '../../../../shared/testdata/bounces-sisimai')

interface Gold {
  readonly reason: string
}

/** As `waybill log explain` reads it. */
function explain(recipient: FailedRecipient | undefined): Explanation {
  return explainError(
    factsOf(recipient?.diagnostic ?? '', {
      enhanced: recipient?.status ?? null,
      code: recipient?.code ?? null,
      phase: recipient?.phase ?? null,
      host: recipient?.remoteHost ?? null,
      direction: 'outbound',
      temporary: recipient === undefined ? null : recipient.action === 'delayed',
    }),
  )
}

test('nine of ten real bounces get the reason of their label', (t) => {
  if (!existsSync(FOLDER)) return t.skip(`${FOLDER} is not here`)
  const expected = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<
    string,
    readonly Gold[]
  >
  const wrong: string[] = []
  let [right, known, all] = [0, 0, 0]
  for (const [file, gold] of Object.entries(expected)) {
    const { recipients } = readReport(readFileSync(join(FOLDER, 'eml', file)))
    for (const [index, { reason: label }] of gold.entries()) {
      const categories = GOLD_LABELS[label]
      if (categories === undefined) continue
      all++
      const { reason, isKnown, evidence } = explain(recipients[index])
      if (isKnown) known++
      if (categories.includes(reason.category)) right++
      else
        wrong.push(
          `${file}: ${label}, not ${reason.category} (${reason.id}; ${evidence.join(', ')})`,
        )
    }
  }
  t.diagnostic(`${right} of ${all} agree, ${known} have words or a status that is known`)
  for (const each of wrong) t.diagnostic(each)
  assert.ok(all > 200)
  assert.ok(right / all >= 0.9, `${right} of ${all}`)
})
