/** The schema of the configuration in an installed package, from the root of the project. */
export const SCHEMA_PATH = './node_modules/@mortar/cli/mortar.config.schema.json';

/** A configuration that says what holds anyway, and shows where to go on. */
export function configText(): string {
  return `{
  "$schema": "${SCHEMA_PATH}",

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
