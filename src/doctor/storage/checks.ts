import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { disk } from './disk.ts'

export const STORAGE_CHECKS: readonly Check<World>[] = [disk]
