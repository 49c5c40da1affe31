import { describe, expect, it } from 'vitest';
import { packedReadme } from '../../scripts/readme/packed.mjs';

describe('the README of a package', () => {
  it.each([
    ['a page of the guide', 'see [the guide](docs/guide/README.md).', 'see the guide.'],
    ['a heading of it', '[here](#two-commands) and [there](docs/a.md#b)', 'here and there'],
    ['a folder', '[bench/](bench/README.md) and [`src`](src)', 'bench/ and `src`'],
    [
      'another site',
      '[Schema](https://standardschema.dev), [x](http://x.example)',
      '[Schema](https://standardschema.dev), [x](http://x.example)',
    ],
  ])('leads to what is there: %s', (_, given, packed) => {
    expect(packedReadme(given)).toBe(packed);
  });

  it('keeps code as it is', () => {
    const code = '```ts\nhandlers[name](data);\n```\n';
    expect(packedReadme(`[a](b)\n${code}[a](b)\n${code}`)).toBe(`a\n${code}a\n${code}`);
  });

  it('says where the pages are that it names', () => {
    expect(packedReadme('# Mortar\n\nText.\n')).toMatch(
      /^# Mortar\n\nThis is the README of the repository.*\n\nText\.\n$/,
    );
  });
});
