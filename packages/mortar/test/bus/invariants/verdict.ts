import type { Outcome } from '../../../src/bus/index.js';
import type { Item } from './contracts.js';
import type { Listener, Sighting } from './listener.js';
import type { World } from './world.js';

/** All that is wrong once everything has come to its end; each line names one fault. */
export function faultsOf(world: World): readonly string[] {
  const faults = [...world.violations];
  const due = [...world.accepted.values()];
  const known = new Set(due.map(({ name }) => name));
  // The list grows while it is read: what a successful handler published is due as well.
  for (const item of due) {
    for (const listener of world.listeners.filter((one) => one.listensTo(item))) {
      const end = endOf(world, item, listener, (fault) =>
        faults.push(`${item.name} at ${listener.name}: ${fault}`),
      );
      if (end !== 'handled' || !item.plan.hasFollowUp) continue;
      const next = world.followUpOf(item, listener.name);
      known.add(next.name);
      due.push(next);
    }
    if (item.sentBy === 'deliver' || item.sentBy === 'deliverSync')
      faults.push(...faultsOfAnswer(world, item));
  }
  for (const { name, sightings } of world.listeners) {
    for (const item of sightings.keys())
      if (!known.has(item)) faults.push(`${item} at ${name}: came from nowhere`);
  }
  return faults.concat(faultsOfReports(world));
}

type End = Outcome['status'];

/** How one event ended at one listener; tells what is wrong with that. */
function endOf(
  world: World,
  item: Item,
  listener: Listener,
  report: (fault: string) => void,
): End | undefined {
  const sighting = listener.sightingOf(item);
  const end = seenEnd(sighting, listener);
  const outcome = world.outcomes.get(item.name)?.find(({ subscription }) => subscription === listener.name);
  if (sighting.ends.length > 1) report(`it was given up ${sighting.ends.length} times`);
  for (const { attempts, calls } of sighting.ends) {
    if (attempts !== calls + uncalled(item, calls)) report(`${calls} calls, but ${attempts} attempts`);
  }
  if (outcome === undefined) {
    if (end === undefined) report(`it has no end after ${sighting.calls} calls (${sighting.last})`);
    else reportTwice(world, sighting, end, report);
    return end;
  }
  if (outcome.attempts !== sighting.calls + uncalled(item, sighting.calls)) {
    report(`${sighting.calls} calls, but an outcome of ${outcome.attempts} attempts`);
  }
  if (item.sentBy === 'deliver' && outcome.status !== end)
    report(`told ${outcome.status}, but it was ${end}`);
  if (item.sentBy === 'deliverSync' && (outcome.status === 'dead') !== (end === 'dead')) {
    report(`told ${outcome.status}, but it was ${end}`);
  }
  return outcome.status;
}

/** A handler that has done its work is not called again, unless the queue had no room for what it published. */
function reportTwice(
  world: World,
  { done, item }: Sighting,
  end: End,
  report: (fault: string) => void,
): void {
  const mayBeRefused = item.plan.hasFollowUp && world.plan.queue !== undefined;
  const expected = end === 'handled' ? 1 : 0;
  if (done !== expected && !mayBeRefused) report(`${end}, but done ${done} times`);
}

/** Where an outcome has to be inferred from what the handler and the sink saw. */
function seenEnd({ ends, last }: Sighting, { plan }: Listener): End | undefined {
  const [given] = ends;
  if (given !== undefined) return given.how === 'letter' ? 'dead' : 'lost';
  if (last === 'done' || last === 'uncertain') return 'handled';
  return last === 'hopeless' && plan.ifHopeless === 'skip' ? 'skipped' : undefined;
}

/** `deliverSync` refuses a handler that needs time, or has to wait, without a call: that counts as its one attempt. */
function uncalled({ sentBy }: Item, calls: number): number {
  return sentBy === 'deliverSync' && calls === 0 ? 1 : 0;
}

/** Every listener answers once, and no one else. */
function faultsOfAnswer(world: World, item: Item): readonly string[] {
  const expected = world.listeners.filter((one) => one.listensTo(item)).map(({ name }) => name);
  const found = (world.outcomes.get(item.name) ?? []).map(({ subscription }) => subscription).sort();
  return `${found}` === `${expected}` ? [] : [`${item.name}: answered by ${found}, not by ${expected}`];
}

/** A drain tells how many deliveries it gave up. It may also have been too late for a slow dead-letter sink alone. */
function faultsOfReports({ reports, stopped, plan }: World): readonly string[] {
  const most = Math.max(0, ...reports.map(({ givenUp }) => givenUp));
  const isConsistent = reports.every(({ isDrained, givenUp }) => {
    return isDrained === (givenUp === 0) || (plan.sink === 'slow' && givenUp === 0);
  });
  if (!isConsistent) return [`drains: ${JSON.stringify(reports)}`];
  return most === stopped ? [] : [`${stopped} deliveries were stopped, and drains tell of ${most}`];
}
