import { type Zone, zoneNamed } from './journal/zone.ts'

/** The zone of this machine, in which the log is written and read; without the offset in each line, as Exim. */
export function localZone(): Zone {
  return zoneNamed(new Intl.DateTimeFormat().resolvedOptions().timeZone, false)
}
