import type { EdgeKind, Place } from '../graph/project-graph.js';

/** One name that an import or a re-export takes. */
export interface Binding {
  /** As the other file calls it; `*` for all of them. */
  readonly imported: string;
  /** As this file calls it, or hands it on; empty where it is not named. */
  readonly local: string;
  /** Whether it is marked with `type`, itself or with its whole statement. */
  readonly isMarked: boolean;
  /**
   * What is done with it where the code runs: used, only passed on by an export of this file, or nothing. Of a re-export, `exported`.
   */
  readonly usage: 'used' | 'exported' | 'unused';
}

/** An edge as one file shows it, before it is known where it leads. */
export interface ScannedEdge extends Place {
  readonly kind: EdgeKind;
  /** Undefined where it can't be told; then `text` is what stands there. */
  readonly specifier: string | undefined;
  readonly text?: string;
  /** Of a pattern: the patterns that take away from it, and the folder from which all of them count, if it is not the file's. */
  readonly glob?: { readonly except: readonly string[]; readonly base?: string };
  readonly bindings: readonly Binding[];
  /** What is taken of `*`, where every use of it tells. */
  readonly members?: readonly string[];
  /** Whether the statement as a whole is marked with `type`, or is one that never runs. */
  readonly isMarked: boolean;
}

/** Whether an export is there when the code runs. Of an alias, that is as its target. */
export type ExportKind = 'value' | 'type' | 'constEnum' | 'alias';

export interface ScannedExport {
  /** `*` for all of another file; `export=` for what is assigned to it. */
  readonly name: string;
  readonly kind: ExportKind;
  /** Of an alias: the index of the edge that it comes through, and its name over there. */
  readonly edge?: number;
  readonly imported?: string;
  /** Its name in this file, where that is another one. */
  readonly local?: string;
}

/** A name in code that may be that of a contract: `OrderPlaced`, or `contract.OrderPlaced`. */
export interface Mention extends Place {
  readonly name: string;
  /** What stands before the last dot; it may have dots itself. */
  readonly namespace?: string;
  /** Whether something in it may be meant, as of a list or a table. */
  readonly isItem?: boolean;
}

/** Another name for what may be a contract: `const placed = OrderPlaced`, `const { OrderPlaced } = contract`. */
export interface ScannedAlias extends Place {
  readonly name: string;
  readonly of: Mention;
  /** The specifier of the module that is loaded for it: then `of` is the name there, `*` for all. */
  readonly module?: string;
  /** Whether it is a property of an object: `{ placed: OrderPlaced }`. */
  readonly isProperty?: boolean;
  /** Whether it is one of what is in a list or a table. */
  readonly isItem?: boolean;
}

/** A call that may do something with contracts. */
export interface ScannedCall {
  /** `publish`, `on`, `handle` … */
  readonly verb: string;
  /** The arguments that it concerns. */
  readonly first: readonly Mention[];
  /** Names in its list of dependencies: ports that are used. */
  readonly dependencies: readonly Mention[];
  /** What stands for the contract, where it has to be told if none of its names is known to be one. */
  readonly unread?: Place & { readonly text: string };
}

/** `const OrderPlaced = event('shop.order-placed', …)`. */
export interface ScannedDefinition extends Place {
  /** What is called. */
  readonly callee: Mention;
  readonly name: string;
  readonly constant: string;
}

export interface ScanDiagnostic extends Partial<Place> {
  readonly code: string;
  readonly message: string;
}

/** What one file shows on its own. Depends on its text, its language and `ScanOptions` alone, so it can be kept by their hash. */
export interface FileScan {
  readonly lines: number;
  readonly hasJsx: boolean;
  /** Whether it has an import or export of its own: else it is a script, whose declarations are global. */
  readonly isModule: boolean;
  readonly edges: readonly ScannedEdge[];
  readonly exports: readonly ScannedExport[];
  readonly calls: readonly ScannedCall[];
  readonly definitions: readonly ScannedDefinition[];
  readonly aliases: readonly ScannedAlias[];
  /** Modules that it declares: `declare module 'x'`. */
  readonly ambientModules: readonly string[];
  readonly diagnostics: readonly ScanDiagnostic[];
}

export interface ScanOptions {
  /** Whether calls and definitions of messages are looked for. */
  readonly withMessages: boolean;
  /** Whether the compiler writes the types of decorated things into the code, which makes them values. */
  readonly withDecoratorMetadata: boolean;
}
