/** Whether what the disk says is stored really is: the promise of every 250 rests on it. */
import { realpathSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { systemReason } from '../../base/faults.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const fsync: Check<World> = {
  id: 'storage.fsync',
  group: 'storage',
  title: 'What is stored is stored',
  isNetwork: false,
  explain: [
    'findmnt -T DATA_FOLDER',
    '(20 small writes to a file of its own, each with fdatasync)',
  ],
  async look(world, signal) {
    const { dataFolder } = world.loaded.config
    if (world.files.stat(dataFolder) === null)
      return [
        skipped(
          fsync,
          world.status === null
            ? 'there is no data folder yet: start the server once'
            : 'the server runs, and its data folder is gone: see storage.integrity',
        ),
      ]
    const mount = mountOf(
      world.files.read('/proc/self/mountinfo', MOST_MOUNTINFO).toString('utf8'),
      realpathSync(dataFolder),
    )
    const place =
      mount === null
        ? 'an unknown file system'
        : shown(`${mount.type} at ${mount.point} (${mount.source})`)
    const kind = mount === null ? null : (KINDS[mount.type] ?? kindOfName(mount.type))
    if (isTrial(world)) return [skipped(fsync, `this is a server for trying out, on ${place}`)]
    if (kind !== null) return [ofKind(kind, place, dataFolder)]
    const averageMs = await measured(dataFolder, world, signal)
    if (typeof averageMs === 'string')
      return [skipped(fsync, `nothing can be written to the data folder: ${averageMs}`)]
    const evidence = [place, `fdatasync takes ${averageMs.toFixed(3)} ms, on average of ${WRITES}`]
    const figures = { averageMs }
    if (averageMs >= HONEST_MS)
      return [ok(fsync, 'the disk takes its time, as an honest one does', evidence, { figures })]
    return [
      warning(fsync, {
        summary: 'the disk says that it has stored things sooner than any disk can',
        evidence,
        figures,
        meaning: 'When the power fails, mail that was acknowledged may be gone.',
        remedy: [
          step(
            'See what is below the file system',
            `findmnt -T ${quoted(dataFolder)}; lsblk -o NAME,TYPE,MODEL,TRAN`,
          ),
          step(
            'In a virtual machine, let the host write through: cache=none or writethrough, not unsafe',
          ),
          step('Take away eatmydata, nobarrier, or a cache without battery'),
        ],
      }),
    ]
  },
}

type Kind = 'memory' | 'layer' | 'network'

function ofKind(kind: Kind, place: string, dataFolder: string): Finding {
  const evidence = [`${dataFolder} is on ${place}`]
  if (kind === 'memory')
    return failing(fsync, {
      summary: 'all mail is in memory, not on a disk',
      evidence,
      meaning: 'The next start of this machine loses all of it.',
      remedy: [
        step(
          'Move the data folder to a disk: data_folder in the configuration',
          'waybill config show data_folder',
        ),
      ],
    })
  if (kind === 'layer')
    return warning(fsync, {
      summary: 'all mail is in the layer of a container',
      evidence,
      meaning: 'It goes with the container, at its next update.',
      remedy: [
        step('Keep the data folder in a volume', `docker run -v waybill:${quoted(dataFolder)} …`),
      ],
    })
  return warning(fsync, {
    summary: 'the data folder is on a file system of the network',
    evidence,
    meaning: 'SQLite cannot rely on locks and memory maps there: the database can be damaged.',
    remedy: [
      step('Move the data folder to a disk of this machine', 'waybill config show data_folder'),
    ],
  })
}

export interface Mount {
  readonly point: string
  readonly type: string
  readonly source: string
}

/** The mount that a path is on, by proc_pid_mountinfo(5); null when the text tells none. */
export function mountOf(mountinfo: string, path: string): Mount | null {
  let best: Mount | null = null
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ')
    const separator = fields.indexOf('-', 6)
    const [type, source] = separator < 0 ? [] : fields.slice(separator + 1)
    if (type === undefined || source === undefined) continue
    const point = unescaped(fields[4] ?? '')
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`)
    // Of two at the same place the later one covers the other.
    if (isAbove && point.length >= (best?.point.length ?? 0))
      best = { point, type, source: unescaped(source) }
  }
  return best
}

/** `\040` is a space. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/** The average, milliseconds; a text: why it cannot be measured. */
async function measured(
  folder: string,
  world: World,
  signal: AbortSignal,
): Promise<number | string> {
  const path = join(folder, `${OWN_NAME}${process.pid}`)
  let handle: FileHandle
  try {
    await removeAbandoned(folder, world)
    handle = await open(path, 'wx', 0o600)
  } catch (error) {
    return systemReason(error)
  }
  try {
    let sumMs = 0
    for (let at = 0; at < WRITES; at++) {
      signal.throwIfAborted()
      await handle.write(PIECE, 0, PIECE.length, at * PIECE.length)
      const startMs = world.clock.monotonicMs()
      await handle.datasync()
      sumMs += world.clock.monotonicMs() - startMs
    }
    return sumMs / WRITES
  } finally {
    await handle.close()
    await rm(path, { force: true })
  }
}

/** Whoever was killed while it measured left its file. One whose process lives is in use. */
async function removeAbandoned(folder: string, { files }: World): Promise<void> {
  const names = files.list(folder).flatMap(({ name }) => (OWN_FILE.test(name) ? [name] : []))
  for (const name of names) {
    const processId = Number(name.slice(OWN_NAME.length))
    // What has our own id was left by a process before us.
    const isInUse = processId !== process.pid && files.stat(`/proc/${processId}`) !== null
    if (!isInUse) await rm(join(folder, name), { force: true })
  }
}

function kindOfName(type: string): Kind | null {
  return type.startsWith('fuse.') && type !== 'fuse.ext4' ? 'network' : null
}

const KINDS: Readonly<Record<string, Kind>> = {
  tmpfs: 'memory',
  ramfs: 'memory',
  overlay: 'layer',
  aufs: 'layer',
  nfs: 'network',
  nfs4: 'network',
  cifs: 'network',
  smb3: 'network',
  '9p': 'network',
  ceph: 'network',
  glusterfs: 'network',
}
const OWN_NAME = '.doctor-'
const OWN_FILE = /^\.doctor-\d+$/
const PIECE = new Uint8Array(4096).fill(0x77)
const WRITES = 20
/** The fastest drives with a cache that survives a power failure need more. */
const HONEST_MS = 0.05
const MOST_MOUNTINFO = 1024 * 1024
