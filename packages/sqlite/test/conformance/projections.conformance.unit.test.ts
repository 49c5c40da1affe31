import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { type ProjectionSubject, projectionCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import type { DriverName } from '../../src/internal/driver/driver.js';
import { sqlite } from '../../src/store.js';
import { drivers } from '../support/drivers.js';
import { freshFile } from '../support/file.js';

async function subject(driver: DriverName): Promise<ProjectionSubject> {
  const { file, remove } = freshFile();
  const opened: OpenStore[] = [];
  const open = async (name: string): Promise<OpenStore> => {
    const store = await sqlite(name, { driver }).open({ logger: silentLogger });
    opened.push(store);
    return store;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(opened.map((store) => store.close()));
    remove();
  };
  return {
    store: await open(file),
    second: await open(file),
    neighbour: () => open(`${file}-beside`),
    dispose,
  };
}

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`projections ${title}`, () => {
    it.each(projectionCases(() => subject(name)))('$name', ({ run }) => run());
  });
}
