import { eventStoreCases } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { unitSubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`the event store ${title}`, () => {
    it.each(eventStoreCases(async () => ({ ...(await unitSubject(name)), raceRounds: 1_000 })))(
      '$name',
      ({ run }) => run(),
    );
  });
}
