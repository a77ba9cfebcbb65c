/**
 * Another root on this machine, read as its own programs would: links lead to places within it, and
 * programs run in it see it read-only, so that nothing they do can change it.
 */
import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

import type { Files, Outside, ProgramResult } from '../outside.ts'
import { systemFiles } from '../reach/files.ts'
import { runProgram } from '../reach/programs.ts'

export interface Root extends Pick<Outside, 'files' | 'run'> {
  readonly path: string
  hostPath(path: string): string
}

/** @param isRoot  only root can give a program a view of its own */
export function openRoot(path: string, isRoot: boolean): Root {
  const isHere = path === '/'
  const hostPath = (inside: string) => (isHere ? inside : resolved(path, inside))
  return {
    path,
    hostPath,
    files: isHere ? systemFiles : below(hostPath),
    async run(command, signal) {
      if (isRoot) {
        const seen = await runReadOnly(path, hostPath, command, signal)
        if (seen !== NO_VIEW) return seen
      }
      // Exim is setuid, and writes to paniclog what it cannot read in its configuration.
      const maySee = isHere && !/(?:^|\/)exim4?$/.test(command[0] ?? '')
      return maySee ? await runProgram(command, signal) : null
    },
  }
}

function below(hostPath: (path: string) => string): Files {
  return {
    stat: (path) => systemFiles.stat(hostPath(path)),
    list: (folder) => systemFiles.list(hostPath(folder)),
    read: (path, maxOctets) => systemFiles.read(hostPath(path), maxOctets),
    mayRead: (path) => systemFiles.mayRead(hostPath(path)),
    space: (path) => systemFiles.space(hostPath(path)),
  }
}

/** Follows links as in the root: an absolute one begins there, and none leads out. */
function resolved(root: string, path: string): string {
  const waiting = path.split('/').toReversed()
  const found: string[] = []
  for (let links = 0; waiting.length > 0; ) {
    const name = waiting.pop() ?? ''
    if (name === '' || name === '.') continue
    if (name === '..') {
      found.pop()
      continue
    }
    const target = links < MAX_LINKS ? linkTarget(join(root, ...found, name)) : null
    if (target === null) {
      found.push(name)
      continue
    }
    links++
    if (target.startsWith('/')) found.length = 0
    waiting.push(...target.split('/').toReversed())
  }
  return join(root, ...found)
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    return null
  }
}

/** Everything that the program sees is read-only, whatever it would do. */
async function runReadOnly(
  root: string,
  hostPath: (path: string) => string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<ProgramResult | null | typeof NO_VIEW> {
  const [program = '', ...args] = command
  const isThere = PROGRAM_FOLDERS.some((folder) => {
    const path = program.startsWith('/') ? program : `${folder}/${program}`
    return systemFiles.stat(hostPath(path)) !== null
  })
  if (!isThere) return null
  const script = root === '/' ? HERE : BELOW
  const result = await runProgram(
    ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, root, program, ...args],
    signal,
  )
  return result === null || result.status === NO_VIEW || NOT_ALLOWED.test(result.errors)
    ? NO_VIEW
    : result
}

const NO_VIEW = 96
/** What unshare itself says where a container forbids it. */
const NOT_ALLOWED = /^unshare: .*(?:not permitted|failed)/
const BELOW = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit ${NO_VIEW}; exec chroot "$0" "$@"`
/** /dev and /proc stay: there is nothing to be written there that lasts. */
const HERE = `mount -o remount,bind,ro / || exit ${NO_VIEW}
cut -d' ' -f5 /proc/self/mountinfo | while read -r at; do
  case $at in /|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) ;; *) mount -o remount,bind,ro "$at" ;; esac
done 2>/dev/null
exec "$@"`
const PROGRAM_FOLDERS = [
  ...['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'],
]
const MAX_LINKS = 40
