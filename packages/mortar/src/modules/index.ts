export {
  defineModule,
  type Module,
  type ModuleBuilder,
  type ModuleHandler,
  type ModuleSubscribeOptions,
  type ModuleSubscription,
} from './module.js';
