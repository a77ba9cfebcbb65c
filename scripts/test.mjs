// Runs the tests with the pinned Node: all of them, or those of a folder or file: `npm test -- src/db`.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'

import { root, runNode } from './runtime.mjs'

/** Clients the scenario tests drive: the program, and the Debian package it comes from. */
const CLIENTS = {
  swaks: 'swaks',
  mbsync: 'isync',
  curl: 'curl',
  python3: 'python3',
  strace: 'strace',
  exigrep: 'exim4-base',
  'fail2ban-regex': 'fail2ban',
  dkimverify: 'python3-dkim',
  'named-checkzone': 'bind9-utils',
  'dnssec-signzone': 'bind9-utils',
  unbound: 'unbound',
  promtool: 'prometheus',
  mail: 'bsd-mailx',
  mutt: 'mutt',
  php: 'php-cli',
  chromium: 'chromium',
  'systemd-analyze': 'systemd',
}

if (process.env.CI === 'true') installClients()

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const patterns = args.filter((arg) => !arg.startsWith('-')).map(testsIn)
process.exitCode = runNode([
  '--test',
  '--test-timeout=120000',
  '--test-reporter=./scripts/reporter.mjs',
  '--test-reporter-destination=stdout',
  `--test-concurrency=${Math.max(2, availableParallelism())}`,
  ...options,
  ...(patterns.length > 0 ? patterns : ['src/**/*.test.ts', 'test/**/*.test.ts']),
])

/** Node takes files and patterns only. */
function testsIn(path) {
  return isFolder(path) ? join(path, '**/*.test.ts') : path
}

function isFolder(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true
}

/** A test whose client is missing skips itself and says so. */
function installClients() {
  const missing = Object.keys(CLIENTS).filter((program) => !isOnPath(program))
  if (missing.length === 0) return
  const say = (text) => process.stderr.write(`waybill: ${text}\n`)
  const packages = missing.map((program) => CLIENTS[program])
  if (!isOnPath('apt-get') || process.getuid?.() !== 0)
    return say(`${missing.join(', ')} not found and not installable: their tests will be skipped`)
  say(`installing test clients: ${packages.join(' ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const stdio = ['ignore', 'ignore', 'inherit']
  spawnSync('apt-get', ['-qq', 'update'], { stdio, env })
  const install = ['-qq', '-y', '--no-install-recommends', 'install', ...packages]
  if (spawnSync('apt-get', install, { stdio, env }).status !== 0)
    say(`apt-get could not install ${packages.join(', ')}: their tests will be skipped`)
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
