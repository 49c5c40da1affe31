import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { DriverName } from '../../src/internal/driver/driver.js';

/** A driver to be tested; its title says why it is left out, if it is. */
export interface DriverUnderTest {
  readonly name: DriverName;
  readonly title: string;
  readonly isMissing: boolean;
}

/** Both drivers. What this machine does not have is left out, visibly. */
export const drivers: readonly DriverUnderTest[] = await Promise.all(
  (['better-sqlite3', 'node:sqlite'] as const).map(async (name) => {
    try {
      await chooseDriver(name);
      return { name, title: `over ${name}`, isMissing: false };
    } catch (error) {
      const reason = error instanceof Error && 'got' in error ? error.got : error;
      return { name, title: `over ${name}: left out, since ${reason}`, isMissing: true };
    }
  }),
);
