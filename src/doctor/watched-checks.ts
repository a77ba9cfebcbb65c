/** The groups of checks that a running server makes from time to time, for its alerts. */
import { DNS_CHECKS } from './dns/checks.ts'
import { forThisServer } from './for-this-server.ts'
import { TLS_CHECKS } from './tls/checks.ts'
import type { Check } from './types.ts'
import type { World } from './world.ts'

export const WATCHED_CHECKS: readonly Check<World>[] = forThisServer([...DNS_CHECKS, ...TLS_CHECKS])
