/** The walls of the house. ARCHITECTURE.md explains them; a change changes both in one commit. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { test } from 'node:test'

/**
 * Who may import whom: a folder may import itself, and the folders listed for it. `x(types)` means
 * types only: files named `types.ts` or `event.ts`, and `import type`.
 */
const BELOW_SERVERS = [
  'base',
  'syntax',
  'journal',
  'db',
  'dns',
  'config',
  'directory',
  'store',
  'tls',
  'net',
  'log',
  'trace',
  'trust',
  'smtp-client',
  'queue',
  'delivery',
]
/** The files directly in src/. They may import anything. */
const WIRING = 'src'
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  syntax: ['base'],
  journal: ['base', 'syntax'],
  db: ['base'],
  dns: ['base'],
  config: ['base', 'syntax'],
  directory: ['base', 'syntax', 'db'],
  store: ['base', 'syntax', 'db', 'directory(types)'],
  tls: ['base', 'config(types)', 'journal(types)'],
  net: ['base', 'syntax', 'journal(types)'],
  log: ['base', 'journal', 'db'],
  trace: ['base', 'syntax', 'journal', 'db'],
  diagnosis: ['base', 'syntax', 'journal', 'trace'],
  trust: ['base', 'syntax', 'dns'],
  'smtp-client': ['base', 'syntax', 'journal', 'db', 'dns', 'config(types)'],
  // The writes of delivery come in as arguments: a bounce is a message like any other.
  queue: [
    ...['base', 'syntax', 'journal', 'db', 'dns', 'config(types)', 'directory', 'store', 'log'],
    ...['smtp-client', 'diagnosis'],
  ],
  delivery: [
    ...['base', 'syntax', 'journal', 'db', 'config(types)', 'directory', 'store', 'log'],
    ...['trust', 'queue'],
  ],
  'smtp-server': BELOW_SERVERS,
  'imap-server': BELOW_SERVERS,
  control: BELOW_SERVERS,
  // What is asked of a server that runs, of its folder and of the machine around them.
  doctor: [...BELOW_SERVERS, 'diagnosis', 'control'],
  report: [...BELOW_SERVERS, 'diagnosis', 'control', 'doctor'],
  alerts: [...BELOW_SERVERS, 'diagnosis', 'control(types)', 'doctor'],
  'http-server': BELOW_SERVERS,
  // What a schema of the whole database needs: the parts that own tables.
  migration: ['db'],
  cli: [
    ...[...BELOW_SERVERS, 'diagnosis', 'control', 'smtp-server', 'imap-server', 'doctor', 'report'],
    ...['alerts', 'http-server', WIRING],
  ],
}

/** Node's modules that reach outside, and the only folders that may. Tests may too. */
const MAY_REACH: Record<string, RegExp> = {
  'node:sqlite': /^src\/db\//,
  'node:net': /^src\/(net|dns|control|doctor|[a-z]+-client)\//,
  'node:tls': /^src\/(net|tls|control|doctor|[a-z]+-client)\//,
  'node:dgram': /^src\/(net|dns|control|[a-z]+-client)\//,
  'node:dns': /^src\/dns\//,
  'node:http': /^src\/(alerts|[a-z]+-(server|client))\//,
  'node:child_process': /^src\/(cli|control|doctor|alerts)\//,
}
const PURE = /^src\/(syntax|journal)\//
const PURE_MAY_USE = /^node:(crypto|util|string_decoder|punycode|url|buffer|assert)/

const MAX_DEPTH = 3 // src/<folder>/<folder>/<file>.ts
const MAX_LINES = 500

/** `import type {…} from './x'`, `import './x'` and `import('./x')`, over several lines too. */
const IMPORT = /\b(?:(import type|import|export)\b([^'"`;()]*?)\bfrom|import)\s*\(?\s*'([^']+)'/g
/** Those of node:net that only look at text. */
const HARMLESS_NET = /^\s*\{(\s*(isIP|isIPv4|isIPv6|SocketAddress|BlockList)\s*,?)+\}\s*$/

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly isTest: boolean
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[]
}

const files: SourceFile[] = globSync('src/**/*.ts').map((found) => {
  const path = found.split(sep).join('/')
  const text = readFileSync(found, 'utf8')
  const imports = [...text.matchAll(IMPORT)].map(([, word, names = '', from = '']) => ({
    from: from === 'node:net' && HARMLESS_NET.test(names) ? 'node:net (text only)' : from,
    typeOnly: word === 'import type',
  }))
  return { path, text, imports, isTest: /\.test\.ts$|\/testing\//.test(path) }
})

/** A wall is only seen to stand when somebody has run against it. */
test('these checks look at something', () => {
  assert.ok(files.length > 20)
  assert.ok(files.some(({ imports }) => imports.some(({ typeOnly }) => typeOnly)))
  const sqlite = files.filter(({ imports }) => imports.some(({ from }) => from === 'node:sqlite'))
  assert.deepEqual(paths(sqlite), ['src/db/sqlite.ts'])
  assert.ok(allowed('store', { target: 'directory', file: 'types.ts', typeOnly: true }))
  assert.ok(!allowed('store', { target: 'directory', file: 'route.ts', typeOnly: true }))
  assert.ok(!allowed('store', { target: 'directory', file: 'types.ts', typeOnly: false }))
  assert.ok(!allowed('smtp-server', { target: 'imap-server', file: 'types.ts', typeOnly: true }))
})

test('imports go downwards only', () => {
  const wrong: string[] = []
  for (const { path, imports, isTest } of files) {
    const [, folder = '', ...rest] = path.split('/')
    if (rest.length === 0 || isTest) continue
    if (MAY_IMPORT[folder] === undefined) wrong.push(`src/${folder}/ is not in the table`)
    for (const { from, typeOnly } of imports) {
      if (!from.startsWith('.')) continue
      const inSource = join(dirname(path), from).split(sep).slice(1)
      const file = inSource.at(-1) ?? ''
      const target = inSource.length > 1 ? (inSource[0] ?? '') : WIRING
      if (target === folder) continue
      if (!allowed(folder, { target, file, typeOnly })) wrong.push(`${path} → ${from}`)
    }
  }
  assert.deepEqual(wrong, [])
})

function allowed(
  folder: string,
  edge: { readonly target: string; readonly file: string; readonly typeOnly: boolean },
): boolean {
  const list = MAY_IMPORT[folder] ?? []
  if (list.includes(edge.target)) return true
  const isTypes = edge.typeOnly && /^(types|event)\.ts$/.test(edge.file)
  return isTypes && list.includes(`${edge.target}(types)`)
}

test('only the rooms for it reach the database, the network and other programs', () => {
  const wrong: string[] = []
  for (const { path, imports, isTest } of files) {
    if (isTest) continue
    for (const { from, typeOnly } of imports) {
      const rooms = MAY_REACH[from.replace(/^(node:[a-z_]+)\/promises$/, '$1')]
      if (rooms !== undefined && !typeOnly && !rooms.test(path)) wrong.push(`${path} → ${from}`)
      if (PURE.test(path) && /^node:[^(]*$/.test(from) && !PURE_MAY_USE.test(from))
        wrong.push(`${path} → ${from}: syntax and journal are pure`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('only config/ and main.ts read the environment', () => {
  const mayRead = /^src\/(config\/|main\.ts$)/
  const wrong = files.filter(
    ({ path, text, isTest }) => !isTest && !mayRead.test(path) && /\bprocess\.env\b/.test(text),
  )
  assert.deepEqual(paths(wrong), [])
})

test('syntax and journal have no clock and no randomness of their own', () => {
  const wrong = files.filter(
    ({ path, text, isTest }) =>
      !isTest &&
      PURE.test(path) &&
      /\bDate\.now\(|\bMath\.random\(|\bperformance\.now\(/.test(text),
  )
  assert.deepEqual(paths(wrong), [])
})

test('every write is in the table of writes', () => {
  const table = readFileSync('src/writes.ts', 'utf8')
  const missing: string[] = []
  for (const { path, text, isTest } of files) {
    if (isTest || path === 'src/db/statement.ts') continue
    for (const [, name = ''] of text.matchAll(/\bconst (\w+)\b[^=\n]*=\s*defineWrite\b/g)) {
      // Either by its own name, or its file exports a list that the table spreads.
      const lists = [...text.matchAll(/\bexport const (\w+)[^=\n]*= \[([^\]]*)\]/g)]
      const list = lists.find(([, , items = '']) => new RegExp(`\\b${name}\\b`).test(items))
      const named = [name, list?.[1]].some(
        (word) => word !== undefined && new RegExp(`\\b${word}\\b`).test(table),
      )
      if (!named) missing.push(`${path}: ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('no folder is too deep and no file too long', () => {
  const wrong: string[] = []
  for (const { path, text } of files) {
    if (path.split('/').length - 1 > MAX_DEPTH) wrong.push(`${path} is too deep`)
    const lines = text.split('\n').length
    if (lines > MAX_LINES) wrong.push(`${path} has ${lines} lines: split it by topic`)
  }
  assert.deepEqual(wrong, [])
})

test('no default exports, and every relative import ends in .ts', () => {
  const wrong: string[] = []
  for (const { path, text, imports } of files) {
    if (/^export default\b/m.test(text)) wrong.push(`${path} has a default export`)
    for (const { from } of imports)
      if (from.startsWith('.') && !from.endsWith('.ts')) wrong.push(`${path} → ${from}`)
  }
  assert.deepEqual(wrong, [])
})

function paths(found: readonly SourceFile[]): string[] {
  return found.map(({ path }) => path)
}
