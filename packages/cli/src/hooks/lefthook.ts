import { readFileSync } from 'node:fs';
import { MortarError } from 'mortar/errors';
import { writeWhole } from '../setup/whole-file.js';
import type { HookChange } from './hook-change.js';
import { managerCommand } from './hook-command.js';
import { type HookProject, projectLine, projectsOf, withProject } from './hook-projects.js';
import { findBlock, markedBlock, replaceBetween } from './marked-block.js';

/**
 * Puts the check of a project into lefthook's configuration, as lines between marks; the rest stays byte for byte. `top` is the
 * folder of the configuration.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where the file is written in a way that lines can't be put into; the message says what to add
 */
export function installLefthook(path: string, top: string, project: HookProject): HookChange {
  const text = readFileSync(path, 'utf8');
  const block = findBlock(text);
  const own = managerCommand(top, project);
  if (block === 'broken')
    throw inWay(path, own, 'marks "# mortar:begin" and "# mortar:end" that do not pair');
  const before = block === undefined ? [] : projectsOf(text.slice(block.start, block.end));
  const without = block === undefined ? text : replaceBetween(text, block, '');
  if (!before.includes(project) && isThereByHand(path, without, project))
    return { state: 'unchanged', notes: [] };
  const changed = withChecks(path, without, checksOf(without, top, withProject(before, project, top)));
  if (changed === undefined) throw inWay(path, own, 'a file that is written in another way');
  if (changed === text) return { state: 'unchanged', notes: [] };
  writeWhole(path, changed);
  return { state: block === undefined ? 'installed' : 'updated', notes: [] };
}

/** Takes the lines of a project out again. */
export function uninstallLefthook(path: string, top: string, project: HookProject): HookChange {
  const text = readFileSync(path, 'utf8');
  const block = findBlock(text);
  if (block === undefined) return { state: 'absent', notes: [] };
  if (block === 'broken') throw inWay(path, '', 'marks "# mortar:begin" and "# mortar:end" that do not pair');
  const projects = projectsOf(text.slice(block.start, block.end));
  if (!projects.includes(project)) return { state: 'absent', notes: [] };
  const others = projects.filter((one) => one !== project);
  const without = replaceBetween(text, block, '');
  writeWhole(
    path,
    (others.length > 0 && withChecks(path, without, checksOf(without, top, others))) || without,
  );
  return { state: 'removed', notes: [] };
}

/** Whether the check of a project is in lefthook's configuration. */
export function isInLefthook(path: string, project: HookProject): boolean {
  const text = readFileSync(path, 'utf8');
  const block = findBlock(text);
  if (typeof block !== 'object') return isThereByHand(path, text, project);
  if (projectsOf(text.slice(block.start, block.end)).includes(project)) return true;
  return isThereByHand(path, replaceBetween(text, block, ''), project);
}

/** One check among what runs before commits. */
interface LefthookCheck {
  readonly project: HookProject;
  /** How lefthook tells of it; no two have the same. */
  readonly name: string;
  readonly command: string;
}

/** `text` is the rest of the configuration, whose names are taken. */
function checksOf(text: string, top: string, projects: readonly HookProject[]): LefthookCheck[] {
  const taken = new Set(namesIn(text));
  return projects.map((project) => {
    const plain = project === '' ? 'mortar' : `mortar-${project.replaceAll(/\W+/g, '-')}`;
    let name = plain;
    for (let number = 2; taken.has(name); number += 1) name = `${plain}-${number}`;
    taken.add(name);
    return { project, name, command: managerCommand(top, project) };
  });
}

/** All that may be a name of a command: keys of YAML, names of jobs, and the ends of TOML's headings. */
function namesIn(text: string): string[] {
  const keys = text.matchAll(/^[ \t]*(?:-[ \t]+)?(?:name:[ \t]*)?["']?([\w-]+)["']?[ \t]*(?:[:=#]|\r?$)/gm);
  const headings = text.matchAll(/^[ \t]*\[[^\]\n]*?([\w-]+)["']?[ \t]*\]/gm);
  return [...keys, ...headings].map(([, name = '']) => name);
}

function withChecks(path: string, text: string, checks: readonly LefthookCheck[]): string | undefined {
  return /\.ya?ml$/.test(path) ? intoYaml(text, checks) : intoToml(path, text, checks);
}

/**
 * Whether somebody has written the check of a project into what runs before commits: elsewhere, or in a comment, it checks none.
 * The check of the top names no other root.
 */
function isThereByHand(path: string, text: string, project: HookProject): boolean {
  const isOfProject = (line: string): boolean =>
    project === '' ? !line.includes('--root') : line.includes(project);
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*(#|\/\/|$)/.test(line));
  const begins = path.endsWith('.toml') ? /^\s*\[|^\s*["']?pre-commit\b/ : /^[^\s}\]-]/;
  const isOfCommits = path.endsWith('.toml') ? /^[\s["']*pre-commit\b/ : /^["']?pre-commit\b|^[{[]/;
  let isInside = false;
  return lines.some((line) => {
    if (begins.test(line)) isInside = isOfCommits.test(line);
    return isInside && /\bmortar check\b/.test(line) && isOfProject(line);
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
function intoYaml(text: string, checks: readonly LefthookCheck[]): string | undefined {
  if (/^---[ \t]*$/m.test(text.trimStart().slice(3)) || /^\t/m.test(text)) return undefined;
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = linesOf(whole);
  const hook = lines.findIndex((line) => line.indent === '' && line.key === 'pre-commit:');
  if (hook < 0) {
    if (/^["']?pre-commit["']?[ \t]*:|^[{[]/m.test(whole)) return undefined;
    return whole + markedBlock(['pre-commit:', '  commands:', ...yamlCommands('    ', checks)], 'into');
  }
  return intoHook(whole, lines.slice(hook), checks);
}

function intoHook(
  text: string,
  [hook, ...after]: readonly YamlLine[],
  checks: readonly LefthookCheck[],
): string | undefined {
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
    const lines = [`${first.indent}commands:`, ...yamlCommands(`${first.indent}  `, checks)];
    return replaceBetween(text, { start: hook.end, end: hook.end }, markedBlock(lines, 'into'));
  }
  const item = inside[inside.indexOf(list) + 1];
  if (item === undefined || (list.key === 'commands:' && item.indent.length <= list.indent.length))
    return undefined;
  const lines = list.key === 'commands:' ? yamlCommands(item.indent, checks) : yamlJobs(item, checks);
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

function yamlCommands(indent: string, checks: readonly LefthookCheck[]): string[] {
  return checks.flatMap(({ project, name, command }) => [
    indent + projectLine(project),
    `${indent}${name}:`,
    `${indent}  run: ${yamlText(command)}`,
  ]);
}

function yamlJobs({ indent, key }: YamlLine, checks: readonly LefthookCheck[]): string[] | undefined {
  if (!key.startsWith('- ')) return undefined;
  return checks.flatMap(({ project, name, command }) => [
    indent + projectLine(project),
    `${indent}- name: ${name}`,
    `${indent}  run: ${yamlText(command)}`,
  ]);
}

/** In double quotes YAML reads what JSON writes. */
function yamlText(text: string): string {
  return /^[\w ./-]+$/.test(text) ? text : JSON.stringify(text);
}

function intoToml(path: string, text: string, checks: readonly LefthookCheck[]): string | undefined {
  if (!path.endsWith('.toml') || /^\s*["']?pre-commit["']?(\s*\.\s*["']?commands["']?)?\s*=/m.test(text))
    return undefined;
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const lines = checks.flatMap(({ project, name, command }) => [
    projectLine(project),
    `[pre-commit.commands.${name}]`,
    `run = ${JSON.stringify(command)}`,
  ]);
  return whole + markedBlock(lines, 'into');
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
