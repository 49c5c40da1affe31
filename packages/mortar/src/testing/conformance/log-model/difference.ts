import { BEGINNING, type Position } from '../../../event-store/index.js';
import type { Change } from './commands.js';
import type { LogModel, ModelOutcome } from './model.js';

/** What came of a change in a store. */
export type Outcome =
  | { readonly ok: true; readonly positions: readonly Position[]; readonly isRepeated: boolean }
  | { readonly ok: false; readonly error: unknown };

/** A change that a store has made. `read` is how many events the query of its condition has seen. */
export interface Made {
  readonly change: Change;
  readonly read: number;
  readonly outcome: Outcome;
}

/**
 * Makes changes in the model, one after the other, and says in what a store that made them at once is not as the model.
 * The model's entries, and `positions` with them, are brought into the order of the log: events of changes that were made at
 * once may lie between each other.
 */
export function differenceOf(
  model: LogModel,
  positions: Position[],
  changes: readonly Made[],
): string | undefined {
  const head = positions.at(-1) ?? BEGINNING;
  for (const { change, read, outcome } of changes) {
    const reason = unlike(model.change(change, read), outcome, model, positions, head);
    if (reason !== undefined) return reason;
  }
  return arrange(model, positions) ?? changes.map((made) => missedBy(made, model, positions)).find(Boolean);
}

/** Notes the positions of new events. */
function unlike(
  expected: ModelOutcome,
  found: Outcome,
  { entries }: LogModel,
  positions: Position[],
  head: Position,
): string | undefined {
  if (!expected.ok) {
    const code = found.ok ? 'ok' : String(Object(found.error).code ?? found.error);
    return expected.codes.some((one) => one === code)
      ? undefined
      : `${code} for ${expected.codes.join(' or ')}`;
  }
  if (!found.ok) return `${String(found.error)} for a success`;
  if (found.isRepeated !== expected.isRepeated) return `isRepeated is ${found.isRepeated}`;
  if (found.positions.length !== expected.entries.length) return `${found.positions.length} positions`;
  if (!expected.isRepeated) {
    positions.push(...found.positions);
    const isGrowing = found.positions.every((one, index) => one > (found.positions[index - 1] ?? head));
    return isGrowing ? undefined : `positions ${found.positions.join(' ')} after ${head}`;
  }
  const known = expected.entries.map((entry) => positions[entries.indexOf(entry)]);
  return known.join(' ') === found.positions.join(' ')
    ? undefined
    : `other positions than ${known.join(' ')}`;
}

/** Brings the entries into the order of their positions, and says what can't lie so. */
function arrange({ entries }: LogModel, positions: Position[]): string | undefined {
  const places = entries.map((entry, index) => ({ entry, position: positions[index] ?? BEGINNING }));
  places.sort((one, other) => one.position - other.position);
  const versions = new Map<number, number>();
  for (const [index, { entry, position }] of places.entries()) {
    entries[index] = entry;
    positions[index] = position;
    if (position === positions[index - 1]) return `two events at ${position}`;
    const { stream, version = 0 } = entry;
    if (stream === undefined) continue;
    if (version <= (versions.get(stream) ?? 0))
      return `version ${version} of stream ${stream} at ${position}`;
    versions.set(stream, version);
  }
  return undefined;
}

/** Whether its condition ruled out what came to lie before it. */
function missedBy(
  { change: { condition }, read, outcome }: Made,
  model: LogModel,
  positions: readonly Position[],
): string | undefined {
  const [first] = outcome.ok && !outcome.isRepeated ? outcome.positions : [];
  if (condition === undefined || first === undefined) return undefined;
  return model.rulesOut(condition, read, positions.indexOf(first))
    ? `${first} lies after what its condition rules out`
    : undefined;
}
