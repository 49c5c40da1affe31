import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { KeptFile } from './kept-file.js';

/** The folder of a cache. `variant` tells apart what is not to be mixed, such as index and work tree. */
export class CacheFolder {
  readonly #path: string;
  readonly #variant: string;
  readonly #maker: string = makerOf();

  constructor(path: string, variant: string) {
    this.#path = path;
    this.#variant = variant;
  }

  file(name: 'files' | 'changes' | 'scans' | 'graph' | 'answer'): KeptFile {
    return new KeptFile(join(this.#path, `${name}-${this.#variant}.json`), this.#maker);
  }
}

/** The version that runs; where it is being worked on, its build too, since what code is found to mean may differ with each. */
function makerOf(): string {
  const { version }: { readonly version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const build = statSync(new URL('../.tsbuildinfo', import.meta.url), { throwIfNoEntry: false });
  return build === undefined ? version : `${version}+${build.size}.${build.mtimeMs}`;
}
