import type { Check } from '../types.ts'
import type { World } from '../world.ts'
import { blocklists } from './blocklists.ts'
import { dane } from './dane.ts'
import { dkim } from './dkim.ts'
import { dmarc } from './dmarc.ts'
import { host } from './host.ts'
import { mtaSts } from './mta-sts.ts'
import { mx } from './mx.ts'
import { resolverCheck } from './resolver.ts'
import { reverse } from './reverse.ts'
import { spf } from './spf.ts'
import { spfHello } from './spf-hello.ts'
import { srv } from './srv.ts'
import { tlsReports } from './tls-rpt.ts'

/** First what the server as a whole needs, then what each domain does. */
export const DNS_CHECKS: readonly Check<World>[] = [
  ...[resolverCheck, host, reverse, spfHello, blocklists, dane],
  ...[mx, spf, dkim, dmarc, mtaSts, tlsReports, srv],
]
