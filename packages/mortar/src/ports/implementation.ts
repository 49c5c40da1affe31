import type { PortCallContext, PortMethodHandler } from '../bus/index.js';
import type { PortContract, PortMethod } from '../contracts/index.js';

/** The data that an implementation of a method gets: the data schema's output. */
export type PortDataOf<M extends PortMethod> = M extends PortMethod<infer Out> ? Out : never;

/** What an implementation of a method returns: the result schema's input. */
export type PortReturnOf<M extends PortMethod> =
  M extends PortMethod<infer _Out, infer _In, infer _Result, infer ResultIn> ? ResultIn : never;

/** The context in which a method of a port runs. `Owner` is the module that implements it. */
export type PortContext<M extends PortMethod = PortMethod, Owner extends string = string> = PortCallContext<
  PortDataOf<M>,
  Owner
>;

/** A function for each method of a port. */
export type PortImplementation<P extends PortContract = PortContract, Owner extends string = string> = {
  readonly [K in keyof P['methods']]: PortMethodHandler<P['methods'][K], Owner>;
};
