/** Watching and disturbing the system calls of a running server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { missingPrograms } from '../support/programs.ts'

/**
 * One system call: where in the trace it began, and where it had returned. One that had not when the
 * tracer left has no result and ends never.
 */
export interface SystemCall {
  readonly name: string
  readonly thread: number
  /** As strace prints them, descriptors with what they are: `25</data/mail.db-wal>`. */
  readonly args: string
  readonly result: string
  readonly began: number
  readonly ended: number
}

export interface Strace extends AsyncDisposable {
  /** Detaches. The server goes on undisturbed. */
  stop(): Promise<void>
}

const LEAVE_MS = 2000

/** A reason why processes cannot be traced here, or false. */
export function missingStrace(): string | false {
  return missingPrograms('strace')
}

/** Attaches to all threads of a process; resolves when every call from now on is seen. */
export async function attachStrace(pid: number, args: readonly string[]): Promise<Strace> {
  const strace = spawn('strace', ['-f', '-p', String(pid), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exit = once(strace, 'exit')
  let printed = ''
  const attached = Promise.withResolvers<void>()
  strace.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString()
    if (/ attached/.test(printed)) attached.resolve()
  })
  void exit.then(() => attached.reject(new Error(`strace ended: ${printed.trim()}`)))
  await attached.promise
  const stop = async () => {
    strace.kill('SIGTERM')
    // When the traced process was killed, strace may wait for a thread that will never report.
    const late = setTimeout(() => strace.kill('SIGKILL'), LEAVE_MS)
    await exit
    clearTimeout(late)
  }
  return { stop, [Symbol.asyncDispose]: stop }
}

/** Reads what `strace -f -o FILE` wrote, in the order of the calls' beginnings. */
export function parseStrace(text: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<number, { name: string; args: string; began: number }>()
  for (const [at, line] of text.split('\n').entries()) {
    const match = /^(\d+)\s+(.*)$/.exec(line)
    if (!match) continue
    const thread = Number(match[1])
    const rest = match[2] ?? ''
    const resumed = /^<\.\.\. (\w+) resumed>(.*)\)\s+= (.*)$/.exec(rest)
    const begun = unfinished.get(thread)
    if (resumed && begun) {
      unfinished.delete(thread)
      const [, , more = '', result = ''] = resumed
      calls.push({ ...begun, thread, args: begun.args + more, result, ended: at })
      continue
    }
    const interrupted = /^(\w+)\((.*)<(?:unfinished|detached) \.\.\.>$/.exec(rest)
    if (interrupted) {
      const [, name = '', args = ''] = interrupted
      unfinished.set(thread, { name, args, began: at })
      continue
    }
    const whole = /^(\w+)\((.*)\)\s+= (.*)$/.exec(rest)
    if (!whole) continue
    const [, name = '', args = '', result = ''] = whole
    calls.push({ name, thread, args, result, began: at, ended: at })
  }
  for (const [thread, begun] of unfinished) {
    calls.push({ ...begun, thread, result: '', ended: Number.POSITIVE_INFINITY })
  }
  return calls.sort((one, other) => one.began - other.began)
}

export function readStrace(file: string): SystemCall[] {
  return parseStrace(readFileSync(file, 'latin1'))
}
