import type { Violation, WhatIf } from '@mortar/boundaries';
import type { Command } from 'commander';
import { FAILED } from '../exit-code.js';
import { asGroup, type Frame, jsonText, withJson, withNote, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading-options.js';

/** `mortar what-if move <file> <module>`. */
export function addWhatIf(program: Command, { io, finish }: Frame): void {
  const whatIf = asGroup(
    program.command('what-if').description('Says what a change would break and mend, and changes nothing.'),
  );
  const command = whatIf
    .command('move')
    .description('Says what would be broken and mended if a file stood in another module.')
    .argument('<file>', 'its path')
    .argument('<module>', 'where it would stand: a module or package, by its name or folder')
    .option('--no-cache', 'read all files anew');
  withNote(command, 'Ends with exit code 1 where the move would break a rule.');
  withJson(withRoot(command)).action(async (file: string, module: string, options: ReadingOptions) => {
    const { findFile, findNamed, readModules, whatIfMove } = await import('../questions/questions.js');
    const project = await readModules(options, io);
    const path = findFile(project, file, io);
    const { id } = findNamed(project, module, io).element;
    const outcome = whatIfMove(project.graph, project.rules, path, id);
    if (outcome.added.some(({ severity }) => severity === 'error')) finish(FAILED);
    io.print(options.json === true ? jsonText(outcome) : textOf(outcome));
  });
}

function textOf({ file, path, from, to, added, removed, rewritten }: WhatIf): string {
  const head =
    from === to ? `${file} is of ${to} already.\n` : `${file} of ${from} would be ${path} of ${to}.\n`;
  const imports = rewritten.map((one) => `  ${one.path}:${one.line} ${one.before} → ${one.after}\n`);
  return [
    head,
    ...section('It would break', added),
    ...section('It would mend', removed),
    ...(added.length + removed.length === 0 ? ['It would break nothing and mend nothing.\n'] : []),
    ...(imports.length === 0 ? [] : ['Imports to write anew:\n', ...imports]),
  ].join('');
}

function section(title: string, violations: readonly Violation[]): string[] {
  const lines = violations.map(
    ({ path, line, rule, severity, message }) =>
      `  ${path}:${line} ${rule}${severity === 'warn' ? ' (warning)' : ''}: ${message}\n`,
  );
  return lines.length === 0 ? [] : [`${title}:\n`, ...lines];
}
