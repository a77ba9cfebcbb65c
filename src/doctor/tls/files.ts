/** The files of certificates and keys: whether the server can use them, and who can read them. */
import { chmodSync } from 'node:fs'

import { DAY_MS } from '../../base/durations.ts'
import type { CertificateConfig } from '../../config/types.ts'
import { CertificateFault, loadPair } from '../../tls/load-pair.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { forThisServer } from '../this-server.ts'
import type { Check, Finding, Fix } from '../types.ts'
import type { World } from '../world.ts'

export const certificateFiles: Check<World> = {
  id: 'tls.files',
  group: 'tls',
  title: 'Files of certificates and keys',
  isNetwork: false,
  explain: ['waybill config show tls', '(each certificate and its key are read, and their modes)'],
  async look(world) {
    const pairs = world.loaded.config.tls.certificates
    if (pairs.length === 0)
      return [
        skipped(
          certificateFiles,
          'no certificate is configured: the server makes itself a self-signed one',
        ),
      ]
    return forThisServer(
      world,
      pairs.map((pair) => lookAtPair(world, pair)),
    )
  },
}

function lookAtPair({ files, clock }: World, pair: CertificateConfig): Finding {
  const subject = pair.cert
  const unreadable = [pair.cert, pair.key].find(
    (path) => files.stat(path) !== null && !files.mayRead(path),
  )
  if (unreadable !== undefined)
    return skipped(
      certificateFiles,
      `${unreadable} is not readable for whoever runs this: sudo waybill doctor --only tls`,
      subject,
    )
  const mode = Number((files.stat(pair.key)?.mode ?? 0n) & 0o777n)
  return openKey(pair, mode) ?? usedPair(pair, mode, clock.nowMs())
}

/** Null: not everybody can read it. */
function openKey({ cert, key }: CertificateConfig, mode: number): Finding | null {
  if ((mode & 0o007) === 0) return null
  return failing(certificateFiles, {
    subject: cert,
    summary: 'everybody on this machine can read or change the private key',
    evidence: [modeWords(key, mode)],
    meaning:
      'The server does not take such a key: with the next start it does not start, and until then it keeps the one from before.',
    remedy: [
      step('Take the rights away', `chmod o-rwx ${key}`),
      step(
        'Where others may have used the machine, make a new key',
        'certbot renew --force-renewal',
      ),
    ],
    fix: modeFix(key, mode & ~0o007),
  })
}

/** What the server itself would say of the two. */
function usedPair(pair: CertificateConfig, mode: number, nowMs: number): Finding {
  const subject = pair.cert
  const seen = modeWords(pair.key, mode)
  try {
    const { hosts, notAfterMs } = loadPair(pair)
    const days = Math.floor((notAfterMs - nowMs) / DAY_MS)
    const evidence = [
      `${pair.cert}: for ${hosts.join(', ')}, ${days} days left`,
      `${seen}, it is the key of the certificate`,
    ]
    const figures = { daysLeft: days }
    if ((mode & 0o020) !== 0)
      return warning(certificateFiles, {
        subject,
        figures,
        summary: 'a whole group can change the private key',
        evidence,
        meaning: 'Whoever is in that group can put another key in its place.',
        remedy: [step('Take the right away', `chmod g-w ${pair.key}`)],
        fix: modeFix(pair.key, mode & ~0o020),
      })
    return ok(certificateFiles, 'the certificate and its key can be used', evidence, {
      subject,
      figures,
    })
  } catch (error) {
    if (!(error instanceof CertificateFault)) throw error
    return failing(certificateFiles, {
      subject,
      summary: error.message,
      evidence: [`reading ${pair.cert} and ${pair.key}`, seen],
      meaning:
        'A running server keeps the certificate from before; one that is started does not start.',
      remedy: [
        step(
          'Compare the two: both have to print the same',
          `openssl x509 -noout -pubkey -in ${pair.cert}; openssl pkey -pubout -in ${pair.key}`,
        ),
        step('Name the right files in the table [[tls.certificates]]', 'waybill config show tls'),
      ],
    })
  }
}

function modeFix(path: string, mode: number): Fix {
  return {
    what: `set the mode of ${path} to ${octal(mode)}`,
    async apply() {
      chmodSync(path, mode)
    },
  }
}

function modeWords(path: string, mode: number): string {
  return `${path}: mode ${octal(mode)}`
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
