import type { DeadDelivery } from '../../bus/index.js';
import type { Envelope } from '../../contracts/index.js';
import type { DeadLetterStore } from '../../delivery/index.js';
import type { UnderWay } from './under-way.js';

interface Surroundings {
  /** An event as it was published, whatever a handler made of its data. */
  asPublished(envelope: Envelope): Envelope;
  died(dead: DeadDelivery): void;
}

/** A store of dead letters that tells of each death, with its error as it was thrown. */
export function recordingStore(
  store: DeadLetterStore,
  underWay: UnderWay,
  { asPublished, died }: Surroundings,
): DeadLetterStore {
  return {
    async add(delivery) {
      const dead = { ...delivery, envelope: asPublished(delivery.envelope) };
      const end = underWay.begin('running', `the keeping of a dead letter of ${dead.subscription}`);
      died(dead);
      try {
        return await store.add(dead);
      } finally {
        end();
      }
    },
    get: (id) => store.get(id),
    list: (filter, page) => store.list(filter, page),
    groups: (filter) => store.groups(filter),
    statistics: () => store.statistics(),
    change: (id, from, to, note) => store.change(id, from, to, note),
    purge: (before, states) => store.purge(before, states),
  };
}
