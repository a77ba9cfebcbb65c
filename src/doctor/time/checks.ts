import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { sinceWritten, synchronised } from './clock.ts'

export const TIME_CHECKS: readonly Check<World>[] = [synchronised, sinceWritten]
