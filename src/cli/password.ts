/** New passwords: typed without echo, piped in, or made up. Never on the command line. */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

import type { Cli } from './cli.ts'
import { UsageFault } from './faults.ts'

export interface PasswordOptions {
  readonly passwordStdin?: boolean
  readonly generate?: boolean
}

/** Generated passwords are shown to whoever asked for one; others never are. */
export interface NewPassword {
  readonly password: string
  readonly generated: boolean
}

export async function newPassword(
  cli: Cli,
  options: PasswordOptions,
  address: string,
): Promise<NewPassword> {
  if (options.generate) return { password: generatePassword(), generated: true }
  const password =
    options.passwordStdin || !cli.input.isTTY
      ? await firstLine(cli.input)
      : await typedTwice(cli, address)
  return { password, generated: false }
}

/** A password that exists elsewhere: piped in, or typed once. */
export async function knownPassword(
  cli: Cli,
  { passwordStdin }: { readonly passwordStdin?: boolean },
  prompt: string,
): Promise<string> {
  if (!passwordStdin && cli.input.isTTY) return await typed(cli, prompt)
  return await firstLine(cli.input, 'write one line')
}

/** Everything on standard input, up to a size that no file of settings has. */
export async function textOf(input: NodeJS.ReadStream): Promise<string> {
  input.setEncoding('utf8')
  let text = ''
  for await (const chunk of input) {
    text += chunk
    if (text.length > 100_000) break
  }
  return text
}

/** Five groups of four from 31 characters that look like no other: 99 bits. */
function generatePassword(): string {
  const group = () => Array.from({ length: 4 }, () => ALPHABET.charAt(randomInt(ALPHABET.length)))
  return Array.from({ length: 5 }, () => group().join('')).join('-')
}

const ALPHABET = '23456789abcdefghijkmnpqrstuvwxyz'

async function firstLine(
  input: NodeJS.ReadStream,
  remedy = 'write one line, or use --generate',
): Promise<string> {
  input.setEncoding('utf8')
  let text = ''
  for await (const chunk of input) {
    text += chunk
    if (text.includes('\n') || text.length > 10_000) break
  }
  const [line = ''] = text.split('\n')
  const password = line.replace(/\r$/, '')
  if (password === '') throw new UsageFault(`no password came on standard input; ${remedy}`)
  return password
}

async function typedTwice(cli: Cli, address: string): Promise<string> {
  const first = await typed(cli, `New password for ${address}: `)
  if ((await typed(cli, 'Once more: ')) !== first)
    throw new UsageFault('the two passwords differ; nothing was changed')
  return first
}

async function typed(cli: Cli, prompt: string): Promise<string> {
  cli.errors.write(prompt)
  // readline echoes to its output; this one shows nothing.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: cli.input, output: silent, terminal: true })
  try {
    const interrupted = once(lines, 'SIGINT').then(() => null)
    const line = await Promise.race([lines.question(''), interrupted])
    if (line === null) throw new UsageFault('interrupted; nothing was changed')
    return line
  } finally {
    lines.close()
    cli.errors.write('\n')
  }
}

/** Asks before something is lost. @throws UsageFault unless the answer is yes */
export async function confirm(cli: Cli, yes: boolean | undefined, question: string): Promise<void> {
  if (yes) return
  if (!cli.input.isTTY) throw new UsageFault(`${question} Say --yes to do it.`)
  const lines = createInterface({ input: cli.input, output: process.stderr })
  const reply = await lines.question(`${question} Type yes: `)
  lines.close()
  if (reply.trim().toLowerCase() !== 'yes') throw new UsageFault('nothing was changed')
}
