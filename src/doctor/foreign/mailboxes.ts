/** Where mailboxes are, by the configuration of a server; bounded, however many there are. */
import type { Dirent } from 'node:fs'

import type { DovecotConfig } from './dovecot.ts'
import type { EximConfig } from './exim.ts'
import type { PostfixConfig } from './postfix.ts'
import type { ForeignWorld } from './world.ts'

/** A place as it is configured. */
export interface MailPlace {
  /** Before the first part that differs from user to user. */
  readonly folder: string
  /** Below each home; null: it is no place of homes. */
  readonly belowHome: string | null
  /** The place itself is one mailbox. */
  readonly isOne: boolean
  /** By configuration; null: whoever has it. */
  readonly ownerName: string | null
}

/** One Maildir. */
export interface MailFolder {
  readonly path: string
  /** Whose it has to be; null: whoever has the folder itself. */
  readonly ownerId: number | null
  readonly ownerName: string | null
}

/** `maildir:~/Maildir:INDEX=/var/x`, `maildir:/srv/mail/%d/%n`. */
export function ofDovecot({ settings }: DovecotConfig): MailPlace[] {
  const [driver = '', path = ''] = (settings.get('mail_location') ?? '').split(':')
  if (driver !== 'maildir' && driver !== 'sdbox' && driver !== 'mdbox') return []
  return [placeOf(path.replace(/^%(?:h|\{home\})(?=\/|$)/, '~'), settings.get('mail_uid') ?? null)]
}

/** `home_mailbox = Maildir/`, `virtual_mailbox_base`. */
export function ofPostfix({ value }: PostfixConfig): MailPlace[] {
  const home = value('home_mailbox')
  const base = value('virtual_mailbox_base')
  return [
    ...(home.endsWith('/') ? [placeOf(`~/${home.replace(/\/+$/, '')}`, null)] : []),
    ...(base === '' ? [] : [placeOf(`${base}/%u`, null)]),
  ]
}

/** `directory = /srv/mail/$domain_data/$local_part_data` of transports that make Maildirs. */
export function ofExim({ transports }: EximConfig): MailPlace[] {
  return transports.flatMap(({ options }) => {
    const directory = options.get('directory')
    if (directory === undefined || options.get('maildir_format') !== 'true') return []
    return [placeOf(directory.replace(/^\$\{?home\}?/, '~'), options.get('user') ?? null)]
  })
}

function placeOf(path: string, owner: string | null): MailPlace {
  const ownerName = owner !== null && /^[\w.-]+$/.test(owner) ? owner : null
  const fixed = path.split(/[%$]/)[0] ?? ''
  if (path.startsWith('~/'))
    return { folder: '/home', belowHome: fixed.slice(1), isOne: false, ownerName }
  const isOne = fixed === path
  const folder = isOne ? path.replace(/\/+$/, '') : fixed.slice(0, fixed.lastIndexOf('/'))
  return { folder: folder || '/', belowHome: null, isOne, ownerName }
}

/** Those that are there. */
export function mailFolders(world: ForeignWorld, places: readonly MailPlace[]): MailFolder[] {
  return places.flatMap((place) => foldersOf(world, place)).slice(0, MOST_MAILBOXES)
}

function foldersOf({ files, accounts }: ForeignWorld, place: MailPlace): MailFolder[] {
  const { folder, belowHome, isOne, ownerName } = place
  if (belowHome !== null)
    return [...accounts.values()].flatMap(({ home, userId, name }) => {
      const path = `${home}${belowHome}`
      const isPerson = userId >= FIRST_PERSON && userId < NOBODY
      return isPerson && files.stat(path) !== null
        ? [{ path, ownerId: userId, ownerName: name }]
        : []
    })
  const named = ownerName === null ? undefined : accounts.get(ownerName)
  const owner = { ownerId: named?.userId ?? null, ownerName: named?.name ?? null }
  if (files.stat(folder) === null) return []
  if (isOne) return [{ path: folder, ...owner }]
  const found: MailFolder[] = []
  walk(
    folder,
    0,
    (path, entries) => {
      const names = new Set(entries.map(({ name }) => name))
      const isMaildir = names.has('cur') || names.has('new')
      if (isMaildir) found.push({ path, ...owner })
      return !isMaildir && found.length < MOST_MAILBOXES
    },
    files,
  )
  return found
}

interface Cache {
  readonly path: string
  readonly octets: number
}

/** Files `dovecot.index.cache` in mailboxes and in the folders below them. */
export function indexCaches(
  { files }: ForeignWorld,
  folders: readonly MailFolder[],
  signal: AbortSignal,
): { readonly caches: readonly Cache[]; readonly folders: number } {
  const caches: Cache[] = []
  let looked = 0
  for (const { path } of folders)
    walk(
      path,
      0,
      (at, entries) => {
        looked++
        if (entries.some(({ name }) => name === 'dovecot.index.cache')) {
          const file = `${at}/dovecot.index.cache`
          caches.push({ path: file, octets: Number(files.stat(file)?.size ?? 0n) })
        }
        return looked < MOST_FOLDERS && !signal.aborted
      },
      files,
    )
  return { caches, folders: looked }
}

/** @param enter  whether to go on below; messages themselves are never looked at */
function walk(
  path: string,
  depth: number,
  enter: (path: string, entries: readonly Dirent[]) => boolean,
  files: ForeignWorld['files'],
): void {
  if (depth > MAX_DEPTH) return
  let entries: readonly Dirent[]
  try {
    entries = files.list(path)
  } catch {
    // Not for us to read, or gone meanwhile.
    return
  }
  if (!enter(path, entries)) return
  for (const entry of entries)
    if (entry.isDirectory() && !MESSAGES.has(entry.name))
      walk(`${path}/${entry.name}`, depth + 1, enter, files)
}

const MESSAGES: ReadonlySet<string> = new Set(['cur', 'new', 'tmp'])
const FIRST_PERSON = 1_000
const NOBODY = 65_534
const MAX_DEPTH = 6
const MOST_MAILBOXES = 2_000
const MOST_FOLDERS = 20_000
