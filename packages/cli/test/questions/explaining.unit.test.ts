import { describe, expect, test } from 'vitest';
import { findFile, findNamed, findTarget } from '../../src/project/named.js';
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
    expect(explanationText(explanation)).toContain('and in 2 more places\n');
    const six = explain({ ...SKETCH, imports: many.slice(1) }, 'a', 'b');
    expect(explanationText(six)).toContain('and in 1 more place\n');
  });

  test('of one module does not say that it may, where it may not', () => {
    const config = { hexagonal: { domain: ['core'], api: ['edge'] } };
    const sketch = { packages: { a: [] }, files: ['p/a/core/x.ts', 'p/a/edge/y.ts'], config };
    const text = explanationText(explain(sketch, 'p/a/core/x.ts', 'p/a/edge/y.ts'));
    expect(text).toMatch(/^p\/a\/core\/x\.ts may not import p\/a\/edge\/y\.ts, though both are of a\.\n/);
    expect(explanationText(explain(sketch, 'p/a/edge/y.ts', 'p/a/core/x.ts'))).toBe(
      'p/a/edge/y.ts may import p/a/core/x.ts: both are of a.\n',
    );
  });

  test('of packages is about all that is in them', () => {
    const modules = ['a', 'b'].flatMap((name) => [`p/${name}/src/contract.ts`, `p/${name}/src/module.ts`]);
    const sketch: Sketch = {
      packages: { a: ['b'], b: [] },
      entries: 'src/contract.ts',
      files: modules,
      imports: [['p/a/src/module.ts', 'p/b/src/contract.ts']],
    };
    expect(explain(sketch, 'a', 'b')).toMatchObject({
      from: { element: 'a', path: 'p/a/src/contract.ts' },
      to: { element: 'b', path: 'p/b/src/contract.ts' },
      isAllowed: true,
      places: 1,
    });
  });
});

describe('explain of what is not of the project', () => {
  const config = { packages: [{ from: ['b'], deny: ['pg', 'node:fs'], because: 'We said so.' }] };
  const sketch: Sketch = {
    packages: { a: ['pg', 'b'], b: ['pg'] },
    imports: [
      ['p/a/index.ts', 'npm:pg'],
      ['p/a/index.ts', 'npm:zod'],
    ],
    config,
  };

  test.each([
    ['a', 'pg', [], 1],
    ['a', 'npm:pg', [], 1],
    ['a', 'zod', ['undeclared-dependency'], 1],
    ['a', 'express', ['undeclared-dependency'], 0],
    ['a', 'npm:@scope/name', ['undeclared-dependency'], 0],
    ['a', 'npm:b2', ['undeclared-dependency'], 0],
    ['a', 'node:fs', [], 0],
    ['b', 'pg', ['packages'], 0],
    ['p/b/index.ts', 'node:fs', ['packages'], 0],
  ])('%s to %s breaks %j, and is there %i times', (from, to, rules, places) => {
    const explanation = explain(sketch, from, to);
    expect(explanation.broken.map(({ rule }) => rule)).toEqual(rules);
    expect(explanation).toMatchObject({ isAllowed: rules.length === 0, places });
    expect(explanation.to).toEqual({
      element: to.replace(/^npm:/, ''),
      path: to.replace(/^npm:/, ''),
      doors: [],
      tags: [],
    });
  });

  test('is told in words', () => {
    expect(explanationText(explain(sketch, 'a', 'pg'))).toBe(
      'p/a/index.ts may import pg.\n\na depends on pg now:\n  p/a/index.ts:1 import pg\n',
    );
  });

  test.each(['', 'x/y', 'p/c', './a/none.ts', 'node:nothing', '__proto__', 'alertin', 'nobody'])(
    '%j is none',
    (name) => {
      const many = { packages: { a: [], alerting: [] } };
      expect(() => findTarget(projectOf(many), name, ioAt('/project/p'))).toThrow(
        expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
      );
    },
  );

  test('a module comes before a package of its name, unless that is said', () => {
    const project = projectOf({ packages: { a: ['b'], b: [] } });
    expect(findTarget(project, 'b', ioAt('/project'))).toMatchObject({ element: { id: 'b' } });
    expect(findTarget(project, 'npm:b', ioAt('/project'))).toMatchObject({ name: 'b' });
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
  const explanation = explanationOf(project, findNamed(project, from, io), findTarget(project, to, io));
  if (explanation === undefined) throw new Error('there are no files');
  return explanation;
}
