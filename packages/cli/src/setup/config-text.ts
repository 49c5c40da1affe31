import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The schema of the configuration in an installed package that the project itself depends on, so that editors find it. */
const SCHEMA = 'node_modules/@mortar/cli/mortar.config.schema.json';

/**
 * Where the schema is, from the project: in its own folder, or in one above up to the top of the repository, where workspaces
 * have their packages. Where nothing is installed yet it is named as it will be in its own folder.
 */
export function schemaPath(root: string, top: string): string {
  let way = './';
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', '@mortar', 'cli'))) return `${way}${SCHEMA}`;
    if (folder === top || folder === dirname(folder)) return `./${SCHEMA}`;
    way = way === './' ? '../' : `${way}../`;
  }
}

/** A configuration that says what holds anyway, and shows where to go on. */
export function configText(schema: string): string {
  return `{
  "$schema": "${schema}",

  // Without a word here, workspace packages are entered through what their package.json exports, and folders with a
  // contract.ts (or module.ts) through that contract. What follows adds to it; mortar check names what matches nothing.

  // Modules that are found in no other way: each folder of src/features, entered through its index.
  // "modules": [{ "paths": ["src/features/*"], "contract": ["index.ts"] }],

  // Who is above whom, the highest first.
  // "layers": [{ "name": "app", "order": [["src/pages/**"], ["src/features/**"], ["src/shared/**"]] }],

  // Who may depend on whom, and on which packages.
  // "dependencies": [{ "from": ["billing"], "deny": ["shop"], "because": "…", "instead": "…" }],
  // "packages": [{ "from": ["hexagonal:domain"], "deny": ["pg"], "because": "…" }],

  // How strict each rule is: "off", "warn" or "error".
  "rules": {}
}
`;
}
