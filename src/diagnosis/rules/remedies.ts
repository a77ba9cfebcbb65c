/** Steps that more than one rule gives, worded once. */

export const CHECK_ADDRESS: readonly string[] = [
  'Compare the address letter by letter with what the recipient uses, the part after the @ too.',
  'Ask the recipient by another way; take the address out of lists and address books if it is gone.',
]

export const SET_PTR: readonly string[] = [
  'Look at what there is: `dig +short -x ADDRESS` must give one name, and `dig +short A NAME` must give the address back. For IPv6 use AAAA.',
  'Have the provider of the address (hosting or line) set the PTR record to the name of this server.',
  'Give the same name in HELO/EHLO.',
  'If only IPv6 has no PTR record, send by IPv4 until it has.',
]

export const FIX_SPF: readonly string[] = [
  'Look at the record of the envelope sender’s domain: `dig +short TXT DOMAIN`.',
  'Add the address that sends (the error or the log names it) with `ip4:`, `ip6:`, `a`, `mx` or the `include:` of the service that sends for you; keep one SPF record only.',
  'Was the mail forwarded? Then SPF must fail: rewrite the envelope sender (SRS), or rely on DKIM.',
]

export const FIX_DKIM: readonly string[] = [
  'Turn on DKIM signing for the domain in From:, with a key of at least 1024, better 2048 bits.',
  'Publish the public key at `SELECTOR._domainkey.DOMAIN` and compare: `dig +short TXT SELECTOR._domainkey.DOMAIN`.',
  'See that nothing changes the message after signing: footers, disclaimers, virus scanners.',
]

export const FIX_DMARC: readonly string[] = [
  'Look at the policy: `dig +short TXT _dmarc.DOMAIN`, for the domain in From:.',
  'Make SPF or DKIM pass for that same domain (aligned): sign with `d=` of the From: domain, or use an envelope sender of it.',
  'Mail of a list or a forwarder: have it rewrite From:, or sign anew with DKIM.',
]

export const STOP_SPAM: readonly string[] = [
  'Find out what left by this address: look in the log for one login, form or script that sends far more than usual, and for many rejected recipients.',
  'Lock or give a new password to that account, close the form or script, and remove its mail from the queue.',
  'Does another machine share the address? Block port 25 outwards for all but the mail server.',
]

export const BUILD_REPUTATION: readonly string[] = [
  'Check that SPF, DKIM, DMARC and the PTR record are right; without them a reputation cannot grow.',
  'Send only to people who asked for it, take out addresses that bounce, and raise the volume slowly.',
]

export const ASK_THEIR_ADMIN: readonly string[] = [
  'Reach the recipient by another way and have their administrator look at this error; give the time, the sending address and the whole text.',
  'Their postmaster address may take mail when others do not: write to postmaster@ the domain.',
]

export const JUST_WAIT: readonly string[] = [
  'Do nothing: the message stays in the queue and is tried again.',
]

export const USE_SMARTHOST: readonly string[] = [
  'Send through the mail server (smarthost) of the provider of your line or hosting, with login on port 587.',
]
