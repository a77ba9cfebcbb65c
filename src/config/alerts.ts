/** The keys of alerts: whom the server tells that something is wrong, how, when, and of what. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../base/durations.ts'
import { tryAddress } from '../syntax/address/address.ts'
import { choice, count, duration, flag, list, optional, secret, size, text } from './kind.ts'
import { key, type Section, section, tables } from './schema.ts'

export interface AlertsConfig {
  /** False looks at nothing and tells nobody. */
  readonly enabled: boolean
  /** From one look to the next. */
  readonly everyMs: number
  /** From one look at what the network knows to the next: DNS, blocklists, the certificates served. */
  readonly networkEveryMs: number
  /** Empty is the postmaster of the first domain. */
  readonly mailTo: readonly string[]
  readonly mail: boolean
  readonly webhooks: readonly WebhookConfig[]
  /** Program and arguments; empty is none. */
  readonly command: readonly string[]
  readonly commandTimeoutMs: number
  /** Null: nobody waits for us. */
  readonly pingUrl: string | null
  /** Absolute: a file with that URL. Null: none. */
  readonly pingUrlFile: string | null
  readonly pingEveryMs: number
  /** `22:00-07:00`, local time; null: none. */
  readonly quietHours: string | null
  /** Urgent ones wait for the end of the quiet hours too. */
  readonly quietUrgent: boolean
  /** `07:00`, local time, or `never`. */
  readonly dailyAt: string
  readonly limits: AlertLimits
}

export const WEBHOOK_FORMS = ['json', 'slack', 'discord', 'ntfy'] as const
export type WebhookForm = (typeof WEBHOOK_FORMS)[number]

export interface WebhookConfig {
  /** In messages about it. Unique. */
  readonly name: string
  /** Null: it is in the file. */
  readonly url: string | null
  /** Absolute. Null: there is none. */
  readonly urlFile: string | null
  readonly form: WebhookForm
  /** Absolute: what signs. Null: nothing does. */
  readonly secretFile: string | null
  /** Absolute: goes into `Authorization: Bearer`. Null: nothing does. */
  readonly tokenFile: string | null
  readonly timeoutMs: number
}

/** From where on it is wrong. */
export interface AlertLimits {
  readonly queueMessages: number
  readonly queueAgeMs: number
  readonly diskPercent: number
  readonly inodesPercent: number
  readonly memoryOctets: number
  /** Of one account within an hour. */
  readonly failedLogins: number
  readonly nothingDeliveredMs: number
  readonly certificateDays: number
  readonly backupAgeMs: number
}

const address = text('an address such as "jane@example.com"', (value) => tryAddress(value) !== null)
// Whoever knows all of it can write there: what is shown is sent to others who help.
const webUrl = secret(
  text(
    'a URL that begins with https://, or with http:// and an address of this machine or a private one',
    isWebUrl,
  ),
  (value) => {
    const { origin, pathname, search } = new URL(value)
    return JSON.stringify(pathname === '/' && search === '' ? value : `${origin}/…`)
  },
)
const word = text('a short name of letters, digits and "-"', (value) =>
  /^[a-z0-9-]{1,40}$/i.test(value),
)
const filePath = text('a path; a relative one starts at the folder of this file', (value) =>
  /^[^\0]+$/.test(value),
)
const argument = text('a text', (value) => !value.includes('\0'))
// A token can be among its arguments.
const command = secret(list(argument), ([program, ...args]) =>
  program === undefined
    ? '[]'
    : `[${[program, ...args.map(() => '…')].map((one) => JSON.stringify(one)).join(', ')}]`,
)
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d'
const hours = text('two times of day, such as "22:00-07:00"', (value) =>
  new RegExp(`^${TIME}-${TIME}$`).test(value),
)
const timeOfDay = text('a time of day such as "07:00", or "never"', (value) =>
  new RegExp(`^(?:${TIME}|never)$`).test(value),
)
const percent = count({ min: 1, max: 100 })
const many = count({ min: 1, max: 1_000_000_000 })
const age = duration({ min: MINUTE_MS, max: 365 * DAY_MS })

const WEBHOOKS = tables<WebhookConfig>(
  'Where alerts are posted. Certificates are checked, redirects are not followed, and one that\nfails is tried three times.',
  [],
  {
    name: key(word, undefined, 'For messages about it.'),
    url: key(
      optional(webUrl),
      null,
      'Of ntfy, with the topic: "https://ntfy.sh/my-topic". One of url and url_file is needed.',
    ),
    urlFile: key(
      optional(filePath),
      null,
      'A file with the URL, for only the server to read. It is read at each use.',
    ),
    form: key(
      choice(...WEBHOOK_FORMS),
      'json',
      'What is posted: plain JSON, or what Slack, Discord or ntfy take.',
    ),
    secretFile: key(
      optional(filePath),
      null,
      'A file with a secret. X-Waybill-Signature is then sha256= and the HMAC-SHA256, in hexadecimal,\nof X-Waybill-Timestamp, a dot and the body.',
    ),
    tokenFile: key(
      optional(filePath),
      null,
      'A file with a token, sent as "Authorization: Bearer", as ntfy wants for its protected topics.',
    ),
    timeoutMs: key(
      duration({ min: SECOND_MS, max: MINUTE_MS }),
      10 * SECOND_MS,
      'How long one try may take.',
    ),
  },
  'name = "chat"\nurl = "https://hooks.slack.com/services/…"\nform = "slack"',
)

const ALERT_LIMITS: Section<AlertLimits> = section<AlertLimits>('From where on it is wrong.', {
  queueMessages: key(many, 50, 'More messages than this wait for other servers.'),
  queueAgeMs: key(age, 4 * HOUR_MS, 'One of them that nobody holds waits for longer than this.'),
  diskPercent: key(percent, 80, 'More of the disk than this is used, percent.'),
  inodesPercent: key(percent, 80, 'More of its inodes than this are used, percent.'),
  memoryOctets: key(
    size({ min: 2 ** 26, max: 2 ** 50 }),
    2 ** 31,
    'The server takes more memory than this, or than 80 % of what its service may have (MemoryHigh or\nMemoryMax of systemd, the limit of a container).',
  ),
  failedLogins: key(many, 10, 'More logins than this failed within an hour for one account.'),
  nothingDeliveredMs: key(
    age,
    HOUR_MS,
    'No other server took any mail for so long, although it was tried.',
  ),
  certificateDays: key(
    count({ min: 1, max: 365 }),
    14,
    'A certificate expires within so many days.',
  ),
  backupAgeMs: key(age, 2 * DAY_MS, 'The last backup is older than this.'),
})

export const ALERTS: Section<AlertsConfig> = section<AlertsConfig>(
  'Whom the server tells that something is wrong. waybill alerts test tries every way.',
  {
    enabled: key(flag, true, 'Whether it looks at all.'),
    everyMs: key(
      duration({ min: SECOND_MS, max: HOUR_MS }),
      MINUTE_MS,
      'How often it looks. What two looks in a row find is told, once; it is over after two good ones.',
    ),
    networkEveryMs: key(
      duration({ min: 10 * SECOND_MS, max: DAY_MS }),
      HOUR_MS,
      'How often it asks DNS and blocklists, and looks at the certificates that are served.',
    ),
    mail: key(flag, true, 'Whether to tell by mail.'),
    mailTo: key(
      list(address),
      [],
      'Whom; the default is the postmaster of the first domain. Mail to other servers goes through our\nown queue, which may be what is wrong: have a webhook or a command too.',
    ),
    command: key(
      command,
      [],
      'A program to run with each alert, and its arguments. It gets JSON on its standard input. What is\nsecret belongs into a file that it reads: arguments are seen in the list of processes.',
    ),
    commandTimeoutMs: key(
      duration({ min: SECOND_MS, max: 10 * MINUTE_MS }),
      30 * SECOND_MS,
      'It is ended when it takes longer.',
    ),
    pingUrl: key(
      optional(webUrl),
      null,
      'Asked with GET as long as the server is well and nothing urgent is wrong: a service that misses\nthis tells you when the whole machine is down.',
      '"https://hc-ping.com/…"',
    ),
    pingUrlFile: key(
      optional(filePath),
      null,
      'A file with that URL, for only the server to read, in its place.',
      '"alerts.ping"',
    ),
    pingEveryMs: key(duration({ min: 10 * SECOND_MS, max: DAY_MS }), 5 * MINUTE_MS, 'How often.'),
    quietHours: key(
      optional(hours),
      null,
      'In this time of the day nobody is told, until it ends.',
      '"22:00-07:00"',
    ),
    quietUrgent: key(
      flag,
      false,
      'Whether urgent ones wait too: a relay refuses our login, the disk is full, nothing is delivered,\nthe server cannot look at itself.',
    ),
    dailyAt: key(
      timeOfDay,
      '07:00',
      'When to mail what changed since yesterday; on a day without changes there is no mail.',
    ),
    webhooks: WEBHOOKS,
    limits: ALERT_LIMITS,
  },
)

/** As a URL of a webhook has to be. */
export function isWebUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, hostname } = new URL(value)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && NEAR.test(hostname))
}

/** This machine, and private networks: what is sent there in the clear stays near. */
const NEAR =
  /^(?:localhost|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|\[::1\]|\[f[cd][\da-f:]+\])$/
