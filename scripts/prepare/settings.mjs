// `npm test` hands its own settings to its scripts as npm_config_* variables: --silent, --omit, --dry-run,
// --workspace, --global, --prefix … An inner npm would obey them and install something else, so all go.
// Files (~/.npmrc, the project's .npmrc) still count. What stays is where packages come from and how to get there,
// because a build machine often has that in variables alone (NPM_CONFIG_REGISTRY, in any case), and without it
// there would be no installation at all; none of it changes what is installed.
const KEPT = new Set([
  'registry',
  'proxy',
  'https-proxy',
  'noproxy',
  'ca',
  'cafile',
  'cert',
  'key',
  'strict-ssl',
  'userconfig',
  'globalconfig',
  'cache',
  'offline',
  'prefer-offline',
  'maxsockets',
]);

/**
 * The environment for an installation: `environment` without npm's inherited settings and without NODE_ENV.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {NodeJS.ProcessEnv}
 */
export function installSettings(environment) {
  const entries = Object.entries(environment).filter(([name]) => name !== 'NODE_ENV' && !isDropped(name));
  return Object.fromEntries(entries);
}

/** @param {string} variable */
function isDropped(variable) {
  if (!/^npm_/i.test(variable)) return false;
  const setting = /^npm_config_(.+)$/i.exec(variable)?.[1]?.toLowerCase();
  if (setting === undefined) return true;
  // The registry of one scope, `@scope:registry`, and the credentials of one host, `//host/:_authToken`.
  if (/^@[^:]+:registry$/.test(setting) || setting.startsWith('//')) return false;
  const name = setting.replaceAll('_', '-');
  return !KEPT.has(name) && !name.startsWith('fetch-');
}
