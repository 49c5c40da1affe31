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

describe('the page', () => {
  it('shows the modules at first, and what they take of each other', () => {
    const window = openPage(cleanSample);
    expect(labels(window)).toEqual([
      '▾ sample',
      '▾ @sample/app',
      '▸ @sample/app/billing (3)',
      '▸ @sample/app/shop (5)',
      '▸ @sample/app: own files (1)',
      '▸ @sample/lib (3)',
    ]);
    const links = [...window.document.querySelectorAll('.link title')].map((one) => one.textContent);
    expect(links).toContain('@sample/app/billing → @sample/app/shop: 1 import, shop.order-placed');
    const ends = [...window.document.querySelectorAll('.link')].map((one) => [
      one.getAttribute('data-from'),
      one.getAttribute('data-to'),
    ]);
    expect(ends.filter(([start, end]) => start === end)).toEqual([]);
    expect(window.document.querySelector('#status')?.textContent).toBe(`6 boxes, ${ends.length} links`);
  });
  it('unfolds a module to its files, and folds it again', () => {
    const window = openPage(cleanSample);
    click(window, nodeNamed(window, '@sample/app/shop'));
    expect(labels(window)).toEqual(
      expect.arrayContaining(['▾ @sample/app/shop', 'domain/order.ts', 'contract.ts']),
    );
    click(window, nodeNamed(window, '@sample/app/shop'));
    expect(labels(window)).not.toContain('domain/order.ts');
  });
  it('tells of what is chosen its messages and links', () => {
    const window = openPage(cleanSample);
    click(window, nodeNamed(window, '@sample/app/billing'));
    const detail = window.document.querySelector('#detail')?.textContent;
    expect(detail).toContain('port billing.credit');
    expect(window.document.querySelectorAll('.link.near').length).toBeGreaterThan(0);
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
    expect(search('nothing like it')).toEqual([]);
  });
  it('leaves out what is not asked for', () => {
    const window = openPage(cleanSample);
    const messages = window.document.querySelector('#messages');
    messages?.removeAttribute('checked');
    messages?.dispatchEvent(new window.Event('change'));
    const links = [...window.document.querySelectorAll('.link title')].map((one) => one.textContent);
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
