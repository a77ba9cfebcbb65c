// Installs the dependencies when they are missing or not those of package-lock.json; otherwise it
// only reads two files. Plain JavaScript for Node 18 and newer: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { fail, root } from './runtime.mjs'

if (!isInstalled()) install()

/**
 * npm writes node_modules/.package-lock.json as the last step of an installation, so its packages
 * are what is there. Optional packages of other platforms are in the lock file only.
 */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const present = packagesOf(join('node_modules', '.package-lock.json'))
  if (wanted === undefined) fail('package-lock.json is missing or damaged: restore it from git')
  if (present === undefined) return false
  for (const name of Object.keys(present)) if (!wanted[name]) return false
  return Object.entries(wanted).every(([name, { version, integrity, optional }]) => {
    const found = present[name]
    if (name === '' || (found === undefined && optional)) return true
    return found?.version === version && found.integrity === integrity
  })
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

function install() {
  process.stderr.write('waybill: installing the dependencies (npm ci) …\n')
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  // Under `npm start` and `npm test`, the npm that is running installs.
  const own = process.env.npm_execpath
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []]
  const npm = spawnSync(command, [...first, ...args], {
    cwd: root,
    // What npm prints is not the output of the command that needed it.
    stdio: ['ignore', process.stderr, process.stderr],
  })
  if (npm.error) fail(`cannot run npm (${npm.error.message}): install npm, then try again`)
  if (npm.status !== 0)
    fail(
      `npm ci failed${npm.signal ? ` (${npm.signal})` : ` with exit code ${npm.status}`}; npm's own ` +
        'message is above: check the network and the free disk space, then try again',
    )
}
