/** Who may read and change what the server keeps, and whose it is. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { dropFolderOf } from '../../control/drop-folder.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import { isTrial } from '../places.ts'
import type { Check, Finding } from '../types.ts'
import type { World } from '../world.ts'

export const modes: Check<World> = {
  id: 'configuration.modes',
  group: 'configuration',
  title: 'Who may read what the server keeps',
  isNetwork: false,
  explain: [
    '(owner and mode of the data folder, the files in it and of the log, the drop folder and the configuration)',
  ],
  async look(world) {
    const { files, loaded } = world
    const { dataFolder } = loaded.config
    if (files.stat(dataFolder) === null)
      return [skipped(modes, `there is no data folder yet: ${dataFolder}`)]
    const seen = thingsOf(world).flatMap((thing) => {
      const stat = files.stat(thing.path)
      return stat === null ? [] : [{ ...thing, mode: Number(stat.mode & 0o7777n), owner: stat.uid }]
    })
    const owner = files.stat(dataFolder)?.uid ?? 0n
    const found = [
      ...seen.flatMap((one) => tooOpen(one)),
      ...foreign(
        seen.filter(({ isServers }) => isServers),
        owner,
        dataFolder,
      ),
      ...openParent(world),
    ]
    if (found.length > 0) return found
    const evidence = seen.slice(0, 4).map(({ path, mode }) => `${octal(mode)} ${path}`)
    const what = seen.length === 1 ? 'the data folder is' : `${seen.length} files and folders are`
    return [ok(modes, `${what} the server’s alone`, evidence)]
  },
}

interface Thing {
  readonly path: string
  readonly what: string
  /** The mode it should have; what others may do beyond it is too much. */
  readonly wanted: number
  readonly meaning: string
  /** The server makes it, and it must be its own. */
  readonly isServers: boolean
  /** It lies in the data folder; a link there is followed by no change. */
  readonly isInside?: boolean
  readonly isLink?: boolean
}

type Seen = Thing & { readonly mode: number; readonly owner: bigint }

function thingsOf({ files, loaded }: World): readonly Thing[] {
  const { config, file } = loaded
  const { dataFolder } = config
  const own = { isServers: true }
  const secret = 'Other users of this machine could read mail and passwords’ hashes.'
  const inside = [dataFolder, join(dataFolder, 'log')].flatMap((folder) =>
    files.mayRead(folder)
      ? files.list(folder).map((entry) => ({ entry, path: join(folder, entry.name) }))
      : [],
  )
  const drop = dropFolderOf(config)
  return [
    { path: dataFolder, what: 'the data folder', wanted: 0o700, meaning: secret, ...own },
    ...inside
      .filter(({ entry }) => !entry.isSocket())
      .map(({ entry, path }) => ({
        path,
        ...(entry.name === 'key' ? KEY : INSIDE),
        ...own,
        ...{ isInside: true, isLink: entry.isSymbolicLink() },
      })),
    ...(drop === null
      ? []
      : [{ path: drop, what: 'the drop folder', wanted: 0o1733, meaning: DROP, ...own }]),
    ...(file === null
      ? []
      : [
          {
            path: file,
            what: 'the configuration',
            wanted: hasSecrets(loaded.config) ? 0o640 : 0o644,
            meaning: hasSecrets(loaded.config)
              ? 'There are addresses of webhooks in it, which are secrets: others could write there in your name.'
              : 'Whoever changes it decides what the server does, as which user, and where mail goes.',
            isServers: false,
          },
        ]),
  ]
}

function tooOpen(thing: Seen): Finding[] {
  const { path, what, mode, wanted, meaning, isInside = false, isLink = false } = thing
  if ((mode & ~wanted & 0o7777) === 0) return []
  const [has, should] = [octal(mode), octal(wanted)]
  const trouble = {
    subject: path,
    summary: `others may do too much with ${what}: its mode is ${has}`,
    evidence: [`${has} ${path}; it should be ${should}`],
    meaning,
    remedy: [step('Take that away', `chmod ${should} ${quoted(path)}`)],
    // Where it leads is for somebody else to judge, who may not be the one who made it.
    fix: isLink
      ? null
      : {
          what: `set the mode of ${path} to ${should}`,
          apply: async () => await lessen(path, wanted, isInside),
        },
  }
  // Others can change it: whoever wants to is the server already.
  return [(mode & ~wanted & 0o022) === 0 ? warning(modes, trouble) : failing(modes, trouble)]
}

/**
 * Only less than before: what was not allowed stays so.
 * @param isInside  others could have put a link in its place meanwhile, and it changes nothing else
 */
async function lessen(path: string, wanted: number, isInside: boolean): Promise<void> {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants
  await using file = await open(path, O_RDONLY | O_NONBLOCK | (isInside ? O_NOFOLLOW : 0))
  await file.chmod((await file.stat()).mode & wanted)
}

/** What a command run as another user left behind: the server cannot write it. */
function foreign(seen: readonly Seen[], owner: bigint, dataFolder: string): Finding[] {
  const strange = seen.filter((one) => one.owner !== owner)
  if (strange.length === 0) return []
  return [
    failing(modes, {
      subject: 'owner',
      summary: `${counted(strange.length, 'file')} of the server ${strange.length === 1 ? 'belongs' : 'belong'} to somebody else`,
      evidence: [
        `${dataFolder} belongs to user ${owner}`,
        ...strange.slice(0, 5).map(({ path, owner: whose }) => `${path} belongs to user ${whose}`),
      ],
      meaning: 'The server may not write them: it does not start, or takes no mail.',
      remedy: [
        step(
          'Give them to the server, as root',
          `chown -R --reference=${quoted(dataFolder)} ${quoted(dataFolder)}`,
        ),
      ],
    }),
  ]
}

/** Where anybody may rename the folder, it can be put in the place of another. */
function openParent({ files, loaded }: World): Finding[] {
  const parent = dirname(loaded.config.dataFolder)
  const mode = Number((files.stat(parent)?.mode ?? 0n) & 0o7777n)
  const isSticky = (mode & 0o1000) !== 0
  if ((mode & 0o002) === 0 || isSticky) return []
  return [
    failing(modes, {
      subject: parent,
      summary: 'everybody may rename and replace the data folder',
      evidence: [`${octal(mode)} ${parent}`],
      meaning:
        'Any user of this machine could put another folder in its place, with accounts of their own.',
      remedy: [step('Take that away', `chmod o-w ${quoted(parent)}`)],
    }),
  ]
}

/** Is the server root, which it need not be once its ports are open. */
export const user: Check<World> = {
  id: 'configuration.user',
  group: 'configuration',
  title: 'The user that the server is',
  isNetwork: false,
  explain: ['(owner of /proc/PID of the server)', 'waybill config show user'],
  async look(world) {
    const { files, loaded, status } = world
    if (status === null) return [skipped(user, 'no server runs: see services.running')]
    const owner = files.stat(`/proc/${status.processId}`)?.uid
    if (owner === undefined)
      return [skipped(user, 'the process of the server is not to be seen from here')]
    const evidence = [
      `process ${status.processId} is of user ${owner}`,
      `user in the configuration: ${loaded.config.user ?? 'none'}`,
    ]
    if (owner !== 0n || isTrial(world)) return [ok(user, 'it is not root', evidence)]
    const { dataFolder } = loaded.config
    return [
      warning(user, {
        summary: 'the server runs as root',
        evidence,
        meaning: 'If a stranger ever finds a hole in it, the whole machine is theirs.',
        remedy: [
          step(
            'Make a user for it',
            `useradd --system --home-dir ${quoted(dataFolder)} --shell /usr/sbin/nologin waybill`,
          ),
          step('Stop it, and give that user the data', `chown -R waybill: ${quoted(dataFolder)}`),
          step('Write user = "waybill" in the configuration, and start it again'),
        ],
      }),
    ]
  },
}

/** The address of a webhook lets whoever knows it write there. */
function hasSecrets({ alerts }: World['loaded']['config']): boolean {
  return alerts.webhooks.length > 0 || alerts.pingUrl !== null
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

const KEY = {
  what: 'the key that opens stored passwords',
  wanted: 0o600,
  meaning:
    'Whoever has it, and a copy of mail.db, has the passwords of relays and the keys that sign mail.',
}
/** The folder keeps others out already. */
const INSIDE = {
  what: 'what is in the data folder',
  wanted: 0o755,
  meaning: 'Whoever changes it changes mail and accounts.',
}
const DROP = 'Users could see, change or delete what others left there.'
