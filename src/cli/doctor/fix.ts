/** `--fix`: what it would do is shown first, and done when somebody says so. */
import { createInterface } from 'node:readline/promises'

import { messageOf } from '../../base/faults.ts'
import type { Finding, Fix } from '../../doctor/types.ts'
import type { Cli } from '../cli.ts'
import { paint } from '../table.ts'

export interface FixOptions {
  readonly dryRun?: boolean
  readonly yes?: boolean
}

export interface Fixed {
  readonly check: string
  readonly what: string
  /** Why it was not done; null: it was. */
  readonly failure: string | null
}

/** What findings would have done, each thing once. */
function fixesOf(findings: readonly Finding[]): readonly (Fix & { readonly check: string })[] {
  const seen = new Map<string, Fix & { readonly check: string }>()
  for (const { fix, check } of findings)
    if (fix !== null && !seen.has(fix.what))
      seen.set(fix.what, { check, what: fix.what, apply: async () => await fix.apply() })
  return [...seen.values()]
}

/** Shows, asks and does. @returns what was done or failed; null: nobody wanted it */
export async function mend(
  cli: Cli,
  findings: readonly Finding[],
  { dryRun = false, yes = false }: FixOptions,
): Promise<readonly Fixed[] | null> {
  const fixes = fixesOf(findings)
  const { errors } = cli
  if (fixes.length === 0) {
    const isWrong = findings.some(({ verdict }) => verdict === 'failing' || verdict === 'warning')
    errors.write(
      isWrong
        ? 'Nothing of this can be mended safely by the doctor itself.\n'
        : 'Nothing has to be mended.\n',
    )
    return []
  }
  errors.write(`${paint(errors, 'bold', 'waybill doctor --fix would')}\n`)
  for (const { what } of fixes) errors.write(`  ${what}\n`)
  if (dryRun) return null
  if (!yes && !(await isWanted(cli))) {
    errors.write('Nothing was changed.\n')
    return null
  }
  const fixed: Fixed[] = []
  for (const fix of fixes) {
    const failure = await failureOf(fix)
    errors.write(failure === null ? `done: ${fix.what}\n` : `not done: ${fix.what}: ${failure}\n`)
    fixed.push({ check: fix.check, what: fix.what, failure })
  }
  return fixed
}

async function isWanted({ input, errors }: Cli): Promise<boolean> {
  if (!input.isTTY) {
    errors.write('Without a terminal nobody can be asked: --yes does it.\n')
    return false
  }
  const lines = createInterface({ input, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question('Do it? [y/N] ')).trim())
  } finally {
    lines.close()
  }
}

async function failureOf(fix: Fix): Promise<string | null> {
  try {
    await fix.apply()
    return null
  } catch (error) {
    return messageOf(error)
  }
}
