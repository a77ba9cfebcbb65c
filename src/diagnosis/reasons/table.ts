import { ACCESS_PROVIDERS } from './access-providers.ts'
import { ADDRESSES } from './addresses.ts'
import { ADMISSION } from './admission.ts'
import { AUTHENTICATION } from './authentication.ts'
import { BLOCKLISTS } from './blocklists.ts'
import { CLASSES } from './classes.ts'
import { CONTENT } from './content.ts'
import { DOVECOT } from './dovecot.ts'
import { EXCHANGE } from './exchange.ts'
import { EXIM } from './exim.ts'
import { EXPIRY } from './expiry.ts'
import { FILTERS } from './filters.ts'
import { FORM } from './form.ts'
import { GATEWAYS } from './gateways.ts'
import { GOOGLE_RELAY } from './google-relay.ts'
import { GOOGLE_SENDERS } from './google-senders.ts'
import { GOOGLE } from './google.ts'
import { HOST } from './host.ts'
import { LOGIN } from './login.ts'
import { MAILBOXES } from './mailboxes.ts'
import { MICROSOFT } from './microsoft.ts'
import { NETWORK } from './network.ts'
import { POSTFIX } from './postfix.ts'
import { PROVIDERS } from './providers.ts'
import { PUBLIC_LISTS } from './public-lists.ts'
import { RATES } from './rates.ts'
import { ROUTING } from './routing.ts'
import { SENDERS } from './senders.ts'
import { SENDING_SERVICES } from './sending-services.ts'
import { SERVICES } from './services.ts'
import { SMTP } from './smtp.ts'
import { STATUSES } from './statuses.ts'
import { TLS } from './tls.ts'
import { VAGUE } from './vague.ts'
import { YAHOO } from './yahoo.ts'
import type { Rule } from './rule.ts'

/** Rules that know what they say; the first that fits wins, so the precise stand before the general. */
export const PRECISE_RULES: readonly Rule[] = [
  ...GOOGLE_SENDERS,
  ...GOOGLE_RELAY,
  ...GOOGLE,
  ...MICROSOFT,
  ...EXCHANGE,
  ...YAHOO,
  ...ACCESS_PROVIDERS,
  ...SENDING_SERVICES,
  ...PROVIDERS,
  ...FILTERS,
  ...GATEWAYS,
  ...SERVICES,
  ...DOVECOT,
  ...EXIM,
  ...HOST,
  ...LOGIN,
  ...POSTFIX,
  ...AUTHENTICATION,
  ...SENDERS,
  ...PUBLIC_LISTS,
  ...BLOCKLISTS,
  ...ADMISSION,
  ...RATES,
  ...CONTENT,
  ...FORM,
  ...SMTP,
  ...TLS,
  ...ROUTING,
  ...NETWORK,
  ...MAILBOXES,
  ...ADDRESSES,
  ...EXPIRY,
  ...STATUSES,
]

/** Words that may mean many things, then the classes of codes: only when nothing better fits. */
export const VAGUE_RULES: readonly Rule[] = [...VAGUE, ...CLASSES]

/** Every rule. */
export const RULES: readonly Rule[] = [...PRECISE_RULES, ...VAGUE_RULES]
