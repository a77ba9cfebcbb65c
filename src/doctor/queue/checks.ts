import { forThisServer } from '../for-this-server.ts'
import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { blocked, expiring, late } from './blocked.ts'
import { oldest, size } from './size.ts'
import { stopped } from './stopped.ts'

export const QUEUE_CHECKS: readonly Check<World>[] = forThisServer([
  size,
  oldest,
  stopped,
  blocked,
  expiring,
  late,
])
