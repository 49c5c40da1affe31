import type { RuleId, RuleSetting } from '../config/rule-settings.js';
import type { Edge, Place } from '../graph/project-graph.js';
import type { Project } from '../model/project.js';
import type { ContractSource } from './contract/contract-source.js';
import type { Spot } from './source-text.js';

/** What a rule has found, before exceptions and the baseline are asked. */
export interface Finding extends Place {
  /** The file that it is in. */
  readonly path: string;
  /** What is meant there, of what is no import: its line and column are looked up, and those of the finding hold where it is not found. */
  readonly spot?: Spot | undefined;
  /** The module or package that breaks the rule. */
  readonly from: string;
  /** What it reaches: a module, a package, a message. */
  readonly to: string;
  /** The kind of the edge, or what is done with a message. */
  readonly kind: string;
  /** What is reached, by a name that neither moves nor edits of other lines change. The baseline knows a finding by it. */
  readonly subject: string;
  /** The path of the file that is reached, where it is one. */
  readonly target?: string | undefined;
  /** A sentence. */
  readonly message: string;
  /** What to do instead: sentences. */
  readonly route: string;
  /** Why the rule is there, where the configuration says so. */
  readonly because?: string | undefined;
  /** A circle, in order, and the fewest links to cut so that none is left. */
  readonly cycle?: Cycle | undefined;
}

/** A strongly connected part of a graph. */
export interface Cycle {
  /** All that depend on each other, sorted. */
  readonly members: readonly string[];
  /** A shortest circle through them; the first comes last again. */
  readonly circle: readonly string[];
  readonly cut: readonly CutLink[];
  /** Whether no smaller cut exists; in large parts it is only known to be a cut. */
  readonly isSmallest: boolean;
}

/** A link of a cut, with one of its places. */
export interface CutLink extends Place {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  /** How many places make the link. */
  readonly places: number;
}

/** What rules are asked with. */
export interface RuleInput {
  readonly project: Project;
  readonly setting: RuleSetting;
  /** The contracts of the modules, parsed when the first rule asks. */
  readonly contracts: () => readonly ContractSource[];
}

/** One rule. */
export interface Rule {
  readonly id: RuleId;
  /** Why it is there: sentences. */
  readonly why: string;
  check(input: RuleInput): readonly Finding[];
}

/** The place of an edge, and what it is called by. */
export function edgeFinding(edge: Edge, rest: Omit<Finding, 'path' | 'line' | 'column' | 'kind'>): Finding {
  return { path: edge.from, line: edge.line, column: edge.column, kind: edge.kind, ...rest };
}
