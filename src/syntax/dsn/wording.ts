/**
 * The sentences of bounces in prose, as data: what introduces the addresses, what ends the report,
 * what says nothing about the reason. Every pattern is tried on one line or one paragraph of
 * bounded length.
 */

/** After such a line come the addresses. */
export const INTRO =
  /following (?:list of |local )?(?:recipient|address|user|e-?mail|mail|destination)|not (?:yet )?(?:be(?:en)? )?(?:deliver(?:ed|able)?|reach(?:ed)?) (?:to|the following|is|are)|not yet (?:been )?(?:delivered|received)|failed (?:recipient|address)|unable to deliver|(?:could|can|did) ?n(?:o|')?t (?:be )?(?:deliver|reach|send)|recipients? (?:failed|below)|deliver[ey]ry? (?:to|failed|has failed)|addresses had|failed (?:for|to)|has been returned|undeliver(?:ed|able)|permanent.{0,10}error|failure reasons|delivery problems|list of failed|couldn't be delivered|не может быть|送信できませんでした|送信に失敗|pas pu|nicht (?:zugestellt|zustellbar)|konnte nicht|no se (?:pudo|ha podido)|non (?:è stato|recapit|remis)|échec de la remise|n(?:ã|a)o foi poss|niet (?:worden )?(?:bezorgd|bereikt|afgeleverd)|kunne ikke|kunde inte|nie (?:można|udało)|nelze doručit|не удалось|teslim edilemedi|无法|無法|未能|못했습니다|配信できません/i

/** The line where the bounced message, or its header, begins. */
export const ORIGINAL =
  /^[ \t>|]{0,4}(?:-{2,}.{0,40}(?:copy of (?:the|your) message|original message|unsent message|returned (?:message|mail)|message header|(?:message|mail) text|transcript of (?:mail|message)|header of the original|header and top|forwarded message|below this line|enclosed is a copy|text follows)|(?:the )?(?:header|headers|text|body|content)s? of (?:the|your) (?:original )?message|original message(?: (?:follows|header|headers|attached|as received)|:\s*$)|(?:your|the) (?:original )?message (?:follows|begins|header|is below)|(?:a )?summary of the undelivered|your message reads|message headers? follow|---? ?below this line|the (?:first|following) \d{0,4} ?lines|\[message attached|here is a copy of|(?:below is )?a copy of the original|included is a copy|the non-delivered message)|^>? ?(?:reporting-mta|return-path|x-[a-z-]{1,40}): |^>? ?(?:received: ?(?:from|by) |message-id: ?<)/i

/** Lines that say nothing of why: what to do, whom to ask, what else was sent. */
export const BOILERPLATE =
  /^(?:for further assistance|if you do so|please include|if your message was also sent|no action is required|please (?:reply|contact|note|do not reply|direct)|for more tips|you (?:can|may) (?:delete|find|or may)|status is not|do not (?:reply|resend)|delete your own|below could not be|the mail system|your mail system|i'm sorry|i'm afraid|hi[.!]|hello|sorry it didn|this is (?:a permanent error|an automatic|the (?:mail|postfix|qmail|mailer|dragonfly))|this message was created auto|a message that you sent|(?:best |kind )?regards|thanks|the following (?:address|text (?!was gen)|recipient|message|sentences)|(?:-{3,}(?![- ]{0,80}smtp command)|={3,}|\*{3,}|#{3,})|technical details:|diagnostic information|generating server|more info|system contact|original message|it'?s attached|be delivered to one|message from |your (?:original )?message(?: was sent)?$|was this helpful|learn more here|the message identifier|the (?:subject|date) of the message|(?:from|to|cc|subject|sent|date|message-id): |this report relates|additional information|original sender|sender-mta|message details:|error sending|postmaster|recommend|how to fix|the address(?:es)? to which the message|(?:the )?(?:message|mail) (?:will be|is) (?:kept|retried|queued)|\[message|some time, and|remains undelivered|(?:the )?following (?:locator|information))/i

/** A line drawn over a paragraph, perhaps with its title in it. */
export const RULE = /^(?:-{3,}|={3,}|\*{3,}|#{3,})/

/** The tail of an entry that belongs to the words of a reply and names no new recipient. */
export const REPLY_TAIL =
  /^[>)\]'"]?\s{0,3}(?:\.\.\.|is (?:not|un)|was not|does not|user unknown|(?:sender|recipient|client) (?:address |host )?rejected|:? ?recipient address rejected|no such user|has exceeded)/i

/** A delay, whatever else is said. */
export const STILL_TRIED =
  /will be retried|will (?:continue|keep) (?:to )?try|will retry|delivery attempts will continue|no action is required|do not need to resend|do NOT need to re-?send|this is (?:just |only )?a warning|\(delay\)|temporary failure report|warning: message/i
export const DELAY =
  /delayed|delay notif|still (?:be )?(?:trying|retry|being)|not yet been (?:delivered|received)|warning message only|warning: could not send|queued for/i
export const FINAL =
  /permanent|giving up|gave up|has been returned|could not be delivered for|\bfinal|undeliverable|delivery (?:has )?failed|failed permanently|returned to sender|will not be|no further|will be deleted/i

/** Words that say that something went wrong, in the languages that bounces are written in. */
export const FAILURE =
  /fail|undeliver|not (?:be )?deliver|could ?n.t|can ?not|unable|unknown|return|reject|bounce|does ?n.t exist|no such|full|quota|invalid|inactive|disabled|error|not (?:known|found|exist|reach|accept|match|listed|recogni|a? ?member)|delay|no longer|エラー|配信|見つかりません|送信できません/i

/** Reasons that stand before the addresses they are the reason of. */
export const REASON_FIRST =
  /disabled|limited|\bfull\b|quota|exceed|too (?:big|large)|virus|\bspam\b|not (?:listed|reachable|responding|found|known|recognized)|no longer|(?:un|not )known|timed? ?out|refused|not be routed|access denied/i

const ADDRESS = `[<"'(]{0,2}([^\\s<>"'(),;:@]{1,200}@[A-Za-z0-9._-]{1,255})[>"')]{0,2}`

/**
 * Sentences that name the recipient. The first that is found in a bounce without a list tells its
 * form, and is then looked for to the end.
 */
export const SENTENCES: readonly RegExp[] = [
  `to which your message was addressed, ${ADDRESS}`,
  `addressed to(?: e-?mail address)? ?:? ?(?:-- )?${ADDRESS}`,
  `rejected recipient:? ${ADDRESS}`,
  `(?:deliver(?:ed|ing)?|delivery|send|sent) (?:(?:the |your |this |a |following )?(?:message|mail|e-?mail)s? )?to(?: the)?(?: following| local)?(?: recipient\\(?s?\\)?| address\\(?e?s?\\)?| user)?:? ${ADDRESS}`,
  `(?:message|mail|e-?mail)(?: sent)? (?:to|for):? ${ADDRESS} (?:(?:could|was|has|can|did|is|will|has) ?n.t|(?:could|was|has|can|did|is|will)(?: been)? ?not|was (?:automatically )?(?:blocked|rejected|returned|refused)|has (?:reached|bounced|been (?:blocked|rejected|returned))|failed|bounced)`,
  `undeliver(?:able|ed)(?: mail| message)? (?:to|for|address):? ${ADDRESS}`,
  `reach the following (?:recipient|user|address)(?:\\(s\\)|s)?:? ${ADDRESS}`,
  `(?:d[ée]livr[ée]e?|remis|envoy[ée]) [àa] ${ADDRESS}`,
  `(?:quota (?:violation|exceeded) for|mailbox (?:is )?full:|mailing list|user unknown:|unknown user:?|no such user:?|invalid (?:final delivery )?(?:user(?:id)?|recipient|address):) ${ADDRESS}`,
  `(?:user|recipient|mailbox|account|address) ${ADDRESS} (?:is |was |does |could |has |not |unknown)`,
  `(?:receiver|recipient|user|mailbox|addressee) (?:not found|unknown):? ${ADDRESS}`,
  `originally addressed to ${ADDRESS}`,
  `RCPT TO: ?${ADDRESS}`,
  `Recipient(?: address)?: ${ADDRESS}`,
].map((source) => new RegExp(source, 'gi'))
