/** What only root may ask is asked first; everything else is done as the server's user. */
import { existsSync } from 'node:fs'

import { messageOf } from '../../base/faults.ts'
import type { LoadedConfig } from '../../config/load.ts'
import type { Outside, ProgramResult } from '../../doctor/outside.ts'
import { ROOT_COMMANDS } from '../../doctor/ports/commands.ts'
import { systemOutside } from '../../doctor/reach/system.ts'
import { becomeOwnerOf } from '../privileges.ts'

/**
 * Root becomes the owner of the data folder for good, and gets nothing opened or written as root;
 * what {@link ROOT_COMMANDS} said before is what they say afterwards. For others nothing changes.
 */
export async function becomeServerAfterLooking({ config }: LoadedConfig): Promise<Outside['run']> {
  if (process.getuid?.() !== 0 || !existsSync(config.dataFolder)) return systemOutside.run
  const said = await askAll()
  becomeOwnerOf(config.dataFolder)
  return async (command, signal) => {
    const known = said.get(command.join(' '))
    if (known === undefined) return await systemOutside.run(command, signal)
    return await known()
  }
}

async function askAll() {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const asked = ROOT_COMMANDS.map(async (command) => {
    let result: ProgramResult | null
    try {
      result = await systemOutside.run(command, signal)
    } catch (error) {
      const why = `${command[0]} could not be asked: ${messageOf(error)}`
      return [command.join(' '), async () => await Promise.reject(new Error(why))] as const
    }
    return [command.join(' '), async () => await Promise.resolve(result)] as const
  })
  return new Map<string, () => Promise<ProgramResult | null>>(await Promise.all(asked))
}

const PATIENCE_MS = 4_000
