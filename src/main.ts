/** argv → cli. */
import { guardOutput } from './cli/output-end.ts'
import { runProgram } from './cli/program.ts'
import { terminalOf } from './cli/table.ts'

// Whatever is made, passwords' hashes and mail among it, is its owner's alone.
process.umask(0o077)

const cli = guardOutput(
  {
    out: terminalOf(process.stdout),
    errors: terminalOf(process.stderr),
    input: process.stdin,
    exit: (code) => {
      process.exitCode = code
    },
    // It only fires where something keeps the process.
    leave: () => void setTimeout(() => process.exit(), 300).unref(),
  },
  process.stdout,
  process.stderr,
)
await runProgram(cli, process.argv.slice(2))
