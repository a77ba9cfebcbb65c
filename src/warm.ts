/**
 * Loads what a server loads and leaves it in Node's compile cache, types stripped. `bin/waybill`
 * runs this once after an installation, as `warm.ts version`, so that the server itself never
 * loads the stripper.
 */
import { flushCompileCache } from 'node:module'

await import('./main.ts')
for (const file of ['./cli/serve.ts', './cli/dev.ts', './server.ts', './writes.ts'])
  await import(file)
// They refuse to run outside a worker, but they are compiled by then.
for (const file of ['./db/writer-thread.ts', './index-worker.ts'])
  await import(file).catch(() => undefined)
flushCompileCache()
