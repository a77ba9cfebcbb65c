/**
 * Wiring: who signs mail, and what is said when nobody can.
 *
 * Mail of a domain whose key cannot be opened goes unsigned. It is not refused with 451: the key
 * file is lost for good or until somebody restores it, programs that submit do not all try again,
 * and SPF still vouches for most of it. So the loss must be loud, once, for a person to mend.
 */
import { messageOf } from './base/faults.ts'
import type { Signer } from './trust/dkim/signer.ts'

export interface SignersOptions {
  /** Null: the domain is not ours, or has no keys. @throws Error when a key cannot be opened */
  readonly open: (domain: string) => Signer | null
  readonly alarm: (text: string) => void
}

/** Says what keeps a domain's mail from being signed when it begins, changes and ends: not at each message. */
export function signers({ open, alarm }: SignersOptions): (domain: string) => Signer | null {
  const troubles = new Map<string, string>()
  return (domain) => {
    try {
      const signer = open(domain)
      if (signer !== null && troubles.delete(domain)) alarm(`mail from ${domain} is signed again`)
      return signer
    } catch (error) {
      const trouble = messageOf(error)
      if (troubles.get(domain) !== trouble)
        alarm(`mail from ${domain} goes out unsigned, until this is mended: ${trouble}`)
      troubles.set(domain, trouble)
      return null
    }
  }
}
