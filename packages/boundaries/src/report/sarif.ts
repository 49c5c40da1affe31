import { type RuleId, ruleDescriptions } from '../config/rule-settings.js';
import { whyOf } from '../rules/catalogue.js';
import { LONGEST_LINE } from '../rules/frame.js';
import type { CheckResult, Frame, Violation } from '../rules/violation.js';
import type { ReportOptions } from './format.js';
import { fingerprints, pathAsUri, prefixed } from './words.js';

/** SARIF 2.1.0 (OASIS), as GitHub's and GitLab's code scanning take it. What the baseline covers is there as suppressed. */
export function formatSarif(result: CheckResult, options: ReportOptions): string {
  const { version } = options;
  const all = [...result.violations, ...result.baselined, ...result.excepted];
  const rules = [...new Set(all.map(({ rule }) => rule))].sort();
  const suppressed = new Map<Violation, string>([
    ...result.baselined.map((one) => [one, 'It is in the baseline.'] as const),
    ...result.excepted.map((one) => [one, 'It is excepted in the configuration.'] as const),
  ]);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'mortar check',
            ...(version === undefined ? {} : { version }),
            rules: rules.map(descriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { ROOT: { description: { text: 'The root of the repository.' } } },
        results: fingerprints(all).map(({ violation, fingerprint }) =>
          resultOf(violation, fingerprint, rules.indexOf(violation.rule), suppressed.get(violation), options),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptor(id: RuleId): object {
  return {
    id,
    shortDescription: { text: ruleDescriptions[id].says },
    fullDescription: { text: whyOf(id) },
    help: { text: whyOf(id) },
  };
}

function resultOf(
  violation: Violation,
  fingerprint: string,
  ruleIndex: number,
  suppression: string | undefined,
  options: ReportOptions,
): object {
  const { rule, severity, message, why, route, cycle, from, to, kind } = violation;
  return {
    ruleId: rule,
    ruleIndex,
    level: severity === 'error' ? 'error' : 'warning',
    message: { text: `${message}\nWhy: ${why}\nInstead: ${route}` },
    locations: [locationOf(violation, options)],
    partialFingerprints: { 'mortarKey/v1': fingerprint },
    properties: { from, to, kind, why, route },
    ...(cycle === undefined
      ? {}
      : {
          relatedLocations: cycle.cut.map((link, id) => ({
            id,
            ...locationOf(link, options),
            message: { text: `${link.from} → ${link.to}` },
          })),
        }),
    ...(suppression === undefined
      ? {}
      : { suppressions: [{ kind: 'external', justification: suppression }] }),
  };
}

function locationOf(
  {
    path,
    line,
    column,
    frame,
  }: {
    readonly path: string;
    readonly line: number;
    readonly column: number;
    readonly frame?: Frame | undefined;
  },
  options: ReportOptions,
): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: pathAsUri(prefixed(path, options)), uriBaseId: 'ROOT' },
      region: { startLine: line, startColumn: column },
      ...contextOf(frame),
    },
  };
}

/** The code around a place. A snippet is what stands in the file, so one that was shortened is none. */
function contextOf(frame: Frame | undefined): object {
  if (frame === undefined || frame.lines.some(({ length }) => length >= LONGEST_LINE)) return {};
  const { firstLine, lines } = frame;
  const endLine = firstLine + lines.length - 1;
  return { contextRegion: { startLine: firstLine, endLine, snippet: { text: lines.join('\n') } } };
}
