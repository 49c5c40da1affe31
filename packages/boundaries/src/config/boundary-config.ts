/** What a broken rule does: `error` fails a check, `warn` is told, `off` is not looked at. */
export type Severity = 'error' | 'warn' | 'off';

/** Modules by folder patterns. */
export interface ModulePattern {
  /** Globs of folders, or of single files where they end in an extension. What matches with the same name is one module. */
  readonly paths: readonly string[];
  /** `{1}`, `{2}` … stand for what the `*`s of a path matched. Without, the last `*`, or else the folder's own name. */
  readonly name?: string | undefined;
  /** Globs, from the folder, of what others may import. */
  readonly contract?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Puts tags on modules and packages. */
export interface TagRule {
  readonly select: readonly string[];
  readonly tags: readonly string[];
}

/** Who may depend on whom, by selectors. */
export interface DependencyRule {
  readonly from: readonly string[];
  /** Nothing else of the project may be imported. */
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  /** Each module that `from` selects depends on each of these; npm packages count. */
  readonly require?: readonly string[] | undefined;
  /** Whether imports of types alone count; they do unless said. */
  readonly types?: boolean | undefined;
  readonly because?: string | undefined;
  /** What to do instead, in words. */
  readonly instead?: string | undefined;
}

/** Modules in layers, the highest first: each may depend on its own layer and those below. */
export interface LayerRule {
  readonly name: string;
  readonly order: readonly (readonly string[])[];
  /** Whether modules of one layer may depend on each other; they may unless said. */
  readonly sameLayer?: boolean | undefined;
  readonly because?: string | undefined;
}

/** Which npm packages and modules of the runtime (`node:fs`) may be imported, by selectors. */
export interface PackageRule {
  readonly from: readonly string[];
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
  readonly types?: boolean | undefined;
  readonly because?: string | undefined;
  readonly instead?: string | undefined;
}

/** A violation that is right as it is. One that covers nothing is a violation itself. */
export interface Exception {
  readonly rule: string;
  /** Selectors of what violates; all where there are none. */
  readonly from?: readonly string[] | undefined;
  readonly to?: readonly string[] | undefined;
  readonly reason: string;
  readonly owner?: string | undefined;
  /** `2027-01-31`: from the day after on it covers nothing. */
  readonly expires?: string | undefined;
}

/** Folder names of the hexagonal layers inside a module. */
export interface HexagonalFolders {
  readonly domain: readonly string[];
  readonly application: readonly string[];
  readonly infrastructure: readonly string[];
  readonly api: readonly string[];
}

/** A layer inside a module. */
export type HexagonalLayer = keyof HexagonalFolders;

/** The layers, from the inside out. */
export const HEXAGONAL_LAYERS: readonly HexagonalLayer[] = ['domain', 'application', 'infrastructure', 'api'];

/** mortar.config.json as it is read, before the settings of the rules. */
export interface BoundaryConfig {
  /** Globs of files that are neither judged nor drawn. */
  readonly exclude: readonly string[];
  /** Globs of test files, from which most rules look away. Those of the defaults are not all: see `testFiles`. */
  readonly tests: readonly string[];
  /** Whether Mortar modules are found by their contract.ts and module.ts. */
  readonly discover: boolean;
  /** File names, without extension, that are the contract of a module that was found. */
  readonly contracts: readonly string[];
  readonly modules: readonly ModulePattern[];
  readonly tags: readonly TagRule[];
  /** Named lists of selectors, used as `set:<name>`. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  readonly layers: readonly LayerRule[];
  readonly dependencies: readonly DependencyRule[];
  readonly packages: readonly PackageRule[];
  readonly hexagonal: HexagonalFolders;
  readonly exceptions: readonly Exception[];
  /** Path of the baseline, from the root. */
  readonly baseline: string;
}
