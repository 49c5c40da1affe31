import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyDependency, all, type Root } from '../../../src/container/index.js';
import { MortarError } from '../../../src/errors/index.js';
import {
  isMade,
  isSound,
  KEYS,
  type Made,
  type Model,
  type ModelBinding,
  ModelContainers,
  type ModelEdge,
  type ModelRoot,
  models,
  seenUnder,
} from './model.js';

function rootsOf({ roots }: Model, containers: ModelContainers): readonly Root[] {
  return roots.map(({ edges, isSync, isUnscoped }, index) => ({
    owner: `root ${index}`,
    dependencies: edges.map((edge) => containers.dependencyOf(edge)),
    isSync,
    isUnscoped,
  }));
}

/** Whether it succeeds; any error but those of the container is a fault of the test. */
async function succeeds(run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof MortarError && /^MORTAR_(BINDING|SCOPE)_/.test(error.code)) return false;
    throw error;
  }
}

/** Calls every lazy dependency that was given to something that was made, and those of what they give, and so on. */
function callLazies(made: unknown, called: Set<unknown> = new Set()): void {
  if (Array.isArray(made)) for (const one of made) callLazies(one, called);
  else if (typeof made === 'function') callLazies(made(), called);
  else if (isMade(made) && !called.has(made.binding)) {
    called.add(made.binding);
    for (const given of made.given) callLazies(given, called);
  }
}

async function resolvesRoot(
  { edges, isSync, isUnscoped }: ModelRoot,
  containers: ModelContainers,
): Promise<boolean> {
  const container = containers.make();
  const dependencies = edges.map((edge) => containers.dependencyOf(edge));
  const from = isUnscoped ? container : container.openScope();
  return succeeds(async () => {
    callLazies(isSync ? from.resolveAll(dependencies) : await from.resolveAllAsync(dependencies));
  });
}

/** What a lazy dependency leads to must be there at once, also where nothing was made before. */
async function resolvesAtOnce(edges: readonly ModelEdge[], containers: ModelContainers): Promise<boolean> {
  for (const { key, mark } of edges) {
    if (!mark.includes('lazy')) continue;
    const later = mark.includes('all') ? 'all' : mark.includes('optional') ? 'optional' : 'one';
    const dependency = containers.dependencyOf({ key, mark: later });
    if (!(await succeeds(() => containers.make().openScope().resolve(dependency)))) return false;
  }
  return true;
}

/** Whether all that is bound and asked for is resolved when it is really tried, each in containers of its own. */
async function reallyResolves(model: Model, containers: ModelContainers): Promise<boolean> {
  for (let key = 0; key < KEYS; key += 1) {
    const seen = seenUnder(model, key);
    const service: AnyDependency =
      model.isClass[key] === true ? containers.keyOf(key) : all(containers.keyOf(key));
    const isAsked = seen.length > 0;
    const scope = containers.make().openScope();
    if (isAsked && !(await succeeds(async () => callLazies(await scope.resolveAsync(service))))) return false;
    for (const { edges } of seen) if (!(await resolvesAtOnce(edges, containers))) return false;
  }
  for (const root of model.roots) {
    if (!(await resolvesRoot(root, containers))) return false;
    if (!(await resolvesAtOnce(root.edges, containers))) return false;
  }
  return true;
}

describe('verify', () => {
  it('accepts exactly the graphs in which every root and every binding can be resolved', {
    timeout: 300_000,
  }, async () => {
    const seen = { accepted: 0, refused: 0, children: 0 };
    const codes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        const containers = new ModelContainers(model);
        const container = containers.make();
        const faults = container.faults(rootsOf(model, containers));
        const isAccepted = faults.length === 0;
        expect(isAccepted).toBe(isSound(model));
        expect(isAccepted).toBe(await reallyResolves(model, containers));
        seen[isAccepted ? 'accepted' : 'refused'] += 1;
        if (isAccepted && model.over !== undefined) seen.children += 1;
        for (const { code = 'none' } of faults) codes.set(code, (codes.get(code) ?? 0) + 1);
      }),
      { numRuns: 20_000 },
    );
    // The graphs are neither all sound nor all broken, and broken in every way that there is.
    expect(seen.accepted).toBeGreaterThan(2_000);
    expect(seen.refused).toBeGreaterThan(2_000);
    expect(seen.children).toBeGreaterThan(500);
    const faults = ['MISSING', 'DUPLICATE', 'CYCLE', 'CAPTIVE', 'ASYNC'].map(
      (kind) => `MORTAR_BINDING_${kind}`,
    );
    for (const code of [...faults, 'MORTAR_SCOPE_MISSING']) expect(codes.get(code)).toBeGreaterThan(100);
  });
});

describe('a child', () => {
  it('shares what leads to nothing that it binds, and makes all else anew', {
    timeout: 120_000,
  }, async () => {
    const seen = { shared: 0, anew: 0 };
    await fc.assert(
      fc.asyncProperty(models, async (model) => {
        if (model.over === undefined || !isSound({ ...model, roots: [] })) return;
        if (!isSound({ ...model, over: undefined, roots: [] })) return;
        const containers = new ModelContainers(model);
        const { parent, child } = containers.makeBoth();
        for (let key = 0; key < KEYS; key += 1) {
          if (model.bindings.some((binding) => binding.key === key && binding.lifetime !== 'singleton'))
            continue;
          if (model.over.some((binding) => binding.key === key)) continue;
          const service = all(containers.keyOf(key));
          const ofParent: readonly unknown[] = await parent.resolveAsync(service);
          const ofChild: readonly unknown[] = await child.resolveAsync(service);
          for (const [index, binding] of seenUnder(model, key).entries()) {
            const isAnew = leadsToBoundAnew(model, binding);
            expect(ofChild[index] !== ofParent[index]).toBe(isAnew);
            checkIsOfChild(ofChild[index], model);
            seen[isAnew ? 'anew' : 'shared'] += 1;
          }
        }
      }),
      { numRuns: 20_000 },
    );
    expect(seen.shared).toBeGreaterThan(30);
    expect(seen.anew).toBeGreaterThan(30);
  });
});

function leadsToBoundAnew(model: Model, binding: ModelBinding, way: readonly ModelBinding[] = []): boolean {
  if (way.includes(binding)) return false;
  return binding.edges.some(
    ({ key }) =>
      model.over?.some((other) => other.key === key) === true ||
      seenUnder(model, key).some((needed) => leadsToBoundAnew(model, needed, [...way, binding])),
  );
}

/** What it was given is what the child sees, never what the parent sees under the same key. */
function checkIsOfChild(service: unknown, model: Model, checked: Set<unknown> = new Set()): void {
  if (Array.isArray(service)) for (const one of service) checkIsOfChild(one, model, checked);
  if (typeof service === 'function') checkIsOfChild(service(), model, checked);
  if (!isMade(service) || checked.has(service.binding)) return;
  const { binding, given }: Made = service;
  checked.add(binding);
  expect(seenUnder(model, binding.key)).toContain(binding);
  for (const one of given) checkIsOfChild(one, model, checked);
}

/** The names in a path: keys are told by number, since classes of a model have no name. */
function numbersOf(path: string): readonly (number | undefined)[] {
  return path.split(' → ').map((name) => (/^K\d$/.test(name) ? Number(name.slice(1)) : undefined));
}

/** Classes have no names here, so that ways are looked at in graphs of tokens. */
const withoutClasses = models.map((model): Model => ({ ...model, isClass: model.isClass.map(() => false) }));

describe('a fault', () => {
  it('has a way that is there: each name needs the next, the first is who asks or is bound', () => {
    let ways = 0;
    fc.assert(
      fc.property(withoutClasses, (model) => {
        const containers = new ModelContainers(model);
        for (const { path } of containers.make().faults(rootsOf(model, containers))) {
          const [first, ...rest] = numbersOf(path);
          const root = /^root (\d)/.exec(path)?.[1];
          let edges =
            first === undefined
              ? (model.roots[Number(root)]?.edges ?? [])
              : seenUnder(model, first).flatMap((binding) => binding.edges);
          for (const key of rest) {
            expect(edges.some((edge) => edge.key === key)).toBe(true);
            edges = seenUnder(model, key ?? -1).flatMap((binding) => binding.edges);
          }
          ways += 1;
        }
      }),
      { numRuns: 3_000 },
    );
    expect(ways).toBeGreaterThan(3_000);
  });

  it('is told of every binding that lacks something, whatever else is wrong', () => {
    fc.assert(
      fc.property(withoutClasses, (model) => {
        const containers = new ModelContainers(model);
        const told = containers.make().faults(rootsOf(model, containers));
        const endings = (code: string): Set<string> =>
          new Set(
            told
              .filter((fault) => fault.code === code)
              .map(({ path }) => numbersOf(path).slice(-2).join(' → ')),
          );
        expect(endings('MORTAR_BINDING_MISSING')).toEqual(lacking(model, 0, 0));
        expect(endings('MORTAR_BINDING_DUPLICATE')).toEqual(lacking(model, 2, Number.POSITIVE_INFINITY));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is the same each time it is looked for', () => {
    fc.assert(
      fc.property(models, (model) => {
        const containers = new ModelContainers(model);
        const container = containers.make();
        const roots = rootsOf(model, containers);
        const faults = container.faults(roots);
        expect(container.faults(roots)).toEqual(faults);
        expect(containers.make().faults(roots)).toEqual(faults);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Who needs what of which so many are bound, as `holder → needed`; a root is nobody. */
function lacking(model: Model, atLeast: number, atMost: number): Set<string> {
  const found = new Set<string>();
  const look = (holder: number | undefined, edges: readonly ModelEdge[]): void => {
    for (const { key, mark } of edges) {
      const { length } = seenUnder(model, key);
      const isNothingFine = mark.includes('optional') || mark.includes('all');
      if (mark.includes('all') || (length === 0 && isNothingFine)) continue;
      if (length >= atLeast && length <= atMost) found.add([holder, key].join(' → '));
    }
  };
  for (const { edges } of model.roots) look(undefined, edges);
  for (let key = 0; key < KEYS; key += 1) for (const { edges } of seenUnder(model, key)) look(key, edges);
  return found;
}

describe('a lifetime', () => {
  it('says who shares a service: all, those of a scope, or none', { timeout: 120_000 }, async () => {
    const seen = { singleton: 0, scoped: 0, transient: 0, contextual: 0, value: 0 };
    await fc.assert(
      fc.asyncProperty(
        models,
        fc.array(fc.nat({ max: KEYS - 1 }), { maxLength: 6 }),
        async (model, asked) => {
          if (!isSound({ ...model, roots: [] })) return;
          const containers = new ModelContainers(model);
          const container = containers.make();
          const scopes = [container.openScope(), container.openScope()];
          const perScope: (readonly Made[])[] = [];
          for (const scope of scopes) {
            const made = new Set<Made>();
            for (const key of asked) collect(await scope.resolveAsync(all(containers.keyOf(key))), made);
            perScope.push([...made]);
          }
          const [one = [], other = []] = perScope;
          for (const binding of new Set(one.map((made) => made.binding))) {
            const ofOne = one.filter((made) => made.binding === binding);
            const ofOther = other.filter((made) => made.binding === binding);
            const isShared = ofOne.some((made) => ofOther.includes(made));
            const isSingle = binding.lifetime === 'singleton' || binding.lifetime === 'value';
            if (isSingle || binding.lifetime === 'scoped') expect(ofOne).toHaveLength(1);
            // What is transient is shared only as a part of a singleton.
            if (isSingle) expect(isShared).toBe(true);
            if (binding.lifetime === 'scoped') expect(isShared).toBe(false);
            seen[binding.lifetime] += 1;
          }
        },
      ),
      { numRuns: 5_000 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(30);
  });
});

/** Everything that was made, as far as it was given to what was asked for. */
function collect(service: unknown, made: Set<Made>): void {
  if (Array.isArray(service)) for (const one of service) collect(one, made);
  if (!isMade(service) || made.has(service)) return;
  made.add(service);
  for (const given of service.given) collect(given, made);
}
