/** Looks at a file all the time from a thread of its own, and tells at the end what it was taken for. */
import { parentPort, workerData } from 'node:worker_threads'

import { contentOf } from '../index/place.ts'

/** `shared[0]` is 1 when enough has been seen. */
const { file, shared } = workerData as { file: string; shared: Int32Array }
const seen = new Set<string>()
parentPort?.postMessage('watching')
while (Atomics.load(shared, 0) === 0) seen.add(contentOf(file))
parentPort?.postMessage(seen)
