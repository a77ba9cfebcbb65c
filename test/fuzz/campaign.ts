/**
 * Fuzzes every parser, or one: `npm run fuzz -- [--seconds N] [--target NAME] [--seed N]`.
 * Seconds are for each target. Exits with 1 when something was found.
 */
import { parseArgs } from 'node:util'

import { type FuzzReport, fuzz } from './engine.ts'
import { loadTargets } from './load-targets.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})

const targets = await loadTargets()
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target)
const seconds = Number(values.seconds)
const seed = Number(values.seed)

if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  const names = targets.map(({ name }) => name).join(', ')
  console.error(
    chosen.length === 0
      ? `No target "${values.target}": there are ${names}.`
      : `--seconds must be a number above 0 and --seed a whole number.`,
  )
  process.exitCode = 2
} else {
  console.log(`seed ${seed}, ${seconds} s a target`)
  for (const target of chosen) {
    const report = await fuzz(target, { seed, seconds, executions: Number.POSITIVE_INFINITY })
    console.log(line(target.name, report))
    if (report.finding === null) continue
    process.exitCode = 1
    console.log(`  ${report.finding.stack || report.finding.message}`)
    console.log(`  input: ${printable(report.finding.input)}`)
  }
}

function line(name: string, report: FuzzReport): string {
  const { executions, seconds, corpus, blocks, finding } = report
  return (
    `${name.padEnd(16)} ${executions.toFixed(0).padStart(9)} executions` +
    ` ${(executions / seconds).toFixed(0).padStart(7)}/s` +
    ` ${String(corpus).padStart(5)} inputs ${String(blocks).padStart(5)} blocks` +
    `   ${finding === null ? 'no finding' : `FINDING: ${finding.message.split('\n')[0]}`}`
  )
}

/** To be pasted as a seed: one escape for each octet that is not printable. */
function printable(octets: Uint8Array): string {
  const text = Buffer.from(octets).toString('latin1')
  return `'${text.replace(/[^\x20-\x26\x28-\x5b\x5d-\x7e]/g, escaped)}'`
}

function escaped(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}
