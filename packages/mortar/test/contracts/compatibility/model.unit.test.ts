import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  command,
  compatibility,
  event,
  type JsonSchema,
  jsonSchemaOf,
  query,
} from '../../../src/contracts/index.js';
import { areDisjoint } from '../../../src/contracts/internal/json-schema/disjoint.js';

/** A small language of schemas, of which pairs, zod schemas and values are made. */
type Model =
  | { kind: 'text'; min?: number; max?: number }
  | { kind: 'number'; whole: boolean; min?: number; max?: number; above?: number }
  | { kind: 'boolean' | 'null' | 'anything' }
  | { kind: 'enum'; values: readonly string[] }
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'list'; item: Model; min?: number; max?: number }
  | { kind: 'tuple'; items: readonly Model[]; rest?: Model }
  | { kind: 'record'; item: Model }
  | {
      kind: 'object';
      mode: 'strip' | 'strict' | 'loose';
      fields: Readonly<Record<string, { model: Model; optional: boolean }>>;
    }
  | { kind: 'union'; variants: readonly Model[] }
  | { kind: 'both'; one: ObjectModel; other: ObjectModel };

type ObjectModel = Model & { kind: 'object' };
type Random = () => number;

/** A generator of numbers from 0 to 1 (mulberry32), so that a failure can be run again from its seed. */
function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A machine that is busy with other tests takes minutes for that many. */
const BUSY_MS = 300_000;
const upTo = (random: Random, count: number): number => Math.floor(random() * count);
const chance = (random: Random, share: number): boolean => random() < share;
function pick<T>(random: Random, items: readonly T[]): T {
  return items[upTo(random, items.length)] as T;
}
function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const WORDS = ['a', 'b', 'cc', 'ddd'] as const;
const NAMES = ['id', 'kind', 'note', 'size', 'owner'] as const;

function makeModel(random: Random, depth: number): Model {
  const scalars = ['text', 'number', 'boolean', 'null', 'enum', 'literal', 'anything'] as const;
  const containers = ['list', 'tuple', 'record', 'object', 'object', 'object', 'union', 'both'] as const;
  const inner = (): Model => makeModel(random, depth - 1);
  const kind = depth > 0 && chance(random, 0.6) ? pick(random, containers) : pick(random, scalars);
  switch (kind) {
    case 'text':
      return { kind, ...bounds(random, 3) };
    case 'number':
      return {
        kind,
        whole: chance(random, 0.5),
        ...bounds(random, 4),
        ...(chance(random, 0.2) ? { above: upTo(random, 3) } : {}),
      };
    case 'enum':
      return { kind, values: WORDS.slice(0, 1 + upTo(random, 4)) };
    case 'literal':
      return { kind, value: pick(random, ['a', 'b', 1, 2, true, null]) };
    case 'list':
      return { kind, item: inner(), ...bounds(random, 2) };
    case 'tuple':
      return {
        kind,
        items: times(1 + upTo(random, 2), inner),
        ...(chance(random, 0.3) ? { rest: inner() } : {}),
      };
    case 'record':
      return { kind, item: inner() };
    case 'object':
      return {
        kind,
        mode: pick(random, ['strip', 'strip', 'strict', 'loose']),
        fields: makeFields(random, depth),
      };
    case 'union':
      return { kind, variants: times(1 + upTo(random, 3), inner) };
    case 'both':
      return {
        kind,
        one: makeStripped(random, depth, NAMES.slice(0, 3)),
        other: makeStripped(random, depth, NAMES.slice(3)),
      };
    default:
      return { kind };
  }
}

/** Stripped, since zod does not say in JSON Schema that an intersection of loose objects is open. */
function makeStripped(random: Random, depth: number, names: readonly string[]): Model & { kind: 'object' } {
  return { kind: 'object', mode: 'strip', fields: makeFields(random, depth, names) };
}

function makeFields(
  random: Random,
  depth: number,
  from: readonly string[] = NAMES,
): Record<string, { model: Model; optional: boolean }> {
  const names = from.filter(() => chance(random, 0.4));
  const entries = names.map((name) => [
    name,
    { model: makeModel(random, depth - 1), optional: chance(random, 0.4) },
  ]);
  return Object.fromEntries(entries) as Record<string, { model: Model; optional: boolean }>;
}

function bounds(random: Random, top: number): { min?: number; max?: number } {
  const min = upTo(random, top);
  return {
    ...(chance(random, 0.5) ? { min } : {}),
    ...(chance(random, 0.5) ? { max: min + upTo(random, top) } : {}),
  };
}

/** A model like another, with one part of it changed; which way, and whether it breaks, is left to chance. */
function mutate(model: Model, random: Random): Model {
  if (chance(random, 0.1)) return { kind: 'union', variants: [model, makeModel(random, 1)] };
  if (chance(random, 0.05)) return makeModel(random, 2);
  switch (model.kind) {
    case 'text':
    case 'number': {
      const { min, max, ...rest } = model;
      const shifted = {
        ...(min === undefined ? {} : { min: min - upTo(random, 2) }),
        ...(max === undefined || chance(random, 0.3) ? {} : { max: max + upTo(random, 2) }),
      };
      return { ...rest, ...shifted } as Model;
    }
    case 'enum':
      return chance(random, 0.5)
        ? { kind: 'text', max: 3 }
        : { ...model, values: WORDS.slice(0, 1 + upTo(random, 4)) };
    case 'literal':
      return { kind: 'union', variants: [model, { kind: 'literal', value: pick(random, ['a', 2, null]) }] };
    case 'list':
      return { ...model, item: mutate(model.item, random) };
    case 'record':
      return { ...model, item: mutate(model.item, random) };
    case 'tuple':
      return chance(random, 0.3)
        ? { kind: 'list', item: { kind: 'anything' } }
        : { ...model, items: model.items.map((item) => mutate(item, random)) };
    case 'object':
      return mutateObject(model, random, true);
    case 'union':
      return {
        ...model,
        variants: chance(random, 0.3)
          ? [...model.variants].reverse()
          : model.variants.map((item) => mutate(item, random)),
      };
    case 'both':
      return chance(random, 0.4) ? model.one : { ...model, other: mutateObject(model.other, random, false) };
    default:
      return model;
  }
}

function mutateObject(model: ObjectModel, random: Random, mayOpen: boolean): ObjectModel {
  const fields = new Map(Object.entries(model.fields));
  const name = pick(random, mayOpen ? NAMES : NAMES.slice(3));
  const field = fields.get(name);
  if (field === undefined) fields.set(name, { model: makeModel(random, 1), optional: chance(random, 0.7) });
  else if (chance(random, 0.2)) fields.delete(name);
  else
    fields.set(name, { model: mutate(field.model, random), optional: field.optional || chance(random, 0.4) });
  const mode =
    mayOpen && chance(random, 0.1) ? pick(random, ['strip', 'strict', 'loose'] as const) : model.mode;
  return { ...model, mode, fields: Object.fromEntries(fields) };
}

function toZod(model: Model): z.ZodType {
  switch (model.kind) {
    case 'text':
      return within(z.string(), model);
    case 'number': {
      const number = within(model.whole ? z.int() : z.number(), model);
      return model.above === undefined ? number : number.gt(model.above);
    }
    case 'boolean':
      return z.boolean();
    case 'null':
      return z.null();
    case 'anything':
      return z.unknown();
    case 'enum':
      return z.enum(model.values);
    case 'literal':
      return z.literal(model.value);
    case 'list':
      return within(z.array(toZod(model.item)), model);
    case 'tuple':
      return tupleToZod(model);
    case 'record':
      return z.record(z.string(), toZod(model.item));
    case 'object':
      return objectToZod(model);
    case 'union':
      return z.union(model.variants.map(toZod));
    case 'both':
      return z.intersection(toZod(model.one), toZod(model.other));
  }
}

function within<T extends { min(value: number): T; max(value: number): T }>(
  schema: T,
  model: { min?: number; max?: number },
): T {
  const low = model.min === undefined ? schema : schema.min(Math.max(0, model.min));
  return model.max === undefined ? low : low.max(Math.max(0, model.max));
}

function tupleToZod({ items, rest }: Model & { kind: 'tuple' }): z.ZodType {
  const [first, ...more] = items.map(toZod);
  if (first === undefined) throw new Error('A tuple has an element.');
  return rest === undefined ? z.tuple([first, ...more]) : z.tuple([first, ...more], toZod(rest));
}

function objectToZod({ mode, fields }: ObjectModel): z.ZodType {
  const shape = Object.fromEntries(
    Object.entries(fields).map(([name, { model, optional }]) => [
      name,
      optional ? toZod(model).optional() : toZod(model),
    ]),
  );
  if (mode === 'strip') return z.object(shape);
  return mode === 'strict' ? z.strictObject(shape) : z.looseObject(shape);
}

/** Some value that a model takes, or nearly; zod has the last word. */
function makeValue(model: Model, random: Random, depth = 4): unknown {
  switch (model.kind) {
    case 'text': {
      const low = Math.max(0, model.min ?? 0);
      return times(between(random, low, model.max ?? low + 3), () => pick(random, ['a', 'b', 'd'])).join('');
    }
    case 'number': {
      const low = Math.max(0, model.min ?? (model.above ?? -3) + 1);
      const value = between(random, low, model.max ?? low + 5);
      return model.whole || chance(random, 0.5) ? value : value + random() - 0.5;
    }
    case 'boolean':
      return chance(random, 0.5);
    case 'null':
      return null;
    case 'anything':
      return depth < 1 ? 1 : makeValue(makeModel(random, 1), random, depth - 1);
    case 'enum':
      return pick(random, model.values);
    case 'literal':
      return model.value;
    case 'list': {
      const low = Math.max(0, model.min ?? 0);
      return times(between(random, low, model.max ?? low + 2), () =>
        makeValue(model.item, random, depth - 1),
      );
    }
    case 'tuple': {
      const { items, rest } = model;
      const more = rest === undefined ? [] : times(upTo(random, 3), () => makeValue(rest, random, depth - 1));
      return [...items.map((item) => makeValue(item, random, depth - 1)), ...more];
    }
    case 'record':
      return Object.fromEntries(
        NAMES.filter(() => chance(random, 0.4)).map((name) => [
          name,
          makeValue(model.item, random, depth - 1),
        ]),
      );
    case 'object':
      return makeObjectValue(model, random, depth);
    case 'union':
      return makeValue(pick(random, model.variants), random, depth);
    case 'both': {
      const parts = [model.one, model.other].map((part) => makeValue(part, random, depth) as object);
      return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
    }
  }
}

/** Open objects get properties of any kind beside the declared ones; others hold what types allow. */
function makeObjectValue(model: ObjectModel, random: Random, depth: number): unknown {
  const declared = Object.entries(model.fields)
    .filter(([, { optional }]) => !optional || chance(random, 0.5))
    .map(([name, field]) => [name, makeValue(field.model, random, depth - 1)]);
  const extra = NAMES.filter(
    (name) => model.mode === 'loose' && !Object.hasOwn(model.fields, name) && chance(random, 0.4),
  );
  const others = extra.map((name) => [name, makeValue({ kind: 'anything' }, random, depth - 1)]);
  return Object.fromEntries([...declared, ...others]);
}

function between(random: Random, low: number, high: number): number {
  return low + upTo(random, Math.max(0, high - low) + 1);
}

function documentOf(schema: z.ZodType): JsonSchema {
  const { input } = jsonSchemaOf(command('shop.a', { data: schema })).data;
  if (input.opaque) throw new Error(input.reason);
  return input.schema;
}

/** What `compatibility` says is proven: every value that the old schema takes and makes, the new one takes. */
function expectAccepted(writes: Model, reads: z.ZodType, random: Random, told: string): number {
  const writer = toZod(writes);
  let count = 0;
  for (let round = 0; round < 12; round += 1) {
    const made = writer.safeParse(makeValue(writes, random));
    if (!made.success) continue;
    count += 1;
    const taken = reads.safeParse(made.data);
    if (taken.success) continue;
    throw new Error(`${told}: ${inspect(made.data, { depth: 9 })} is refused. ${taken.error.message}`);
  }
  return count;
}

test('20,000 pairs: what is called compatible takes every value of the old schema', {
  timeout: BUSY_MS,
}, () => {
  let compatibleCount = 0;
  let values = 0;
  let differing = 0;
  for (let seed = 1; seed <= 20_000; seed += 1) {
    const random = randomOf(seed);
    const old = makeModel(random, 3);
    const fresh = mutate(old, random);
    const outcome = compatibility(
      command('shop.a', { data: toZod(old) }),
      command('shop.a', { data: toZod(fresh) }),
    );
    if (!outcome.compatible) continue;
    compatibleCount += 1;
    if (JSON.stringify(old) !== JSON.stringify(fresh)) differing += 1;
    values += expectAccepted(
      old,
      toZod(fresh),
      random,
      `seed ${seed}: ${inspect({ old, fresh }, { depth: 12 })}`,
    );
  }
  expect(compatibleCount).toBeGreaterThan(4_000);
  expect(differing).toBeGreaterThan(2_000);
  expect(values).toBeGreaterThan(20_000);
});

test('5,000 pairs of events: old and new take each other’s data', () => {
  let count = 0;
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const random = randomOf(seed * 31);
    const old = makeModel(random, 2);
    const fresh = mutate(old, random);
    const outcome = compatibility(
      event('shop.a', { data: toZod(old) }),
      event('shop.a', { data: toZod(fresh) }),
    );
    if (!outcome.compatible) continue;
    count += 1;
    const told = `seed ${seed}: ${inspect({ old, fresh }, { depth: 12 })}`;
    expectAccepted(old, toZod(fresh), random, told);
    expectAccepted(fresh, toZod(old), random, told);
  }
  expect(count).toBeGreaterThan(500);
});

test('5,000 pairs of results: old callers take what the new code answers', () => {
  let count = 0;
  for (let seed = 1; seed <= 5_000; seed += 1) {
    const random = randomOf(seed * 17);
    const fresh = makeModel(random, 2);
    const old = mutate(fresh, random);
    const data = z.object({});
    const outcome = compatibility(
      query('shop.a', { data, result: toZod(old) }),
      query('shop.a', { data, result: toZod(fresh) }),
    );
    if (!outcome.compatible) continue;
    count += 1;
    expectAccepted(fresh, toZod(old), random, `seed ${seed}: ${inspect({ old, fresh }, { depth: 12 })}`);
  }
  expect(count).toBeGreaterThan(500);
});

test('20,000 pairs: what is called disjoint shares no value', { timeout: BUSY_MS }, () => {
  let count = 0;
  for (let seed = 1; seed <= 20_000; seed += 1) {
    const random = randomOf(seed * 13);
    const [one, other] = [makeModel(random, 2), makeModel(random, 2)];
    const [first, second] = [toZod(one), toZod(other)];
    const [a, b] = [documentOf(first), documentOf(second)];
    if (!areDisjoint({ root: a, node: a }, { root: b, node: b })) continue;
    count += 1;
    for (let round = 0; round < 6; round += 1) {
      const value = makeValue(one, random);
      if (!first.safeParse(value).success || !second.safeParse(value).success) continue;
      throw new Error(`seed ${seed}: ${inspect({ one, other, value }, { depth: 12 })}`);
    }
  }
  expect(count).toBeGreaterThan(2_000);
});

test('2,000 schemas are compatible with themselves, made anew', () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const model = makeModel(randomOf(seed), 3);
    const [old, fresh] = [toZod(model), toZod(model)];
    expect(compatibility(event('shop.a', { data: old }), event('shop.a', { data: fresh }))).toEqual({
      compatible: true,
    });
  }
});
