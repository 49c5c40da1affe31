export { PriorityLanes } from './internal/queues/lanes.js';
