import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';

const TARBALL = '.tar';

/** A registry for npm of what is installed in a folder, so that a test depends on no network. Each package has one version, as it lies there. */
export class Registry {
  readonly #modules: string;
  readonly #server: Server;

  /** @param modules a `node_modules` folder */
  constructor(modules: string) {
    this.#modules = modules;
    this.#server = createServer(({ url = '/' }, response) => this.#answer(decodeURIComponent(url), response));
  }

  /** Answers with the address. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this.#address;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #address(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The registry is not open.');
    return `http://127.0.0.1:${address.port}/`;
  }

  #answer(url: string, response: ServerResponse): void {
    const name = url.slice(1).replace(TARBALL, '');
    const manifest = join(this.#modules, name, 'package.json');
    if (!existsSync(manifest)) response.writeHead(404).end('{}');
    else if (url.endsWith(TARBALL)) this.#sendTarball(name, response);
    else {
      const content = JSON.parse(readFileSync(manifest, 'utf8'));
      const version = { ...content, dist: { tarball: `${this.#address}${name}${TARBALL}` } };
      const versions = { [content.version]: version };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ name, 'dist-tags': { latest: content.version }, versions }));
    }
  }

  /** npm takes whatever the topmost folder of a tarball is called. */
  #sendTarball(name: string, response: ServerResponse): void {
    const folder = join(this.#modules, name);
    const base = name.slice(name.indexOf('/') + 1);
    // What a compiler leaves is hard links of what it has made, and npm unpacks no links.
    const without = [`--exclude=${base}/node_modules`, '--exclude=obj.target'];
    const tar = spawn('tar', ['-cf', '-', ...without, '-C', dirname(folder), base]);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    tar.stdout.pipe(response);
  }
}
