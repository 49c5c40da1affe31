import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { expect, it } from 'vitest';
import { readProject } from '../../src/index.js';
import { scanFile } from '../../src/scan/scan-file.js';
import { Places } from '../../src/scan/tokens/places.js';

const packages = fileURLToPath(new URL('../../..', import.meta.url));
const options = { withMessages: false, withDecoratorMetadata: false };

it('on the code of this repository it finds what a parser finds, at the same places', async () => {
  const { files } = await readProject(packages);
  expect(files.size).toBeGreaterThan(500);
  for (const path of files.keys()) {
    if (!/\.ts$/.test(path)) continue;
    const text = readFileSync(`${packages}/${path}`, 'utf8');
    const { edges, exports } = scanFile(path, text, options);
    const found = edges.filter(
      ({ kind }) => kind === 'import' || kind === 'sideEffectImport' || kind === 'reexport',
    );
    const expected = parsed(path, text);
    expect(
      found.map(({ specifier, line, column }) => `${specifier} ${line}:${column}`),
      path,
    ).toEqual(expected.imports);
    expect([...new Set(exports.map(({ name }) => name))].sort(), path).toEqual(expected.exports);
  }
});

function parsed(
  path: string,
  text: string,
): { readonly imports: readonly string[]; readonly exports: readonly string[] } {
  const { module } = parseSync(path, text, { lang: 'ts' });
  const places = new Places(text);
  const exported = module.staticExports.flatMap(({ entries }) => entries);
  const requests = new Map<number, string>();
  for (const { moduleRequest } of [...module.staticImports, ...exported]) {
    if (moduleRequest !== null && moduleRequest !== undefined)
      requests.set(moduleRequest.start, moduleRequest.value);
  }
  const imports = [...requests]
    .sort(([one], [other]) => one - other)
    .map(([start, value]) => `${value} ${places.at(start).line}:${places.at(start).column}`);
  const names = exported.map(({ exportName }) =>
    exportName.kind === 'Default' ? 'default' : (exportName.name ?? '*'),
  );
  return { imports, exports: [...new Set(names)].sort() };
}
