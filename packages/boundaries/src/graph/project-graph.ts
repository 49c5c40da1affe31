/**
 * How one file names another. `import` to `importEquals` bind names; those from `typeImport` on are no module syntax of the
 * file itself.
 */
export type EdgeKind =
  | 'import'
  | 'sideEffectImport'
  | 'reexport'
  | 'importEquals'
  | 'dynamicImport'
  | 'require'
  | 'requireResolve'
  | 'typeImport'
  | 'jsdocImport'
  | 'referencePath'
  | 'referenceTypes'
  | 'url'
  | 'worker'
  /** Another process: `fork` of `node:child_process`. */
  | 'fork'
  | 'metaResolve'
  | 'metaGlob'
  | 'mock'
  | 'moduleDeclaration';

/** Where an edge leads. Paths are from the root of the project, with `/`. */
export type EdgeTarget =
  | { readonly kind: 'file'; readonly path: string }
  /** A package that is not of the project, by its name. */
  | { readonly kind: 'package'; readonly name: string; readonly subpath: string }
  /** A module of the runtime, without `node:`. */
  | { readonly kind: 'builtin'; readonly name: string }
  /** A file of the project that is no code. */
  | { readonly kind: 'asset'; readonly path: string }
  /** It could not be resolved; `reason` is a sentence. `package` is the one of the workspace or of npm that it names, if it does. */
  | { readonly kind: 'unresolved'; readonly reason: string; readonly package?: string }
  /** What is imported is only known when the code runs; `text` is its source, shortened. */
  | { readonly kind: 'unanalysable'; readonly text: string };

/** A place in a file; both count from 1, columns in UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One file that names another. */
export interface Edge extends Place {
  /** Path of the file that the edge is in. */
  readonly from: string;
  readonly kind: EdgeKind;
  /** As it is written, without quotes. */
  readonly specifier: string;
  readonly to: EdgeTarget;
  /** The exported names that are taken, as the other file calls them: `default`; `*` for all of them, or what can't be told. */
  readonly names: readonly string[];
  /**
   * Whether it is gone when the code runs: marked as a type, or elided by the compiler, since all that it binds is used as a type
   * or not at all. Such an edge is in the design graph and not in the runtime graph.
   */
  readonly isTypeOnly: boolean;
}

/** An event says what was, a command and a query ask something of one handler, and a port of whoever implements it. */
export type MessageKind = 'event' | 'command' | 'query' | 'port';

/** Where a contract is defined. */
export interface MessageDefinition extends Place {
  readonly kind: MessageKind;
  /** `orders.order-placed`. */
  readonly name: string;
  readonly path: string;
  /** The name of its constant. */
  readonly constant: string;
}

/** What code does with a contract: its owner's side is `publish` of an event, and `handle`, `answer`, `implement` of the others. */
export type MessageRole =
  /** Only of what has a name that can't be told; else it is a `MessageDefinition`. */
  'define' | 'publish' | 'subscribe' | 'dispatch' | 'handle' | 'ask' | 'answer' | 'use' | 'implement';

/** A place that does something with a contract. */
export interface MessageUse extends Place {
  readonly role: MessageRole;
  readonly kind: MessageKind;
  /** Of the contract, where its definition was found; else nothing. */
  readonly name: string | undefined;
  /** The path of the file that the contract is defined in, likewise. */
  readonly definedIn: string | undefined;
  /** What stands in its place, shortened, where only running the code tells which contract it is. */
  readonly text?: string;
  readonly path: string;
}

/** A file that was read. */
export interface SourceFile {
  readonly path: string;
  /** The workspace package that it is of: the name in its package.json, or its folder where it has none. */
  readonly package: string;
  /** Number of lines. */
  readonly lines: number;
  /** What it exports by name; `*` where it passes on all of another. */
  readonly exports: readonly string[];
}

/** A workspace package. */
export interface WorkspacePackage {
  readonly name: string;
  /** From the root; `.` for the root itself. */
  readonly folder: string;
  readonly dependencies: Readonly<
    Record<string, 'dependencies' | 'devDependencies' | 'peerDependencies' | 'optionalDependencies'>
  >;
  /** Whether its package.json has `exports`: without, Node lets anybody import any of its files by name. */
  readonly hasExports: boolean;
  /** Paths of the files that its `exports` lead to, or its `main`, as sources. */
  readonly entries: readonly string[];
  /** What stands after the package's name to import each of them; empty for the name alone. A graph made by hand may lack it. */
  readonly subpaths?: Readonly<Record<string, string>>;
}

/** What could not be read or understood. Never silent: a graph with such is not complete. */
export interface Diagnostic extends Partial<Place> {
  /** Such as `file-unreadable`, `syntax`, `tsconfig-cycle`, `outside-root`. */
  readonly code: string;
  readonly path: string;
  /** A sentence. */
  readonly message: string;
}

/** All that was read of a project. The same whatever the number of workers: everything is sorted by path, then place. */
export interface ProjectGraph {
  /** Absolute, with symbolic links resolved. */
  readonly root: string;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly packages: readonly WorkspacePackage[];
  readonly edges: readonly Edge[];
  readonly definitions: readonly MessageDefinition[];
  readonly uses: readonly MessageUse[];
  readonly diagnostics: readonly Diagnostic[];
  /** The text of a file of the project as it was read, from the folder or the index of git; nothing where there is none. A graph made by hand may lack it. */
  readonly readText?: (path: string) => string | undefined;
}
