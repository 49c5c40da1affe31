import { snapshotStoreCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { snapshotSubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`the snapshot store ${title}`, () => {
    it.each(snapshotStoreCases(() => snapshotSubject(name)))('$name', ({ run }) => run());
  });
}
