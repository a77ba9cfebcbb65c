import type { Session } from './session.ts'

/** What works once logged in. LITERAL-, ESEARCH and the like are part of IMAP4rev2 too: RFC 9051 §E. */
const EXTENSIONS = [
  'SASL-IR',
  'LITERAL-',
  'ENABLE',
  'ID',
  'IDLE',
  'NAMESPACE',
  'CHILDREN',
  'UIDPLUS',
  'MOVE',
  'UNSELECT',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'ESEARCH',
  'SEARCHRES',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'BINARY',
  'CONDSTORE',
]

/** The capability list as it is now; RFC 9051 §6.1.1. */
export function capabilitiesOf(session: Session): string {
  const names = ['IMAP4rev1', 'IMAP4rev2']
  if (session.state.name === 'notAuthenticated') {
    if (session.canStartTls) names.push('STARTTLS')
    if (session.mayLogIn) names.push('AUTH=PLAIN', 'AUTH=SCRAM-SHA-256')
    else names.push('LOGINDISABLED')
  }
  return [...names, ...EXTENSIONS].join(' ')
}
