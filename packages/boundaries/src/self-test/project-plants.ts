import type { BoundaryRules } from '../config/load-rules.js';
import type { RuleId } from '../config/rule-settings.js';
import type { Edge, EdgeTarget, ProjectGraph } from '../graph/project-graph.js';
import { stemOf } from '../model/element.js';
import { compileGlob } from '../model/glob.js';
import { createProject, type Project } from '../model/project.js';
import { compileSelectors } from '../model/selector.js';
import { checkProject } from '../rules/check-project.js';
import type { SelfTestResult } from './self-test.js';

const LINE = 1_000_000_007;
const MOST_TRIED = 200;

/** An import that breaks a rule, to be planted between two real files. */
interface ProjectPlant {
  readonly rule: RuleId;
  readonly says: string;
  /** Pairs of a file and what it would import, the likeliest first. */
  readonly pairs: Iterable<readonly [from: string, to: EdgeTarget]>;
}

/** Plants, between real files, one import for each part of the configuration, and one past a door. */
export function plantInProject(graph: ProjectGraph, rules: BoundaryRules): SelfTestResult[] {
  const project = createProject(graph, rules);
  const sources = project.paths.filter((path) => !project.isTest(path));
  const list = [
    ...doorPlants(project, sources),
    ...dependencyPlants(project, sources),
    ...layerPlants(project, sources),
    ...packagePlants(project, sources),
  ];
  return list.map(({ rule, says, pairs }) => ({
    rule,
    where: 'project',
    planted: says,
    outcome: outcomeOf(graph, rules, rule, pairs),
    isOff: rules.settings[rule].severity === 'off',
  }));
}

/** An import is judged by itself: the graph need have no other edges, and its files no texts. */
function outcomeOf(
  graph: ProjectGraph,
  rules: BoundaryRules,
  rule: RuleId,
  pairs: ProjectPlant['pairs'],
): SelfTestResult['outcome'] {
  const { [rule]: setting } = rules.settings;
  const settings = Object.fromEntries(
    Object.entries(rules.settings).map(([id, one]) => [
      id,
      { ...one, severity: id === rule ? 'error' : 'off' },
    ]),
  );
  const only: BoundaryRules = {
    ...rules,
    exceptions: [],
    settings: { ...rules.settings, ...settings, [rule]: { ...setting, severity: 'error' } },
  };
  let tried = 0;
  for (const [from, to] of pairs) {
    tried += 1;
    const edges = [edgeTo(graph, from, to)];
    const { violations } = checkProject({ ...graph, edges, uses: [], diagnostics: [] }, only, {
      readText: () => undefined,
    });
    if (violations.some((one) => one.rule === rule && one.line === LINE)) return 'found';
    if (tried >= MOST_TRIED) break;
  }
  return tried === 0 ? 'nowhere' : 'missed';
}

function edgeTo({ packages }: ProjectGraph, from: string, to: EdgeTarget): Edge {
  const home =
    to.kind === 'file'
      ? packages.find(({ folder }) => folder !== '.' && to.path.startsWith(`${folder}/`))
      : undefined;
  const specifier =
    to.kind === 'file' ? (home === undefined ? `./${stemOf(to.path)}` : `${home.name}/planted`) : 'planted';
  return {
    from,
    to,
    kind: 'import',
    specifier,
    names: ['planted'],
    isTypeOnly: false,
    line: LINE,
    column: 1,
  };
}

function doorPlants(project: Project, sources: readonly string[]): ProjectPlant[] {
  return project.elements
    .filter(({ folder, files, doors }) => folder !== '.' && files.length > 0 && doors.length > 0)
    .flatMap((element): ProjectPlant[] => {
      const hidden = element.files.find(
        (path) => !element.doors.includes(path) && !element.wiring.includes(path) && !project.isTest(path),
      );
      const family = new Set(project.chain(element));
      const stranger = sources.find((path) => {
        const chain = project.chain(project.elementOf(path));
        return !chain.includes(element) && !family.has(project.elementOf(path)) && chain[0]?.folder !== '.';
      });
      if (hidden === undefined || stranger === undefined) return [];
      const rule =
        element.kind === 'module' &&
        project.chain(project.elementOf(stranger)).some(({ id }) => id === element.parent)
          ? 'contract-only'
          : undefined;
      const entered = rule ?? (element.kind === 'package' ? 'package-exports' : undefined);
      if (entered === undefined) return [];
      return [
        {
          rule: entered,
          says: `${stranger} imports ${hidden}, past the door of ${element.id}`,
          pairs: [[stranger, { kind: 'file', path: hidden }]],
        },
      ];
    });
}

function dependencyPlants(project: Project, sources: readonly string[]): ProjectPlant[] {
  const { sets } = project.rules;
  return project.rules.dependencies.flatMap((rule, index): ProjectPlant[] => {
    if (rule.allow === undefined && rule.deny === undefined) return [];
    const from = compileSelectors(rule.from, sets);
    const allow = rule.allow === undefined ? undefined : compileSelectors(rule.allow, sets);
    const deny = compileSelectors(rule.deny ?? [], sets);
    const fromPaths = representatives(
      project,
      sources.filter((path) => from(project.selectable(path)) !== undefined),
    );
    const toPaths = representatives(
      project,
      sources.filter((path) => {
        const target = project.selectable(path);
        return deny(target) !== undefined || (allow !== undefined && allow(target) === undefined);
      }),
    );
    return [
      {
        rule: 'dependencies',
        says: `an import that dependencies[${index}] forbids`,
        pairs: pairsOf(project, fromPaths, toPaths),
      },
    ];
  });
}

function layerPlants(project: Project, sources: readonly string[]): ProjectPlant[] {
  return project.rules.layers.map(({ name, order }) => {
    const levels = order.map((layer) => {
      const select = compileSelectors(layer, project.rules.sets);
      return representatives(
        project,
        sources.filter((path) => select(project.selectable(path)) !== undefined),
      );
    });
    const [top = [], ...below] = levels.filter((level) => level.length > 0);
    return {
      rule: 'layers',
      says: `an import of the top layer of ${name} by one below`,
      pairs: pairsOf(project, below.flat(), top),
    };
  });
}

function packagePlants(project: Project, sources: readonly string[]): ProjectPlant[] {
  return project.rules.packages.map((rule, index) => {
    const from = compileSelectors(rule.from, project.rules.sets);
    const name =
      (rule.deny ?? []).filter((one) => !one.startsWith('!')).map(exampleOf)[0] ?? 'mortar-self-test-planted';
    const to: EdgeTarget = name.startsWith('node:')
      ? { kind: 'builtin', name: name.slice(5) }
      : { kind: 'package', name, subpath: '.' };
    const pairs = sources
      .filter((path) => from(project.selectable(path)) !== undefined)
      .slice(0, 1)
      .map((path) => [path, to] as const);
    return { rule: 'packages', says: `an import of ${name}, which packages[${index}] forbids`, pairs };
  });
}

/** A name that a pattern fits. */
function exampleOf(pattern: string): string {
  const name = pattern
    .replace(/\{([^,{}]*)[^{}]*\}/g, '$1')
    .replaceAll('*', 'x')
    .replaceAll('?', 'x');
  return compileGlob(pattern).match(name) === undefined ? pattern : name;
}

/** One file of each element. */
function representatives(project: Project, paths: readonly string[]): string[] {
  return [...new Map(paths.map((path) => [project.elementOf(path).id, path])).values()];
}

function* pairsOf(
  project: Project,
  from: readonly string[],
  to: readonly string[],
): Generator<readonly [string, EdgeTarget]> {
  for (const source of from) {
    for (const path of to) {
      if (project.elementOf(source) !== project.elementOf(path)) yield [source, { kind: 'file', path }];
    }
  }
}
