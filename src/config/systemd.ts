/** What systemd hands to a service, by its environment. */

/**
 * Sockets that systemd opened, by the name of their FileDescriptorName (sd_listen_fds(3)).
 * The variables are for one process only; another one that inherited them has no such sockets.
 */
export function systemdSockets(): ReadonlyMap<string, number> {
  const { LISTEN_PID: processId, LISTEN_FDS: count, LISTEN_FDNAMES: names } = process.env
  if (Number(processId) !== process.pid) return new Map()
  const list = (names ?? '').split(':')
  return new Map(
    Array.from({ length: Number(count) || 0 }, (_, index) => [
      list[index] || `unknown${index}`,
      FIRST_DESCRIPTOR + index,
    ]),
  )
}

const FIRST_DESCRIPTOR = 3

/** Whether somebody waits for READY=1 (sd_notify(3)). */
export function isNotifyWanted(): boolean {
  return (process.env['NOTIFY_SOCKET'] ?? '') !== ''
}
