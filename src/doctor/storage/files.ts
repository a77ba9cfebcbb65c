/** What lies beside the database, and may be moved away below a running server: the key file, and folders. */
import { basename, dirname, join } from 'node:path'

import { counted } from '../../base/counted.ts'
import { one, type Steps } from '../../db/statement.ts'
import { openSecrets } from '../../directory/check-secrets.ts'
import { KEY_FILE } from '../../directory/sealed.ts'
import { shown } from '../shown.ts'
import { failing, ok, step } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Check, Finding, Step } from '../types.ts'
import { withoutStore } from '../without-store.ts'
import type { World } from '../world.ts'
import { asOwner } from './database.ts'

export const files: Check<World> = {
  id: 'storage.files',
  group: 'storage',
  title: 'The key file and the folders of mail',
  isNetwork: false,
  explain: [
    'ls -ld DATA_FOLDER/key DATA_FOLDER/tmp DATA_FOLDER/blobs',
    '(whether each secret in the database opens with the key file)',
  ],
  async look(world) {
    if (world.store === null && world.status === null) return [withoutStore(files, world)]
    const found = [key(world), tmp(world), blobs(world)].filter((one) => one !== null)
    if (found.length > 0) return found
    const secrets = world.store?.run(secretCount()) ?? 0
    return [
      ok(files, 'all that belongs beside the database is there', [
        secrets === 0
          ? 'no secret in the database needs a key file yet'
          : `${counted(secrets, 'secret')} in the database ${secrets === 1 ? 'opens' : 'open'} with the key file`,
        world.status === null
          ? 'no server runs: it makes its folders when it starts'
          : `tmp and blobs are in ${world.loaded.config.dataFolder}`,
      ]),
    ]
  },
}

/** Null: it is there, or nothing needs it. Who may read it is for configuration.modes to say. */
function key({ store, loaded, files: seen }: World): Finding | null {
  const { dataFolder } = loaded.config
  if (store === null) return null
  const [wrong, ...more] = openSecrets({ read: (steps) => store.run(steps) }, dataFolder)
  if (wrong === undefined) return null
  const path = join(dataFolder, KEY_FILE)
  const count = store.run(secretCount())
  return failing(files, {
    subject: KEY_FILE,
    summary:
      seen.stat(path) === null
        ? `the key file is gone, and ${counted(count, 'secret')} in the database ${count === 1 ? 'needs' : 'need'} it`
        : 'the key file does not open what is in the database',
    evidence: [wrong, ...more].slice(0, MOST_SHOWN).map((text) => shown(text)),
    meaning:
      'A server that has read it goes on with it until it ends. After the next start it can log in at no relay and sign no mail: that waits.',
    remedy: [
      renamed(dataFolder),
      step(`Else put it back from a backup of the data folder, as ${path}`),
      step('If there is none, set what it protected anew', 'waybill relay list'),
      step('And the keys that sign mail', 'waybill dkim rotate --help'),
    ],
  })
}

/** Null: it is there, or the next start makes it. */
function tmp(world: World): Finding | null {
  const { dataFolder } = world.loaded.config
  const path = join(dataFolder, 'tmp')
  if (world.status === null || isFolder(world, path)) return null
  return failing(files, {
    subject: 'tmp',
    summary: 'the server runs, and its folder for mail that comes in is gone',
    evidence: [`${path} is not there, or no folder; process ${world.status.processId} runs`],
    meaning: 'Large mail is put off, and senders try again for days. Nothing is lost yet.',
    remedy: [
      ...made(world, path, 'Make it again: the server need not be started anew'),
      step('See that it is whose the others are', `ls -la ${quoted(dataFolder)}`),
    ],
  })
}

/** Null: it is there, or nothing is in it and the next start makes it. */
function blobs(world: World): Finding | null {
  const { store, status, loaded } = world
  const { dataFolder } = loaded.config
  const path = join(dataFolder, 'blobs')
  if (isFolder(world, path)) return null
  const inUse = store?.run(fileCount()) ?? 0
  if (status === null && inUse === 0) return null
  const evidence = [
    `${path} is not there, or no folder`,
    `the newest messages have ${counted(inUse, 'file')} in it`,
  ]
  if (inUse === 0)
    return failing(files, {
      subject: 'blobs',
      summary: 'the server runs, and its folder of large mail is gone',
      evidence,
      meaning:
        'Large mail may be put off, and senders try again for days. Older large mail, if there is any, cannot be read.',
      remedy: [renamed(dataFolder), ...made(world, path, 'Else make it again')],
    })
  return failing(files, {
    subject: 'blobs',
    summary: 'the folder of large mail is gone, with the mail in it',
    evidence,
    figures: { files: inUse },
    meaning: 'Large mail cannot be read, nor sent on, until it is back.',
    remedy: [
      renamed(dataFolder),
      step('Where the server has made a new one meanwhile, add its files: no two have one name'),
      step('Else put it back from a backup, as the guide says: Operate, Backup and restore'),
      step('Then see whether all is there', `waybill check --data ${quoted(dataFolder)}`),
    ],
  })
}

function renamed(dataFolder: string): Step {
  return step(
    'See whether it was renamed, and give it its name back',
    `ls -la ${quoted(dataFolder)}`,
  )
}

function isFolder({ files: seen }: World, path: string): boolean {
  return seen.stat(path)?.isDirectory() === true
}

/** Its name may be taken: by a file, or by a link that leads nowhere. */
function made(world: World, path: string, text: string): Step[] {
  const as = asOwner(world)
  const isTaken = world.files.list(dirname(path)).some(({ name }) => name === basename(path))
  const away = step(
    'Something that is no folder has its name: give it another',
    `${as}mv ${quoted(path)} ${quoted(`${path}.was`)}`,
  )
  return [...(isTaken ? [away] : []), step(text, `${as}mkdir -m 700 ${quoted(path)}`)]
}

/** Retired keys have none. */
function* secretCount(): Steps<number> {
  const row = yield* one<{ count: number }>(
    `SELECT (SELECT count(*) FROM relay WHERE password IS NOT NULL)
       + (SELECT count(*) FROM dkim_key WHERE length(private_key) > 0) AS count`,
  )
  return row?.count ?? 0
}

/** Of a bounded number of messages, the newest. */
function* fileCount(): Steps<number> {
  const row = yield* one<{ count: number }>(
    'SELECT count(file) AS count FROM (SELECT file FROM blob ORDER BY id DESC LIMIT 50000)',
  )
  return row?.count ?? 0
}

const MOST_SHOWN = 5
