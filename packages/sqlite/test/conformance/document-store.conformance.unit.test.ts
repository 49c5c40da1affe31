import { documentStoreCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { documentSubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`the document store ${title}`, () => {
    it.each(documentStoreCases(() => documentSubject(name)))('$name', ({ run }) => run());
  });
}
