/** Alerts and notices for tests. */
import type { Notice } from '../message.ts'
import type { Alert, Telling } from '../types.ts'

export const NOON_MS = Date.UTC(2026, 10, 21, 12)

export function alertOf(given: Partial<Alert> = {}): Alert {
  return {
    rule: 'relay-login',
    subject: 'prov',
    state: 'firing',
    sinceMs: NOON_MS - 7_200_000,
    changedMs: NOON_MS - 3_600_000,
    toldMs: null,
    said: {
      verdict: 'failing',
      summary: 'the relay prov refuses our login',
      evidence: ['535 5.7.8 <!channel> *bold* @everyone [x](http://evil.example) & "quoted"'],
      meaning: 'All mail that goes by it waits.',
      remedy: [
        { text: 'Ask the provider', command: null },
        { text: 'Try it', command: 'waybill relay test prov' },
      ],
    },
    mark: null,
    toldMark: null,
    toldVerdict: null,
    returns: 0,
    goodLooks: 0,
    ...given,
  }
}

export function noticeOf(given: Partial<Notice> = {}, telling: Partial<Telling> = {}): Notice {
  return {
    kind: 'firing',
    hostName: 'mail.example.com',
    nowMs: NOON_MS,
    sameServer: '',
    tellings: [{ alert: alertOf(), isAgain: false, ...telling }],
    ...given,
  }
}
