import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findBlock, markedBlock, replaceBetween } from '../../src/hooks/marked-block.js';

describe('a marked block', () => {
  test.each(['into', 'made', 'replaced'] as const)('is found as it was written: %s', (origin) => {
    const block = markedBlock(['a', '  b'], origin, '  ');
    const text = `before\n${block}after\n`;
    expect(findBlock(text)).toEqual({ start: 7, end: 7 + block.length, origin });
  });

  test('is none where there is none', () => {
    expect(findBlock('')).toBeUndefined();
    expect(findBlock('echo mortar:begin\n# mortar:beginning\n')).toBeUndefined();
  });

  test.each([
    '# mortar:begin\n',
    '# mortar:end\n',
    '# mortar:end\n# mortar:begin\n',
    '# mortar:begin\n# mortar:begin\n# mortar:end\n',
    '# mortar:begin\n# mortar:end\n# mortar:end\n',
  ])('is broken where its marks do not pair: %j', (text) => {
    expect(findBlock(text)).toBe('broken');
  });

  test('is taken out of any text as it was put in', () => {
    const line = fc.string().map((text) => text.replaceAll(/[\r\n]/g, ' '));
    fc.assert(
      fc.property(fc.array(line), fc.array(line), fc.array(line), (before, inside, after) => {
        const start = before.map((text) => `${text}\n`).join('');
        const rest = after.join('\n');
        const text = start + markedBlock(inside, 'into') + rest;
        const found = findBlock(text);
        if (found === undefined || found === 'broken') throw new Error('it is not found');
        expect(replaceBetween(text, found, '')).toBe(start + rest);
      }),
    );
  });

  test('goes whole, also where an editor has changed its line breaks', () => {
    const text = `a\r\n${markedBlock(['x', 'y'], 'made').replaceAll('\n', '\r\n')}b\r\n`;
    const found = findBlock(text);
    if (found === undefined || found === 'broken') throw new Error('it is not found');
    expect(found.origin).toBe('made');
    expect(replaceBetween(text, found, '')).toBe('a\r\nb\r\n');
  });

  test('ends with the text where the last line has no break', () => {
    const text = '#!/bin/sh\n# mortar:begin\nx\n# mortar:end';
    expect(findBlock(text)).toEqual({ start: 10, end: text.length, origin: 'into' });
  });
});
