const text = { type: 'string' };
const index = { type: 'integer', minimum: 0 };
const count = { type: 'integer', minimum: 1 };

function object(properties: object, required: readonly string[] = []): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const message = object({ text, markdown: text, id: text, arguments: { type: 'array', items: text } }, [
  'text',
]);
const multiformat = object({ text, markdown: text }, ['text']);
const unique = (items: object): object => ({ type: 'array', items, uniqueItems: true });
const artifactLocation = object({
  // RFC 3986: a relative reference, so no colon in its first segment, and nothing that would need to be escaped.
  uri: { type: 'string', pattern: "^(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+$" },
  uriBaseId: text,
  index,
  description: message,
});
const region = {
  anyOf: [{ required: ['startLine'] }],
  ...object({
    startLine: count,
    startColumn: count,
    endLine: count,
    endColumn: count,
    snippet: object({ text }),
    message,
    sourceLanguage: text,
  }),
};
const physicalLocation = object({ artifactLocation, region, contextRegion: region }, ['artifactLocation']);
const location = object({ id: index, physicalLocation, logicalLocations: {}, message });
const suppression = object(
  {
    kind: { enum: ['inSource', 'external'] },
    status: { enum: ['accepted', 'underReview', 'rejected'] },
    justification: text,
  },
  ['kind'],
);
const descriptor = object(
  {
    id: text,
    name: text,
    shortDescription: multiformat,
    fullDescription: multiformat,
    help: multiformat,
    helpUri: text,
  },
  ['id'],
);
const result = object(
  {
    ruleId: text,
    ruleIndex: index,
    level: { enum: ['none', 'note', 'warning', 'error'] },
    message,
    locations: { type: 'array', items: location },
    relatedLocations: unique(location),
    partialFingerprints: { type: 'object', additionalProperties: text },
    suppressions: unique(suppression),
    // Any object may have a bag of properties, with names of its own.
    properties: { type: 'object', properties: { tags: unique(text) }, additionalProperties: true },
  },
  ['message'],
);
const driver = object({ name: text, version: text, informationUri: text, rules: unique(descriptor) }, [
  'name',
]);
const run = object(
  {
    tool: object({ driver }, ['driver']),
    columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
    originalUriBaseIds: { type: 'object', additionalProperties: artifactLocation },
    results: { type: 'array', items: result },
  },
  ['tool'],
);

/** What the schema of SARIF 2.1.0 (OASIS, Schemata/sarif-schema-2.1.0.json) says of the objects that are written: their properties, which are needed, and what they take. */
export const sarifSchema: object = object(
  { $schema: text, version: { const: '2.1.0' }, runs: { type: 'array', items: run } },
  ['version', 'runs'],
);
