/** Records of tags and values, `v=X; a=b`: DMARC (RFC 7489 §6.4), TLSRPT (RFC 8460 §3). */

export interface Tags {
  /** By name, lower case; the first of each counts. */
  readonly values: ReadonlyMap<string, string>
  /** Where it is not as the grammar has it, one sentence; null: nowhere. Unescaped. */
  readonly fault: string | null
}

export function readTags(record: string): Tags {
  const values = new Map<string, string>()
  let fault: string | null = null
  const parts = record.split(';').map((part) => part.trim())
  if (parts.at(-1) === '') parts.pop()
  for (const part of parts) {
    const at = part.indexOf('=')
    const name = part.slice(0, Math.max(at, 0)).trim().toLowerCase()
    if (!/^[a-z][a-z0-9_-]*$/.test(name)) fault ??= `"${part}" is not a tag with a value`
    else if (values.has(name)) fault ??= `the tag ${name} stands twice`
    else values.set(name, part.slice(at + 1).trim())
  }
  return { values, fault }
}

/** Where reports are to go: the addresses of `mailto:`, and other URIs as they are. */
export function reportUris(
  list: string,
): readonly { readonly uri: string; readonly address: string | null }[] {
  return list.split(',').map((one) => {
    const uri = one.trim()
    // A limit of size may stand behind: RFC 7489 §6.2.
    const [, address = null] = /^mailto:([^!?\s]+@[^!?\s]+?)(?:[!?].*)?$/i.exec(uri) ?? []
    return { uri, address }
  })
}
