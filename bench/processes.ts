/** Processes beside this one: the load generators, and how much memory a server has. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Program extends AsyncDisposable {
  /** The next line it prints. @throws when it ends instead */
  line(): Promise<string>
  /** Asks it to go on: it waits for a line on its standard input. */
  proceed(): void
}

/** Starts a TypeScript file of this folder in a process of its own. */
export function startProgram(file: string, ...args: readonly string[]): Program {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async line() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${file} ended without an answer`)
      return value
    },
    proceed: () => void child.stdin.write('\n'),
    async [Symbol.asyncDispose]() {
      child.kill()
      await exit
    },
  }
}

/** Resident memory of a process and its children, octets. */
export function residentOctets(pid: number): number {
  return sumOverTree(pid, 'VmRSS')
}

/** Forgets the peak, so that {@link peakOctets} is the one since now. */
export function resetPeak(pid: number): void {
  for (const one of [pid, ...childrenOf(pid)]) writeFileSync(`/proc/${one}/clear_refs`, '5')
}

export function peakOctets(pid: number): number {
  return sumOverTree(pid, 'VmHWM')
}

function sumOverTree(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const own = Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024
  return childrenOf(pid).reduce((sum, child) => sum + sumOverTree(child, field), own)
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
