import { ADDRESSES } from './addresses.ts'
import { BLOCKLISTS } from './blocklists.ts'
import { CLASSES } from './classes.ts'
import { DOVECOT } from './dovecot.ts'
import { EXIM } from './exim.ts'
import { EXPIRY } from './expiry.ts'
import { FILTERS } from './filters.ts'
import { GOOGLE } from './google.ts'
import { HOST } from './host.ts'
import { LOGIN } from './login.ts'
import { MICROSOFT } from './microsoft.ts'
import { POLICY } from './policy.ts'
import { POSTFIX } from './postfix.ts'
import { PROVIDERS } from './providers.ts'
import type { Rule } from './rule.ts'
import { SENDERS } from './senders.ts'
import { SERVICES } from './services.ts'
import { STATUSES } from './statuses.ts'
import { TRANSPORT } from './transport.ts'
import { VAGUE } from './vague.ts'
import { YAHOO } from './yahoo.ts'

/** Rules that know what they say; the first that fits wins, so the precise stand before the general. */
export const PRECISE_RULES: readonly Rule[] = [
  ...GOOGLE,
  ...MICROSOFT,
  ...YAHOO,
  ...PROVIDERS,
  ...FILTERS,
  ...SERVICES,
  ...DOVECOT,
  ...EXIM,
  ...HOST,
  ...LOGIN,
  ...POSTFIX,
  ...SENDERS,
  ...BLOCKLISTS,
  ...POLICY,
  ...TRANSPORT,
  ...ADDRESSES,
  ...EXPIRY,
  ...STATUSES,
]

/** Words that may mean many things, then the classes of codes: only when nothing better fits. */
export const VAGUE_RULES: readonly Rule[] = [...VAGUE, ...CLASSES]

/** Every rule. */
export const RULES: readonly Rule[] = [...PRECISE_RULES, ...VAGUE_RULES]
