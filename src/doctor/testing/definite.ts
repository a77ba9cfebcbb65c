import type { Finding } from '../types.ts'

/** Does a step name what to type, the record to publish, or the setting to write? */
export function isDefinite({ text, command }: Finding['remedy'][number]): boolean {
  return command !== null || RECORD.test(text) || SETTING.test(text)
}

const RECORD = /\b(?:(?:A|AAAA|MX|PTR|TXT) record|AAAA|CNAME|PTR|SRV|TLSA|TXT)s?\b|\bv=\w+1\b/
/** `tls = "starttls"` */
const SETTING = /\b[a-z][\w.]+(?: = \S|_\w+)/
