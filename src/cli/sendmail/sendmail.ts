/** `waybill sendmail`: what programs call that know no SMTP. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Command } from 'commander'

import { messageOf } from '../../base/faults.ts'
import type { LocalMail } from '../../control/submit-commands.ts'
import type { Office } from '../../office.ts'
import { type Cli, configOf, withOffice } from '../cli.ts'
import { isExplained, UsageFault } from '../faults.ts'
import { writeMailq } from '../queue/list.ts'
import { operator } from '../queue/steer.ts'
import { isOpen } from '../queue/words.ts'
import { idsOf } from '../queue/pages.ts'
import { type Composed, compose } from './compose.ts'
import { linesOf, speakSmtp } from './dialogue.ts'
import { EX_DATAERR, EX_NOUSER, EX_TEMPFAIL, exitOf } from './exits.ts'
import { type Flags, parseFlags } from './flags.ts'

const HELP = `
  -t          to the addresses of To, Cc and Bcc; Bcc is taken out
  -i, -oi     a line with a single dot does not end the message
  -f ADDRESS  the sender of the envelope; -r is the same
  -F NAME     the name in the From field, when the message has none
  -N, -R, -V  notices of delivery: success, failure, delay or never; full or hdrs; an envelope id
  -bs         speak SMTP on standard input and output
  -bp         list the queue, as mailq;  -q: try now what waits
  -bv         say whether addresses are taken, and send nothing
  -v          say the id of the message
  --          addresses follow, even those that begin with -

Other flags of sendmail are taken and change nothing. The exit codes are those of sysexits.h: 64
usage, 65 data, 67 no such user, 75 try again later, 77 not permitted.

Root and the server's own user can send so. Without a running server mail is kept until one starts.`

export function sendmailCommand(cli: Cli): Command {
  const command = new Command('sendmail')
  return command
    .argument('[addresses...]', 'for whom the mail is that comes on standard input')
    .allowUnknownOption()
    .helpOption('--help', 'display help for command')
    .addHelpText('after', HELP)
    .action(async () => {
      try {
        await sendmail(cli, command, parseFlags(command.args))
      } catch (error) {
        const text = isExplained(error) ? sentenceOf(error) : messageOf(error)
        cli.errors.write(`sendmail: ${text}\n`)
        cli.exit(exitOf(error))
      }
    })
}

function sentenceOf(error: Error): string {
  return 'detail' in error && typeof error.detail === 'string' ? error.detail : error.message
}

async function sendmail(cli: Cli, command: Command, flags: Flags): Promise<void> {
  switch (flags.mode) {
    case 'send':
      return await send(cli, command, flags)
    case 'list':
      return await withOffice(command, (office) => writeMailq(cli, office, {}))
    case 'listWaiting':
      return await withOffice(command, (office) => writeMailq(cli, office, {}, isOpen))
    case 'run':
      return await withOffice(command, runAll)
    case 'verify':
      return await withOffice(command, (office) => verify(cli, office, flags.recipients))
    case 'nothing':
      return
    case 'smtp':
      return await speak(cli, command)
    default:
      return flags.mode satisfies never
  }
}

async function send(cli: Cli, command: Command, flags: Flags): Promise<void> {
  if (flags.recipients.length === 0 && !flags.fromHeader)
    throw new UsageFault('name a recipient, or say -t to take those of the header')
  const user = operator()
  const { dataFolder, limits } = configOf(command).config
  const text = await readAll(cli.input, limits.message.maxOctets, flags.endsAtDot)
  if (text === null) {
    cli.errors.write('sendmail: the message is too big\n')
    return cli.exit(EX_DATAERR)
  }
  await withOffice(command, async (office) => {
    const domain = await office.run('mail.domain', {})
    const full = (address: string) => (address.includes('@') ? address : `${address}@${domain}`)
    const sender = flags.sender === null ? user : bare(flags.sender)
    const author = full(sender === '' ? user : sender)
    const message = compose(text, {
      ...{ endsAtDot: flags.endsAtDot, fromHeader: flags.fromHeader, nowMs: Date.now() },
      from: { name: flags.fullName ?? gecosOf(user), address: author },
    })
    const named = flags.recipients.flatMap((one) => one.split(',')).map(bare)
    const recipients = [...named.filter((one) => one !== ''), ...message.recipients].map(full)
    if (recipients.length === 0) throw new UsageFault('the message names no recipient')
    const { id } = await submit(office, dataFolder, message, (file) => ({
      ...{ user, file, from: sender === '' ? null : author, recipients },
      needsMessageId: !message.hasMessageId,
      ...{ notify: flags.notify, ret: flags.ret, envelopeId: flags.envelopeId },
    }))
    if (flags.isVerbose) cli.out.write(`${id}\n`)
  })
}

/** SMTP on standard input: what comes so needs no login, for it comes from a user of this machine. */
async function speak(cli: Cli, command: Command): Promise<void> {
  const user = operator()
  const { dataFolder, hostName, limits } = configOf(command).config
  await withOffice(command, async (office) => {
    const domain = await office.run('mail.domain', {})
    const full = user.includes('@') ? user : `${user}@${domain}`
    await speakSmtp({
      hostName,
      maxOctets: limits.message.maxOctets,
      lines: linesOf(cli.input),
      write: (text) => cli.out.write(text),
      verify: async (address) => {
        const [verified] = await office.run('mail.verify', { recipients: [address] })
        return verified?.refused ?? null
      },
      submit: async (sender, recipients, text) => {
        const from = { name: null, address: sender ?? full }
        const options = { endsAtDot: false, fromHeader: false, from, nowMs: Date.now() }
        const message = compose(text, options)
        const { id } = await submit(office, dataFolder, message, (file) => ({
          ...{ user, file, from: sender, recipients, needsMessageId: !message.hasMessageId },
          ...{ notify: null, ret: null, envelopeId: null },
        }))
        return id
      },
      isTemporary: (error) => exitOf(error) === EX_TEMPFAIL,
    })
  })
}

type MailOf = (file: string) => LocalMail

/** The message goes through a file: it may be larger than a request. The server deletes it. */
async function submit(office: Office, folder: string, { octets }: Composed, mailOf: MailOf) {
  const file = `submit-${randomBytes(16).toString('hex')}`
  const path = join(folder, 'tmp', file)
  try {
    writeFileSync(path, octets, { flag: 'wx', mode: 0o600 })
    return await office.run('mail.submit', mailOf(file))
  } finally {
    rmSync(path, { force: true })
  }
}

/** Null: it is longer than any message may be. The text is latin1, one character an octet. */
async function readAll(
  input: NodeJS.ReadStream,
  maxOctets: number,
  endsAtDot: boolean,
): Promise<string | null> {
  const chunks: Buffer[] = []
  let octets = 0
  let end = ''
  for await (const chunk of input) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    octets += piece.length
    if (octets > maxOctets) return null
    chunks.push(piece)
    end = `${end}${piece.subarray(-4).toString('latin1')}`.slice(-4)
    // Somebody who types ends with a dot, and not with the end of input.
    if (endsAtDot && input.isTTY && /(^|\n)\.\r?\n$/.test(end)) break
  }
  return Buffer.concat(chunks).toString('latin1')
}

/** `<jane@example.com>` and `Jane <jane@example.com>` without the rest. */
function bare(address: string): string {
  const inBrackets = /<([^<>]*)>\s*$/.exec(address)?.[1]
  return (inBrackets ?? address).trim()
}

/** The full name that /etc/passwd has; null: none. `&` stands for the user, as it did in 1980. */
function gecosOf(user: string): string | null {
  if (!existsSync('/etc/passwd')) return null
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const fields = lines.map((line) => line.split(':')).find(([name]) => name === user)
  const [name = ''] = (fields?.[4] ?? '').split(',')
  const capital = user.charAt(0).toUpperCase() + user.slice(1)
  return name === '' ? null : name.replaceAll('&', capital)
}

async function runAll(office: Office): Promise<void> {
  for await (const ids of idsOf(office, {}))
    for (let at = 0; at < ids.length; at += 500)
      await office.run('queue.run', { ids: ids.slice(at, at + 500), now: false })
}

async function verify(cli: Cli, office: Office, addresses: readonly string[]): Promise<void> {
  const domain = await office.run('mail.domain', {})
  const recipients = addresses
    .map(bare)
    .map((one) => (one.includes('@') ? one : `${one}@${domain}`))
  const verified = await office.run('mail.verify', { recipients })
  for (const { address, refused } of verified)
    cli.out.write(`${address} ${refused === null ? 'verified' : `failed to verify: ${refused}`}\n`)
  // Exim's code for it is 2; that of sysexits.h is more widely known.
  if (verified.some(({ refused }) => refused !== null)) cli.exit(EX_NOUSER)
}
