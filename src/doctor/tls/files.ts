/** The files of certificates and keys: whether the server can use them, and who can read them. */
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import type { CertificateConfig } from '../../config/types.ts'
import { systemCodeOf } from '../../base/faults.ts'
import type { Files } from '../outside.ts'
import { CertificateFault, loadPair } from '../../tls/load-pair.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
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
    return pairs.map((pair) => lookAtPair(world, pair))
  },
}

function lookAtPair({ files, clock, loaded }: World, pair: CertificateConfig): Finding {
  const { dataFolder } = loaded.config
  const subject = pair.cert
  const closed = [pair.cert, pair.key].find((path) => isClosed(files, path))
  if (closed !== undefined)
    return isServersUser(files, dataFolder)
      ? unreadable(pair, closed, dataFolder)
      : skipped(
          certificateFiles,
          `${closed} is not readable for whoever runs this: sudo waybill doctor --only tls`,
          subject,
        )
  const missing = [pair.cert, pair.key].filter((path) => files.stat(path) === null)
  if (missing.length > 0) return missingFiles(pair, missing)
  const mode = Number((files.stat(pair.key)?.mode ?? 0n) & 0o777n)
  return openKey(pair, mode) ?? usedPair(pair, mode, clock.nowMs())
}

function missingFiles({ cert }: CertificateConfig, missing: readonly string[]): Finding {
  const folders = [...new Set(missing.map((path) => quoted(dirname(path))))]
  return failing(certificateFiles, {
    subject: cert,
    summary: `cannot read ${missing.join(' and ')}: ${missing.length === 1 ? 'it does' : 'they do'} not exist`,
    evidence: missing.map((path) => `${path}: there is no such file`),
    meaning: KEEPS_FROM_BEFORE,
    remedy: [
      step('See which files are there', `ls -l ${folders.join(' ')}`),
      step('Name the right files in the table [[tls.certificates]]', 'waybill config show tls'),
    ],
  })
}

/** It is there, or below a folder that does not let us look. */
function isClosed(files: Files, path: string): boolean {
  try {
    return files.stat(path) !== null && !files.mayRead(path)
  } catch (error) {
    if (systemCodeOf(error) === 'EACCES') return true
    throw error
  }
}

/** Root became it: what this program cannot read, the server cannot either. */
function isServersUser(files: Files, dataFolder: string): boolean {
  return Number(files.stat(dataFolder)?.uid ?? -1) === process.getuid?.()
}

function unreadable({ cert, key }: CertificateConfig, path: string, dataFolder: string): Finding {
  return failing(certificateFiles, {
    subject: cert,
    summary: `the server cannot read ${path}`,
    evidence: [`${path}: permission is denied to the user with the number ${process.getuid?.()}`],
    meaning:
      'A running server keeps the certificate from before, until it expires; one that is started does not start.',
    remedy: [
      step('See which folder or file is closed', `namei -l ${quoted(path)}`),
      step(
        'Put copies where it can read them, as root; and let a deploy hook of certbot do that after each renewal',
        `install -d ${COPIES} && install -m 0600 -o "$(stat -c %u ${quoted(dataFolder)})" -t ${COPIES} ${quoted(cert)} ${quoted(key)}`,
      ),
      step('Name the copies in the table [[tls.certificates]]', 'waybill config show tls'),
    ],
  })
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
      step('Take the rights away', `chmod o-rwx ${quoted(key)}`),
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
      `${pair.cert}: for ${hosts.join(', ')}, ${counted(days, 'day')} left`,
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
        remedy: [step('Take the right away', `chmod g-w ${quoted(pair.key)}`)],
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
      meaning: KEEPS_FROM_BEFORE,
      remedy: [
        step(
          'Compare the two: both have to print the same',
          `openssl x509 -noout -pubkey -in ${quoted(pair.cert)}; openssl pkey -pubout -in ${quoted(pair.key)}`,
        ),
        step('Name the right files in the table [[tls.certificates]]', 'waybill config show tls'),
      ],
    })
  }
}

const KEEPS_FROM_BEFORE =
  'A running server keeps the certificate from before; one that is started does not start.'
const COPIES = '/etc/waybill/tls'

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
