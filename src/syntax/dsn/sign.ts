/** What the form and the header of a message say of its kind, before its text is read. */
import { decodeWords } from '../message/encoded-word.ts'
import type { Contents } from './contents.ts'
import type { Prose } from './prose.ts'

/**
 * Of a bounce from the surest sign to the weakest: its form, a mailer as its sender, the subject, a
 * sender or a subject that others have, too. Null: nothing speaks for a report.
 */
export type Sign = 'complaint' | 'autoReply' | 'form' | 'mailer' | 'subject' | 'weak' | null

export function signOf(contents: Contents): Sign {
  const { header } = contents
  const subject = decodeWords(header.value('subject') ?? '')
  const from = header.value('from') ?? ''
  if (contents.feedback !== null || COMPLAINT_SUBJECT.test(subject)) return 'complaint'
  if (contents.status !== null || contents.isReport) return 'form'
  if (contents.disposition !== null) return isRefusal(contents) ? 'form' : 'autoReply'
  const says = BOUNCE_SUBJECT.test(subject)
  const isAnswer = /^(?:re|aw|sv|antw|fwd?|wg) ?:/i.test(subject)
  if (isAutoReply(contents, subject, says && !isAnswer)) return 'autoReply'
  if (header.value('x-failed-recipients') !== null) return 'form'
  if (MAILER.test(from)) return 'mailer'
  if (says && !isAnswer) return 'subject'
  const path = header.value('return-path')?.trim()
  // A text without a header, such as a log, is no message.
  const isUnsigned = from === '' && subject !== ''
  return says || path === '<>' || isUnsigned || WEAK.test(from) ? 'weak' : null
}

/** The weaker the sign, the more the text must say. */
export function isBounce(sign: Sign, { form, words, saysFailure }: Prose): boolean {
  if (sign === 'form' || sign === 'mailer') return true
  if (sign === 'subject') return form !== 'none' || saysFailure
  return sign === 'weak' && form !== 'address' && DELIVERY.test(words.slice(0, 1000))
}

/** A receipt (RFC 8098) that tells that a mailer refused the message. */
function isRefusal({ disposition, prose }: Contents): boolean {
  return UNDELIVERED.test(disposition ?? '') && DELIVERY.test(prose.slice(0, 5000))
}

/** An answer of a program for a person, RFC 3834. */
function isAutoReply({ header }: Contents, subject: string, isAboutFailure: boolean): boolean {
  const automatic = header.value('auto-submitted')?.toLowerCase() ?? ''
  const isReply = automatic.startsWith('auto-replied') || header.value('x-autoreply') !== null
  if ((isReply && !isAboutFailure) || header.value('x-autorespond') !== null) return true
  const isAutomatic = isReply || automatic !== '' || AUTOMATIC.some((name) => header.value(name))
  return VACATION_SUBJECT.test(subject) || (isAutomatic && AWAY_SUBJECT.test(subject))
}

const BOUNCE_SUBJECT =
  /undeliver|failure|failed|delivery (?:problem|error|status|notification|report)|return(?:ed|ing) (?:mail|message|to)|bounce|not deliver|could ?n.t be|can.?not be delivered|delayed|user unknown|unknown (?:user|address)|nondeliverable|non[ -]delivery|mail error|mail system error|mail status report|warning: (?:could|message)|error sending|rejected|not (?:a )?member|non remis|non recapit|unzustellbar|no se p(?:udo|uede) entregar|no se pudo|n(?:ã|a)o entregue|poss(?:í|i)vel entregar|onbestelbaar|kan ikke leveres|inte att leverera|niedostarczon|nedoručiteln|kézbesíthetetlen|teslim edilemedi|не доставлен|недоставлен|не удается доставить|配信|エラー|未传递|未傳遞|无法投递|退信|배달되지 않음/i
const VACATION_SUBJECT =
  /^(?:re: )?(?:auto(?:matic)?[ :-]{0,2}(?:reply|response|antwort)|out of (?:the )?office|abwesenheit|r(?:é|e)ponse automatique|respuesta autom|risposta automatica|自動)/i
const AWAY_SUBJECT = /vacation|away|abwesen|absence|absent|holiday|urlaub|office|ferien/i
const AUTOMATIC = ['x-auto-response-suppress', 'x-precedence', 'x-vacation']
const COMPLAINT_SUBJECT = /^(?:complaint about message from|abuse report:)/i
const MAILER =
  /mailer.?daemon|post_?master|mail.?deliver|\bmdaemon\b|mail administrator|system administrator|mail.?system|e-?mail.?gateway|delivery subsystem/i
/** Newsletters have such a sender, too. */
const WEAK = /\bbounces?\b|no-?reply|<>/i
/** What only a bounce says. */
const DELIVERY =
  /could ?n(?:o|')t be delivered|could not be sent|undeliver|not (?:be |been )?delivered|unable to deliver|delivery (?:has )?fail|not a member|did not reach|mailbox is full|user unknown|unknown user|quota exceeded|automatically rejected/i
/** Disposition modes and types that a mailer uses for what it refused, RFC 8098 §3.2.6. */
const UNDELIVERED = /deleted|denied|failed|error/i
