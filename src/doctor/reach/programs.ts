/** Programs that only look: run without a shell, without input, with little environment. */
import { spawn } from 'node:child_process'

import { systemCodeOf } from '../../base/faults.ts'
import type { Outside, ProgramResult } from '../outside.ts'

export const runProgram: Outside['run'] = async (command, signal) => {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: ENVIRONMENT,
    signal,
    // It only looks, and one that hangs may hear of nothing else.
    killSignal: 'SIGKILL',
  })
  const ended = Promise.withResolvers<number | null>()
  child.once('error', ended.reject).once('close', ended.resolve)
  const out = gathered(child.stdout)
  const errors = gathered(child.stderr)
  try {
    const status = await ended.promise
    return { status, out: out.text(), errors: errors.text() } satisfies ProgramResult
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The start of what a program says; the rest is read, or it would wait, and dropped. */
function gathered(stream: NodeJS.ReadableStream): { text(): string } {
  const pieces: Buffer[] = []
  let length = 0
  stream.on('data', (piece: Buffer) => {
    if (length < MAX_OUTPUT_OCTETS) pieces.push(piece.subarray(0, MAX_OUTPUT_OCTETS - length))
    length += piece.length
  })
  return { text: () => Buffer.concat(pieces).toString('utf8') }
}

/** Answers in English, and programs of administrators found by users too. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
}
const MAX_OUTPUT_OCTETS = 1024 * 1024
