import assert from 'node:assert/strict';
import { BEGINNING, type LogEntry, type Position, streamId } from '../../event-store/index.js';
import { walk } from './event-store/subject.js';
import type { Change, LogCommand } from './log-model/commands.js';
import { appendOf, eventOf, STREAMS, TAGS, TYPES, unitOf } from './log-model/concrete.js';
import { differenceOf, type Made, type Outcome } from './log-model/difference.js';
import { LogModel, type ModelEntry } from './log-model/model.js';
import type { UnitStoreSubject } from './unit-store/subject.js';

export type { Change, LogCommand, ModelAppend, ModelCondition, ModelEvent } from './log-model/commands.js';

/**
 * Runs commands on an empty store and on a plain model of one, and compares what comes of them, one by one and in the end.
 * The commands are plain data: make them by a generator such as fast-check.
 * Rejects with an `AssertionError` where the store is not as the model.
 */
export async function checkAgainstModel(
  subject: UnitStoreSubject,
  commands: readonly LogCommand[],
): Promise<void> {
  const run = new ModelRun(subject);
  for (const command of commands) await run.step(command);
  await run.finish();
}

class ModelRun {
  readonly #subject: UnitStoreSubject;
  #model = new LogModel();
  /** Where the events of the model lie in the store, in the model's order. */
  #positions: Position[] = [];

  constructor(subject: UnitStoreSubject) {
    this.#subject = subject;
  }

  async step(command: LogCommand): Promise<void> {
    switch (command.kind) {
      case 'change':
        return this.#changeTogether([command]);
      case 'together':
        return this.#changeTogether(command.changes);
      case 'state':
        return this.#setState(command);
      case 'readAll':
        return this.#readAll(command);
      case 'readStream':
        return this.#readStream(command);
    }
  }

  async finish(): Promise<void> {
    const { events, effects } = this.#subject;
    const { entries } = this.#model;
    this.#compare(await walk(events, { limit: 3 }), entries, 'the log');
    const { byType, events: count, streams } = await events.statistics();
    assert.equal(count, entries.length);
    assert.equal(streams, new Set(entries.flatMap(({ stream }) => stream ?? [])).size);
    for (const [index, type] of TYPES.entries())
      assert.equal(byType[type] ?? 0, entries.filter(({ event }) => event.type === index).length);
    const kept = [...this.#model.effects].map((effect) => `${effect}`);
    assert.deepEqual(Object.keys(await effects.all()).sort(), kept.sort(), 'the effects of units');
    for (const index of STREAMS.keys()) await this.#compareInfo(index);
  }

  /** Finds an order of the changes in which the model comes to what the store came to. */
  async #changeTogether(changes: readonly Change[]): Promise<void> {
    const count = this.#model.entries.length;
    const made = await Promise.all(
      changes.map(async (change): Promise<Made> => {
        const read = count - Math.min(change.condition?.behind ?? 0, count);
        return { change, read, outcome: await this.#change(change) };
      }),
    );
    const reasons: string[] = [];
    for (const order of ordersOf(made.length)) {
      const model = this.#model.copy();
      const positions = [...this.#positions];
      const reason = differenceOf(
        model,
        positions,
        order.flatMap((index) => made[index] ?? []),
      );
      if (reason === undefined) {
        this.#model = model;
        this.#positions = positions;
        return;
      }
      reasons.push(`${order.join(' ')}: ${reason}`);
    }
    assert.fail(`what came of it is what comes of some order; but\n${reasons.join('\n')}`);
  }

  async #change(change: Change): Promise<Outcome> {
    const { events, units, effects } = this.#subject;
    const appends = change.appends.map(appendOf);
    const condition = this.#conditionOf(change);
    try {
      if (change.unit === undefined) return { ok: true, ...(await events.append(appends, condition)) };
      const [outcome] = await units.commit([unitOf(change.unit, appends, condition, effects)]);
      if (outcome?.ok !== true) return { ok: false, error: outcome?.error };
      return { ok: true, ...outcome.result.append };
    } catch (error) {
      return { ok: false, error };
    }
  }

  #conditionOf({ condition }: Change): Parameters<UnitStoreSubject['events']['append']>[1] {
    if (condition === undefined) return undefined;
    const { types, tags, behind } = condition;
    return {
      query: [
        {
          ...(types === undefined ? {} : { types: types.map((type) => TYPES[type] ?? '') }),
          ...(tags === undefined ? {} : { tags: tags.map((tag) => TAGS[tag] ?? '') }),
        },
      ],
      after: this.#positions[this.#positions.length - behind - 1] ?? BEGINNING,
    };
  }

  async #setState({ stream, state }: Extract<LogCommand, { kind: 'state' }>): Promise<void> {
    const name = STREAMS[stream] ?? '';
    const outcome = await this.#subject.events.setStreamState(streamId(name), state).then(
      () => 'ok',
      (error) => String(error?.code),
    );
    const isThere = this.#model.streamOf(stream).length > 0;
    const present = this.#model.stateOf(stream);
    if (!isThere) assert.equal(outcome, 'MORTAR_STREAM_MISSING');
    else if (present === 'tombstoned' && state !== present) assert.equal(outcome, 'MORTAR_STREAM_CLOSED');
    else {
      assert.equal(outcome, 'ok');
      this.#model.states.set(stream, state);
    }
  }

  async #readAll(command: Extract<LogCommand, { kind: 'readAll' }>): Promise<void> {
    const { skip, limit, isBackwards, types, streams, tags, withoutArchived } = command;
    const { entries } = this.#model;
    const ordered = isBackwards ? entries.toReversed() : entries;
    const positions = isBackwards ? this.#positions.toReversed() : this.#positions;
    const last = positions[Math.min(skip, positions.length) - 1];
    const wanted = ordered
      .slice(skip)
      .filter(
        ({ event, stream }) =>
          (types?.includes(event.type) ?? true) &&
          (streams === undefined || (stream !== undefined && streams.includes(stream))) &&
          (tags ?? []).every((tag) => event.tags.includes(tag)) &&
          (!withoutArchived || stream === undefined || this.#model.stateOf(stream) === 'open'),
      );
    const page = await this.#subject.events.readAll({
      ...(last === undefined || skip === 0 ? {} : { after: last }),
      limit,
      direction: isBackwards ? 'backwards' : 'forwards',
      withoutArchived,
      filter: {
        ...(types === undefined ? {} : { types: types.map((type) => TYPES[type] ?? '') }),
        ...(streams === undefined ? {} : { categories: streams.map((stream) => STREAMS[stream] ?? '') }),
        ...(tags === undefined ? {} : { tags: tags.map((tag) => TAGS[tag] ?? '') }),
      },
    });
    this.#compare(page.entries, wanted.slice(0, limit), JSON.stringify(command));
    assert.equal(page.isEnd, wanted.length <= limit, `isEnd of ${JSON.stringify(command)}`);
  }

  async #readStream(command: Extract<LogCommand, { kind: 'readStream' }>): Promise<void> {
    const { stream, from, to, limit, isBackwards } = command;
    const reading = this.#subject.events.readStream(streamId(STREAMS[stream] ?? ''), {
      ...(from === undefined ? {} : { from: from as never }),
      ...(to === undefined ? {} : { to: to as never }),
      limit,
      direction: isBackwards ? 'backwards' : 'forwards',
    });
    if (this.#model.stateOf(stream) === 'tombstoned')
      return assert.rejects(reading, { code: 'MORTAR_STREAM_CLOSED' });
    const [low, high] = isBackwards ? [to, from] : [from, to];
    const within = this.#model
      .streamOf(stream)
      .filter(({ version = 0 }) => version >= (low ?? 0) && version <= (high ?? Number.POSITIVE_INFINITY));
    const wanted = (isBackwards ? within.toReversed() : within).slice(0, limit);
    this.#compare(await reading, wanted, JSON.stringify(command));
  }

  async #compareInfo(stream: number): Promise<void> {
    const info = await this.#subject.events.streamInfo(streamId(STREAMS[stream] ?? ''));
    const version = this.#model.streamOf(stream).length;
    assert.equal(info?.version ?? 0, version, `the version of stream ${stream}`);
    assert.equal(info?.state, version === 0 ? undefined : this.#model.stateOf(stream));
  }

  #compare(found: readonly LogEntry[], expected: readonly ModelEntry[], what: string): void {
    assert.deepEqual(
      found.map(({ position, streamId: stream, version, recordedAt: _, ...event }) => ({
        position,
        stream,
        version,
        event,
      })),
      expected.map((entry) => ({
        position: this.#positions[this.#model.entries.indexOf(entry)],
        stream: entry.stream === undefined ? undefined : STREAMS[entry.stream],
        version: entry.version,
        event: eventOf(entry.event),
      })),
      what,
    );
  }
}

/** Every order of so many things. */
function ordersOf(count: number): readonly (readonly number[])[] {
  if (count === 0) return [[]];
  return ordersOf(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count - 1, ...order.slice(at)]),
  );
}
