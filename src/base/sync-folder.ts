import { open } from 'node:fs/promises'

/** Makes new, renamed and removed entries of a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r')
  await folder.sync()
}
