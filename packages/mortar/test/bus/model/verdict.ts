import type { Outcome } from '../../../src/bus/index.js';
import type { ModelEvent } from './contracts.js';
import type { HandlerModel } from './handler-model.js';
import type { World } from './world.js';

/** Everything that is wrong with how deliveries ended, once all have; each line names one. */
export function faultsOf(world: World): readonly string[] {
  acceptChildren(world);
  const faults = world.handlers.flatMap(({ name, sightings }) =>
    [...sightings.keys()]
      .filter((seq) => !world.accepted.has(seq))
      .map((seq) => `event ${seq} at ${name}: was handled though it was refused`),
  );
  for (const item of world.accepted.values()) {
    for (const handler of world.handlers) {
      const fault = handler.isDisposed ? undefined : faultOf(world, item, handler);
      if (fault !== undefined) faults.push(`event ${item.seq} at ${handler.name}: ${fault}`);
    }
  }
  return faults;
}

/** What a handler published counts if its event was handled in the end. */
function acceptChildren(world: World): void {
  for (const { name, sightings } of world.handlers) {
    for (const [seq, { children, successes }] of sightings) {
      if (successes === 0 || world.endsOf(seq, name).length > 0) continue;
      for (const child of children) world.accepted.set(child.seq, child);
    }
  }
}

function faultOf(world: World, item: ModelEvent, handler: HandlerModel): string | undefined {
  const { calls, successes, wasGivenUp } = handler.sightingOf(item.seq);
  const ends = world.endsOf(item.seq, handler.name);
  const prediction = handler.predict(item);
  const wasSkipped = prediction.status === 'skipped' && calls === 1 && successes === 0 && ends.length === 0;
  // A success whose events found no room was none: it is then attempted again, or dead.
  const handled = handler.isPredictable(item) ? successes : Math.min(successes, 1 - Math.min(ends.length, 1));
  const count = (wasGivenUp ? 0 : handled) + ends.length + (wasSkipped ? 1 : 0);
  if (count !== 1) return `${count} ends: ${successes} successes, ${ends.length} dead letters`;
  const [end] = ends;
  if (end !== undefined && end.attempts !== calls) {
    // The call of a batch that the stop cut off, or whose events found no room, may or may not count.
    const isUncounted = !handler.isPredictable(item) && end.attempts === calls - 1;
    const isFullBatch = end.reason === 'stopped' && (end.attempts === calls + 1 || isUncounted);
    if (!isFullBatch) return `${calls} calls, and ${end.attempts} attempts in the dead letter`;
  }
  const isFree = end !== undefined && end.reason !== 'failed';
  if (!isFree && handler.isPredictable(item) && calls !== prediction.attempts) {
    return `${calls} calls where ${prediction.attempts} were predicted`;
  }
  const status = end === undefined ? (wasSkipped ? 'skipped' : 'handled') : 'dead';
  if (!isFree && handler.isPredictable(item) && status !== prediction.status) {
    return `${status} where ${prediction.status} was predicted`;
  }
  return faultOfOutcome(world, item, handler, status, calls);
}

/** Who waited for the delivery was told what happened. */
function faultOfOutcome(
  world: World,
  { seq }: ModelEvent,
  { name }: HandlerModel,
  status: Outcome['status'],
  attempts: number,
): string | undefined {
  const outcomes = world.outcomes.get(seq);
  if (outcomes === undefined) return undefined;
  const told = outcomes.filter(({ subscription }) => subscription === name);
  const expected = status === 'dead' && world.plan.sink === 'fails' ? 'lost' : status;
  const isRight = told.length === 1 && told[0]?.status === expected;
  if (!isRight) return `told ${told.map((outcome) => outcome.status)} where it was ${expected}`;
  return told[0]?.attempts === attempts || world.endsOf(seq, name)[0]?.reason === 'stopped'
    ? undefined
    : `told of ${told[0]?.attempts} attempts where there were ${attempts}`;
}
