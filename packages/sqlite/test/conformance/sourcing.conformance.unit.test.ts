import { sourcingCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`sourcing ${title}`, () => {
    it.each(sourcingCases(() => sourcingSubject(name)))('$name', ({ run }) => run());
  });
}
