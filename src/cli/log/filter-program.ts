/** Other programs that unpack a log: `xz`, `bzip2`. */
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Runs a program from its input to its output; see `RunFilter`. */
export async function* runFilter(
  program: string,
  args: readonly string[],
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 500)
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  // A program that stops early closes its input: what it says is the reason.
  const fed = pipeline(Readable.from(input), child.stdin).catch(() => {})
  ended.catch(() => {})
  try {
    yield* child.stdout
    const status = await ended
    if (status !== 0) throw new Error(said.trim().split('\n')[0] || `${program} failed`)
  } finally {
    child.kill()
    child.stdin.destroy()
    await fed
  }
}
