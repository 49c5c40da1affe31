import fc from 'fast-check';
import { expect, it } from 'vitest';

interface PageLink {
  readonly from: string;
  readonly to: string;
}

// The page's own script, which has no types.
const page: { readonly essential: (links: readonly PageLink[]) => PageLink[] } = await import(
  new URL('../../assets/graph-page/view.js', import.meta.url).href
);

it('leaves out what other links say already', () => {
  const links = [
    { from: 'a', to: 'b' },
    { from: 'a', to: 'c' },
    { from: 'b', to: 'c' },
  ];
  expect(page.essential(links)).toEqual([links[0], links[2]]);
});

it('what was reached still is, circles included, and no link could be left out besides', () => {
  const end = fc.constantFrom(...'abcdefg');
  const links = fc.uniqueArray(fc.record({ from: end, to: end }), {
    maxLength: 24,
    selector: ({ from, to }) => from + to,
  });
  fc.assert(
    fc.property(links, (all) => {
      const given = all.filter(({ from, to }) => from !== to);
      const left = page.essential(given);
      expect(reached(left)).toEqual(reached(given));
      for (const link of left) {
        const fewer = left.filter((one) => one !== link);
        expect(reached(fewer)).not.toEqual(reached(given));
      }
    }),
  );
});

/** All pairs of which the first leads to the second, by any way. */
function reached(links: readonly PageLink[]): string[] {
  const pairs = new Set(links.map(({ from, to }) => from + to));
  for (let before = -1; before !== pairs.size; ) {
    before = pairs.size;
    for (const pair of [...pairs])
      for (const { from, to } of links) if (pair[1] === from) pairs.add(`${pair[0]}${to}`);
  }
  return [...pairs].sort();
}
