import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { type ErrorCode, errorCodes, MortarError, nearest } from 'mortar/errors';
import { type Frame, jsonText, withJson } from '../frame.js';

/** `mortar explain-error <code>`. */
export function addExplainError(program: Command, { io }: Frame): void {
  const command = program
    .command('explain-error')
    .description('Says what an error code means, and how to mend it; without a code, lists them all.')
    .argument('[code]', 'such as MORTAR_OPTIONS_INVALID; MORTAR_ may be left out');
  withJson(command).action((asked: string | undefined, { json }: { readonly json?: boolean }) => {
    if (asked === undefined) {
      const list = Object.entries(errorCodes).map(([code, category]) => ({ code, category }));
      io.print(
        json === true ? jsonText(list) : list.map(({ code, category }) => `${code}  ${category}\n`).join(''),
      );
      return;
    }
    const code = codeNamed(asked);
    const page = pageOf(code);
    if (json !== true) io.print(page);
    else io.print(jsonText({ code, category: errorCodes[code], ...sectionsOf(page) }));
  });
}

function codeNamed(asked: string): ErrorCode {
  const plain = asked.trim().toUpperCase().replaceAll('-', '_');
  const code = plain.startsWith('MORTAR_') ? plain : `MORTAR_${plain}`;
  if (isCode(code)) return code;
  const guess = nearest(code, Object.keys(errorCodes));
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'An error is named by its code.',
    expected: guess === undefined ? 'one that mortar explain-error lists' : `${guess}, perhaps`,
    got: JSON.stringify(asked),
  });
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}

/** The pages are of the kernel: an installed one holds them. Its sources, which have a tsconfig.json, keep them elsewhere. */
function pageOf(code: ErrorCode): string {
  const kernel = dirname(createRequire(import.meta.url).resolve('mortar/package.json'));
  const isSource = existsSync(join(kernel, 'tsconfig.json'));
  const folder = isSource
    ? join(kernel, '..', '..', 'docs', 'reference', 'errors')
    : join(kernel, 'error-pages');
  const path = join(folder, `${code}.md`);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new MortarError('MORTAR_DEPENDENCY_MISSING', {
    rule: 'The pages of the error codes come with the package mortar.',
    expected: path,
    got: 'no such file: the package is not complete',
  });
}

/** A page as data: its first sentence, and what stands under its two headings. */
function sectionsOf(page: string): { readonly says: string; readonly means: string; readonly mend: string } {
  const section = (title: string): string => {
    const [, after = ''] = page.split(`## ${title}\n`);
    return (after.split(/^## /m)[0] ?? '').trim();
  };
  const says = page.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '';
  return { says, means: section('What it means'), mend: section('How to mend it') };
}
