import { deadLetterStoreCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { deliverySubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`the dead letter store ${title}`, () => {
    it.each(deadLetterStoreCases(() => deliverySubject(name)))('$name', ({ run }) => run());
  });
}
