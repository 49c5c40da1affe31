export { type ContractsOptions, checkContracts } from './contract-file.js';
export { settled } from './idle.js';
export { type Expected, type Like, like, type PartOf } from './like.js';
export type { GivenProjectedEvent, ProjectionStory } from './projection-story.js';
export type {
  Recorded,
  RecordedDeath,
  RecordedEvent,
  RecordedHandling,
  RecordedOutcome,
  RecordedRequest,
} from './recorded.js';
export { checkSamples, recordSample, type SamplesOptions } from './samples.js';
export {
  type ExpectedError,
  type ExpectedEvents,
  type GivenEvents,
  type Scenario,
  type ScenarioEnd,
  scenario,
} from './scenario.js';
export { type ExpectedDomainEvent, type ExpectedThrow, type Story, type StoryEnd, story } from './story.js';
export { type PortStub, type Stub, type StubAnswer, stub } from './stub.js';
export {
  type DurableTestApp,
  type IdleOptions,
  type TestApp,
  type TestAppOptions,
  testApp,
} from './test-app.js';
export { type RunOutOptions, VirtualClock } from './virtual-clock.js';
