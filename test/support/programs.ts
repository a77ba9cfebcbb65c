/** Programs that are not ours: found on PATH, run with a limit, their output returned. */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly timeoutMs?: number
}

/** The full path of a program, or null when it is not installed. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this folder.
    }
  }
  return null
}

/** A reason to skip a test that needs these programs, or false when all are there. */
export function missingPrograms(...names: readonly string[]): string | false {
  const missing = names.filter((name) => findProgram(name) === null)
  return missing.length === 0 ? false : `${missing.join(' and ')}: not installed`
}

/** Runs to the end. A program that takes too long is killed and its output so far is in the error. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => void stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => void stderr.push(chunk))
  child.stdin.on('error', () => undefined) // it may end before it read all its input
  child.stdin.end(options.input ?? '')

  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  const timeoutMs = options.timeoutMs ?? 30_000
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, timeoutMs)
  try {
    const status = await promise
    const ran = {
      status,
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr: Buffer.concat(stderr).toString('utf8'),
    }
    if (late) {
      throw new Error(`${command} took longer than ${timeoutMs} ms:\n${ran.stdout}${ran.stderr}`)
    }
    return ran
  } finally {
    clearTimeout(timer)
  }
}
