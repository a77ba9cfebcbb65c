/**
 * A mail server at the other end of a network that fails as it is told. It runs in a network
 * namespace of its own; its parent moves a link there, says `up` on standard input, and then the
 * faults. Each is answered by a line on standard output.
 */
import { execFileSync } from 'node:child_process'
import { createInterface } from 'node:readline'

import { startFakeMx } from '../../src/smtp-client/testing/fake-mx.ts'
import { FAR, NEAR, NOWHERE, PORT } from './partition.ts'

/** When the next message comes so far, this is done: the link fails in the middle of it. */
let atData: (() => void) | null = null
const ip = (line: string) => execFileSync('ip', line.split(' '), { stdio: 'ignore' })

const FAULTS: Readonly<Record<string, () => void>> = {
  up: () => {
    ip('link set lo up')
    ip(`addr add ${FAR}/24 dev far`)
    ip('link set far up')
  },
  /** What we answer goes to nobody. */
  deaf: () => ip(`neigh replace ${NEAR} lladdr ${NOWHERE} nud permanent dev far`),
  well: () => {
    ip('link set dev far mtu 1500')
    ip(`neigh flush dev far`)
    ip(`neigh del ${NEAR} dev far`)
  },
  'deaf at DATA': () => {
    atData = FAULTS['deaf'] ?? null
  },
  /** Larger packets vanish, and nobody says so. */
  'narrow at DATA': () => {
    atData = () => ip('link set dev far mtu 576')
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'listen') {
    const mx = await startFakeMx({
      at: { address: FAR, port: PORT },
      act: (step) => {
        if (step !== 'DATA') return null
        atData?.()
        atData = null
        return null
      },
    })
    setInterval(() => process.stdout.write(`messages ${mx.messages.length}\n`), 100).unref()
  } else
    try {
      FAULTS[line]?.()
    } catch {
      // `well` removes what may not be there.
    }
  process.stdout.write(`done ${line}\n`)
}
process.exit()
