/** Files with one secret each. Read at each use, so that a new one counts at once. */
import { readFileSync } from 'node:fs'

import { systemReason } from '../../base/faults.ts'
import { isWebUrl } from '../../config/alerts.ts'
import { WayFault } from './way.ts'

/** Its last end of line is not part of it. @throws WayFault without a word of what is in it */
export function secretIn(file: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new WayFault(`cannot read ${file}: ${systemReason(error)}`)
  }
  if (text === '' || /[\r\n\0]/.test(text))
    throw new WayFault(`${file} is not one line with a secret`)
  return text
}

/** The URL given, or that in a file. @throws WayFault */
export function urlOf({ url, urlFile }: { url: string | null; urlFile: string | null }): string {
  if (urlFile === null) {
    if (url === null) throw new WayFault('there is no URL')
    return url
  }
  const secret = secretIn(urlFile)
  if (!isWebUrl(secret))
    throw new WayFault(
      `${urlFile} is not one line with a URL that begins with https://, or with http:// and an ` +
        'address of this machine or a private one',
    )
  return secret
}
