import { join } from 'node:path';
import { KeptFile } from './kept-file.js';
import { type Maker, makerOf } from './maker.js';

/** The folder of a cache. `variant` tells apart what is not to be mixed, such as index and work tree. */
export class CacheFolder {
  readonly #path: string;
  readonly #variant: string;
  readonly #maker: Maker = makerOf();

  constructor(path: string, variant: string) {
    this.#path = path;
    this.#variant = variant;
  }

  file(name: 'files' | 'changes' | 'scans' | 'graph' | 'answer'): KeptFile {
    return new KeptFile(join(this.#path, `${name}-${this.#variant}.json`), this.#maker);
  }
}
