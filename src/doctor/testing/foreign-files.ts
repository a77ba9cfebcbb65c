/** Other servers by their files alone, as somebody without rights sees them, on any machine. */
import { chmodSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

import { makeTempFolder } from '../../../test/support/temp-folder.ts'
import { systemClock } from '../../base/clock.ts'
import { fakeResolver, type Zone } from '../../dns/fake.ts'
import { UTC } from '../../journal/zone.ts'
import { openForeign } from '../foreign/open.ts'
import type { ForeignWorld } from '../foreign/world.ts'
import type { ProgramResult } from '../outside.ts'

/** By path in the root. */
type ByPath<T> = Readonly<Record<string, T>>

export interface ForeignGiven {
  readonly files?: ByPath<string>
  readonly modes?: ByPath<number>
  /** Of files that are longer than what stands in them. */
  readonly sizes?: ByPath<number>
  /** What programs of it say, by the command line; no other program is there. */
  readonly programs?: ByPath<Partial<ProgramResult>>
  readonly zone?: Zone
  /** Of a disk of 100 GB; default: half of it. */
  readonly freeOctets?: number
  /** It is the root of this machine, where servers run; default: another one. */
  readonly isHere?: boolean
}

/** A folder with these files, until the test ends. */
export function folderOf(t: TestContext, files: ByPath<string>): string {
  const folder = makeTempFolder()
  t.after(() => folder[Symbol.dispose]())
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true })
    writeFileSync(join(folder.path, path), text)
  }
  return folder.path
}

export function foreignWorld(t: TestContext, given: ForeignGiven): ForeignWorld {
  const { files = {}, modes = {}, sizes = {}, programs = {}, zone = {}, freeOctets = 5e10 } = given
  const root = folderOf(t, files)
  for (const [path, octets] of Object.entries(sizes)) truncateSync(join(root, path), octets)
  for (const [path, mode] of Object.entries(modes)) chmodSync(join(root, path), mode)
  const world = openForeign({
    ...{ root, servers: ['exim', 'postfix', 'dovecot'], clock: systemClock, zone: UTC },
    resolver: fakeResolver(zone),
  })
  const space = () => ({ totalOctets: 1e11, freeOctets, totalInodes: 0, freeInodes: 0 })
  // Whoever opened it bound the settings that are read to the world as it was.
  return Object.assign(world, {
    files: { ...world.files, space },
    root: given.isHere === true ? '/' : root,
    async run(command: readonly string[]): Promise<ProgramResult | null> {
      const said = programs[command.join(' ')]
      return said === undefined ? null : { status: 0, out: '', errors: '', ...said }
    },
  })
}
