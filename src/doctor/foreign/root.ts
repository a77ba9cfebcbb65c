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

/**
 * Follows links as in the root: an absolute one begins there, and none leads out.
 * @throws ELOOP when there are more of them than the system would follow, which then goes on by itself
 */
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
    const target = linkTarget(join(root, ...found, name))
    if (target === null) {
      found.push(name)
      continue
    }
    if (++links > MAX_LINKS) throw tooManyLinks(path)
    if (target.startsWith('/')) found.length = 0
    waiting.push(...target.split('/').toReversed())
  }
  return join(root, ...found)
}

function tooManyLinks(path: string): Error {
  const error = new Error(`ELOOP: too many symbolic links encountered, '${path}'`)
  return Object.assign(error, { code: 'ELOOP' })
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
  const isHere = root === '/'
  const view = ['unshare', '--mount', '--propagation', 'private', ...(isHere ? [] : ALONE)]
  const script = ['sh', '-c', isHere ? HERE : BELOW, root]
  const result = await runProgram([...view, ...script, program, ...args], signal)
  return result === null || result.status === NO_VIEW || NOT_ALLOWED.test(result.errors)
    ? NO_VIEW
    : result
}

const NO_VIEW = 96
/** To read what is there as any user of it, as servers do when they start. */
const RIGHTS_BELOW = '-all,+dac_override,+dac_read_search,+setuid,+setgid,+sys_chroot'
/** Not `--net`: without the addresses of the machine Postfix takes its configuration for wrong. */
const ALONE = ['--pid', '--fork', '--kill-child', '--ipc']

/** What unshare itself says where a container forbids it. */
const NOT_ALLOWED = /^unshare: .*(?:not permitted|failed)/
/**
 * Whoever made the root chose its programs: they get no way back out of it. The root is put over `/`,
 * its devices are none, and what of root's rights could mount or trace is given up.
 */
const BELOW = `command -v setpriv >/dev/null || exit ${NO_VIEW}
cd "$0" && mount --bind . . && cd "$0" && mount -o remount,bind,ro,nodev . || exit ${NO_VIEW}
[ -c dev/null ] && [ ! -L dev ] && [ ! -L dev/null ] && mount --bind /dev/null dev/null
mount --move . / || exit ${NO_VIEW}
exec setpriv --no-new-privs --inh-caps=-all --bounding-set=${RIGHTS_BELOW} chroot . "$@"`
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
