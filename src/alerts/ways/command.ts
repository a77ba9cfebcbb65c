/** Alerts to a program: without a shell, with JSON on its standard input and little environment. */
import { spawn } from 'node:child_process'

import { systemCodeOf, systemReason } from '../../base/faults.ts'
import { printable } from '../../journal/exim/escape.ts'
import { jsonOf } from './forms.ts'
import { type Way, WayFault } from './way.ts'

/** @param command  program and arguments; at least the program */
export function commandWay(command: readonly string[], timeoutMs: number): Way {
  const [program = '', ...args] = command
  return {
    name: 'command',
    isOwnQueue: false,
    async send(notice, signal) {
      const child = spawn(program, args, {
        stdio: ['pipe', 'ignore', 'pipe'],
        cwd: '/',
        env: ENVIRONMENT,
        // With all that it started.
        detached: true,
      })
      const ended = Promise.withResolvers<string | null>()
      child.once('error', ended.reject)
      child.once('exit', (code, killed) =>
        ended.resolve(
          code === 0 ? null : code === null ? `it was ended by ${killed}` : `exit code ${code}`,
        ),
      )
      let errors = ''
      child.stderr.setEncoding('utf8').on('data', (piece: string) => {
        if (errors.length < MAX_ERROR_CHARS) errors += piece.slice(0, MAX_ERROR_CHARS)
      })
      // A program that does not read its input closes it.
      child.stdin.on('error', () => {}).end(`${JSON.stringify(jsonOf(notice))}\n`)
      const time = AbortSignal.timeout(timeoutMs)
      const stop = () => end(child.pid)
      const either = AbortSignal.any([signal, time])
      either.addEventListener('abort', stop, { once: true })
      try {
        if (either.aborted) stop()
        const trouble = await ended.promise
        if (time.aborted) throw new Error(`it did not end within ${timeoutMs / 1000} s`)
        if (trouble !== null)
          throw new Error([trouble, firstLine(errors, args)].filter(Boolean).join(': '))
      } catch (error) {
        if (systemCodeOf(error) === undefined) throw error
        throw new WayFault(`${program} cannot be run: ${systemReason(error)}`, { cause: error })
      } finally {
        either.removeEventListener('abort', stop)
        child.stderr.destroy()
        if (isThere(child.pid)) endLater(child.pid, timeoutMs, signal)
      }
    },
  }
}

/** What it left running may take as long as it may itself, and ends with the server. */
function endLater(pid: number | undefined, timeoutMs: number, signal: AbortSignal): void {
  const stop = () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
    end(pid)
  }
  const timer = setTimeout(stop, timeoutMs).unref()
  signal.addEventListener('abort', stop)
}

/** Whether anything of what it started still runs. */
function isThere(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, 0)
  } catch {
    return false
  }
}

function end(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** Without its arguments, one of which may be a secret: it is told by other ways, and logged. */
function firstLine(text: string, args: readonly string[]): string {
  let line = text.trim().split('\n', 1)[0] ?? ''
  for (const arg of args.toSorted((a, b) => b.length - a.length))
    if (arg.length >= SECRET_CHARS) line = line.replaceAll(arg, '…')
  return printable(line.slice(0, MAX_ERROR_CHARS))
}

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
}
const MAX_ERROR_CHARS = 500
/** What is shorter is a word that may stand in any sentence. */
const SECRET_CHARS = 6
