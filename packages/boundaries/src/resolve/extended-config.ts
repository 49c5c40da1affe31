import { type JsonObject, stringOf } from '../files/json.js';
import type { ConfigurationReader, Manifests } from '../files/manifests.js';
import { foldersUp, joinPath } from '../files/paths.js';
import { type Conditions, lookUp } from './package-exports.js';
import { splitName } from './package-name.js';

const conditions: Conditions = new Set(['node', 'import', 'require', 'types']);

/**
 * Where what a tsconfig.json extends by the name of a package may be, the likeliest first: in the package of the workspace, else in
 * the folders `node_modules` within the root. `folder` is that of the tsconfig.json.
 */
export function* configsOfPackage(
  folder: string,
  extended: string,
  reader: ConfigurationReader,
  { byName }: Pick<Manifests, 'byName'>,
): Generator<string> {
  const { name, subpath } = splitName(extended);
  if (name === undefined) return;
  const member = byName.get(name);
  if (member !== undefined) yield* configsIn(member.folder, subpath, member.json);
  for (const up of foldersUp(folder)) {
    const installed = joinPath(up, `node_modules/${name}`) ?? '';
    const path = `${installed}/package.json`;
    yield* configsIn(installed, subpath, reader.exists(path) ? reader.readObject(path) : undefined);
  }
}

/** As the compiler looks: what `exports` has, else `tsconfig` of the package.json, or the path. */
function configsIn(folder: string, subpath: string, manifest: JsonObject | undefined): readonly string[] {
  const exported = manifest?.['exports'] ?? {};
  const targets = lookUp(exported, subpath === '' ? '.' : `./${subpath}`, conditions);
  const field = stringOf(manifest?.['tsconfig']);
  const plain = subpath === '' ? [field ?? 'tsconfig.json', 'tsconfig.json'] : [subpath];
  const paths = targets.kind === 'paths' ? [...targets.paths, ...plain] : plain;
  return paths.flatMap((path) => joinPath(folder, path) ?? []);
}
