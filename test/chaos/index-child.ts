/** Takes a folder of logs into an index, again and again, until it is killed: `index-child.ts FILE FOLDER`. */
import { setTimeout as sleep } from 'node:timers/promises'

import { UTC } from '../../src/journal/zone.ts'
import { ingestFolder } from '../../src/trace/index/ingest.ts'
import { openTraceIndex } from '../../src/trace/index/open.ts'

const [file = '', folder = ''] = process.argv.slice(2)
using connection = openTraceIndex(file)
const run = () => {
  throw new Error('no other program')
}
for (;;) {
  const keepFromMs = Number.NEGATIVE_INFINITY
  await ingestFolder(connection, folder, { format: 'auto', zone: UTC, run, keepFromMs })
  await sleep(1)
}
