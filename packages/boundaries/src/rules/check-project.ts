import { type Baseline, keyOf } from '../baseline/baseline.js';
import { applyBaseline } from '../baseline/matching.js';
import { stillThereIn } from '../baseline/still-there.js';
import type { BoundaryRules } from '../config/load-rules.js';
import type { RuleId } from '../config/rule-settings.js';
import type { ProjectGraph } from '../graph/project-graph.js';
import { createProject, type Project } from '../model/project.js';
import { rulesOfProjects, whyOf } from './catalogue.js';
import { type ContractSource, contractSources } from './contract/contract-source.js';
import { applyExceptions } from './exceptions.js';
import { frameAt, textReader } from './frame.js';
import type { Finding } from './rule.js';
import { sourceReader } from './source-text.js';
import type { CheckResult, ModuleSummary, Violation } from './violation.js';

/** What a check may be told beside the project and its rules. */
export interface CheckOptions {
  /** The text of a file by its path; nothing where it can't be read. Unless given, the work tree is read. */
  readonly readText?: (path: string) => string | undefined;
  readonly baseline?: Baseline | undefined;
  /** A day such as `2027-01-31`, to know what has expired; today's in UTC unless given. */
  readonly today?: string;
}

/** Holds a project to its rules. Violations are data; nothing is thrown for them. */
export function checkProject(
  graph: ProjectGraph,
  rules: BoundaryRules,
  options: CheckOptions = {},
): CheckResult {
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const project = createProject(graph, rules);
  const readText = options.readText ?? textReader(graph);
  const toViolation = violationMaker(project, readText);
  const found = findAll(project, readText).sort((a, b) => byLine(a.finding, b.finding));
  const all = sorted(found.flatMap(({ id, finding }) => toViolation(id, finding)));
  const excepted = applyExceptions(project, all, today);
  const baselined = applyBaseline(
    options.baseline ?? { version: 1, entries: [] },
    excepted.left,
    today,
    rules.baseline,
    stillThereIn(project),
  );
  const violations = sorted([
    ...baselined.left,
    ...excepted.faults.flatMap((finding) => toViolation('unused-exception', finding)),
    ...baselined.faults.flatMap(({ rule, finding }) => toViolation(rule, finding)),
  ]);
  return {
    violations,
    baselined: baselined.covered,
    excepted: excepted.covered,
    modules: summaries(project, violations),
    errors: violations.filter(({ severity }) => severity === 'error').length,
    warnings: violations.filter(({ severity }) => severity === 'warn').length,
    files: project.paths.length,
    edges: project.edges.length,
  };
}

function findAll(
  project: Project,
  readText: (path: string) => string | undefined,
): { id: RuleId; finding: Finding }[] {
  let known: readonly ContractSource[] | undefined;
  const contracts = (): readonly ContractSource[] => {
    known ??= contractSources(project, readText);
    return known;
  };
  return rulesOfProjects.flatMap((rule) => {
    const setting = project.rules.settings[rule.id];
    if (setting.severity === 'off') return [];
    return rule.check({ project, setting, contracts }).map((finding) => ({ id: rule.id, finding }));
  });
}

function violationMaker(
  project: Project,
  readText: (path: string) => string | undefined,
): (rule: RuleId, finding: Finding) => Violation[] {
  const sourceOf = sourceReader(readText);
  return (rule, { spot, ...finding }) => {
    const { severity } = project.rules.settings[rule];
    if (severity === 'off') return [];
    const { from, to, subject } = finding;
    const source = sourceOf(finding.path);
    const { line, column } = (spot === undefined ? undefined : source?.placeOf(spot)) ?? finding;
    return [
      {
        rule,
        severity,
        ...finding,
        line,
        column,
        why: finding.because ?? whyOf(rule),
        key: keyOf({ rule, from, to, subject }),
        frame: frameAt(source, { line, column }),
      },
    ];
  };
}

function sorted(violations: readonly Violation[]): Violation[] {
  const unique = new Map(violations.map((violation) => [placeKey(violation), violation]));
  return [...unique.values()].sort(
    (a, b) => byLine(a, b) || a.column - b.column || compare(a.rule, b.rule) || compare(a.message, b.message),
  );
}

function byLine(a: Finding, b: Finding): number {
  return compare(a.path, b.path) || a.line - b.line;
}

/** An import of several names from one file is one violation. */
function placeKey({ path, line, column, rule, message }: Violation): string {
  return [path, line, column, rule, message].join('\0');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function summaries(project: Project, violations: readonly Violation[]): ModuleSummary[] {
  const counts = new Map<string, { errors: number; warnings: number }>();
  for (const { path, severity } of violations) {
    if (!project.graph.files.has(path)) continue;
    const { id } = project.elementOf(path);
    const count = counts.get(id) ?? { errors: 0, warnings: 0 };
    counts.set(id, {
      errors: count.errors + Number(severity === 'error'),
      warnings: count.warnings + Number(severity === 'warn'),
    });
  }
  return project.elements.map(({ id, kind, folder, files, doors, tags }) => ({
    id,
    kind,
    folder,
    files: files.length,
    doors,
    tags,
    ...(counts.get(id) ?? { errors: 0, warnings: 0 }),
  }));
}
