import { hash } from 'node:crypto';
import type { ProjectFiles } from './project-files.js';

/** A question to the disk and its answer: whether something is there, or the hash of what was read, nothing where it could not be. */
export type Probe =
  | { readonly kind: 'exists'; readonly path: string; readonly answer: boolean }
  | {
      readonly kind: 'read';
      readonly path: string;
      readonly limitBytes: number | null;
      readonly answer: string | null;
    };

/** Writes down all that is asked of files beside their list, so that it can be asked again whether the answers still hold. */
export class ProbedFiles {
  readonly files: ProjectFiles;
  /** The hash of the paths of all files and links: as long as it stays, paths lead where they led. */
  readonly tree: string;
  readonly #probes = new Map<string, Probe>();
  #isSteady = true;

  constructor(files: ProjectFiles, tree: string = treeHash(files)) {
    this.tree = tree;
    this.files = {
      ...files,
      exists: (path) => {
        const answer = files.exists(path);
        this.#write(`exists ${path}`, { kind: 'exists', path, answer });
        return answer;
      },
      read: (path, limitBytes) => {
        const content = files.read(path, limitBytes);
        const answer = content === undefined ? null : hash('sha1', content, 'base64url');
        const limit = limitBytes ?? null;
        this.#write(`read ${limit} ${path}`, { kind: 'read', path, limitBytes: limit, answer });
        return content;
      },
    };
  }

  get probes(): readonly Probe[] {
    return [...this.#probes.values()];
  }

  /** Whether what was asked several times always had the same answer: else somebody writes while we read. */
  get isSteady(): boolean {
    return this.#isSteady;
  }

  /** Whether all answers are still what they were. What was asked already is not asked again. */
  hold(probes: readonly Probe[]): boolean {
    return probes.every((probe) => this.#answerTo(probe) === probe.answer);
  }

  #write(key: string, probe: Probe): void {
    const before = this.#probes.get(key);
    if (before !== undefined && before.answer !== probe.answer) this.#isSteady = false;
    this.#probes.set(key, probe);
  }

  #answerTo(probe: Probe): Probe['answer'] | undefined {
    const isRead = probe.kind === 'read';
    const key = isRead ? `read ${probe.limitBytes} ${probe.path}` : `exists ${probe.path}`;
    if (!this.#probes.has(key)) {
      if (isRead) this.files.read(probe.path, probe.limitBytes ?? undefined);
      else this.files.exists(probe.path);
    }
    return this.#probes.get(key)?.answer;
  }
}

function treeHash({ files, links }: ProjectFiles): string {
  const paths = files.map(({ path }) => path).join('\0');
  return hash('sha1', `${paths}\0${JSON.stringify([...links])}`, 'base64url');
}
