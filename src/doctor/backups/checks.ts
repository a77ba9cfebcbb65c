import type { Check } from '../types.ts'
import type { World } from '../world.ts'

export const BACKUP_CHECKS: readonly Check<World>[] = []
