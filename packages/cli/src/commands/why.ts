import type { Link } from '@mortar/boundaries';
import type { Command } from 'commander';
import { FAILED } from '../exit-code.js';
import { type Frame, jsonText, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading-options.js';

/** `mortar why <from> <to>`. */
export function addWhy(program: Command, { io, finish }: Frame): void {
  const command = program
    .command('why')
    .description('Says why one module depends on another: the shortest way over imports and messages.')
    .argument('<from>', 'a module or package, by its name or folder')
    .argument('<to>', 'another')
    .option('--no-cache', 'read all files anew')
    .addHelpText('after', '\nEnds with exit code 1 where there is no way.');
  withJson(withRoot(command)).action(async (from: string, to: string, options: ReadingOptions) => {
    const { findNamed, readModules, shortestWay } = await import('../questions/questions.js');
    const project = await readModules(options, io);
    const [start, end] = [findNamed(project, from, io).element, findNamed(project, to, io).element];
    const way = shortestWay(project, start, end);
    if (way === undefined) finish(FAILED);
    if (options.json === true) {
      io.print(jsonText({ from: start.id, to: end.id, way: way?.map(plain) ?? null }));
    } else if (way === undefined)
      io.print(
        start === end
          ? `${start.id} does not depend on itself by way of others.\n`
          : `${start.id} does not depend on ${end.id}, neither by itself nor by way of others.\n`,
      );
    else io.print(way.map(lineOf).join(''));
  });
}

function plain({ from, to, kind, what, path, line, column }: Link): object {
  return { from: from.id, to: to.id, kind, what, path, line, column };
}

function lineOf({ from, to, kind, what, path, line, column }: Link): string {
  const verb = kind === 'import' ? 'imports' : `uses the ${kind}`;
  return `${from.id} → ${to.id}\n  ${path}:${line}:${column} ${verb} ${what}\n`;
}
