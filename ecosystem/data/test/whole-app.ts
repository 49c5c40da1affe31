import type { DurableApp } from 'mortar';
import type { DurableTestApp } from 'mortar/testing';

/** An app for a test, with its read models. */
export type WholeApp = DurableTestApp & Pick<DurableApp, 'readModel' | 'caughtUp'>;

/** The same app; over a store, it has read models, of which its type says nothing. */
export function wholeApp(app: DurableTestApp | undefined): WholeApp {
  if (app === undefined || !hasReadModels(app)) throw new TypeError('The app is not there, or has no store.');
  return app;
}

function hasReadModels(app: DurableTestApp): app is WholeApp {
  return 'readModel' in app && 'caughtUp' in app;
}
