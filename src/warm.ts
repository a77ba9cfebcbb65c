/**
 * Loads what a server loads and leaves it in Node's compile cache, types stripped. `bin/waybill`
 * runs this once after an installation, as `warm.ts version`, so that the server itself never
 * loads the stripper.
 */
import { flushCompileCache } from 'node:module'

await import('./main.ts')
for (const file of ['./cli/serve.ts', './cli/dev.ts', './server.ts', './writes.ts'])
  await import(file)
// It refuses to run outside a worker, but it is compiled by then.
await import('./db/writer-thread.ts').catch(() => undefined)
flushCompileCache()
