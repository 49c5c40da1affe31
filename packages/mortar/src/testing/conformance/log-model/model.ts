import type { ErrorCode } from '../../../errors/index.js';
import type { StreamState } from '../../../event-store/index.js';
import type { Change, ModelAppend, ModelCondition, ModelEvent } from './commands.js';

/** An event in its place in the model. */
export interface ModelEntry {
  readonly event: ModelEvent;
  readonly stream: number | undefined;
  readonly version: number | undefined;
}

/** What must come of a change: one of these codes, or the entries of its events. */
export type ModelOutcome =
  | { readonly ok: false; readonly codes: readonly ErrorCode[] }
  | { readonly ok: true; readonly isRepeated: boolean; readonly entries: readonly ModelEntry[] };

/** A log as plain as can be: one list in the order of positions, searched from end to end. */
export class LogModel {
  readonly entries: ModelEntry[] = [];
  readonly states: Map<number, StreamState> = new Map();
  readonly effects: Set<number> = new Set();
  /** Digests of kept results, by their keys. */
  readonly kept: Map<number, number> = new Map();
  readonly inbox: Set<number> = new Set();

  copy(): LogModel {
    const copy = new LogModel();
    copy.entries.push(...this.entries);
    for (const [stream, state] of this.states) copy.states.set(stream, state);
    for (const effect of this.effects) copy.effects.add(effect);
    for (const [key, digest] of this.kept) copy.kept.set(key, digest);
    for (const message of this.inbox) copy.inbox.add(message);
    return copy;
  }

  streamOf(stream: number): readonly ModelEntry[] {
    return this.entries.filter((entry) => entry.stream === stream);
  }

  stateOf(stream: number): StreamState {
    return this.states.get(stream) ?? 'open';
  }

  /** `read` is how many events the condition's query has seen. */
  change({ appends, condition, unit }: Change, read: number): ModelOutcome {
    const malformed = malformedOf(appends);
    if (malformed.length > 0) return { ok: false, codes: malformed };
    const repeated = this.#repetition(appends);
    if (repeated !== undefined) return repeated;
    const known = this.#known(unit);
    if (known !== undefined) return { ok: false, codes: [known] };
    if (unit?.effect !== undefined && this.effects.has(unit.effect))
      return { ok: false, codes: ['MORTAR_CONSTRAINT_VIOLATED'] };
    const refused = [
      ...appends.flatMap((append) => this.#refusal(append) ?? []),
      ...(condition !== undefined && this.rulesOut(condition, read)
        ? (['MORTAR_APPEND_CONFLICT'] as const)
        : []),
    ];
    if (refused.length > 0) return { ok: false, codes: refused };
    if (unit?.effect !== undefined) this.effects.add(unit.effect);
    if (unit?.keep !== undefined) this.kept.set(unit.keep.key, unit.keep.digest);
    if (unit?.message !== undefined) this.inbox.add(unit.message);
    return { ok: true, isRepeated: false, entries: appends.flatMap((append) => this.#add(append)) };
  }

  #repetition(appends: readonly ModelAppend[]): ModelOutcome | undefined {
    const pairs = appends.flatMap(({ stream, events }) =>
      events.map((event) => ({
        stream,
        event,
        entry: this.entries.find((one) => one.event.id === event.id),
      })),
    );
    if (pairs.every(({ entry }) => entry === undefined)) return undefined;
    const entries = pairs.flatMap(({ entry, event, stream }) =>
      entry !== undefined && entry.stream === stream && isSame(entry.event, event) ? [entry] : [],
    );
    if (entries.length < pairs.length) return { ok: false, codes: ['MORTAR_EVENT_DUPLICATE'] };
    return { ok: true, isRepeated: true, entries };
  }

  #known(unit: Change['unit']): ErrorCode | undefined {
    const digest = unit?.keep === undefined ? undefined : this.kept.get(unit.keep.key);
    if (digest !== undefined)
      return digest === unit?.keep?.digest ? 'MORTAR_COMMAND_REPEATED' : 'MORTAR_IDEMPOTENCY_CONFLICT';
    const isHandled = unit?.message !== undefined && this.inbox.has(unit.message);
    return isHandled ? 'MORTAR_MESSAGE_HANDLED' : undefined;
  }

  #refusal({ stream, expected }: ModelAppend): ErrorCode | undefined {
    if (stream === undefined) return undefined;
    if (this.stateOf(stream) !== 'open') return 'MORTAR_STREAM_CLOSED';
    const actual = this.streamOf(stream).length;
    const isExpected =
      expected === 'any' ||
      (expected === 'noStream' && actual === 0) ||
      (expected === 'streamExists' && actual > 0) ||
      expected === actual;
    return isExpected ? undefined : 'MORTAR_VERSION_CONFLICT';
  }

  /** Whether there is an event that the condition asks for, behind the first `read` of them and before the one at `end`. */
  rulesOut({ types, tags }: ModelCondition, read: number, end?: number): boolean {
    return this.entries
      .slice(read, end)
      .some(
        ({ event }) =>
          (types?.includes(event.type) ?? true) && (tags ?? []).every((tag) => event.tags.includes(tag)),
      );
  }

  #add({ stream, events }: ModelAppend): readonly ModelEntry[] {
    return events.map((event) => {
      const version = stream === undefined ? undefined : this.streamOf(stream).length + 1;
      const entry: ModelEntry = { event, stream, version };
      this.entries.push(entry);
      return entry;
    });
  }
}

function isSame(one: ModelEvent, other: ModelEvent): boolean {
  return (
    one.type === other.type &&
    one.body === other.body &&
    one.key === other.key &&
    one.tags.length === other.tags.length &&
    one.tags.every((tag) => other.tags.includes(tag))
  );
}

function malformedOf(appends: readonly ModelAppend[]): readonly ErrorCode[] {
  const streams = appends.flatMap(({ stream }) => stream ?? []);
  const ids = appends.flatMap(({ events }) => events.map(({ id }) => id));
  const codes: ErrorCode[] = [];
  if (new Set(streams).size < streams.length) codes.push('MORTAR_OPTIONS_INVALID');
  if (new Set(ids).size < ids.length) codes.push('MORTAR_EVENT_DUPLICATE');
  return codes;
}
