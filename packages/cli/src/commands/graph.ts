import type { DrawingFormat } from '@mortar/boundaries';
import { type Command, Option } from 'commander';
import { type Frame, withJson, withRoot } from '../frame.js';
import type { ReadingOptions } from '../project/reading-options.js';

const FORMATS: readonly DrawingFormat[] = ['mermaid', 'dot', 'html', 'json'];

/** From so many links on Mermaid draws nothing, unless the page that holds it says otherwise; a picture can't. */
const MERMAID_LINKS = 500;

interface GraphOptions extends ReadingOptions {
  readonly format: DrawingFormat;
}

/** `mortar graph`. */
export function addGraph(program: Command, { io }: Frame): void {
  const command = program
    .command('graph')
    .description('Draws packages and modules, and what they take of each other.')
    .addOption(
      new Option('--format <format>', 'html is one page that can be searched and folded')
        .choices(FORMATS)
        .default('mermaid'),
    )
    .option('--no-cache', 'read all files anew');
  withJson(withRoot(command)).action(async (options: GraphOptions) => {
    const { drawGraph, readCode } = await import('../questions/questions.js');
    const { graph, rules } = await readCode(options, io);
    const format = options.json === true ? 'json' : options.format;
    const text = drawGraph(graph, rules, format);
    io.print(text);
    const links = format === 'mermaid' ? (text.match(/^ {2}m\d+ -/gm)?.length ?? 0) : 0;
    if (links >= MERMAID_LINKS) io.complain(tooMany(links));
  });
}

function tooMany(links: number): string {
  return `These are ${links} links. Mermaid draws fewer than ${MERMAID_LINKS} unless its maxEdges is raised; --format html and dot draw them all.\n`;
}
