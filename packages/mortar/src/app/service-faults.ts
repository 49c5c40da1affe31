import type { Container } from '../container/index.js';
import type { Issue } from '../errors/index.js';
import { rootsOf } from '../modules/index.js';
import type { ModuleRuntime } from './module-runtime.js';

/**
 * Everything that is wrong with the services of modules and with those that all share. Services are private, so each
 * path begins with whose they are.
 */
export function serviceFaults(shared: Container, runtimes: readonly ModuleRuntime[]): readonly Issue[] {
  const ofAll = shared.faults();
  // A module's container sees what is shared, and would tell of its faults again, by other ways to them.
  const told = new Set(ofAll.map(signatureOf));
  return [
    ...ofAll.map((issue) => within('shared services', issue)),
    ...runtimes.flatMap(({ container, module }) =>
      container
        .faults(rootsOf(module))
        .filter((issue) => !told.has(signatureOf(issue)))
        .map((issue) => within(`module ${module.name}`, issue)),
    ),
  ];
}

function within(whose: string, issue: Issue): Issue {
  return { ...issue, path: `${whose} → ${issue.path}` };
}

/** The same for a fault by whatever way it is reached: what is wrong, and the last step to it. */
function signatureOf({ path, message, code }: Issue): string {
  return [code, message, ...path.split(' → ').slice(-2)].join('\n');
}
