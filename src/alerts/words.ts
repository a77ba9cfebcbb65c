/** `2026-11-21 10:20 UTC`: who reads it may be elsewhere than the server. */
export function timeWords(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
