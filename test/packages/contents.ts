import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { z } from 'zod';
import { parseFile } from '../source/file.js';
import { importsOf } from '../source/imports.js';
import type { PackedPackage } from './packing.js';

const SourceMap = z.object({ sources: z.array(z.string()), sourcesContent: z.array(z.string()).optional() });

/** What can be imported of a package: `mortar/bus`. No JSON, which needs to be said when it is imported. */
export function entriesOf({ name, manifest }: PackedPackage): string[] {
  const paths = Object.keys(manifest.exports).filter((path) => !path.endsWith('.json'));
  return paths.map((path) => posix.join(name, path));
}

/** The files of the package that its source maps name, apart from those that they carry themselves. */
export function sourcesOf(one: PackedPackage): string[] {
  return one.files
    .filter((path) => path.endsWith('.map'))
    .flatMap((path) => {
      const { sources, sourcesContent } = SourceMap.parse(JSON.parse(textOf(one, path)));
      return sourcesContent === undefined ? sources.map((source) => posix.join(path, '..', source)) : [];
    });
}

/** The other packages that the built code and its types import, by name. */
export function importedBy(one: PackedPackage): string[] {
  const built = one.files.filter((path) => /^dist\/.*\.(js|d\.ts)$/.test(path));
  const specifiers = built.flatMap((path) =>
    importsOf(parseFile(path, textOf(one, path))).map(({ specifier }) => specifier),
  );
  const outside = specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier));
  return [...new Set(outside.map(packageOf))];
}

/** `@mortar/sqlite` of `@mortar/sqlite/kysely`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function textOf({ folder }: PackedPackage, path: string): string {
  return readFileSync(join(folder, path), 'utf8');
}
