import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'

/** Where the control socket is, in a form that fits into a socket address. Dispose after use. */
export interface SocketPath extends Disposable {
  readonly path: string
}

/**
 * A socket address holds 107 octets of path. For a longer one the kernel's own link to the opened
 * folder stands in.
 */
export function socketPathIn(folder: string): SocketPath {
  const path = join(folder, 'control')
  if (Buffer.byteLength(path) <= MAX_PATH_OCTETS) return { path, [Symbol.dispose]() {} }
  const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
  return {
    path: `/proc/self/fd/${descriptor}/control`,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

const MAX_PATH_OCTETS = 107
