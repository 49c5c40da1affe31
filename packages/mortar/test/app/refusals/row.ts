import { z } from 'zod';
import { command, event, port, query } from '../../../src/contracts/index.js';
import type { ErrorCode } from '../../../src/errors/index.js';
import { type App, createApp, defineModule, type Module } from '../../../src/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import type { ModuleBuilder } from '../../../src/modules/index.js';

/** One bad input: what it is, and how it must be answered. */
export interface Row {
  readonly name: string;
  readonly code: ErrorCode;
  /** What the message must contain: whose it is, and what was wrong. */
  readonly says: readonly string[];
  /** Gives the input; throws or rejects with the answer. `app` is a started one, which must not suffer. */
  readonly run: (app: App) => unknown;
}

const text = z.object({ text: z.string() });

export const Echo = command('desk.echo', { data: text, result: text });
export const Recall = query('desk.recall', { data: z.object({}), result: z.number() });
export const Noted = event('desk.noted', { data: text });
export const Bell = port('desk.bell', {
  ring: { data: z.object({ times: z.number() }), result: z.number() },
  guarded: { data: z.object({}), permission: 'bell.guard' },
});
export const Foreign = command('attic.open', { data: z.object({}) });
export const ForeignPort = port('attic.door', { open: { data: z.object({}) } });

/** A builder without types, as a program in JavaScript has it. */
export type Untyped = Record<keyof ModuleBuilder<'desk'>, (...args: readonly unknown[]) => unknown>;

export const ignore = (): undefined => undefined;

/** Defines the module desk, without types. */
export function desk(register: (module: Untyped) => unknown, name = 'desk'): Module {
  return defineModule(name, register as unknown as (module: ModuleBuilder<string>) => void);
}

/** Makes an app of options without types. */
export function make(options: Readonly<Record<string, unknown>>): Promise<App> {
  return createApp({ logger: silentLogger, env: {}, modules: [], ...options });
}

/** What all rows are given: an app at work. */
export async function startedDesk(heard: string[]): Promise<App> {
  const module = defineModule('desk', (builder) => {
    builder.handle(Echo, ({ data }) => data);
    builder.answer(Recall, () => heard.length);
    builder.on(Noted, ({ data }) => void heard.push(data.text));
    builder.implement(Bell, [], { ring: ({ data }) => data.times, guarded: ignore });
  });
  const app = await make({ modules: [module], authorize: () => false });
  await app.start();
  return app;
}

/** Calls a method as a caller without types would. */
export function call(target: object, method: string, ...given: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, given);
}
