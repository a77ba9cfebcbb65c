import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { firewall } from './firewall.ts'
import { holders } from './holders.ts'

export const PORT_CHECKS: readonly Check<World>[] = [holders, firewall]
