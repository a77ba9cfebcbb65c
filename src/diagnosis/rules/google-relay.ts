/** Sending through Google: limits, the SMTP relay of Workspace, logins. */
import type { Rule } from '../reasons/rule.ts'

export const GOOGLE_RELAY: readonly Rule[] = [
  {
    id: 'google-sending-limit',
    category: 'rateLimited',
    title: 'Google: the daily limit for sending is used up',
    meaning:
      'You send through Google, as a smarthost or with a Gmail login, and the account or the organisation has sent as many messages today as it may.',
    actor: 'you',
    remedy: [
      'Wait a day; the limit is counted over 24 hours.',
      'Look for an account that sends what it should not.',
      'Send mailings through a service made for them, or directly.',
    ],
    retry: 'helps',
    links: ['https://support.google.com/a/answer/166852'],
    match: {
      text: [
        'daily user sending limit exceeded',
        'daily user sending quota exceeded',
        'daily smtp relay*limit exceeded',
        'peak smtp relay limit exceeded',
        'reached a limit for sending mail',
      ],
    },
    examples: [
      '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail 550 5.4.5 sending limits go to https://support.google.com/a/answer/166852 - gsmtp',
    ],
  },
  {
    id: 'google-relay-denied',
    category: 'relayDenied',
    title: 'Google Workspace: the SMTP relay does not know you',
    meaning:
      'You send through smtp-relay.gmail.com, and neither the address nor the domain is registered in the relay settings of the Workspace account.',
    actor: 'you',
    remedy: [
      'In the Admin console, under Gmail, Routing, SMTP relay service: add the address of this server, or demand a login and use one.',
      'Use a domain of the account in HELO/EHLO and in the envelope sender.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/a/answer/6140680'],
    match: {
      text: [
        'invalid credentials for relay',
        'mail relay denied',
        'email relay denied',
        'mail sending denied',
        'email sending denied',
      ],
    },
    examples: [
      '550-5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you have 550-5.7.1 registered in your Workspace SMTP Relay service does not match the domain - gsmtp',
    ],
  },
  {
    id: 'google-login-missing',
    category: 'authenticationRequired',
    title: 'Google: this server did not log in',
    meaning:
      'Google’s submission host takes mail after a login only, and this server tried none: it has no password for it, or TLS was not there and the login was left out.',
    actor: 'you',
    remedy: [
      'Look whether a user name and an app password are set for exactly this host name in the settings of the smarthost.',
      'See that STARTTLS works on port 587: without it no password is sent.',
      'Meant to reach Gmail users? Then send to the MX of gmail.com, not to smtp.gmail.com.',
    ],
    retry: 'afterFix',
    links: ['https://support.google.com/mail/?p=WantAuthError'],
    match: { text: ['p=wantautherror'] },
    examples: [
      '530-5.7.0 Authentication Required. Learn more at\\n530 5.7.0  https://support.google.com/mail/?p=WantAuthError m13si81788 - gsmtp',
      '530-5.5.1 Authentication Required. Learn more at\\n530 5.5.1  https://support.google.com/mail/?p=WantAuthError z13sm8095930wrq.51 - gsmtp',
    ],
  },
  {
    id: 'google-bad-credentials',
    category: 'loginFailed',
    title: 'Google: user name or password not accepted',
    meaning:
      'This server logs in at Google to send, and the login is wrong. Google takes no ordinary password of accounts with two-step verification, only an app password or OAuth.',
    actor: 'you',
    remedy: [
      'Make an app password in the Google account, and put it into the settings of the smarthost.',
      'Or register the server’s address in the Workspace relay and send without login.',
    ],
    retry: 'afterFix',
    links: [
      'https://support.google.com/mail/?p=BadCredentials',
      'https://support.google.com/accounts/answer/185833',
    ],
    match: {
      text: [
        'username and password not accepted',
        'application-specific password required',
        'log in*web browser and then try again',
        'p=badcredentials',
        'p=invalidsecondfactor',
      ],
    },
    examples: [
      '535-5.7.8 Username and Password not accepted. For more information, go to 535 5.7.8 https://support.google.com/mail/?p=BadCredentials - gsmtp',
      '534-5.7.9 Application-specific password required. For more information, go to 534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp',
    ],
  },
]
