/** Room for the spool; index caches that are too large to be opened; mailboxes that nobody can write to. */
import type { BigIntStats } from 'node:fs'

import { counted } from '../../base/counted.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import { quoted } from '../in-command.ts'
import { octetsWords } from '../words.ts'
import { modeText } from './accounts.ts'
import type { ForeignCheck, Part as ServerPart } from './check.ts'
import { type DovecotConfig, sizeOf } from './dovecot.ts'
import {
  indexCaches,
  mailFolders,
  type MailFolder,
  ofDovecot,
  ofExim,
  ofPostfix,
} from './mailboxes.ts'
import type { ForeignWorld, Known } from './world.ts'

const DISK = {
  id: 'storage.disk',
  group: 'storage',
  title: 'Room for the queue and mailboxes',
  isNetwork: false,
} as const

export const disk: ForeignCheck = {
  ...DISK,
  parts: {
    exim: room(({ spool }) => spool),
    postfix: room(({ value }) => value('queue_directory')),
    dovecot: room((config) => ofDovecot(config)[0]?.folder ?? '/var/mail'),
  },
}

function room<Config extends Known>(folderOf: (config: Config) => string): ServerPart<Config> {
  return {
    explain: ['df FOLDER', 'df -i FOLDER'],
    look: (config, { files }) => {
      const wanted = folderOf(config)
      const folder = files.stat(wanted) === null ? '/' : wanted
      const { totalOctets, freeOctets, totalInodes, freeInodes } = files.space(folder)
      const used = totalOctets === 0 ? 0 : Math.round(100 * (1 - freeOctets / totalOctets))
      const inodes = totalInodes === 0 ? 0 : Math.round(100 * (1 - freeInodes / totalInodes))
      const evidence = [
        `${folder}: ${octetsWords(freeOctets)} free, ${used} % used`,
        `${inodes} % of the inodes are used`,
      ]
      const figures = { usedPercent: used, inodesPercent: inodes }
      const isFull = used >= FULL_PERCENT || inodes >= FULL_PERCENT
      if (used < MUCH_PERCENT && inodes < MUCH_PERCENT)
        return [ok(DISK, `${octetsWords(freeOctets)} are free`, evidence, { figures })]
      const trouble = {
        summary: isFull ? 'the disk is full' : 'the disk is nearly full',
        evidence,
        figures,
        meaning: 'When it is full, mail is refused or put off, and nothing can be filed.',
        remedy: [
          step('See what takes the room', 'du -xh --max-depth=2 /var | sort -h | tail'),
          step('Delete what is not needed, or make the disk larger'),
        ],
      }
      return [isFull ? failing(DISK, trouble) : warning(DISK, trouble)]
    },
  }
}

const CACHE = {
  id: 'storage.index-cache',
  group: 'storage',
  title: 'Large index caches',
  isNetwork: false,
} as const

export const indexCache: ForeignCheck = {
  ...CACHE,
  parts: {
    dovecot: {
      explain: ['doveconf default_vsz_limit', 'find MAIL -name dovecot.index.cache -size +100M'],
      look: lookAtCaches,
    },
  },
}

function lookAtCaches(
  config: DovecotConfig,
  world: ForeignWorld,
  signal: AbortSignal,
): readonly Finding[] {
  const given =
    config.settings.get('service imap/vsz_limit') ??
    config.settings.get('default_vsz_limit') ??
    '256M'
  const limit = sizeOf(given) ?? sizeOf('256M') ?? 0
  const folders = mailFolders(world, ofDovecot(config))
  const { caches, folders: looked } = indexCaches(world, folders, signal)
  const large = limit === 0 ? [] : caches.filter(({ octets }) => octets >= limit * NEAR)
  if (large.length === 0)
    return looked === 0
      ? [skipped(CACHE, 'no mailbox was found where the configuration says')]
      : [
          ok(CACHE, 'every index cache fits into the memory of a process', [
            `${caches.length} in ${counted(looked, 'folder')}; vsz_limit ${given}`,
          ]),
        ]
  return large.slice(0, MOST_SHOWN).map(({ path, octets }) =>
    (octets >= limit ? failing : warning)(CACHE, {
      subject: shown(path),
      summary:
        octets >= limit
          ? 'an index cache is larger than the memory that a process may have'
          : 'an index cache is nearly as large as the memory that a process may have',
      evidence: [shown(`${path}: ${octetsWords(octets)}`), `vsz_limit of service imap: ${given}`],
      figures: { octets, limitOctets: limit },
      meaning:
        'The process ends ("Out of memory", "mmap failed: Cannot allocate memory"): this mailbox opens slowly or not at all.',
      remedy: [
        step(
          'Give processes more: service imap { vsz_limit = 1G } in /etc/dovecot/conf.d/10-master.conf',
          'doveadm reload',
        ),
        step(
          'Or make the cache anew; nothing but speed is lost',
          `mv ${quoted(path)} ${quoted(`${path}.old`)}`,
        ),
      ],
    }),
  )
}

const MAILDIR = {
  id: 'storage.maildir',
  group: 'storage',
  title: 'Owners and modes of mailboxes',
  isNetwork: false,
} as const

export const maildir: ForeignCheck = {
  ...MAILDIR,
  parts: {
    exim: {
      explain: ['ls -ld MAILDIR MAILDIR/cur MAILDIR/new MAILDIR/tmp'],
      look: (config, world) => lookAtMailboxes(mailFolders(world, ofExim(config)), world),
    },
    postfix: {
      explain: ['ls -ld ~USER/Maildir ~USER/Maildir/*'],
      look: (config, world) => lookAtMailboxes(mailFolders(world, ofPostfix(config)), world),
    },
    dovecot: {
      explain: ['doveconf mail_location', 'ls -ld MAIL MAIL/cur MAIL/new MAIL/tmp'],
      look: (config, world) => lookAtMailboxes(mailFolders(world, ofDovecot(config)), world),
    },
  },
}

function lookAtMailboxes(folders: readonly MailFolder[], world: ForeignWorld): readonly Finding[] {
  if (folders.length === 0)
    return [skipped(MAILDIR, 'no Maildir was found where the configuration says')]
  const findings = folders.flatMap((folder) => mailboxTrouble(folder, world)).slice(0, MOST_SHOWN)
  if (findings.length > 0) return findings
  return [
    ok(MAILDIR, 'mailboxes are whole, and of their owners', [
      `${folders.length} looked at, such as ${shown(folders[0]?.path ?? '')}`,
    ]),
  ]
}

function mailboxTrouble(folder: MailFolder, { files, accounts }: ForeignWorld): Finding[] {
  const { path } = folder
  const root = files.stat(path)
  if (root === null) return []
  const at = (name: string) => ({ part: `${path}${name}`, found: files.stat(`${path}${name}`) })
  const parts = ['', '/cur', '/new', '/tmp'].map(at)
  const entries = files.list(path).slice(0, MOST_ENTRIES)
  const others = entries.map(({ name }) => at(`/${name}`))
  const owner = folder.ownerId ?? Number(root.uid)
  const named = [...accounts.values()].find(({ userId }) => userId === owner)
  const name = folder.ownerName ?? named?.name ?? String(owner)
  return [
    missingParts(path, name, parts),
    strangeParts(path, name, owner, [...parts, ...others]),
    wrongModes(path, parts),
  ].filter((one) => one !== null)
}

interface Part {
  readonly part: string
  readonly found: BigIntStats | null
}

function missingParts(path: string, name: string, parts: readonly Part[]): Finding | null {
  const missing = parts.filter(({ found }) => found === null).map(({ part }) => part)
  if (missing.length === 0) return null
  return failing(MAILDIR, {
    subject: shown(path),
    summary: 'a folder of the Maildir is missing',
    evidence: missing.map((part) => shown(`${part} is not there`)),
    meaning: NOT_FILED,
    remedy: [
      step('Make it', `install -d -m 0700 -o ${quoted(name)} ${missing.map(quoted).join(' ')}`),
    ],
  })
}

function strangeParts(
  path: string,
  name: string,
  owner: number,
  parts: readonly Part[],
): Finding | null {
  const strange = parts.flatMap(({ part, found }) =>
    found === null || Number(found.uid) === owner ? [] : [`${part}: user ${found.uid}`],
  )
  if (strange.length === 0) return null
  return failing(MAILDIR, {
    subject: shown(path),
    summary: `what is in the mailbox of ${name} belongs to somebody else`,
    evidence: [...new Set(strange)].slice(0, MOST_SHOWN).map((line) => shown(line)),
    meaning: NOT_FILED,
    remedy: [step('Give it back to its owner', `chown -R ${quoted(name)} ${quoted(path)}`)],
  })
}

function wrongModes(path: string, parts: readonly Part[]): Finding | null {
  const wrong = parts.flatMap(({ part, found }) => {
    const mode = Number(found?.mode ?? 0o700n)
    return (mode & 0o002) !== 0 || (mode & 0o700) !== 0o700 ? [{ part, mode }] : []
  })
  if (wrong.length === 0) return null
  return failing(MAILDIR, {
    subject: shown(path),
    summary: 'the modes of the mailbox are wrong',
    evidence: wrong.map(({ part, mode }) => shown(`${part}: mode ${modeText(mode)}`)),
    meaning: `${NOT_FILED} Or everybody can write to it.`,
    remedy: [step('Set them', `chmod 0700 ${wrong.map(({ part }) => quoted(part)).join(' ')}`)],
  })
}

const NOT_FILED =
  'Mail cannot be filed there, or not be read: it waits in the queue, and goes back in the end.'
const FULL_PERCENT = 98
const MUCH_PERCENT = 90
const NEAR = 0.8
const MOST_SHOWN = 5
const MOST_ENTRIES = 500
