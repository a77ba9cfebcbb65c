import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { TestContext } from 'node:test'
import type { ReadStream } from 'node:tty'

import { runProgram } from '../program.ts'

export interface Ran {
  readonly out: string
  readonly errors: string
  readonly code: number
}

/**
 * Runs command lines against one data folder, without a server.
 * @param config  lines of a configuration; without: no file of it
 */
export function commandLine(t: TestContext, config?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const dataFolder = join(folder, 'data')
  const configFile = join(folder, 'waybill.toml')
  if (config !== undefined) writeFileSync(configFile, `data_folder = "${dataFolder}"\n${config}\n`)
  const where = config === undefined ? ['--data', dataFolder] : ['--config', configFile]
  /** @param columns  of a terminal, where the output would go to one */
  const run = async (line: string, input = '', columns?: number): Promise<Ran> => {
    const out: string[] = []
    const errors: string[] = []
    let code = 0
    const stdin = Object.assign(new PassThrough(), { isTTY: false })
    stdin.end(input)
    const plain = { columns, colours: columns !== undefined }
    await runProgram(
      {
        out: { ...plain, write: (text) => void out.push(text) },
        errors: { ...plain, write: (text) => void errors.push(text) },
        // A pipe, where a terminal would be.
        input: stdin as unknown as ReadStream,
        exit: (value) => {
          code = value
        },
      },
      [...split(line), ...where],
    )
    return { out: out.join(''), errors: errors.join(''), code }
  }
  return { folder, run }
}

/** Words, where '…' keeps spaces together. */
function split(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}
