/**
 * A schema: what keys there are, nested as the configuration is. `Schema<Config>` must name every
 * field of `Config`, so nothing can be configurable and undocumented, or documented and dead.
 */
import type { Kind } from './kind.ts'

/** One key with a value. */
export interface Key<T> {
  readonly node: 'key'
  readonly kind: Kind<T>
  readonly doc: string
  /** Undefined: the key must be given. A function is asked when the configuration is loaded. */
  readonly fallback: T | (() => T) | undefined
  /** Shown, commented out, where the default cannot be written into a file. */
  readonly example: string | undefined
}

/** A `[table]`. */
export interface Section<T> {
  readonly node: 'section'
  readonly doc: string
  readonly fields: Schema<T>
}

/** `[[tables]]`: any number of them. Those in the file replace the default ones. */
export interface Tables<T> {
  readonly node: 'tables'
  readonly doc: string
  readonly fields: Schema<T>
  readonly fallback: readonly T[]
  /** One table as TOML text, shown commented out where the default has none. */
  readonly example: string | undefined
}

export type Schema<T> = { readonly [Field in keyof T]: NodeFor<T[Field]> }

export type Node = Key<unknown> | Section<object> | Tables<object>

// The tuples keep a union such as `string | null` or `boolean` whole.
type NodeFor<V> = [V] extends [readonly (infer Item extends object)[]]
  ? Tables<Item>
  : [V] extends [readonly unknown[]]
    ? Key<V>
    : [V] extends [object]
      ? Section<V>
      : Key<V>

export function key<T>(
  kind: Kind<T>,
  fallback: T | (() => T) | undefined,
  doc: string,
  example?: string,
): Key<T> {
  return { node: 'key', kind, doc, fallback, example }
}

export function section<T>(doc: string, fields: Schema<T>): Section<T> {
  return { node: 'section', doc, fields }
}

export function tables<T>(
  doc: string,
  fallback: readonly T[],
  fields: Schema<T>,
  example?: string,
): Tables<T> {
  return { node: 'tables', doc, fields, fallback, example }
}

/** The fields of a section in the order of the schema: name in the file, name in the program, node. */
export function fieldsOf(fields: object): [name: string, field: string, node: Node][] {
  return Object.entries(fields).map(([field, node]) => [fileName(field), field, node as Node])
}

/** `maxLineOctets` is `max_line_size` in the file, `greetTimeoutMs` is `greet_timeout`. */
function fileName(field: string): string {
  return field
    .replace(/Octets/, 'Size')
    .replace(/Ms$/, '')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function defaultOf<T>({ fallback }: Key<T>): T | undefined {
  return typeof fallback === 'function' ? (fallback as () => T)() : fallback
}
