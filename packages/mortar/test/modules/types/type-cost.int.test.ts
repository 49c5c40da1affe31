import { expect, test } from 'vitest';
import { costOf } from '../../contracts/programs/cost.js';

const MODULES = 100;
const CONTRACTS_OF_A_MODULE = 6;

/** What may be spent on one module: about twice what was measured, 3,100 instantiations and 580 types. */
const MOST_INSTANTIATIONS_A_MODULE = 6_500;
const MOST_TYPES_A_MODULE = 1_200;

/** Three commands, two queries and an event. */
function contractFile(module: number): string {
  const name = `module-${module}`;
  const commands = ['Open', 'Change', 'Close'].map((verb) => {
    return `export const ${verb}Thing = command('${name}.${verb.toLowerCase()}-thing', {
  data: z.object({ id: z.string(), items: z.array(z.string()).min(1), at: z.string().default('now') }),
  result: z.object({ id: z.string(), total: z.number() }),
});`;
  });
  return `import { command, event, query } from 'mortar';
import { z } from 'zod';
${commands.join('\n')}
export const FindThing = query('${name}.find-thing', {
  data: z.object({ id: z.string() }),
  result: z.object({ id: z.string(), total: z.number(), state: z.enum(['open', 'closed']) }),
});
export const CountThings = query('${name}.count-things', { data: z.object({ state: z.enum(['open', 'closed']) }), result: z.int() });
export const ThingOpened = event('${name}.thing-opened', {
  data: z.object({ id: z.string(), total: z.number().positive(), tags: z.array(z.string()),
    owner: z.object({ name: z.string(), email: z.email() }) }),
  key: (data) => data.id,
});
`;
}

/** Two services and five handlers with dependencies, and three subscriptions. */
function moduleFile(module: number): string {
  const neighbours = [(module + 1) % MODULES, (module + 2) % MODULES];
  return `import { defineModule, token } from 'mortar';
import { ChangeThing, CloseThing, CountThings, FindThing, OpenThing, ThingOpened } from './contract.js';
import { ThingOpened as NextOpened } from '../module-${neighbours[0]}/contract.js';
import { FindThing as FindOther, ThingOpened as OtherOpened } from '../module-${neighbours[1]}/contract.js';

const Currency = token<string>('Currency');
class Prices {
  readonly currency: string;
  constructor(currency: string) { this.currency = currency; }
}
class Things {
  readonly prices: Prices;
  constructor(prices: Prices, currency: string) { this.prices = prices; void currency; }
  find(id: string): { id: string; total: number; state: 'open' | 'closed' } {
    return { id, total: 1, state: 'open' };
  }
}

export const module${module} = defineModule('module-${module}', (module) => {
  module.value(Currency, 'EUR');
  module.singleton(Prices, [Currency]);
  module.singleton(Things, [Prices, Currency]);
  module.handle(OpenThing, [Things, Prices], async ({ data, publish }, things, prices) => {
    const found = things.find(data.items.join());
    await publish(ThingOpened, { ...found, tags: [data.at], owner: { name: prices.currency, email: 'a@example.com' } });
    return found;
  });
  module.handle(ChangeThing, [Things], async ({ data, dispatch }, things) => {
    await dispatch(CloseThing, { id: data.id, items: ['a'] });
    return things.find(data.id);
  });
  module.handle(CloseThing, [Things, Currency], ({ data }, things, currency) => {
    return { ...things.find(data.id), total: currency.length };
  });
  module.answer(FindThing, [Things], ({ data }, things) => things.find(data.id));
  module.answer(CountThings, [Things, Prices], ({ data }, things, prices) => {
    return things.find(data.state).total + prices.currency.length;
  });
  module.on(NextOpened, [Things], async ({ data, dispatch }, things) => {
    await dispatch(OpenThing, { id: things.find(data.id).id, items: data.tags });
  });
  module.on(OtherOpened, { retry: { attempts: 5 } }, async ({ data, ask }) => {
    const { total } = await ask(FindOther, { id: data.id });
    total.toFixed(data.total);
  });
  module.on([ThingOpened, NextOpened], { name: 'both-${module}' }, [Things], (context, things) => {
    if (context.type === 'module-${module}.thing-opened') things.find(context.data.owner.name);
    else things.find(context.data.id);
  });
});
`;
}

function program(modules: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let module = 0; module < modules; module += 1) {
    files[`module-${module}/contract.ts`] = contractFile(module);
    files[`module-${module}/module.ts`] = moduleFile(module);
  }
  const names = Array.from({ length: modules }, (_, module) => `module${module}`);
  const imports = names.map((name, module) => `import { ${name} } from './module-${module}/module.js';`);
  files['main.ts'] = `import { createApp } from 'mortar';
${imports.join('\n')}
export const app = await createApp({ modules: [${names.join(', ')}] });
`;
  return files;
}

/** The same contracts, and no module. */
function contractsAlone(): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: MODULES }, (_, module) => [`module-${module}/contract.ts`, contractFile(module)]),
  );
}

test('100 modules over 600 contracts cost the type checker little', async () => {
  const empty = await costOf({ 'empty.ts': 'export const nothing = 1;\n' });
  const contracts = await costOf(contractsAlone());
  const whole = await costOf(program(MODULES));
  const types = (whole.types - contracts.types) / MODULES;
  const instantiations = (whole.instantiations - contracts.instantiations) / MODULES;
  // Seconds are for the reader: on a busy machine they say little.
  const [all, before] = [whole, contracts].map(({ seconds }) => (seconds - empty.seconds).toFixed(2));
  process.stdout.write(
    `${MODULES} modules over ${MODULES * CONTRACTS_OF_A_MODULE} contracts: ${all} s more than an empty project ` +
      `(${before} s of it for the contracts, mortar and zod); ` +
      `${types.toFixed(0)} types and ${instantiations.toFixed(0)} instantiations a module\n`,
  );
  expect(types).toBeGreaterThan(0);
  expect(types).toBeLessThan(MOST_TYPES_A_MODULE);
  expect(instantiations).toBeGreaterThan(0);
  expect(instantiations).toBeLessThan(MOST_INSTANTIATIONS_A_MODULE);
});
