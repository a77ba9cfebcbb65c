import { ACCESS_PROVIDERS } from '../rules/access-providers.ts'
import { ADDRESSES } from '../rules/addresses.ts'
import { ADMISSION } from '../rules/admission.ts'
import { AOL } from '../rules/aol.ts'
import { AUTHENTICATION } from '../rules/authentication.ts'
import { BLOCKLISTS } from '../rules/blocklists.ts'
import { CHINA } from '../rules/china.ts'
import { CLASSES } from '../rules/classes.ts'
import { CONTENT } from '../rules/content.ts'
import { CPANEL } from '../rules/cpanel.ts'
import { DOMAINS } from '../rules/domains.ts'
import { DOVECOT_RUNNING } from '../rules/dovecot-running.ts'
import { DOVECOT_SERVING } from '../rules/dovecot-serving.ts'
import { DOVECOT } from '../rules/dovecot.ts'
import { EXCHANGE_TLS } from '../rules/exchange-tls.ts'
import { EXCHANGE } from '../rules/exchange.ts'
import { EXIM_CONNECTIONS } from '../rules/exim-connections.ts'
import { EXIM_HOST } from '../rules/exim-host.ts'
import { EXIM } from '../rules/exim.ts'
import { EXPIRY } from '../rules/expiry.ts'
import { FILTERS } from '../rules/filters.ts'
import { FORM } from '../rules/form.ts'
import { GATEWAYS } from '../rules/gateways.ts'
import { GOOGLE_RELAY } from '../rules/google-relay.ts'
import { GOOGLE_SENDERS } from '../rules/google-senders.ts'
import { GOOGLE } from '../rules/google.ts'
import { HOST } from '../rules/host.ts'
import { LOGIN } from '../rules/login.ts'
import { MAILBOXES } from '../rules/mailboxes.ts'
import { MICROSOFT } from '../rules/microsoft.ts'
import { NETWORK } from '../rules/network.ts'
import { POSTFIX_CLIENTS } from '../rules/postfix-clients.ts'
import { POSTFIX_RUNNING } from '../rules/postfix-running.ts'
import { POSTFIX_SETTINGS } from '../rules/postfix-settings.ts'
import { POSTFIX } from '../rules/postfix.ts'
import { PROVIDERS } from '../rules/providers.ts'
import { PUBLIC_LISTS } from '../rules/public-lists.ts'
import { RATES } from '../rules/rates.ts'
import { RESTRICTIONS } from '../rules/restrictions.ts'
import { ROUTING } from '../rules/routing.ts'
import { SENDERS } from '../rules/senders.ts'
import { SENDING } from '../rules/sending.ts'
import { SENDING_SERVICES } from '../rules/sending-services.ts'
import { SERVICES } from '../rules/services.ts'
import { SMTP } from '../rules/smtp.ts'
import { STATUSES } from '../rules/statuses.ts'
import { TLS } from '../rules/tls.ts'
import { VAGUE } from '../rules/vague.ts'
import { YAHOO } from '../rules/yahoo.ts'
import type { Rule } from './rule.ts'

/** Rules that know what they say; the first that fits wins, so the precise stand before the general. */
export const PRECISE_RULES: readonly Rule[] = [
  ...SENDING,
  ...GOOGLE_SENDERS,
  ...GOOGLE_RELAY,
  ...GOOGLE,
  ...EXCHANGE_TLS,
  ...MICROSOFT,
  ...EXCHANGE,
  ...YAHOO,
  ...AOL,
  ...ACCESS_PROVIDERS,
  ...SENDING_SERVICES,
  ...CPANEL,
  ...EXIM_HOST,
  ...EXIM_CONNECTIONS,
  ...CHINA,
  ...PROVIDERS,
  ...POSTFIX_CLIENTS,
  ...POSTFIX_SETTINGS,
  ...POSTFIX_RUNNING,
  ...DOVECOT_RUNNING,
  ...DOVECOT_SERVING,
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
  ...ADMISSION,
  ...BLOCKLISTS,
  ...RATES,
  ...CONTENT,
  ...FORM,
  ...SMTP,
  ...TLS,
  ...ROUTING,
  ...NETWORK,
  ...MAILBOXES,
  ...RESTRICTIONS,
  ...ADDRESSES,
  ...DOMAINS,
  ...EXPIRY,
  ...STATUSES,
]

/** Words that may mean many things, then the classes of codes: only when nothing better fits. */
export const VAGUE_RULES: readonly Rule[] = [...VAGUE, ...CLASSES]

/** Every rule. */
export const RULES: readonly Rule[] = [...PRECISE_RULES, ...VAGUE_RULES]
