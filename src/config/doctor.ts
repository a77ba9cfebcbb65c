/** The keys of `waybill doctor`. */
import { text } from './kind.ts'
import { key, type Section, section } from './schema.ts'

export interface DoctorConfig {
  /** A domain whose mail servers are asked for a greeting, to see whether port 25 is open from here. */
  readonly outboundHost: string
}

export const DOCTOR: Section<DoctorConfig> = section<DoctorConfig>(
  'What waybill doctor looks at outside of this machine.',
  {
    outboundHost: key(
      text(
        'a domain such as "example.net", or the name of a mail server',
        (value) => value.length <= 253 && /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(value),
      ),
      'gmail.com',
      'A domain whose mail servers are greeted, to see whether mail can leave here: a large one,\nwhose servers hardly ever are the reason when it cannot.',
    ),
  },
)
