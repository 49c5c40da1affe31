export { getContainer, getEventBus, publishEvent, stopDefaultApp } from './default-app.js';
