/** Alerts to a URL, signed. */
import { createHmac } from 'node:crypto'

import type { Clock } from '../../base/clock.ts'
import type { WebhookConfig } from '../../config/alerts.ts'
import type { Notice } from '../message.ts'
import { formed } from './forms.ts'
import { httpRequest } from './request.ts'
import { secretIn, urlOf } from './secret-file.ts'
import type { Way } from './way.ts'

export function webhookWay(config: WebhookConfig, clock: Clock): Way {
  const { name, form, timeoutMs } = config
  return {
    name: `webhook ${name}`,
    isOwnQueue: false,
    async send(notice: Notice, signal) {
      const posted = formed(form, urlOf(config), notice)
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
