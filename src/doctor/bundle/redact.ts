/**
 * Takes out of texts whatever could say who writes to whom, and every secret. Nothing is looked for:
 * what is known to be harmless stays, and all else becomes a pseudonym. So it does not matter how
 * somebody wrote an address: base64, quoted-printable, xtext, A-labels are no words either.
 */
import { isIP } from 'node:net'

import { withoutSecrets } from '../../trace/secrets.ts'
import type { Kind, Pseudonyms } from './pseudonyms.ts'
import { VOCABULARY } from './vocabulary.ts'

export interface RedactOptions {
  readonly pseudonyms: Pseudonyms
  /** What stays besides words of {@link VOCABULARY}, as it stands: our host name, names of checks. */
  readonly known: ReadonlySet<string>
}

export class Redactor {
  readonly #pseudonyms: Pseudonyms
  readonly #known: ReadonlySet<string>

  constructor({ pseudonyms, known }: RedactOptions) {
    this.#pseudonyms = pseudonyms
    this.#known = known
  }

  /** One or more lines: of a log, of a finding. Linear in the text. */
  text(text: string): string {
    return this.#withoutKeys(text)
      .split('\n')
      .map((line) => this.#line(line))
      .join('\n')
  }

  /** The whole text as one pseudonym. */
  whole(kind: Kind, text: string): string {
    return this.#pseudonyms.of(kind, text)
  }

  /** Plain data: texts and names of fields in it; numbers stay. */
  value(value: unknown): unknown {
    if (typeof value === 'string') return this.text(value)
    if (typeof value === 'bigint') return String(value)
    if (Array.isArray(value)) return value.map((one) => this.value(one))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [this.#field(name), this.value(one)]),
    )
  }

  /** Blocks of PEM, however their lines end. */
  #withoutKeys(text: string): string {
    let safe = ''
    let from = 0
    for (;;) {
      const begin = text.indexOf(PEM_BEGIN, from)
      if (begin < 0) return safe + text.slice(from)
      const end = text.indexOf(PEM_END, begin)
      const block = text.slice(begin, end < 0 ? text.length : end)
      safe += `${text.slice(from, begin)}${PEM_BEGIN}${this.whole('word', block)} `
      if (end < 0) return safe
      safe += PEM_END
      from = end + PEM_END.length
    }
  }

  #line(line: string): string {
    const safe = withoutSecrets(line)
    return safe.replace(PIECES, (piece, ...rest: unknown[]) => {
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>
      const at = rest.at(-3) as number
      return this.#piece(piece, groups, () => safe.slice(Math.max(0, at - LOOK_BACK), at))
    })
  }

  #piece(
    piece: string,
    {
      time,
      quotedKey,
      header,
      url,
      address,
      colons,
      run,
    }: Readonly<Record<string, string | undefined>>,
    before: () => string,
  ): string {
    if (time !== undefined) return piece
    if (quotedKey !== undefined) return this.#quoted(piece, quotedKey)
    if (header !== undefined)
      return `${header}: ${this.whole('subject', piece.slice(header.length))}`
    if (url !== undefined) return this.whole('url', piece)
    if (address !== undefined) return this.#address(piece)
    if (colons !== undefined) return this.#colons(piece)
    if (run !== undefined)
      return looksLikeBase64(run)
        ? this.whole('word', piece)
        : piece.replace(/[^/=]+/g, (part) => this.#token(part, before))
    return this.#token(piece, before)
  }

  /** `T="…"` and `mailbox="…"`: what people wrote. */
  #quoted(piece: string, key: string): string {
    const value = piece.slice(key.length + 1).replaceAll('"', '')
    const kind = key === 'T' ? 'subject' : 'mailbox'
    const isUsual = kind === 'mailbox' && USUAL_MAILBOXES.has(value.toLowerCase())
    return isUsual ? piece : `${key}="${this.whole(kind, value)}"`
  }

  /** What stands before an equals sign belongs to the line, where it is one of its words. */
  #address(piece: string): string {
    const key = KEY.exec(piece)?.[0] ?? ''
    const end = /[.!?*\\]*$/.exec(piece)?.[0] ?? ''
    const address = piece.slice(key.length, piece.length - end.length)
    if (!address.includes('@')) return key + this.whole('user', address)
    return key + this.#pseudonyms.ofAddress(address) + end.replaceAll('\\', '')
  }

  /** Times of day, and addresses of IPv6, whole or cut short. */
  #colons(piece: string): string {
    if (TIME_OF_DAY.test(piece) || PORT.test(piece)) return piece
    const end = /[:.]*$/.exec(piece)?.[0] ?? ''
    const core = end === '::' ? piece : piece.slice(0, piece.length - end.length)
    if (LOOPBACKS.has(core)) return piece
    return this.whole('ip', core) + piece.slice(core.length)
  }

  #token(token: string, before: () => string): string {
    if (isPlain(token) || token === LINE_END) return token
    const start = /^[^\p{L}\p{N}\\%&]*/u.exec(token)?.[0] ?? ''
    const end = token.length === start.length ? '' : (/[.!?'’…–*_-]*$/.exec(token)?.[0] ?? '')
    const core = token.slice(start.length, token.length - end.length)
    if (core === '' || !isPlain(start) || !isPlain(end)) return this.whole('word', token)
    return start + this.#core(core, () => before() + start) + end
  }

  #core(core: string, before: () => string): string {
    const isKnown = this.#known.has(core)
    if ((isKnown && core.includes('.')) || LOOPBACKS.has(core)) return core
    const code = REPLY_OF_HOST.exec(core)?.[1]
    if (code !== undefined) return code + this.#core(core.slice(code.length), before)
    const kind = kindOf(core)
    if (kind !== null) return this.whole(kind, core)
    const behind = before()
    if (IS_NAME_NEXT.test(behind)) return this.whole('user', core)
    if (IS_SECRET_NEXT.test(behind)) return this.whole('word', core)
    if (WHOLE_NUMBER.test(core) && IS_SIZE_NEXT.test(behind)) return core
    if (OPENSSL_CODE.test(core) && behind.endsWith('error:')) return core
    return isKnown || C_FILE.test(core) || this.#isHarmless(core) ? core : this.whole('word', core)
  }

  #isHarmless(core: string): boolean {
    if (NUMBERS.some((number) => number.test(core))) return true
    const parts = core
      .replace(/['’]s$/, '')
      .split(/[-_+&]/)
      .filter((part) => part !== '')
    if (parts.filter((part) => /^\d+$/.test(part)).length > 1) return false
    return parts.every((part) => isWord(part) || /^\d{1,5}$/.test(part))
  }

  /** `oldestMs`, `queue.messages`; keys of tables may be anything. */
  #field(name: string): string {
    if (this.#known.has(name)) return name
    const words = name.split(/[._ -]|(?<=[a-z0-9])(?=[A-Z])/)
    const isField = words.every((word) => isWord(word) || /^\d{0,3}$/.test(word))
    // A host can have a name of such words.
    return isField && !/\.(?:[a-z]{2}|com|net|org|info|test|email)$/i.test(name)
      ? name
      : this.text(name)
  }
}

function isPlain(text: string): boolean {
  return /^[!-/:-@[-`{-~–—…→✓✗’]*$/.test(text)
}

function isWord(part: string): boolean {
  if (part.length === 1) return /[A-Za-z]/.test(part)
  if (SPECIAL.test(part)) return true
  return /^(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)$/.test(part) && VOCABULARY.has(part.toLowerCase())
}

/** Null: it may be a word or a number. */
function kindOf(core: string): Kind | null {
  if (isIP(core) !== 0) return 'ip'
  if (MESSAGE_ID.test(core)) return 'id'
  if (!core.includes('.')) return null
  if (C_FILE.test(core)) return null
  return NUMBERS.some((number) => number.test(core)) || SPECIAL.test(core) ? null : 'host'
}

/** Keys and signatures. A path has no such mixture. */
function looksLikeBase64(run: string): boolean {
  return [/[A-Z]/g, /[a-z]/g, /\d/g].every((kind) => (run.match(kind)?.length ?? 0) > 1)
}

/**
 * In this order: times; what people wrote, in quotes; URLs; addresses; what has colons, as IPv6; and
 * words, between what separates them. Each is bounded, or ends at the first character it cannot have.
 */
const PIECES = new RegExp(
  [
    String.raw`(?<time>(?<![\w.-])\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z| ?[+-]\d\d:?\d\d)?)?(?![\w.-]))`,
    String.raw`(?<![\w-])(?<quotedKey>T|mailbox)="(?:[^"\\]|\\.)*\\?"?`,
    String.raw`(?<![\w-])(?<header>Subject|Thread-Topic): [^\n]*`,
    String.raw`(?<url>(?<![\w])[A-Za-z][A-Za-z0-9+.-]{1,15}:\/\/[^\s"'<>]+)`,
    String.raw`(?<address>(?:"(?:[^"\\]|\\.){0,100}"|[^\s<>()"',;:]{0,300})@[^\s<>()"',;:]{0,300})`,
    String.raw`(?<colons>(?<![0-9A-Za-z:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,40}){2,10}(?:%\w{1,20})?)`,
    String.raw`(?<run>(?<![\w.+\/-])[A-Za-z0-9+\/]{24,}={0,2}(?![\w.@+\/=%-]))`,
    String.raw`[^\s"<>()[\]{},;=|:\/\x60]+`,
  ].join('|'),
  'g',
)
const KEY =
  /^(?:user|login|set_id|from|to|for|id|F|T|U|A|H|R|C|rcpt|sender|orig_to|CN|E|authid|method|client|helo|emailAddress|i|rua|ruf|P|P1|mailfrom|envelope-from|header\.from|header\.i|smtp\.mailfrom|smtp\.auth)=/
const TIME_OF_DAY = /^\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?$/
/** Between an address in brackets and what is said of it. */
const PORT = /^:\d{1,5}:$/
/** A user, a host or a message is named next: by an ordinary word, perhaps. */
const IS_NAME_NEXT =
  /(?:(?:^|[\s,(])(?:user|login|set_id|U|uid|account|H|helo|ehlo|id|SNI|from|to|for|sender|F|P1)=[^\w\s]{0,3}|(?:=>|->|>>|\*>|\*\*|==|<=) [^\w\s]{0,3}|(?:^|\s)H=[^\s()]{1,255} \(|[Uu]ser [^\w\s]{0,3})$/
const IS_SIZE_NEXT = /(?:^|\s)(?:S|size|pid|PID)=$/
/** As sizes and process ids are written; a telephone number begins with a nought. */
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,11})$/
/** Of these nothing may stay, not even an ordinary word. */
const IS_SECRET_NEXT =
  /(?:\b(?:password|passphrase|passwd|pass|pwd|pw|secret|token|api[_-]?key)["']?(?:=|: ?)["']?|\bBearer )$/i
const LOOK_BACK = 300
const PEM_BEGIN = '-----BEGIN '
const PEM_END = '-----END '
/** As a line end within a line is logged. */
const LINE_END = '\\n'
/** `250-mx.example.com`, of a reply of several lines. */
const REPLY_OF_HOST = /^([245]\d\d-)(?=.*[A-Za-z].*\.)/
/** Where OpenSSL found a fault: `error:0A000102:SSL routines:…:statem_srvr.c:1780:`. */
const OPENSSL_CODE = /^[0-9A-F]{8}$/
const C_FILE =
  /^(?:statem|statem_srvr|statem_clnt|ssl_lib|rec_layer_s3|record|tls_common|tls13_enc)\.c$/
const NUMBERS = [
  /^\d{1,5}$/,
  /^[~+-]?\d{1,9}(?:\.\d{1,6})?(?:ms|us|s|min|m|h|d|w|%|B|k|M|G|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/,
  /^\d{1,6}\.\d{1,6}$/,
  /^(?:\d{1,3}[wdhms]){1,5}$/,
  /^(?:[245]\d\d-)?[245]\.\d{1,3}\.\d{1,3}$/,
  /^\d{1,3}-\d{1,3}$/,
  /^0[0-7]{3,4}$/,
]
const SPECIAL =
  /^(?:IPv[46]|ipv[46]|ip6tables|tlsv1|TLSv?1(?:\.[0-3])?|SSLv[23]|SHA\d{0,3}|sha\d{1,3}|AES\d{0,3}|CHACHA20|POLY1305|X25519|x25519|ed25519|Ed25519|RSA\d{0,4}|rsa\d{0,4}|ECDHE|ECDSA|GCM|CCM|SMTPUTF8|UTF8|8BITMIME|IMAP4rev[12]|DKIM1|DMARC1|STSv1|spf1|CRAM|MD5|XOAUTH2|Ms|p\d\d|kB|[KMGT]iB|SQLite|OpenSSL|DNSSEC|ext4|btrfs|xfs|zfs|tmpfs|overlay|systemd)$/
const MESSAGE_ID = /^[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}$/
const USUAL_MAILBOXES = new Set(['inbox', 'sent', 'drafts', 'trash', 'junk', 'archive'])
const LOOPBACKS = new Set(['127.0.0.1', '0.0.0.0', '::1', '::'])
