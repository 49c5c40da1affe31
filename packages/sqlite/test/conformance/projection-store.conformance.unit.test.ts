import { projectionStoreCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { deliverySubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`the store of projections ${title}`, () => {
    it.each(projectionStoreCases(() => deliverySubject(name)))('$name', ({ run }) => run());
  });
}
