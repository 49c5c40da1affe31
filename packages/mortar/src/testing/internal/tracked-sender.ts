import type { Sender } from '../../app.js';
import type { DispatchTerms, RequestTerms } from '../../bus/index.js';
import type { ClientOf, EventContract, PortContract } from '../../contracts/index.js';
import type { UnderWay, Way } from './under-way.js';

type AnyCall = (...args: readonly unknown[]) => Promise<unknown>;

/** The verbs of an app, each call of which is noted while it is under way. */
export function trackedSender<A extends RequestTerms, D extends DispatchTerms, P>(
  sender: Sender<A, D, P>,
  underWay: UnderWay,
): Sender<A, D, P> {
  const track = <T>(way: Way, label: string, call: () => Promise<T>): Promise<T> =>
    underWay.call(way, label, call);
  return {
    dispatch: (command, data, options) =>
      track('waiting', `dispatch of ${command?.name}`, () => sender.dispatch(command, data, options)),
    tryDispatch: (command, data, options) =>
      track('waiting', `tryDispatch of ${command?.name}`, () => sender.tryDispatch(command, data, options)),
    ask: (query, data, options) =>
      track('waiting', `ask of ${query?.name}`, () => sender.ask(query, data, options)),
    tryAsk: (query, data, options) =>
      track('waiting', `tryAsk of ${query?.name}`, () => sender.tryAsk(query, data, options)),
    // The overloads are those of the sender, to which the arguments go as they came.
    publish: ((event: EventContract, data: unknown, options: P) =>
      track('waiting', `publish of ${event?.name}`, async () =>
        sender.publish(event, data, options),
      )) as Sender<A, D, P>['publish'],
    publishAt: (event, data, at, options) =>
      track('waiting', `publishAt of ${event?.name}`, () => sender.publishAt(event, data, at, options)),
    publishAfter: (event, data, delayMs, options) =>
      track('waiting', `publishAfter of ${event?.name}`, () =>
        sender.publishAfter(event, data, delayMs, options),
      ),
    unschedule: (name) => track('waiting', `unschedule of ${name}`, () => sender.unschedule(name)),
    locate: (port) =>
      trackedClient(port, sender.locate(port), (label, call) => track('running', label, call)),
  };
}

/** A call may go to another process, or wait for who decides on permissions. */
function trackedClient<P extends PortContract>(
  port: P,
  client: ClientOf<P>,
  track: (label: string, call: () => Promise<unknown>) => Promise<unknown>,
): ClientOf<P> {
  const methods = Object.entries(client as Readonly<Record<string, AnyCall>>).map(
    ([name, call]): [string, AnyCall] => [
      name,
      (...args) => track(`a call of ${port.name}.${name}`, () => call(...args)),
    ],
  );
  // Each method is the client's own, with the same parameters and result.
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(methods))) as ClientOf<P>;
}
