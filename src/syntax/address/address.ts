/**
 * Addresses as operators write them and as the rest of the server passes them on.
 */
import { Cursor } from '../../base/cursor.ts'
import { SyntaxFault } from '../../base/faults.ts'
import { latin1OfUtf8 } from '../../base/octets.ts'
import { formatLocalpart } from './localpart.ts'
import { type Address, expectMailbox } from './mailbox.ts'

export type { Address } from './mailbox.ts'

/**
 * Reads one address in Unicode, without brackets: `jane@bücher.example`, `"two words"@here.example`.
 * @throws SyntaxFault
 */
export function parseAddress(text: string): Address {
  if (!text.isWellFormed()) throw new SyntaxFault('Unicode text', 0)
  const cursor = new Cursor(latin1OfUtf8(text))
  const address = expectMailbox(cursor)
  cursor.expectEnd()
  return address
}

/** As {@link parseAddress}. Null: it is no address. */
export function tryAddress(text: string): Address | null {
  try {
    return parseAddress(text)
  } catch (error) {
    if (error instanceof SyntaxFault) return null
    throw error
  }
}

/** The address as text that {@link parseAddress} reads back; quotes only where they are needed. */
export function formatAddress(address: Address): string {
  return `${formatLocalpart(address.localpart)}@${address.domain}`
}
