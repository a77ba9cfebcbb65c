/** What `--only` can name, in the order of the report. Apart, for it is needed before a log is read. */
export const SECTION_NAMES = [
  ...(['totals', 'problems', 'days', 'hours', 'senders', 'recipients', 'hosts'] as const),
  ...(['transports', 'queue', 'times', 'sizes', 'tls', 'rejections', 'logins'] as const),
  ...(['relays', 'connections', 'warnings'] as const),
]
export type SectionName = (typeof SECTION_NAMES)[number]
