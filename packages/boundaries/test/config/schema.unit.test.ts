import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/config-shape.js';
import { rulesFrom } from '../../src/config/load-rules.js';
import { ruleIds } from '../../src/config/rule-settings.js';

const published: object = JSON.parse(
  readFileSync(new URL('../../assets/mortar.config.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(published);

/** Whether the code takes a value, but for what no schema says: that sets are there, and that a rule has something to say. */
function isTaken(value: unknown): boolean {
  try {
    rulesFrom(value);
    return true;
  } catch (error) {
    return /set:|one of allow/.test(String(error));
  }
}

/** Mostly right, so that a whole configuration often is. */
const mostly = <T, U>(right: fc.Arbitrary<T>, wrong: U): fc.Arbitrary<T | U> =>
  fc.oneof({ weight: 24, arbitrary: right }, { weight: 1, arbitrary: fc.constant(wrong) });
const some = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> =>
  fc.record(fields, { requiredKeys: [] });

const texts = mostly(fc.array(mostly(fc.constantFrom('a', 'tag:b'), ''), { maxLength: 2 }), 'a');
const name = mostly(fc.constant('a'), 1);
const flag = mostly(fc.boolean(), 'yes');
const rule = mostly(
  fc.record(
    { from: texts, allow: texts, deny: texts, types: flag, because: name },
    { requiredKeys: ['from'] },
  ),
  { from: ['a'], alow: [] },
);
const severity = mostly(fc.constantFrom('off', 'warn', 'error'), 'eror');
const setting = mostly(fc.oneof(severity, some({ severity, tests: flag })), { nothing: 1 });
const modules = fc.array(
  mostly(fc.record({ paths: texts, name, tags: texts }, { requiredKeys: ['paths'] }), { name: 'a' }),
  { maxLength: 2 },
);
const layers = fc.array(
  fc.record(
    { name, order: fc.array(texts, { maxLength: 2 }), sameLayer: flag },
    { requiredKeys: ['name', 'order'] },
  ),
  { maxLength: 1 },
);
const exception = fc.record(
  {
    rule: mostly(fc.constantFrom('file-cycle', 'layers'), 'nothing'),
    reason: name,
    expires: mostly(fc.constant('2027-01-31'), 'soon'),
  },
  { requiredKeys: ['rule', 'reason'] },
);
// `layers` has no option `tests: …` of its own kind; `message-cycle` has none at all.
const rules = fc.dictionary(
  mostly(fc.constantFrom('layers', 'packages', 'hexagonal', 'message-cycle', ruleIds[0] ?? ''), 'nothing'),
  setting,
  { maxKeys: 3 },
);
const config = mostly(
  some({
    $schema: name,
    exclude: texts,
    discover: flag,
    modules,
    sets: fc.dictionary(fc.constantFrom('a', '__proto__'), texts, { maxKeys: 2 }),
    layers,
    dependencies: fc.array(rule, { maxLength: 2 }),
    packages: fc.array(rule, { maxLength: 1 }),
    hexagonal: some({ domain: texts }),
    exceptions: fc.array(exception, { maxLength: 1 }),
    baseline: name,
    rules,
  }),
  { nothing: 1 },
);

describe('the published schema', () => {
  it('is what the code makes of its shapes (node -e "…configSchema()" writes it anew)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(configSchema())));
  });

  it('takes what the code takes, and nothing else', () => {
    let taken = 0;
    fc.assert(
      fc.property(config, (value) => {
        const isValid = validate(value);
        if (isValid) taken += 1;
        expect(isValid).toBe(isTaken(value));
      }),
      { numRuns: 3_000 },
    );
    // Both answers were given.
    expect(taken).toBeGreaterThan(300);
    expect(taken).toBeLessThan(2_700);
  });

  it.each([[null], [[]], ['{}'], [1], [{}]])('%j', (value) => expect(validate(value)).toBe(isTaken(value)));

  it('says of every key and rule what it is for', () => {
    const properties = 'properties' in published ? published.properties : {};
    expect(
      Object.values(properties as Record<string, { description?: string }>).map(
        ({ description }) => description,
      ),
    ).not.toContain(undefined);
  });
});
