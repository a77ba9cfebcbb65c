import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { blocked, expiring, late } from './blocked.ts'
import { oldest, size } from './size.ts'
import { stopped } from './stopped.ts'

export const QUEUE_CHECKS: readonly Check<World>[] = [
  size,
  oldest,
  stopped,
  blocked,
  expiring,
  late,
]
