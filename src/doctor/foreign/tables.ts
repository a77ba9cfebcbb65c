/** Tables of Postfix that are made from a text: an index older than its text still has what stood there before. */
import type { Files } from '../outside.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import type { ForeignCheck } from './check.ts'
import { type PostfixConfig, tablesOf } from './postfix.ts'
import type { ForeignWorld } from './world.ts'

const TABLES = {
  id: 'configuration.tables',
  group: 'configuration',
  title: 'Tables and aliases, and their indexes',
  isNetwork: false,
} as const

export const tables: ForeignCheck = {
  ...TABLES,
  parts: {
    postfix: {
      explain: [
        'postconf -n | grep -E "(hash|lmdb|btree):"',
        'ls -l --time-sort /etc/postfix /etc/aliases*',
      ],
      look: ofPostfix,
    },
  },
}

function ofPostfix({ set, value }: PostfixConfig, { files }: ForeignWorld): readonly Finding[] {
  const aliases = new Set(
    ['alias_maps', 'alias_database']
      .flatMap((name) => tablesOf(value(name)))
      .map(({ path }) => path),
  )
  const all = [...set.keys(), 'alias_maps', 'alias_database'].flatMap((name) =>
    tablesOf(value(name)),
  )
  const known = new Map(all.map((table) => [table.path, table]))
  const findings = [...known.values()].flatMap(({ type, path }) => {
    const finding = judged(files, type, path, aliases.has(path))
    return finding === null ? [] : [finding]
  })
  if (known.size === 0) return [skipped(TABLES, 'no table that is a file is configured')]
  if (findings.length > 0) return findings
  return [
    ok(
      TABLES,
      'every index is as new as its text',
      [...known.values()].map(({ type, path }) => `${type}:${path}`),
    ),
  ]
}

function judged(files: Files, type: string, path: string, isAliases: boolean): Finding | null {
  const text = files.stat(path)
  const ending = ENDINGS.get(type)
  const make = isAliases ? 'newaliases' : `postmap ${quoted(`${type}:${path}`)}`
  if (ending === undefined)
    return text === null
      ? missing(path, [`${type}:${path}: no such file`], step('Write it', `editor ${quoted(path)}`))
      : null
  const index = files.stat(`${path}${ending}`)
  if (index === null)
    return missing(
      path,
      [`${path}${ending} is not there${text === null ? `, nor is ${path}` : ''}`],
      step('Make it from its text', make),
    )
  if (text === null || text.mtimeNs - index.mtimeNs <= SECOND_NS) return null
  const laterMs = Number((text.mtimeNs - index.mtimeNs) / 1_000_000n)
  return warning(TABLES, {
    subject: path,
    summary: `${path} was changed after its index was made`,
    evidence: [`${path} is newer than ${path}${ending} by ${durationWords(laterMs)}`],
    meaning: 'Postfix reads the index: what was changed in the text has no effect.',
    remedy: [step('Make the index anew', make)],
  })
}

function missing(
  path: string,
  evidence: readonly string[],
  ...remedy: Parameters<typeof failing>[1]['remedy']
): Finding {
  return failing(TABLES, {
    subject: path,
    summary: `a table that Postfix needs is not there`,
    evidence,
    meaning: 'Postfix puts off all mail that has to be looked up in it (451 4.3.0).',
    remedy,
  })
}

/** The names at the left of a table's text; null: it cannot be read. What stands at the right may be secret. */
export function tableEntries(files: Files, path: string): readonly string[] | null {
  if (files.stat(path) === null || !files.mayRead(path)) return null
  const text = files.read(path, MAX_OCTETS).toString('utf8')
  return text
    .split('\n')
    .flatMap((line) => (/^[^\s#]/.test(line) ? [line.split(/\s/)[0] ?? ''] : []))
}

const ENDINGS: ReadonlyMap<string, string> = new Map([
  ['hash', '.db'],
  ['btree', '.db'],
  ['lmdb', '.lmdb'],
  ['cdb', '.cdb'],
  ['dbm', '.pag'],
])
const SECOND_NS = 1_000_000_000n
const MAX_OCTETS = 4 * 1024 * 1024
