/** One event of each main kind, for tests that need a whole one. */
import type { Arrival, MessageId, Rejected } from '../event.ts'

const AT_MS = Date.UTC(2026, 10, 20, 9, 0, 6)

export const TLS = {
  version: 'TLS1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  bits: 256,
  verified: false,
  serverName: null,
}

/** From a user who logged in, to two recipients. */
export const ARRIVAL: Arrival = {
  type: 'arrival',
  mark: '<=',
  parent: null,
  atMs: AT_MS,
  id: '1vnYk2-00000000BQ5-1EaB' as MessageId,
  from: 'jane@example.com',
  host: { name: null, helo: 'laptop.lan', address: '192.0.2.3', port: 50214 },
  local: { address: '192.0.2.1', port: 465 },
  user: null,
  protocol: 'esmtpsa',
  tls: { ...TLS, serverName: 'mail.example.com' },
  authenticator: 'plain',
  login: 'jane@example.com',
  sizeOctets: 3573121,
  messageIdHeader: 'a1@laptop.lan',
  subject: 'Proposal',
  recipients: ['bob@example.net', 'carol@example.com'],
}

/** Of a stranger who wants to relay. */
export const REJECTED: Rejected = {
  type: 'rejected',
  atMs: AT_MS,
  id: null,
  host: { name: null, helo: 'spam', address: '203.0.113.9', port: 4242 },
  local: { address: '192.0.2.1', port: 25 },
  tls: null,
  authenticator: null,
  login: null,
  from: 'x@example.org',
  temporary: false,
  phase: 'RCPT',
  subject: '<bob@example.net>',
  reason: 'relay not permitted',
  headers: [],
}
