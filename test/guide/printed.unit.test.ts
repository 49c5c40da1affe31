import { describe, expect, it } from 'vitest';
import { printedFaults, printedOf, reprint } from '../../scripts/readme/printed.mjs';

const canvas = '# Modules\n\n```mermaid\nflowchart LR\n  a --> b\n```\n\nThe end.\n';
const print = (command: readonly string[]): string => {
  if (command[0] === 'story.js') return 'one\ntwo\n\n';
  if (command[0] === 'describe.js') return canvas;
  throw new Error(`no ${command.join(' ')}`);
};

const page = (text: string, diagram: string): string =>
  `# Page\n\n<!-- printed: story.js --short -->\n\`\`\`text\n${text}\`\`\`\n\n<!-- printed: describe.js -->\n\`\`\`mermaid\n${diagram}\`\`\`\n`;
const right = page('one\ntwo\n', 'flowchart LR\n  a --> b\n');

describe('what is printed', () => {
  it('is found with its program, and what stands there', () => {
    expect(printedOf(right)).toEqual([
      { line: 4, text: 'one\ntwo\n', language: 'text', command: ['story.js', '--short'] },
      { line: 10, text: 'flowchart LR\n  a --> b\n', language: 'mermaid', command: ['describe.js'] },
    ]);
  });

  it('has no fault where it is what the programs print: all of it, or its first diagram', () => {
    expect(printedFaults(right, print)).toEqual([]);
  });

  it.each([
    [
      'another text',
      page('one\n', 'flowchart LR\n  a --> b\n'),
      '4 differs from what story.js --short prints',
    ],
    ['another diagram', page('one\ntwo\n', 'flowchart LR\n'), '10 differs from what describe.js prints'],
    ['no program', '```text\nx\n```\n', '1 has no line above it that names its program'],
  ])('%s is a fault', (_, markdown, fault) => {
    expect(printedFaults(markdown, print)).toEqual([expect.stringContaining(fault)]);
  });

  it('is nothing that commands of the page print', () => {
    const markdown = '<!-- output -->\n```text\nx\n```\n';
    expect(printedOf(markdown)).toEqual([]);
    expect(printedFaults(markdown, print)).toEqual([]);
  });

  it('is written anew, and nothing else is changed', () => {
    const stale = page('', 'old\nolder\n');
    expect(reprint(stale, print)).toBe(right);
    expect(reprint(right, print)).toBe(right);
  });

  it('can be no diagram of a program that prints none', () => {
    const markdown = '<!-- printed: story.js -->\n```mermaid\n```\n';
    expect(() => printedFaults(markdown, print)).toThrow('prints no diagram');
  });
});
