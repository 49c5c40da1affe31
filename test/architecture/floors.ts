/** An area of the kernel, and the areas it may use. */
export type Uses = Readonly<Record<string, readonly string[]>>;

const contracts = ['errors', 'contracts'];
const reporting = [...contracts, 'logging', 'resilience', 'telemetry'];
const storing = [...reporting, 'event-store', 'security', 'read-models', 'unit-of-work'];
const delivering = [
  ...storing,
  'config',
  'bus',
  'container',
  'compliance',
  'delivery',
  'sourcing',
  'ports',
  'patterns',
];
const modular = [...delivering, 'memory', 'projections', 'sagas', 'modules'];

/**
 * The floors of the kernel, from the ground up, and what each area may import. Arrows run one way: an area uses
 * floors below its own, or on its own where the list says so, never in a circle. A new area gets a line here.
 */
export const floors: readonly Uses[] = [
  { errors: [] },
  { contracts: ['errors'], config: contracts, logging: contracts, resilience: contracts },
  {
    telemetry: [...contracts, 'logging'],
    'event-store': [...contracts, 'telemetry'],
    security: [...contracts, 'logging', 'telemetry'],
  },
  {
    bus: [...reporting, 'event-store', 'read-models', 'unit-of-work', 'sourcing'],
    container: [...contracts, 'telemetry'],
    'read-models': [...contracts, 'telemetry', 'event-store'],
    'unit-of-work': [...contracts, 'telemetry', 'event-store', 'read-models', 'security'],
    sourcing: [...reporting, 'event-store'],
    compliance: [...contracts, 'telemetry', 'event-store', 'security'],
  },
  {
    delivery: [...storing, 'bus'],
    ports: [...reporting, 'bus'],
    patterns: [...contracts, 'resilience', 'bus'],
    memory: [...storing, 'bus', 'delivery'],
  },
  {
    projections: delivering,
    sagas: delivering,
  },
  {
    modules: [...delivering, 'projections', 'sagas'],
    decorators: [...contracts, 'bus', 'modules'],
  },
  { app: modular },
  { testing: [...modular, 'app'], global: [...modular, 'app'] },
  // What `import 'mortar'` gives: the entry names the public symbols of the areas.
  { index: [...modular, 'app'] },
];
