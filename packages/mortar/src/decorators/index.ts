export { answers, handles, type MethodDecorator, on, registerHandlers } from './decorators.js';
