/** Names of files that a stranger chose: Exim since 4.94 does not open them. */
import { failing, ok, step } from '../findings.ts'
import { shown } from '../shown.ts'
import type { Finding } from '../types.ts'
import type { ForeignCheck } from './check.ts'
import type { Driver, EximConfig } from './exim.ts'

const TAINTED = {
  id: 'configuration.tainted',
  group: 'configuration',
  title: 'Names of files that a stranger chose',
  isNetwork: false,
} as const

export const tainted: ForeignCheck = {
  ...TAINTED,
  parts: {
    exim: { explain: ['exim -bP transports', 'exim -bP routers'], look: ofExim },
  },
}

function ofExim({ transports, routers }: EximConfig): readonly Finding[] {
  const found = [
    ...transports.flatMap((driver) => used(driver, 'transport', FILE_OPTIONS, inName)),
    ...routers.flatMap((driver) => used(driver, 'router', DATA_OPTIONS, inLookup)),
  ]
  if (found.length === 0)
    return [
      ok(TAINTED, 'no file is named by what a stranger wrote', [
        `${transports.length} transports and ${routers.length} routers`,
      ]),
    ]
  return found.map(({ where, text, variable }) =>
    failing(TAINTED, {
      subject: where,
      summary: `a file or command is named by $${variable}, which a stranger chose`,
      evidence: [shown(`${where}: ${text}`)],
      meaning: 'Exim 4.94 and later refuses that ("Tainted name") and puts the mail off for ever.',
      remedy: [
        step(
          `Use $${variable}_data, which is what a lookup or a local user gave, in place of $${variable}`,
        ),
        step('Test an address', 'exim4 -bt user@example.com'),
      ],
    }),
  )
}

interface Use {
  readonly where: string
  readonly text: string
  readonly variable: string
}

function used(
  { name, options }: Driver,
  kind: string,
  names: ReadonlySet<string>,
  find: (text: string) => string | null,
): Use[] {
  return [...options].flatMap(([option, text]) => {
    const variable = names.has(option) ? find(text) : null
    return variable === null ? [] : [{ where: `${kind} ${name}, ${option}`, text, variable }]
  })
}

const VARIABLE = /\$\{?(local_part|domain|original_local_part|original_domain)\b/

/** What a lookup gave is trusted, whatever was looked for. */
function inName(text: string): string | null {
  return /\$\{\s*lookup|\$\{\s*dlookup/.test(text) ? null : (VARIABLE.exec(text)?.[1] ?? null)
}

/** Within the name of a file that is looked up in: `lsearch{/etc/aliases.$domain}`. */
function inLookup(text: string): string | null {
  for (const [, file = ''] of text.matchAll(/search\*?@?\s*\{([^}]*)\}/g)) {
    const variable = VARIABLE.exec(file)?.[1]
    if (variable !== undefined) return variable
  }
  return null
}

const FILE_OPTIONS: ReadonlySet<string> = new Set([
  'file',
  'directory',
  'command',
  'create_directory',
  'home_directory',
  'maildirfolder_create_regex',
])
const DATA_OPTIONS: ReadonlySet<string> = new Set(['data', 'file', 'route_data', 'route_list'])
