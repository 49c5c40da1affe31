import { grouped } from '../model/grouped.js';
import type { CheckResult, ModuleSummary, Violation } from '../rules/violation.js';
import { betweenOf, counted, printable } from './words.js';

/** Markdown, for the summary of a build or a comment on a pull request. */
export function formatMarkdown(result: CheckResult): string {
  const { violations, errors, warnings, baselined, excepted, files, modules } = result;
  const head =
    violations.length === 0
      ? 'No violations'
      : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  const byRule = grouped(violations, ({ rule }) => rule);
  return [
    '## Boundaries',
    '',
    `${head}. ${counted(files, 'file')} of ${counted(modules.length, 'module')} checked; ${baselined.length} in the baseline, ${excepted.length} excepted.`,
    '',
    ...[...byRule].flatMap(([rule, list]) => section(rule, list)),
    ...moduleTable(modules),
  ].join('\n');
}

function section(rule: string, violations: readonly Violation[]): string[] {
  return [
    `### ${rule} (${violations.length})`,
    '',
    violations[0]?.why ?? '',
    '',
    '| Where | Between | What | Instead |',
    '|---|---|---|---|',
    ...violations.map(
      (violation) =>
        `| ${place(violation)} | ${cell(betweenOf(violation))} | ${cell(violation.message)} | ${cell(violation.route)} |`,
    ),
    '',
  ];
}

/** The place, and below it the line of code that is there. */
function place({ path, line, column, frame }: Violation): string {
  const own = frame?.lines[line - frame.firstLine]?.trim() ?? '';
  return `${code(`${path}:${line}:${column}`)}${own === '' ? '' : `<br>${code(own)}`}`;
}

function moduleTable(modules: readonly ModuleSummary[]): string[] {
  const broken = modules.filter(({ errors, warnings }) => errors + warnings > 0);
  if (broken.length === 0) return [];
  return [
    '### By module',
    '',
    '| Module | Files | Errors | Warnings |',
    '|---|--:|--:|--:|',
    ...broken.map(
      ({ id, files, errors, warnings }) => `| ${cell(id)} | ${files} | ${errors} | ${warnings} |`,
    ),
    '',
  ];
}

/** A text in a table: neither markup nor HTML nor another column comes of it. */
function cell(text: string): string {
  return printable(text)
    .replaceAll(/[\\`*_[\]|<>#~@]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replaceAll(/\s+/g, ' ');
}

function code(text: string): string {
  return `<code>${cell(text)}</code>`;
}
