/**
 * What people who look for open relays try. Each is what follows `RCPT TO:`, from a stranger, of a
 * domain of ours and one that is not; RFC 5321 §4.1.1.3 and the ways of UUCP, of `%` and of source
 * routes, which some servers still know.
 */
import { DOCTOR_NAME, DOCTOR_USER, PROBED_DOMAIN } from '../../journal/doctor-session.ts'

export interface Probe {
  readonly sender: string
  readonly hello: string
  readonly path: string
}

/** Every path in the name of each sender, with greetings in turn: at least 90. */
export function probesOf(ours: string): readonly Probe[] {
  const hellos = [`EHLO ${CLIENT}`, `HELO ${CLIENT}`, `EHLO ${ours}`, 'HELO [127.0.0.1]']
  const senders = [`<${DOCTOR_USER}@${ours}>`, `<u@${OTHER}>`, '<>']
  return senders.flatMap((sender, turn) =>
    pathsOf(ours).map((path, index) => {
      // Those of one connection have one greeting.
      const hello = hellos[(Math.floor(index / PER_GREETING) + turn) % hellos.length] ?? ''
      return { sender, hello, path }
    }),
  )
}

function pathsOf(ours: string): readonly string[] {
  const homographs = [ours.replace(/[a-z]/, (char) => FULL_WIDTH[char] ?? char), `${ours}.${OTHER}`]
  return [
    `<u@${OTHER}>`,
    `<u%${OTHER}@${ours}>`,
    `<"u%${OTHER}"@${ours}>`,
    `<"u@${OTHER}"@${ours}>`,
    `<u@${OTHER}@${ours}>`,
    `<@${ours}:u@${OTHER}>`,
    `<@${ours},@x:u@${OTHER}>`,
    `<${OTHER}!u@${ours}>`,
    `<${OTHER}!u>`,
    // The log tells by the name that they are ours, whatever the greeting and the sender.
    ...[
      '[127.0.0.1]',
      '[::1]',
      '[IPv6:::ffff:127.0.0.1]',
      '127.0.0.1',
      'localhost',
      `${ours}.`,
    ].map((domain) => `<${DOCTOR_USER}@${domain}>`),
    `<u@${ours}\0${OTHER}>`,
    `<u@${OTHER}\r\nRCPT TO:<v@${OTHER}>`,
    ...homographs.map((domain) => `<${DOCTOR_USER}@${domain}>`),
    `<u@xn--${OTHER}>`,
    `<"">@${ours}`,
    `<""@${ours}>`,
    `<@${ours}>`,
    '<>',
    `<postmaster@${OTHER}>`,
    `u@${OTHER}`,
    `<u@${OTHER}> ORCPT=rfc822;u@${ours}`,
    `<"u@${OTHER} x"@${ours}>`,
    `<u@${OTHER},postmaster@${ours}>`,
    `<postmaster@${ours},u@${OTHER}>`,
    `<postmaster@${ours}>,<u@${OTHER}>`,
    `<"${OTHER}!u"@${ours}>`,
    `<u@${OTHER}%${ours}>`,
  ]
}

const OTHER = PROBED_DOMAIN
const CLIENT = DOCTOR_NAME
const PER_GREETING = 8
/** One letter that looks nearly the same, and is another. */
const FULL_WIDTH: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('abcdefghijklmnopqrstuvwxyz', (char) => [
    char,
    String.fromCharCode(char.charCodeAt(0) + 0xfee0),
  ]),
)
