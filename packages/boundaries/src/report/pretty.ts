import { styleText } from 'node:util';
import type { CheckResult, Violation } from '../rules/violation.js';
import type { ReportOptions } from './format.js';
import { framed, plain, type Style } from './framed.js';
import { betweenOf, counted, printable } from './words.js';

/** For people at a terminal: each violation with its code, why the rule is there, and what to do instead. */
export function formatPretty(result: CheckResult, { colour = false }: ReportOptions): string {
  // Colours were asked for by the caller, who knows where the text goes.
  const style: Style = colour ? (name, text) => styled(name, text) : plain;
  const told = result.violations.map((violation) => pretty(violation, style));
  return `${[...told, summary(result, style)].join('\n\n')}\n`;
}

/** Node 22 and later drop colours where stdout is no terminal, unless told not to look; the caller has looked. */
const always: readonly unknown[] = [{ validateStream: false }];

function styled(name: Parameters<typeof styleText>[0], text: string): string {
  return Reflect.apply(styleText, undefined, [name, text, ...always]);
}

function pretty(violation: Violation, style: Style): string {
  const { path, line, column, rule, severity, message, why, route } = violation;
  const frame = framed(violation, style);
  const name = severity === 'error' ? style('red', 'error') : style('yellow', 'warning');
  return [
    `${style('bold', printable(`${path}:${line}:${column}`))} ${name} ${style('bold', rule)}`,
    `  ${printable(message)}`,
    ...(frame.length === 0 ? [] : ['', ...frame, '']),
    `  ${style('dim', 'between')}  ${printable(betweenOf(violation))}`,
    `  ${style('dim', 'why')}      ${printable(why)}`,
    `  ${style('dim', 'instead')}  ${printable(route)}`,
  ].join('\n');
}

function summary(result: CheckResult, style: Style): string {
  const { violations, errors, warnings, baselined, excepted, elsewhere = 0, files, modules } = result;
  const beside = [
    ...(elsewhere > 0 ? [`${elsewhere} elsewhere`] : []),
    ...(baselined.length > 0 ? [`${baselined.length} in the baseline`] : []),
    ...(excepted.length > 0 ? [`${excepted.length} excepted`] : []),
  ];
  const seen = `${counted(modules.length, 'module')} and ${counted(files, 'file')} checked`;
  const rest = [seen, ...beside].join(', ');
  if (violations.length === 0) return `${style('green', 'No violations')}: ${rest}.`;
  const found = [
    ...(errors > 0 ? [style('red', counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [style('yellow', counted(warnings, 'warning'))] : []),
  ].join(' and ');
  return `${found}: ${rest}.${byRule(violations)}`;
}

/** Where there are many, how many of each rule. */
function byRule(violations: readonly Violation[]): string {
  if (violations.length < 10) return '';
  const counts = new Map<string, number>();
  for (const { rule } of violations) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return `\n${sorted.map(([rule, count]) => `  ${String(count).padStart(6)}  ${rule}`).join('\n')}`;
}
