import { isBuiltin } from 'node:module';
import type { SourceFile } from '../source/file.js';
import { isTest, packageOf } from '../source/place.js';
import type { Manifest } from '../source/repository.js';
import { type Violation, violationAt } from '../source/violation.js';
import { type Import, importsOf } from './imports.js';

type Manifests = ReadonlyMap<string, Manifest>;

/** A package reaches another by its name, as users do, and only what its package.json declares. */
export function packageRules(files: readonly SourceFile[], manifests: Manifests): Violation[] {
  return files
    .filter((file) => packageOf(file.path) !== '')
    .flatMap(importsOf)
    .flatMap((one) => (one.target === undefined ? checkName(one, manifests) : checkPath(one, one.target)));
}

/** A module of an example is reached through its contract alone; only what stands above the modules joins them. */
export function moduleContracts(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(importsOf).flatMap(({ file, offset, target }) => {
    const from = moduleOf(file.path);
    const to = target === undefined ? undefined : moduleOf(target);
    if (from === undefined || to === undefined || from === to || target === `${to}/contract.ts`) return [];
    return [violationAt(file, offset, 'module-contract', `${target} is not the contract of ${to}`)];
  });
}

function moduleOf(path: string): string | undefined {
  return /^examples\/[^/]+\/src\/[^/]+(?=\/)/.exec(path)?.[0];
}

function checkPath({ file, offset }: Import, target: string): Violation[] {
  if (packageOf(target) === packageOf(file.path)) return [];
  return [
    violationAt(
      file,
      offset,
      'package-path',
      `${target} is in another package: import it by the package's name`,
    ),
  ];
}

function checkName({ file, offset, specifier }: Import, manifests: Manifests): Violation[] {
  if (isBuiltin(specifier)) return [];
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const own = manifests.get(packageOf(file.path));
  if (name === own?.name) {
    // A test imports its own package as users do; a source would go around the rules for areas.
    if (isTest(file.path)) return [];
    return [violationAt(file, offset, 'self-import', `import ${specifier} by its path`)];
  }
  if (declared(own, isTest(file.path)).includes(name)) return [];
  if (isTest(file.path) && declared(manifests.get(''), true).includes(name)) return [];
  return [
    violationAt(file, offset, 'undeclared', `${name} is not in the dependencies of ${packageOf(file.path)}`),
  ];
}

function declared(manifest: Manifest | undefined, withDevelopment: boolean): string[] {
  return Object.keys({
    ...manifest?.dependencies,
    ...manifest?.peerDependencies,
    ...manifest?.optionalDependencies,
    ...(withDevelopment ? manifest?.devDependencies : {}),
  });
}
