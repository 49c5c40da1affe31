import type { SourceFile } from '../source/file.js';
import type { Manifest } from '../source/repository.js';
import type { Violation } from '../source/violation.js';
import { areaRules, internalFolders } from './areas.js';
import { importCycles } from './cycles.js';
import { floors } from './floors.js';
import { moduleContracts, packageRules } from './packages.js';

/** Every place where the code is not built as docs/decisions/001-packages.md says. */
export function checkArchitecture(
  files: readonly SourceFile[],
  manifests: ReadonlyMap<string, Manifest>,
): Violation[] {
  return [
    ...importCycles(files),
    ...areaRules(files, floors),
    ...internalFolders(files),
    ...packageRules(files, manifests),
    ...moduleContracts(files),
  ];
}
