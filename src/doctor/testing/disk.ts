/** What lies on disks, and how large they are. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { insertBlob } from '../../store/blobs.ts'
import { systemFiles } from '../reach/files.ts'
import type { World } from '../world.ts'
import type { DataFolder } from './data-folder.ts'

/** Files as they are, but this is a disk of another size. */
export function onDisk(space: Partial<ReturnType<typeof systemFiles.space>>): Partial<World> {
  return { files: { ...systemFiles, space: (path) => ({ ...systemFiles.space(path), ...space }) } }
}

/** Files as they are, but this kind of file system is below them. */
export function onFileSystem(type: string): Partial<World> {
  const text = `27 1 254:0 / / rw,relatime - ${type} /dev/vda rw\n`
  return { files: { ...systemFiles, read: () => Buffer.from(text) } }
}

/** The clock of a disk that takes its time: one millisecond from each look to the next. */
export function ticking(): () => number {
  let nowMs = 0
  return () => nowMs++
}

/** A large message of 70000 octets, whose file has these. @returns the file */
export function keepBlob(folder: DataFolder, octets: string): string {
  const file = `abcd${'0'.repeat(60)}-${'1'.repeat(8)}`
  const path = join(folder.path, 'blobs/ab/cd', file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, octets)
  folder.change((store) =>
    store.transact(
      'write',
      insertBlob({
        ...{ hash: new Uint8Array(32), sizeOctets: 70_000, createdMs: 0, skeleton: '' },
        ...{ octets: null, file },
      }),
    ),
  )
  return path
}
