/** Which colour says what: green went well, yellow waits, red may need somebody. */
import type { Event, Unknown } from '../../journal/event.ts'
import { fatesOf, type Journey } from '../../trace/journey.ts'
import type { Colour } from '../table.ts'

export function fateColour(journey: Journey): Colour | undefined {
  if (journey.state === 'frozen' || journey.state === 'rejected') return 'red'
  switch (fatesOf(journey)[0]) {
    case 'failed':
      return 'red'
    case 'waiting':
      return 'yellow'
    case 'delivered':
      return 'green'
    default:
      return undefined
  }
}

export function stepColour(event: Event | Unknown): Colour | undefined {
  switch (event.type) {
    case 'delivered':
      return 'green'
    case 'failed':
    case 'rejected':
    case 'authenticationFailed':
    case 'loginFailed':
    case 'panic':
      return 'red'
    case 'deferred':
    case 'warning':
    case 'queueAction':
      return 'yellow'
    case 'note':
    case 'unknown':
      return 'dim'
    default:
      return undefined
  }
}
