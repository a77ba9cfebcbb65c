import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { outbound } from './outbound.ts'
import { relays } from './relays.ts'
import { imap, incoming, submission } from './sessions.ts'

export const CONNECTIVITY_CHECKS: readonly Check<World>[] = [
  ...[incoming, submission, imap, outbound, relays],
]
