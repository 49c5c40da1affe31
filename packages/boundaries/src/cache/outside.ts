import { hash } from 'node:crypto';
import type { FileScan, ScannedEdge, ScannedExport } from '../scan/file-scan.js';

/** The hash of all of a file that may change what is said of another, but for imports that others follow. */
export function outsideOf(scan: FileScan): string {
  const { isModule, ambientModules, exports, definitions, aliases, edges } = scan;
  const outside = [
    isModule,
    ambientModules,
    exports.map((one) => exportOf(one, scan)),
    definitions.map(({ callee, name, constant }) => [callee.namespace, callee.name, name, constant]),
    // Whether these are contracts depends on where what they call comes from.
    definitions.length === 0 ? [] : edges.map(importOf),
    // Others may follow a name to what it stands for here.
    aliases.map(({ name, of, module, isProperty, isItem }) => [
      name,
      of.namespace,
      of.name,
      of.isItem,
      module,
      isProperty,
      isItem,
    ]),
  ];
  return hash('sha1', JSON.stringify(outside), 'base64url');
}

/** Whether what others see of this file may change with files that it imports: names that it passes on, and contracts. */
export function passesOn({ exports, definitions }: FileScan): boolean {
  return definitions.length > 0 || exports.some(({ edge }) => edge !== undefined);
}

function importOf({ kind, specifier, bindings }: ScannedEdge): readonly unknown[] {
  return [kind, specifier, bindings.map(({ imported, local }) => [imported, local])];
}

/** An alias is what it leads to. */
function exportOf(
  { name, kind, edge, imported, local }: ScannedExport,
  { edges }: FileScan,
): readonly unknown[] {
  const source = edge === undefined ? undefined : edges[edge];
  return [name, kind, imported, local, source?.kind, source?.specifier];
}
