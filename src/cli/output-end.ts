/** When what a command prints cannot be written. */
import { systemCodeOf, systemReason } from '../base/faults.ts'
import type { Cli } from './cli.ts'

/**
 * To be called before anything is printed. A reader that went away, as in `waybill log | head`, is
 * the end and no error; anything else, such as a full disk, is told once, and the exit code is 2
 * whatever the command makes of it.
 */
export function guardOutput(cli: Cli, out: NodeJS.WriteStream, errors: NodeJS.WriteStream): Cli {
  let isBroken = false
  // There is nowhere to tell it.
  errors.on('error', () => {})
  out.on('error', (error) => {
    if (isBroken || systemCodeOf(error) === 'EPIPE') return
    isBroken = true
    cli.errors.write(`waybill: the output cannot be written: ${systemReason(error)}\n`)
    cli.exit(2)
  })
  return { ...cli, exit: (code) => cli.exit(isBroken ? 2 : code) }
}
