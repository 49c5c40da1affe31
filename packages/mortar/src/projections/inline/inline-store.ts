import type { OpenStore } from '../../delivery/index.js';
import { InlineAppends, type InlineAppendsParts } from './inline-appends.js';
import { standIn } from './stand-in.js';

/** A store all of whose appends bring inline projections on. */
export interface InlineStore {
  readonly store: OpenStore;
  /** Looks at what is inline in the store; before the first append, and where it is known to have changed. Rejects as the store. */
  readonly refresh: () => Promise<void>;
}

/**
 * A store for a process with the code of some projections: what it appends is folded into those that are inline. One that is of other
 * code is demoted by the first append of its events.
 */
export function inlineStore(
  store: OpenStore,
  code: InlineAppendsParts['code'],
  projected?: InlineAppendsParts['projected'],
): InlineStore {
  const appends = new InlineAppends({ store, code, ...(projected === undefined ? {} : { projected }) });
  return {
    store: standIn(store, {
      events: standIn(store.events, {
        append: (events, condition) => appends.append(events, condition),
      }),
      units: standIn(store.units, { commit: (units) => appends.commit(units) }),
      deliveries: standIn(store.deliveries, { commit: (batch) => appends.commitBatch(batch) }),
    }),
    refresh: () => appends.refresh(),
  };
}
