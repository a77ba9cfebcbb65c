import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { domains, postmaster } from './addresses.ts'
import { alertWays } from './alerts.ts'
import { aliases } from './aliases.ts'
import { listenersMake, sources, testing } from './contradictions.ts'
import { hostName } from './host-name.ts'
import { modes, user } from './modes.ts'
import { openRelay } from './open-relay.ts'
import { relayRules } from './relays.ts'

export const CONFIGURATION_CHECKS: readonly Check<World>[] = [
  ...[hostName, listenersMake, sources, domains, postmaster, aliases, relayRules],
  ...[openRelay, modes, user, testing, alertWays],
]
