/** The configuration in words: the annotated example, and what is in force. */
import type { LoadedConfig } from './load.ts'
import type { Source } from './read.ts'
import { fieldsOf, type Key, type Node, type Section, type Tables } from './schema.ts'
import { SETTINGS } from './settings.ts'

/** A file with every key, its meaning and its default; reading it gives the defaults. */
export function annotatedDefault(): string {
  const head =
    '# Configuration of Waybill. Every key is here with its default: keep what you change.\n' +
    '# Sizes have a unit (octets, kB, MB, GB, KiB, MiB, GiB), times too (ms, s, min, h, d).\n\n'
  const body = sectionText(SETTINGS, []).join('\n').trim()
  return `${head}${body.replace(/\n{3,}/g, '\n\n')}\n`
}

export interface Setting {
  readonly key: string
  /** As it would be written in the file; of a secret only the beginning. */
  readonly value: string
  readonly source: Source
}

/** Every key with its value and where that comes from, in the order of the schema. */
export function settingsOf({ config, sources }: LoadedConfig): Setting[] {
  const settings: Setting[] = []
  walk(SETTINGS, config, [])
  return settings

  function walk(fields: object, values: object, path: readonly string[]): void {
    for (const [name, field, node] of fieldsOf(fields)) {
      const value: unknown = Reflect.get(values, field)
      const here = [...path, name]
      if (node.node === 'key') add(node, value, here)
      else if (node.node === 'section') walk(node.fields, value as object, here)
      else
        for (const [index, table] of (value as object[]).entries())
          walk(node.fields, table, [...here, String(index)])
    }
  }

  function add(node: Key<unknown>, value: unknown, path: readonly string[]): void {
    const key = path.join('.').replace(/\.(\d+)\./g, '[$1].')
    const source = sources.get(path.join('.')) ?? { kind: 'default' }
    settings.push({ key, value: (node.kind.show ?? node.kind.print)(value), source })
  }
}

export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'default':
      return 'default'
    case 'file':
      return `${source.file}:${source.line}`
    case 'environment':
    case 'option':
      return source.name
    default:
      return source satisfies never
  }
}

/** TOML wants the plain keys of a table before the tables inside it. */
function sectionText(fields: object, path: readonly string[]): string[] {
  const lines: string[] = []
  const later: string[] = []
  for (const [name, , node] of fieldsOf(fields)) {
    if (node.node === 'key') lines.push(...keyText(name, node), '')
    else later.push(...tableText(node, [...path, name]))
  }
  return [...lines, ...later]
}

function tableText(node: Exclude<Node, Key<unknown>>, path: readonly string[]): string[] {
  if (node.node === 'tables') return tablesText(node, path)
  const hasKeys = fieldsOf(node.fields).some(([, , inner]) => inner.node === 'key')
  const header = hasKeys ? [`[${path.join('.')}]`] : ['']
  return [
    ...comment(node.doc),
    ...header,
    ...sectionText((node as Section<object>).fields, path),
    '',
  ]
}

function tablesText(node: Tables<object>, path: readonly string[]): string[] {
  const header = `[[${path.join('.')}]]`
  const lines = comment(node.doc)
  for (const [name, , inner] of fieldsOf(node.fields)) {
    if (inner.node !== 'key') continue
    const [first = '', ...more] = inner.doc.split('\n')
    lines.push(`#   ${name}: ${first}`, ...more.map((line) => `#     ${line}`))
    lines.push(`#     (${inner.kind.accepts})`)
  }
  if (node.example !== undefined)
    lines.push(`# ${header}`, ...node.example.split('\n').map((line) => `# ${line}`), '')
  for (const table of node.fallback) {
    lines.push(header)
    for (const [name, field, inner] of fieldsOf(node.fields))
      if (inner.node === 'key')
        lines.push(`${name} = ${inner.kind.print(Reflect.get(table, field))}`)
    lines.push('')
  }
  return lines
}

function keyText(name: string, node: Key<unknown>): string[] {
  const lines = [...comment(node.doc), `# (${node.kind.accepts})`]
  if (node.example !== undefined) return [...lines, `# ${name} = ${node.example}`]
  return [...lines, `${name} = ${node.kind.print(node.fallback)}`]
}

function comment(doc: string): string[] {
  return doc.split('\n').map((line) => `# ${line}`)
}
