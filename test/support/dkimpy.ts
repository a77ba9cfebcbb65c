/** dkimpy, a verifier of DKIM signatures that is not ours. */
import { execFileSync } from 'node:child_process'

import { findProgram, run } from './programs.ts'

const PYTHON = pythonWithDkim()

/** A reason to skip a test, or false. */
export const NO_DKIMPY = PYTHON === null && 'dkimpy (python3-dkim): not installed'

/** Gives a list of booleans for each line of input: a message in base64. */
const VERIFIER = `
import base64, dkim, json, sys
records = json.loads(sys.argv[1])
def lookup(name, timeout=5):
    name = name.decode() if isinstance(name, bytes) else name
    return records.get(name, '').encode()
for line in sys.stdin:
    message = base64.b64decode(line)
    signatures = message.lower().split(b'\\r\\n\\r\\n')[0].count(b'dkim-signature:')
    print(json.dumps([dkim.DKIM(message).verify(idx=i, dnsfunc=lookup) for i in range(signatures)]))
`

/**
 * Of each message whether each of its signatures is good, the uppermost first.
 * @param records  TXT records by name, with the dot at the end
 */
export async function verified(
  messages: readonly Buffer[],
  records: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const input = messages.map((message) => `${message.toString('base64')}\n`).join('')
  const ran = await run(PYTHON ?? '', ['-c', VERIFIER, JSON.stringify(records)], { input })
  if (ran.stderr !== '') throw new Error(ran.stderr)
  return ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** A Python that has dkimpy with Ed25519: Debian's, or the one on PATH. */
function pythonWithDkim(): string | null {
  for (const python of ['/usr/bin/python3', findProgram('python3')]) {
    if (python === null) continue
    try {
      execFileSync(python, ['-c', 'import dkim, nacl'], { stdio: 'ignore' })
      return python
    } catch {
      // Not this one.
    }
  }
  return null
}
