import { UTC, type Zone, zoneNamed } from './journal/zone.ts'

/** The zone of this machine, in which the log is written and read; without the offset in each line, as Exim. */
export function localZone(): Zone {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  try {
    return zoneNamed(timeZone, false)
  } catch {
    // An empty TZ is UTC, which Node calls Etc/Unknown.
    return UTC
  }
}
