// Runs one TypeScript file with the pinned Node: `node scripts/run.mjs bench/run.ts [ARGUMENTS]`.
import { fail, runNode } from './runtime.mjs'

const [file, ...args] = process.argv.slice(2)
if (file === undefined) fail('say which file to run: node scripts/run.mjs FILE [ARGUMENTS]')
process.exitCode = runNode([file, ...args])
