import { MortarError } from 'mortar/errors';
import { describe, expect, it } from 'vitest';
import { findElement, findFile } from '../../src/model/find.js';
import { createProject, type Project } from '../../src/model/project.js';
import { cleanSample } from '../../src/self-test/clean-sample.js';
import { graphOf } from '../../src/self-test/sample.js';
import { defaults } from '../rules/judged.js';

const project: Project = createProject(graphOf(cleanSample), defaults);

describe('a module is found', () => {
  it.each([
    '@sample/app/shop',
    'shop',
    'app/shop',
    'packages/app/src/shop',
    './packages/app/src/shop/',
    'packages/app/src/shop/domain/order.ts',
  ])('by %s', (word) => {
    expect(findElement(project, word).id).toBe('@sample/app/shop');
  });
  it('and the nearest is named where it is misspelt', () => {
    expect(() => findElement(project, 'shp')).toThrow(/got "shp" \(did you mean shop\?\)\.$/);
    expect(() => findElement(project, 'shp')).toThrow(MortarError);
  });
  it('and which ones are meant is asked where there are several', () => {
    const packages = ['one', 'two'].map((name) => ({ name, folder: name }));
    const files = Object.fromEntries(
      packages.flatMap(({ name }) => ['contract', 'module'].map((file) => [`${name}/shop/${file}.ts`, ''])),
    );
    const both = createProject(graphOf({ packages, files, imports: [] }), defaults);
    expect(() => findElement(both, 'shop')).toThrow(/which of one\/shop, two\/shop/);
  });
});

describe('a file is found', () => {
  it('by its path alone', () => {
    expect(findFile(project, './packages/lib/src/other.ts')).toBe('packages/lib/src/other.ts');
    expect(() => findFile(project, 'packages/lib/src/othr.ts')).toThrow(
      / \(did you mean packages\/lib\/src\/other.ts\?\)\.$/,
    );
  });
});

describe('ids', () => {
  it('of modules stand below their package, without folders that say nothing', () => {
    expect(project.elements.map(({ id, parent }) => `${id} in ${parent}`)).toEqual([
      '@sample/app in sample',
      '@sample/app/billing in @sample/app',
      '@sample/app/shop in @sample/app',
      '@sample/lib in sample',
      'sample in undefined',
    ]);
  });
  it('are unique, whatever folders are called', () => {
    const files = Object.fromEntries(
      ['src/shop', 'lib/shop'].flatMap((folder) =>
        ['contract', 'module'].map((file) => [`${folder}/${file}.ts`, '']),
      ),
    );
    const ids = createProject(graphOf({ packages: [], files, imports: [] }), defaults).elements.map(
      ({ id }) => id,
    );
    expect(ids).toEqual(['(root)', 'shop', 'shop (src/shop)']);
  });
});
