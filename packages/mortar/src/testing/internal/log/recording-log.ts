import { decode, type Envelope } from '../../../contracts/index.js';
import type { LetterChange, OpenStore, Store } from '../../../delivery/index.js';
import type { AppendResult, EncodedEvent } from '../../../event-store/index.js';
import { standIn } from '../../../projections/inline/stand-in.js';
import type { Unit } from '../../../unit-of-work/index.js';

/** Hears of what a store has committed. */
export interface LogRecorder {
  published(envelope: Envelope): void;
  /** A delivery is over in vain. */
  died(subscription: string, death: Extract<LetterChange, { kind: 'dead' }>): void;
  /** Something was committed, whatever it is. */
  committed(): void;
}

/** A store that tells of each event that is appended, of each delivery that has died, and of each commit. */
export function recordingLog(store: Store, recorder: LogRecorder): Store {
  return standIn(store, {
    open: async (surroundings) => recordingStore(await store.open(surroundings), recorder),
  });
}

function recordingStore(store: OpenStore, recorder: LogRecorder): OpenStore {
  const { events, units, deliveries } = store;
  const appended = (encoded: readonly EncodedEvent[], { isRepeated }: AppendResult): void => {
    if (!isRepeated) for (const event of encoded) recorder.published(envelopeOf(event));
  };
  const unitDone = (unit: Unit, result: AppendResult): void =>
    appended(
      unit.appends.flatMap((append) => append.events),
      result,
    );
  return standIn(store, {
    events: standIn(events, {
      append: async (appends, condition, inlineEpoch) => {
        const result = await events.append(appends, condition, inlineEpoch);
        appended(
          appends.flatMap((append) => append.events),
          result,
        );
        recorder.committed();
        return result;
      },
    }),
    units: standIn(units, {
      commit: async (list) => {
        const outcomes = await units.commit(list);
        outcomes.forEach((outcome, place) => {
          const unit = list[place];
          if (outcome.ok && unit !== undefined) unitDone(unit, outcome.result.append);
        });
        recorder.committed();
        return outcomes;
      },
    }),
    deliveries: standIn(deliveries, {
      commit: async (batch) => {
        const outcome = await deliveries.commit(batch);
        if (outcome.ok) {
          batch.units.forEach((unit, place) => {
            const result = outcome.results[place];
            if (result !== undefined) unitDone(unit, result.append);
          });
          for (const change of batch.letters)
            if (change.kind === 'dead') recorder.died(batch.subscription, change);
        }
        recorder.committed();
        return outcome;
      },
    }),
  });
}

/** What was kept, as it was published; it was encoded a moment ago. */
export function envelopeOf({ payload, tags, ...envelope }: EncodedEvent): Envelope {
  return { ...envelope, data: decode(payload) };
}
