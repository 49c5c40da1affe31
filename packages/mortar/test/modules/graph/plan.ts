import fc from 'fast-check';

/** A service of a random module. Numbers are places in its module's list; one beyond the end is bound nowhere. */
export interface ServicePlan {
  readonly lifetime: 'singleton' | 'transient' | 'scoped';
  readonly needs: readonly number[];
  readonly needsLazily: readonly number[];
  /** The modules whose ports it is given. */
  readonly ports: readonly number[];
}

/** A random module. Numbers are places in the list of modules; one beyond the end is not loaded. */
export interface ModulePlan {
  readonly services: readonly ServicePlan[];
  /** How often it implements its port, and handles its command. */
  readonly implemented: number;
  readonly handled: number;
  /** The modules whose ports its hook at the start calls, and its subscription. */
  readonly callsAtStart: readonly number[];
  readonly callsLater: readonly number[];
  readonly startsAfter: readonly number[];
  readonly dispatches: readonly number[];
  /** The number that names its subscription. */
  readonly subscription: number;
}

/** Modules, and the order in which they are listed. */
export interface WorldPlan {
  readonly modules: readonly ModulePlan[];
  readonly listed: readonly number[];
  /** The module that does not start the first time, if there is one of this number. */
  readonly failing: number;
}

/** Mostly what is right, so that about every second world is sound. */
function mostly<T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<NoInfer<T>>): fc.Arbitrary<T> {
  return fc.oneof({ arbitrary: right, weight: 40 }, { arbitrary: wrong, weight: 1 });
}

const NONE: fc.Arbitrary<readonly number[]> = fc.constant([]);

/** One that is not there. */
function beyond(count: number): fc.Arbitrary<readonly number[]> {
  return fc.constant([count]);
}

/** Some of those before one, seldom itself, one behind it, or one that is not there. */
function before(index: number, count: number, maxLength = 2): fc.Arbitrary<readonly number[]> {
  const wrong = fc.integer({ min: 0, max: count });
  const one = index === 0 ? wrong : mostly(fc.integer({ min: 0, max: index - 1 }), wrong);
  const several = fc.uniqueArray(one, { maxLength });
  return index === 0 ? mostly(NONE, several) : several;
}

function service(index: number, count: number, modules: fc.Arbitrary<readonly number[]>) {
  return fc.record<ServicePlan>({
    lifetime: fc.oneof(
      { arbitrary: fc.constant('singleton'), weight: 4 },
      { arbitrary: fc.constant('transient'), weight: 3 },
      { arbitrary: fc.constant('scoped'), weight: 1 },
    ),
    needs: before(index, count),
    // A lazy dependency may go round in a circle.
    needsLazily: mostly<readonly number[]>(
      fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 1 }),
      beyond(count),
    ),
    ports: fc.oneof({ arbitrary: NONE, weight: 3 }, { arbitrary: modules, weight: 1 }),
  });
}

const once: fc.Arbitrary<number> = fc.constant(1);

function module(index: number, count: number): fc.Arbitrary<ModulePlan> {
  const earlier = before(index, count);
  const services = fc
    .integer({ min: 0, max: 3 })
    .chain((size) => fc.tuple(...Array.from({ length: size }, (_, place) => service(place, size, earlier))));
  return fc.record({
    services,
    implemented: mostly(once, fc.constantFrom(0, 2)),
    handled: mostly(once, fc.constantFrom(0, 2)),
    callsAtStart: earlier,
    callsLater: mostly<readonly number[]>(
      fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 2 }),
      beyond(count),
    ),
    startsAfter: earlier,
    dispatches: mostly<readonly number[]>(
      fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength: 2 }),
      beyond(count),
    ),
    subscription: mostly(fc.constant(index), fc.nat({ max: count })),
  });
}

export const worldPlan: fc.Arbitrary<WorldPlan> = fc.integer({ min: 1, max: 5 }).chain((count) => {
  const indexes = Array.from({ length: count }, (_, index) => index);
  return fc.record({
    modules: fc.tuple(...indexes.map((index) => module(index, count))),
    listed: fc.shuffledSubarray(indexes, { minLength: count }),
    failing: fc.nat({ max: count }),
  });
});
