import type { Check } from '../types.ts'
import type { World } from '../world.ts'

export const AUTHENTICATION_CHECKS: readonly Check<World>[] = []
