import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { mx } from './mx.ts'
import { resolverCheck } from './resolver.ts'

export const DNS_CHECKS: readonly Check<World>[] = [resolverCheck, mx]
