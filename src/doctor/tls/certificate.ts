/** The certificates that clients are shown: dates, names, chain, key. */
import type { X509Certificate } from 'node:crypto'

import { counted } from '../../base/counted.ts'
import { DAY_MS } from '../../base/durations.ts'
import { certificateNames } from '../../smtp-client/certificate.ts'
import { failing, ok, skipped, step, type Trouble, warning } from '../findings.ts'
import { isTrial, placeWords } from '../places.ts'
import type { Check, Finding, Step } from '../types.ts'
import { durationWords } from '../words.ts'
import type { World } from '../world.ts'
import { shown } from '../shown.ts'
import { mailNames, ownName } from './names.ts'
import { type Served, servedAt, tlsPlaces } from './served.ts'

export const certificate: Check<World> = {
  id: 'tls.certificate',
  group: 'tls',
  title: 'Certificates that clients are shown',
  isNetwork: false,
  explain: ['(a TLS handshake with each listener, for each name that leads here)'],
  async look(world, signal) {
    const places = tlsPlaces(world)
    if (places.length === 0) return [skipped(certificate, noListener(world))]
    const findings: Finding[] = []
    const [first = '', ...others] = await mailNames(world, signal)
    for (const name of [first, ...others]) {
      const seen = await Promise.all(places.map((place) => servedAt(world, place, name, signal)))
      // Without TLS for one name there is none for any.
      if (name === first)
        findings.push(...seen.filter(({ chain }) => chain.length === 0).map(withoutTls))
      for (const group of byCertificate(seen)) findings.push(...judged(world, group))
    }
    return findings
  },
}

export function noListener({ status }: World): string {
  return status === null
    ? 'the server does not run, so that no certificate can be seen: waybill serve'
    : 'no listener of the running server has TLS'
}

/** Listeners that show the same certificate for a name. */
interface Group {
  readonly name: string
  readonly leaf: X509Certificate
  /** The first of them; the others show the same. */
  readonly served: Served
  /** `imaps (127.0.0.1:993), …` */
  readonly where: string
}

function byCertificate(seen: readonly Served[]): readonly Group[] {
  const groups = new Map<string, { leaf: X509Certificate; all: Served[] }>()
  for (const one of seen) {
    const [leaf] = one.chain
    if (leaf === undefined) continue
    const key = `${leaf.fingerprint256} ${one.chain.length}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { leaf, all: [one] })
    else group.all.push(one)
  }
  return [...groups.values()].flatMap(({ leaf, all }) => {
    const [served] = all
    if (served === undefined) return []
    const where = all.map(({ place }) => `${place.listener.name} (${placeWords(place)})`).join(', ')
    return [{ name: served.serverName, leaf, served, where }]
  })
}

function withoutTls({ place, fault, serverName }: Served): Finding {
  return failing(certificate, {
    subject: `${serverName} on ${place.listener.name}`,
    summary: `no TLS is to be had: ${shown(fault ?? 'there is no certificate')}`,
    evidence: [
      `${place.listener.name} (${placeWords(place)}): ${shown(fault ?? 'there is no certificate')}`,
    ],
    meaning:
      'Mail programs cannot log in there, and other servers bring mail in the clear or not at all.',
    remedy: [
      step('See what the server says', 'waybill log tail'),
      step('See what it is set to', 'waybill config show listeners'),
    ],
  })
}

function judged(world: World, group: Group): readonly Finding[] {
  const { leaf, name } = group
  const nowMs = world.clock.nowMs()
  const untilMs = leaf.validToDate.getTime()
  const evidence = [
    `${name}: ${group.where}`,
    `for ${shown(leaf.subjectAltName ?? 'no name at all')}`,
    `from ${issuerWords(leaf)}, valid ${dayOf(leaf.validFromDate.getTime())} to ${dayOf(untilMs)}, ${keyWords(leaf)}`,
    `${counted(group.served.chain.length, 'certificate')} in the chain, ${group.served.tls?.protocol ?? 'no TLS'}`,
  ]
  const daysLeft = Math.floor((untilMs - nowMs) / DAY_MS)
  const figures = { daysLeft, isExpiring: dates(leaf, nowMs) !== null }
  const of = { subject: name, evidence, figures }
  if (isTrial(world) && isSelfSigned(leaf))
    return [
      skipped(
        certificate,
        'this server is for trying things out: nobody has to trust its certificate',
        name,
      ),
    ]
  const troubles = [dates(leaf, nowMs), names(world, leaf, name), chain(group), size(leaf)].filter(
    (one) => one !== null,
  )
  if (troubles.length === 0)
    return [
      ok(
        certificate,
        `the certificate is good for another ${durationWords(untilMs - nowMs)}`,
        evidence,
        of,
      ),
    ]
  return troubles.map(({ verdict, ...trouble }) =>
    (verdict === 'failing' ? failing : warning)(certificate, { ...of, ...trouble }),
  )
}

type Judgement =
  | (Pick<Trouble, 'summary' | 'meaning' | 'remedy'> & { readonly verdict: 'failing' | 'warning' })
  | null

function dates(leaf: X509Certificate, nowMs: number): Judgement {
  const fromMs = leaf.validFromDate.getTime()
  const leftMs = leaf.validToDate.getTime() - nowMs
  if (leftMs <= 0)
    return {
      verdict: 'failing',
      summary: `the certificate expired ${durationWords(-leftMs)} ago`,
      meaning:
        'Mail programs refuse to connect, and servers that check certificates bring no mail.',
      remedy: RENEW,
    }
  if (fromMs > nowMs)
    return {
      verdict: 'failing',
      summary: `the certificate is valid only from ${dayOf(fromMs)} on`,
      meaning: 'Mail programs refuse to connect until then, or the clock of this machine is wrong.',
      remedy: [step('See what time it is here', 'timedatectl'), ...RENEW],
    }
  // Of certificates that last a few days only, the last third counts.
  if (leftMs >= Math.min(WARN_MS, (leftMs + nowMs - fromMs) / 3)) return null
  return {
    verdict: 'warning',
    summary: `the certificate expires in ${durationWords(leftMs)}`,
    meaning:
      'It should have been renewed by now. Once it has expired, mail programs refuse to connect.',
    remedy: RENEW,
  }
}

function names(world: World, leaf: X509Certificate, name: string): Judgement {
  if (certificateNames(leaf, [name])) return null
  const isOwn = name === ownName(world)
  return {
    // Most servers bring mail by the name of an MX record whatever the certificate says.
    verdict: isOwn ? 'failing' : 'warning',
    summary: `the certificate is not for ${name}${isOwn ? '' : ', which an MX record names'}`,
    meaning:
      'Mail programs that connect by this name warn or refuse; servers that check names (MTA-STS) bring no mail.',
    remedy: [
      step(
        `Get a certificate that has ${name} among its names`,
        `certbot certonly --standalone -d ${name}`,
      ),
      step(
        'Name its files in a table [[tls.certificates]] of the configuration',
        'waybill config show tls',
      ),
    ],
  }
}

function chain({ leaf, served }: Group): Judgement {
  if (isSelfSigned(leaf))
    return {
      verdict: 'warning',
      summary: 'the certificate is self-signed: nobody vouches for it',
      meaning: 'Mail programs warn or refuse. Other servers still bring mail, but not by MTA-STS.',
      remedy: [
        step(
          'Get one from an authority, without charge',
          `certbot certonly --standalone -d ${served.serverName}`,
        ),
        step(
          'Name its files in a table [[tls.certificates]] of the configuration; changed files are noticed',
          'waybill config show tls',
        ),
      ],
    }
  const why = served.tls?.distrust ?? null
  if (why === null || !UNTRUSTED.test(why)) return null
  const isAlone = served.chain.length === 1
  return {
    verdict: 'failing',
    summary: isAlone
      ? `the chain is not complete: the certificate of ${issuerWords(leaf)} is missing`
      : `no authority that this machine knows vouches for the certificate (${shown(why)})`,
    meaning: 'Some programs know what is missing and others do not: those refuse to connect.',
    remedy: isAlone
      ? [
          step(
            'Let cert be the file with the whole chain: with certbot fullchain.pem, not cert.pem',
            'waybill config show tls',
          ),
          step(
            'See what is sent',
            `openssl s_client -connect ${placeWords(served.place)} -servername ${served.serverName} -showcerts </dev/null`,
          ),
        ]
      : [
          step('If the authority is your own: install its root certificate wherever mail is read'),
          step(
            'Otherwise get one from a public authority',
            `certbot certonly --standalone -d ${served.serverName}`,
          ),
        ],
  }
}

function size(leaf: X509Certificate): Judgement {
  const bits = rsaBits(leaf)
  if (bits === null || bits >= LEAST_RSA_BITS) return null
  return {
    verdict: 'warning',
    summary: `the key has only ${bits} bits (RSA)`,
    meaning: 'It can be broken by those who can afford it, and many programs refuse it.',
    remedy: [
      step(
        'Make a new key of 2048 bits, or an elliptic one, with the next certificate',
        'certbot renew --force-renewal --key-type ecdsa',
      ),
    ],
  }
}

function isSelfSigned(leaf: X509Certificate): boolean {
  return leaf.subject === leaf.issuer && leaf.verify(leaf.publicKey)
}

function rsaBits({ publicKey }: X509Certificate): number | null {
  if (publicKey.asymmetricKeyType !== 'rsa') return null
  return publicKey.asymmetricKeyDetails?.modulusLength ?? null
}

function keyWords(leaf: X509Certificate): string {
  const bits = rsaBits(leaf)
  return bits === null ? (leaf.publicKey.asymmetricKeyType ?? 'an unknown key') : `RSA ${bits}`
}

/** `O=Let's Encrypt, CN=R11`, in one line. */
function issuerWords({ issuer }: X509Certificate): string {
  return shown(issuer.split('\n').reverse().join(', '), 120)
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

const RENEW: readonly Step[] = [
  step('Renew it', 'certbot renew'),
  step('See why it was not renewed by itself', 'systemctl status certbot.timer'),
]
const WARN_MS = 14 * DAY_MS
const LEAST_RSA_BITS = 2048
/** OpenSSL's codes and words for "nobody whom I know signed it". */
const UNTRUSTED =
  /UNABLE_TO_(VERIFY_LEAF|GET_ISSUER)|SELF_SIGNED_CERT_IN_CHAIN|unable to (verify|get)/i
