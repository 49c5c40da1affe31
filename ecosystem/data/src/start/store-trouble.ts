import { MortarError } from 'mortar';
import { type LogFields, type Logger, silentLogger } from 'mortar/logging';

/** What does not go away while the program waits for it. */
const LASTING = /MORTAR_STORE_(FULL|CORRUPT): .*? Expected (.*); got (.*)\./s;

/** Hears from a logger that the store fails for good: deliveries go on trying, and say so there alone. */
export class StoreTrouble {
  readonly #failure = new AbortController();
  readonly logger: Logger;

  constructor() {
    const hear = (fields: LogFields | string) => this.#hear(fields);
    this.logger = { ...silentLogger, warn: hear, error: hear, child: () => this.logger };
  }

  /** What the work comes to. @throws MortarError as soon as the store has failed, whatever becomes of the work then */
  async orFailure<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#failure;
    let fail = (): void => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = () => reject(signal.reason);
      signal.addEventListener('abort', fail);
      if (signal.aborted) fail();
    });
    try {
      return await Promise.race([work, failed]);
    } finally {
      signal.removeEventListener('abort', fail);
      work.catch(() => undefined);
    }
  }

  #hear(fields: LogFields | string): void {
    // Some lines have the text of an error alone.
    const text = String(typeof fields === 'string' ? fields : fields['error']);
    const [, kind, expected = '', got = ''] = LASTING.exec(text) ?? [];
    if (kind === undefined) return;
    const code = kind === 'FULL' ? 'MORTAR_STORE_FULL' : 'MORTAR_STORE_CORRUPT';
    this.#failure.abort(new MortarError(code, { rule: 'A store keeps what it is given.', expected, got }));
  }
}
