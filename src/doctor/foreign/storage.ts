/** Room for the spool; index caches that are too large to be opened; mailboxes that nobody can write to. */
import { failing, ok, skipped, step, warning } from '../findings.ts'
import type { Finding } from '../types.ts'
import { octetsWords } from '../words.ts'
import { modeText } from './accounts.ts'
import type { ForeignCheck, Part } from './check.ts'
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

function room<Config extends Known>(folderOf: (config: Config) => string): Part<Config> {
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
            `${caches.length} in ${looked} folders; vsz_limit ${given}`,
          ]),
        ]
  return large.slice(0, MOST_SHOWN).map(({ path, octets }) =>
    (octets >= limit ? failing : warning)(CACHE, {
      subject: path,
      summary:
        octets >= limit
          ? 'an index cache is larger than the memory that a process may have'
          : 'an index cache is nearly as large as the memory that a process may have',
      evidence: [`${path}: ${octetsWords(octets)}`, `vsz_limit of service imap: ${given}`],
      figures: { octets, limitOctets: limit },
      meaning:
        'The process ends ("Out of memory", "mmap failed: Cannot allocate memory"): this mailbox opens slowly or not at all.',
      remedy: [
        step(
          'Give processes more: service imap { vsz_limit = 1G } in /etc/dovecot/conf.d/10-master.conf',
          'doveadm reload',
        ),
        step('Or make the cache anew; nothing but speed is lost', `mv ${path} ${path}.old`),
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
      `${folders.length} looked at, such as ${folders[0]?.path}`,
    ]),
  ]
}

function mailboxTrouble(
  { path, ownerId, ownerName }: MailFolder,
  { files }: ForeignWorld,
): Finding[] {
  const root = files.stat(path)
  if (root === null) return []
  const parts = ['', '/cur', '/new', '/tmp'].map((part) => ({
    part: `${path}${part}`,
    found: files.stat(`${path}${part}`),
  }))
  const missing = parts.filter(({ found }) => found === null).map(({ part }) => part)
  const owner = ownerId ?? Number(root.uid)
  const others = files
    .list(path)
    .slice(0, MOST_ENTRIES)
    .map(({ name }) => ({ part: `${path}/${name}`, found: files.stat(`${path}/${name}`) }))
  const strange = [...parts, ...others].filter(
    ({ found }) => found !== null && Number(found.uid) !== owner,
  )
  const wrong = parts.filter(
    ({ found }) =>
      found !== null &&
      ((Number(found.mode) & 0o002) !== 0 || (Number(found.mode) & 0o700) !== 0o700),
  )
  const name = ownerName ?? String(owner)
  const meaning =
    'Mail cannot be filed there, or not be read: it waits in the queue, and goes back in the end.'
  return [
    ...(missing.length === 0
      ? []
      : [
          failing(MAILDIR, {
            subject: path,
            summary: 'a folder of the Maildir is missing',
            evidence: missing.map((part) => `${part} is not there`),
            meaning,
            remedy: [step('Make it', `install -d -m 0700 -o ${name} ${missing.join(' ')}`)],
          }),
        ]),
    ...(strange.length === 0
      ? []
      : [
          failing(MAILDIR, {
            subject: path,
            summary: `what is in the mailbox of ${name} belongs to somebody else`,
            evidence: [
              ...new Set(strange.map(({ part, found }) => `${part}: user ${found?.uid}`)),
            ].slice(0, MOST_SHOWN),
            meaning,
            remedy: [step('Give it back to its owner', `chown -R ${name} ${path}`)],
          }),
        ]),
    ...(wrong.length === 0
      ? []
      : [
          failing(MAILDIR, {
            subject: path,
            summary: 'the modes of the mailbox are wrong',
            evidence: wrong.map(
              ({ part, found }) => `${part}: mode ${modeText(Number(found?.mode ?? 0n))}`,
            ),
            meaning: `${meaning} Or everybody can write to it.`,
            remedy: [step('Set them', `chmod 0700 ${wrong.map(({ part }) => part).join(' ')}`)],
          }),
        ]),
  ]
}

const FULL_PERCENT = 98
const MUCH_PERCENT = 90
const NEAR = 0.8
const MOST_SHOWN = 5
const MOST_ENTRIES = 500
