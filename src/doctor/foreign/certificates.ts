/** Certificates that it is configured with: dates, key, who can read it, and whether TLS is offered. */
import { createPrivateKey, X509Certificate } from 'node:crypto'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import { failing, ok, skipped, step, warning } from '../findings.ts'
import { quoted } from '../in-command.ts'
import type { Finding } from '../types.ts'
import { durationWords } from '../words.ts'
import { modeText, whyNotReadable } from './accounts.ts'
import type { ForeignCheck } from './check.ts'
import { publicServices } from './listening.ts'
import { postfixList } from './postfix.ts'
import { AS_ROOT } from './steps.ts'
import { type ForeignWorld, isLoopbackOnly } from './world.ts'

const FILES = {
  id: 'tls.files',
  group: 'tls',
  title: 'Files of certificates and keys',
  isNetwork: false,
} as const

interface Pair {
  readonly cert: string
  /** In the same file where it is not named. */
  readonly key: string
  /** Who has to be able to read them; root reads all. */
  readonly user: string
}

export const certificates: ForeignCheck = {
  ...FILES,
  parts: {
    exim: {
      explain: ['exim -bP tls_certificate tls_privatekey', 'openssl x509 -noout -enddate -in FILE'],
      look: ({ main, user }, world) => {
        const cert = main.get('tls_certificate') ?? ''
        const key = main.get('tls_privatekey') || cert
        // One that is chosen by name is not known here.
        return lookAtAll(
          `${cert}${key}`.includes('$') || cert === '' ? [] : [{ cert, key, user }],
          world,
        )
      },
    },
    postfix: {
      explain: ['postconf -n | grep tls_.*_file', 'openssl x509 -noout -enddate -in FILE'],
      look: ({ value }, world) => {
        const chains = postfixList(value('smtpd_tls_chain_files'))
        const cert = value('smtpd_tls_cert_file')
        return lookAtAll(
          chains.length > 0
            ? [{ cert: chains.at(-1) ?? '', key: chains[0] ?? '', user: 'root' }]
            : cert === '' || cert === 'none'
              ? []
              : [{ cert, key: value('smtpd_tls_key_file') || cert, user: 'root' }],
          world,
        )
      },
    },
    dovecot: {
      explain: ['doveconf -n ssl_cert ssl_key', 'openssl x509 -noout -enddate -in FILE'],
      look: ({ settings, fileOf }, world) => {
        const [cert, key] = [fileOf('ssl_cert'), fileOf('ssl_key')]
        return lookAtAll(
          cert === null || settings.get('ssl') === 'no'
            ? []
            : [{ cert, key: key ?? cert, user: 'root' }],
          world,
        )
      },
    },
  },
}

function lookAtAll(pairs: readonly Pair[], world: ForeignWorld): readonly Finding[] {
  if (pairs.length === 0) return [skipped(FILES, 'no certificate is configured by name')]
  return pairs.flatMap((pair) => lookAt(pair, world))
}

function lookAt({ cert, key, user }: Pair, world: ForeignWorld): Finding[] {
  const { files } = world
  const account = world.accounts.get(user)
  const missing = [cert, key].find((path) => files.stat(path) === null)
  const closed = account === undefined ? null : whyNotReadable(files, key, account)
  if (missing !== undefined || closed !== null)
    return [
      failing(FILES, {
        subject: cert,
        summary:
          missing === undefined
            ? `${user} cannot read the private key`
            : 'a file of the certificate is not there',
        evidence: [closed ?? `${missing} is not there`],
        meaning: BROKEN,
        remedy: [
          missing === undefined
            ? step(
                'Let its group read the key',
                `chgrp ${quoted(user)} ${quoted(key)} && chmod 0640 ${quoted(key)}`,
              )
            : step('See what there is', 'certbot certificates'),
        ],
      }),
    ]
  if (![cert, key].every((path) => files.mayRead(path)))
    return [skipped(FILES, `${key} is not readable for whoever runs this`, cert, AS_ROOT)]
  const found = judged(
    cert,
    files.read(cert, MAX_OCTETS),
    key,
    files.read(key, MAX_OCTETS),
    world.clock.nowMs(),
  )
  const mode = Number(files.stat(key)?.mode ?? 0n)
  if ((mode & 0o007) !== 0) found.push(openKey(cert, key, mode))
  if (found.length > 0) return found
  const days = daysLeft(new X509Certificate(files.read(cert, MAX_OCTETS)), world.clock.nowMs())
  return [
    ok(
      FILES,
      'the certificate and its key can be used',
      [`${cert}: ${counted(days, 'day')} left`, `${key}: mode ${modeText(mode)}`],
      { subject: cert, figures: { daysLeft: days } },
    ),
  ]
}

function judged(
  cert: string,
  certPem: Buffer,
  key: string,
  keyPem: Buffer,
  nowMs: number,
): Finding[] {
  let leaf: X509Certificate
  try {
    leaf = new X509Certificate(certPem)
    if (!leaf.checkPrivateKey(createPrivateKey(keyPem)))
      return [
        failing(FILES, {
          subject: cert,
          summary: 'the private key is not the one of the certificate',
          evidence: [`${key} does not belong to ${cert}`],
          meaning: BROKEN,
          remedy: [
            step(
              'Compare the two: both have to print the same',
              `openssl x509 -noout -pubkey -in ${quoted(cert)}; openssl pkey -pubout -in ${quoted(key)}`,
            ),
          ],
        }),
      ]
  } catch {
    return [
      failing(FILES, {
        subject: cert,
        summary: 'the certificate or its key cannot be read as such',
        evidence: [`${cert}, ${key}: not PEM, or damaged, or the key asks for a password`],
        meaning: BROKEN,
        remedy: [step('See what is in it', `openssl x509 -noout -text -in ${quoted(cert)}`)],
      }),
    ]
  }
  const days = daysLeft(leaf, nowMs)
  if (days >= SOON_DAYS) return []
  const trouble = {
    subject: cert,
    evidence: [`${cert}: valid until ${leaf.validTo}`],
    figures: { daysLeft: days },
    remedy: [
      step('Renew it', 'certbot renew'),
      step('See when that is done by itself', 'systemctl list-timers'),
    ],
  }
  return [
    days < 0
      ? failing(FILES, {
          ...trouble,
          summary: agoWords(leaf, nowMs),
          meaning:
            'Mail programs warn, or do not connect at all; servers that check it send no mail.',
        })
      : warning(FILES, {
          ...trouble,
          summary: `the certificate expires in ${counted(days, 'day')}`,
          meaning: 'It should have been renewed before now: whatever does that does not work.',
        }),
  ]
}

function openKey(cert: string, key: string, mode: number): Finding {
  return failing(FILES, {
    subject: cert,
    summary: 'everybody on this machine can read the private key',
    evidence: [`${key}: mode ${modeText(mode)}`],
    meaning: 'Who has it can pretend to be this server.',
    remedy: [
      step('Take the rights away', `chmod o-rwx ${quoted(key)}`),
      step('Where others may have read it, make a new one', 'certbot renew --force-renewal'),
    ],
  })
}

function agoWords(leaf: X509Certificate, nowMs: number): string {
  return `the certificate expired ${durationWords(nowMs - Date.parse(leaf.validTo))} ago`
}

function daysLeft(leaf: X509Certificate, nowMs: number): number {
  return Math.floor((Date.parse(leaf.validTo) - nowMs) / DAY_MS)
}

const OFFERED = {
  id: 'tls.offered',
  group: 'tls',
  title: 'Whether others can send by TLS',
  isNetwork: false,
} as const

export const offered: ForeignCheck = {
  ...OFFERED,
  parts: {
    exim: {
      explain: ['exim -bP tls_advertise_hosts tls_certificate'],
      look: ({ main, addresses, authenticators }) => {
        if (isLoopbackOnly(addresses))
          return [skipped(OFFERED, `only this machine can reach it: ${addresses.join(', ')}`)]
        const cert = main.get('tls_certificate') || null
        const hosts = main.get('tls_advertise_hosts') ?? '*'
        const seen = [`tls_advertise_hosts = ${hosts}`, `tls_certificate = ${cert ?? '(none)'}`]
        if (hosts === '')
          return [
            unencrypted(
              seen,
              step(
                'Write tls_advertise_hosts = *, tls_certificate and tls_privatekey into the configuration',
              ),
            ),
          ]
        const isForPeople = authenticators.some(({ options }) =>
          [...options.keys()].some((name) => name.startsWith('server_')),
        )
        if (cert !== null || !isForPeople)
          return [
            ok(
              OFFERED,
              cert === null
                ? 'TLS is offered, with a certificate that it makes itself'
                : 'TLS is offered',
              seen,
            ),
          ]
        return [
          warning(OFFERED, {
            summary: 'people log in, and there is no certificate',
            evidence: seen,
            meaning:
              'Exim makes itself one at each start: mail programs warn of it, or do not send.',
            remedy: [
              step('Get one', 'certbot certonly --standalone'),
              step('Name it: tls_certificate and tls_privatekey in the configuration'),
            ],
          }),
        ]
      },
    },
    postfix: {
      explain: ['postconf -n smtpd_tls_security_level', 'postconf -M'],
      look: (config) => {
        const open = publicServices(config).filter(
          ({ command, name }) => command === 'smtpd' && /(?:^|:)(?:smtp|25)$/.test(name),
        )
        const [first] = open
        if (first === undefined) return [skipped(OFFERED, 'nobody from outside can reach port 25')]
        const level =
          config.value('smtpd_tls_security_level', first) ||
          (config.value('smtpd_use_tls', first) === 'yes' ? 'may' : 'none')
        const seen = [`service ${first.name}: smtpd_tls_security_level = ${level}`]
        if (level === 'none')
          return [
            unencrypted(
              seen,
              step('Offer TLS', 'postconf -e smtpd_tls_security_level=may && postfix reload'),
            ),
          ]
        if (level !== 'encrypt') return [ok(OFFERED, 'TLS is offered', seen)]
        return [
          warning(OFFERED, {
            summary: 'mail of servers without TLS is refused',
            evidence: seen,
            meaning:
              'Some servers have no TLS still: their mail does not come (RFC 3207 forbids it for a public server).',
            remedy: [
              step(
                'Offer TLS, and do not demand it',
                'postconf -e smtpd_tls_security_level=may && postfix reload',
              ),
            ],
          }),
        ]
      },
    },
  },
}

function unencrypted(evidence: readonly string[], todo: ReturnType<typeof step>): Finding {
  return warning(OFFERED, {
    summary: 'mail comes in without encryption',
    evidence,
    meaning: 'Everybody on the way can read it, and some servers do not send to one without TLS.',
    remedy: [todo],
  })
}

const BROKEN = 'TLS does not work: clients get no connection, or the server does not start.'
const SOON_DAYS = 14
const MAX_OCTETS = 256 * 1024
