/** Adding up big logs beside eximstats and pflogsumm. */
import { join } from 'node:path'

import { findProgram } from '../test/support/programs.ts'
import { makeTempFolder } from '../test/support/temp-folder.ts'
import { type CorpusServer, writeLog } from './log-corpus.ts'
import {
  type Command,
  LOG_OCTETS,
  runColumns,
  runInTurn,
  runProgram,
  WAYBILL,
  writeBigLog,
} from './log-runs.ts'
import { type Benchmark, columns, figure, mib, type Result } from './report.ts'

export const logStats: Benchmark = {
  name: 'log-stats',
  about: 'waybill log stats beside eximstats and pflogsumm, on logs of 250 MB',
  async run(note) {
    using folder = makeTempFolder()
    const results: Result[] = []
    for (const { server, peer, tables } of PEERS) {
      const path = join(folder.path, `${server}.log`)
      writeBigLog(path, server, note)
      results.push(await compare({ server, peer, path, tables }, note))
      const small = join(folder.path, `${server}-small.log`)
      writeLog(small, server, LOG_OCTETS / 5)
      results.push(await compareMemory(server, small, path))
    }
    return results
  },
}

interface Peer {
  readonly server: CorpusServer
  readonly peer: string
  /** With them it counts more of what we always count: by address and domain, and times. */
  readonly tables: readonly string[]
}

const PEERS: readonly Peer[] = [
  {
    server: 'exim',
    peer: 'eximstats',
    tables: ['-byhost', '-bydomain', '-byemail', '-byedomain', '-show_dt1,5,30,60'],
  },
  { server: 'postfix', peer: 'pflogsumm', tables: ['--smtpd-stats'] },
]
const ROUNDS = 5

async function compare(
  { server, peer, path, tables }: Peer & { readonly path: string },
  note: (line: string) => void,
): Promise<Result> {
  const program = findProgram(peer)
  const withTables = `${peer} with the tables that we have`
  const commands: readonly Command[] = [
    { name: 'waybill log stats', program: WAYBILL, args: ['log', 'stats', path] },
    { name: 'waybill log stats --json', program: WAYBILL, args: ['log', 'stats', '--json', path] },
    ...(program === null
      ? []
      : [
          { name: peer, program, args: [path] },
          { name: withTables, program, args: [...tables, path] },
        ]),
  ]
  const runs = await runInTurn(commands, ROUNDS, (line) => note(`${server}: ${line}`))
  const secondsOf = (name: string) => runs.find((run) => run.name === name)?.seconds ?? Number.NaN
  const ours = secondsOf('waybill log stats')
  const [plain, same] = [secondsOf(peer) / ours, secondsOf(withTables) / ours]
  const ratio =
    program === null
      ? ''
      : `: ${peer} takes ${figure(same)} times as long with the same tables, ${figure(plain)} times without`
  return {
    headline: `statistics of a log of ${server}${ratio}`,
    figures: runColumns(runs, {
      heading: 'MB/s',
      of: ({ seconds }) => figure(LOG_OCTETS / 1e6 / seconds),
    }),
  }
}

/** What a log five times as long takes in memory. */
async function compareMemory(server: CorpusServer, small: string, big: string): Promise<Result> {
  const [one, other] = [
    await runProgram(WAYBILL, ['log', 'stats', small]),
    await runProgram(WAYBILL, ['log', 'stats', big]),
  ]
  const growth = other.peakOctets / one.peakOctets
  return {
    headline: `memory for a log of ${server} five times as long: ${figure(growth)} times`,
    figures: columns([
      ['50 MB', mib(one.peakOctets)],
      ['250 MB', mib(other.peakOctets)],
    ]),
  }
}
