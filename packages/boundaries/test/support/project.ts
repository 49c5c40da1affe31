import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Edge, EdgeTarget } from '../../src/index.js';

/** Contents of files by path; text is written as UTF-8. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A folder with these files, which is gone after the test. Its path has symbolic links resolved. */
export function makeProject(files: Files): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mortar-boundaries-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFiles(root, files);
  return root;
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** `1:8 import ./b.js → b.ts {b} type`: what an edge says, on one line. */
export function lineOf({ line, column, kind, specifier, to, names, isTypeOnly }: Edge): string {
  return `${line}:${column} ${kind} ${specifier} → ${textOf(to)} {${names.join(' ')}}${isTypeOnly ? ' type' : ''}`;
}

function textOf(to: EdgeTarget): string {
  switch (to.kind) {
    case 'file':
      return to.path;
    case 'asset':
      return `asset ${to.path}`;
    case 'package':
      return `package ${to.name}${to.subpath === '' ? '' : `/${to.subpath}`}`;
    case 'builtin':
      return `builtin ${to.name}`;
    case 'unanalysable':
      return `unanalysable ${to.text}`;
    case 'unresolved':
      return 'unresolved';
  }
}
