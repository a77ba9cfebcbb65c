/** Dovecot's configuration: what doveconf says it is, or else its files. */
import { dirname } from 'node:path'

import { nonEmpty } from './exim.ts'
import type { ForeignWorld, Known } from './world.ts'
import { NotInstalled } from './world.ts'

export interface DovecotConfig extends Known {
  /** By way: `ssl_cert`, `service imap/vsz_limit`, `service imap-login/inet_listener imap/port`. */
  readonly settings: ReadonlyMap<string, string>
  /** Where it listens; empty: everywhere. */
  readonly addresses: readonly string[]
  /** Of files named by `ssl_cert = </path`. */
  fileOf(name: string): string | null
}

/** @throws NotInstalled */
export async function readDovecot(
  world: ForeignWorld,
  signal: AbortSignal,
): Promise<DovecotConfig> {
  // -P: names of key files are hidden without it. Nothing of it is printed.
  const whole = await world.run(['doveconf', '-n', '-P'], signal)
  // Only root may read the keys that are named there.
  const said = whole?.status === 0 ? whole : await world.run(['doveconf', '-n'], signal)
  const isAnswer = said?.status === 0 && said.out.trim() !== ''
  if (isAnswer)
    return dovecotOf(said.out, {
      by: 'doveconf -n',
      complaints: serious(said.errors),
      isBroken: false,
    })
  const text = textOf(world, CONFIG_FILE, { files: MOST_FILES, octets: MOST_OCTETS }, 0)
  if (text === null) throw new NotInstalled(`${CONFIG_FILE} was not found`)
  const silence = said?.status === 0 ? 'doveconf -n printed no settings' : ''
  const complaints = nonEmpty(`${said?.errors ?? ''}\n${silence}`)
  return dovecotOf(text, { by: CONFIG_FILE, complaints, isBroken: said !== null })
}

/** Exported for its test. */
export function dovecotOf(text: string, known: Known): DovecotConfig {
  const settings = new Map<string, string>()
  const open: string[] = []
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const block = /^([^={}]+?)\s*\{\s*(\})?$/.exec(trimmed)
    const option = /^([\w:/-]+)\s*=\s*(.*)$/.exec(trimmed)
    if (trimmed === '}') open.pop()
    else if (block !== null && block[2] === undefined) open.push(block[1] ?? '')
    else if (option !== null) settings.set([...open, option[1]].join('/'), option[2] ?? '')
  }
  for (const [now, before, write] of SINCE_2_4) {
    const value = settings.get(now)
    if (value !== undefined && !settings.has(before)) settings.set(before, write(value))
  }
  const path = settings.get('mail_path')
  if (path !== undefined) settings.set('mail_location', `${settings.get('mail_driver')}:${path}`)
  const listen = (settings.get('listen') ?? '*, ::').split(/[\s,]+/)
  const isEverywhere = listen.some((one) => one === '*' || one === '::' || one === '[::]')
  return {
    ...known,
    settings,
    addresses: isEverywhere ? [] : listen.filter((one) => one !== ''),
    fileOf: (name) => /^<\s*(\/.*)$/.exec(settings.get(name) ?? '')?.[1] ?? null,
  }
}

/** `256M`, `2 G`, `1024`; null: not a size. 0 and `unlimited` are no limit. */
export function sizeOf(text: string): number | null {
  const found = /^(\d+)\s*([bkmgt])?/i.exec(text.trim())
  if (found === null) return /^unlimited$/i.test(text.trim()) ? 0 : null
  return Number(found[1]) * 1024 ** Math.max('bkmgt'.indexOf((found[2] ?? 'b').toLowerCase()), 0)
}

/** What may still be read: files that include each other are endless. */
interface Left {
  files: number
  octets: number
}

/** With what it includes put in its place. */
function textOf(world: ForeignWorld, path: string, left: Left, depth: number): string | null {
  const { files } = world
  if (depth > MAX_DEPTH || left.files <= 0 || left.octets <= 0) return null
  left.files--
  if (files.stat(path)?.isFile() !== true) return null
  const octets = files.read(path, Math.min(MAX_OCTETS, left.octets))
  left.octets -= octets.length
  const text = octets.toString('utf8')
  return text.replaceAll(/^\s*!include(?:_try)?\s+(\S+)\s*$/gm, (_, given: string) => {
    const whole = given.startsWith('/') ? given : `${dirname(path)}/${given}`
    return included(world, whole)
      .map((one) => textOf(world, one, left, depth + 1) ?? '')
      .join('\n')
  })
}

/** `conf.d/*.conf`: a star in the last part only. */
function included({ files }: ForeignWorld, pattern: string): string[] {
  if (!pattern.includes('*')) return [pattern]
  const folder = dirname(pattern)
  const [before = '', after = ''] = pattern.slice(folder.length + 1).split('*')
  if (files.stat(folder) === null) return []
  return files
    .list(folder)
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name.startsWith(before) && name.endsWith(after))
    .sort()
    .map((name) => `${folder}/${name}`)
}

/** What it warns of by the way (limits that fit badly, a missing mtab) keeps no mail away. */
function serious(errors: string): readonly string[] {
  return nonEmpty(errors).filter((line) => /Fatal|Obsolete|Invalid|Unknown/i.test(line))
}

/** Names of Dovecot 2.4, what they were before, and how a value was written then. */
const SINCE_2_4: readonly (readonly [string, string, (value: string) => string])[] = [
  ['auth_allow_cleartext', 'disable_plaintext_auth', (value) => (value === 'yes' ? 'no' : 'yes')],
  ['ssl_server_cert_file', 'ssl_cert', (value) => `<${value}`],
  ['ssl_server_key_file', 'ssl_key', (value) => `<${value}`],
]
const CONFIG_FILE = '/etc/dovecot/dovecot.conf'
const MAX_DEPTH = 8
const MOST_FILES = 1_000
const MOST_OCTETS = 4 * 1024 * 1024
const MAX_OCTETS = 1024 * 1024
