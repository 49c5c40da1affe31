export type { Binding, How, Lifetime, Root } from './binding.js';
export {
  type BindClass,
  type Container,
  type ContainerOptions,
  createContainer,
  type FactoryLifetime,
  type FactoryOptions,
  type Prepared,
} from './container.js';
export type { Resolver, Scope, ScopeLeak } from './scope.js';
export type { ContainerStats, ServiceStats } from './stats.js';
export {
  type AnyDependency,
  all,
  type DependenciesOf,
  type Dependency,
  isDependency,
  type Key,
  lazy,
  type Marked,
  nameOf,
  optional,
  type Resolved,
  type ResolvedAll,
  type Token,
  token,
} from './token.js';
