/** What programs of the machine print, for tests that cannot change the machine. */
import { systemOutside } from '../reach/system.ts'
import type { World } from '../world.ts'

/** By its name; another one is not installed. */
export function says(programs: Readonly<Record<string, string>>): World['run'] {
  return async ([program = '']) => {
    const out = programs[program]
    return out === undefined ? null : { status: 0, out, errors: '' }
  }
}

export const nothingInstalled: World['run'] = says({})

/** As this machine is, but without systemd. */
export const withoutSystemd: World['run'] = async (command, signal) =>
  command[0] === 'systemctl' ? null : await systemOutside.run(command, signal)
