import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MortarError } from 'mortar/errors';
import { writeWhole } from '../setup/whole-file.js';
import type { HookChange } from './hook-change.js';
import { KEPT, keptLines, shellLines } from './hook-command.js';
import type { HookPlace } from './hook-place.js';
import { type HookProject, projectsOf, withProject } from './hook-projects.js';
import { type BlockPlace, findBlock, markedBlock, type Origin, replaceBetween } from './marked-block.js';

const SHEBANG = '#!/bin/sh\n';
const EXECUTABLE = 0o111;

/**
 * Puts the check into a hook that is a script. What is there stays as it is and runs after it.
 * @throws MortarError `MORTAR_FILE_IN_WAY` where that can't be done without harm
 */
export function installScript(
  { path, isRunByGit }: HookPlace,
  top: string,
  project: HookProject,
): HookChange {
  const there = read(path);
  if (there === undefined) {
    mkdirSync(dirname(path), { recursive: true });
    return write(path, SHEBANG + blockOf('made', [project]), 'installed');
  }
  const block = findBlock(there.text);
  if (block === 'broken') throw brokenMarks(path);
  if (block !== undefined) {
    const projects = withProject(projectsOf(blockText(there.text, block)), project, top);
    const text = replaceBetween(there.text, block, blockOf(block.origin, projects));
    return text === there.text ? { state: 'unchanged', notes: [] } : write(path, text, 'updated', there.mode);
  }
  if (!isShellScript(there) || (isRunByGit && (there.mode & EXECUTABLE) === 0)) return replace(path, project);
  const start = preambleOf(there.text);
  const lineBreak = start > 0 && !there.text.slice(0, start).endsWith('\n') ? '\n' : '';
  const text = replaceBetween(there.text, { start, end: start }, lineBreak + blockOf('into', [project]));
  return write(path, text, 'installed', there.mode);
}

/** Takes the check of a project out of a hook that is a script, and leaves the rest as it was. */
export function uninstallScript({ path }: HookPlace, project: HookProject): HookChange {
  const there = read(path);
  const block = there === undefined ? undefined : findBlock(there.text);
  if (there === undefined || block === undefined) return { state: 'absent', notes: [] };
  if (block === 'broken') throw brokenMarks(path);
  const projects = projectsOf(blockText(there.text, block));
  if (!projects.includes(project)) return { state: 'absent', notes: [] };
  const others = projects.filter((one) => one !== project);
  if (others.length > 0) {
    const text = replaceBetween(there.text, block, blockOf(block.origin, others));
    return write(path, text, 'removed', there.mode);
  }
  const rest = replaceBetween(there.text, block, '');
  if (block.origin === 'into' || rest !== SHEBANG) {
    const notes =
      block.origin === 'replaced' ? [`${KEPT} stays, since the hook has lines that are not Mortar's.`] : [];
    return { ...write(path, rest, 'removed', there.mode), notes };
  }
  rmSync(path);
  const kept = join(dirname(path), KEPT);
  if (block.origin === 'replaced' && isThere(kept)) renameSync(kept, path);
  return { state: 'removed', notes: [] };
}

/** Whether the check of a project is in a hook that is a script. */
export function isInScript({ path }: HookPlace, project: HookProject): boolean {
  const there = read(path);
  const block = there === undefined ? undefined : findBlock(there.text);
  if (there === undefined || typeof block !== 'object') return false;
  return projectsOf(blockText(there.text, block)).includes(project);
}

/** Files are read byte for byte, as latin1; what the block says is UTF-8. */
function blockText(text: string, { start, end }: BlockPlace): string {
  return Buffer.from(text.slice(start, end), 'latin1').toString('utf8');
}

interface ScriptFile {
  readonly text: string;
  readonly mode: number;
  readonly isLink: boolean;
}

function read(path: string): ScriptFile | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return { text: '', mode: stat.mode, isLink: true };
  if (!stat.isFile()) throw inWay(path, 'a file', 'something else of that name');
  return { text: readFileSync(path, 'latin1'), mode: stat.mode, isLink: false };
}

/** Puts aside what can't be added to (another language, a link, a hook that is switched off), and runs it afterwards. */
function replace(path: string, project: HookProject): HookChange {
  const kept = join(dirname(path), KEPT);
  if (isThere(kept)) throw inWay(path, `no file ${KEPT} beside it`, 'one');
  renameSync(path, kept);
  const change = write(path, SHEBANG + blockOf('replaced', [project]), 'installed');
  return {
    ...change,
    notes: [`The hook that was there is now ${KEPT}, and runs after the check if it may be executed.`],
  };
}

function blockOf(origin: Origin, projects: readonly HookProject[]): string {
  // Texts are read and written byte for byte, as latin1.
  const lines = [...projects.flatMap(shellLines), ...(origin === 'replaced' ? keptLines() : [])];
  return Buffer.from(markedBlock(lines, origin), 'utf8').toString('latin1');
}

function write(path: string, text: string, state: HookChange['state'], mode = 0o755): HookChange {
  writeWhole(path, Buffer.from(text, 'latin1'), mode & 0o777);
  return { state, notes: [] };
}

function isShellScript({ text, isLink }: ScriptFile): boolean {
  if (isLink || text.includes('\0')) return false;
  return !text.startsWith('#!') || /^#!.*[/ ](ba|da|a|k|mk|z)?sh\b/.test(text);
}

/** After the first line where it says which shell, and after the lines by which husky starts the script again. */
function preambleOf(text: string): number {
  const husky = /^[ \t]*(\.|source)[ \t].*husky\.sh.*\r?(\n|$)/m.exec(text);
  if (husky !== null) return husky.index + husky[0].length;
  return /^#!.*\r?(\n|$)/.exec(text)?.[0].length ?? 0;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function brokenMarks(path: string): MortarError {
  return inWay(path, 'one line "# mortar:begin" and one "# mortar:end" after it', 'marks that do not pair');
}

function inWay(path: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_FILE_IN_WAY', {
    rule: `The hook ${path} is changed only where that harms nothing.`,
    expected,
    got,
  });
}
