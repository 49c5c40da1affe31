import { grouped } from '../model/grouped.js';
import type { CheckResult, Violation } from '../rules/violation.js';
import { framed, plain } from './framed.js';

/**
 * JUnit's XML: a suite for each module and package, a case for each violation, or one that passes. Warnings are no failures.
 * Nothing is in it that the schemas of Jenkins (junit-4.xsd, junit-10.xsd) do not know: its xUnit plugin refuses the rest.
 */
export function formatJunit({ violations, modules }: CheckResult): string {
  const homes = new Set(modules.map(({ id }) => id));
  const byHome = grouped(violations, ({ from }) => (homes.has(from) ? from : 'project'));
  const suites = new Map<string, readonly Violation[]>([
    ...modules.map(({ id }): [string, readonly Violation[]] => [id, []]),
    ...byHome,
  ]);
  const errors = violations.filter(({ severity }) => severity === 'error').length;
  const total = [...suites.values()].reduce((sum, list) => sum + Math.max(1, list.length), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="mortar check" tests="${total}" failures="${errors}" errors="0">`,
    ...[...suites].flatMap(([name, list]) => suite(name, list)),
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(name: string, violations: readonly Violation[]): string[] {
  const failures = violations.filter(({ severity }) => severity === 'error').length;
  const cases =
    violations.length === 0
      ? [`    <testcase name="boundaries" classname="${escapeXml(name)}"/>`]
      : violations.flatMap((one) => testCase(name, one));
  return [
    `  <testsuite name="${escapeXml(name)}" tests="${Math.max(1, violations.length)}" failures="${failures}" errors="0">`,
    ...cases,
    '  </testsuite>',
  ];
}

function testCase(name: string, violation: Violation): string[] {
  const { rule, path, line, column, severity, message, why, route } = violation;
  const place = `${path}:${line}:${column}`;
  const told = [place, message, ...framed(violation, plain), `Why: ${why}`, `Instead: ${route}`];
  const text = told.join('\n');
  const attributes = `name="${escapeXml(`${rule} ${place}`)}" classname="${escapeXml(name)}"`;
  const content =
    severity === 'error'
      ? `<failure type="${rule}" message="${escapeXml(message)}">${escapeXml(text)}</failure>`
      : `<system-out>${escapeXml(text)}</system-out>`;
  return [`    <testcase ${attributes}>`, `      ${content}`, '    </testcase>'];
}

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair: they are replaced. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;');
}
