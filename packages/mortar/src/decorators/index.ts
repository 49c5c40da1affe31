export { answers, handles, type MethodDecorator, on } from './decorators.js';
export { registerClass, registerHandlers } from './registration.js';
