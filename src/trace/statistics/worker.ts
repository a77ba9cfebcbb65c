/** Counts a part of a log in a thread of its own, and hands over what it counted. */
import { parentPort, workerData } from 'node:worker_threads'

import type { LogFormat } from '../../journal/reader.ts'
import { UTC, zoneNamed } from '../../journal/zone.ts'
import { Collector, type CollectorOptions } from './collector.ts'
import { countRanges, type PartRange } from './part.ts'
import { statisticsBuffers } from './statistics.ts'

/** Plain data: a zone is handed over by its name. */
export interface WorkerTask {
  readonly ranges: readonly PartRange[]
  readonly format: LogFormat | 'auto'
  /** Of the IANA database; null is UTC. */
  readonly zoneName: string | null
  readonly options: CollectorOptions
}

const { ranges, format, zoneName, options }: WorkerTask = workerData
const zone = zoneName === null ? UTC : zoneNamed(zoneName, false)
const collector = new Collector(options)
for (const _ of countRanges(collector, ranges, { format, zone }));
const collected = collector.collected()
parentPort?.postMessage(collected, statisticsBuffers(collected.statistics))
