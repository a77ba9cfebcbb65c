import type { Config } from './types.ts'

/**
 * A configuration that can be replaced while everybody holds it: a reload changes the numbers
 * inside, and whoever reads `limits.smtp.maxUnknownCommands` next reads the new one.
 */
export class LiveConfig {
  readonly current: Config

  constructor(config: Config) {
    this.current = structuredClone(config)
  }

  replace(config: Config): void {
    assignDeep(this.current, structuredClone(config))
  }
}

/** Objects keep their identity; lists and plain values are replaced. */
function assignDeep(target: object, source: object): void {
  for (const [field, value] of Object.entries(source)) {
    const old: unknown = Reflect.get(target, field)
    if (isPlain(old) && isPlain(value)) assignDeep(old, value)
    else Reflect.set(target, field, value)
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
