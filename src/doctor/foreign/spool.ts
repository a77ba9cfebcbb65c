/** Who owns the queue, and what is remembered of other hosts: root's files there stop the server. */
import type { Files } from '../outside.ts'
import { shown } from '../shown.ts'
import { failing, ok, skipped, step } from '../findings.ts'
import type { Finding } from '../types.ts'
import { type Account, ownership } from './accounts.ts'
import { quoted } from '../in-command.ts'
import type { ForeignCheck } from './check.ts'

const SPOOL = {
  id: 'storage.spool',
  group: 'storage',
  title: 'Who owns the queue',
  isNetwork: false,
} as const

export const spool: ForeignCheck = {
  ...SPOOL,
  parts: {
    exim: {
      explain: ['ls -l /var/spool/exim4 /var/spool/exim4/db'],
      look: ({ spool: folder, user }, { files, accounts }) => {
        const parts = ['', '/input', '/msglog', '/db'].map((part) => `${folder}${part}`)
        // The files of the retry database, which a command of root may have made.
        const remembered = namesIn(files, `${folder}/db`).map((name) => `${folder}/db/${name}`)
        return judged(files, [...parts, ...remembered], accounts.get(user), folder)
      },
    },
    postfix: {
      explain: ['ls -l /var/spool/postfix /var/lib/postfix', 'postfix check'],
      look: ({ value }, { files, accounts }) => {
        const folder = value('queue_directory')
        const own = QUEUES.map((name) => `${folder}/${name}`)
        const known = value('data_directory')
        const remembered = namesIn(files, known).map((name) => `${known}/${name}`)
        return judged(
          files,
          [...own, known, ...remembered],
          accounts.get(value('mail_owner')),
          folder,
        )
      },
    },
  },
}

function judged(
  files: Files,
  paths: readonly string[],
  account: Account | undefined,
  folder: string,
): readonly Finding[] {
  if (account === undefined)
    return [skipped(SPOOL, 'the user that the configuration names is none of this root')]
  const there = paths.flatMap((path) => {
    const found = files.stat(path)
    return found === null ? [] : [{ path, found }]
  })
  if (there.length === 0) return [skipped(SPOOL, `${folder} is not there yet, or not to be seen`)]
  const strange = there.filter(({ found }) => Number(found.uid) !== account.userId)
  if (strange.length === 0)
    return [ok(SPOOL, `it belongs to ${account.name}`, [`${there.length} looked at in ${folder}`])]
  return [
    failing(SPOOL, {
      summary: `a part of the queue does not belong to ${account.name}`,
      evidence: strange
        .slice(0, MOST_SHOWN)
        .map(({ path, found }) => shown(`${path}: ${ownership(found)}`)),
      meaning:
        'The server cannot write there: mail is refused for the time being, or waits for ever.',
      remedy: [
        step(
          'Give it back',
          `chown -R ${quoted(`${account.name}:`)} ${strange
            .map(({ path }) => quoted(path))
            .slice(0, MOST_SHOWN)
            .join(' ')}`,
        ),
      ],
    }),
  ]
}

function namesIn(files: Files, folder: string): string[] {
  if (files.stat(folder) === null || !files.mayRead(folder)) return []
  return files
    .list(folder)
    .map(({ name }) => name)
    .slice(0, MOST_FILES)
}

const QUEUES = [
  'active',
  'bounce',
  'corrupt',
  'defer',
  'deferred',
  'flush',
  'hold',
  'incoming',
  'saved',
  'trace',
  'maildrop',
]
const MOST_FILES = 100
const MOST_SHOWN = 5
