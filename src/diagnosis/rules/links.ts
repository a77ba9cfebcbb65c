/** Pages that more than one rule links to. */

export const GOOGLE_ERRORS = 'https://support.google.com/a/answer/3726730'
export const GOOGLE_GUIDELINES = 'https://support.google.com/mail/answer/81126'
export const GOOGLE_POSTMASTER = 'https://postmaster.google.com/'
export const MICROSOFT_ERRORS =
  'https://learn.microsoft.com/en-us/troubleshoot/exchange/email-delivery/ndr/non-delivery-reports-in-exchange-online'
export const MICROSOFT_DELIST = 'https://sender.office.com/'
export const OUTLOOK_SUPPORT = 'https://olcsupport.office.com/'
export const OUTLOOK_SNDS = 'https://sendersupport.olc.protection.outlook.com/snds/'
export const OUTLOOK_POSTMASTER = 'https://sendersupport.olc.protection.outlook.com/pm/'
export const YAHOO_ERRORS = 'https://senders.yahooinc.com/smtp-error-codes/'
export const YAHOO_PRACTICES = 'https://senders.yahooinc.com/best-practices/'
export const YAHOO_CONTACT = 'https://senders.yahooinc.com/contact/'
export const APPLE_POSTMASTER = 'https://support.apple.com/en-us/102322'
export const SPAMHAUS_CHECK = 'https://check.spamhaus.org/'
export const TALOS = 'https://talosintelligence.com/reputation_center'
export const PROOFPOINT_CHECK = 'https://ipcheck.proofpoint.com/'
export const STATUS_REGISTRY =
  'https://www.iana.org/assignments/smtp-enhanced-status-codes/smtp-enhanced-status-codes.xhtml'
