/**
 * What is posted to a webhook, in the form that each service takes. Text of strangers can be in it
 * (what another server said): it is escaped so that it shows as it is, calls nobody and links nowhere.
 */
import type { WebhookForm } from '../../config/alerts.ts'
import { type Notice, plainOf, subjectOf, textOf } from '../message.ts'

/** What to post, and where. */
export interface Posted {
  readonly url: string
  readonly body: string
}

export function formed(form: WebhookForm, url: string, notice: Notice): Posted {
  switch (form) {
    case 'json':
      return { url, body: JSON.stringify(jsonOf(notice)) }
    case 'slack':
      return { url, body: JSON.stringify(slackOf(notice)) }
    case 'discord':
      return { url, body: JSON.stringify(discordOf(notice)) }
    case 'ntfy':
      return ntfyOf(notice, url)
    default:
      return form satisfies never
  }
}

/** Also what a command gets on its standard input. */
export function jsonOf(notice: Notice): Readonly<Record<string, unknown>> {
  const { kind, hostName, nowMs, tellings, sameServer } = notice
  return {
    version: 1,
    kind,
    host: hostName,
    time: new Date(nowMs).toISOString(),
    title: subjectOf(notice),
    text: textOf(notice),
    alerts: tellings.map((telling) => plainOf(telling, sameServer)),
  }
}

/** Plain text blocks have no markup; in the text of the notification `&`, `<` and `>` are Slack's own. */
function slackOf(notice: Notice) {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false })
  const header = plain(slackText(subjectOf(notice), SLACK_HEADER_CHARS))
  const text = plain(slackText(textOf(notice), SLACK_TEXT_CHARS))
  return {
    text: slackText(subjectOf(notice), SLACK_TEXT_CHARS),
    mrkdwn: false,
    blocks: [
      { type: 'header', text: header },
      { type: 'section', text },
    ],
  }
}

/** Cut before it is escaped, so that no escape is cut. */
function slackText(text: string, maxChars: number): string {
  let room = maxChars
  for (;;) {
    const escaped = slackEscaped(cut(text, room))
    if (escaped.length <= maxChars) return escaped
    room -= Math.ceil((escaped.length - maxChars) / LONGEST_ESCAPE)
  }
}

function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
/** `&amp;` */
const LONGEST_ESCAPE = 5

/** `parse: []`: whatever the text says, nobody is called. */
function discordOf(notice: Notice) {
  return {
    username: 'Waybill',
    content: '',
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: cut(discordText(subjectOf(notice)), DISCORD_TITLE_CHARS),
        description: cut(discordText(textOf(notice)), DISCORD_TEXT_CHARS),
        color: COLOURS[notice.kind],
      },
    ],
  }
}

/** Markdown with a backslash before all that could mean something, and no word that becomes a link. */
function discordText(text: string): string {
  return text
    .replace(/[\\*_~`|>#[\]()<@-]/g, '\\$&')
    .replace(/\b(https?|discord):\/\//gi, '$1:\u200b//')
}

/** As JSON to the server itself: so nothing of it stands in a header. */
function ntfyOf(notice: Notice, topicUrl: string): Posted {
  const url = new URL(topicUrl)
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const topic = decodeURIComponent(parts.pop() ?? '')
  url.pathname = `/${parts.map((part) => `${part}/`).join('')}`
  const isUrgent = notice.tellings.some(({ alert }) => alert.said.verdict === 'failing')
  const body = {
    topic,
    title: cut(subjectOf(notice), NTFY_TITLE_CHARS),
    message: cut(textOf(notice), NTFY_TEXT_CHARS),
    priority: notice.kind === 'firing' ? (isUrgent ? 5 : 4) : 3,
    tags: [TAGS[notice.kind]],
  }
  return { url: url.href, body: JSON.stringify(body) }
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1).toWellFormed()}…`
}

const SLACK_HEADER_CHARS = 150
const SLACK_TEXT_CHARS = 3000
const DISCORD_TITLE_CHARS = 256
const DISCORD_TEXT_CHARS = 4096
const NTFY_TITLE_CHARS = 250
/** ntfy turns what has more than 4096 octets into an attachment; most characters are one. */
const NTFY_TEXT_CHARS = 3500
const COLOURS: { readonly [K in Notice['kind']]: number } = {
  firing: 0xd73a49,
  resolved: 0x28a745,
  test: 0x0366d6,
  daily: 0x0366d6,
}
const TAGS: { readonly [K in Notice['kind']]: string } = {
  firing: 'rotating_light',
  resolved: 'white_check_mark',
  test: 'information_source',
  daily: 'newspaper',
}
