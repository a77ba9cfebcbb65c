/**
 * A SASL mechanism as the log names its authenticator: `PLAIN` is `plain`, `SCRAM-SHA-256` is
 * `scram_sha_256`. Exim's names are words, and fail2ban's filter knows only words.
 */
export function authenticatorName(mechanism: string): string {
  return mechanism.toLowerCase().replaceAll('-', '_')
}
