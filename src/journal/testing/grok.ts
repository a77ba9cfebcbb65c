/** The simple YAML of the postfix-grok-patterns cases: keys, scalars, one nested map. */

export interface GrokCase {
  readonly pattern: string
  readonly data: string
  readonly results: ReadonlyMap<string, string>
}

export function readGrokCase(yaml: string): GrokCase {
  const top = new Map<string, string>()
  const results = new Map<string, string>()
  for (const line of yaml.split('\n')) {
    const match = /^( *)([\w-]+): ?(.*)$/.exec(line)
    if (match === null) continue
    const [, indent = '', key = '', value = ''] = match
    const into = indent === '' ? top : results
    into.set(key, scalar(value.trim()))
  }
  const pattern = /POSTFIX_(\w+)/.exec(top.get('pattern') ?? '')?.[1] ?? ''
  return { pattern: pattern.toLowerCase(), data: top.get('data') ?? '', results }
}

function scalar(text: string): string {
  if (text.startsWith('"') && text.endsWith('"')) return String(JSON.parse(text))
  return text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text
}
