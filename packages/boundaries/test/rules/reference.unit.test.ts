import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../src/config/load-rules.js';
import { ruleDescriptions, ruleIds } from '../../src/config/rule-settings.js';
import { format } from '../../src/report/format.js';
import { whyOf } from '../../src/rules/catalogue.js';
import { from, judge } from './judged.js';

const page = readFileSync(new URL('../../../../docs/reference/boundaries.md', import.meta.url), 'utf8');

describe('docs/reference/boundaries.md', () => {
  it('lists every rule, as it is', () => {
    const rows = ruleIds.map((id) => {
      const { severity, says, options } = ruleDescriptions[id];
      const told = Object.entries(options).map(([name, value]) => `\`${name}\`: ${JSON.stringify(value)}`);
      return `| \`${id}\` | ${severity} | ${says} | ${told.join(', ')} |`;
    });
    expect(page.split('\n').filter((line) => rows.includes(line))).toEqual(rows);
  });
  it('has examples that are taken', () => {
    const blocks = [...page.matchAll(/```jsonc?\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    expect(blocks).toHaveLength(2);
    for (const block of blocks) expect(() => parseRules(block)).not.toThrow();
  });
  it('names every field of a violation', () => {
    const { violations } = JSON.parse(
      format(judge({ imports: [from('a.ts', 'b.ts'), from('b.ts', 'a.ts')] }), 'json'),
    );
    for (const field of Object.keys(violations[0])) expect(page).toContain(`\`${field}\``);
  });
});

it.each(ruleIds)('%s says why it is there', (id) => expect(whyOf(id)).toMatch(/^[A-Z].*\.$/));
