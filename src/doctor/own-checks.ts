/** All checks of this server, in the order in which they are said. */
import { AUTHENTICATION_CHECKS } from './authentication/checks.ts'
import { BACKUP_CHECKS } from './backups/checks.ts'
import { CONFIGURATION_CHECKS } from './configuration/checks.ts'
import { CONNECTIVITY_CHECKS } from './connectivity/checks.ts'
import { DNS_CHECKS } from './dns/checks.ts'
import { forThisServer } from './for-this-server.ts'
import { LOG_CHECKS } from './log/checks.ts'
import { QUEUE_CHECKS } from './queue/checks.ts'
import { STORAGE_CHECKS } from './storage/checks.ts'
import { SERVICE_CHECKS } from './services/checks.ts'
import { TLS_CHECKS } from './tls/checks.ts'
import { PORT_CHECKS } from './ports/checks.ts'
import { TIME_CHECKS } from './time/checks.ts'
import type { Check } from './types.ts'
import type { World } from './world.ts'

export const OWN_CHECKS: readonly Check<World>[] = forThisServer([
  ...SERVICE_CHECKS,
  ...QUEUE_CHECKS,
  ...LOG_CHECKS,
  ...CONNECTIVITY_CHECKS,
  ...DNS_CHECKS,
  ...PORT_CHECKS,
  ...AUTHENTICATION_CHECKS,
  ...TLS_CHECKS,
  ...STORAGE_CHECKS,
  ...TIME_CHECKS,
  ...BACKUP_CHECKS,
  ...CONFIGURATION_CHECKS,
])
