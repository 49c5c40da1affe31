// Blocks that show what a program of this repository prints: `<!-- printed: path arguments… -->` stands above them. Above what
// commands of the page print stands `<!-- output -->`: those are followed by a test, `test/guide`.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

/**
 * A block of text or of Mermaid in a Markdown file, and the program that prints it.
 * @typedef {object} Printed
 * @property {number} line the line of its opening fence, from 1
 * @property {string} text without the fences; ends with a line break unless it is empty
 * @property {string} language `text`, or `mermaid`: the first diagram of what is printed
 * @property {readonly string[]} command a path and arguments for Node; empty if no marker stands above it
 */

/** @typedef {(command: readonly string[]) => string} Print runs a program, and answers with what it has printed */

const MARKER = /^<!-- printed: (?<command>.+) -->$/;
const OPENING = /^```(?<language>text|mermaid)$/;
const FOLLOWED = '<!-- output -->';
const TIMEOUT_MS = 120_000;

/**
 * Runs programs in a folder.
 * @param {string} root
 * @returns {Print}
 */
export function printerIn(root) {
  return (command) => {
    const options = { cwd: root, encoding: /** @type {const} */ ('utf8'), timeout: TIMEOUT_MS };
    const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
    if (status !== 0) throw new Error(`node ${command.join(' ')} has failed: ${stderr}`);
    return stdout;
  };
}

/**
 * Every block of text or Mermaid, but for what commands of the page print.
 * @param {string} markdown
 * @returns {Printed[]}
 */
export function printedOf(markdown) {
  const lines = markdown.split('\n');
  return lines.flatMap((opening, index) => {
    const language = OPENING.exec(opening)?.groups?.['language'];
    if (language === undefined || lines[index - 1] === FOLLOWED) return [];
    const text = lines.slice(index + 1, lines.indexOf('```', index + 1)).map((line) => `${line}\n`);
    const command = MARKER.exec(lines[index - 1] ?? '')?.groups?.['command']?.split(' ') ?? [];
    return [{ line: index + 1, text: text.join(''), language, command }];
  });
}

/**
 * What is wrong with the blocks of a Markdown file, each with its line.
 * @param {string} markdown
 * @param {Print} print
 * @returns {string[]}
 */
export function printedFaults(markdown, print) {
  return printedOf(markdown).flatMap((block) => {
    const { line, text, command } = block;
    if (command.length === 0)
      return [`${line} has no line above it that names its program: <!-- printed: path -->`];
    if (text === shownOf(block, print)) return [];
    return [`${line} differs from what ${command.join(' ')} prints: run \`node scripts/readme.mjs --write\``];
  });
}

/**
 * The Markdown with each block replaced by what its program prints. Blocks without a marker stay as they are.
 * @param {string} markdown
 * @param {Print} print
 * @returns {string}
 */
export function reprint(markdown, print) {
  const lines = markdown.split('\n');
  // From the last to the first, so that the lines of the others stay where they are.
  for (const block of printedOf(markdown).reverse()) {
    if (block.command.length === 0) continue;
    const shown = shownOf(block, print).split('\n').slice(0, -1);
    lines.splice(block.line, block.text.split('\n').length - 1, ...shown);
  }
  return lines.join('\n');
}

/**
 * @param {Printed} block
 * @param {Print} print
 * @returns {string}
 */
function shownOf({ language, command }, print) {
  const printed = print(command);
  if (language === 'text') return `${printed.trimEnd()}\n`;
  const [diagram] = printedOf(printed).filter((one) => one.language === 'mermaid');
  if (diagram === undefined) throw new Error(`node ${command.join(' ')} prints no diagram`);
  return diagram.text;
}
