export { type Binding, Container, type Root } from './container.js';
export {
  type AnyDependency,
  type DependenciesOf,
  type Dependency,
  nameOf,
  type Resolved,
  type ResolvedAll,
  type Token,
  token,
} from './token.js';
