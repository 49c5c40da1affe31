import { describe, expect, test } from 'vitest';
import { findFile, findNamed } from '../../src/project/named.js';
import { type Explanation, explanationOf, explanationText } from '../../src/questions/explaining.js';
import { ioAt, projectOf, type Sketch } from './graphs.js';

const SKETCH: Sketch = {
  packages: { a: ['b'], b: [] },
  files: ['p/a/inner.ts', 'p/b/inner.ts', 'p/b/deep/er.ts'],
  imports: [['p/a/index.ts', 'p/b/index.ts']],
};

describe('explain', () => {
  test.each([
    ['a', 'b', [], true],
    ['p/a/inner.ts', 'p/b/index.ts', [], true],
    ['p/a/inner.ts', 'p/b/inner.ts', ['package-exports'], false],
    ['a', 'p/b/deep/er.ts', ['package-exports'], false],
    ['b', 'a', ['undeclared-dependency', 'module-cycle'], false],
    ['p/a/inner.ts', 'p/a/index.ts', [], true],
    ['a', 'a', [], true],
  ])('%s to %s breaks %j', (from, to, rules, isAllowed) => {
    const { broken, ...rest } = explain(SKETCH, from, to);
    expect(broken.map(({ rule }) => rule).sort()).toEqual([...rules].sort());
    expect(rest.isAllowed).toBe(isAllowed);
  });

  test('asks the configuration', () => {
    const config = {
      dependencies: [{ from: ['a'], deny: ['b'], because: 'We said so.', instead: 'Do not.' }],
    };
    const { broken } = explain({ ...SKETCH, config }, 'p/a/inner.ts', 'b');
    expect(broken).toEqual([
      expect.objectContaining({ rule: 'dependencies', why: 'We said so.', route: 'Do not.' }),
    ]);
  });

  test('a rule that only warns forbids nothing', () => {
    const config = { rules: { 'package-exports': 'warn' } };
    const explanation = explain({ ...SKETCH, config }, 'p/a/inner.ts', 'p/b/inner.ts');
    expect(explanation).toMatchObject({
      isAllowed: true,
      broken: [{ rule: 'package-exports', severity: 'warn' }],
    });
    expect(explanationText(explanation)).toContain('is warned by package-exports');
  });

  test('counts the places where one depends on the other now, and names the first', () => {
    const many = Array.from({ length: 7 }, () => ['p/a/inner.ts', 'p/b/index.ts'] as const);
    const explanation = explain({ ...SKETCH, imports: many }, 'a', 'b');
    expect(explanation.places).toBe(7);
    expect(explanation.now).toHaveLength(5);
    expect(explanationText(explanation)).toContain('and in 2 more places');
  });

  test('tells people who may come in where', () => {
    const text = explanationText(explain(SKETCH, 'p/a/inner.ts', 'p/b/inner.ts'));
    expect(text).toMatch(/^p\/a\/inner\.ts may not import p\/b\/inner\.ts\.\n/);
    expect(text).toContain('b is entered by p/b/index.ts.');
    expect(text).toMatch(/\n {2}instead {2}\S/);
  });
});

describe('a name', () => {
  const project = projectOf(SKETCH);

  test.each([
    ['a', '/project', 'a', undefined],
    ['p/a', '/project', 'a', undefined],
    ['.', '/project/p/b', 'b', undefined],
    ['inner.ts', '/project/p/b', 'b', 'p/b/inner.ts'],
    ['../b/deep/er.ts', '/project/p/a', 'b', 'p/b/deep/er.ts'],
    ['p/b/inner.ts', '/project/p/a', 'b', 'p/b/inner.ts'],
    ['./p/b/inner.ts', '/project', 'b', 'p/b/inner.ts'],
    ['/project/p/a/index.ts', '/elsewhere', 'a', 'p/a/index.ts'],
  ])('%s from %s is of %s', (text, folder, element, path) => {
    const named = findNamed(project, text, ioAt(folder));
    expect({ element: named.element.id, path: named.path }).toEqual({ element, path });
  });

  test.each(['', 'c', 'p/c', '../../../etc/passwd', '/etc/passwd', 'a\0', '__proto__', 'constructor'])(
    '%j is nobody’s',
    (text) => {
      expect(() => findNamed(project, text, ioAt('/project'))).toThrow(
        expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
      );
      expect(() => findFile(project, text, ioAt('/project'))).toThrow(
        expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
      );
    },
  );

  test('a file that is nearly right is guessed', () => {
    expect(() => findFile(project, 'p/b/iner.ts', ioAt('/project'))).toThrow('p/b/inner.ts, perhaps');
  });
});

function explain(sketch: Sketch, from: string, to: string): Explanation {
  const project = projectOf(sketch);
  const io = ioAt('/project');
  const explanation = explanationOf(project, findNamed(project, from, io), findNamed(project, to, io));
  if (explanation === undefined) throw new Error('there are no files');
  return explanation;
}
