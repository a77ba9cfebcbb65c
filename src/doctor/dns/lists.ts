/** Blocklists that are asked by DNS (RFC 5782), and what their answers mean by their own pages. */

export interface Blocklist {
  readonly zone: string
  /** Who keeps it, for people. */
  readonly name: string
  /** What is looked up in it. */
  readonly of: 'ipv4' | 'address' | 'domain'
  /** An entry that is always there (RFC 5782 §5): without it the list does not answer us. */
  readonly test: string
  /** Null: a listing that we do not know, whose own words must do. */
  meaning(code: string): ListMeaning | null
  /** Where a listed one looks why, and asks to be taken off. */
  page(listed: string): string
}

export type ListMeaning =
  | { readonly kind: 'listed'; readonly words: string }
  /** It answers nobody who asks as we do. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Addresses that should send no mail themselves: where users are. */
  | { readonly kind: 'policy'; readonly words: string }

const SPAMHAUS_REFUSALS: { readonly [code: string]: string } = {
  '127.255.255.252': 'the name of the list is mistyped',
  '127.255.255.254': 'the question came by a public resolver, which the list does not answer',
  '127.255.255.255': 'too many questions come from this resolver',
}

export const BLOCKLISTS: readonly Blocklist[] = [
  {
    zone: 'zen.spamhaus.org',
    name: 'Spamhaus',
    of: 'address',
    test: '127.0.0.2',
    meaning(code) {
      const refused = SPAMHAUS_REFUSALS[code]
      if (refused !== undefined) return { kind: 'refused', words: refused }
      if (code === '127.0.0.10' || code === '127.0.0.11')
        return {
          kind: 'policy',
          words: 'PBL: the network is said to be one of users, who send by their provider',
        }
      const words = ZEN[code]
      return words === undefined ? null : { kind: 'listed', words }
    },
    page: (address) => `https://check.spamhaus.org/results/?query=${address}`,
  },
  {
    zone: 'bl.spamcop.net',
    name: 'SpamCop',
    of: 'ipv4',
    test: '127.0.0.2',
    meaning: (code) =>
      code === '127.0.0.2'
        ? { kind: 'listed', words: 'users reported spam from there in the last days' }
        : null,
    page: (address) => `https://www.spamcop.net/w3m?action=checkblock&ip=${address}`,
  },
  {
    zone: 'b.barracudacentral.org',
    name: 'Barracuda',
    of: 'ipv4',
    test: '127.0.0.2',
    meaning: (code) =>
      code === '127.0.0.2' ? { kind: 'listed', words: 'spam came from there' } : null,
    page: () => 'https://www.barracudacentral.org/rbl/removal-request',
  },
  {
    zone: 'psbl.surriel.com',
    name: 'PSBL',
    of: 'ipv4',
    test: '127.0.0.2',
    meaning: (code) =>
      code === '127.0.0.2' ? { kind: 'listed', words: 'spam came from there to a trap' } : null,
    page: (address) => `https://psbl.org/listing?ip=${address}`,
  },
  {
    zone: 'dbl.spamhaus.org',
    name: 'Spamhaus DBL',
    of: 'domain',
    test: 'dbltest.com',
    meaning(code) {
      const refused = SPAMHAUS_REFUSALS[code]
      if (refused !== undefined) return { kind: 'refused', words: refused }
      const words = DBL[code]
      return words === undefined ? null : { kind: 'listed', words }
    },
    page: (domain) => `https://check.spamhaus.org/results/?query=${domain}`,
  },
  {
    zone: 'multi.surbl.org',
    name: 'SURBL',
    of: 'domain',
    test: 'test.surbl.org',
    meaning: (code) => bits(code, SURBL),
    page: () => 'https://surbl.org/surbl-analysis',
  },
  {
    zone: 'multi.uribl.com',
    name: 'URIBL',
    of: 'domain',
    test: 'test.uribl.com',
    meaning: (code) => bits(code, URIBL),
    page: () => 'https://admin.uribl.com/',
  },
]

const ZEN: { readonly [code: string]: string } = {
  '127.0.0.2': 'SBL: spam comes from there, or from those who own it',
  '127.0.0.3': 'CSS: spam comes from there',
  '127.0.0.4': 'XBL: a machine there is taken over, or an open proxy',
  '127.0.0.5': 'XBL: a machine there is taken over, or an open proxy',
  '127.0.0.6': 'XBL: a machine there is taken over, or an open proxy',
  '127.0.0.7': 'XBL: a machine there is taken over, or an open proxy',
  '127.0.0.9': 'DROP: the whole network belongs to criminals',
}

const DBL: { readonly [code: string]: string } = {
  '127.0.1.2': 'a domain of spam',
  '127.0.1.4': 'a domain of phishing',
  '127.0.1.5': 'a domain of malware',
  '127.0.1.6': 'a domain that steers a botnet',
  '127.0.1.102': 'a good domain that spam misuses',
  '127.0.1.103': 'a good domain whose redirects spam misuses',
  '127.0.1.104': 'a good domain that phishing misuses',
  '127.0.1.105': 'a good domain that malware misuses',
  '127.0.1.106': 'a good domain that a botnet misuses',
}

/** By bit of the last octet. */
const SURBL: readonly (readonly [bit: number, words: string])[] = [
  [8, 'a domain of phishing'],
  [16, 'a domain of malware'],
  [64, 'a domain of spam'],
  [128, 'a good domain that was broken into'],
]
const URIBL: readonly (readonly [bit: number, words: string])[] = [
  [2, 'black: a domain of spam'],
  [4, 'grey: a domain of mail that is perhaps not wanted'],
  [8, 'red: a domain that is being watched'],
]

/** Both say 127.0.0.1 to those whom they do not answer. */
function bits(code: string, table: readonly (readonly [number, string])[]): ListMeaning | null {
  if (!code.startsWith('127.0.0.')) return null
  const last = Number(code.slice('127.0.0.'.length))
  if (last === 1)
    return {
      kind: 'refused',
      words: 'it does not answer this resolver: a public one, or one that asks too much',
    }
  const words = table.filter(([bit]) => (last & bit) !== 0).map(([, one]) => one)
  return words.length === 0 ? null : { kind: 'listed', words: words.join('; ') }
}
