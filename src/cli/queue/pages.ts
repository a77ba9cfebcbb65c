/** The queue page by page: however much waits, little of it is in memory. */
import type {
  ListedIds,
  ListedMessages,
  PageFilter,
  ShownMessage,
} from '../../control/queue-types.ts'
import type { MessageId } from '../../journal/event.ts'
import type { Office } from '../../office.ts'
import type { DestinationRow } from '../../queue/destinations.ts'
import { type DomainSummary, mergeSummaries, type SummaryPage } from '../../queue/summary.ts'
import type { DestinationName, QueueId } from '../../queue/types.ts'

/** A message, and what is known of destinations that nothing is sent to now. */
export interface Listed {
  readonly message: ShownMessage
  readonly blocked: ReadonlyMap<DestinationName, DestinationRow>
}

/** The messages that the filter finds, oldest first. */
export async function* listed(office: Office, filter: PageFilter): AsyncGenerator<Listed> {
  let after: QueueId | null = null
  do {
    const page: ListedMessages = await office.run('queue.list', { filter, after })
    const blocked = new Map(page.blocked.map((one) => [one.name, one]))
    for (const message of page.messages) yield { message, blocked }
    after = page.next
  } while (after !== null)
}

/** Their ids, a page at a time. */
export async function* idsOf(
  office: Office,
  filter: PageFilter,
): AsyncGenerator<readonly MessageId[]> {
  for await (const { ids } of idPages(office, filter)) yield ids
}

export async function* idPages(office: Office, filter: PageFilter): AsyncGenerator<ListedIds> {
  let after: QueueId | null = null
  do {
    const page: ListedIds = await office.run('queue.ids', { filter, after })
    yield page
    after = page.next
  } while (after !== null)
}

/** What waits for each domain. */
export async function domains(office: Office): Promise<readonly DomainSummary[]> {
  let found: readonly DomainSummary[] = []
  let after: QueueId | null = null
  do {
    const page: SummaryPage = await office.run('queue.summary', { after })
    found = mergeSummaries([...found, ...page.domains])
    after = page.next
  } while (after !== null)
  return found
}
