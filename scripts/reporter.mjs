// What `npm test` prints: one line a file, failures and skipped tests in full, the sums last.
import { relative } from 'node:path'
import { Readable } from 'node:stream'
import { spec as Spec } from 'node:test/reporters'

/** Node's own "spec" reporter words everything; it only never hears of a test that passed. */
// biome-ignore lint/style/noDefaultExport: node --test-reporter takes the default export
export default async function* report(events) {
  yield* Readable.from(worthTelling(events)).compose(new Spec())
}

async function* worthTelling(events) {
  for await (const event of events) {
    const { type, data } = event
    if (type === 'test:start') continue
    if (type === 'test:summary' && data.file) yield fileLine(data)
    if (type !== 'test:pass') yield event
    else if (data.skip) yield skipped(data)
  }
}

function fileLine({ file, counts, duration_ms, success }) {
  const failed = counts.failed + counts.cancelled
  const skips = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  const text = `${success ? '✔' : '✖'} ${relative('.', file)}: ${counts.passed} passed, ${failed} failed${skips} (${Math.round(duration_ms)} ms)\n`
  return { type: 'test:stdout', data: { file, message: text } }
}

function skipped({ file, name, skip }) {
  return {
    type: 'test:stdout',
    data: { file, message: `﹣ skipped: ${name}${skip === true ? '' : `: ${skip}`}\n` },
  }
}
