/**
 * MTA-STS (RFC 8461): the TXT record that says that a domain has a policy, and the policy itself.
 * What does not fit the grammar is null; then the domain has none.
 */

/** RFC 8461 §3.2. */
export interface StsPolicy {
  readonly mode: 'enforce' | 'testing' | 'none'
  /** How long it may be kept, seconds. */
  readonly maxAgeSeconds: number
  /** The names of the domain's mail servers, lower case; `*.example.net` stands for one label. */
  readonly mx: readonly string[]
}

/**
 * The id of a domain's policy, from the TXT records of `_mta-sts.` the domain (RFC 8461 §3.1).
 * Null when there is no record of this kind, or more than one.
 */
export function stsPolicyId(records: readonly string[]): string | null {
  const own = records.filter((record) => /^v=STSv1\s*;/.test(record))
  const [record] = own
  if (record === undefined || own.length !== 1) return null
  const fields = record.split(';', MAX_FIELDS).map((field) => field.trim())
  const id = fields.find((field) => field.startsWith('id='))?.slice('id='.length) ?? ''
  return /^[A-Za-z0-9]{1,32}$/.test(id) ? id : null
}

/** More of them nobody reads. */
const MAX_FIELDS = 100

/** Reads a policy. Of a key that comes twice the first counts, but of `mx` all. */
export function parseStsPolicy(text: string): StsPolicy | null {
  const values = new Map<string, string>()
  const mx: string[] = []
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon === -1) {
      if (line.trim() !== '') return null
      continue
    }
    const [key, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
    if (key === 'mx') mx.push(value.toLowerCase())
    else if (!values.has(key)) values.set(key, value)
  }
  const mode = values.get('mode')
  const maxAge = values.get('max_age') ?? ''
  if (values.get('version') !== 'STSv1' || !isMode(mode)) return null
  if (!/^\d{1,10}$/.test(maxAge) || !mx.every(isPattern)) return null
  if (mode !== 'none' && mx.length === 0) return null
  return { mode, maxAgeSeconds: Math.min(Number(maxAge), MAX_AGE_SECONDS), mx }
}

/** RFC 8461 §3.2: about a year. */
const MAX_AGE_SECONDS = 31_557_600

function isMode(text: string | undefined): text is StsPolicy['mode'] {
  return text === 'enforce' || text === 'testing' || text === 'none'
}

function isPattern(text: string): boolean {
  const name = text.startsWith('*.') ? text.slice(2) : text
  return (
    name.length <= 253 &&
    name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  )
}

/** RFC 8461 §4.1: `*.` stands for exactly one label. The name is in lower case. */
export function matchesStsPolicy({ mx }: StsPolicy, name: string): boolean {
  const dot = name.indexOf('.')
  const wild = dot > 0 ? `*${name.slice(dot)}` : null
  return mx.some((pattern) => pattern === name || pattern === wild)
}
