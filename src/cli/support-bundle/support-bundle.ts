/** `waybill support-bundle`: what somebody who helps needs to see, and nothing about anybody. */
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'

import { Command } from 'commander'

import { systemClock } from '../../base/clock.ts'
import { messageOf, OperatorFault, systemReason } from '../../base/faults.ts'
import { systemRandom } from '../../base/random.ts'
import { bundleOf } from '../../doctor/bundle/contents.ts'
import { logEndsOf } from '../../doctor/bundle/log-ends.ts'
import { tarGz, type TarFile } from '../../doctor/bundle/tar.ts'
import { octetsWords } from '../../doctor/words.ts'
import { reportOf } from '../../trace/statistics/report.ts'
import { answer, type Cli, commonOptions, configOf } from '../cli.ts'
import { becomeServerAfterLooking } from '../doctor/as-root.ts'
import { lookAround } from '../doctor/looking.ts'
import { UsageFault } from '../faults.ts'
import { countAll } from '../log/counting.ts'
import { inputBy } from '../log/inputs.ts'
import { fit, paint } from '../table.ts'

interface BundleOptions {
  readonly output?: string
  readonly yes?: boolean
}

export function supportBundleCommand(cli: Cli): Command {
  const command = new Command('support-bundle')
    .option('-o, --output <file>', 'write there (default: waybill-support-….tar.gz, here)')
    .option('--yes', 'write without asking')
    .addHelpText(
      'after',
      `
Configuration, versions, what doctor finds, statistics and the last log lines, for whoever helps you.
Addresses, hosts, subjects, ids, passwords and keys are replaced by pseudonyms. What is in it is shown
before it is written, and nothing is sent anywhere.`,
    )
    .action((options: BundleOptions) => supportBundle(cli, command, options))
  return command
}

async function supportBundle(cli: Cli, command: Command, options: BundleOptions): Promise<void> {
  const isJson = commonOptions(command).json === true
  const loaded = configOf(command)
  const { OWN_CHECKS } = await import('../../doctor/own-checks.ts')
  const { openWorld } = await import('../../doctor-world.ts')
  const asRoot = await becomeServerAfterLooking(loaded)
  // As whom it is written, and before the doctor takes half a minute.
  const path = placeFor(options.output)
  await using world = await openWorld(loaded, { asRoot })
  // Before the doctor looks: that leaves lines of its own.
  const logs = logEndsOf(loaded.config.dataFolder)
  const statistics = await statisticsOf(cli, command)
  const examination = await lookAround(cli, OWN_CHECKS, world, systemClock.monotonicMs())
  const files = await bundleOf({
    ...{ world, checks: OWN_CHECKS, examination, logs, statistics },
    key: systemRandom.octets(KEY_OCTETS),
  })
  if (!isJson) show(cli, files)
  const octets = tarGz(files, systemClock.nowMs())
  const isWritten = options.yes === true || (await isWanted(cli, path, octets.length))
  if (isWritten) write(path, octets)
  const contents = files.map(({ name, octets }) => ({ name, octets: octets.length }))
  answer(cli, command, { file: isWritten ? path : null, octets: octets.length, contents }, () =>
    cli.out.write(
      isWritten ? `${path}: ${octetsWords(octets.length)}\n` : 'Nothing was written.\n',
    ),
  )
  if (!isWritten) cli.exit(1)
  // A check that hung may hang on.
  cli.leave?.()
}

/** @throws UsageFault when it cannot be written there, or something is there already */
function placeFor(output: string | undefined): string {
  if (output === undefined) {
    const stamp = new Date(systemClock.nowMs()).toISOString().replaceAll(/[-:]|\..*/g, '')
    const name = `waybill-support-${stamp}.tar.gz`
    // Root's folder is closed to the server's user.
    return [process.cwd(), tmpdir()].map((folder) => join(folder, name)).find(canWrite) ?? name
  }
  const path = resolve(output)
  if (existsSync(path)) throw new UsageFault(`${path} is there already: name another file with -o`)
  if (!canWrite(path))
    throw new UsageFault(
      `nothing can be written in ${dirname(path)} by the server’s user: name a file in another ` +
        `folder, such as ${join(tmpdir(), 'bundle.tar.gz')}`,
    )
  return path
}

function canWrite(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A sentence where there is no log. */
async function statisticsOf(cli: Cli, command: Command): Promise<unknown> {
  try {
    const input = await inputBy(cli, command, [], { format: 'exim', since: SINCE })
    return reportOf(await countAll(input), { zone: input.zone, top: TOP })
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error
    return messageOf(error)
  }
}

/** Everything by name and size, and of some files the last lines. */
function show({ out }: Cli, files: readonly TarFile[]): void {
  const width = Math.max(...files.map(({ name }) => name.length))
  for (const { name, octets } of files)
    out.write(`${name.padEnd(width)}  ${octetsWords(octets.length)}\n`)
  for (const { name, octets } of files) {
    if (!SHOWN.test(name)) continue
    out.write(`\n${paint(out, 'bold', name)}\n`)
    const lines = Buffer.from(octets).toString('utf8').trimEnd().split('\n').slice(-PREVIEW)
    for (const line of lines) {
      const cut = out.columns === undefined ? line : fit(line, out.columns - 2).trimEnd()
      out.write(`  ${cut}\n`)
    }
  }
  out.write('\nOf addresses, hosts and texts of others only pseudonyms are in it.\n')
}

async function isWanted({ input, errors }: Cli, path: string, octets: number): Promise<boolean> {
  if (!input.isTTY) {
    errors.write('Without a terminal nobody can be asked: --yes writes it.\n')
    return false
  }
  const lines = createInterface({ input, output: process.stderr })
  try {
    const question = `Write ${path} (${octetsWords(octets)})? [y/N] `
    return /^y(es)?$/i.test((await lines.question(question)).trim())
  } finally {
    lines.close()
  }
}

/** Never over anything, and for its owner only. */
function write(path: string, octets: Uint8Array): void {
  try {
    writeFileSync(path, octets, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new UsageFault(`${path} cannot be written: ${systemReason(error)}`)
  }
}

const SINCE = '7d'
const TOP = 20
const KEY_OCTETS = 32
const PREVIEW = 4
const SHOWN = /\/(?:configuration|log\/mainlog|log\/authlog)$/
