import { parse, TomlError } from 'smol-toml'

import { ConfigFault } from './fault.ts'
import { BadValue, type Kind } from './kind.ts'
import { lineOf, linesOf } from './lines.ts'
import { defaultOf, fieldsOf, type Key, type Tables } from './schema.ts'
import { nearest } from './suggest.ts'

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  | { readonly kind: 'environment' | 'option'; readonly name: string }

/** A value given outside the file; it goes before the file's. */
export interface Override {
  /** `data_folder`: a key at the top. */
  readonly key: string
  readonly value: unknown
  readonly source: Extract<Source, { name: string }>
}

export interface Settings<T> {
  readonly values: T
  /** By path, in the order of the schema: `listeners.0.port`. */
  readonly sources: ReadonlyMap<string, Source>
}

/** What stands in a file; null when there is no file. */
export interface FileText {
  readonly file: string
  readonly text: string
}

/**
 * Reads a configuration against its schema.
 * @throws ConfigFault on the first thing wrong
 */
export function readSettings<T>(
  fields: object,
  file: FileText | null,
  overrides: readonly Override[] = [],
): Settings<T> {
  const reader = new Reader(file, overrides)
  const values = reader.section(fields, file === null ? {} : parseToml(file), []) as T
  return { values, sources: reader.sources }
}

function parseToml({ file, text }: FileText): Record<string, unknown> {
  try {
    return parse(text, { unsafeKeyBehaviour: 'throw', maxDepth: 20 })
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [first = ''] = error.message.split('\n')
    const why = first.replace(/^Invalid TOML document: /, '')
    throw new ConfigFault(`${file}:${error.line}: not valid TOML: ${why}`)
  }
}

class Reader {
  readonly sources = new Map<string, Source>()
  readonly #file: FileText | null
  readonly #lines: ReadonlyMap<string, number>
  readonly #overrides: ReadonlyMap<string, Override>

  constructor(file: FileText | null, overrides: readonly Override[]) {
    this.#file = file
    // Text that is not TOML is refused before any line is asked for.
    this.#lines = file === null ? new Map() : linesOf(file.text)
    this.#overrides = new Map(overrides.map((override) => [override.key, override]))
  }

  section(fields: object, given: unknown, path: readonly string[]): object {
    if (!isTable(given))
      this.#fail(path, `is a table: write [${path.join('.')}] and its keys below`)
    const known = fieldsOf(fields)
    for (const name of Object.keys(given))
      if (!known.some(([knownName]) => knownName === name)) this.#unknown(fields, path, name)

    const values: Record<string, unknown> = {}
    for (const [name, field, node] of known) {
      const here = [...path, name]
      const value = given[name]
      if (node.node === 'section') values[field] = this.section(node.fields, value ?? {}, here)
      else if (node.node === 'tables') values[field] = this.#tables(node, value, here)
      else values[field] = this.#key(node, value, here)
    }
    return values
  }

  #tables(node: Tables<object>, given: unknown, path: readonly string[]): unknown {
    if (given === undefined) {
      this.#noteDefaults(node, path)
      return node.fallback
    }
    if (!Array.isArray(given) || !given.every(isTable))
      this.#fail(path, `is a list of tables: write [[${path.join('.')}]] above each`)
    return given.map((table, index) => this.section(node.fields, table, [...path, String(index)]))
  }

  #noteDefaults(node: Tables<object>, path: readonly string[]): void {
    for (const index of node.fallback.keys())
      for (const [name] of fieldsOf(node.fields))
        this.sources.set([...path, index, name].join('.'), { kind: 'default' })
  }

  #key(node: Key<unknown>, given: unknown, path: readonly string[]): unknown {
    const name = path.join('.')
    const override = this.#overrides.get(name)
    if (override !== undefined) {
      this.sources.set(name, override.source)
      return this.#parse(node.kind, override.value, override.source.name)
    }
    if (given !== undefined) {
      this.sources.set(name, this.#inFile(path))
      return this.#parse(node.kind, given, this.#where(path))
    }
    const value = defaultOf(node)
    if (value === undefined) this.#fail(path, `is missing; write ${node.kind.accepts}`)
    this.sources.set(name, { kind: 'default' })
    return value
  }

  #parse(kind: Kind<unknown>, value: unknown, where: string): unknown {
    try {
      return kind.parse(value)
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      throw new ConfigFault(`${where}: ${error.message}; write ${kind.accepts}`)
    }
  }

  #unknown(fields: object, path: readonly string[], name: string): never {
    const known = fieldsOf(fields).map(([knownName]) => knownName)
    const meant = nearest(name, known)
    const hint =
      meant === undefined
        ? `known here: ${known.join(', ')}`
        : `did you mean ${[...path.filter(isName), meant].join('.')}?`
    this.#fail([...path, name], `is not a setting; ${hint}`)
  }

  #fail(path: readonly string[], what: string): never {
    throw new ConfigFault(`${this.#where(path)} ${what}`)
  }

  #where(path: readonly string[]): string {
    const { file, line } = this.#inFile(path)
    return `${file}:${line}: ${path.filter(isName).join('.')}`
  }

  #inFile(path: readonly string[]): Extract<Source, { kind: 'file' }> {
    const line = lineOf(this.#lines, path) ?? 1
    return { kind: 'file', file: this.#file?.file ?? 'configuration', line }
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  )
}

/** Positions in lists are for the program; a person goes by the line number. */
function isName(part: string): boolean {
  return !/^\d+$/.test(part)
}
