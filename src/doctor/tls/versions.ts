/** Whether old versions of TLS are taken, which have been unsafe for years (RFC 8996). */
import type { Dialogue, Outside } from '../outside.ts'
import { ok, skipped, step, warning } from '../findings.ts'
import { placeWords } from '../places.ts'
import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { shown } from '../shown.ts'
import { noListener } from './certificate.ts'
import { mailNames } from './names.ts'
import { servedAt, tlsPlaces } from './served.ts'

export const versions: Check<World> = {
  id: 'tls.versions',
  group: 'tls',
  title: 'Versions of TLS',
  isNetwork: false,
  explain: ['(TLS handshakes with each listener: with all versions, and with 1.0 and 1.1 only)'],
  async look(world, signal) {
    const places = tlsPlaces(world)
    if (places.length === 0) return [skipped(versions, noListener(world))]
    const [name = 'localhost'] = await mailNames(world, signal)
    const old = { connect: withOldTls(world.connect) }
    return await Promise.all(
      places.map(async (place) => {
        const subject = `${place.listener.name} (${placeWords(place)})`
        const now = await servedAt(world, place, name, signal)
        if (now.tls === null)
          return skipped(versions, `no TLS was to be had: ${shown(now.fault ?? '')}`, subject)
        const before = await servedAt(old, place, name, signal)
        const taken = `with TLS 1.0 to 1.3 offered it takes ${now.tls.protocol}, ${now.tls.cipher}`
        const refusal = shown(before.fault ?? 'no TLS')
        // A program that cannot offer them knows nothing of whether they are taken.
        if (before.tls === null && !REFUSED.test(refusal))
          return skipped(versions, `old versions could not be offered: ${refusal}`, subject)
        if (before.tls === null)
          return ok(
            versions,
            'only versions of TLS are taken that are safe',
            [taken, `with 1.0 and 1.1 offered: ${refusal}`],
            { subject },
          )
        return warning(versions, {
          subject,
          summary: `${before.tls.protocol.replace('TLSv', 'TLS ')} is taken, which is not safe any more`,
          evidence: [
            taken,
            `with 1.0 and 1.1 offered: ${before.tls.protocol}, ${before.tls.cipher}`,
          ],
          meaning: 'Who stands between can read or change what goes over such a connection.',
          remedy: [
            step(
              'Waybill itself takes TLS 1.2 and later only: see what listens in its place',
              `ss -ltnp sport = :${place.port}`,
            ),
          ],
        })
      }),
    )
  },
}

/** Connections that offer TLS 1.0 and 1.1 only. */
function withOldTls(connect: Outside['connect']): Outside['connect'] {
  return async (target, signal) => {
    const { tls, ...plain } = target
    const dialogue = await connect(
      tls === undefined ? plain : { ...plain, tls: { ...tls, isOld: true } },
      signal,
    )
    return {
      get tls() {
        return dialogue.tls
      },
      readLine: () => dialogue.readLine(),
      writeLine: (line) => dialogue.writeLine(line),
      startTls: (options) => dialogue.startTls({ ...options, isOld: true }),
      [Symbol.asyncDispose]: () => dialogue[Symbol.asyncDispose](),
    } satisfies Dialogue
  }
}

/** What the other side says or does. */
const REFUSED = /\balert\b|closed the connection|ECONNRESET|socket disconnected/i
