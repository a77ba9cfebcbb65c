/** The command line is wrong, or cannot be followed; the message is the whole sentence. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
}

/** Is this an error whose message alone tells the person what to do? Others come with a stack. */
export function isExplained(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  // System errors name the call and the path; the rest are ours, each with a whole sentence.
  return EXPLAINED.has(error.name) || ('code' in error && 'syscall' in error)
}

const EXPLAINED: ReadonlySet<string> = new Set([
  'UsageFault',
  'ConfigFault',
  'CertificateFault',
  'FolderInUse',
  'PortFault',
  'Refusal',
  'ControlFault',
  'BadValue',
])
