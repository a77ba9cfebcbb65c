/** What `log stats`, `report` and `support-bundle` have in common: all of an input, counted. */
import { availableParallelism } from 'node:os'

import type { LogInput } from '../../trace/source/source.ts'
import { type Gathered, gatherStatistics } from '../../trace/statistics/gather.ts'

/** In as many threads as are of use here. @throws the system's error, or LogFault */
export async function countAll(input: LogInput): Promise<Gathered> {
  return await gatherStatistics(input, {
    zoneName: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    threads: Math.min(MAX_THREADS, availableParallelism()),
  })
}

/** More have nothing to do: the disk is slower. */
const MAX_THREADS = 8
