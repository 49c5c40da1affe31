import { z } from 'zod';
import type { AppOptions } from '../../src/app.js';
import type { Store } from '../../src/delivery/index.js';
import {
  type App,
  command,
  createApp,
  type DurableApp,
  defineModule,
  event,
  type Module,
  query,
} from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';

export const WriteEntry = command('journal.write-entry', {
  data: z.object({ text: z.string().min(1), lang: z.string().default('en') }),
  result: z.object({ entryId: z.string(), length: z.number() }),
});
export const EntryWritten = event('journal.entry-written', {
  data: z.object({ text: z.string() }),
  key: (data) => data.text,
});
export const FindEntries = query('journal.find-entries', {
  data: z.object({ prefix: z.string() }),
  result: z.array(z.string()),
});
export const MailSent = event('mail.mail-sent', { data: z.object({ to: z.string() }) });

/** Where the entries are. */
export class Entries {
  readonly texts: string[] = [];
}

/** A module that writes entries, and tells of each. The text `fail` fails after it was told of. */
export const journal: Module<'journal'> = defineModule('journal', (module) => {
  module.singleton(Entries);
  module.handle(WriteEntry, [Entries], async ({ data, publish }, entries) => {
    await publish(EntryWritten, { text: data.text });
    if (data.text === 'fail') throw new Error('the pen broke');
    entries.texts.push(data.text);
    return { entryId: `${entries.texts.length}`, length: data.text.length };
  });
  module.answer(FindEntries, [Entries], ({ data }, entries) =>
    entries.texts.filter((text) => text.startsWith(data.prefix)),
  );
});

/** A module that hears of each entry. */
export function listener(hear: (text: string) => unknown, name = 'mail'): Module {
  return defineModule(name, (module) => {
    module.on(EntryWritten, async ({ data }) => {
      await hear(data.text);
    });
  });
}

/** An app that says nothing. */
export function quietApp(modules: readonly Module[], options: Partial<AppOptions> = {}): Promise<App> {
  return createApp({ logger: silentLogger, ...options, modules });
}

/** The same, started. */
export function startedApp(
  modules: readonly Module[],
  options: Partial<AppOptions> & { readonly store: Store },
): Promise<DurableApp>;
export function startedApp(modules: readonly Module[], options?: Partial<AppOptions>): Promise<App>;
export async function startedApp(modules: readonly Module[], options?: Partial<AppOptions>): Promise<App> {
  const app = await quietApp(modules, options);
  await app.start();
  return app;
}
