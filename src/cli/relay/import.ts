/** `waybill relay import`. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'

import type { Command } from 'commander'

import { systemReason } from '../../base/faults.ts'
import type { NewRelay } from '../../directory/types.ts'
import { type Cli, withOffice } from '../cli.ts'
import { UsageFault } from '../faults.ts'
import { textOf } from '../password.ts'
import { parseRelayFile } from './file.ts'
import { type Options, rulesOf, sayChanged } from './options.ts'

/** Of `import`. */
export interface ImportOptions extends Options {
  readonly name?: string
  readonly replace?: boolean
}

/** Makes a relay of a file, or puts it in the place of one. */
export async function importFile(
  cli: Cli,
  file: string,
  options: ImportOptions,
  command: Command,
): Promise<void> {
  const { name: ownName, ...read } = parseRelayFile(await readText(cli, file), file)
  const name = options.name ?? ownName ?? (file === '-' ? null : nameOf(file))
  if (name === null) throw new UsageFault('say what to call the relay: --name')
  const relay: NewRelay = {
    ...read,
    checkCertificate: options.check !== false,
    mechanism: null,
    rules: rulesOf(options) ?? [],
    insecure: options.insecure === true,
  }
  const imported = await withOffice(
    command,
    async (office) => {
      if (!options.replace) return await office.run('relay.add', { name, relay })
      const relays = await office.run('relay.list', {})
      const old = relays.find((one) => one.name === name.toLowerCase())
      if (old === undefined) return await office.run('relay.add', { name, relay })
      const change = { ...relay, rules: rulesOf(options) ?? old.rules }
      return await office.run('relay.set', { name, change })
    },
    'mayBeMade',
  )
  sayChanged(cli, command, imported, `Imported the relay ${imported.name}.`)
}

/** `/etc/relay.conf` is the relay `relay`. */
function nameOf(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '')
}

async function readText(cli: Cli, file: string): Promise<string> {
  if (file === '-') return await textOf(cli.input)
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageFault(`${file} cannot be read: ${systemReason(error)}`, { cause: error })
  }
}
