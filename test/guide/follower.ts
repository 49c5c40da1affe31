import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import process from 'node:process';
import { expect } from 'vitest';
import { type Commands, isShown, type Step, type Walker } from './walkthrough.js';

/** What pages write for ports of their programs: 3000, 3001. Here each is one that is free. */
const PORT = /\b300(?<no>[01])\b/g;

/** Follows the steps of pages, and compares what they show with what is printed. */
export class Follower {
  readonly #walker: Walker;
  readonly #databaseUrl: string | undefined;
  readonly #hasCurl = spawnSync('curl', ['--version']).status === 0;

  /** @param databaseUrl of PostgreSQL; without one, what needs it is left out */
  constructor(walker: Walker, databaseUrl: string | undefined) {
    this.#walker = walker;
    this.#databaseUrl = databaseUrl;
  }

  async follow(page: string, steps: readonly Step[]): Promise<void> {
    const ports = [await freePort(), await freePort()];
    let printed: string | undefined = '';
    for (const step of steps) {
      const place = `${page}:${step.line}`;
      if (step.kind === 'file') this.#walker.write(step.path, step.text);
      else if (step.kind === 'commands') printed = await this.#run(step, place, ports);
      else if (printed !== undefined)
        expect(isShown(step.text, printed), `${place} shows:\n${step.text}\nGot:\n${printed}`).toBe(true);
    }
  }

  /** Answers with what they print; with nothing where they were left out. */
  async #run(step: Commands, place: string, ports: readonly number[]): Promise<string | undefined> {
    const missing = this.#missingFor(step);
    if (missing !== undefined) {
      process.stdout.write(`${place} is left out, since there is no ${missing}\n`);
      return undefined;
    }
    const text = step.text.replace(PORT, (_, no) => String(ports[Number(no)]));
    const { exitCode, stdout, stderr } = await this.#walker.run(text, this.#envOf(step));
    expect(exitCode, `${place}\n${stdout}\n${stderr}`).toBe(step.exitCode);
    return stdout;
  }

  #missingFor({ text, needsServer }: Commands): string | undefined {
    if (needsServer && this.#databaseUrl === undefined) return 'server of PostgreSQL';
    return text.includes('curl ') && !this.#hasCurl ? 'curl' : undefined;
  }

  /** The driver of SQLite comes as it was built here. Packing needs the scripts of the packages. */
  #envOf({ text, needsServer }: Commands): NodeJS.ProcessEnv {
    return {
      ...(text.includes('npm pack') ? {} : { npm_config_ignore_scripts: 'true' }),
      ...(needsServer ? { DATABASE_URL: this.#databaseUrl } : {}),
    };
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
