/** Exim's configuration: what the server says it is, or else its file. */
import type { ForeignWorld, Known } from './world.ts'
import { NotInstalled } from './world.ts'

/** One router, transport or authenticator. */
export interface Driver {
  readonly name: string
  readonly options: ReadonlyMap<string, string>
}

export interface EximConfig extends Known {
  /** Of the main section, with the defaults where the server told them. */
  readonly main: ReadonlyMap<string, string>
  readonly routers: readonly Driver[]
  readonly transports: readonly Driver[]
  readonly authenticators: readonly Driver[]
  /** Their lines, by name. */
  readonly acls: ReadonlyMap<string, readonly string[]>
  /** All lines, joined where they are continued. */
  readonly lines: readonly string[]
  /** The program's name here: `exim4` or `exim`. */
  readonly program: string | null
  readonly spool: string
  /** Folder of mainlog and paniclog; null: syslog. */
  readonly logPattern: string | null
  /** Whose rights a delivery and the daemon have. */
  readonly user: string
  /** Where it listens; empty: everywhere. */
  readonly addresses: readonly string[]
}

/** @throws NotInstalled */
export async function readExim(world: ForeignWorld, signal: AbortSignal): Promise<EximConfig> {
  for (const program of ['exim4', 'exim']) {
    const whole = await world.run([program, '-bP', 'config'], signal)
    if (whole === null) continue
    const main = await world.run([program, '-bP'], signal)
    // Whoever prints no setting was not asked: without one nothing would be found wrong.
    if (whole.status === 0 && main?.status === 0 && main.out.includes(' = '))
      return configOf(whole.out, {
        program,
        by: `${program} -bP`,
        errors: whole.errors,
        main: main.out,
      })
    const file = fileText(world)
    return {
      ...configOf(file?.text ?? '', { program, by: file?.path ?? program, errors: '', main: '' }),
      complaints: [
        ...nonEmpty(`${whole.errors}\n${main?.errors ?? ''}`),
        ...(main?.status === 0 ? [`${program} -bP printed no settings`] : []),
      ],
      isBroken: true,
    }
  }
  const file = fileText(world)
  if (file === null)
    throw new NotInstalled('neither the program exim nor its configuration was found')
  return configOf(file.text, { program: null, by: file.path, errors: '', main: '' })
}

function fileText({ files }: ForeignWorld): { text: string; path: string } | null {
  const path = CONFIG_FILES.find((one) => files.stat(one) !== null)
  if (path === undefined) return null
  return { path, text: files.read(path, MAX_OCTETS).toString('utf8') }
}

interface Said {
  readonly program: string | null
  readonly by: string
  readonly errors: string
  /** What `exim -bP` printed; empty: nothing. */
  readonly main: string
}

/** Exported for its test. */
export function configOf(text: string, { program, by, errors, main }: Said): EximConfig {
  const lines = joined(text)
  const sections = sectionsOf(lines)
  const options = new Map([...optionsOf(sections.get('main') ?? []), ...printed(main)])
  const spool = options.get('spool_directory') || '/var/spool/exim4'
  return {
    main: options,
    routers: driversOf(sections.get('routers') ?? []),
    transports: driversOf(sections.get('transports') ?? []),
    authenticators: driversOf(sections.get('authenticators') ?? []),
    acls: aclsOf(sections.get('acl') ?? []),
    lines,
    ...{ program, by, spool, complaints: nonEmpty(errors), isBroken: false },
    logPattern: logPatternOf(options.get('log_file_path'), spool),
    user: options.get('exim_user') || 'Debian-exim',
    addresses: eximList(options.get('local_interfaces') ?? '')
      .map((one) =>
        one.replace(/^\[([^\]]*)\].*$/, '$1').replace(/^(\d+\.\d+\.\d+\.\d+)\.\d+$/, '$1'),
      )
      .filter((one) => one !== ''),
  }
}

/** A list in Exim's form: `a : b`, `<; a ; b`, with a doubled separator for itself. */
export function eximList(text: string): readonly string[] {
  const given = /^\s*<(\S)(.*)$/s.exec(text)
  const separator = given?.[1] ?? ':'
  const items = (given?.[2] ?? text).replaceAll(separator + separator, '\0').split(separator)
  return items.map((item) => item.replaceAll('\0', separator).trim())
}

/** Lines that end with a backslash go on; comments and empty ones are left out. */
function joined(text: string): string[] {
  const whole: string[] = []
  let open = ''
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (trimmed.startsWith('#')) continue
    if (trimmed.endsWith('\\')) {
      open += `${trimmed.slice(0, -1)}`
      continue
    }
    const end = (open + trimmed).trim()
    open = ''
    if (end !== '') whole.push(end)
  }
  return whole
}

function sectionsOf(lines: readonly string[]): Map<string, string[]> {
  let section: string[] = []
  const sections = new Map([['main', section]])
  for (const line of lines) {
    const name = /^begin\s+(\w+)$/.exec(line)?.[1]
    if (name === undefined) section.push(line)
    else {
      section = []
      sections.set(name, section)
    }
  }
  return sections
}

const OPTION = /^(?:hide\s+)?(\w+)\s*=\s*(.*)$/s

function optionsOf(lines: readonly string[]): [string, string][] {
  return lines.flatMap((line): [string, string][] => {
    const named = /^(\w+list)\s+(\w+)\s*=\s*(.*)$/s.exec(line)
    if (named !== null) return [[`${named[1]} ${named[2]}`, named[3] ?? '']]
    const option = OPTION.exec(line)
    if (option !== null) return [[option[1] ?? '', unquoted(option[2] ?? '')]]
    const flag = /^(?:hide\s+)?(no_|not_)?(\w+)$/.exec(line)
    return flag === null ? [] : [[flag[2] ?? '', flag[1] === undefined ? 'true' : 'false']]
  })
}

/** `exim -bP`: `name = value`, `name` and `no_name`. */
function printed(text: string): [string, string][] {
  return optionsOf(text.split('\n').map((line) => line.trim()))
}

function driversOf(lines: readonly string[]): Driver[] {
  const drivers: { name: string; lines: string[] }[] = []
  for (const line of lines) {
    const name = /^([\w-]+):$/.exec(line)?.[1]
    if (name === undefined) drivers.at(-1)?.lines.push(line)
    else drivers.push({ name, lines: [] })
  }
  return drivers.map(({ name, lines: own }) => ({ name, options: new Map(optionsOf(own)) }))
}

function aclsOf(lines: readonly string[]): Map<string, string[]> {
  const acls = new Map<string, string[]>()
  let current: string[] = []
  for (const line of lines) {
    const name = /^([\w-]+):$/.exec(line)?.[1]
    if (name === undefined) current.push(line)
    else {
      current = []
      acls.set(name, current)
    }
  }
  return acls
}

function logPatternOf(value: string | undefined, spool: string): string | null {
  const paths = eximList(value ?? '/var/log/exim4/%slog').filter((one) => one !== '')
  const path = paths.find((one) => one.startsWith('/'))
  if (path !== undefined) return path
  return paths.length > 0 && paths.every((one) => one === 'syslog') ? null : `${spool}/log/%slog`
}

function unquoted(text: string): string {
  return /^"(.*)"$/s.exec(text)?.[1] ?? text
}

export function nonEmpty(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

const CONFIG_FILES = [
  ...['/etc/exim4/exim4.conf', '/var/lib/exim4/config.autogenerated', '/etc/exim/exim.conf'],
  ...['/etc/exim.conf', '/usr/exim/configure', '/usr/local/etc/exim/configure'],
]
const MAX_OCTETS = 4 * 1024 * 1024
