import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { MortarError } from '../../../src/errors/index.js';
import { type App, createApp } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { startsAfter, wrongWith } from './oracle.js';
import { type WorldPlan, worldPlan } from './plan.js';
import { type World, worldOf } from './world.js';

const RUNS = 3_000;

/** How many of the worlds were sound, and how many had each fault, so that none is missed. */
const seen = new Map<string, number>();

function count(what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

function create({ modules }: World): Promise<App> {
  return createApp({ modules, logger: silentLogger, env: {} });
}

/** It starts, each module after those it needs, answers, and stops in reverse. */
async function checkSound(plan: WorldPlan, world: World): Promise<void> {
  const app = await create(world);
  expect(world.made).toEqual([]);
  if (plan.failing < plan.modules.length) await checkFailingStart(plan.failing, app, world);
  await app.start();
  expect([...world.started].sort()).toEqual(plan.modules.map((_, index) => index));
  for (const [place, index] of world.started.entries()) {
    const earlier = world.started.slice(0, place);
    const module = plan.modules[index];
    if (module !== undefined)
      expect(earlier).toEqual(expect.arrayContaining([...startsAfter(module, index)]));
  }
  for (const [index, module] of plan.modules.entries())
    for (const [place, { lifetime }] of module.services.entries())
      if (lifetime === 'singleton')
        expect(world.made.filter((name) => name === `${index}/${place}`)).toHaveLength(1);
  for (const [index, command] of world.commands.entries())
    if (plan.modules[index]?.handled === 1) await app.dispatch(command, {});
  expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
  expect(world.stopped).toEqual(world.started.toReversed());
}

/** A module fails at its start: all that had started stop in reverse, and nothing is left of it. */
async function checkFailingStart(failing: number, app: App, world: World): Promise<void> {
  world.failing = failing;
  await expect(app.start()).rejects.toMatchObject({
    code: 'MORTAR_START_FAILED',
    expected: `module module-${failing} to start`,
    issues: [],
  });
  expect(world.started).not.toContain(failing);
  expect(world.stopped).toEqual(world.started.toReversed());
  world.failing = undefined;
  for (const log of [world.started, world.stopped, world.made]) log.splice(0);
}

/** It is refused for what is wrong and for nothing else, and nothing was made. */
async function checkFaulty(wrong: ReadonlySet<string>, world: World): Promise<void> {
  const error: MortarError = await create(world).then(
    () => expect.fail(`accepted in spite of ${[...wrong].join(', ')}`),
    (reason) => reason,
  );
  expect(error.code).toBe('MORTAR_GRAPH_INVALID');
  expect(new Set(error.issues.map(({ code }) => code))).toEqual(wrong);
  expect(world.made).toEqual([]);
}

describe('random modules', () => {
  it('make an app exactly where nothing is wrong, which then starts and stops in its order', async () => {
    const property = fc.asyncProperty(worldPlan, async (plan) => {
      const world = worldOf(plan);
      const wrong = wrongWith(plan);
      for (const code of wrong) count(code);
      count(wrong.size === 0 ? 'sound' : 'faulty');
      await (wrong.size === 0 ? checkSound(plan, world) : checkFaulty(wrong, world));
    });
    await fc.assert(property, { numRuns: RUNS });
  });

  afterAll(() => {
    for (const what of ['sound', 'faulty']) expect(seen.get(what)).toBeGreaterThan(RUNS / 10);
    for (const kind of [
      'BINDING_MISSING',
      'BINDING_CYCLE',
      'BINDING_CAPTIVE',
      'HANDLER_MISSING',
      'HANDLER_DUPLICATE',
      'PORT_MISSING',
      'MODULE_MISSING',
      'MODULE_CYCLE',
    ])
      expect(seen.get(`MORTAR_${kind}`), kind).toBeGreaterThan(20);
  });
});
