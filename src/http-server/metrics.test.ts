import assert from 'node:assert/strict'
import { test } from 'node:test'

import { counter, gauge, metricsText, samplesBy } from './metrics.ts'

test('each metric has its help and type, and a line for each series', () => {
  assert.equal(
    metricsText([
      gauge('waybill_queue_bytes', 'What waits.', 1.5),
      {
        name: 'waybill_logins_total',
        help: 'Logins, by "service".',
        type: 'counter',
        samples: [
          ...samplesBy('service', { imap: 3, submission: 0 }, { result: 'ok' }),
          ...samplesBy('service', { imap: 1 }, { result: 'failed' }),
        ],
      },
    ]),
    `# HELP waybill_queue_bytes What waits.
# TYPE waybill_queue_bytes gauge
waybill_queue_bytes 1.5
# HELP waybill_logins_total Logins, by "service".
# TYPE waybill_logins_total counter
waybill_logins_total{result="ok",service="imap"} 3
waybill_logins_total{result="ok",service="submission"} 0
waybill_logins_total{result="failed",service="imap"} 1
`,
  )
})

test('a histogram counts up to each bound, and has its sum', () => {
  const histogram = { buckets: [[0.001, 2] as const, [0.01, 5] as const], count: 6, sum: 0.25 }
  assert.equal(
    metricsText([
      { name: 'waybill_commit_seconds', help: 'Commits.', type: 'histogram', histogram },
    ]),
    `# HELP waybill_commit_seconds Commits.
# TYPE waybill_commit_seconds histogram
waybill_commit_seconds_bucket{le="0.001"} 2
waybill_commit_seconds_bucket{le="0.01"} 5
waybill_commit_seconds_bucket{le="+Inf"} 6
waybill_commit_seconds_sum 0.25
waybill_commit_seconds_count 6
`,
  )
})

test('labels and help stay on their line', () => {
  const text = metricsText([
    { name: 'x', help: 'a\\b\nc', type: 'gauge', samples: samplesBy('w', { 'a"b\\c\nd': 1 }) },
    counter('y', 'Y.', Number.POSITIVE_INFINITY),
  ])
  assert.match(text, /^# HELP x a\\\\b\\nc\n/)
  assert.match(text, /^x\{w="a\\"b\\\\c\\nd"\} 1$/m)
  assert.match(text, /^y \+Inf$/m)
})
