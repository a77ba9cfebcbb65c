import type { Random } from '../../base/random.ts'
import type { Credentials } from './credentials.ts'
import type { Exchange } from './exchange.ts'
import { LoginExchange, PlainExchange } from './plain.ts'
import { ScramExchange } from './scram.ts'

export type Mechanism = 'PLAIN' | 'LOGIN' | 'SCRAM-SHA-256'

/** Null when we do not know the mechanism. Names are compared without case, RFC 4422 §3.1. */
export function mechanismOf(name: string): Mechanism | null {
  const upper = name.toUpperCase()
  return upper === 'PLAIN' || upper === 'LOGIN' || upper === 'SCRAM-SHA-256' ? upper : null
}

/** Begins one attempt to log in; the exchange is good for one attempt only. */
export function startExchange(
  mechanism: Mechanism,
  credentials: Credentials,
  random: Random,
): Exchange {
  switch (mechanism) {
    case 'PLAIN':
      return new PlainExchange(credentials)
    case 'LOGIN':
      return new LoginExchange(credentials)
    case 'SCRAM-SHA-256':
      return new ScramExchange(credentials, random)
    default:
      return mechanism satisfies never
  }
}
