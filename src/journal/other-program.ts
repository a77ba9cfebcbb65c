/** Programs that share a log with a mail server. */

/**
 * The program of a tag that no reader of ours knows; null when it handles mail all the same, so that
 * its lines are those of a mail server that is not known, or when there is no tag.
 */
export function otherProgram(tag: string): string | null {
  if (tag === '') return null
  const name = tag.toLowerCase()
  const slash = name.indexOf('/')
  const first = slash < 0 ? name : name.slice(0, slash)
  const isOfMail =
    MAIL_PROGRAMS.has(first) ||
    MAIL_PROGRAMS.has(name.slice(name.lastIndexOf('/') + 1)) ||
    MAIL_WORDS.test(first)
  return isOfMail ? null : tag
}

/** `sendmail`, `courier-imapd`, `sm-mta`, `pop3d-ssl`, `qmail-queue`, `mailman3`, `nullmailer`. */
const MAIL_WORDS = /mail|smtp|imap|pop3|courier|milter|^sm-|^mta|lmtp/

/** Mail servers and mail programs that are none of the three that are read. */
const MAIL_PROGRAMS: ReadonlySet<string> = new Set(
  (
    'authdaemond authlib citadel ctl_cyrusdb cyrus dma fetchnews haraka james kerio maddy master ' +
    'mda mdaemon mox mupdate perdition procmail qmgr sieve stalwart timsieved waybill zimbra'
  ).split(' '),
)
