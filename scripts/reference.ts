/**
 * docs/reference/, made from the code: `npm run docs` writes it, a test fails when it is not what
 * the code says.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import type { Command } from 'commander'

import type { Cli } from '../src/cli/cli.ts'
import { wholeProgram } from '../src/cli/program.ts'
import { fieldsOf, type Key, type Node } from '../src/config/schema.ts'
import { SETTINGS } from '../src/config/settings.ts'

/** By path from the repository's top folder. */
export async function referenceDocs(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/configuration.md', configurationPage()],
    ['docs/reference/commands.md', await commandsPage()],
  ])
}

const MADE = 'Made from the code by `npm run docs`; change it there.'

function configurationPage(): string {
  const head = [
    '# Configuration',
    MADE,
    'The file is TOML: the one of `--config` or `$WAYBILL_CONFIG`, else `/etc/waybill/waybill.toml`. ' +
      '`waybill config default` prints one with every key, `waybill config show` what is in force ' +
      'and why. SIGHUP or `waybill reload` reads it again.',
  ]
  return page([...head, ...sectionParts(SETTINGS, [])])
}

/** The keys of a table first, then the tables inside it, as in the file. */
function sectionParts(fields: object, path: readonly string[]): string[] {
  const nodes = fieldsOf(fields)
  const keys = nodes.flatMap(([name, , node]) => (node.node === 'key' ? [keyRow(name, node)] : []))
  const table = keys.length === 0 ? [] : [[...KEY_HEAD, ...keys].join('\n')]
  const inner = nodes.flatMap(([name, , node]) => innerParts(node, [...path, name]))
  return [...table, ...inner]
}

const KEY_HEAD = ['| key | value | default | meaning |', '|---|---|---|---|']

function innerParts(node: Node, path: readonly string[]): string[] {
  if (node.node === 'key') return []
  const name = path.join('.')
  const title = node.node === 'tables' ? `[[${name}]]` : `[${name}]`
  return [`## \`${title}\``, oneLine(node.doc), ...sectionParts(node.fields, path)]
}

function keyRow(name: string, { kind, doc, fallback }: Key<unknown>): string {
  const cells = [`\`${name}\``, kind.accepts, defaultText(kind, fallback), doc]
  return `| ${cells.map((cell) => oneLine(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

function defaultText(kind: Key<unknown>['kind'], fallback: unknown): string {
  if (fallback === undefined) return 'must be given'
  return typeof fallback === 'function' ? "this machine's" : `\`${kind.print(fallback)}\``
}

async function commandsPage(): Promise<string> {
  const program = await wholeProgram(SILENT)
  const head = [
    '# Commands',
    MADE,
    'Every command that answers something takes `--json`. It ends with 0 (good), 1 (a problem was ' +
      'found) or 2 (it could not run).',
  ]
  return page([...head, help(program), ...program.commands.flatMap(commandParts)])
}

function commandParts(command: Command): string[] {
  return [`## ${nameOf(command)}`, help(command), ...command.commands.map(help)]
}

function help(command: Command): string {
  command.configureHelp({ helpWidth: 100, styleTitle: (title) => title })
  const pieces: string[] = []
  command.configureOutput({ writeOut: (text) => void pieces.push(text) })
  // With the examples that follow it, which `helpInformation` leaves out.
  command.outputHelp()
  return `\`\`\`text\n${pieces.join('').trimEnd()}\n\`\`\``
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

/** Commands are built and never run. */
const SILENT: Cli = {
  out: { write: () => {}, columns: undefined, colours: false },
  errors: { write: () => {}, columns: undefined, colours: false },
  input: process.stdin,
  exit: () => {},
}

function page(parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`
}

function oneLine(text: string): string {
  return text.replaceAll('\n', ' ')
}

if (import.meta.main)
  for (const [path, text] of await referenceDocs()) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
