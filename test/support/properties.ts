/**
 * fast-check, with one seed: a change is judged by the same values on each machine. With
 * `PROPERTY_SEED=random` each run looks elsewhere, as a campaign does; with a number, at what a failure named.
 */
import fc from 'fast-check'

const asked = process.env['PROPERTY_SEED']
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked ?? 1) })

export { fc }
