import { describe, expect, it } from 'vitest';
import { drawGraph } from '../../src/drawing/draw-graph.js';
import { cleanSample, planted } from '../../src/self-test/clean-sample.js';
import { graphOf } from '../../src/self-test/sample.js';
import { defaults, from, type Given, sampleOf } from '../rules/judged.js';

const HOSTILE = 'a"]-->b\\n</script><script>alert(1)</script>#;\u0007`&|';
const graph = graphOf(cleanSample);
const hostile: Given = {
  packages: [
    { name: HOSTILE, folder: 'p' },
    { name: 'q', folder: 'q' },
  ],
  imports: [from('q/a.ts', 'p/b.ts')],
};

describe('json', () => {
  it('has modules, what they take of each other, and files', () => {
    const { formatVersion, modules, links, fileLinks } = JSON.parse(drawGraph(graph, defaults, 'json'));
    expect(formatVersion).toBe(1);
    expect(modules.find(({ id }: { id: string }) => id === '@sample/app/shop')).toMatchObject({
      kind: 'module',
      parent: '@sample/app',
      doors: ['packages/app/src/shop/contract.ts'],
      messages: [
        { kind: 'event', name: 'shop.order-placed' },
        { kind: 'query', name: 'shop.prices' },
      ],
    });
    expect(links).toEqual([
      { from: '@sample/app', to: '@sample/app/billing', imports: 1, messages: [] },
      {
        from: '@sample/app',
        to: '@sample/app/shop',
        imports: 1,
        messages: [{ kind: 'query', name: 'shop.prices' }],
      },
      { from: '@sample/app', to: '@sample/lib', imports: 1, messages: [] },
      {
        from: '@sample/app/billing',
        to: '@sample/app/shop',
        imports: 0,
        messages: [{ kind: 'event', name: 'shop.order-placed' }],
      },
      {
        from: '@sample/app/shop',
        to: '@sample/app/billing',
        imports: 0,
        messages: [{ kind: 'port', name: 'billing.credit' }],
      },
    ]);
    const files = modules.flatMap((one: { files: string[] }) => one.files);
    const told = fileLinks.map(
      (one: { from: number; to: number; kind: string }) => `${files[one.from]} ${one.kind} ${files[one.to]}`,
    );
    expect(told).toContain('packages/app/src/main.ts import packages/lib/src/index.ts');
    expect(told).toContain('packages/app/src/main.ts query packages/app/src/shop/contract.ts');
    expect(told).toContain('packages/app/src/billing/module.ts event packages/app/src/shop/contract.ts');
  });
  it('leaves out tests and what is excluded', () => {
    const more = planted({ files: { 'packages/lib/src/a.test.ts': '', 'packages/lib/fixtures/b.ts': '' } });
    expect(drawGraph(graphOf(more), defaults, 'json')).not.toMatch(/a\.test|fixtures/);
  });
});

describe('mermaid', () => {
  it('draws packages around modules, and links of messages alone dotted', () => {
    expect(drawGraph(graph, defaults, 'mermaid')).toBe(`flowchart LR
  subgraph s4 ["sample"]
    subgraph s0 ["@sample/app"]
      m0["@sample/app itself"]
      m1["@sample/app/billing"]
      m2["@sample/app/shop"]
    end
    m3["@sample/lib"]
  end
  m0 -->|"1 import"| m1
  m0 -->|"1 import, prices"| m2
  m0 -->|"1 import"| m3
  m1 -.->|"order-placed"| m2
  m2 -.->|"credit"| m1
`);
  });
  it('lets no name be syntax', () => {
    const text = drawGraph(graphOf(sampleOf(hostile)), defaults, 'mermaid');
    expect(text).not.toMatch(/<|`|&|\\|\p{Cc}(?<!\n)/u);
    for (const line of text.trim().split('\n').slice(1)) {
      expect(line).toMatch(/^ +(subgraph s\d+ \["[^"]*"\]|m\d+\["[^"]*"\]|end|m\d+ -->\|"[^"]*"\| m\d+)$/);
    }
  });
});

describe('dot', () => {
  it('draws packages around modules, and links of messages alone dashed', () => {
    const text = drawGraph(graph, defaults, 'dot');
    expect(text).toMatch(/^digraph modules \{\n/);
    expect(text).toContain('  m1 -> m2 [xlabel="order-placed", style=dashed];');
    expect(text).toContain('      label="@sample/app";');
    expect(text.match(/\{/g)?.length).toBe(text.match(/\}/g)?.length);
  });
  it('lets no name be syntax', () => {
    const text = drawGraph(graphOf(sampleOf(hostile)), defaults, 'dot');
    const strings = /"(?:[^"\\]|\\["\\])*"/g;
    expect(text.replaceAll(strings, '""')).not.toMatch(/script|alert/);
    expect(text).not.toContain('\u0007');
  });
});

it('an empty project is drawn too', () => {
  const empty = graphOf({ packages: [], files: {}, imports: [] });
  for (const as of ['mermaid', 'dot', 'html', 'json'] as const)
    expect(drawGraph(empty, defaults, as)).toMatch(/\n$/);
});
