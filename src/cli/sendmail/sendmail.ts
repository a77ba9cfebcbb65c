/** `waybill sendmail`: what programs call that know no SMTP. */
import { accessSync, constants } from 'node:fs'

import { Command } from 'commander'

import { messageOf, systemCodeOf } from '../../base/faults.ts'
import type { Config } from '../../config/types.ts'
import type { DropEnvelope } from '../../control/drop-file.ts'
import { dropFolderOf } from '../../control/drop-folder.ts'
import type { Office } from '../../office.ts'
import { type Cli, configOf, withOffice } from '../cli.ts'
import { isExplained, UsageFault } from '../faults.ts'
import { writeMailq } from '../queue/list.ts'
import { operator, pieces } from '../queue/steer.ts'
import { isOpen } from '../queue/words.ts'
import { idsOf } from '../queue/pages.ts'
import { compose } from './compose.ts'
import { linesOf, speakSmtp } from './dialogue.ts'
import { leaveInDrop } from './drop.ts'
import { EX_DATAERR, EX_NOUSER, EX_TEMPFAIL, exitOf, NotForUsers } from './exits.ts'
import { type Flags, parseFlags } from './flags.ts'
import { submit } from './submit.ts'

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

Without a running server mail is kept until one starts. Users other than root and the server's own
leave it in the drop folder (see [sendmail] in the configuration): 0 then means that it is there.
What the server cannot deliver comes back as mail. -bs, -bp, -bv and -q are for root.`

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
  const { config } = configOf(command)
  const text = await readAll(cli.input, config.limits.message.maxOctets, flags.endsAtDot)
  if (text === null) {
    cli.errors.write('sendmail: the message is too big\n')
    return cli.exit(EX_DATAERR)
  }
  const { endsAtDot, fromHeader, sender, fullName, notify, ret, envelopeId } = flags
  const message = compose(text, { endsAtDot, fromHeader, nowMs: Date.now() })
  const named = flags.recipients.flatMap((one) => one.split(',')).map(bare)
  const recipients = [...named.filter((one) => one !== ''), ...message.recipients]
  if (recipients.length === 0) throw new UsageFault('the message names no recipient')
  const envelope: DropEnvelope = {
    ...(sender === null ? {} : { from: bare(sender) || null }),
    ...{ fullName, recipients, notify, ret, envelopeId },
    ...{ needsFrom: !message.hasFrom, needsMessageId: !message.hasMessageId },
  }
  if (isClosed(config)) {
    leaveInDrop(dropFolderOf(config), envelope, message.octets)
    if (flags.isVerbose) cli.out.write('left for the server\n')
    return
  }
  const user = operator()
  await withOffice(command, async (office) => {
    const { id } = await submit(office, config.dataFolder, message.octets, { ...envelope, user })
    if (flags.isVerbose) cli.out.write(`${id}\n`)
  })
}

/** Is the data folder, with the server's socket, for others than who runs this? */
function isClosed({ dataFolder }: Config): boolean {
  try {
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK)
    return false
  } catch (error) {
    return systemCodeOf(error) === 'EACCES'
  }
}

/** SMTP on standard input: what comes so needs no login, for it comes from a user of this machine. */
async function speak(cli: Cli, command: Command): Promise<void> {
  const { config } = configOf(command)
  if (isClosed(config)) throw new NotForUsers()
  const { dataFolder, hostName, limits } = config
  const user = operator()
  await withOffice(command, async (office) => {
    await speakSmtp({
      hostName,
      maxOctets: limits.message.maxOctets,
      lines: linesOf(cli.input),
      write: (text) => cli.out.write(text),
      verify: async (address) => {
        const [verified] = await office.run('mail.verify', { recipients: [address] })
        return verified?.refused ?? null
      },
      submit: async (from, recipients, text) => {
        const options = { endsAtDot: false, fromHeader: false, nowMs: Date.now() }
        const message = compose(text, options)
        const { id } = await submit(office, dataFolder, message.octets, {
          ...{ user, fullName: null, from, recipients, notify: null, ret: null, envelopeId: null },
          ...{ needsFrom: !message.hasFrom, needsMessageId: !message.hasMessageId },
        })
        return id
      },
      isTemporary: (error) => exitOf(error) === EX_TEMPFAIL,
    })
  })
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

async function runAll(office: Office): Promise<void> {
  for await (const found of idsOf(office, {}))
    for (const ids of pieces(found)) await office.run('queue.run', { ids, now: false })
}

async function verify(cli: Cli, office: Office, addresses: readonly string[]): Promise<void> {
  const verified = await office.run('mail.verify', { recipients: addresses.map(bare) })
  for (const { address, refused } of verified)
    cli.out.write(`${address} ${refused === null ? 'verified' : `failed to verify: ${refused}`}\n`)
  // Exim's code for it is 2; that of sysexits.h is more widely known.
  if (verified.some(({ refused }) => refused !== null)) cli.exit(EX_NOUSER)
}
