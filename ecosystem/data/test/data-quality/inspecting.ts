import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assessment, Rule } from '../../dist/data-quality/contract/report.js';
import type { Source } from '../../dist/data-quality/contract/source.js';
import { Engine } from '../../dist/data-quality/infrastructure/engine.js';
import { FileInspector } from '../../dist/data-quality/infrastructure/file-inspector.js';

/** An inspector over a folder of its own. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'mortar-quality-'));
  readonly #engine = new Engine(join(this.folder, 'scratch'));
  readonly inspector = new FileInspector(this.#engine, join(this.folder, 'tables'));
  readonly #signal = new AbortController().signal;

  /** Writes a file; answers with its path. */
  write(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  look(path: string): Promise<Source | string> {
    return this.inspector.look(path, this.#signal);
  }

  /** The report of a file, or why there is none. */
  async assess(path: string, rules: readonly Rule[] = []): Promise<Assessment | string> {
    const source = await this.look(path);
    if (typeof source === 'string') return source;
    const outcome = await this.inspector.assess(source, rules, '2026-06-30', this.#signal);
    return outcome.kind === 'refused' ? outcome.reason : outcome.assessment;
  }

  /** The report of a file that has one. */
  async report(name: string, content: string | Buffer, rules: readonly Rule[] = []): Promise<Assessment> {
    const report = await this.assess(this.write(name, content), rules);
    if (typeof report === 'string') throw new TypeError(report);
    return report;
  }

  close(): void {
    this.#engine[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a report holds against a data set: broken of checked, by expectation. */
export function brokenIn({ findings }: Assessment): Record<string, string> {
  return Object.fromEntries(
    findings
      .filter(({ broken }) => broken > 0)
      .map(({ expectation, broken, checked }) => [expectation, `${broken}/${checked}`]),
  );
}
