/** argv → cli. */
import { runProgram } from './cli/program.ts'
import { terminalOf } from './cli/table.ts'

// Whatever is made, passwords' hashes and mail among it, is its owner's alone.
process.umask(0o077)

// A reader that went away, as in `waybill log | head`, is the end and no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

await runProgram(
  {
    out: terminalOf(process.stdout),
    errors: terminalOf(process.stderr),
    input: process.stdin,
    exit: (code) => {
      process.exitCode = code
    },
  },
  process.argv.slice(2),
)
