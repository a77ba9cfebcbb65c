/** AOL’s own codes, from before its mail moved to Yahoo: letters and a number in brackets. */
import { YAHOO_CONTACT } from './links.ts'
import { BUILD_REPUTATION, SET_PTR, STOP_SPAM, USE_SMARTHOST } from './remedies.ts'
import type { Rule } from '../reasons/rule.ts'

export const AOL: readonly Rule[] = [
  {
    id: 'aol-dynamic-block',
    category: 'reputation',
    title: 'AOL: blocked for a time by complaints (DYN, RLY)',
    meaning:
      'So many users complained about mail from this address that AOL blocks it by itself, for about a day (DYN:T1, DYN:T2, RLY:B1). “Dynamic” is the block, not the address.',
    actor: 'you',
    remedy: [
      ...STOP_SPAM.slice(0, 2),
      'Then wait: the block ends within 24 hours when the complaints do.',
      ...BUILD_REPUTATION,
    ],
    retry: 'afterFix',
    links: [YAHOO_CONTACT],
    match: {
      text: [
        '(dyn:t',
        '|dyn:t1|',
        '|dyn:t2|',
        'errors/554dyn',
        'errors/421dyn',
        '(rly:b',
        '|rly:b1|',
      ],
    },
    examples: [
      '521 5.2.1 :  (DYN:T1)  http://postmaster.info.aol.com/errors/554dynt1.html',
      '421 4.2.1 :  (DYN:T1)',
      '421 (DYN:T1)',
      '554 RLY:B1 http://postmaster.info.aol.com/errors/554rlyb1.html',
    ],
  },
  {
    id: 'aol-dynamic-address',
    category: 'reverseDns',
    title: 'AOL: the address looks like a home line (RTR)',
    meaning:
      'AOL takes no mail from dynamic and home addresses (RTR:BB, RTR:DU), nor from one whose name looks like that (RTR:RD).',
    actor: 'you',
    remedy: [...SET_PTR.slice(0, 2), ...USE_SMARTHOST],
    retry: 'afterFix',
    links: [YAHOO_CONTACT],
    match: { text: ['(rtr:bb', '(rtr:du', '(rtr:rd', '|rtr:bb|', '|rtr:du|', '|rtr:rd|'] },
    examples: [
      '554 RTR:BB',
      '521 5.2.1 :  (RTR:DU)  http://postmaster.info.aol.com/errors/554rtrdu.html',
    ],
  },
  {
    id: 'aol-connection-blocked',
    category: 'blocklisted',
    title: 'AOL: connections from this address are blocked',
    meaning:
      'The address is on AOL’s own list: too much spam came from it or its network (CON:B1, RTR:BL, RTR:CH).',
    actor: 'you',
    remedy: [...STOP_SPAM, 'Then ask for a review with the form of Yahoo’s sender hub.'],
    retry: 'afterFix',
    links: [YAHOO_CONTACT],
    match: { text: ['(con:b', '|con:b1|', '(rtr:', '|rtr:bl|', '|rtr:ch|', 'errors/554con'] },
    examples: [
      '521 5.2.1 :  (CON:B1)  http://postmaster.info.aol.com/errors/554conb1.html',
      '521 5.2.1 :  (RTR:BL)',
      '554 RTR:CH',
    ],
  },
  {
    id: 'aol-link-blocked',
    category: 'contentPolicy',
    title: 'AOL: a link in the message draws complaints (HVU)',
    meaning:
      'A domain that the message names, mostly in a link, is blocked by AOL for complaints (HVU:B1). The sending address is not the point.',
    actor: 'sender',
    remedy: [
      'Find the domain: send the text with one link at a time.',
      'Leave it out, or have its owner ask for a review with the form of Yahoo’s sender hub.',
    ],
    retry: 'afterFix',
    links: [YAHOO_CONTACT],
    match: { text: ['(hvu:', '|hvu:b1|', 'errors/554hvu'] },
    examples: [
      '521 5.2.1 :  (HVU:B1)  http://postmaster.info.aol.com/errors/554hvub1.html',
      '554 HVU:B1',
    ],
  },
]
