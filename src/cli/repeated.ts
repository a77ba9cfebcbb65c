/** For options that can be given again: all values, in their order. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
