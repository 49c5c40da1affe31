import { createHash } from 'node:crypto';
import { Window } from 'happy-dom';
import { afterEach, describe, expect, it } from 'vitest';
import { drawGraph } from '../../src/drawing/draw-graph.js';
import { cleanSample } from '../../src/self-test/clean-sample.js';
import { graphOf, type Sample } from '../../src/self-test/sample.js';
import { defaults, from, sampleOf } from '../rules/judged.js';

const open: Window[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((window) => window.happyDOM.close()));
});

/** Opens the page of a sample as a browser would, with its scripts run. */
function openPage(sample: Sample): Window {
  const html = drawGraph(graphOf(sample), defaults, 'html');
  const window = new Window({
    settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
  });
  open.push(window);
  // Browsers have it, happy-dom does not.
  Object.assign(window, { structuredClone });
  window.document.write(html.replaceAll(/<script(?! type="application\/json")[^>]*>[\s\S]*?<\/script>/g, ''));
  for (const [, script = ''] of html.matchAll(
    /<script(?! type="application\/json")[^>]*>([\s\S]*?)<\/script>/g,
  )) {
    // Both scripts of a page see the same globals; a module's own names stay its own.
    window.eval(
      script.startsWith('"use strict";var dagre') ? script.replace('"use strict";', '') : `{ ${script} }`,
    );
  }
  return window;
}

const labels = (window: Window): string[] =>
  [...window.document.querySelectorAll('.node text')].map((one) => one.textContent ?? '');
const click = (window: Window, selector: string): void => {
  window.document.querySelector(selector)?.dispatchEvent(new window.Event('click', { bubbles: true }));
};
function nodeNamed(window: Window, name: string): string {
  const node = [...window.document.querySelectorAll('.node')].find((one) =>
    one.querySelector('title')?.textContent?.startsWith(name),
  );
  return `[data-id="${node?.getAttribute('data-id')}"]`;
}

interface Box {
  readonly name: string | null;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Where boxes are, by the names that readers of screens hear. */
function boxesOf(window: Window): Box[] {
  return [...window.document.querySelectorAll('.node')].map((node) => {
    const [, left, top] = /translate\((\S+) (\S+)\)/.exec(node.getAttribute('transform') ?? '') ?? [];
    const rect = node.querySelector('rect');
    return {
      name: node.getAttribute('aria-label'),
      left: Number(left),
      top: Number(top),
      right: Number(left) + Number(rect?.getAttribute('width')),
      bottom: Number(top) + Number(rect?.getAttribute('height')),
    };
  });
}

describe('the page', () => {
  it('shows the modules at first, and what they take of each other', () => {
    const window = openPage(cleanSample);
    expect(labels(window)).toEqual([
      '▾ sample',
      '▾ @sample/app',
      '▸ billing (3)',
      '▸ shop (5)',
      '▸ own files (1)',
      '▸ @sample/lib (3)',
    ]);
    const links = [...window.document.querySelectorAll('#scene .link title')].map((one) => one.textContent);
    expect(links).toContain('@sample/app/billing → @sample/app/shop: 1 import, shop.order-placed');
    const ends = [...window.document.querySelectorAll('#scene .link')].map((one) => [
      one.getAttribute('data-from'),
      one.getAttribute('data-to'),
    ]);
    expect(ends.filter(([start, end]) => start === end)).toEqual([]);
    expect(window.document.querySelector('#status')?.textContent).toBe(`6 boxes, ${ends.length} links`);
  });
  it('unfolds a module to its files, and folds it again', () => {
    const window = openPage(cleanSample);
    click(window, nodeNamed(window, '@sample/app/shop'));
    expect(labels(window)).toEqual(expect.arrayContaining(['▾ shop', 'domain/order.ts', 'contract.ts']));
    click(window, nodeNamed(window, '@sample/app/shop'));
    expect(labels(window)).not.toContain('domain/order.ts');
  });
  it('tells of what is chosen its messages and links, and what of its files are one', () => {
    const window = openPage(cleanSample);
    click(window, nodeNamed(window, '@sample/app/billing'));
    const detail = (): string[] =>
      [...window.document.querySelectorAll('#detail > :is(h2, h3, p), #detail li')].map(
        (one) => one.textContent ?? '',
      );
    const told = [
      '@sample/app/billing',
      'port billing.credit',
      'Uses (1)',
      '@sample/app/shop 1 import, shop.order-placed',
      'Used by (2)',
      '@sample/app/shop 1 import, billing.credit',
      '@sample/app: own files 1 import',
    ];
    expect(detail()).toEqual(told);
    expect(window.document.querySelectorAll('.link.near').length).toBe(3);
    expect(window.document.querySelectorAll('.link.own').length).toBe(1);
    click(window, '#canvas');
    expect(detail()).toEqual([]);
  });
  it('places boxes beside each other, and what is in one within it', () => {
    const window = openPage(cleanSample);
    click(window, nodeNamed(window, '@sample/app/shop'));
    click(window, nodeNamed(window, '@sample/lib'));
    const boxes = boxesOf(window);
    expect(boxes.length).toBeGreaterThan(12);
    const isWithin = (a: Box, b: Box): boolean =>
      a.left > b.left && a.top > b.top && a.right < b.right && a.bottom < b.bottom;
    const isBeside = (a: Box, b: Box): boolean =>
      a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top;
    const wrong = boxes.flatMap((a) =>
      boxes.filter((b) => a !== b && !isBeside(a, b) && !isWithin(a, b) && !isWithin(b, a)),
    );
    expect(wrong).toEqual([]);
    const holders = boxes.filter((a) => boxes.some((b) => isWithin(b, a))).map(({ name }) => name);
    expect(holders.sort()).toEqual(['@sample/app', '@sample/app/shop', '@sample/lib', 'sample']);
  });
  it('is used by the keyboard alone, which keeps its place when a box unfolds', () => {
    const window = openPage(cleanSample);
    const press = (selector: string, key: string): void => {
      window.document
        .querySelector(selector)
        ?.dispatchEvent(new window.KeyboardEvent('keydown', { key, bubbles: true }));
    };
    press('body', '/');
    expect(window.document.activeElement?.id).toBe('search');
    const shop = nodeNamed(window, '@sample/app/shop');
    const state = (): (string | null | undefined)[] =>
      ['role', 'aria-label', 'aria-expanded'].map((name) =>
        window.document.querySelector(shop)?.getAttribute(name),
      );
    expect(state()).toEqual(['button', '@sample/app/shop', 'false']);
    const element = window.document.querySelector(shop);
    if (element instanceof window.SVGElement) element.focus();
    press(shop, 'Enter');
    expect(state()).toEqual(['button', '@sample/app/shop', 'true']);
    expect(window.document.activeElement).toBe(window.document.querySelector(shop));
    expect(window.document.querySelector(`${shop}.chosen`)).not.toBeNull();
    press(shop, 'Escape');
    expect(window.document.querySelector('.chosen')).toBeNull();
  });
  it('finds files and messages, and shows where they are', () => {
    const window = openPage(cleanSample);
    const input = window.document.querySelector('#search');
    const search = (text: string): string[] => {
      input?.setAttribute('value', text);
      input?.dispatchEvent(new window.Event('input'));
      return [...window.document.querySelectorAll('#results button')].map((one) => one.textContent ?? '');
    };
    expect(search('order-placed')).toEqual(['@sample/app/shop shop.order-placed']);
    expect(search('order table')).toEqual(['packages/app/src/shop/infrastructure/order-table.ts file']);
    click(window, '#results button');
    expect(labels(window)).toContain('infrastructure/order-table.ts');
    expect(window.document.querySelector('.node.chosen text')?.textContent).toBe(
      'infrastructure/order-table.ts',
    );
    const nothing = window.document.querySelector('#nothing');
    expect(nothing?.hasAttribute('hidden')).toBe(true);
    expect(search('nothing like it')).toEqual([]);
    expect(nothing?.hasAttribute('hidden')).toBe(false);
  });
  it('leaves out what is not asked for', () => {
    const window = openPage(cleanSample);
    const messages = window.document.querySelector('#messages');
    messages?.removeAttribute('checked');
    messages?.dispatchEvent(new window.Event('change'));
    const links = [...window.document.querySelectorAll('#scene .link title')].map((one) => one.textContent);
    expect(links).toContain('@sample/app/billing → @sample/app/shop: 1 import');
  });
  it('of more boxes than can be laid out says so, and stays as it is', () => {
    const files = Array.from({ length: 600 }, (_, index) => `a/f${index}.ts`);
    const window = openPage(
      sampleOf({
        packages: [
          { name: 'a', folder: 'a' },
          { name: 'b', folder: 'b' },
        ],
        files: [...files, 'b/x.ts'],
      }),
    );
    click(window, nodeNamed(window, 'a ('));
    expect(window.document.querySelector('#status')?.textContent).toContain('more than can be laid out');
    expect(labels(window)).toEqual(['▾ (root)', '▸ a (600)', '▸ b (1)']);
  });
});

describe('the page is one file that asks for nothing', () => {
  const html = drawGraph(graphOf(cleanSample), defaults, 'html');
  const outside = (text: string): string[] =>
    [...text.matchAll(/(?:src|href)\s*=\s*["'][^"']*["']|url\([^)]*\)|@import|sourceMappingURL/g)].map(
      ([found]) => found,
    );

  it('has no address in it', () => expect(outside(html)).toEqual(['url(#arrow)']));
  it('lets in its own scripts alone', () => {
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    const scripts = [...html.matchAll(/<script(?! type="application\/json")[^>]*>([\s\S]*?)<\/script>/g)].map(
      ([, script = '']) => script,
    );
    expect(scripts).toHaveLength(2);
    expect(policy).toMatch(/^default-src 'none'; base-uri 'none'; script-src/);
    for (const script of scripts)
      expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  });
  it('no name ends a script, whatever it is', () => {
    const name = '</script><script>window.broken = true</script><!--';
    const window = openPage(
      sampleOf({
        packages: [
          { name, folder: 'p' },
          { name: 'q', folder: 'q' },
        ],
        imports: [from('p/$&.ts', 'q/a.ts')],
      }),
    );
    expect(labels(window).join()).toContain('</script>');
    const text = drawGraph(
      graphOf(sampleOf({ packages: [{ name, folder: 'p' }], files: ['p/$&.ts'] })),
      defaults,
      'html',
    );
    expect(text.match(/<\/script>/g)).toHaveLength(3);
    expect(text).toContain('p/$\\u0026.ts');
  });
});
