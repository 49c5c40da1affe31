import { appProjectionCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`projections of apps ${title}`, () => {
    it.each(appProjectionCases(() => sourcingSubject(name)))('$name', ({ run }) => run(), 60_000);
  });
}
