/** Alerts to a URL, signed. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

import type { Clock } from '../../base/clock.ts'
import { systemReason } from '../../base/faults.ts'
import type { WebhookConfig } from '../../config/alerts.ts'
import type { Notice } from '../message.ts'
import { formed } from './forms.ts'
import { httpRequest } from './request.ts'
import { type Way, WayFault } from './way.ts'

export function webhookWay(config: WebhookConfig, clock: Clock): Way {
  const { name, url, form, timeoutMs } = config
  return {
    name: `webhook ${name}`,
    isOwnQueue: false,
    async send(notice: Notice, signal) {
      const posted = formed(form, url, notice)
      const headers = headersOf(config, posted.body, clock.nowMs())
      await httpRequest({ method: 'POST', ...posted, headers, timeoutMs }, signal)
    },
  }
}

/** Each try is signed anew: a time that is long past is a replay. */
function headersOf({ secretFile, tokenFile }: WebhookConfig, body: string, nowMs: number) {
  const timestamp = String(Math.floor(nowMs / 1000))
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Waybill-Timestamp': timestamp,
    ...(secretFile === null
      ? {}
      : { 'X-Waybill-Signature': signature(secretIn(secretFile), timestamp, body) }),
    ...(tokenFile === null ? {} : { Authorization: `Bearer ${secretIn(tokenFile)}` }),
  }
}

/** `sha256=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal. */
function signature(secret: string, timestamp: string, body: string): string {
  const hmac = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return `sha256=${hmac}`
}

/** Read at each use, so that a new one counts at once. Its last end of line is not part of it. */
function secretIn(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new WayFault(`cannot read ${file}: ${systemReason(error)}`)
  }
  if (text === '' || /[\r\n\0]/.test(text))
    throw new WayFault(`${file} is not one line with a secret`)
  return text
}
