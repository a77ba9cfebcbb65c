/**
 * Another root on this machine, read as its own programs would: links lead to places within it, and
 * programs run in it see it read-only, so that nothing they do can change it.
 */
import { lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

import type { Files, Outside } from '../outside.ts'
import { systemFiles } from '../reach/files.ts'
import { runProgram } from '../reach/programs.ts'

export interface Root extends Pick<Outside, 'files' | 'run'> {
  readonly path: string
  hostPath(path: string): string
}

/** @param isRoot  only root can run a program in another root */
export function openRoot(path: string, isRoot: boolean): Root {
  if (path === '/')
    return { path, files: systemFiles, run: runProgram, hostPath: (inside) => inside }
  const hostPath = (inside: string) => resolved(path, inside)
  return {
    path,
    hostPath,
    files: below(hostPath),
    run: isRoot
      ? (command, signal) => runInside(path, hostPath, command, signal)
      : async () => null,
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

const runInside = async (
  root: string,
  hostPath: (path: string) => string,
  command: readonly string[],
  signal: AbortSignal,
) => {
  const [program = '', ...args] = command
  const isThere = PROGRAM_FOLDERS.some((folder) => {
    const path = program.startsWith('/') ? program : `${folder}/${program}`
    return systemFiles.stat(hostPath(path)) !== null
  })
  if (!isThere) return null
  const result = await runProgram(
    ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', SCRIPT, root, program, ...args],
    signal,
  )
  // Without a view of its own nothing is run: it might write.
  return result === null || result.status === NO_VIEW ? null : result
}

const NO_VIEW = 96
const SCRIPT = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit ${NO_VIEW}; exec chroot "$0" "$@"`
const PROGRAM_FOLDERS = [
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
]
const MAX_LINKS = 40
