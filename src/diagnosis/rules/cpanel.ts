/** Limits that cPanel sets for what its users send. It discards the message then. */
import type { Rule } from '../reasons/rule.ts'

export const CPANEL: readonly Rule[] = [
  {
    id: 'cpanel-hourly-limit',
    of: 'exim',
    category: 'rateLimited',
    title: 'cPanel: the domain has sent all it may this hour',
    meaning:
      'The hosting server counts messages for each domain, and the count for this hour is reached. The line says what became of the message: it is discarded, or tried again later.',
    actor: 'you',
    remedy: [
      'Meant? Send again in the next hour, slower, or have the host raise the limit (WHM: Tweak Settings, Max hourly emails per domain; or for one account in Modify an Account).',
      'Not meant? Look for the login or script: `exigrep DOMAIN /var/log/exim_mainlog`, and `cwd=/home/…` lines for scripts.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['exceeded the max emails per hour', 'max emails per hour'] },
    examples: [
      'Domain example.com has exceeded the max emails per hour (150/150 (100%)) allowed. Message discarded.',
    ],
  },
  {
    id: 'cpanel-failure-limit',
    category: 'rateLimited',
    title: 'cPanel: too much of what the domain sent failed',
    meaning:
      'So many messages of the domain failed or were put off this hour that the hosting server lets no more out, for that is what spam looks like. The message is discarded.',
    actor: 'you',
    remedy: [
      'Look at what failed: a login or form that is misused, or a list full of dead addresses.',
      'Stop that, and send again in the next hour.',
    ],
    retry: 'afterFix',
    links: [],
    match: { text: ['max defers and failures per hour'] },
    examples: [
      'Domain example.com has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message discarded.',
    ],
  },
  {
    id: 'cpanel-outgoing-suspended',
    category: 'policy',
    title: 'cPanel: the account may not send for now',
    meaning:
      'The administrator of the hosting server, or its spam detection, has suspended outgoing mail of this account or held it back. Messages are discarded or wait.',
    actor: 'you',
    remedy: [
      'Find out why before you lift it: look for a break-in, a form or a script that sent spam, and for new passwords.',
      'Lift it as root: `whmapi1 unsuspend_outgoing_email user=USER` (held mail: `release_outgoing_email`).',
    ],
    retry: 'afterFix',
    links: [],
    match: {
      text: ['outgoing mail suspension', 'outgoing email suspension', 'outgoing mail hold'],
    },
    examples: ['User alice has an outgoing mail suspension. Message discarded.'],
  },
]
