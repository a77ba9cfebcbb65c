/** What systemd hands to a service, by its environment. */

export interface SystemdSocket {
  /** FileDescriptorName, or else the name of the socket unit. */
  readonly name: string
  readonly descriptor: number
}

/**
 * The sockets that systemd opened for this process (sd_listen_fds(3)). The variables are for one
 * process only; another one that inherited them has no such sockets.
 */
export function systemdSockets(): readonly SystemdSocket[] {
  const { LISTEN_PID: processId, LISTEN_FDS: count, LISTEN_FDNAMES: names } = process.env
  if (Number(processId) !== process.pid) return []
  const list = (names ?? '').split(':')
  return Array.from({ length: Number(count) || 0 }, (_, index) => ({
    name: list[index] ?? '',
    descriptor: FIRST_DESCRIPTOR + index,
  }))
}

const FIRST_DESCRIPTOR = 3

/** Whether somebody waits for READY=1 (sd_notify(3)). */
export function isNotifyWanted(): boolean {
  return (process.env['NOTIFY_SOCKET'] ?? '') !== ''
}

/**
 * After how many milliseconds without WATCHDOG=1 this process is killed (sd_watchdog_enabled(3));
 * null: nobody watches. Without WATCHDOG_PID it is meant for whoever has the variable.
 */
export function watchdogMs(): number | null {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: processId } = process.env
  if (processId !== undefined && Number(processId) !== process.pid) return null
  const ms = Number(microseconds) / 1000
  return Number.isFinite(ms) && ms > 0 ? ms : null
}
