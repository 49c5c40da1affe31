import { createMessageBus, type EventBus, type MessageBus } from '../bus/index.js';
import { type Container, createContainer } from '../container/index.js';
import type { EnvelopeOptions, EventContract } from '../contracts/index.js';

/** What a script shares with itself: the one place in Mortar where something is kept for the whole process. */
interface DefaultApp {
  readonly bus: MessageBus;
  readonly container: Container;
}

let current: DefaultApp | undefined;

function defaultApp(): DefaultApp {
  current ??= { bus: createMessageBus(), container: createContainer({ name: 'default' }) };
  return current;
}

/** The container of the default app: empty at first. */
export function getContainer(): Container {
  return defaultApp().container;
}

/** The event bus of the default app, in memory. */
export function getEventBus(): EventBus {
  return defaultApp().bus.events;
}

/** Publishes an event on the default app's bus. Resolves when it is accepted. Throws as `enqueue` of the bus does. */
export async function publishEvent<In>(
  event: EventContract<string, unknown, In>,
  data: NoInfer<In>,
  options?: EnvelopeOptions,
): Promise<void> {
  await defaultApp().bus.events.enqueue(event, data, options);
}

/**
 * Ends the default app: lets handlers finish, and disposes of its services. Whoever asks for it afterwards gets a new one.
 * @throws MortarError `MORTAR_DISPOSAL_FAILED`
 */
export async function stopDefaultApp(): Promise<void> {
  const app = current;
  current = undefined;
  await app?.bus.stop();
  await app?.container.dispose();
}
