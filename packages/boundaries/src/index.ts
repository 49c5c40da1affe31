export { type Baseline, type BaselineEntry, baselineFrom } from './baseline/baseline.js';
export { parseBaseline, readBaseline, writeBaseline } from './baseline/baseline-file.js';
export { type NewEntries, updatedBaseline } from './baseline/matching.js';
export { type StillThere, stillThereIn } from './baseline/still-there.js';
export type {
  BoundaryConfig,
  DependencyRule,
  Exception,
  HexagonalFolders,
  HexagonalLayer,
  LayerRule,
  ModulePattern,
  PackageRule,
  Severity,
  TagRule,
} from './config/boundary-config.js';
export { configSchema } from './config/config-shape.js';
export { type BoundaryRules, CONFIG_FILE, loadRules, parseRules, rulesFrom } from './config/load-rules.js';
export {
  type RuleDescription,
  type RuleId,
  type RuleSetting,
  type RuleSettings,
  ruleDescriptions,
  ruleIds,
} from './config/rule-settings.js';
export type { JsonSchema } from './config/shape.js';
export { type DrawingFormat, drawGraph, drawingFormats } from './drawing/draw-graph.js';
export {
  type Picture,
  type PicturedFileLink,
  type PicturedLink,
  type PicturedModule,
  pictureOf,
} from './drawing/picture.js';
export { stronglyConnected } from './graph/components.js';
export { type Cut, smallestCut, type WeightedLink } from './graph/cut.js';
export { findPath, type PathStep, runtimeEdges } from './graph/paths.js';
export type {
  Diagnostic,
  Edge,
  EdgeKind,
  EdgeTarget,
  MessageDefinition,
  MessageKind,
  MessageRole,
  MessageUse,
  Place,
  ProjectGraph,
  SourceFile,
  WorkspacePackage,
} from './graph/project-graph.js';
export { readProject } from './graph/read-project.js';
export type { ReadProjectOptions } from './graph/reading.js';
export { type Element, shortName } from './model/element.js';
export { findElement, findFile } from './model/find.js';
export {
  type Link,
  type LinkKind,
  linksOf,
  type MessageLink,
  messageLinks,
  ownerOf,
} from './model/messages.js';
export {
  createProject,
  exportedName,
  type InnerEdge,
  type LayerPlace,
  type Project,
} from './model/project.js';
export type { Selectable } from './model/selector.js';
export { format, type ReportFormat, type ReportOptions, reportFormats } from './report/format.js';
export { whyOf } from './rules/catalogue.js';
export { type CheckOptions, checkProject } from './rules/check-project.js';
export { isNamedByRules } from './rules/direction/domain-packages.js';
export type { CutLink, Cycle, Finding } from './rules/rule.js';
export type { CheckResult, Frame, ModuleSummary, Violation } from './rules/violation.js';
export { type RewrittenImport, type WhatIf, whatIfMove } from './rules/what-if.js';
export type { ScanProgress } from './scanning/scan-files.js';
export { type SelfTestResult, selfTest } from './self-test/self-test.js';
