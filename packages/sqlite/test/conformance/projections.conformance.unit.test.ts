import { silentLogger } from 'mortar/logging';
import { type ProjectionSubject, projectionCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import type { DriverName } from '../../src/internal/driver/driver.js';
import { sqlite } from '../../src/store.js';
import { drivers } from '../support/drivers.js';
import { freshFile } from '../support/file.js';

async function subject(driver: DriverName): Promise<ProjectionSubject> {
  const { file, remove } = freshFile();
  const store = await sqlite(file, { driver }).open({ logger: silentLogger });
  const second = await sqlite(file, { driver }).open({ logger: silentLogger });
  const dispose = async (): Promise<void> => {
    await Promise.all([store.close(), second.close()]);
    remove();
  };
  return { store, second, dispose };
}

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`projections ${title}`, () => {
    it.each(projectionCases(() => subject(name)))('$name', ({ run }) => run());
  });
}
