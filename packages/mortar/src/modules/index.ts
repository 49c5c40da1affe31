export {
  type Canvas,
  canvasOf,
  type MessageCanvas,
  type ModuleCanvas,
  type PortCanvas,
  type Relation,
  type RequestCanvas,
  type ServiceCanvas,
  type SubscriptionCanvas,
} from './canvas.js';
export { canvasMarkdown } from './canvas-markdown.js';
export { type UnpublishedEvent, unpublishedEvents } from './internal/graph/unpublished-events.js';
export { splitOptions } from './internal/subscribe-options.js';
export {
  type DeclaredSends,
  defineModule,
  type Module,
  type ModuleHandler,
  type ModuleHandlerOptions,
  type ModuleHealthCheck,
  type ModuleHealthOptions,
  type ModuleHook,
  type ModuleImplementation,
  type ModulePortUse,
  type ModuleSettings,
  type ModuleSubscription,
} from './module.js';
export type {
  Exposed,
  HealthContext,
  ModuleBuilder,
  PortMethodsWith,
  ServiceBuilder,
  StartContext,
  StopContext,
} from './module-builder.js';
export { CurrentMessage, containerOf, type ModuleSurroundings, overriddenBy } from './module-container.js';
export {
  type GraphSurroundings,
  moduleFaults,
  portsUsedBy,
  rootsOf,
  type StartOrder,
  startOrderOf,
} from './module-graph.js';
export { type Override, override } from './override.js';
export type { ModuleProjection } from './projection-list.js';
export type { ModuleSchedule, ScheduleTimes } from './schedule.js';
export { type SettingDescription, variablesOf } from './setting-list.js';
export type {
  LogSubscribeOptions,
  ModuleBatchOptions,
  ModuleSubscribeOptions,
} from './subscribe-options.js';
