import { expect, test } from 'vitest';
import { costOf } from './cost.js';

const MODULES = 100;
const CONTRACTS_OF_A_MODULE = 5;
const CONTRACTS = MODULES * CONTRACTS_OF_A_MODULE;

/** What may be spent on one contract and its use: about twice what was measured, 1,060 instantiations and 170 types. */
const MOST_INSTANTIATIONS_A_CONTRACT = 2_000;
const MOST_TYPES_A_CONTRACT = 350;

/** Three events, a command and a query, over schemas of the size that people write. */
function contractFile(module: number): string {
  const name = `module-${module}`;
  const events = ['opened', 'changed', 'closed'].map((verb) => {
    return `export const Thing${verb} = event('${name}.thing-${verb}', {
  data: z.object({ id: z.string(), total: z.number().positive(), note: z.string().optional(), tags: z.array(z.string()),
    owner: z.object({ name: z.string(), email: z.email() }) }),
  key: (data) => data.id,
  priority: 'high',
});`;
  });
  return `import { command, event, query } from 'mortar';
import { z } from 'zod';
${events.join('\n')}
export const OpenThing = command('${name}.open-thing', {
  data: z.object({ items: z.array(z.string()).min(1), at: z.string().default('now') }),
  result: z.object({ id: z.string() }),
});
export const FindThing = query('${name}.find-thing', {
  data: z.object({ id: z.string() }),
  result: z.object({ id: z.string(), total: z.number(), state: z.enum(['open', 'closed']) }),
});
`;
}

/** A module that handles what it owns, and an event of its neighbour. */
function moduleFile(module: number): string {
  const neighbour = (module + 1) % MODULES;
  return `import { defineModule } from 'mortar';
import { FindThing, OpenThing, Thingchanged, Thingopened } from './contract.js';
import { Thingclosed } from '../module-${neighbour}/contract.js';

class Things {
  find(id: string): { id: string; total: number; state: 'open' | 'closed' } {
    return { id, total: 1, state: 'open' };
  }
}

export const module${module} = defineModule('module-${module}', (module) => {
  module.singleton(Things);
  module.handle(OpenThing, [Things], async ({ data, publish }, things) => {
    const found = things.find(data.items.join());
    await publish(Thingopened, { ...found, tags: [data.at], owner: { name: 'a', email: 'a@example.com' } });
    return { id: found.id };
  });
  module.answer(FindThing, [Things], ({ data }, things) => things.find(data.id));
  module.on(Thingclosed, async ({ data, dispatch }) => {
    await dispatch(OpenThing, { items: [data.id] });
  });
  module.on([Thingchanged, Thingopened], { name: 'both' }, ({ data }) => {
    data.owner.name.trim();
  });
});
`;
}

function program(): Record<string, string> {
  const files: Record<string, string> = {};
  for (let module = 0; module < MODULES; module += 1) {
    files[`module-${module}/contract.ts`] = contractFile(module);
    files[`module-${module}/module.ts`] = moduleFile(module);
  }
  return files;
}

test('500 contracts and 100 modules cost the type checker little', async () => {
  const empty = await costOf({ 'empty.ts': 'export const nothing = 1;\n' });
  const libraries = await costOf({
    'one.ts': "import { event } from 'mortar';\nimport { z } from 'zod';\nexport const used = [event, z];\n",
  });
  const whole = await costOf(program());
  const types = (whole.types - libraries.types) / CONTRACTS;
  const instantiations = (whole.instantiations - libraries.instantiations) / CONTRACTS;
  // Seconds are for the reader: on a busy machine they say little.
  const seconds = (whole.seconds - empty.seconds).toFixed(2);
  process.stdout.write(
    `${CONTRACTS} contracts, ${MODULES} modules: ${seconds} s more than an empty project ` +
      `(${(libraries.seconds - empty.seconds).toFixed(2)} s of it for mortar and zod themselves); ` +
      `${types.toFixed(0)} types and ${instantiations.toFixed(0)} instantiations a contract\n`,
  );
  expect(types).toBeGreaterThan(0);
  expect(types).toBeLessThan(MOST_TYPES_A_CONTRACT);
  expect(instantiations).toBeGreaterThan(0);
  expect(instantiations).toBeLessThan(MOST_INSTANTIATIONS_A_CONTRACT);
});
