/** Who wrote a bounce that does not say it in a field: mailers by the words they always use. */

interface Mailer {
  readonly name: string
  /** In the From field or the subject. */
  readonly header?: RegExp
  /** At the begin of the text. */
  readonly text?: RegExp
}

/**
 * A name such as `exim` or `postfix`, or null.
 * @param header From and Subject
 */
export function mailerOf(header: string, prose: string): string | null {
  const start = prose.slice(0, MAX_START)
  const found = MAILERS.find(
    (mailer) => mailer.header?.test(header) === true || mailer.text?.test(start) === true,
  )
  return found?.name ?? null
}

const MAX_START = 3000

/** Several write Exim's sentence; they stand before it. */
const MAILERS: readonly Mailer[] = [
  { name: 'gmx', header: /@(?:[a-z0-9-]{1,30}\.)?gmx\.|kundenserver\.de|1and1\.|ionos\./i },
  { name: 'mail.ru', header: /@(?:corp\.)?mail\.ru\b/i },
  { name: 'zoho', header: /@(?:mail\.)?zoho\./i },
  { name: 'gmail', header: /mailer-daemon@(?:googlemail|google|gmail)\.com/i },
  { name: 'yahoo', header: /mailer-daemon@yahoo\./i },
  { name: 'yandex', header: /mailer-daemon@yandex\./i },
  { name: 'aol', header: /@aol\.com\b/i },
  { name: 'ezweb', header: /@ezweb\.ne\.jp/i },
  { name: 'docomo', header: /@(?:[a-z-]{1,30}\.)?docomo\.ne\.jp/i },
  { name: 'amazon-ses', header: /@(?:[a-z0-9.-]{1,60}\.)?amazonses\.com|@sns\.amazonaws\.com/i },
  {
    name: 'office365',
    text: /\bOffice 365\b|\bMicrosoft 365\b|\.prod\.(?:outlook|exchangelabs)\.com/i,
  },
  { name: 'sendgrid', text: /message from SendGrid/i },
  { name: 'facebook', header: /mailer-daemon@mx\.facebook\.com/i },
  {
    name: 'postfix',
    text: /this is the (?:mail system|postfix(?: on [^\n]{1,60})?(?: program)?) at host|postfix smtp server: errors/i,
  },
  { name: 'qmail', text: /this is the qmail-send program/i },
  { name: 'opensmtpd', text: /this is the MAILER-DAEMON, please DO NOT REPLY/i },
  { name: 'dma', text: /this is the DragonFly Mail Agent/i },
  { name: 'courier', text: /running the Courier mail server/i },
  {
    name: 'sendmail',
    text: /-{3,}\s?(?:the following addresses had|transcript of session follows)/i,
  },
  {
    name: 'exchange',
    text: /did not reach the following recipient|delivery has failed to these recipients|msexch:|microsoft exchange|generating server:/i,
  },
  { name: 'domino', header: /delivery failure:/i, text: /listed in (?:domino|public)/i },
  { name: 'groupwise', text: /\bgroupwise\b|undeliverable to the following:/i },
  { name: 'mdaemon', header: /\bmdaemon\b/i },
  { name: 'mailenable', text: /\bmailenable\b/i },
  { name: 'smartermail', text: /could not deliver message to the following recipient\(s\)/i },
  { name: 'hmailserver', text: /\bhmailserver\b/i },
  { name: 'imail', text: /generated following response/i },
  { name: 'interscan', text: /message from interscan/i },
  { name: 'mailmarshal', text: /the following recipients were affected/i },
  { name: 'messaging-server', text: /this report relates to a message you sent with/i },
  { name: 'barracuda', text: /was blocked by our spam (?:& virus )?firewall/i },
  { name: 'm-filter', text: /「m-FILTER」|\bm-filter\b/i },
  {
    name: 'exim',
    text: /this message was created automatically by (?:mail delivery|the smtp relay)/i,
  },
  { name: 'netscape', text: /this message was undeliverable due to the following reason/i },
]
