/** Roots with real servers that bench/peers.sh made, to be changed by a test: what it writes is gone after it. */
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'

export interface ForeignRoot {
  readonly path: string
  /** @param owner  as chown takes it, with names of the root; default: whoever has it already, or root */
  write(path: string, text: string, mode?: number, owner?: string): void
  append(path: string, text: string): void
  replace(path: string, from: string | RegExp, to: string): void
  read(path: string): string
  remove(path: string): void
  /** Runs a program in it. */
  run(...command: readonly string[]): string
  /** Everything that was written in this copy, with times and owners. */
  written(): string
  /** Last changed so long ago. */
  age(path: string, hours: number): void
}

const PEERS = process.env['WAYBILL_PEERS'] ?? join(homedir(), '.cache/waybill-anchors')

/** Why these roots cannot be used here; false: they can. */
export function withoutRoots(): string | false {
  if (process.getuid?.() !== 0) return 'only root can mount a copy of another root'
  for (const name of [
    'exim/usr/sbin/exim4',
    'postfix/usr/sbin/postfix',
    'postfix/usr/sbin/dovecot',
  ])
    if (!existsSync(join(PEERS, name)))
      return `${join(PEERS, name)} is missing: bench/peers.sh install`
  if (!existsSync(join(PEERS, 'postfix/etc/dovecot/dovecot.conf')))
    return 'the roots have no configuration: bench/peers.sh start, and stop'
  return canMount()
}

function canMount(): string | false {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
    return readFileSync('/proc/filesystems', 'utf8').includes('overlay')
      ? false
      : 'this kernel has no overlay file system'
  } catch {
    return 'this machine lets nobody mount'
  }
}

/** Layers over the roots of these names, the first above. Without the logs that benchmarks left there. */
export function foreignRoot(t: TestContext, names: readonly string[]): ForeignRoot {
  const folder = makeTempFolder()
  const [path, upper, work] = ['root', 'upper', 'work'].map((one) => join(folder.path, one)) as [
    string,
    string,
    string,
  ]
  for (const one of [path, upper, work]) mkdirSync(one)
  const lower = names.map((name) => join(PEERS, name)).join(':')
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, path])
  t.after(() => {
    execFileSync('umount', [path])
    folder[Symbol.dispose]()
  })
  const at = (inside: string) => join(path, inside)
  const root: ForeignRoot = {
    path,
    write(inside, text, mode, owner) {
      mkdirSync(dirname(at(inside)), { recursive: true })
      writeFileSync(at(inside), text)
      if (mode !== undefined) execFileSync('chmod', [mode.toString(8), at(inside)])
      if (owner !== undefined) root.run('chown', owner, inside)
    },
    append: (inside, text) => appendFileSync(at(inside), text),
    replace(inside, from, to) {
      const text = root.read(inside)
      const changed = text.replace(from, () => to)
      if (changed === text) throw new Error(`${inside} has no ${from}`)
      writeFileSync(at(inside), changed)
    },
    read: (inside) => readFileSync(at(inside), 'utf8'),
    remove: (inside) => rmSync(at(inside), { recursive: true, force: true }),
    run: (...command) => execFileSync('chroot', [path, ...command], { stdio: 'pipe' }).toString(),
    // Not of the root as a whole: its servers may run meanwhile.
    written: () => execFileSync('ls', ['-lR', '--time-style=full-iso', upper]).toString(),
    age(inside, hours) {
      const then = Date.now() / 1000 - hours * 3600
      utimesSync(at(inside), then, then)
    },
  }
  for (const log of LOGS) if (existsSync(at(log))) root.remove(log)
  return root
}

const LOGS = [
  ...['/var/log/exim4/mainlog', '/var/log/exim4/paniclog', '/var/log/exim4/rejectlog'],
  ...['/var/log/postfix.log', '/var/log/dovecot.log'],
]
