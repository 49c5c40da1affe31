export {
  type RepositoryCase,
  type RepositoryFeature,
  type RepositoryFeatures,
  type RepositorySubject,
  repositoryCases,
  type Specimen,
} from './repository.js';
