/** The thread that keeps the index of a running server: see `trace/index/keeper.ts`. */
import { parentPort, workerData } from 'node:worker_threads'

import { localZone } from './local-zone.ts'
import { runIndexWorker } from './trace/index/worker.ts'

if (parentPort === null) throw new Error('index-worker.ts runs as a worker')
await runIndexWorker(parentPort, workerData, localZone())
