// What Grafana registers at its start: transformations, and the options of fields that overrides may set.
import {
  FieldConfigOptionsRegistry,
  FieldType,
  dataLinksOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';

const PROCESSORS = {
  unit: unitOverrideProcessor,
  min: numberOverrideProcessor,
  max: numberOverrideProcessor,
  decimals: numberOverrideProcessor,
  displayName: identityOverrideProcessor,
  noValue: identityOverrideProcessor,
  color: identityOverrideProcessor,
  thresholds: thresholdsOverrideProcessor,
  mappings: valueMappingsOverrideProcessor,
  links: dataLinksOverrideProcessor,
};

const numeric = (field) => field.type === FieldType.number;
const SHOULD_APPLY = { min: numeric, max: numeric, thresholds: numeric, color: numeric };

function option(path, isCustom, process = identityOverrideProcessor) {
  return {
    id: isCustom ? `custom.${path}` : path,
    path,
    name: path,
    isCustom,
    process,
    shouldApply: SHOULD_APPLY[path] ?? (() => true),
  };
}

const standardOptions = () => Object.entries(PROCESSORS).map(([path, process]) => option(path, false, process));

export function register() {
  standardEditorsRegistry.setInit(() => []);
  standardFieldConfigEditorRegistry.setInit(standardOptions);
  standardTransformersRegistry.setInit(() =>
    [...new Map(Object.values(standardTransformers).map((one) => [one.id, one])).values()].map((transformation) => ({
      id: transformation.id,
      name: transformation.name,
      transformation,
    }))
  );
}

/** The options of a panel: the standard ones, and those of its visualization that its JSON sets. */
export function optionsOf({ defaults, overrides }) {
  const set = overrides.flatMap((override) => override.properties.map((property) => property.id));
  const custom = new Set([
    ...Object.keys(defaults.custom ?? {}),
    ...set.filter((id) => id.startsWith('custom.')).map((id) => id.slice('custom.'.length)),
  ]);
  return new FieldConfigOptionsRegistry(() => [...standardOptions(), ...[...custom].map((path) => option(path, true))]);
}
