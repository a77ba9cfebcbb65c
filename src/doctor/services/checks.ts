import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { listeners } from './listeners.ts'
import { restarts } from './restarts.ts'
import { running, version } from './server.ts'
import { loop, memory, writer } from './strain.ts'

export const SERVICE_CHECKS: readonly Check<World>[] = [
  ...[running, version, listeners, memory, loop, writer, restarts],
]
