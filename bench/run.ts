/** `npm run bench [-- NAME…]`: runs all benchmarks, or those named. */
import { availableParallelism, cpus, release } from 'node:os'

import { deadDestination } from './dead-destination.ts'
import { imapCommands } from './imap-commands.ts'
import { logIndex } from './log-index.ts'
import { logSearch } from './log-search.ts'
import { logStats } from './log-stats.ts'
import { memory } from './memory.ts'
import { queue } from './queue.ts'
import type { Benchmark } from './report.ts'
import { smtpAccept } from './smtp-accept.ts'
import { startup } from './startup.ts'
import { steering } from './steering.ts'

const BENCHMARKS: readonly Benchmark[] = [
  smtpAccept,
  imapCommands,
  memory,
  queue,
  steering,
  deadDestination,
  startup,
  logSearch,
  logStats,
  logIndex,
]

const names = process.argv.slice(2)
const unknown = names.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) {
  process.stderr.write(`bench: there is no ${unknown.join(', ')}; there are:\n`)
  for (const { name, about } of BENCHMARKS) process.stderr.write(`  ${name.padEnd(14)} ${about}\n`)
  process.exitCode = 2
} else {
  print(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, Linux ${release()}, ` +
      `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`,
  )
  for (const benchmark of BENCHMARKS) {
    if (names.length > 0 && !names.includes(benchmark.name)) continue
    const results = await benchmark.run((line) => process.stderr.write(`  … ${line}\n`))
    for (const { headline, figures } of results) {
      print(`\n${headline}`)
      for (const line of figures) print(`  ${line}`)
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
