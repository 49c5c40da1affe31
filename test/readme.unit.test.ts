import { describe, expect, it } from 'vitest';
import { faults, regionOf, rewrite, samplesOf } from '../scripts/readme/samples.mjs';

const source = `import { a } from './a.js';

  // #region readme
  // shop.ts: a shop
  export const shop = () => {
    // #region inner
    open();
    // #endregion
  };

  close();
  // #endregion
// #region last
end();
// #endregion
`;

const region = `// shop.ts: a shop
export const shop = () => {
  open();
};

close();
`;

const readSource = (path: string): string => {
  if (path === 'shop.ts') return source;
  throw new Error('no such file');
};

const markdown = (marker: string, code: string) => `# Title\n\n${marker}\n\`\`\`ts\n${code}\`\`\`\n\nText.\n`;

describe('a region', () => {
  it('is what stands between its marks, without them, the inner ones and the indentation', () => {
    expect(regionOf(source, 'readme')).toBe(region);
    expect(regionOf(source, 'inner')).toBe('open();\n');
    expect(regionOf(source, 'last')).toBe('end();\n');
  });

  it.each([
    ['// #region other\n// #endregion', 'expected one "// #region readme"; got 0'],
    ['// #region readme\n// #endregion\n// #region readme\n// #endregion', 'got 2'],
    ['\n// #region readme\n', 'line 2: expected an "// #endregion"'],
  ])('%j is refused', (text, message) => {
    expect(() => regionOf(text, 'readme')).toThrow(message);
  });
});

describe('samples', () => {
  it('are the blocks of code, with the source that the line above names', () => {
    const text = `${markdown('<!-- sample: shop.ts#last -->', 'end();\n')}${markdown('', 'x;\n')}\`\`\`sh\nls\n\`\`\`\n`;
    expect(samplesOf(text)).toEqual([
      { line: 4, code: 'end();\n', language: 'ts', path: 'shop.ts', region: 'last' },
      { line: 12, code: 'x;\n', language: 'ts', path: undefined, region: 'readme' },
    ]);
  });

  it('that equal their regions have no faults', () => {
    expect(faults(markdown('<!-- sample: shop.ts -->', region), readSource)).toEqual([]);
  });

  it.each([
    [
      'a changed character',
      '<!-- sample: shop.ts -->',
      region.replace('open', 'Open'),
      '4 differs from the region',
    ],
    [
      'a missing line',
      '<!-- sample: shop.ts -->',
      region.replace('close();\n', ''),
      '4 differs from the region',
    ],
    ['no source', '', region, '4 has no line above it that names its source'],
    ['a missing file', '<!-- sample: gone.ts -->', region, "4 can't be found in gone.ts: no such file"],
    [
      'a missing region',
      '<!-- sample: shop.ts#gone -->',
      region,
      "4 can't be found in shop.ts: expected one",
    ],
  ])('%s is a fault', (_, marker, code, fault) => {
    expect(faults(markdown(marker, code), readSource)).toEqual([expect.stringContaining(fault)]);
  });

  it.each(['ts', 'typescript', 'tsx', 'js', 'javascript'])('a block of %s needs a source', (language) => {
    expect(faults(`\`\`\`${language}\n\`\`\`\n`, readSource)).toHaveLength(1);
  });
});

describe('rewriting', () => {
  it('copies every region into its block, and changes nothing else', () => {
    const first = markdown('<!-- sample: shop.ts -->', 'old();\nolder();\n');
    const second = markdown('<!-- sample: shop.ts#last -->', '');
    const unmarked = markdown('', 'x;\n');
    const rewritten = rewrite(`${first}${second}${unmarked}`, readSource);
    expect(rewritten).toBe(
      markdown('<!-- sample: shop.ts -->', region) +
        markdown('<!-- sample: shop.ts#last -->', 'end();\n') +
        unmarked,
    );
    expect(rewrite(rewritten, readSource)).toBe(rewritten);
  });
});
