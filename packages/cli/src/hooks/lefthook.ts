import { readFileSync } from 'node:fs';
import { MortarError } from 'mortar/errors';
import { writeWhole } from '../setup/whole-file.js';
import type { HookChange } from './hook-change.js';
import { findBlock, markedBlock, replaceBetween } from './marked-block.js';

/**
 * Puts the check into lefthook's configuration, as lines between marks; the rest stays byte for byte.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where the file is written in a way that lines can't be put into; the message says what to add
 */
export function installLefthook(path: string, command: string): HookChange {
  const text = readFileSync(path, 'utf8');
  const block = findBlock(text);
  if (block === 'broken')
    throw inWay(path, command, 'marks "# mortar:begin" and "# mortar:end" that do not pair');
  const without = block === undefined ? text : replaceBetween(text, block, '');
  if (block === undefined && isThereByHand(path, text)) return { state: 'unchanged', notes: [] };
  const changed = /\.ya?ml$/.test(path) ? intoYaml(without, command) : intoToml(path, without, command);
  if (changed === undefined) throw inWay(path, command, 'a file that is written in another way');
  if (changed === text) return { state: 'unchanged', notes: [] };
  writeWhole(path, changed);
  return { state: block === undefined ? 'installed' : 'updated', notes: [] };
}

/** Takes the lines out again. */
export function uninstallLefthook(path: string): HookChange {
  const text = readFileSync(path, 'utf8');
  const block = findBlock(text);
  if (block === undefined) return { state: 'absent', notes: [] };
  if (block === 'broken') throw inWay(path, '', 'marks "# mortar:begin" and "# mortar:end" that do not pair');
  writeWhole(path, replaceBetween(text, block, ''));
  return { state: 'removed', notes: [] };
}

/** Whether the check is in lefthook's configuration. */
export function isInLefthook(path: string): boolean {
  const text = readFileSync(path, 'utf8');
  return typeof findBlock(text) === 'object' || isThereByHand(path, text);
}

/** Whether somebody has written the check into what runs before commits: elsewhere, or in a comment, it checks none. */
function isThereByHand(path: string, text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|\/\/|$)/.test(line));
  const begins = path.endsWith('.toml') ? /^\s*\[|^\s*["']?pre-commit\b/ : /^[^\s}\]-]/;
  const isOfCommits = path.endsWith('.toml') ? /^[\s["']*pre-commit\b/ : /^["']?pre-commit\b|^[{[]/;
  let isInside = false;
  return lines.some((line) => {
    if (begins.test(line)) isInside = isOfCommits.test(line);
    return isInside && /\bmortar check\b/.test(line);
  });
}

/** A line of block style, as most people write it. */
interface YamlLine {
  readonly indent: string;
  readonly key: string;
  /** Offset after its line break. */
  readonly end: number;
}

/** `undefined` where the file is not in block style there. */
function intoYaml(text: string, command: string): string | undefined {
  if (/^---[ \t]*$/m.test(text.trimStart().slice(3)) || /^\t/m.test(text)) return undefined;
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = linesOf(whole);
  const hook = lines.findIndex((line) => line.indent === '' && line.key === 'pre-commit:');
  if (hook < 0) {
    if (/^["']?pre-commit["']?[ \t]*:|^[{[]/m.test(whole)) return undefined;
    return whole + markedBlock(['pre-commit:', '  commands:', ...yamlCommand('    ', command)], 'into');
  }
  return intoHook(whole, lines.slice(hook), command);
}

function intoHook(text: string, [hook, ...after]: readonly YamlLine[], command: string): string | undefined {
  const stop = after.findIndex(({ indent, key }) => indent === '' && key !== '' && !key.startsWith('#'));
  const inside = (stop < 0 ? after : after.slice(0, stop)).filter(
    ({ key }) => key !== '' && !key.startsWith('#'),
  );
  const [first] = inside;
  if (hook === undefined || first === undefined || first.indent === '') return undefined;
  const children = inside.filter(({ indent }) => indent === first.indent);
  const list = children.find(({ key }) => key === 'commands:') ?? children.find(({ key }) => key === 'jobs:');
  if (list === undefined) {
    // Neither in block style nor in another: the hook may get its first commands.
    if (children.some(({ key }) => /^["']?(commands|jobs)\b/.test(key))) return undefined;
    const lines = [`${first.indent}commands:`, ...yamlCommand(`${first.indent}  `, command)];
    return replaceBetween(text, { start: hook.end, end: hook.end }, markedBlock(lines, 'into'));
  }
  const item = inside[inside.indexOf(list) + 1];
  if (item === undefined || (list.key === 'commands:' && item.indent.length <= list.indent.length))
    return undefined;
  const lines = list.key === 'commands:' ? yamlCommand(item.indent, command) : yamlJob(item, command);
  return lines === undefined
    ? undefined
    : replaceBetween(text, { start: list.end, end: list.end }, markedBlock(lines, 'into'));
}

function linesOf(text: string): YamlLine[] {
  return [...text.matchAll(/^( *)(.*)\r?\n/gm)].map((match) => ({
    indent: match[1] ?? '',
    key: (match[2] ?? '').replace(/\s+(#.*)?$/, ''),
    end: match.index + match[0].length,
  }));
}

function yamlCommand(indent: string, command: string): string[] {
  return [`${indent}mortar:`, `${indent}  run: ${yamlText(command)}`];
}

function yamlJob({ indent, key }: YamlLine, command: string): string[] | undefined {
  return key.startsWith('- ')
    ? [`${indent}- name: mortar`, `${indent}  run: ${yamlText(command)}`]
    : undefined;
}

/** In double quotes YAML reads what JSON writes. */
function yamlText(text: string): string {
  return /^[\w ./-]+$/.test(text) ? text : JSON.stringify(text);
}

function intoToml(path: string, text: string, command: string): string | undefined {
  if (!path.endsWith('.toml') || /^\s*["']?pre-commit["']?(\s*\.\s*["']?commands["']?)?\s*=/m.test(text))
    return undefined;
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return whole + markedBlock(['[pre-commit.commands.mortar]', `run = ${JSON.stringify(command)}`], 'into');
}

function inWay(path: string, command: string, got: string): MortarError {
  return new MortarError('MORTAR_FILE_IN_WAY', {
    rule: `The configuration ${path} is changed only where that harms nothing.`,
    expected:
      command === ''
        ? 'one pair of marks'
        : `one that lines can be put into, or this command added to pre-commit by hand: ${command}`,
    got,
  });
}
