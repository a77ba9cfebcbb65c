import { utf8OfLatin1 } from '../base/octets.ts'
import type { Directory } from '../directory/types.ts'
import { formatAddress } from '../syntax/address/address.ts'
import { domainToAscii } from '../syntax/address/domain.ts'
import { parseAddressList } from '../syntax/message/address-list.ts'
import { unfold } from '../syntax/message/lexer.ts'
import type { EnvelopeAddress } from '../syntax/mime/skeleton.ts'
import type { Identity } from '../syntax/sasl/credentials.ts'
import { type Reply, reply } from '../syntax/smtp/reply.ts'
import { REPLY } from './reply.ts'

/** Authors of one message; a real one has one, rarely a few. */
const MAX_AUTHORS = 50

/**
 * May this user be named in From? One field, and every address in it theirs: what a reader sees
 * must be as true as the envelope.
 * @param from  the values of all From fields, folded, latin1
 * @returns null when all is well
 */
export function checkFrom(
  from: readonly string[],
  directory: Directory,
  identity: Identity,
): Reply | null {
  const [value] = from
  if (value === undefined || from.length > 1) return REPLY.noFrom
  const entries = parseAddressList(unfold(value), MAX_AUTHORS + 1)
  const authors = entries.filter(({ mailbox, host }) => mailbox !== null && host !== null)
  if (authors.length === 0 || entries.length > MAX_AUTHORS) return REPLY.noFrom
  for (const author of authors) {
    const address = addressOf(author)
    if (address === null || !directory.ownsAddress(identity, address)) {
      const shown = address ?? `${author.mailbox}@${author.host}`
      return reply(550, '5.7.1', `You may not send with ${shown} in the From field`)
    }
  }
  return null
}

function addressOf({ mailbox, host }: EnvelopeAddress): string | null {
  const localpart = utf8OfLatin1(mailbox ?? '')
  const domain = domainToAscii(utf8OfLatin1(host ?? '') ?? '')
  if (localpart === null || localpart === '' || domain === null) return null
  return formatAddress({ localpart, domain })
}
